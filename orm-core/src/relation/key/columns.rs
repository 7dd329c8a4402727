//! Reading keys from rows.

use super::Key;
use crate::error::Result;
use crate::schema::Table;
use crate::types::SqlType;
use crate::value::{Row, Value};

/// The columns of a key: where they are in the rows of a query, and how they are read.
#[derive(Debug, Clone)]
pub(crate) struct KeyColumns {
    columns: Box<[(usize, SqlType)]>,
    /// Whether a row may have NULL in them.
    optional: bool,
}

impl KeyColumns {
    /// The columns that `columns` says: where each is, and how it is read.
    pub(crate) fn of(columns: impl IntoIterator<Item = (usize, SqlType)>, optional: bool) -> Self {
        Self { columns: columns.into_iter().collect(), optional }
    }

    /// The columns of `table` at `positions`, in whole rows of it that begin at `at`.
    pub(crate) fn in_row(table: &Table, positions: &[usize], at: usize) -> Self {
        let columns = positions.iter().map(|&position| at + position);
        Self::of(columns.zip(types(table, positions)), is_nullable(table, positions))
    }

    /// The columns of `table` at `positions`, which follow one another from `at`.
    pub(crate) fn in_sequence(table: &Table, positions: &[usize], at: usize) -> Self {
        Self::of((at..).zip(types(table, positions)), is_nullable(table, positions))
    }

    /// The primary key in whole rows of `table` that begin at `at`, and may be missing if `optional`.
    pub(crate) fn primary(table: &Table, at: usize, optional: bool) -> Self {
        let key = Self::in_row(table, &table.primary_key, at);
        Self { optional: key.optional || optional, ..key }
    }

    /// Returns the key that a row has; `None` if a value of it is NULL.
    pub(crate) fn key(&self, row: &dyn Row) -> Result<Option<Key>> {
        if self.are_null(row) {
            return Ok(None);
        }
        match *self.columns {
            [(at, SqlType::SmallInt | SqlType::Integer | SqlType::BigInt)] => {
                Ok(Some(Key::Integer(row.i64(at)?)))
            }
            [(at, sql_type)] => Ok(Key::of_values([sql_type.read(row, at)?])),
            _ => Ok(Key::of_values(self.values(row)?)),
        }
    }

    /// Whether a row has no such key, since a value of it is NULL.
    pub(crate) fn are_null(&self, row: &dyn Row) -> bool {
        self.optional && self.columns.iter().any(|&(at, _)| row.is_null(at))
    }

    /// Returns the values of the key that a row has.
    pub(crate) fn values(&self, row: &dyn Row) -> Result<Vec<Value<'static>>> {
        self.columns.iter().map(|&(at, sql_type)| sql_type.read(row, at)).collect()
    }

    /// Returns how many columns there are.
    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }
}

fn is_nullable(table: &Table, positions: &[usize]) -> bool {
    positions.iter().any(|&position| table.columns[position].nullable)
}

fn types(table: &Table, positions: &[usize]) -> impl Iterator<Item = SqlType> {
    positions.iter().map(|&position| table.columns[position].sql_type)
}
