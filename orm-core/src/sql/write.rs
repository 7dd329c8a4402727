//! INSERT, UPDATE and DELETE.

use super::writer::{Writer, name_list, table_name};
use super::{Sql, with};
use crate::ast::{ColumnRef, DeleteStatement, InsertStatement, Node, Projection, UpdateStatement};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::schema::Table;

/// About what a name and a placeholder take with what separates them, so that most texts are
/// allocated once.
const USUAL_NAME: usize = 16;
const USUAL_PLACEHOLDER: usize = 6;

/// Writes an INSERT of `rows` rows, one placeholder a value, row by row.
///
/// Without columns it inserts one row of defaults.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm_core::ast::InsertStatement;
///
/// #[derive(Model)]
/// struct Tag {
///     #[orm(primary_key)]
///     id: i64,
///     name: String,
/// }
///
/// let names = InsertStatement::new(Tag::table(), &[1], false);
/// assert_eq!(
///     orm_core::sql::insert_values(&orm::Sqlite, &names, 2),
///     r#"INSERT INTO "tag" ("name") VALUES (?1), (?2)"#
/// );
/// ```
pub fn insert_values(
    dialect: &dyn Dialect,
    statement: &InsertStatement<'_>,
    rows: usize,
) -> String {
    let width = statement.columns.len();
    let mut text = insert_into(dialect, statement, rows * width);
    if statement.columns.is_empty() {
        text.push_str(" DEFAULT VALUES");
    } else {
        text.push_str(" VALUES ");
    }
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
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm_core::ast::InsertStatement;
///
/// #[derive(Model)]
/// struct Tag {
///     #[orm(primary_key)]
///     id: i64,
///     name: String,
/// }
///
/// let names = InsertStatement::new(Tag::table(), &[1], true);
/// assert_eq!(
///     orm_core::sql::insert_unnest(&orm::Postgres, &names),
///     r#"INSERT INTO "tag" ("name") SELECT * FROM unnest($1::text[]) RETURNING "id", "name""#
/// );
/// ```
pub fn insert_unnest(dialect: &dyn Dialect, statement: &InsertStatement<'_>) -> String {
    let mut text = insert_into(dialect, statement, 2 * statement.columns.len());
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

fn insert_into(
    dialect: &dyn Dialect,
    statement: &InsertStatement<'_>,
    placeholders: usize,
) -> String {
    let table = statement.table;
    let returned = if statement.returning { table.columns.len() } else { 0 };
    // Beside the columns: the words, the schema and the table.
    let names = statement.columns.len() + returned + 4;
    let mut text = String::with_capacity(names * USUAL_NAME + placeholders * USUAL_PLACEHOLDER);
    text.push_str("INSERT INTO ");
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
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct Tag { #[orm(primary_key)] id: i64, name: String }
/// use orm_core::ast::{Node, UpdateStatement};
/// use orm_core::sql;
///
/// let mut statement = UpdateStatement::new(Tag::table());
/// statement.assignments.push((1, Node::Value("red".into())));
/// let sql = sql::update(&orm::Sqlite, &statement)?;
/// assert_eq!(sql.text, r#"UPDATE "tag" SET "name" = ?1"#);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn update<'a>(dialect: &'a dyn Dialect, statement: &'a UpdateStatement) -> Result<Sql<'a>> {
    with::whole(dialect, Some(statement.table), &|writer| writer.update(statement))
}

/// Writes `statement`.
///
/// # Errors
///
/// As [`update`].
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct Tag { #[orm(primary_key)] id: i64, name: String }
/// use orm_core::ast::DeleteStatement;
/// use orm_core::sql;
///
/// let statement = DeleteStatement::new(Tag::table());
/// let sql = sql::delete(&orm::Sqlite, &statement)?;
/// assert_eq!(sql.text, r#"DELETE FROM "tag""#);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn delete<'a>(dialect: &'a dyn Dialect, statement: &'a DeleteStatement) -> Result<Sql<'a>> {
    with::whole(dialect, Some(statement.table), &|writer| writer.delete(statement))
}

impl<'a> Writer<'a> {
    pub(super) fn update(&mut self, statement: &'a UpdateStatement) -> Result<()> {
        let table = statement.table;
        self.is_not_hidden(table)?;
        self.scopes.enter_table(table);
        self.push("UPDATE ");
        self.table_name(table);
        self.assignments(table, &statement.assignments)?;
        self.filter(statement.filter.as_ref())?;
        self.returning(statement.returning.as_ref())?;
        self.scopes.leave();
        Ok(())
    }

    pub(super) fn delete(&mut self, statement: &'a DeleteStatement) -> Result<()> {
        let table = statement.table;
        self.is_not_hidden(table)?;
        self.scopes.enter_table(table);
        self.push("DELETE FROM ");
        self.table_name(table);
        self.filter(statement.filter.as_ref())?;
        self.returning(statement.returning.as_ref())?;
        self.scopes.leave();
        Ok(())
    }

    fn assignments(&mut self, table: &'static Table, to: &'a [(usize, Node)]) -> Result<()> {
        for (index, (position, value)) in to.iter().enumerate() {
            self.push(if index == 0 { " SET " } else { ", " });
            self.identifier(&table.columns[*position].name);
            self.push(" = ");
            let column = ColumnRef { table, alias: None, position: *position };
            self.beside(value, Some(column))?;
        }
        Ok(())
    }

    fn returning(&mut self, projection: Option<&'a Projection>) -> Result<()> {
        match projection {
            Some(projection) => {
                self.push(" RETURNING ");
                self.projection(projection)
            }
            None => Ok(()),
        }
    }
}
