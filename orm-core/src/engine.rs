//! Engine, connection and transaction: from a URL to statements that run.
//!
//! Statements are counted and logged here, and errors of the database get their names.

mod connection;
mod create;
mod diagnosis;
mod transaction;

pub use self::connection::Connection;
pub use self::transaction::Transaction;

use std::fmt;
use std::sync::Arc;

use crate::dialect::Dialect;
use crate::driver::{Database, Driver};
use crate::error::{Error, Result};

/// A database, from which connections are made.
///
/// Cheap to clone; a clone is the same database.
#[derive(Clone)]
pub struct Engine {
    database: Arc<dyn Database>,
}

impl Engine {
    /// Opens the database at `url` with the driver that knows its scheme.
    ///
    /// What follows a `+` in the scheme, as in SQLAlchemy's `postgresql+psycopg`, is passed over.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] if no driver knows the scheme, or the driver does not understand the
    /// rest.
    pub fn open(url: &str, drivers: &[&dyn Driver]) -> Result<Self> {
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(no_scheme(drivers));
        };
        let name = scheme.split('+').next().unwrap_or(scheme).to_ascii_lowercase();
        let driver = drivers
            .iter()
            .find(|driver| driver.schemes().contains(&name.as_str()))
            .ok_or_else(|| unknown_scheme(&name, drivers))?;
        let database = driver.open(&format!("{name}:{rest}"))?;
        Ok(Self { database: database.into() })
    }

    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// [`Error::Operational`] if the database cannot be reached or refuses the user.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// let engine = Engine::connect("sqlite::memory:")?;
    /// let conn = engine.connect()?;
    /// assert_eq!(conn.statement_count(), 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn connect(&self) -> Result<Connection> {
        Ok(Connection::new(self.database.connect()?, self.database.dialect()))
    }

    /// Runs `work` in a transaction of a connection of its own.
    ///
    /// The transaction is committed if `work` returns `Ok`, and rolled back if it returns `Err` or
    /// panics.
    ///
    /// # Errors
    ///
    /// What `work` returns, or what the database reports when connecting, beginning or committing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Account { #[orm(primary_key)] id: i64, balance: i64 }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Account].create_all(&mut engine.connect()?)?;
    /// let account = engine.begin(|tx| {
    ///     Account::insert(Account::builder().balance(100)).one(tx)
    /// })?;
    /// assert_eq!(account.balance, 100);
    /// # Ok(())
    /// # }
    /// ```
    pub fn begin<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.connect()?;
        let mut transaction = connection.begin()?;
        let result = work(&mut transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Returns the dialect of the database.
    pub fn dialect(&self) -> &'static dyn Dialect {
        self.database.dialect()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("dialect", &self.dialect().name()).finish_non_exhaustive()
    }
}

#[cold]
fn no_scheme(drivers: &[&dyn Driver]) -> Error {
    Error::configuration(format!(
        "the database URL has no scheme: it must begin with {}",
        expected_schemes(drivers)
    ))
}

#[cold]
fn unknown_scheme(name: &str, drivers: &[&dyn Driver]) -> Error {
    Error::configuration(format!(
        "unknown scheme `{name}:` of the database URL: expected {}",
        expected_schemes(drivers)
    ))
}

fn expected_schemes(drivers: &[&dyn Driver]) -> String {
    let names = drivers.iter().flat_map(|driver| driver.schemes());
    names.map(|name| format!("`{name}:`")).collect::<Vec<_>>().join(" or ")
}
