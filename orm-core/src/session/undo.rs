//! What was before: for each level of a transaction, what puts the rows back to how they were when it
//! began.

use super::snapshot::Snapshot;
use super::store::Status;
use crate::model::EntityId;
use crate::relation::Key;

/// The records, the latest last.
#[derive(Debug)]
pub(super) struct Undo {
    records: Vec<Record>,
    levels: Vec<Level>,
    /// Counts levels, so that each has a number of its own.
    begun: u64,
}

/// A transaction or a savepoint.
#[derive(Debug, Clone, Copy)]
struct Level {
    number: u64,
    /// How many records there were when it began.
    start: usize,
}

/// Which row: its store, and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct RowId {
    pub(super) store: u32,
    pub(super) row: u32,
}

impl RowId {
    /// Returns this row and those behind it in its store, `rows` altogether.
    pub(super) fn and_next(self, rows: u32) -> impl DoubleEndedIterator<Item = Self> {
        let Self { store, row } = self;
        (row..row + rows).map(move |row| Self { store, row })
    }
}

/// What puts something back.
#[derive(Debug)]
pub(super) enum Record {
    /// So many rows, of which this is the first, were not in the session.
    Absent(RowId, u32),
    /// A row was this.
    Row(Box<Before>),
    /// A relation, by its number in the model, was not loaded.
    Unloaded(RowId, u32),
}

/// What a row was.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) id: RowId,
    pub(super) status: Status,
    pub(super) key: Option<Key>,
    pub(super) values: Snapshot,
    /// What its relations held.
    pub(super) related: Vec<Option<Vec<EntityId>>>,
    pub(super) remembered: u64,
    pub(super) is_expired: bool,
}

impl Default for Undo {
    fn default() -> Self {
        Self { records: Vec::new(), levels: vec![Level { number: 1, start: 0 }], begun: 1 }
    }
}

impl Undo {
    /// Returns how many savepoints are open.
    pub(super) fn depth(&self) -> usize {
        self.levels.len() - 1
    }

    /// Returns the number of the innermost level; what was remembered before it has a lower one.
    pub(super) fn level(&self) -> u64 {
        self.levels.last().map_or(0, |level| level.number)
    }

    /// Whether nothing is to be put back.
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Returns the number of the transaction; what was remembered in one before has a lower one.
    pub(super) fn transaction(&self) -> u64 {
        self.levels.first().map_or(0, |level| level.number)
    }

    pub(super) fn push(&mut self, record: Record) {
        self.records.push(record);
    }

    /// Notes that a row was not in the session. Rows are added one after the other, so that most are one
    /// more of the record before.
    pub(super) fn push_absent(&mut self, id: RowId) {
        let start = self.levels.last().map_or(0, |level| level.start);
        match self.records[start..].last_mut() {
            Some(Record::Absent(first, rows))
                if first.store == id.store && first.row + *rows == id.row =>
            {
                *rows += 1;
            }
            _ => self.records.push(Record::Absent(id, 1)),
        }
    }

    /// Begins a savepoint.
    pub(super) fn begin(&mut self) {
        self.begun += 1;
        self.levels.push(Level { number: self.begun, start: self.records.len() });
    }

    /// Ends the innermost savepoint; its records are of the level around it from now on.
    pub(super) fn release(&mut self) {
        if self.levels.len() > 1 {
            self.levels.pop();
        }
    }

    /// Ends the innermost level and returns its records, the latest first.
    pub(super) fn roll_back(&mut self) -> impl Iterator<Item = Record> + use<> {
        let start = self.levels.last().map_or(0, |level| level.start);
        if self.levels.len() > 1 {
            self.levels.pop();
        }
        self.records.split_off(start).into_iter().rev()
    }

    /// Returns the log without its records, at the same level.
    pub(super) fn emptied(mut self) -> Self {
        self.records.clear();
        self.levels.iter_mut().for_each(|level| level.start = 0);
        self
    }

    /// Forgets everything: the transaction was committed.
    pub(super) fn clear(&mut self) {
        self.begun += 1;
        self.records.clear();
        self.levels.clear();
        self.levels.push(Level { number: self.begun, start: 0 });
    }
}

#[cfg(test)]
mod tests {
    use super::{Record, RowId, Undo};

    /// Returns the rows that a rollback of the innermost level takes out, record by record.
    fn taken_out(undo: &mut Undo) -> Vec<Vec<(u32, u32)>> {
        let rows = undo.roll_back().map(|record| match record {
            Record::Absent(first, rows) => {
                first.and_next(rows).rev().map(|id| (id.store, id.row)).collect()
            }
            Record::Row(_) | Record::Unloaded(..) => Vec::new(),
        });
        rows.collect()
    }

    #[test]
    fn rows_that_are_added_one_after_the_other_are_one_record() {
        let mut undo = Undo::default();

        for (store, row) in [(0, 4), (0, 5), (1, 6), (0, 6), (0, 7), (0, 9)] {
            undo.push_absent(RowId { store, row });
        }

        let expected = [vec![(0, 9)], vec![(0, 7), (0, 6)], vec![(1, 6)], vec![(0, 5), (0, 4)]];
        assert_eq!(taken_out(&mut undo), expected);
    }

    #[test]
    fn a_savepoint_takes_out_no_row_that_was_added_before_it() {
        let mut undo = Undo::default();

        undo.push_absent(RowId { store: 0, row: 0 });
        undo.begin();
        undo.push_absent(RowId { store: 0, row: 1 });

        assert_eq!(taken_out(&mut undo), [[(0, 1)]]);
        assert_eq!(taken_out(&mut undo), [[(0, 0)]]);
    }
}
