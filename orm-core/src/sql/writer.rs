//! The text and the values of a statement while it is written.

use std::borrow::Cow;

use super::Sql;
use crate::ast::ColumnRef;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::schema::Table;
use crate::value::Value;

/// Enough for most statements, so that the text is allocated once.
const USUAL_LENGTH: usize = 256;

pub(super) struct Writer<'a> {
    pub(super) dialect: &'a dyn Dialect,
    pub(super) text: String,
    table: &'static Table,
    binds: Vec<Value<'a>>,
    bind_columns: Vec<Option<ColumnRef>>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(dialect: &'a dyn Dialect, table: &'static Table) -> Self {
        Self {
            dialect,
            text: String::with_capacity(USUAL_LENGTH),
            table,
            binds: Vec::new(),
            bind_columns: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Sql<'a> {
        Sql {
            text: Cow::Owned(self.text),
            binds: self.binds,
            table: Some(self.table),
            bind_columns: Cow::Owned(self.bind_columns),
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn identifier(&mut self, name: &str) {
        self.dialect.write_identifier(&mut self.text, name);
    }

    pub(super) fn table_name(&mut self) {
        table_name(self.dialect, &mut self.text, self.table.schema.as_deref(), &self.table.name);
    }

    /// Writes all columns of the table, separated by commas.
    pub(super) fn all_columns(&mut self) {
        for (position, column) in self.table.columns.iter().enumerate() {
            if position > 0 {
                self.push(", ");
            }
            self.identifier(&column.name);
        }
    }

    /// Writes a column, unqualified, since there is one table it can belong to.
    pub(super) fn column(&mut self, column: ColumnRef) -> Result<()> {
        if !std::ptr::eq(column.table, self.table) {
            return Err(not_in_query(column, self.table));
        }
        self.identifier(&column.table.columns[column.position].name);
        Ok(())
    }

    /// Writes a placeholder and keeps the value for it.
    pub(super) fn bind(&mut self, value: Value<'a>, column: Option<ColumnRef>) {
        let position = self.next_bind(value, column);
        self.dialect.write_placeholder(&mut self.text, position);
    }

    /// Keeps a value and returns the position of its placeholder, from 1.
    pub(super) fn next_bind(&mut self, value: Value<'a>, column: Option<ColumnRef>) -> usize {
        self.binds.push(value);
        self.bind_columns.push(column);
        self.binds.len()
    }
}

pub(super) fn table_name(
    dialect: &dyn Dialect,
    text: &mut String,
    schema: Option<&str>,
    name: &str,
) {
    if let Some(schema) = schema {
        dialect.write_identifier(text, schema);
        text.push('.');
    }
    dialect.write_identifier(text, name);
}

/// Writes `names` as quoted identifiers in parentheses.
pub(super) fn name_list<'n>(
    dialect: &dyn Dialect,
    text: &mut String,
    names: impl IntoIterator<Item = &'n str>,
) {
    text.push('(');
    for (position, name) in names.into_iter().enumerate() {
        if position > 0 {
            text.push_str(", ");
        }
        dialect.write_identifier(text, name);
    }
    text.push(')');
}

#[cold]
fn not_in_query(column: ColumnRef, from: &Table) -> Error {
    let (table, name) = (&column.table.name, &column.table.columns[column.position].name);
    Error::invalid_query(format!(
        "the column `{table}.{name}` is not in this query, which is about the table `{}` only: use \
         a column of `{}`, or begin the query at `{}`",
        from.name, from.model, column.table.model
    ))
}
