//! Which rows belong together: both sides of a relation agree as soon as one is set.

use std::collections::HashSet;

use super::Tracked;
use super::links::{KeyLink, PairChange};
use super::store::{Gone, Status};
use super::undo::RowId;
use super::unit::set_key;
use crate::error::Result;
use crate::model::EntityId;
use crate::relation::{Cascade, RelationDef, RelationKind};

/// A relation by a key, seen from both sides.
struct Sides {
    /// The relation of the rows that have the key, if it is declared.
    belongs: Option<&'static RelationDef>,
    /// The relation of the rows that they refer to, if it is declared.
    has: Option<&'static RelationDef>,
    /// The one of both that was named.
    named: &'static RelationDef,
    /// The columns of the key.
    key: &'static [usize],
    /// The columns that they refer to.
    refers_to: &'static [usize],
}

impl Sides {
    fn of(def: &'static RelationDef) -> Result<Self> {
        let link = def.link()?;
        let inverse = def.inverse.map(|inverse| inverse());
        Ok(match def.kind {
            RelationKind::BelongsTo => Self {
                belongs: Some(def),
                has: inverse,
                named: def,
                key: &link.local,
                refers_to: &link.remote,
            },
            RelationKind::HasMany | RelationKind::HasOne | RelationKind::ManyToMany => Self {
                belongs: inverse,
                has: Some(def),
                named: def,
                key: &link.remote,
                refers_to: &link.local,
            },
        })
    }
}

impl Tracked {
    /// Puts `target` into the relation of `row`.
    pub(super) fn join(
        &mut self,
        row: RowId,
        def: &'static RelationDef,
        target: RowId,
    ) -> Result<()> {
        match def.kind {
            RelationKind::BelongsTo => self.set_parent(row, Some(target), &Sides::of(def)?),
            RelationKind::HasMany | RelationKind::HasOne => {
                self.set_parent(target, Some(row), &Sides::of(def)?)
            }
            RelationKind::ManyToMany => self.change_pair(row, def, target, true),
        }
    }

    /// Takes `target` out of the relation of `row`.
    pub(super) fn part(
        &mut self,
        row: RowId,
        def: &'static RelationDef,
        target: RowId,
    ) -> Result<()> {
        match def.kind {
            RelationKind::BelongsTo => self.set_parent(row, None, &Sides::of(def)?),
            RelationKind::HasMany | RelationKind::HasOne => {
                self.set_parent(target, None, &Sides::of(def)?)
            }
            RelationKind::ManyToMany => self.change_pair(row, def, target, false),
        }
    }

    /// Makes a new row refer to `parent` by its relation `def`, with this number, unless something was said
    /// of its keys before. Returns whether it does now.
    ///
    /// That is what nearly all new rows of an application do, and takes less than to ask what was before.
    pub(super) fn refer_first(
        &mut self,
        child: RowId,
        (def, number): (&'static RelationDef, usize),
        parent: RowId,
    ) -> Result<bool> {
        let has = def.inverse.map(|inverse| inverse());
        let is_only = has.is_some_and(|has| has.kind == RelationKind::HasOne);
        if def.kind != RelationKind::BelongsTo || is_only || self.links.keys.has_some(child) {
            return Ok(false);
        }
        let link = KeyLink::new(has.unwrap_or(def), Some(parent))?;
        if let Some(has) = has {
            self.put_last(parent, has, child);
        }
        let entity = self.entity(parent);
        self.store_mut(child.store).values.track(child.row, number, Some(&[entity]));
        self.link(child, link)?;
        Ok(true)
    }

    /// Makes `child` refer to `parent`, or to nothing.
    fn set_parent(&mut self, child: RowId, parent: Option<RowId>, sides: &Sides) -> Result<()> {
        let before = self.parent_of(child, sides)?;
        let is_new = before.is_none() && self.status(child) == Status::Pending;
        // What only its key says may be set since the list was loaded.
        let is_sure = sides.belongs.is_some_and(|belongs| self.is_known(child, belongs));
        self.touch_stored(child);
        if before != parent
            && let (Some(before), Some(has)) = (before, sides.has)
        {
            self.take_out(before, has, child);
        }
        if let (Some(parent), Some(has)) = (parent, sides.has) {
            if has.kind == RelationKind::HasOne
                && let Some(other) = self.first_related(parent, has)
                && other != child
            {
                self.set_parent(other, None, sides)?;
            }
            // A child that is known to have had another parent is not in the list.
            if is_new || (is_sure && before.is_some_and(|before| before != parent)) {
                self.put_last(parent, has, child);
            } else {
                self.put_in(parent, has, child);
            }
        }
        if let Some(belongs) = sides.belongs {
            self.set_related(child, belongs, parent.as_slice());
        }
        self.link(child, KeyLink::new(sides.has.unwrap_or(sides.named), parent)?)
    }

    /// Notes to which row keys of `child` refer, and sets them if that is known.
    fn link(&mut self, child: RowId, link: KeyLink) -> Result<()> {
        let is_known = match link.parent {
            Some(parent) => self.status(parent) != Status::Pending,
            None => self.can_be_null(child, link.columns()),
        };
        if is_known {
            set_key(self, child, &link)?;
        }
        self.links.keys.set(child, link);
        Ok(())
    }

    /// Takes a row out of the relations of the one that it refers to, before its key is changed.
    pub(super) fn refer_elsewhere(
        &mut self,
        child: RowId,
        def: &'static RelationDef,
    ) -> Result<()> {
        let sides = Sides::of(def)?;
        if let (Some(parent), Some(has)) = (self.parent_of(child, &sides)?, sides.has) {
            self.take_out(parent, has, child);
        }
        self.links.keys.take_of(child, sides.key);
        self.unload(child, def);
        Ok(())
    }

    /// Returns the row that `child` refers to, as far as it is in the session.
    fn parent_of(&self, child: RowId, sides: &Sides) -> Result<Option<RowId>> {
        if let Some(belongs) = sides.belongs
            && self.is_known(child, belongs)
        {
            return Ok(self.first_related(child, belongs));
        }
        let mut links = self.links.keys.of(child);
        if let Some(link) = links.find(|link| link.columns() == sides.key) {
            return Ok(link.parent);
        }
        if self.status(child) == Status::Pending {
            return Ok(None);
        }
        let target = match (sides.belongs, sides.has) {
            (Some(belongs), _) => (belongs.target)(),
            (None, Some(has)) => (has.source)(),
            (None, None) => return Ok(None),
        };
        if *sides.refers_to != *target.primary_key {
            return Ok(None);
        }
        let key = self.store(child.store).key_in(child.row, sides.key)?;
        Ok(key.and_then(|key| self.find_in(target, &key)))
    }

    fn change_pair(
        &mut self,
        one: RowId,
        def: &'static RelationDef,
        other: RowId,
        is_new: bool,
    ) -> Result<()> {
        def.link()?;
        if self.related(one, def).is_some_and(|known| known.contains(&other) == is_new) {
            return Ok(());
        }
        let inverse = def.inverse.map(|inverse| inverse());
        if is_new {
            self.put_in(one, def, other);
            if let Some(inverse) = inverse {
                self.put_in(other, inverse, one);
            }
        } else {
            self.take_out(one, def, other);
            if let Some(inverse) = inverse {
                self.take_out(other, inverse, one);
            }
        }
        // A pair is the same from both sides, so it is noted from one of them always.
        let change = match inverse {
            Some(inverse) if (inverse.model, inverse.name) < (def.model, def.name) => {
                PairChange { def: inverse, one: other, other: one, is_new }
            }
            _ => PairChange { def, one, other, is_new },
        };
        self.links.pairs.change(change);
        Ok(())
    }

    /// Returns the rows that a relation leads to, if they are known.
    pub(super) fn related(&self, row: RowId, def: &'static RelationDef) -> Option<Vec<RowId>> {
        let store = self.store(row.store);
        let entities = store.values.tracked(row.row, store.relation(def)?)?;
        let rows = entities.into_iter().map(|entity| self.row_of(entity));
        // Where one was deleted, or taken out of the session, what belongs there is not known any more.
        let is_there =
            |row: &RowId| !matches!(self.status(*row), Status::Deleted | Status::Gone(_));
        rows.map(|row| row.filter(is_there)).collect()
    }

    /// Whether it is known what a relation leads to.
    pub(super) fn is_known(&self, row: RowId, def: &'static RelationDef) -> bool {
        let store = self.store(row.store);
        let relation = store.relation(def);
        relation.is_some_and(|relation| store.values.is_tracked(row.row, relation))
    }

    /// Returns the first of the rows that a relation leads to, if that is known.
    fn first_related(&self, row: RowId, def: &'static RelationDef) -> Option<RowId> {
        let store = self.store(row.store);
        self.row_of(store.values.first_tracked(row.row, store.relation(def)?)?)
    }

    /// Makes a relation lead to these rows in memory.
    pub(super) fn set_related(&mut self, row: RowId, def: &'static RelationDef, to: &[RowId]) {
        self.remember(row);
        let Some(relation) = self.store(row.store).relation(def) else { return };
        if let [only] = *to {
            let entity = self.entity(only);
            self.store_mut(row.store).values.track(row.row, relation, Some(&[entity]));
        } else {
            let entities: Vec<EntityId> = to.iter().map(|&row| self.entity(row)).collect();
            self.store_mut(row.store).values.track(row.row, relation, Some(&entities));
        }
    }

    /// Forgets what a relation leads to.
    pub(super) fn unload(&mut self, row: RowId, def: &'static RelationDef) {
        self.remember(row);
        if let Some(relation) = self.store(row.store).relation(def) {
            self.store_mut(row.store).values.track(row.row, relation, None);
        }
    }

    /// Keeps how a row is, if it is stored; what a new row is given is kept anyway.
    fn touch_stored(&mut self, row: RowId) {
        if self.status(row) != Status::Pending {
            self.touch(row);
        }
    }

    /// Puts a row behind those that a relation leads to, if they are known.
    fn put_last(&mut self, row: RowId, def: &'static RelationDef, target: RowId) {
        self.remember(row);
        let target = self.entity(target);
        if let Some(relation) = self.store(row.store).relation(def) {
            self.store_mut(row.store).values.add_tracked(row.row, relation, target);
        }
    }

    fn put_in(&mut self, row: RowId, def: &'static RelationDef, target: RowId) {
        if let Some(mut known) = self.related(row, def)
            && !known.contains(&target)
        {
            if def.kind == RelationKind::HasOne {
                known.clear();
            }
            known.push(target);
            self.set_related(row, def, &known);
        }
    }

    pub(super) fn take_out(&mut self, row: RowId, def: &'static RelationDef, target: RowId) {
        if !self.is_known(row, def) {
            return;
        }
        self.remember(row);
        let target = self.entity(target);
        if let Some(relation) = self.store(row.store).relation(def) {
            self.store_mut(row.store).values.remove_tracked(row.row, relation, target);
        }
    }

    pub(super) fn can_be_null(&self, row: RowId, columns: &[usize]) -> bool {
        let table = self.store(row.store).table;
        columns.iter().all(|&column| table.columns[column].nullable)
    }

    /// Takes a row that is to be deleted out of what others hold.
    pub(super) fn take_out_everywhere(&mut self, row: RowId) -> Result<()> {
        for def in self.store(row.store).written_relations() {
            if def.kind == RelationKind::BelongsTo {
                let sides = Sides::of(def)?;
                if let (Some(parent), Some(has)) = (self.parent_of(row, &sides)?, sides.has) {
                    self.take_out(parent, has, row);
                }
            }
        }
        Ok(())
    }

    /// Makes relations hold a row again that is not deleted after all, or be loaded anew.
    pub(super) fn show(&mut self, row: RowId) -> Result<()> {
        for def in self.store(row.store).written_relations() {
            let sides = Sides::of(def)?;
            let others = match def.kind {
                RelationKind::BelongsTo => self.parent_of(row, &sides)?.into_iter().collect(),
                RelationKind::ManyToMany => self.related(row, def).unwrap_or_default(),
                RelationKind::HasMany | RelationKind::HasOne => continue,
            };
            let Some(inverse) = def.inverse.map(|inverse| inverse()) else { continue };
            for other in others {
                match self.status(other) {
                    Status::Pending => self.put_in(other, inverse, row),
                    _ => self.unload(other, inverse),
                }
            }
        }
        Ok(())
    }

    /// Forgets that a row was to refer to others, now that its values are those of the database again.
    pub(super) fn stay(&mut self, child: RowId) -> Result<()> {
        for link in self.links.keys.take(child) {
            let sides = Sides::of(link.def)?;
            if let Some(belongs) = sides.belongs {
                self.unload(child, belongs);
            }
            let parents = [link.parent, self.parent_of(child, &sides)?];
            for parent in parents.into_iter().flatten() {
                if let Some(has) = sides.has {
                    self.unload(parent, has);
                }
            }
        }
        Ok(())
    }

    /// Returns a row with those that its relations lead to, as far as they are known and the cascade of
    /// the relation says so.
    pub(super) fn reached(&self, row: RowId, goes_on: impl Fn(Cascade) -> bool) -> Vec<RowId> {
        let mut reached = vec![row];
        let mut known = HashSet::from([row]);
        let mut next = 0;
        while let Some(&row) = reached.get(next) {
            next += 1;
            for def in self.store(row.store).relations.iter().filter(|def| goes_on(def.cascade)) {
                for child in self.related(row, def).unwrap_or_default() {
                    if known.insert(child) {
                        reached.push(child);
                    }
                }
            }
        }
        reached
    }

    /// Deletes a row that was stored with the next flush, `forever` also if it could be marked; takes back
    /// one that is new.
    pub(super) fn delete(&mut self, row: RowId, forever: bool) -> Result<()> {
        match self.status(row) {
            Status::Pending => {
                self.take_out_everywhere(row)?;
                self.remove(row, Gone::Expunged);
            }
            Status::Persistent => {
                self.take_out_everywhere(row)?;
                self.touch(row);
                let store = self.store_mut(row.store);
                let head = store.head_mut(row.row);
                head.status = Status::Deleting;
                head.goes_forever = forever;
                store.deleting.push(row.row);
            }
            Status::Deleting | Status::Deleted | Status::Gone(_) => {}
        }
        Ok(())
    }
}
