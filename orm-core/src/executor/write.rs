//! Updates and deletes of the rows that a filter finds, as executors are given them.

use crate::ast::{DeleteStatement, Projection, UpdateStatement};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::schema::Table;
use crate::sql::{self, Sql};

/// How the entities of a session follow an update or a delete of many rows.
///
/// It has no effect on a connection.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// use orm::Synchronize;
///
/// # #[derive(Model)]
/// # struct Post { #[orm(primary_key)] id: i64, likes: i32 }
/// # fn main() -> orm::Result<()> {
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # metadata![Post].create_all(&mut engine.connect()?)?;
/// let mut session = engine.session();
/// let post = session.add(Post::builder().likes(1));
///
/// Post::update()
///     .set(Post::likes, Post::likes + 1)
///     .filter(Post::likes.lt(10))
///     .synchronize(Synchronize::Evaluate)
///     .execute(&mut session)?;
/// assert_eq!(session[post].likes, 2);
/// # session.rollback()
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Synchronize {
    /// Works as [`Evaluate`](Self::Evaluate) where that is exact: everything in the statement can be
    /// evaluated as the database does it, and the entities were read in the open transaction. Otherwise it
    /// works as [`Fetch`](Self::Fetch).
    #[default]
    Auto,
    /// Evaluates the conditions and the new values for the entities in memory. A statement is refused if it
    /// has something that only the database can evaluate: functions, subqueries, other tables, the order of
    /// texts. An entity for which the result is unknown is read again by the next query that returns it.
    Evaluate,
    /// Has the statement return the keys of the rows and their new values.
    Fetch,
    /// Leaves the entities as they are.
    None,
}

/// An UPDATE or a DELETE of the rows that a filter finds.
#[derive(Debug, Clone, Copy)]
pub struct RowsWrite<'w> {
    /// What is sent.
    pub statement: WriteStatement<'w>,
    /// How a session follows.
    pub synchronize: Synchronize,
}

/// One of the statements that change rows.
#[derive(Debug, Clone, Copy)]
pub enum WriteStatement<'w> {
    /// An UPDATE.
    Update(&'w UpdateStatement),
    /// A DELETE.
    Delete(&'w DeleteStatement),
}

impl<'w> WriteStatement<'w> {
    /// Returns the table whose rows it changes.
    pub fn table(self) -> &'static Table {
        match self {
            Self::Update(statement) => statement.table,
            Self::Delete(statement) => statement.table,
        }
    }

    /// Returns what it returns of each row.
    pub fn returning(self) -> Option<&'w Projection> {
        match self {
            Self::Update(statement) => statement.returning.as_ref(),
            Self::Delete(statement) => statement.returning.as_ref(),
        }
    }

    /// Returns the SQL of the statement.
    ///
    /// # Errors
    ///
    /// What is found wrong with it.
    pub fn sql(self, dialect: &'w dyn Dialect) -> Result<Sql<'w>> {
        match self {
            Self::Update(statement) => sql::update(dialect, statement),
            Self::Delete(statement) => sql::delete(dialect, statement),
        }
    }
}
