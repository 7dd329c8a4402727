//! The one writer of SQL: statements in, text and values out; it asks the dialect what differs.
//!
//! Nothing is sent from here, and no other room writes SQL.

mod ddl;
mod expression;
mod select;
mod write;
mod writer;

pub use self::ddl::{create_all, drop_enum_types, drop_tables};
pub use self::select::{count, exists, select};
pub use self::write::{delete, insert_unnest, insert_values, update};

use std::borrow::Cow;

use crate::ast::ColumnRef;
use crate::schema::Table;
use crate::value::Value;

/// A statement as it is sent: text and values, and what they are about, for messages.
#[derive(Debug, Clone)]
pub struct Sql<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// The values, in the order of their placeholders.
    pub binds: Vec<Value<'a>>,
    /// The table the statement is about, if it is about one.
    pub table: Option<&'static Table>,
    /// The column that each value is for or compared with; shorter than `binds` where it repeats.
    pub bind_columns: Cow<'a, [Option<ColumnRef>]>,
}

impl<'a> Sql<'a> {
    /// Returns a statement without values that is about no table of a model.
    pub fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), binds: Vec::new(), table: None, bind_columns: Cow::Borrowed(&[]) }
    }

    /// Returns the column that the value at `position` is for or compared with.
    pub fn bind_column(&self, position: usize) -> Option<ColumnRef> {
        match self.bind_columns.len() {
            0 => None,
            count => self.bind_columns[position % count],
        }
    }
}
