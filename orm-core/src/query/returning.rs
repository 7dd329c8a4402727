//! Updates and deletes that return the rows they change.

use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;

use super::{Output, in_projection};
use crate::ast::{DeleteStatement, InsertQuery, Projection, UpdateStatement};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::{EachHydrated, Executor, RowsWrite, Synchronize, WriteStatement};
use crate::expr::Selection;
use crate::sql::{self, Sql};

/// A write whose changed rows are returned and read as an `O`; made by
/// [`Update::returning`](super::Update::returning), [`Delete::returning`](super::Delete::returning)
/// and [`InsertFrom::returning`](super::InsertFrom::returning).
#[must_use = "nothing is written before `all`, `one` or `one_or_none`"]
pub struct Returning<O> {
    /// What was wrong with the write is said when it is run, since building one cannot fail.
    write: Result<Write>,
    output: PhantomData<fn() -> O>,
}

/// An UPDATE, a DELETE or an INSERT of the rows of a query.
pub(super) enum Write {
    Update(UpdateStatement, Synchronize),
    Delete(DeleteStatement, Synchronize),
    InsertQuery(Box<InsertQuery>),
}

impl Write {
    fn sql<'a>(&'a self, dialect: &'a dyn Dialect) -> Result<Sql<'a>> {
        match self {
            Self::Update(statement, _) => sql::update(dialect, statement),
            Self::Delete(statement, _) => sql::delete(dialect, statement),
            Self::InsertQuery(statement) => sql::insert_query(dialect, statement),
        }
    }

    /// Writes, and returns how many rows were changed.
    pub(super) fn execute<E: Executor>(&self, executor: &mut E) -> Result<u64> {
        let Some(write) = self.of_rows() else {
            let dialect = executor.dialect();
            return executor.execute(&self.sql(dialect)?);
        };
        executor.write_rows(&write, None)
    }

    /// Writes, and calls `each` with what it returns.
    fn fetch<E: Executor>(
        &self,
        executor: &mut E,
        each: &mut EachHydrated<'_, E::Hydrate>,
    ) -> Result<()> {
        let Some(write) = self.of_rows() else {
            let dialect = executor.dialect();
            return executor.fetch(&self.sql(dialect)?, each);
        };
        executor.write_rows(&write, Some(each)).map(drop)
    }

    /// Returns it as a write of rows that are there, if it is one.
    fn of_rows(&self) -> Option<RowsWrite<'_>> {
        let (statement, &synchronize) = match self {
            Self::Update(statement, synchronize) => {
                (WriteStatement::Update(statement), synchronize)
            }
            Self::Delete(statement, synchronize) => {
                (WriteStatement::Delete(statement), synchronize)
            }
            Self::InsertQuery(_) => return None,
        };
        Some(RowsWrite { statement, synchronize })
    }

    pub(super) fn to_sql(&self, dialect: &dyn Dialect) -> Result<String> {
        Ok(self.sql(dialect)?.text.into_owned())
    }

    fn returning(&self) -> Option<&Projection> {
        match self {
            Self::Update(statement, _) => statement.returning.as_ref(),
            Self::Delete(statement, _) => statement.returning.as_ref(),
            Self::InsertQuery(statement) => statement.returning.as_ref(),
        }
    }

    fn returning_mut(&mut self) -> &mut Option<Projection> {
        match self {
            Self::Update(statement, _) => &mut statement.returning,
            Self::Delete(statement, _) => &mut statement.returning,
            Self::InsertQuery(statement) => &mut statement.returning,
        }
    }
}

impl<O: Output> Returning<O> {
    pub(super) fn new(write: Result<Write>) -> Self {
        Self { write, output: PhantomData }
    }

    /// Returns the write that returns `selection` of each row.
    pub(super) fn of(write: Result<Write>, selection: impl Selection<Output = O>) -> Self {
        let mut items = Vec::new();
        selection.append_to(&mut items);
        Self::new(write.map(|mut write| {
            *write.returning_mut() = Some(Projection::Items(items));
            write
        }))
    }

    pub(super) fn into_write(self) -> Result<Write> {
        self.write
    }

    /// Returns the same write with another projection, read as a `P`.
    pub(super) fn map_projection<P: Output>(
        self,
        change: impl FnOnce(&mut Projection) -> Result<()>,
    ) -> Returning<P> {
        Returning::new(self.write.and_then(|mut write| {
            write.returning_mut().as_mut().map_or(Ok(()), change)?;
            Ok(write)
        }))
    }

    /// Writes, and returns the rows that were changed.
    ///
    /// # Errors
    ///
    /// As the write without its rows.
    pub fn all<E: Executor>(self, executor: &mut E) -> Result<Vec<O::Out<E::Hydrate>>> {
        let write = self.write?;
        let mut rows = Vec::new();
        let fetched = write.fetch(executor, &mut |hydrate, row| {
            rows.push(O::from_row(hydrate, row, 0)?);
            Ok(ControlFlow::Continue(()))
        });
        match (fetched, write.returning()) {
            (Err(error), Some(projection)) => Err(in_projection(error, projection)),
            (fetched, _) => fetched.map(|()| rows),
        }
    }

    /// Writes, and returns the only row that was changed, if there is any.
    ///
    /// # Errors
    ///
    /// [`Error::MultipleResults`] if several rows were changed, which they then remain unless a
    /// transaction is rolled back; otherwise as [`all`](Self::all).
    pub fn one_or_none<E: Executor>(self, executor: &mut E) -> Result<Option<O::Out<E::Hydrate>>> {
        let mut rows = self.all(executor)?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            _ => Err(Error::MultipleResults { model: std::any::type_name::<O>() }),
        }
    }

    /// Returns the SQL of the write, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all), before anything is sent.
    pub fn to_sql(self, dialect: &dyn Dialect) -> Result<String> {
        self.write?.to_sql(dialect)
    }
}

impl<O> fmt::Debug for Returning<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returning").finish_non_exhaustive()
    }
}
