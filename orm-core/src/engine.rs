//! Engine, connection and transaction: from a URL to statements that run.
//!
//! Statements are counted and logged here, and errors of the database get their names.

mod connection;
mod create;
mod cursor;
mod diagnosis;
mod parameters;
mod reflect;
mod transaction;

pub use self::connection::Connection;
use self::connection::Show;
pub use self::transaction::Transaction;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::dialect::Dialect;
use crate::driver::{Database, Driver};
use crate::error::{Error, Result};

/// A database, from which connections are made.
///
/// Cheap to clone; a clone is the same database. Applications use `orm::Engine`, which knows the
/// drivers that are built in.
///
/// # Examples
///
/// ```
/// use orm_core::engine::Engine;
///
/// let engine = Engine::open("sqlite::memory:", &[&orm::Sqlite])?;
/// assert_eq!(engine.dialect().name(), "sqlite");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone)]
pub struct Engine {
    database: Arc<dyn Database>,
    show: Show,
    /// What sessions of it are given, which only their room understands.
    pub(crate) for_sessions: Option<Arc<dyn Any + Send + Sync>>,
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
    ///
    /// # Examples
    ///
    /// ```
    /// use orm_core::engine::Engine;
    ///
    /// let error = Engine::open("mysql://localhost/app", &[&orm::Sqlite]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "unknown scheme `mysql:` of the database URL: expected `sqlite:`"
    /// );
    /// ```
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
        Ok(Self { database: database.into(), show: Show::default(), for_sessions: None })
    }

    /// Returns the engine with the values of statements shown, or not, where their text is: in errors
    /// of the database ([`IntegrityError::parameters`], [`DatabaseError::parameters`], and what they
    /// display) and in the `tracing` events.
    ///
    /// Off unless it is turned on, since errors and logs are read by people and kept in places that
    /// passwords and personal data must not reach. A text is cut after 100 characters, and a list
    /// after 100 values. It holds for connections made from the returned engine; other clones of it
    /// stay as they are.
    ///
    /// [`IntegrityError::parameters`]: crate::error::IntegrityError::parameters
    /// [`DatabaseError::parameters`]: crate::error::DatabaseError::parameters
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model, Debug)]
    /// # #[orm(table = "users")]
    /// # struct User { #[orm(primary_key)] id: i64, #[orm(unique)] email: String }
    /// # fn main() -> orm::Result<()> {
    /// let engine = Engine::connect("sqlite::memory:")?.show_parameters(true);
    /// let mut conn = engine.connect()?;
    /// metadata![User].create_all(&mut conn)?;
    /// User::insert(User::builder().email("a@example.com")).execute(&mut conn)?;
    ///
    /// let twice = User::insert(User::builder().email("a@example.com")).execute(&mut conn);
    /// assert_eq!(
    ///     twice.unwrap_err().to_string(),
    ///     "unique constraint `uq_users_email` of table `users` on `email` refused the write: a row \
    ///      with these values exists\n\
    ///      in: INSERT INTO \"users\" (\"email\") VALUES (?1)\n\
    ///      parameters: [\"a@example.com\"]"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn show_parameters(mut self, show: bool) -> Self {
        self.show.parameters = show;
        self
    }

    /// Returns the engine with every statement written to standard error, or not; off unless it is
    /// turned on.
    ///
    /// It holds for connections made from the returned engine; other clones of it stay as they are.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm_core::engine::Engine;
    ///
    /// let engine = Engine::open("sqlite::memory:", &[&orm::Sqlite])?.echo(true);
    /// # drop(engine);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn echo(mut self, echo: bool) -> Self {
        self.show.statements = echo;
        self
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
        let driver = self.database.connect()?;
        Ok(Connection::new(driver, self.show))
    }

    /// Runs `work` in a transaction of a connection of its own.
    ///
    /// The transaction is committed if `work` returns `Ok`, and rolled back if it returns `Err` or
    /// panics. An error of a statement should be passed on: PostgreSQL refuses all that follows it in
    /// the transaction, unless it ran in a savepoint ([`Connection::begin`]).
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
    pub fn begin<T>(&self, work: impl FnOnce(&mut Transaction<'_>) -> Result<T>) -> Result<T> {
        self.try_begin(work)
    }

    /// As [`begin`](Self::begin), for work with an error of its own.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// let refused: Result<(), String> = engine.try_begin(|_tx| Err(MyError("no".into()))).map_err(|e| e.0);
    /// assert_eq!(refused.unwrap_err(), "no");
    ///
    /// struct MyError(String);
    ///
    /// impl From<orm::Error> for MyError {
    ///     fn from(error: orm::Error) -> Self {
    ///         Self(error.to_string())
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn try_begin<T, E: From<Error>>(
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
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// let engine = Engine::connect("sqlite::memory:")?;
    /// assert_eq!(engine.dialect().name(), "sqlite");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn dialect(&self) -> &'static dyn Dialect {
        self.database.dialect()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("dialect", &self.dialect().name())
            .field("show", &self.show)
            .finish_non_exhaustive()
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
