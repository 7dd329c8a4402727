//! INSERT, UPDATE and DELETE.

use super::expression::refused;
use super::writer::{Writer, name_list, table_name};
use super::{Sql, check, with};
use crate::ast::{
    DeleteStatement, InsertQuery, InsertStatement, Node, Projection, SelectStatement, Source,
    TableRef, UpdateStatement,
};
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
        text.push(' ');
        values(dialect, &mut text, width, rows);
    }
    returning(dialect, &mut text, statement);
    text
}

/// Writes a list of `rows` rows, which have at least one value.
pub(super) fn values(dialect: &dyn Dialect, text: &mut String, width: usize, rows: usize) {
    text.push_str("VALUES ");
    for position in 0..rows * width {
        text.push_str(match (position % width, position) {
            (0, 0) => "(",
            (0, _) => "), (",
            _ => ", ",
        });
        dialect.write_placeholder(text, position + 1);
    }
    text.push(')');
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
    text.push_str(" SELECT * FROM ");
    unnest(dialect, &mut text, statement.table, statement.columns);
    returning(dialect, &mut text, statement);
    text
}

/// Writes rows that are bound as one array a column.
pub(super) fn unnest(dialect: &dyn Dialect, text: &mut String, table: &Table, columns: &[usize]) {
    text.push_str("unnest(");
    for (position, &column) in columns.iter().enumerate() {
        if position > 0 {
            text.push_str(", ");
        }
        dialect.write_placeholder(text, position + 1);
        text.push_str("::");
        dialect.write_array_type(text, &table.columns[column]);
    }
    text.push(')');
}

/// Writes the INSERT of a query's rows.
///
/// # Errors
///
/// As [`select`](super::select).
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct Tag { #[orm(primary_key)] id: i64, name: String }
/// use orm_core::ast::{InsertQuery, SelectStatement};
/// use orm_core::sql;
///
/// let statement =
///     InsertQuery::new(Tag::table(), vec![0, 1], SelectStatement::all_of(Tag::table()));
/// assert_eq!(
///     sql::insert_query(&orm::Sqlite, &statement)?.text,
///     r#"INSERT INTO "tag" ("id", "name") SELECT "id", "name" FROM "tag""#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn insert_query<'a>(dialect: &'a dyn Dialect, statement: &'a InsertQuery) -> Result<Sql<'a>> {
    with::whole(dialect, Some(statement.table), &|writer| writer.insert_query(statement))
}

fn ends_with_sources(query: &SelectStatement) -> bool {
    let SelectStatement { order_by, limit, offset, combined, .. } = query;
    let last = combined.last().map_or(query, |(_, last)| last);
    order_by.is_empty()
        && limit.is_none()
        && offset.is_none()
        && last.filter.is_none()
        && last.group_by.is_empty()
        && last.grouping_sets.is_empty()
        && last.having.is_none()
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

pub(super) fn returning(dialect: &dyn Dialect, text: &mut String, statement: &InsertStatement<'_>) {
    if !statement.returning {
        return;
    }
    let all = 0..statement.table.columns.len();
    let mut first = true;
    let mut write = |position: usize| {
        text.push_str(if std::mem::take(&mut first) { " RETURNING " } else { ", " });
        dialect.write_identifier(text, &statement.table.columns[position].name);
    };
    match statement.returned {
        Some(positions) => positions.iter().for_each(|&position| write(position)),
        None => all.for_each(write),
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

/// Refuses a filter that was refused when it was made, before what depends on it is.
fn is_possible(filter: Option<&Node>) -> Result<()> {
    match filter {
        Some(Node::And(all)) => all.iter().try_for_each(|part| is_possible(Some(part))),
        Some(Node::Invalid(error)) => Err(refused(error, None)),
        _ => Ok(()),
    }
}

impl<'a> Writer<'a> {
    /// Enters a write to `table`, if it can be one.
    fn enter_write(
        &mut self,
        table: &'static Table,
        from: &[Source],
        filter: Option<&Node>,
    ) -> Result<()> {
        is_possible(filter)?;
        self.is_not_hidden(table)?;
        self.scopes.enter_write(table, from)
    }

    pub(super) fn update(&mut self, statement: &'a UpdateStatement) -> Result<()> {
        let UpdateStatement { table, from, filter, .. } = statement;
        let around = self.scopes.included.enter(&statement.deleted);
        self.enter_write(table, from, filter.as_ref())?;
        self.push("UPDATE ");
        self.table_name(table);
        self.assignments(table, &statement.assignments)?;
        self.from(" FROM ", from)?;
        let own = Source::Table((*table).into());
        self.filter_of(filter.as_ref(), std::iter::once(&own).chain(from))?;
        self.returning(statement.returning.as_ref(), table, from)?;
        self.scopes.leave();
        self.scopes.included.leave(around);
        Ok(())
    }

    pub(super) fn delete(&mut self, statement: &'a DeleteStatement) -> Result<()> {
        let DeleteStatement { table, from, filter, .. } = statement;
        self.enter_write(table, from, filter.as_ref())?;
        self.push("DELETE FROM ");
        self.table_name(table);
        if from.is_empty() || self.dialect.has_delete_using() {
            self.from(" USING ", from)?;
            self.filter_of(filter.as_ref(), from.iter())?;
        } else {
            self.push(" WHERE EXISTS (SELECT 1");
            self.from(" FROM ", from)?;
            self.filter_of(filter.as_ref(), from.iter())?;
            self.push(")");
        }
        self.returning(statement.returning.as_ref(), table, from)?;
        self.scopes.leave();
        Ok(())
    }

    pub(super) fn insert_query(&mut self, statement: &'a InsertQuery) -> Result<()> {
        let InsertQuery { table, columns, query, conflict, returning } = statement;
        self.is_not_hidden(table)?;
        self.push("INSERT INTO ");
        self.table_name(table);
        self.push(" ");
        let names = columns.iter().map(|&column| table.columns[column].name.as_str());
        name_list(self.dialect, &mut self.text, names);
        self.push(" ");
        self.select(query)?;
        if let Some(conflict) = conflict {
            if ends_with_sources(query) {
                // SQLite would take the ON for that of a join (lang_upsert.html, "Parsing Ambiguity").
                self.push(self.dialect.no_limit());
            }
            self.conflict(table, conflict)?;
        }
        self.scopes.enter_table(table);
        self.returning(returning.as_ref(), table, &[])?;
        self.scopes.leave();
        Ok(())
    }

    pub(super) fn assignments(
        &mut self,
        table: &'static Table,
        to: &'a [(usize, Node)],
    ) -> Result<()> {
        for (index, (position, value)) in to.iter().enumerate() {
            self.push(if index == 0 { " SET " } else { ", " });
            self.identifier(&table.columns[*position].name);
            self.push(" = ");
            let column = TableRef::from(table).column(*position);
            self.beside(value, Some(&column))?;
        }
        Ok(())
    }

    fn from(&mut self, keyword: &str, from: &'a [Source]) -> Result<()> {
        for (position, source) in from.iter().enumerate() {
            self.push(if position == 0 { keyword } else { ", " });
            self.source(source)?;
        }
        Ok(())
    }

    fn returning(
        &mut self,
        projection: Option<&'a Projection>,
        table: &'static Table,
        from: &[Source],
    ) -> Result<()> {
        let Some(projection) = projection else { return Ok(()) };
        if !from.is_empty() && !self.dialect.returns_joined_tables() {
            check::is_of_table(projection, table, self.dialect)?;
            self.scopes.leave();
            self.scopes.enter_table(table);
        }
        self.push(" RETURNING ");
        self.projection(projection)
    }
}
