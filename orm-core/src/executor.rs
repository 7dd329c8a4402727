//! What runs statements, seen from a query: it does not know whether a connection, a transaction or
//! something that keeps track of rows is behind it.

mod beside;
mod rows;
mod write;

pub(crate) use self::beside::Beside;
pub use self::rows::Rows;
pub use self::write::{RowsWrite, Synchronize, WriteStatement};

use std::ops::ControlFlow;

use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::relation::Related;
use crate::sql::Sql;
use crate::value::Row;

/// What is called with each row of a result; `Break` ends it early.
pub type EachHydrated<'f, H> = dyn FnMut(&mut H, &dyn Row) -> Result<ControlFlow<()>> + 'f;

/// Something that statements can be run on: `&mut conn`, `&mut tx` or `&mut session`.
///
/// What rows come back as is the executor's choice: a connection and a transaction return the model
/// itself. A function that does not care can take any executor; one that wants the model, inside a
/// transaction and outside of one, takes a `&mut Connection`, to which `&mut tx` can be given too.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
/// }
///
/// fn user_count(executor: &mut impl Executor) -> orm::Result<u64> {
///     User::query().count(executor)
/// }
///
/// fn users(conn: &mut Connection) -> orm::Result<Vec<User>> {
///     User::query().all(conn)
/// }
///
/// let engine = Engine::connect("sqlite::memory:")?;
/// let mut conn = engine.connect()?;
/// metadata![User].create_all(&mut conn)?;
/// let mut tx = conn.begin()?;
/// assert_eq!(user_count(&mut tx)?, 0);
/// assert!(users(&mut tx)?.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run statements",
    label = "expected a connection, a transaction or a session",
    note = "pass `&mut conn`, with `let mut conn = engine.connect()?`, or the `tx` of \
            `engine.begin(|tx| …)`"
)]
pub trait Executor {
    /// What makes rows of a model into what the caller gets.
    type Hydrate: Hydrate;

    /// Returns the dialect of the database behind it.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// let conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// assert_eq!(conn.dialect().name(), "sqlite");
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn dialect(&self) -> &'static dyn Dialect;

    /// Runs a statement and calls `each` with its rows as they arrive.
    ///
    /// # Errors
    ///
    /// What the database reports, with the names of the schema, or what `each` returned.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use orm::prelude::*;
    /// use orm_core::sql::Sql;
    ///
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// let mut numbers = Vec::new();
    /// conn.fetch(&Sql::plain("VALUES (1), (2), (3)"), &mut |_, row| {
    ///     numbers.push(row.i64(0)?);
    ///     Ok(if numbers.len() < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    /// })?;
    /// assert_eq!(numbers, [1, 2]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn fetch(&mut self, sql: &Sql<'_>, each: &mut EachHydrated<'_, Self::Hydrate>) -> Result<()>;

    /// Begins a SELECT whose rows are asked for one after the other.
    ///
    /// # Errors
    ///
    /// What the database reports, with the names of the schema.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm_core::sql::Sql;
    ///
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// let endless = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    /// let mut rows = conn.open(&Sql::plain(endless))?;
    /// assert_eq!(rows.next(|_, row| row.i64(0))?, Some(1));
    /// assert_eq!(rows.next(|_, row| row.i64(0))?, Some(2));
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn open<'e>(&'e mut self, sql: &Sql<'_>) -> Result<Rows<'e, Self::Hydrate>>;

    /// Returns the names of the columns that a statement returns, without running it.
    ///
    /// # Errors
    ///
    /// What the database reports, such as a mistake in the text.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm_core::sql::Sql;
    ///
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// assert_eq!(conn.columns(&Sql::plain("SELECT 1 AS one, 2 AS two"))?, ["one", "two"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn columns(&mut self, sql: &Sql<'_>) -> Result<Vec<String>>;

    /// Runs a statement and returns the count of rows it inserted, updated or deleted.
    ///
    /// # Errors
    ///
    /// What the database reports, with the names of the schema.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm_core::sql::Sql;
    ///
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// conn.execute_definition("CREATE TABLE t (a)")?;
    /// assert_eq!(conn.execute(&Sql::plain("INSERT INTO t VALUES (1), (2)"))?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn execute(&mut self, sql: &Sql<'_>) -> Result<u64>;

    /// Runs an update or a delete, calls `each` with the rows if it returns some, and returns how many rows
    /// it changed.
    ///
    /// # Errors
    ///
    /// What is found wrong with it, what the database reports, or what `each` returned.
    fn write_rows(
        &mut self,
        write: &RowsWrite<'_>,
        each: Option<&mut EachHydrated<'_, Self::Hydrate>>,
    ) -> Result<u64> {
        let sql = write.statement.sql(self.dialect())?;
        let Some(each) = each else { return self.execute(&sql) };
        let mut count = 0;
        self.fetch(&sql, &mut |hydrate, row| {
            count += 1;
            each(hydrate, row)
        })?;
        Ok(count)
    }

    /// Runs a definition of the schema, which has no values and is not worth preparing.
    ///
    /// # Errors
    ///
    /// What the database reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// conn.execute_definition("CREATE VIEW answers AS SELECT 42 AS answer")?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn execute_definition(&mut self, statement: &str) -> Result<()>;

    /// Calls `work` with what makes rows into what the caller gets, and with what runs the same
    /// statements and returns plain values.
    ///
    /// # Errors
    ///
    /// What `work` returns, or what the database reports.
    fn apart(&mut self, work: &mut Apart<'_, Self::Hydrate>) -> Result<()>;

    /// Begins a group of statements of which all or none take effect: a transaction, or a savepoint
    /// in one.
    ///
    /// # Errors
    ///
    /// What the database reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// conn.begin_group()?;
    /// conn.execute_definition("CREATE TABLE t (a)")?;
    /// conn.end_group(false)?;
    /// conn.execute_definition("CREATE TABLE t (a, b)")?; // the first one is gone
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn begin_group(&mut self) -> Result<()>;

    /// Ends the group that was begun last, keeping or undoing what it did;
    /// [`begin_group`](Self::begin_group) has an example.
    ///
    /// # Errors
    ///
    /// What the database reports; the group is then undone.
    fn end_group(&mut self, keep: bool) -> Result<()>;
}

/// How rows of a model become what the caller gets.
pub trait Hydrate {
    /// What the caller gets for a row of model `M`.
    type Entity<M: Related>;

    /// Reads the model from the columns of `row` that begin at `at`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if a stored value does not fit its field.
    fn hydrate<M: Related>(&mut self, row: &dyn Row, at: usize) -> Result<Self::Entity<M>>;

    /// Is told of an error that ended a statement whose rows were asked for one after the other.
    fn failed(&mut self, _error: &Error) {}

    /// Lets `work` load what belongs to the rows.
    ///
    /// # Errors
    ///
    /// What `work` returns.
    fn load<M: Related>(
        executor: &mut dyn Executor<Hydrate = Self>,
        rows: &mut [Self::Entity<M>],
        work: &mut LoadRelated<'_, M>,
    ) -> Result<()>
    where
        Self: Sized;
}

/// What is done with the two parts of an executor.
pub type Apart<'w, H> = dyn FnMut(&mut H, &mut dyn Executor<Hydrate = Plain>) -> Result<()> + 'w;

/// What loads the rows that belong to rows of `M`.
pub type LoadRelated<'w, M> =
    dyn FnMut(&mut dyn Executor<Hydrate = Plain>, &mut [M]) -> Result<()> + 'w;

/// Rows come back as plain values of the model, which the caller owns.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm_core::executor::Plain;
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
/// }
///
/// /// Runs on connections and transactions alike.
/// fn users(executor: &mut impl Executor<Hydrate = Plain>) -> orm::Result<Vec<User>> {
///     User::query().all(executor)
/// }
///
/// let engine = Engine::connect("sqlite::memory:")?;
/// metadata![User].create_all(&mut engine.connect()?)?;
/// assert!(users(&mut engine.connect()?)?.is_empty());
/// assert!(engine.begin(|tx| users(tx))?.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Plain;

impl Hydrate for Plain {
    type Entity<M: Related> = M;

    fn hydrate<M: Related>(&mut self, row: &dyn Row, at: usize) -> Result<M> {
        M::read(row, at)
    }

    fn load<M: Related>(
        executor: &mut dyn Executor<Hydrate = Self>,
        rows: &mut [M],
        work: &mut LoadRelated<'_, M>,
    ) -> Result<()> {
        work(executor, rows)
    }
}

/// Runs `work` so that all of its statements take effect, or none: not after an error, not after a
/// panic.
pub(crate) fn atomically<E: Executor, T>(
    executor: &mut E,
    work: impl FnOnce(&mut E) -> Result<T>,
) -> Result<T> {
    struct Undo<'e, E: Executor> {
        executor: &'e mut E,
        open: bool,
    }

    impl<E: Executor> Drop for Undo<'_, E> {
        fn drop(&mut self) {
            if self.open
                && let Err(error) = self.executor.end_group(false)
            {
                tracing::error!(%error, "could not roll back");
            }
        }
    }

    executor.begin_group()?;
    let mut undo = Undo { executor, open: true };
    let result = work(undo.executor)?;
    undo.open = false;
    undo.executor.end_group(true)?;
    Ok(result)
}
