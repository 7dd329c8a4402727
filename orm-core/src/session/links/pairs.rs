//! Rows of tables of pairs, to insert and to delete.

use std::collections::HashMap;

use super::PairChange;
use crate::relation::HashKeys;
use crate::session::undo::RowId;

/// What becomes a pair and what is none any more, in the order in which it was said.
#[derive(Debug, Default)]
pub(in crate::session) struct Pairs {
    /// `None` for what was taken back.
    changes: Vec<Option<PairChange>>,
    /// How many of them hold.
    count: usize,
    /// Where the changes of a row are.
    of_rows: HashMap<RowId, Vec<usize>, HashKeys>,
}

impl Pairs {
    pub(in crate::session) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns one of the changes, if there are any.
    pub(in crate::session) fn first(&self) -> Option<&PairChange> {
        self.changes.iter().flatten().next()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Notes that two rows become a pair, or are none any more. What was linked and unlinked again is as
    /// it was.
    pub(in crate::session) fn change(&mut self, change: PairChange) {
        if self.take_back(change) {
            return;
        }
        for row in [change.one, change.other] {
            self.of_rows.entry(row).or_default().push(self.changes.len());
        }
        self.changes.push(Some(change));
        self.count += 1;
    }

    /// Takes back what is the opposite of `change`; `false` if nothing is.
    fn take_back(&mut self, change: PairChange) -> bool {
        let is_opposite = |known: &mut PairChange| {
            known.is_new != change.is_new
                && std::ptr::eq(known.def, change.def)
                && (known.one, known.other) == (change.one, change.other)
        };
        // The row that has fewer has to be looked through.
        let [one, other] = [change.one, change.other].map(|row| self.of_rows.get(&row));
        let (Some(one), Some(other)) = (one, other) else { return false };
        let places = if one.len() < other.len() { one } else { other };
        let taken = places.iter().any(|&place| self.changes[place].take_if(is_opposite).is_some());
        self.count -= usize::from(taken);
        taken
    }

    /// Takes out what is to be inserted, or deleted.
    pub(in crate::session) fn take(&mut self, is_new: bool) -> Vec<PairChange> {
        let is_wanted = |change: &mut PairChange| change.is_new == is_new;
        let taken = self.changes.iter_mut().filter_map(|change| change.take_if(is_wanted));
        let taken: Vec<PairChange> = taken.collect();
        self.count -= taken.len();
        taken
    }

    /// Forgets what is linked to a row that goes.
    pub(super) fn forget(&mut self, row: RowId) {
        for place in self.of_rows.remove(&row).unwrap_or_default() {
            self.count -= usize::from(self.changes[place].take().is_some());
        }
    }
}
