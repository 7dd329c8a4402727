//! The traits that a backend implements, object-safe so that a URL chooses the backend at run time.
//!
//! A driver sends text and values and hands out rows. It knows no model, no table and no query.

use std::fmt;
use std::ops::ControlFlow;

use crate::dialect::{Dialect, TransactionOptions};
use crate::error::{Error, Result};
use crate::value::{Row, Value};

/// What is called with each row of a result; `Break` stops the statement early.
pub type EachRow<'f> = dyn FnMut(&dyn Row) -> Result<ControlFlow<()>> + 'f;

/// What is given one row.
pub type ReadRow<'f> = dyn FnMut(&dyn Row) -> Result<()> + 'f;

/// A backend: it knows its URLs.
///
/// # Examples
///
/// ```
/// use orm_core::driver::{Database, Driver};
/// use orm_core::engine::Engine;
///
/// /// Another driver's databases by a scheme of their own.
/// #[derive(Debug)]
/// struct Scratch;
///
/// impl Driver for Scratch {
///     fn schemes(&self) -> &'static [&'static str] {
///         &["scratch"]
///     }
///
///     fn open(&self, _url: &str) -> orm::Result<Box<dyn Database>> {
///         orm::Sqlite.open("sqlite::memory:")
///     }
/// }
///
/// let engine = Engine::open("scratch:", &[&Scratch])?;
/// assert_eq!(engine.dialect().name(), "sqlite");
/// # Ok::<(), orm::Error>(())
/// ```
pub trait Driver: fmt::Debug + Send + Sync {
    /// The names its URLs begin with, such as `postgresql` and `postgres`.
    fn schemes(&self) -> &'static [&'static str];

    /// Reads `url` without connecting.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] if the URL makes no sense. The
    /// message never holds the password.
    fn open(&self, url: &str) -> Result<Box<dyn Database>>;
}

/// One database of a backend, from which connections are made.
///
/// # Examples
///
/// ```
/// use orm_core::driver::Driver;
///
/// let database = orm::Sqlite.open("sqlite::memory:")?;
/// let connection = database.connect()?;
/// assert!(!connection.is_broken());
/// # Ok::<(), orm::Error>(())
/// ```
pub trait Database: fmt::Debug + Send + Sync {
    /// The backend's dialect, without a connection.
    fn dialect(&self) -> &'static dyn Dialect;

    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// [`Error::Operational`] if the database cannot be reached or
    /// refuses the user.
    fn connect(&self) -> Result<Box<dyn DriverConnection>>;
}

/// A SELECT whose rows are asked for; made by [`DriverConnection::open`].
///
/// Dropping it ends the SELECT without reading the rest of its rows. Whatever happened, the connection
/// can then be used again, unless it is lost.
pub trait Cursor {
    /// Gives the next row to `read`; returns `false` if there is none.
    ///
    /// After that, and after an error of the database, nothing is left of the SELECT.
    ///
    /// # Errors
    ///
    /// What the database reports, or what `read` returned.
    fn next(&mut self, read: &mut ReadRow<'_>) -> Result<bool>;

    /// Runs another statement, which returns rows, while this one stands where it is, or after it has
    /// ended; calls `each` with its rows as they arrive.
    ///
    /// # Errors
    ///
    /// What the database reports, or what `each` returned.
    fn query(&mut self, sql: &str, binds: &[Value<'_>], each: &mut EachRow<'_>) -> Result<()>;

    /// Sets how many rows, of at least 1, the database is asked for at a time; nothing happens where
    /// it hands them out one by one anyway.
    fn set_fetch_size(&mut self, _rows: usize) {}
}

/// New rows of one table that have values for the same columns, and whose keys the database generates.
///
/// # Examples
///
/// ```
/// use orm_core::driver::{Driver, KeyedInsert};
///
/// let mut connection = orm::Sqlite.open("sqlite::memory:")?.connect()?;
/// connection.execute_script("CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT)")?;
///
/// let insert = KeyedInsert {
///     one: "INSERT INTO tags (name) VALUES (?1)",
///     returning: "INSERT INTO tags (name) VALUES (?1) RETURNING id",
///     many: "INSERT INTO tags (name) VALUES (?1), (?2)",
///     many_rows: 2,
///     rows: 3,
///     binds: &["red".into(), "green".into(), "blue".into()],
/// };
/// let mut keys = Vec::new();
/// connection.insert_with_keys(&insert, &mut keys)?;
/// assert_eq!(keys, [1, 2, 3]);
///
/// assert_eq!(insert.binds_of(1, 2), ["green".into(), "blue".into()]);
/// insert.insert_returning(&mut *connection, 2, &mut keys)?;
/// assert_eq!(keys, [1, 2, 3, 4]);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct KeyedInsert<'i> {
    /// Inserts one row.
    pub one: &'i str,
    /// Inserts one row, and returns its key.
    pub returning: &'i str,
    /// Inserts many rows.
    pub many: &'i str,
    /// How many these are.
    pub many_rows: usize,
    /// How many rows there are.
    pub rows: usize,
    /// Their values, row by row.
    pub binds: &'i [Value<'i>],
}

impl<'i> KeyedInsert<'i> {
    /// Returns the values of `count` rows, the first of which has this number, from 0.
    ///
    /// # Panics
    ///
    /// If there are not so many rows.
    pub fn binds_of(&self, first: usize, count: usize) -> &'i [Value<'i>] {
        let width = self.binds.len().checked_div(self.rows).unwrap_or(0);
        &self.binds[first * width..][..count * width]
    }

    /// Inserts the row of this number on `connection`, and puts the key that the statement returns behind
    /// `keys`.
    ///
    /// # Errors
    ///
    /// What the database reports.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn insert_returning<C: DriverConnection + ?Sized>(
        &self,
        connection: &mut C,
        row: usize,
        keys: &mut Vec<i64>,
    ) -> Result<()> {
        connection.query(self.returning, self.binds_of(row, 1), &mut |row| {
            keys.push(row.i64(0)?);
            Ok(ControlFlow::Continue(()))
        })
    }
}

/// One connection of a backend.
///
/// Statements sent by [`query`](Self::query) and [`execute`](Self::execute) are prepared once and
/// found again by their text. Values are bound by reference, never copied.
///
/// # Examples
///
/// ```
/// use std::ops::ControlFlow;
///
/// use orm_core::driver::Driver;
///
/// let mut connection = orm::Sqlite.open("sqlite::memory:")?.connect()?;
/// connection.execute_script("CREATE TABLE t (a); CREATE INDEX i ON t (a)")?;
/// connection.begin()?;
/// assert_eq!(connection.execute("INSERT INTO t VALUES (?1)", &[7.into()])?, 1);
/// connection.commit()?;
///
/// let mut sum = 0;
/// connection.query("SELECT a FROM t", &[], &mut |row| {
///     sum += row.i64(0)?;
///     Ok(ControlFlow::Continue(()))
/// })?;
/// assert_eq!(sum, 7);
/// # Ok::<(), orm::Error>(())
/// ```
pub trait DriverConnection: fmt::Debug + Send {
    /// The dialect of the database, which knows its version.
    fn dialect(&self) -> &'static dyn Dialect;

    /// Runs one statement and calls `each` with its rows as they arrive.
    ///
    /// An error of `each` ends the statement and is returned. The connection can be used again
    /// afterwards, whatever happened, unless it is lost.
    ///
    /// # Errors
    ///
    /// What the database reports, or what `each` returned.
    fn query(&mut self, sql: &str, binds: &[Value<'_>], each: &mut EachRow<'_>) -> Result<()>;

    /// Begins a SELECT whose rows are asked for one after the other.
    ///
    /// [`query`](Self::query) is for results that are read to the end: it sends one request where a
    /// cursor may take several. The values are not needed after the call.
    ///
    /// # Errors
    ///
    /// What the database reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm_core::driver::Driver;
    ///
    /// let mut connection = orm::Sqlite.open("sqlite::memory:")?.connect()?;
    /// let mut cursor = connection.open("VALUES (1), (2)", &[])?;
    /// let mut numbers = Vec::new();
    /// while cursor.next(&mut |row| Ok(numbers.push(row.i64(0)?)))? {}
    /// drop(cursor);
    /// assert_eq!(numbers, [1, 2]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn open<'c>(&'c mut self, sql: &str, binds: &[Value<'_>]) -> Result<Box<dyn Cursor + 'c>>;

    /// Returns the names of the columns that a statement returns, without running it.
    ///
    /// The statement is kept prepared, for [`query`](Self::query) to find.
    ///
    /// # Errors
    ///
    /// What the database reports.
    fn columns(&mut self, sql: &str) -> Result<Vec<String>>;

    /// Runs one statement and returns the count of rows it inserted, updated or deleted.
    ///
    /// # Errors
    ///
    /// What the database reports.
    fn execute(&mut self, sql: &str, binds: &[Value<'_>]) -> Result<u64>;

    /// Inserts rows, and puts the keys that the database generates for them behind `keys`, in their order.
    /// A row that a trigger leaves out has none.
    ///
    /// A driver that knows the keys without being told by the statement inserts many rows at a time.
    ///
    /// # Errors
    ///
    /// What the database reports; some of the rows may be inserted then.
    fn insert_with_keys(&mut self, insert: &KeyedInsert<'_>, keys: &mut Vec<i64>) -> Result<()> {
        (0..insert.rows).try_for_each(|row| insert.insert_returning(self, row, keys))
    }

    /// Runs statements separated by semicolons, without values and without preparing them.
    ///
    /// # Errors
    ///
    /// What the database reports for the first statement that fails.
    fn execute_script(&mut self, script: &str) -> Result<()>;

    /// Begins a transaction.
    ///
    /// # Errors
    ///
    /// What the database reports.
    fn begin(&mut self) -> Result<()>;

    /// Begins a transaction in the way that is asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the driver does not know of such; otherwise what the database reports.
    fn begin_with(&mut self, options: TransactionOptions) -> Result<()> {
        if options == TransactionOptions::default() {
            return self.begin();
        }
        let dialect = self.dialect();
        Err(Error::Unsupported {
            backend: dialect.name(),
            version: dialect.version(),
            feature: "options of transactions through this driver".into(),
        })
    }

    /// Commits the transaction.
    ///
    /// # Errors
    ///
    /// What the database reports; the transaction is then rolled back, never left open.
    fn commit(&mut self) -> Result<()>;

    /// Rolls the transaction back; nothing happens if none is open.
    ///
    /// # Errors
    ///
    /// What the database reports.
    fn rollback(&mut self) -> Result<()>;

    /// Whether the connection is lost.
    fn is_broken(&self) -> bool;
}
