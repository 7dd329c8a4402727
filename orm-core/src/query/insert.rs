//! Inserts of one row, and of many.

use std::fmt;
use std::marker::PhantomData;

use super::{Output, batch};
use crate::ast::{Conflict, InsertStatement};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::model::{IntoNewRow, Model, NewRow};
use crate::sql;

/// An INSERT of one row of model `M`, begun by [`Query::insert`](super::Query::insert).
#[must_use = "an insert does nothing before `one` or `execute`"]
pub struct Insert<M> {
    row: NewRow,
    model: PhantomData<fn() -> M>,
}

impl<M: Model + Output> Insert<M> {
    pub(super) fn new(row: NewRow) -> Self {
        Self { row, model: PhantomData }
    }

    pub(super) fn into_row(self) -> NewRow {
        self.row
    }

    /// Inserts the row and returns it as the database has it: with its generated key, and what
    /// defaults of the server made.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] for a value that does not fit its column; [`Error::Integrity`] if a
    /// constraint refuses the row; otherwise what the database reports.
    pub fn one<E: Executor>(self, executor: &mut E) -> Result<M::Out<E::Hydrate>> {
        let mut inserted = None;
        batch::insert_one(
            executor,
            M::table(),
            self.row,
            None,
            Some(&mut |hydrate, row, _| {
                inserted = Some(M::from_row(hydrate, row, 0)?);
                Ok(())
            }),
        )?;
        inserted.ok_or(Error::NotFound { model: M::DEF.name })
    }

    /// Inserts the row.
    ///
    /// # Errors
    ///
    /// As [`one`](Self::one).
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<()> {
        batch::insert_one(executor, M::table(), self.row, None, None).map(drop)
    }

    /// Returns the SQL of the insert that [`one`](Self::one) sends, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] for a value that does not fit its column.
    pub fn to_sql(mut self, dialect: &dyn Dialect) -> Result<String> {
        let table = M::table();
        self.row.complete(table)?;
        let columns: Vec<usize> = self.row.columns().collect();
        Ok(sql::insert_values(dialect, &InsertStatement::new(table, &columns, true), 1))
    }
}

/// An INSERT of many rows of model `M`, begun by [`Query::insert_many`](super::Query::insert_many).
///
/// All rows are inserted, or none: where one statement is not enough, they run in a transaction, or
/// in a savepoint if one is open.
#[must_use = "an insert does nothing before `all` or `execute`"]
pub struct InsertMany<M, I> {
    rows: I,
    model: PhantomData<fn() -> M>,
}

impl<M: Model + Output, I: Iterator<Item: IntoNewRow<M>>> InsertMany<M, I> {
    pub(super) fn new(rows: I) -> Self {
        Self { rows, model: PhantomData }
    }

    pub(super) fn into_rows(self) -> I {
        self.rows
    }

    /// Inserts the rows and returns them as the database has them, in the order given.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] for a value that does not fit its column; [`Error::Integrity`] if a
    /// constraint refuses a row; otherwise what the database reports.
    pub fn all<E: Executor>(self, executor: &mut E) -> Result<Vec<M::Out<E::Hydrate>>> {
        self.all_but(None, executor)
    }

    /// Inserts the rows and returns them, but for those that `conflict` leaves out.
    pub(super) fn all_but<E: Executor>(
        mut self,
        conflict: Option<&Conflict>,
        executor: &mut E,
    ) -> Result<Vec<M::Out<E::Hydrate>>> {
        // Rows that give other columns are sent, and so return, out of order.
        let mut inserted: Vec<Option<M::Out<E::Hydrate>>> = Vec::new();
        batch::insert_many(
            executor,
            M::table(),
            &mut || self.rows.next().map(IntoNewRow::into_new_row),
            conflict,
            Some(&mut |hydrate, row, position| {
                if inserted.len() <= position {
                    inserted.resize_with(position + 1, || None);
                }
                inserted[position] = Some(M::from_row(hydrate, row, 0)?);
                Ok(())
            }),
        )?;
        Ok(inserted.into_iter().flatten().collect())
    }

    /// Inserts the rows and returns how many there were.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<u64> {
        self.execute_but(None, executor)
    }

    /// Inserts the rows, but for those that `conflict` leaves out, and returns how many were written.
    pub(super) fn execute_but<E: Executor>(
        mut self,
        conflict: Option<&Conflict>,
        executor: &mut E,
    ) -> Result<u64> {
        let mut next = || self.rows.next().map(IntoNewRow::into_new_row);
        batch::insert_many(executor, M::table(), &mut next, conflict, None)
    }
}

impl<M: Model> fmt::Debug for Insert<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Insert").field("model", &M::DEF.name).finish_non_exhaustive()
    }
}

impl<M: Model, I> fmt::Debug for InsertMany<M, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsertMany").field("model", &M::DEF.name).finish_non_exhaustive()
    }
}
