//! Which rows are to refer to which, until a flush has written it.

use std::collections::BTreeMap;

use super::undo::RowId;
use crate::relation::RelationDef;

/// What is linked and not written yet.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Of each row that has foreign keys to set: to what.
    keys: BTreeMap<RowId, Vec<KeyLink>>,
    /// Rows of tables of pairs to insert and to delete, in this order.
    pub(super) pairs: Vec<PairChange>,
}

/// A foreign key that takes its value from another row.
#[derive(Debug, Clone)]
pub(super) struct KeyLink {
    /// The relation by which it was said, for messages.
    pub(super) def: &'static RelationDef,
    /// The columns that refer.
    pub(super) columns: &'static [usize],
    /// The row that they refer to, if to any, and its columns.
    pub(super) parent: Option<RowId>,
    pub(super) parent_columns: &'static [usize],
}

/// A row of a table of pairs.
#[derive(Debug, Clone)]
pub(super) struct PairChange {
    /// The relation, seen from `one`.
    pub(super) def: &'static RelationDef,
    pub(super) one: RowId,
    pub(super) other: RowId,
    /// Whether it is inserted; deleted otherwise.
    pub(super) is_new: bool,
}

impl Links {
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.pairs.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.pairs.clear();
    }

    /// Makes the columns of `child` refer to another row, instead of what was said before.
    pub(super) fn set(&mut self, child: RowId, link: KeyLink) {
        let links = self.keys.entry(child).or_default();
        links.retain(|known| known.columns != link.columns);
        links.push(link);
    }

    /// Leaves the columns of `child` as they are.
    pub(super) fn unset(&mut self, child: RowId, columns: &[usize]) {
        if let Some(links) = self.keys.get_mut(&child) {
            links.retain(|link| link.columns != columns);
        }
    }

    /// Returns what the keys of `child` are to refer to.
    pub(super) fn of(&self, child: RowId) -> &[KeyLink] {
        self.keys.get(&child).map_or(&[], Vec::as_slice)
    }

    /// Returns what the keys of `child` are to refer to, which is no link any more then.
    pub(super) fn take(&mut self, child: RowId) -> Vec<KeyLink> {
        self.keys.remove(&child).unwrap_or_default()
    }

    /// Returns the rows that have keys to set.
    pub(super) fn children(&self) -> Vec<RowId> {
        self.keys.keys().copied().collect()
    }

    /// Takes out a link of `child`.
    pub(super) fn postpone(&mut self, child: RowId, index: usize) -> Option<KeyLink> {
        let links = self.keys.get_mut(&child)?;
        (index < links.len()).then(|| links.remove(index))
    }

    /// Notes that `one` and `other` become a pair, or are none any more.
    pub(super) fn change_pair(&mut self, change: PairChange) {
        let is_opposite = |known: &PairChange| {
            known.is_new != change.is_new
                && std::ptr::eq(known.def, change.def)
                && (known.one, known.other) == (change.one, change.other)
        };
        // What was linked and unlinked again is as it was.
        match self.pairs.iter().position(is_opposite) {
            Some(opposite) => {
                self.pairs.remove(opposite);
            }
            None => self.pairs.push(change),
        }
    }

    /// Forgets what is linked to a row that goes.
    pub(super) fn forget(&mut self, row: RowId) {
        self.keys.remove(&row);
        self.pairs.retain(|pair| pair.one != row && pair.other != row);
        for links in self.keys.values_mut() {
            links.retain(|link| link.parent != Some(row));
        }
    }
}
