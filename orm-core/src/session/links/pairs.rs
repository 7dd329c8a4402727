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

    /// Returns what is noted of the pairs of a row.
    pub(in crate::session) fn of(&self, row: RowId) -> impl Iterator<Item = &PairChange> {
        let places = self.of_rows.get(&row).into_iter().flatten();
        places.filter_map(|&place| self.changes[place].as_ref())
    }

    /// Notes that two rows become a pair, or are none any more: once, though it is said from both sides. What
    /// was linked and unlinked again is as it was.
    pub(in crate::session) fn change(&mut self, change: PairChange) {
        if let Some(place) = self.place_of(change) {
            let is_opposite = |known: &mut PairChange| known.is_new != change.is_new;
            self.count -= usize::from(self.changes[place].take_if(is_opposite).is_some());
            return;
        }
        for row in [change.one, change.other] {
            self.of_rows.entry(row).or_default().push(self.changes.len());
        }
        self.changes.push(Some(change));
        self.count += 1;
    }

    /// Returns where something is noted of the same pair.
    fn place_of(&self, change: PairChange) -> Option<usize> {
        let is_same = |known: &PairChange| {
            std::ptr::eq(known.def, change.def)
                && (known.one, known.other) == (change.one, change.other)
        };
        // The row that has fewer has to be looked through.
        let [one, other] = [change.one, change.other].map(|row| self.of_rows.get(&row));
        let (one, other) = (one?, other?);
        let mut places = if one.len() < other.len() { one } else { other }.iter().copied();
        places.find(|&place| self.changes[place].as_ref().is_some_and(is_same))
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
