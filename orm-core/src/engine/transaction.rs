//! A transaction, or a savepoint in one.

use std::ops::{Deref, DerefMut};

use super::Connection;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::executor::{Apart, EachHydrated, Executor, Plain, Rows};
use crate::sql::Sql;

/// A transaction of a connection; a savepoint if it was begun inside another one.
///
/// Dropping it without [`commit`](Self::commit) rolls it back. It dereferences to its connection, so
/// that a function over `&mut Connection` can be called with `&mut tx`; what it begins is a savepoint.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct User { #[orm(primary_key)] id: i64, #[orm(unique)] name: String }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![User].create_all(&mut conn)?;
/// let mut tx = conn.begin()?;
/// User::insert(User::builder().name("alice")).execute(&mut tx)?;
///
/// let mut savepoint = tx.begin()?;
/// let clash = User::insert(User::builder().name("alice")).execute(&mut savepoint);
/// assert!(clash.is_err());
/// savepoint.rollback()?; // and only this
///
/// tx.commit()?;
/// assert_eq!(User::query().count(&mut conn)?, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Transaction<'c> {
    connection: &'c mut Connection,
    /// Which of the connection's transactions and savepoints it is, counted from 1.
    level: usize,
    open: bool,
}

impl<'c> Transaction<'c> {
    pub(super) fn new(connection: &'c mut Connection, level: usize) -> Self {
        Self { connection, level, open: true }
    }

    /// Makes permanent what was done; for a savepoint, leaves it to the transaction around it.
    ///
    /// # Errors
    ///
    /// What the database reports, for example a deferred constraint; everything is then rolled back.
    /// [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) if another connection was assigned
    /// to the one it was begun on.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// let mut tx = conn.begin()?;
    /// User::insert(User::builder().name("alice")).execute(&mut tx)?;
    /// tx.commit()?;
    ///
    /// assert_eq!(User::query().count(&mut conn)?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn commit(mut self) -> Result<()> {
        self.open = false;
        self.connection.commit_level(self.level)
    }

    /// Undoes what was done.
    ///
    /// Dropping the transaction does the same, but can only log what goes wrong.
    ///
    /// # Errors
    ///
    /// What the database reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// let mut tx = conn.begin()?;
    /// User::insert(User::builder().name("alice")).execute(&mut tx)?;
    /// tx.rollback()?;
    ///
    /// assert_eq!(User::query().count(&mut conn)?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn rollback(mut self) -> Result<()> {
        self.open = false;
        self.connection.rollback_level(self.level)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.open
            && let Err(error) = self.connection.rollback_level(self.level)
        {
            tracing::error!(%error, "could not roll back a dropped transaction");
        }
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection
    }
}

impl Executor for Transaction<'_> {
    type Hydrate = Plain;

    fn dialect(&self) -> &'static dyn Dialect {
        self.connection.dialect()
    }

    fn fetch(&mut self, sql: &Sql<'_>, each: &mut EachHydrated<'_, Plain>) -> Result<()> {
        self.connection.fetch(sql, each)
    }

    fn open<'e>(&'e mut self, sql: &Sql<'_>) -> Result<Rows<'e, Plain>> {
        self.connection.open(sql)
    }

    fn columns(&mut self, sql: &Sql<'_>) -> Result<Vec<String>> {
        self.connection.columns(sql)
    }

    fn execute(&mut self, sql: &Sql<'_>) -> Result<u64> {
        self.connection.execute(sql)
    }

    fn execute_definition(&mut self, statement: &str) -> Result<()> {
        self.connection.execute_definition(statement)
    }

    fn apart(&mut self, work: &mut Apart<'_, Plain>) -> Result<()> {
        self.connection.apart(work)
    }

    fn begin_group(&mut self) -> Result<()> {
        self.connection.begin_group()
    }

    fn end_group(&mut self, keep: bool) -> Result<()> {
        self.connection.end_group(keep)
    }
}
