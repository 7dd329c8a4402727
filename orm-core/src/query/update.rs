//! Updates of the rows that a filter finds.

use std::fmt;
use std::marker::PhantomData;

use super::{add_filter, without_filter};
use crate::ast::UpdateStatement;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::expr::{Column, Operand};
use crate::model::Model;
use crate::schema::Table;
use crate::sql;
use crate::types::{Field, IntoField};
use crate::value::Value;

/// An UPDATE of model `M`, begun by [`Query::update`](super::Query::update).
///
/// Columns with an `on_update` value are set to it, unless the update sets them itself.
#[must_use = "an update does nothing before `execute`"]
pub struct Update<M> {
    statement: UpdateStatement,
    all_rows: bool,
    refused: Option<Error>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Update<M> {
    pub(super) fn new(table: &'static Table) -> Self {
        Self {
            statement: UpdateStatement::new(table),
            all_rows: false,
            refused: None,
            model: PhantomData,
        }
    }

    /// Sets `column` to `value`.
    pub fn set<T: Field>(mut self, column: Column<M, T>, value: impl IntoField<T>) -> Self {
        self.assign(column.position(), value.into_field());
        self
    }

    /// Updates the rows for which `condition` holds, besides the conditions given before.
    pub fn filter(mut self, condition: impl Operand<bool>) -> Self {
        add_filter(&mut self.statement.filter, condition);
        self
    }

    /// Says that every row is meant, which an update without a filter must.
    pub fn all_rows(mut self) -> Self {
        self.all_rows = true;
        self
    }

    /// Updates the rows and returns how many were found.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if nothing is set, or neither [`filter`](Self::filter) nor
    /// [`all_rows`](Self::all_rows) was called; [`Error::Encode`] for a value that does not fit;
    /// [`Error::Integrity`] if a constraint refuses it; otherwise what the database reports.
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<u64> {
        let dialect = executor.dialect();
        let statement = self.complete()?;
        executor.execute(&sql::update(dialect, &statement)?)
    }

    /// Returns the SQL of the update, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), before anything is sent.
    pub fn to_sql(self, dialect: &dyn Dialect) -> Result<String> {
        let statement = self.complete()?;
        Ok(sql::update(dialect, &statement)?.text.into_owned())
    }

    fn assign(&mut self, position: usize, value: Result<Value<'static>>) {
        let table = self.statement.table;
        let fitting = value.and_then(|value| {
            table.columns[position].check_limits(&value)?;
            Ok(value)
        });
        let assignments = &mut self.statement.assignments;
        match fitting {
            Ok(value) => match assignments.iter_mut().find(|(known, _)| *known == position) {
                Some((_, before)) => *before = value,
                None => assignments.push((position, value)),
            },
            Err(error) => {
                let error = error.in_column(|| table.name_of(position));
                self.refused.get_or_insert(error);
            }
        }
    }

    fn complete(mut self) -> Result<UpdateStatement> {
        let table = self.statement.table;
        if self.statement.assignments.is_empty() && self.refused.is_none() {
            return Err(Error::invalid_query(format!(
                "this update of `{}` sets nothing: add a `.set(column, value)`",
                table.name
            )));
        }
        for (position, column) in table.columns.iter().enumerate() {
            let is_set = self.statement.assignments.iter().any(|(known, _)| *known == position);
            if let (false, Some(value)) = (is_set, column.on_update) {
                self.assign(position, value());
            }
        }
        match self.refused {
            Some(error) => Err(error),
            None if self.statement.filter.is_none() && !self.all_rows => {
                Err(without_filter("update", &table.name))
            }
            None => Ok(self.statement),
        }
    }
}

impl<M> fmt::Debug for Update<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update").field("table", &self.statement.table.name).finish_non_exhaustive()
    }
}
