//! Inserts of the rows of a query.

use std::fmt;
use std::marker::PhantomData;

use super::Output;
use super::returning::{Returning, Write};
use crate::ast::{Conflict, InsertQuery, Item, Node, Projection, SelectStatement};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::expr::Selection;
use crate::model::Model;
use crate::schema::{ColumnDef, Table};
use crate::types::SqlType;
use crate::value::Value;

/// An INSERT of the rows of a query into the table of model `M`, begun by
/// [`Query::insert_from`](super::Query::insert_from).
///
/// Columns that are not listed have their defaults: a `default` of the model is called once, and all
/// rows have its value. What the query gives is checked by the database only.
#[must_use = "an insert does nothing before `execute`"]
pub struct InsertFrom<M> {
    statement: InsertQuery,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> InsertFrom<M> {
    pub(super) fn new(columns: Vec<usize>, query: SelectStatement) -> Self {
        Self { statement: InsertQuery::new(M::table(), columns, query), model: PhantomData }
    }

    pub(super) fn with_conflict(mut self, conflict: Conflict) -> Self {
        self.statement.conflict = Some(conflict);
        self
    }

    /// Inserts the rows and returns how many there were.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if a column that needs a value is not listed, or if the query makes no
    /// sense; [`Error::Encode`] for a value that does not fit; [`Error::Integrity`] if a constraint
    /// refuses a row; otherwise what the database reports.
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<u64> {
        self.complete()?.execute(executor)
    }

    /// Returns columns, expressions or whole rows of what is inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Song { #[orm(primary_key)] id: i64, title: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Song].create_all(&mut conn)?;
    /// # Song::insert(Song::builder().title("Air")).execute(&mut conn)?;
    /// let copies: Vec<Song> = Song::insert_from(Song::title, Song::query().select(Song::title))
    ///     .returning(Song::entity())
    ///     .all(&mut conn)?;
    /// assert_eq!((copies[0].id, copies[0].title.as_str()), (2, "Air"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn returning<S: Selection>(self, selection: S) -> Returning<S::Output>
    where
        S::Output: Output,
    {
        Returning::of(self.complete(), selection)
    }

    /// Returns the SQL of the insert, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), before anything is sent.
    pub fn to_sql(self, dialect: &dyn Dialect) -> Result<String> {
        self.complete()?.to_sql(dialect)
    }

    fn complete(mut self) -> Result<Write> {
        let InsertQuery { table, columns, query, .. } = &mut self.statement;
        for (position, column) in table.columns.iter().enumerate() {
            match columns.iter().filter(|listed| **listed == position).count() {
                0 => {}
                1 => continue,
                _ => {
                    let name = table.name_of(position);
                    return Err(Error::invalid_query(format!("`{name}` is listed twice")));
                }
            }
            let Some(default) = column.default else {
                is_optional(table, column)?;
                continue;
            };
            let value = default().and_then(|value| column.check_limits(&value).map(|()| value));
            let value = value.map_err(|error| error.in_column(|| table.name_of(position)))?;
            columns.push(position);
            append(query, &typed(value, column.sql_type))?;
        }
        Ok(Write::InsertQuery(Box::new(self.statement)))
    }
}

/// Refuses that a column without a default is not listed.
fn is_optional(table: &Table, column: &ColumnDef) -> Result<()> {
    if column.nullable || column.generated || column.server_default.is_some() {
        return Ok(());
    }
    Err(Error::invalid_query(format!(
        "this insert into `{}` gives no value for the required column `{}`: list it, and select \
         what it is to be",
        table.name, column.name
    )))
}

/// Selects the value too, in every part of the query.
fn append(query: &mut SelectStatement, value: &Node) -> Result<()> {
    let Projection::Items(items) = &mut query.projection else {
        let message = "select the columns to insert, by `.select((…))`";
        return Err(Error::invalid_query(message));
    };
    items.push(Item::new(value.clone(), true));
    query.combined.iter_mut().try_for_each(|(_, part)| append(part, value))
}

/// Returns the value with its type, where it does not say that itself.
fn typed(value: Value<'static>, sql_type: SqlType) -> Node {
    match (&value, sql_type) {
        (Value::Null, _) | (_, SqlType::Enum(_)) => {
            Node::Cast { operand: Box::new(Node::Value(value)), sql_type }
        }
        _ => Node::Value(value),
    }
}

impl<M: Model> fmt::Debug for InsertFrom<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsertFrom").field("model", &M::DEF.name).finish_non_exhaustive()
    }
}
