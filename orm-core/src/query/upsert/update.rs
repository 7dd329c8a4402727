//! Upserts that update the rows with which those they insert clash.

use std::fmt;
use std::marker::PhantomData;

use super::{insert_one, written};
use crate::ast::{Conflict, ConflictAction, ConflictTarget, Node};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::{Executor, atomically};
use crate::expr::{Column, ColumnList, IntoAssignment, Operand, excluded_node};
use crate::model::{IntoNewRow, Model, NewRow};
use crate::query::assignments::Assignments;
use crate::query::group::{Write, send_one};
use crate::query::{InsertMany, Output, add_filter, batch};
use crate::types::Field;
use crate::value::{Row, Value};

/// An insert of rows `R` that updates the stored ones with which they clash; made by
/// [`OnConflict::do_update`](super::OnConflict::do_update).
///
/// Columns with an `on_update` value are set to it in rows that are updated, unless the upsert sets
/// them itself.
#[must_use = "nothing is written before `one`, `all` or `execute`"]
pub struct DoUpdate<M, R> {
    rows: R,
    target: Result<ConflictTarget>,
    assignments: Assignments,
    filter: Option<Node>,
    model: PhantomData<fn() -> M>,
}

/// What an upsert did with its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upserted<T> {
    /// The row is new.
    Inserted(T),
    /// It clashed with a stored one, which was updated and is now this.
    Updated(T),
    /// It clashed with a stored one, which the filter left as it was.
    Skipped,
}

impl<T> Upserted<T> {
    /// Returns the row that was written, if one was.
    pub fn into_row(self) -> Option<T> {
        match self {
            Self::Inserted(row) | Self::Updated(row) => Some(row),
            Self::Skipped => None,
        }
    }

    /// Whether the row is new.
    pub const fn is_inserted(&self) -> bool {
        matches!(self, Self::Inserted(_))
    }
}

impl<M: Model, R> DoUpdate<M, R> {
    pub(super) fn new(rows: R, target: Result<ConflictTarget>) -> Self {
        let assignments = Assignments::default();
        Self { rows, target, assignments, filter: None, model: PhantomData }
    }

    /// Sets `column` of the stored row to a value, or to what an expression makes of it and of
    /// [`excluded`](crate::expr::excluded), the row that clashed.
    pub fn set<T: Field>(mut self, column: Column<M, T>, value: impl IntoAssignment<T>) -> Self {
        self.assignments.set(column.position(), value.into_assignment());
        self
    }

    /// Sets these columns of the stored row to what the row that clashed has in them.
    pub fn set_excluded(mut self, columns: impl ColumnList<M>) -> Self {
        for position in columns.positions() {
            self.assignments.set(position, excluded_node::<M>(position));
        }
        self
    }

    /// Updates the stored row if `condition` holds, besides the conditions given before; otherwise
    /// it stays as it is.
    pub fn filter(mut self, condition: impl Operand<bool>) -> Self {
        add_filter(&mut self.filter, condition);
        self
    }

    pub(super) fn into_parts(self) -> Result<(R, Conflict)> {
        let (table, target) = (M::table(), self.target?);
        if self.assignments.is_empty() {
            return Err(Error::invalid_query(format!(
                "this upsert of `{}` sets nothing in rows that are stored already: add a \
                 `.set(column, value)`, or say `.do_nothing()`",
                table.name
            )));
        }
        let assignments = self.assignments.complete(table, &[])?;
        let action = ConflictAction::Update { assignments, filter: self.filter };
        Ok((self.rows, Conflict::new(target, action)))
    }
}

impl<M: Model + Output> DoUpdate<M, NewRow> {
    /// Inserts the row, or updates the one with which it clashes, and returns what the database then
    /// has.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the filter left the stored row as it was; [`Error::InvalidQuery`] for
    /// columns that are not unique, or if nothing is set; otherwise as
    /// [`Insert::one`](crate::query::Insert::one).
    pub fn one<E: Executor>(self, executor: &mut E) -> Result<M::Out<E::Hydrate>> {
        self.one_or_none(executor)?.ok_or(Error::NotFound { model: M::DEF.name })
    }

    /// As [`one`](Self::one), but `None` if the filter left the stored row as it was.
    ///
    /// # Errors
    ///
    /// As [`one`](Self::one).
    pub fn one_or_none<E: Executor>(self, executor: &mut E) -> Result<Option<M::Out<E::Hydrate>>> {
        let (row, conflict) = self.into_parts()?;
        insert_one::<M, E>(executor, row, &conflict)
    }

    /// Inserts the row, or updates the one with which it clashes, and returns which of both it did.
    ///
    /// PostgreSQL is asked by one statement. SQLite cannot tell, so there the row is inserted if it
    /// does not clash, and only if it does a second statement updates: in a transaction, in which
    /// nobody else can write between them.
    ///
    /// # Errors
    ///
    /// As [`one_or_none`](Self::one_or_none).
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::Upserted;
    ///
    /// #[derive(Model, Debug)]
    /// struct Setting {
    ///     #[orm(primary_key)]
    ///     name: String,
    ///     value: i32,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Setting].create_all(&mut conn)?;
    /// let raise_to = |value| {
    ///     Setting::insert(Setting::builder().name("volume").value(value))
    ///         .on_conflict(Setting::name)
    ///         .do_update()
    ///         .set(Setting::value, value)
    ///         .filter(Setting::value.lt(value))
    /// };
    /// assert!(matches!(raise_to(5).outcome(&mut conn)?, Upserted::Inserted(_)));
    /// assert!(matches!(raise_to(7).outcome(&mut conn)?, Upserted::Updated(row) if row.value == 7));
    /// assert!(matches!(raise_to(6).outcome(&mut conn)?, Upserted::Skipped));
    /// # Ok(())
    /// # }
    /// ```
    pub fn outcome<E: Executor>(self, executor: &mut E) -> Result<Upserted<M::Out<E::Hydrate>>> {
        let (row, mut conflict) = self.into_parts()?;
        if executor.dialect().is_new_row().is_none() {
            return insert_then_update::<M, E>(executor, row, &conflict);
        }
        conflict.tells_new = true;
        let mut outcome = Upserted::Skipped;
        let read = &mut |hydrate: &mut E::Hydrate, row: &dyn Row, _| {
            let written = M::from_row(hydrate, row, 0)?;
            outcome = if row.bool(M::WIDTH)? {
                Upserted::Inserted(written)
            } else {
                Upserted::Updated(written)
            };
            Ok(())
        };
        batch::insert_one(executor, M::table(), row, Some(&conflict), Some(read))?;
        Ok(outcome)
    }

    /// Inserts the row, or updates the one with which it clashes; `false` if the filter left that as
    /// it was.
    ///
    /// # Errors
    ///
    /// As [`one_or_none`](Self::one_or_none).
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<bool> {
        let (row, conflict) = self.into_parts()?;
        Ok(batch::insert_one(executor, M::table(), row, Some(&conflict), None)? > 0)
    }

    /// Returns the SQL that [`one`](Self::one) sends, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// As [`one`](Self::one), before anything is sent.
    pub fn to_sql(self, dialect: &dyn Dialect) -> Result<String> {
        let (row, conflict) = self.into_parts()?;
        written(dialect, M::table(), row, &conflict)
    }
}

/// Tells what an upsert did where no other transaction can write between its two statements: the
/// first keeps others out, even if it leaves the row out.
fn insert_then_update<M: Model + Output, E: Executor>(
    executor: &mut E,
    mut row: NewRow,
    conflict: &Conflict,
) -> Result<Upserted<M::Out<E::Hydrate>>> {
    let table = M::table();
    row.complete(table)?;
    let columns: Vec<usize> = row.columns().collect();
    let values: Vec<Value<'_>> = row.into_values().collect();
    let send = |executor: &mut E, conflict: &Conflict| {
        let mut written = None;
        let write = Write::Insert { returning: true, returned: None, conflict: Some(conflict) };
        let binds = values.iter().map(Value::borrow).collect();
        let read = &mut |hydrate: &mut E::Hydrate, row: &dyn Row, _| {
            written = Some(M::from_row(hydrate, row, 0)?);
            Ok(())
        };
        let sent = send_one(executor, table, write, &columns, binds, &mut Some(read));
        sent.map(|_| written)
    };
    let nothing = Conflict::new(conflict.target.clone(), ConflictAction::Nothing);
    atomically(executor, |executor| {
        if let Some(inserted) = send(executor, &nothing)? {
            return Ok(Upserted::Inserted(inserted));
        }
        Ok(send(executor, conflict)?.map_or(Upserted::Skipped, Upserted::Updated))
    })
}

impl<M: Model + Output, I: Iterator<Item: IntoNewRow<M>>> DoUpdate<M, I> {
    /// Inserts the rows, or updates those with which they clash, and returns what the database then
    /// has, without rows that the filter left as they were.
    ///
    /// Of rows that clash among themselves the last wins, and each is returned as it was then. They
    /// come in the order given, but for rows that give other columns: those are sent, and so come
    /// back, apart.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] for columns that are not unique, or if nothing is set; otherwise as
    /// [`InsertMany::all`].
    pub fn all<E: Executor>(self, executor: &mut E) -> Result<Vec<M::Out<E::Hydrate>>> {
        let (rows, conflict) = self.into_parts()?;
        InsertMany::new(rows).all_but(Some(&conflict), executor)
    }

    /// Inserts the rows, or updates those with which they clash, and returns how often it did either.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<u64> {
        let (rows, conflict) = self.into_parts()?;
        InsertMany::new(rows).execute_but(Some(&conflict), executor)
    }
}

impl<M, R> fmt::Debug for DoUpdate<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DoUpdate").field("target", &self.target).finish_non_exhaustive()
    }
}
