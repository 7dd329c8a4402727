//! UPDATE of many rows, each to values of its own.

use super::Sql;
use super::write::{unnest, values};
use super::writer::{Writer, name_list};
use crate::ast::{TableRef, UpdateRows};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::schema::Table;

/// What the given rows are called beside the stored ones of `table`.
fn new_name(table: &Table) -> &'static str {
    if table.name == "new" { "given" } else { "new" }
}

/// Writes an UPDATE of `rows` rows, one placeholder a value, row by row; the values of the result
/// follow those of the rows.
///
/// # Errors
///
/// [`Error::Encode`](crate::error::Error::Encode) for a value that could not be made.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct Tag { #[orm(primary_key)] id: i64, name: String }
/// use orm_core::ast::UpdateRows;
/// use orm_core::sql;
///
/// let names = UpdateRows::new(Tag::table(), &[0], &[1]);
/// assert_eq!(
///     sql::update_values(&orm::Sqlite, &names, 1)?.text,
///     r#"UPDATE "tag" SET "name" = ?2 WHERE "id" = ?1"#
/// );
/// assert_eq!(
///     sql::update_values(&orm::Sqlite, &names, 2)?.text,
///     r#"WITH "new" ("id", "name") AS (VALUES (?1, ?2), (?3, ?4)) UPDATE "tag" SET "name" = "new"."name" FROM "new" WHERE "tag"."id" = "new"."id""#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn update_values<'a>(
    dialect: &'a dyn Dialect,
    statement: &'a UpdateRows,
    rows: usize,
) -> Result<Sql<'a>> {
    let width = statement.columns.len();
    if rows == 1 {
        return update_one(dialect, statement);
    }
    let mut text = String::from("WITH ");
    new_columns(dialect, &mut text, statement);
    text.push_str(" AS (");
    values(dialect, &mut text, width, rows);
    text.push_str(") ");
    let mut writer = Writer::after(text, rows * width, dialect, statement.table);
    writer.set_new(statement)?;
    writer.push(" FROM ");
    writer.identifier(new_name(statement.table));
    writer.where_new(statement);
    Ok(writer.finish())
}

/// Writes an UPDATE whose rows are one array a column, so that its text is the same for any number
/// of rows; the values of the result follow the arrays.
///
/// # Errors
///
/// [`Error::Encode`](crate::error::Error::Encode) for a value that could not be made.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct Tag { #[orm(primary_key)] id: i64, name: String }
/// use orm_core::ast::UpdateRows;
/// use orm_core::sql;
///
/// let names = UpdateRows::new(Tag::table(), &[0], &[1]);
/// assert_eq!(
///     sql::update_unnest(&orm::Postgres, &names)?.text,
///     r#"UPDATE "tag" SET "name" = "new"."name" FROM unnest($1::bigint[], $2::text[]) AS "new" ("id", "name") WHERE "tag"."id" = "new"."id""#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn update_unnest<'a>(dialect: &'a dyn Dialect, statement: &'a UpdateRows) -> Result<Sql<'a>> {
    let UpdateRows { table, columns, .. } = statement;
    let mut writer = Writer::after(String::new(), columns.len(), dialect, table);
    writer.set_new(statement)?;
    writer.push(" FROM ");
    unnest(dialect, &mut writer.text, table, columns);
    writer.push(" AS ");
    new_columns(dialect, &mut writer.text, statement);
    writer.where_new(statement);
    Ok(writer.finish())
}

/// Writes the update of one row, which needs no list of rows.
fn update_one<'a>(dialect: &'a dyn Dialect, statement: &'a UpdateRows) -> Result<Sql<'a>> {
    let UpdateRows { table, columns, key, .. } = statement;
    let mut writer = Writer::after(String::new(), columns.len(), dialect, table);
    writer.update_table(statement);
    for (index, &position) in columns.iter().enumerate().skip(*key) {
        writer.push(if index == *key { " SET " } else { ", " });
        writer.identifier(&table.columns[position].name);
        writer.push(" = ");
        dialect.write_placeholder(&mut writer.text, index + 1);
    }
    writer.set_others(statement)?;
    for (index, &position) in columns[..*key].iter().enumerate() {
        writer.push(if index == 0 { " WHERE " } else { " AND " });
        writer.identifier(&table.columns[position].name);
        writer.push(" = ");
        dialect.write_placeholder(&mut writer.text, index + 1);
    }
    writer.where_not_marked(statement, false);
    Ok(writer.finish())
}

/// Writes what the given rows and their columns are called.
fn new_columns(dialect: &dyn Dialect, text: &mut String, statement: &UpdateRows) {
    let columns = &statement.table.columns;
    dialect.write_identifier(text, new_name(statement.table));
    text.push(' ');
    let names = statement.columns.iter().map(|&position| columns[position].name.as_str());
    name_list(dialect, text, names);
}

impl<'a> Writer<'a> {
    fn update_table(&mut self, statement: &UpdateRows) {
        self.push("UPDATE ");
        self.table_name(statement.table);
        self.scopes.enter_table(statement.table);
    }

    /// Writes the update as far as what is set, from the given rows and besides.
    fn set_new(&mut self, statement: &'a UpdateRows) -> Result<()> {
        self.update_table(statement);
        self.scopes.enter_beside(new_name(statement.table));
        let set = &statement.columns[statement.key..];
        for (index, &position) in set.iter().enumerate() {
            self.push(if index == 0 { " SET " } else { ", " });
            self.identifier(&statement.table.columns[position].name);
            self.push(" = ");
            self.new_column(statement, position);
        }
        self.set_others(statement)
    }

    fn set_others(&mut self, statement: &'a UpdateRows) -> Result<()> {
        let table = statement.table;
        for (position, value) in &statement.others {
            self.push(", ");
            self.identifier(&table.columns[*position].name);
            self.push(" = ");
            self.beside(value, Some(&TableRef::from(table).column(*position)))?;
        }
        Ok(())
    }

    /// Writes which stored row each given one is for.
    fn where_new(&mut self, statement: &UpdateRows) {
        for (index, &position) in statement.columns[..statement.key].iter().enumerate() {
            self.push(if index == 0 { " WHERE " } else { " AND " });
            self.identifier(&statement.table.name);
            self.push(".");
            self.identifier(&statement.table.columns[position].name);
            self.push(" = ");
            self.new_column(statement, position);
        }
        self.where_not_marked(statement, true);
    }

    /// Writes that the rows are not marked as deleted, unless those are updated, too.
    fn where_not_marked(&mut self, statement: &UpdateRows, is_qualified: bool) {
        let table = statement.table;
        let Some(mark) = table.soft_delete.filter(|_| !statement.with_deleted) else { return };
        self.push(" AND ");
        if is_qualified {
            self.identifier(&table.name);
            self.push(".");
        }
        self.identifier(&table.columns[mark].name);
        self.push(" IS NULL");
    }

    fn new_column(&mut self, statement: &UpdateRows, position: usize) {
        self.identifier(new_name(statement.table));
        self.push(".");
        self.identifier(&statement.table.columns[position].name);
    }
}
