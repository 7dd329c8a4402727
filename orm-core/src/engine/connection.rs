//! One connection: statements go through it one after the other.

use std::fmt;
use std::io::{self, Write as _};

use super::cursor::NamedCursor;
use super::parameters::Parameters;
use super::{Transaction, diagnosis};
use crate::dialect::{Dialect, TransactionOptions};
use crate::driver::{DriverConnection, KeyedInsert};
use crate::error::{Error, Result};
use crate::executor::{Apart, EachHydrated, Executor, Plain, Rows};
use crate::sql::Sql;
use crate::value::Value;

/// A connection to a database.
///
/// Outside of a [`begin`](Self::begin), every statement takes effect at once.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct User { #[orm(primary_key)] id: i64, name: String }
/// # fn main() -> orm::Result<()> {
/// let engine = Engine::connect("sqlite::memory:")?;
/// let mut conn = engine.connect()?;
/// metadata![User].create_all(&mut conn)?;
/// User::insert(User::builder().name("alice")).execute(&mut conn)?;
/// assert!(User::query().filter(User::name.eq("alice")).exists(&mut conn)?);
/// # Ok(())
/// # }
/// ```
pub struct Connection {
    driver: Box<dyn DriverConnection>,
    dialect: &'static dyn Dialect,
    /// How many transactions and savepoints are open.
    depth: usize,
    statements: u64,
    show: Show,
    hydrate: Plain,
}

impl Connection {
    pub(super) fn new(driver: Box<dyn DriverConnection>, show: Show) -> Self {
        let dialect = driver.dialect();
        Self { driver, dialect, depth: 0, statements: 0, show, hydrate: Plain }
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
        self.begin_with(TransactionOptions::default())
    }

    /// Begins a transaction in the way that is asked for; see [`begin`](Self::begin), and
    /// [`TransactionOptions`] for an example.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] inside a transaction, whose savepoints are as it is; otherwise what the
    /// database reports.
    pub fn begin_with(&mut self, options: TransactionOptions) -> Result<Transaction<'_>> {
        self.open_level(options)?;
        let level = self.depth;
        Ok(Transaction::new(self, level))
    }

    /// Begins a group of statements as [`Executor::begin_group`], in the way that is asked for.
    pub(crate) fn begin_group_with(&mut self, options: TransactionOptions) -> Result<()> {
        self.open_level(options)
    }

    /// Returns how many statements were sent so far, without those that begin and end transactions.
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
    /// let before = conn.statement_count();
    /// User::query().all(&mut conn)?;
    /// assert_eq!(conn.statement_count() - before, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn statement_count(&self) -> u64 {
        self.statements
    }

    /// Whether the connection is lost, so that every further statement would fail.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// let conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// assert!(!conn.is_broken());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_broken(&self) -> bool {
        self.driver.is_broken()
    }

    fn open_level(&mut self, options: TransactionOptions) -> Result<()> {
        match self.depth {
            0 => {
                self.log(&self.dialect.begin(options));
                self.driver.begin_with(options)?;
            }
            _ if options != TransactionOptions::default() => return Err(within_another()),
            depth => self.run_logged(&format!("SAVEPOINT \"orm_{depth}\""))?,
        }
        self.depth += 1;
        Ok(())
    }

    /// Commits the transaction or savepoint `level`, counted from 1, and those inside of it.
    pub(super) fn commit_level(&mut self, level: usize) -> Result<()> {
        if self.depth < level {
            return Err(gone());
        }
        if level == 1 {
            self.depth = 0;
            self.log("COMMIT");
            return self.driver.commit().map_err(|error| diagnosis::named(error, None));
        }
        let name = level - 1;
        let released = self.run_logged(&format!("RELEASE SAVEPOINT \"orm_{name}\""));
        match released {
            Ok(()) => self.depth = level - 1,
            Err(_) => self.rollback_level(level)?,
        }
        released
    }

    /// Rolls back the transaction or savepoint `level`, counted from 1, and those inside of it;
    /// nothing happens if it is not open.
    pub(super) fn rollback_level(&mut self, level: usize) -> Result<()> {
        if self.depth < level {
            return Ok(());
        }
        self.depth = level - 1;
        if level == 1 {
            self.log("ROLLBACK");
            return self.driver.rollback();
        }
        let name = level - 1;
        self.run_logged(&format!(
            "ROLLBACK TO SAVEPOINT \"orm_{name}\"; RELEASE SAVEPOINT \"orm_{name}\""
        ))
    }

    fn log(&self, sql: &str) {
        self.show.log(sql);
    }

    fn run_logged(&mut self, sql: &str) -> Result<()> {
        self.log(sql);
        self.driver.execute_script(sql)
    }

    /// Inserts rows, and puts the keys that the database generates for them behind `keys`. It counts as one
    /// statement: `sql`, which has the values of all rows.
    pub(crate) fn insert_with_keys(
        &mut self,
        sql: &Sql<'_>,
        insert: &KeyedInsert<'_>,
        keys: &mut Vec<i64>,
    ) -> Result<()> {
        self.count(&sql.text, &sql.binds);
        self.driver.insert_with_keys(insert, keys).map_err(|error| self.explained(error, sql))
    }

    fn count(&mut self, sql: &str, binds: &[Value<'_>]) {
        Record { statements: &mut self.statements, show: self.show }.count(sql, binds);
    }

    /// Returns `error` with all that is known of the statement that failed.
    #[cold]
    fn explained(&self, error: Error, sql: &Sql<'_>) -> Error {
        explained(error, sql, self.show.parameters)
    }
}

#[cold]
fn explained(error: Error, sql: &Sql<'_>, show_parameters: bool) -> Error {
    let error = diagnosis::named(error, Some(sql));
    if show_parameters && !sql.binds.is_empty() {
        return error.with_parameters(|| Parameters(&sql.binds).to_string());
    }
    error
}

/// What of the statements is shown, and where.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Show {
    /// Their values too, in errors and events.
    pub(super) parameters: bool,
    /// The statements, on standard error.
    pub(super) statements: bool,
}

impl Show {
    fn log(self, sql: &str) {
        tracing::debug!(target: "orm::sql", sql);
        if self.statements {
            echo(sql);
        }
    }
}

/// Where a connection's statements are counted and logged.
pub(super) struct Record<'c> {
    statements: &'c mut u64,
    pub(super) show: Show,
}

impl Record<'_> {
    pub(super) fn count(&mut self, sql: &str, binds: &[Value<'_>]) {
        *self.statements += 1;
        if self.show.parameters {
            tracing::debug!(target: "orm::sql", sql, parameters = %Parameters(binds));
            if self.show.statements {
                echo(&format!("{sql} {}", Parameters(binds)));
            }
        } else {
            self.show.log(sql);
        }
    }
}

fn echo(sql: &str) {
    // Nobody is served by a program that ends since nobody reads what it says beside its work.
    let _ = writeln!(io::stderr(), "{sql}");
}

/// A transaction dereferences to its connection, which can so be assigned to.
#[cold]
fn gone() -> Error {
    Error::invalid_query(
        "the transaction cannot be committed: another connection was put in the place of the one it \
         was begun on, and what it did was rolled back; run it again, without replacing its connection",
    )
}

#[cold]
fn within_another() -> Error {
    Error::invalid_state(
        "a transaction is open, and a savepoint in it has its isolation and may write as it may: begin \
         with options before the first statement",
    )
}

impl Executor for Connection {
    type Hydrate = Plain;

    fn dialect(&self) -> &'static dyn Dialect {
        self.dialect
    }

    fn fetch(&mut self, sql: &Sql<'_>, each: &mut EachHydrated<'_, Plain>) -> Result<()> {
        self.count(&sql.text, &sql.binds);
        self.driver
            .query(&sql.text, &sql.binds, &mut |row| each(&mut Plain, row))
            .map_err(|error| self.explained(error, sql))
    }

    fn open<'e>(&'e mut self, sql: &Sql<'_>) -> Result<Rows<'e, Plain>> {
        self.count(&sql.text, &sql.binds);
        let show = self.show;
        match self.driver.open(&sql.text, &sql.binds) {
            Ok(cursor) => {
                let record = Record { statements: &mut self.statements, show };
                let cursor = NamedCursor::new(cursor, sql, record);
                Ok(Rows::new(&mut self.hydrate, Box::new(cursor)))
            }
            Err(error) => Err(explained(error, sql, show.parameters)),
        }
    }

    fn columns(&mut self, sql: &Sql<'_>) -> Result<Vec<String>> {
        self.driver.columns(&sql.text).map_err(|error| explained(error, sql, self.show.parameters))
    }

    fn execute(&mut self, sql: &Sql<'_>) -> Result<u64> {
        self.count(&sql.text, &sql.binds);
        self.driver.execute(&sql.text, &sql.binds).map_err(|error| self.explained(error, sql))
    }

    fn execute_definition(&mut self, statement: &str) -> Result<()> {
        self.count(statement, &[]);
        self.driver.execute_script(statement).map_err(|error| error.in_statement(statement))
    }

    fn apart(&mut self, work: &mut Apart<'_, Plain>) -> Result<()> {
        work(&mut Plain, self)
    }

    fn begin_group(&mut self) -> Result<()> {
        self.open_level(TransactionOptions::default())
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
