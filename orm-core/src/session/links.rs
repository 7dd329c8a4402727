//! Which rows are to refer to which, until a flush has written it.

mod keys;
mod pairs;

use self::keys::KeyLinks;
use self::pairs::Pairs;
use super::undo::RowId;
use crate::error::Result;
use crate::relation::{Link, RelationDef, RelationKind};

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
    /// The relation by which it was said, from either side.
    pub(super) def: &'static RelationDef,
    /// Its columns.
    link: &'static Link,
    /// The row that is referred to, if one is.
    pub(super) parent: Option<RowId>,
}

impl KeyLink {
    pub(super) fn new(def: &'static RelationDef, parent: Option<RowId>) -> Result<Self> {
        Ok(Self { def, link: def.link()?, parent })
    }

    /// Returns the columns that refer.
    pub(super) fn columns(&self) -> &'static [usize] {
        if self.def.kind == RelationKind::BelongsTo { &self.link.local } else { &self.link.remote }
    }

    /// Returns the columns that they refer to.
    pub(super) fn parent_columns(&self) -> &'static [usize] {
        if self.def.kind == RelationKind::BelongsTo { &self.link.remote } else { &self.link.local }
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
