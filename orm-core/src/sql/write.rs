//! INSERT, UPDATE and DELETE.

use super::Sql;
use super::writer::{Writer, name_list, table_name};
use crate::ast::{ColumnRef, DeleteStatement, InsertStatement, UpdateStatement};
use crate::dialect::Dialect;
use crate::error::Result;

/// Writes an INSERT of `rows` rows, one placeholder a value, row by row.
///
/// Without columns it inserts one row of defaults.
pub fn insert_values(
    dialect: &dyn Dialect,
    statement: &InsertStatement<'_>,
    rows: usize,
) -> String {
    let mut text = insert_into(dialect, statement);
    if statement.columns.is_empty() {
        text.push_str(" DEFAULT VALUES");
    } else {
        text.push_str(" VALUES ");
    }
    let width = statement.columns.len();
    for position in 0..rows * width {
        text.push_str(match (position % width, position) {
            (0, 0) => "(",
            (0, _) => "), (",
            _ => ", ",
        });
        dialect.write_placeholder(&mut text, position + 1);
    }
    if width > 0 {
        text.push(')');
    }
    returning(dialect, &mut text, statement);
    text
}

/// Writes an INSERT whose values are one array a column, so that its text is the same for any number
/// of rows.
pub fn insert_unnest(dialect: &dyn Dialect, statement: &InsertStatement<'_>) -> String {
    let mut text = insert_into(dialect, statement);
    text.push_str(" SELECT * FROM unnest(");
    for (position, &column) in statement.columns.iter().enumerate() {
        if position > 0 {
            text.push_str(", ");
        }
        dialect.write_placeholder(&mut text, position + 1);
        text.push_str("::");
        dialect.write_array_type(&mut text, &statement.table.columns[column]);
    }
    text.push(')');
    returning(dialect, &mut text, statement);
    text
}

fn insert_into(dialect: &dyn Dialect, statement: &InsertStatement<'_>) -> String {
    let table = statement.table;
    let mut text = String::from("INSERT INTO ");
    table_name(dialect, &mut text, table.schema.as_deref(), &table.name);
    if !statement.columns.is_empty() {
        text.push(' ');
        let names = statement.columns.iter().map(|&column| table.columns[column].name.as_str());
        name_list(dialect, &mut text, names);
    }
    text
}

fn returning(dialect: &dyn Dialect, text: &mut String, statement: &InsertStatement<'_>) {
    if !statement.returning {
        return;
    }
    for (position, column) in statement.table.columns.iter().enumerate() {
        text.push_str(if position == 0 { " RETURNING " } else { ", " });
        dialect.write_identifier(text, &column.name);
    }
}

/// Writes `statement`.
///
/// # Errors
///
/// [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) for a column of another table, and
/// [`Error::Encode`](crate::error::Error::Encode) for a value that could not be made.
pub fn update<'a>(dialect: &'a dyn Dialect, statement: &'a UpdateStatement) -> Result<Sql<'a>> {
    let table = statement.table;
    let mut writer = Writer::new(dialect, table);
    writer.push("UPDATE ");
    writer.table_name();
    for (index, (position, value)) in statement.assignments.iter().enumerate() {
        writer.push(if index == 0 { " SET " } else { ", " });
        writer.identifier(&table.columns[*position].name);
        writer.push(" = ");
        writer.bind(value.borrow(), Some(ColumnRef { table, position: *position }));
    }
    writer.filter(statement.filter.as_ref())?;
    Ok(writer.finish())
}

/// Writes `statement`.
///
/// # Errors
///
/// As [`update`].
pub fn delete<'a>(dialect: &'a dyn Dialect, statement: &'a DeleteStatement) -> Result<Sql<'a>> {
    let mut writer = Writer::new(dialect, statement.table);
    writer.push("DELETE FROM ");
    writer.table_name();
    writer.filter(statement.filter.as_ref())?;
    Ok(writer.finish())
}
