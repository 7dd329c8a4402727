//! Updates and deletes that return the rows they change.

use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;

use super::{Output, in_projection};
use crate::ast::{DeleteStatement, InsertQuery, Projection, UpdateStatement};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::Executor;
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

pub(super) enum Write {
    Update(UpdateStatement),
    Delete(DeleteStatement),
    InsertQuery(Box<InsertQuery>),
}

impl Write {
    fn sql<'a>(&'a self, dialect: &'a dyn Dialect) -> Result<Sql<'a>> {
        match self {
            Self::Update(statement) => sql::update(dialect, statement),
            Self::Delete(statement) => sql::delete(dialect, statement),
            Self::InsertQuery(statement) => sql::insert_query(dialect, statement),
        }
    }

    fn projection(&self) -> Option<&Projection> {
        match self {
            Self::Update(statement) => statement.returning.as_ref(),
            Self::Delete(statement) => statement.returning.as_ref(),
            Self::InsertQuery(statement) => statement.returning.as_ref(),
        }
    }

    fn projection_mut(&mut self) -> Option<&mut Projection> {
        match self {
            Self::Update(statement) => statement.returning.as_mut(),
            Self::Delete(statement) => statement.returning.as_mut(),
            Self::InsertQuery(statement) => statement.returning.as_mut(),
        }
    }
}

impl<O: Output> Returning<O> {
    pub(super) fn new(write: Result<Write>) -> Self {
        Self { write, output: PhantomData }
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
            write.projection_mut().map_or(Ok(()), change)?;
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
        let dialect = executor.dialect();
        let sql = write.sql(dialect)?;
        let mut rows = Vec::new();
        let fetched = executor.fetch(&sql, &mut |hydrate, row| {
            rows.push(O::from_row(hydrate, row, 0)?);
            Ok(ControlFlow::Continue(()))
        });
        match (fetched, write.projection()) {
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
        Ok(self.write?.sql(dialect)?.text.into_owned())
    }
}

impl<O> fmt::Debug for Returning<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returning").finish_non_exhaustive()
    }
}
