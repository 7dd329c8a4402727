//! What an UPDATE, or the update of an upsert, sets.

use crate::ast::{Arithmetic, ArithmeticOperator, Node, TableRef};
use crate::error::{Error, Result};
use crate::schema::Table;
use crate::value::Value;

/// The positions of the columns that are set, each once, and to what.
#[derive(Debug, Clone, Default)]
pub(super) struct Assignments(Vec<(usize, Node)>);

impl Assignments {
    /// Sets a column, which may be set already.
    pub(super) fn set(&mut self, position: usize, value: Node) {
        match self.0.iter_mut().find(|(known, _)| *known == position) {
            Some((_, before)) => *before = value,
            None => self.0.push((position, value)),
        }
    }

    /// Counts the update of each row, if a column of `table` is there for that and is not set.
    pub(super) fn count_version(&mut self, table: &'static Table) {
        let version = table.columns.iter().position(|column| column.version);
        if let Some(version) = version
            && self.0.iter().all(|(known, _)| *known != version)
        {
            self.set(version, next_version(table, version));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the columns of `table` with a value on update that are not set, nor among `others`, which
    /// are set elsewhere, and checks that all values fit; the validators of the table see those that were
    /// given.
    pub(super) fn complete(
        mut self,
        table: &Table,
        others: &[usize],
    ) -> Result<Vec<(usize, Node)>> {
        for (position, value) in &mut self.0 {
            if let Node::Value(value) = value {
                table.validate(*position, value)?;
            }
        }
        for (position, column) in table.columns.iter().enumerate() {
            let is_set =
                self.0.iter().map(|(known, _)| known).chain(others).any(|known| *known == position);
            if let (false, Some(value)) = (is_set, column.on_update) {
                let value = value().map_err(|error| error.in_column(|| table.name_of(position)))?;
                self.set(position, Node::Value(value));
            }
        }
        for (position, value) in &self.0 {
            if let Node::Value(value) = value {
                let fitting = table.columns[*position].check_limits(value);
                fitting.map_err(|error: Error| error.in_column(|| table.name_of(*position)))?;
            }
        }
        Ok(self.0)
    }
}

/// Returns what counts an update of a row: one more than the column has.
pub(crate) fn next_version(table: &'static Table, position: usize) -> Node {
    Node::Arithmetic(Box::new(Arithmetic {
        operator: ArithmeticOperator::Add,
        is_decimal: false,
        left: Node::Column(TableRef::from(table).column(position)),
        right: Node::Value(Value::I32(1)),
    }))
}
