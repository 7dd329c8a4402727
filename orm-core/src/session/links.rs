//! Which rows are to refer to which, until a flush has written it.

mod keys;
mod pairs;

use self::keys::KeyLinks;
use self::pairs::Pairs;
use super::undo::RowId;
use crate::relation::{RelationDef, RelationKind};

/// What is linked and not written yet.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// The foreign keys to set.
    pub(super) keys: KeyLinks,
    /// Rows of tables of pairs to insert and to delete.
    pub(super) pairs: Pairs,
}

/// A foreign key that takes its value from another row.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyLink {
    /// The relation by which it was said, from either side, whose columns are known.
    pub(super) def: &'static RelationDef,
    /// The row that is referred to, if one is.
    pub(super) parent: Option<RowId>,
}

impl KeyLink {
    /// Returns the columns that refer.
    pub(super) fn columns(&self) -> &'static [usize] {
        let Ok(link) = self.def.link() else { return &[] };
        if self.def.kind == RelationKind::BelongsTo { &link.local } else { &link.remote }
    }

    /// Returns the columns that they refer to.
    pub(super) fn parent_columns(&self) -> &'static [usize] {
        let Ok(link) = self.def.link() else { return &[] };
        if self.def.kind == RelationKind::BelongsTo { &link.remote } else { &link.local }
    }
}

/// A row of a table of pairs.
#[derive(Debug, Clone, Copy)]
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

    /// Forgets what is linked to a row that goes.
    pub(super) fn forget(&mut self, row: RowId) {
        self.keys.forget(row);
        self.pairs.forget(row);
    }
}
