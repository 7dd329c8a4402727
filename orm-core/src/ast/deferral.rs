//! Which columns whole rows are read without.

use std::sync::Arc;

use crate::error::Error;
use crate::schema::{ColumnLoading, Table};

/// Which columns of a whole row are left out, if not as they are declared: what was said last counts.
#[derive(Debug, Clone, Default)]
pub struct Deferral {
    /// The positions of columns, and whether they are read.
    choices: Vec<(usize, bool)>,
    /// Why a choice cannot be followed.
    refused: Option<Arc<Error>>,
}

impl Deferral {
    /// Reads the column at `position`, or leaves it out if it can be.
    pub fn choose(&mut self, position: usize, is_read: bool) {
        self.choices.push((position, is_read));
    }

    /// Reads the columns at these positions.
    pub fn read(&mut self, positions: impl IntoIterator<Item = usize>) {
        self.choices.extend(positions.into_iter().map(|position| (position, true)));
    }

    /// Keeps why a choice cannot be followed until the query is written.
    pub(crate) fn refuse(&mut self, error: Error) {
        self.refused.get_or_insert(Arc::new(error));
    }

    /// Says what another one says, after this one.
    pub(crate) fn extend(&mut self, later: Self) {
        self.choices.extend(later.choices);
        self.refused = self.refused.take().or(later.refused);
    }

    /// Takes out why a choice cannot be followed.
    pub(crate) fn take_refused(&mut self) -> Option<Arc<Error>> {
        self.refused.take()
    }

    /// Whether the column of `table` at `position` is left out.
    pub fn leaves_out(&self, table: &Table, position: usize) -> bool {
        let chosen = || self.choices.iter().rev().find(|(column, _)| *column == position);
        match table.columns[position].loading {
            ColumnLoading::Always => false,
            declared => {
                chosen().map_or(declared == ColumnLoading::OnRequest, |(_, is_read)| !is_read)
            }
        }
    }
}
