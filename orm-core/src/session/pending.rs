//! What a relation that is loaded leads to once what is pending is written: a flush does not come before
//! the queries of a hook, nor where it was turned off.

use std::collections::HashMap;

use super::links::KeyLink;
use super::store::Status;
use super::undo::RowId;
use super::{Session, Tracked};
use crate::error::Result;
use crate::model::EntityId;
use crate::relation::{RelationDef, RelationKind};

/// What is pending of a relation.
pub(super) struct Pending {
    def: &'static RelationDef,
    /// The columns of the key of the rows that it leads to; `None` if nothing is pending.
    key: Option<&'static [usize]>,
    /// Which rows are to refer to which.
    coming: HashMap<RowId, Vec<RowId>>,
}

impl Pending {
    pub(super) fn of(tracked: &Tracked, def: &'static RelationDef) -> Result<Self> {
        let mut pending = Self { def, key: None, coming: HashMap::new() };
        let is_referred_to = matches!(def.kind, RelationKind::HasMany | RelationKind::HasOne);
        if !is_referred_to || def.is_path() || tracked.links.keys.is_empty() {
            return Ok(pending);
        }
        pending.key = Some(&def.link()?.remote);
        let target = tracked.store_in((def.target)());
        for child in tracked.links.keys.children(|link| pending.adds(link)) {
            let is_there = matches!(tracked.status(child), Status::Pending | Status::Persistent);
            let link = tracked.links.keys.of(child).find(|link| pending.adds(link));
            if let Some(parent) = link.and_then(|link| link.parent)
                && is_there
                && Some(child.store) == target
            {
                pending.coming.entry(parent).or_default().push(child);
            }
        }
        Ok(pending)
    }

    /// Makes of what a row leads to in the database what it will lead to, and returns the rows that make room
    /// for another.
    pub(super) fn apply(
        &self,
        tracked: &Tracked,
        row: RowId,
        found: &mut Vec<EntityId>,
    ) -> Vec<RowId> {
        if self.def.kind == RelationKind::ManyToMany {
            self.apply_pairs(tracked, row, found);
        }
        let Some(key) = self.key else { return Vec::new() };
        found.retain(|&child| {
            let child = tracked.row_of(child);
            let mut links = child.into_iter().flat_map(|child| tracked.links.keys.of(child));
            let link = links.find(|link| link.columns() == key);
            link.is_none_or(|link| link.parent == Some(row))
        });
        let Some(coming) = self.coming.get(&row) else { return Vec::new() };
        let mut coming: Vec<EntityId> = coming.iter().map(|&child| tracked.entity(child)).collect();
        coming.retain(|child| !found.contains(child));
        if self.def.kind != RelationKind::HasOne || coming.is_empty() {
            found.append(&mut coming);
            return Vec::new();
        }
        let displaced = std::mem::replace(found, coming);
        displaced.into_iter().filter_map(|child| tracked.row_of(child)).collect()
    }

    /// Adds the rows that become pairs with a row, and takes out those that are none any more.
    fn apply_pairs(&self, tracked: &Tracked, row: RowId, found: &mut Vec<EntityId>) {
        let inverse = self.def.inverse.map(|inverse| inverse());
        for change in tracked.links.pairs.of(row) {
            let is_inverse = inverse.is_some_and(|inverse| std::ptr::eq(inverse, change.def));
            let other = match (change.one == row, change.other == row) {
                (true, _) if std::ptr::eq(self.def, change.def) => tracked.entity(change.other),
                (_, true) if is_inverse => tracked.entity(change.one),
                _ => continue,
            };
            found.retain(|&known| known != other);
            if change.is_new {
                found.push(other);
            }
        }
    }

    /// Whether a row that is linked so is among those that the relation leads to.
    fn adds(&self, link: &KeyLink) -> bool {
        let is_same = self.def.filter.is_none() || std::ptr::eq(link.def, self.def);
        is_same && link.parent.is_some() && Some(link.columns()) == self.key
    }
}

impl Session {
    /// Loads the relations to one row that a flush gives another, where it is not known which they have: that
    /// one makes room.
    pub(super) fn load_replaced_ones(&mut self) -> Result<()> {
        let replaced = self.tracked.replaced_ones();
        if !replaced.is_empty() {
            self.check_may_write()?;
        }
        replaced.into_iter().try_for_each(|(def, store, rows)| self.load_rows(store, &rows, def))
    }
}

impl Tracked {
    /// Returns the relations to one row that are given another and are not known, each with its rows.
    fn replaced_ones(&self) -> Vec<(&'static RelationDef, u32, Vec<u32>)> {
        let mut found: Vec<(&'static RelationDef, u32, Vec<u32>)> = Vec::new();
        let is_unknown = |link: &KeyLink| {
            link.def.kind == RelationKind::HasOne
                && link.parent.is_some_and(|parent| {
                    self.status(parent) == Status::Persistent && !self.is_known(parent, link.def)
                })
        };
        for child in self.links.keys.children(is_unknown) {
            for link in self.links.keys.of(child).filter(|link| is_unknown(link)) {
                let Some(parent) = link.parent else { continue };
                match found.iter_mut().find(|(def, ..)| std::ptr::eq(*def, link.def)) {
                    Some((.., rows)) => rows.push(parent.row),
                    None => found.push((link.def, parent.store, vec![parent.row])),
                }
            }
        }
        found
    }
}
