//! A row that is not in the database yet: the untyped inside of every derived builder.

use std::marker::PhantomData;

use super::Model;
use crate::error::{Error, Result};
use crate::schema::Table;
use crate::value::Value;

/// The values of a new row, by column; a column without one is left to its default.
#[derive(Debug, Default)]
pub struct NewRow {
    values: Vec<Option<Value<'static>>>,
    refused: Option<(usize, Error)>,
}

impl NewRow {
    /// Returns a row of `width` columns without values.
    pub fn new(width: usize) -> Self {
        Self { values: vec![None; width], refused: None }
    }

    /// Sets the value of the column at `position`.
    ///
    /// A value that could not be made is remembered, and refused when the row is inserted.
    pub fn set(&mut self, position: usize, value: Result<Value<'static>>) {
        match value {
            Ok(value) => self.values[position] = Some(value),
            Err(error) => {
                self.refused.get_or_insert((position, error));
            }
        }
    }

    /// Returns the value of the column at `position`, if it has one.
    pub fn get(&self, position: usize) -> Option<&Value<'static>> {
        self.values.get(position)?.as_ref()
    }

    /// Gives every column of `table` that has no value the value of its default.
    ///
    /// # Errors
    ///
    /// The error of a value or a default that could not be made, which names the column.
    pub fn complete(&mut self, table: &Table) -> Result<()> {
        let name = |position: usize| format!("{}.{}", table.name, table.columns[position].name);
        if let Some((position, error)) = self.refused.take() {
            return Err(error.in_column(|| name(position)));
        }
        self.values.resize(table.columns.len(), None);
        for (position, (value, column)) in self.values.iter_mut().zip(&table.columns).enumerate() {
            if let (None, Some(default)) = (&value, column.default) {
                *value = Some(default().map_err(|error| error.in_column(|| name(position)))?);
            }
        }
        Ok(())
    }

    /// Returns the positions of the columns that have a value.
    pub fn columns(&self) -> impl Iterator<Item = usize> {
        self.values.iter().enumerate().filter_map(|(at, value)| value.as_ref().map(|_| at))
    }
}

/// A builder with a value for every required column of model `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a new row of `{M}`",
    label = "expected `{M}::builder()` with its required columns set"
)]
pub trait IntoNewRow<M: Model> {
    /// Returns the row.
    fn into_new_row(self) -> NewRow;
}

/// The state of a required column that has a value.
#[derive(Debug, Clone, Copy)]
pub struct Set;

/// The state of the required column `C` that has no value yet.
#[derive(Debug, Clone, Copy)]
pub struct Missing<C>(PhantomData<fn() -> C>);

/// The state of a required column that allows the row to be inserted.
pub trait IsSet {}

impl IsSet for Set {}

#[diagnostic::do_not_recommend]
impl<C: Required> IsSet for Missing<C> {}

/// Never implemented: it words the compiler's message when a required column is missing.
#[diagnostic::on_unimplemented(
    message = "the required column `{Self}` has no value",
    label = "call `.{Self}(…)` on the builder first",
    note = "a column needs no value if it is an `Option`, or has a `default` or a `server_default`"
)]
pub trait Required {}
