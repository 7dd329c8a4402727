//! One connection: statements go through it one after the other.

use std::fmt;

use super::{Transaction, diagnosis};
use crate::dialect::Dialect;
use crate::driver::DriverConnection;
use crate::error::Result;
use crate::executor::{EachHydrated, Executor, Plain};
use crate::sql::Sql;

/// A connection to a database.
///
/// Outside of a [`begin`](Self::begin), every statement takes effect at once.
pub struct Connection {
    driver: Box<dyn DriverConnection>,
    dialect: &'static dyn Dialect,
    /// How many transactions and savepoints are open.
    depth: usize,
    statements: u64,
}

impl Connection {
    pub(super) fn new(driver: Box<dyn DriverConnection>, dialect: &'static dyn Dialect) -> Self {
        Self { driver, dialect, depth: 0, statements: 0 }
    }

    /// Begins a transaction, which is rolled back when it is dropped without a
    /// [`commit`](Transaction::commit).
    ///
    /// Inside a transaction, which a function that takes a `&mut Connection` may be called in, it
    /// begins a savepoint: a part of the transaction that can be rolled back alone. (So it does after
    /// a transaction that was leaked by [`std::mem::forget`], which only ends with the connection.)
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
    /// drop(tx); // not committed
    ///
    /// assert_eq!(User::query().count(&mut conn)?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn begin(&mut self) -> Result<Transaction<'_>> {
        self.open_level()?;
        let level = self.depth;
        Ok(Transaction::new(self, level))
    }

    /// Returns how many statements were sent so far, without those that begin and end transactions.
    pub fn statement_count(&self) -> u64 {
        self.statements
    }

    /// Whether the connection is lost, so that every further statement would fail.
    pub fn is_broken(&self) -> bool {
        self.driver.is_broken()
    }

    fn open_level(&mut self) -> Result<()> {
        match self.depth {
            0 => self.driver.begin()?,
            depth => self.driver.execute_script(&format!("SAVEPOINT \"orm_{depth}\""))?,
        }
        self.depth += 1;
        Ok(())
    }

    /// Commits the transaction or savepoint `level`, counted from 1, and those inside of it.
    pub(super) fn commit_level(&mut self, level: usize) -> Result<()> {
        if level == 1 {
            self.depth = 0;
            return self.driver.commit().map_err(|error| diagnosis::named(error, None));
        }
        let name = level - 1;
        let released = self.driver.execute_script(&format!("RELEASE SAVEPOINT \"orm_{name}\""));
        match released {
            Ok(()) => self.depth = level - 1,
            Err(_) => self.rollback_level(level)?,
        }
        released
    }

    /// Rolls back the transaction or savepoint `level`, counted from 1, and those inside of it.
    pub(super) fn rollback_level(&mut self, level: usize) -> Result<()> {
        self.depth = level - 1;
        if level == 1 {
            return self.driver.rollback();
        }
        let name = level - 1;
        self.driver.execute_script(&format!(
            "ROLLBACK TO SAVEPOINT \"orm_{name}\"; RELEASE SAVEPOINT \"orm_{name}\""
        ))
    }

    fn count(&mut self, sql: &str) {
        self.statements += 1;
        tracing::debug!(target: "orm::sql", sql);
    }
}

impl Executor for Connection {
    type Hydrate = Plain;

    fn dialect(&self) -> &'static dyn Dialect {
        self.dialect
    }

    fn fetch(&mut self, sql: &Sql<'_>, each: &mut EachHydrated<'_, Plain>) -> Result<()> {
        self.count(&sql.text);
        self.driver
            .query(&sql.text, &sql.binds, &mut |row| each(&mut Plain, row))
            .map_err(|error| diagnosis::named(error, Some(sql)))
    }

    fn execute(&mut self, sql: &Sql<'_>) -> Result<u64> {
        self.count(&sql.text);
        self.driver
            .execute(&sql.text, &sql.binds)
            .map_err(|error| diagnosis::named(error, Some(sql)))
    }

    fn execute_definition(&mut self, statement: &str) -> Result<()> {
        self.count(statement);
        self.driver.execute_script(statement).map_err(|error| error.in_statement(statement))
    }

    fn begin_group(&mut self) -> Result<()> {
        self.open_level()
    }

    fn end_group(&mut self, keep: bool) -> Result<()> {
        match (self.depth, keep) {
            (0, _) => Ok(()),
            (level, true) => self.commit_level(level),
            (level, false) => self.rollback_level(level),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.depth > 0 {
            tracing::warn!("a transaction was leaked, so what was done since is rolled back");
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("dialect", &self.dialect.name())
            .field("depth", &self.depth)
            .field("statements", &self.statements)
            .finish_non_exhaustive()
    }
}
