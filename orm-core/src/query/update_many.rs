//! Updates of many rows, each to values of its own.

use std::fmt;
use std::marker::PhantomData;

use super::assignments::Assignments;
use super::group::{Group, Write};
use super::keys::Keys;
use crate::ast::UpdateRows;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::{Executor, atomically};
use crate::expr::IntoFields;
use crate::model::{IntoKey, Model};
use crate::schema::Table;
use crate::value::Value;

/// An UPDATE of many rows of model `M`, each found by its key and set to values for fields `F`; begun
/// by [`Query::update_many`](super::Query::update_many).
///
/// All rows are updated, or none: where one statement is not enough, they run in a transaction, or
/// in a savepoint if one is open. Columns with an `on_update` value are set to it, unless they are
/// among those that are given.
#[must_use = "an update does nothing before `execute`"]
pub struct UpdateMany<M, F, I> {
    columns: Vec<usize>,
    rows: I,
    types: PhantomData<fn() -> (M, F)>,
}

impl<M, F, I, K, V> UpdateMany<M, F, I>
where
    M: Model,
    I: Iterator<Item = (K, V)>,
    K: IntoKey<M::Key>,
    V: IntoFields<F>,
{
    pub(super) fn new(columns: Vec<usize>, rows: I) -> Self {
        Self { columns, rows, types: PhantomData }
    }

    /// Updates the rows and returns how many were found; a key that no row has is passed over.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if a key comes twice, since it would not be clear which values are
    /// meant, or if a column is given twice or is part of the key; [`Error::Encode`] for a value that
    /// does not fit, [`Error::Validation`] for one that a validator refuses; [`Error::Integrity`] if a
    /// constraint refuses it; otherwise what the database reports. In all cases no row is changed.
    pub fn execute<E: Executor>(mut self, executor: &mut E) -> Result<u64> {
        let table = M::table();
        is_possible(table, &self.columns)?;
        let mut statement = UpdateRows::new(table, &table.primary_key, &self.columns);
        statement.others = Assignments::default().complete(table, &self.columns)?;
        let columns = &statement.columns;
        update_rows(executor, &statement, &mut |values| {
            let Some((key, fields)) = self.rows.next() else { return Ok(false) };
            values.extend(key.into_key()?);
            fields
                .append_to(values)
                .map_err(|error| error.in_column(|| table.name_of(columns[values.len()])))?;
            for (value, &position) in values.iter_mut().zip(columns).skip(statement.key) {
                table.validate(position, value)?;
            }
            Ok(true)
        })
    }
}

/// What appends the values of the next row, those of its key first; `false` if there is none.
pub(crate) type NextRow<'f> = dyn FnMut(&mut Vec<Value<'static>>) -> Result<bool> + 'f;

fn update_rows<E: Executor>(
    executor: &mut E,
    statement: &UpdateRows,
    next: &mut NextRow<'_>,
) -> Result<u64> {
    let mut group = group_for(executor.dialect(), statement)?;
    let mut keys = Keys::default();
    let may_go_on = fill(&mut group, statement, &mut keys, next)?;
    if !may_go_on && group.sizes().count() <= 1 {
        return group.send(executor, &mut None);
    }
    atomically(executor, |executor| {
        send_rest(executor, &mut group, statement, &mut keys, may_go_on, next)
    })
}

/// Updates the rows that `next` gives, in a transaction that the caller undoes after an error, and
/// returns how many there were.
pub(crate) fn update_in_transaction<E: Executor>(
    executor: &mut E,
    statement: &UpdateRows,
    next: &mut NextRow<'_>,
) -> Result<u64> {
    let mut group = group_for(executor.dialect(), statement)?;
    let mut keys = Keys::default();
    let may_go_on = fill(&mut group, statement, &mut keys, next)?;
    send_rest(executor, &mut group, statement, &mut keys, may_go_on, next)
}

fn group_for<'s>(dialect: &'s dyn Dialect, statement: &'s UpdateRows) -> Result<Group<'s>> {
    let columns = statement.columns.clone();
    Group::new(dialect, statement.table, columns, Write::Update(statement))
}

fn send_rest<E: Executor>(
    executor: &mut E,
    group: &mut Group<'_>,
    statement: &UpdateRows,
    keys: &mut Keys,
    mut may_go_on: bool,
    next: &mut NextRow<'_>,
) -> Result<u64> {
    let mut count = 0;
    while may_go_on {
        count += group.send(executor, &mut None)?;
        may_go_on = fill(group, statement, keys, next)?;
    }
    Ok(count + group.send(executor, &mut None)?)
}

/// Takes rows until the group is full; `false` if there were not that many.
fn fill(
    group: &mut Group<'_>,
    statement: &UpdateRows,
    keys: &mut Keys,
    next: &mut NextRow<'_>,
) -> Result<bool> {
    let table = statement.table;
    let mut values = Vec::with_capacity(statement.columns.len());
    while !group.is_full() {
        if !next(&mut values)? {
            return Ok(false);
        }
        for (value, &position) in values.iter().zip(&statement.columns) {
            let fitting = table.columns[position].check_limits(value);
            fitting.map_err(|error| error.in_column(|| table.name_of(position)))?;
        }
        if !keys.insert(values[..statement.key].to_vec()) {
            return Err(Error::invalid_query(format!(
                "two of the rows for this update of `{}` have the same primary key: give each one \
                 once",
                table.name
            )));
        }
        group.put(values.drain(..), 0);
    }
    Ok(true)
}

fn is_possible(table: &Table, columns: &[usize]) -> Result<()> {
    for (index, column) in columns.iter().enumerate() {
        let name = || table.name_of(*column);
        if table.primary_key.contains(column) {
            return Err(Error::invalid_query(format!(
                "`{}` is of the primary key, by which this update finds its rows: set it by \
                 `.update()`",
                name()
            )));
        }
        if columns[..index].contains(column) {
            return Err(Error::invalid_query(format!("`{}` is set twice by one update", name())));
        }
    }
    Ok(())
}

impl<M: Model, F, I> fmt::Debug for UpdateMany<M, F, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateMany").field("model", &M::DEF.name).finish_non_exhaustive()
    }
}
