//! Tables and names that are known only at run time, kept once each: expressions refer to them as long as
//! the program runs.

use std::sync::{PoisonError, RwLock};

use super::{ColumnDef, ColumnLoading, Table};
use crate::types::SqlType;

static TABLES: RwLock<Vec<&'static Table>> = RwLock::new(Vec::new());
static NAMES: RwLock<Vec<&'static str>> = RwLock::new(Vec::new());

/// A column as the database describes it.
#[derive(Debug)]
pub(crate) struct ReflectedColumn {
    pub(crate) name: String,
    pub(crate) sql_type: SqlType,
    pub(crate) nullable: bool,
    /// The place of the column in the primary key, if it is part of that.
    pub(crate) key_position: Option<i64>,
    pub(crate) generated: bool,
}

/// Returns the table that looks so: the one that was made before, if there is one.
pub(crate) fn reflected(name: &str, columns: Vec<ReflectedColumn>) -> &'static Table {
    kept_table(&table_of(name, columns))
}

/// Returns the table that looks as `table` does, as long as the program runs; kept once.
pub(crate) fn kept_table(table: &Table) -> &'static Table {
    kept(&TABLES, |known| looks_like(known, table), || Box::leak(Box::new(table.clone())))
}

/// Returns the same text, as long as the program runs; kept once.
pub(crate) fn interned(text: &str) -> &'static str {
    kept(&NAMES, |known| known == text, || text.to_owned().leak())
}

/// Returns what is kept and accepted, or else keeps a new one.
fn kept<T: ?Sized>(
    all: &RwLock<Vec<&'static T>>,
    is_wanted: impl Fn(&T) -> bool,
    new: impl FnOnce() -> &'static T,
) -> &'static T {
    let mut all = all.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.iter().copied().find(|known| is_wanted(known)) {
        return known;
    }
    let kept = new();
    all.push(kept);
    kept
}

fn table_of(name: &str, columns: Vec<ReflectedColumn>) -> Table {
    let mut key: Vec<(i64, usize)> = columns
        .iter()
        .enumerate()
        .filter_map(|(position, column)| Some((column.key_position?, position)))
        .collect();
    key.sort_unstable();
    let columns = columns.into_iter().map(|column| ColumnDef {
        name: column.name,
        sql_type: column.sql_type,
        nullable: column.nullable,
        primary_key: column.key_position.is_some(),
        generated: column.generated,
        loading: ColumnLoading::Always,
        version: false,
        default: None,
        on_update: None,
        soft_delete: None,
        server_default: None,
        comment: None,
        validator: None,
    });
    Table {
        columns: columns.collect(),
        primary_key: key.into_iter().map(|(_, position)| position).collect(),
        ..Table::new(interned(name), None)
    }
}

/// Whether both have the same name, columns and keys.
fn looks_like(left: &Table, right: &Table) -> bool {
    let same_column = |left: &ColumnDef, right: &ColumnDef| {
        left.name == right.name
            && left.sql_type == right.sql_type
            && left.nullable == right.nullable
            && left.generated == right.generated
    };
    left.name == right.name
        && left.schema == right.schema
        && left.primary_key == right.primary_key
        && left.foreign_keys == right.foreign_keys
        && left.columns.len() == right.columns.len()
        && left.columns.iter().zip(&right.columns).all(|(left, right)| same_column(left, right))
}
