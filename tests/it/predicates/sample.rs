//! The table whose rows are looked for, and its columns as a condition can name them.

use std::fmt;

use chrono::{DateTime, Utc};
use orm::prelude::*;
use orm::{Alias, ColumnType, Expr, IntoNewRow};
use rust_decimal::Decimal;

#[derive(Model, Debug, Clone)]
#[orm(table = "samples")]
pub(super) struct Sample {
    #[orm(primary_key)]
    pub(super) id: i64,
    pub(super) small: i32,
    pub(super) tiny: Option<i32>,
    pub(super) large: i64,
    pub(super) huge: Option<i64>,
    pub(super) word: String,
    pub(super) note: Option<String>,
    pub(super) is_new: bool,
    pub(super) is_open: Option<bool>,
    pub(super) weight: f64,
    pub(super) width: Option<f64>,
    pub(super) cost: Decimal,
    pub(super) price: Option<Decimal>,
    pub(super) made: DateTime<Utc>,
    pub(super) seen: Option<DateTime<Utc>>,
}

impl Sample {
    /// Returns the row to insert, with these values and a key of its own.
    pub(super) fn into_row(self) -> impl IntoNewRow<Self> {
        Self::builder()
            .small(self.small)
            .tiny(self.tiny)
            .large(self.large)
            .huge(self.huge)
            .word(self.word)
            .note(self.note)
            .is_new(self.is_new)
            .is_open(self.is_open)
            .weight(self.weight)
            .width(self.width)
            .cost(self.cost)
            .price(self.price)
            .made(self.made)
            .seen(self.seen)
    }
}

/// A column of type `T`, as SQL and as Rust read it.
pub(super) struct Field<T> {
    name: &'static str,
    pub(super) sql: fn() -> Expr<Option<T>>,
    pub(super) of: fn(Alias<Sample>) -> Expr<Option<T>>,
    pub(super) value: fn(&Sample) -> Option<T>,
}

impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Field<T> {}

impl<T> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A type of columns that conditions are about.
pub(super) trait Columns: ColumnType + Clone + fmt::Debug + PartialOrd {
    /// All columns of the type.
    const FIELDS: &'static [Field<Self>];
}

macro_rules! columns {
    ($($type:ty: $column:ident, $optional:ident;)+) => {$(
        impl Columns for $type {
            const FIELDS: &'static [Field<Self>] = &[
                Field {
                    name: stringify!($column),
                    sql: || Sample::$column.nullable(),
                    of: |alias| alias.column(Sample::$column).nullable(),
                    value: |sample| Some(sample.$column.clone()),
                },
                Field {
                    name: stringify!($optional),
                    sql: || Sample::$optional.into_expr(),
                    of: |alias| alias.column(Sample::$optional),
                    value: |sample| sample.$optional.clone(),
                },
            ];
        }
    )+};
}

columns! {
    i32: small, tiny;
    i64: large, huge;
    String: word, note;
    bool: is_new, is_open;
    f64: weight, width;
    Decimal: cost, price;
    DateTime<Utc>: made, seen;
}
