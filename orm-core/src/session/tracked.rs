//! What a session keeps: the rows of each model, one entity a row, and how they were before.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::events::Events;
use super::lazy::LazyLoads;
use super::links::Links;
use super::snapshot::Snapshot;
use super::store::{Gone, Head, ModelRows, Status, Store};
use super::undo::{Before, Record, RowId, Undo};
use crate::error::{Error, Result};
use crate::executor::{Executor, Hydrate, LoadRelated};
use crate::model::{Entity, EntityId};
use crate::relation::{HashKeys, Key, Related, RelationDef};
use crate::schema::Table;
use crate::types::is_left_out;
use crate::value::Row;

/// Rows come back as entities, which a session keeps: what a [`Session`](super::Session) is, seen from a
/// query.
pub struct Tracked {
    session: u32,
    pub(super) stores: Vec<Store>,
    by_type: HashMap<TypeId, u32>,
    /// The model that was asked for last, since it is likely the next, too.
    last: Option<(TypeId, u32)>,
    pub(super) undo: Undo,
    /// Which rows are to refer to which, before their keys are known.
    pub(super) links: Links,
    /// Why some of the new rows cannot be inserted.
    pub(super) refused_rows: HashMap<RowId, Error, HashKeys>,
    /// Why the next flush cannot be done, if a row that was added said something impossible.
    pub(super) refused: Option<Error>,
    /// Whether statements of this transaction wrote rows that the session may not know.
    pub(super) wrote_past: bool,
    /// Whether an error of an open stream has undone memory, and the database is still to follow.
    pub(super) has_failed: bool,
    /// Counts queries, so that each has a number of its own.
    pub(super) query: u32,
    /// What the counter was when the transaction began.
    began: u32,
    pub(super) lazy_loads: LazyLoads,
    /// Whether rows that are known are read anew.
    pub(super) populate_existing: bool,
    /// What listens to what happens.
    pub(super) events: Arc<Events>,
    /// While relations are loaded with rows that are marked as deleted: what they lead to.
    pub(super) with_marked: Option<Vec<RowId>>,
}

impl Tracked {
    pub(super) fn new(events: Arc<Events>) -> Self {
        static SESSIONS: AtomicU32 = AtomicU32::new(1);
        Self {
            session: SESSIONS.fetch_add(1, Ordering::Relaxed),
            stores: Vec::new(),
            by_type: HashMap::new(),
            last: None,
            undo: Undo::default(),
            links: Links::default(),
            refused_rows: HashMap::default(),
            refused: None,
            wrote_past: false,
            has_failed: false,
            query: 1,
            began: 1,
            lazy_loads: LazyLoads::default(),
            populate_existing: false,
            events,
            with_marked: None,
        }
    }

    /// Forgets all rows; entities of them are strangers from now on.
    pub(super) fn forget_all(&mut self) {
        let undo = std::mem::take(&mut self.undo);
        let populate_existing = self.populate_existing;
        *self = Self { populate_existing, ..Self::new(Arc::clone(&self.events)) };
        self.undo = undo.emptied();
    }

    /// Notes that another query begins.
    pub(super) fn begin_query(&mut self) {
        self.query = self.query.wrapping_add(1);
    }

    /// Notes that a transaction ended.
    fn end_transaction(&mut self) {
        self.begin_query();
        self.began = self.query;
        self.wrote_past = false;
    }

    /// Whether a row was read or added in this transaction.
    pub(super) fn is_of_transaction(&self, id: RowId) -> bool {
        self.store(id.store).origins.is_seen_since(id.row, self.began)
    }

    /// Returns the number of the store of model `M`, which is made if it is the first time.
    pub(super) fn store_of<M: Related>(&mut self) -> u32 {
        let wanted = TypeId::of::<M>();
        match self.last {
            Some((model, store)) if model == wanted => store,
            _ => {
                let next = self.stores.len();
                let store = *self.by_type.entry(wanted).or_insert_with(|| {
                    self.stores.push(Store::new::<M>(&self.events));
                    // A program has fewer models than that.
                    u32::try_from(next).unwrap_or(u32::MAX)
                });
                self.last = Some((wanted, store));
                store
            }
        }
    }

    /// Returns the number of the store of model `M`, if there is one.
    pub(super) fn known_store<M: Related>(&self) -> Option<u32> {
        self.by_type.get(&TypeId::of::<M>()).copied()
    }

    pub(super) fn store(&self, number: u32) -> &Store {
        &self.stores[number as usize]
    }

    pub(super) fn store_mut(&mut self, number: u32) -> &mut Store {
        &mut self.stores[number as usize]
    }

    /// Returns the values of the rows of model `M`, whose store this is.
    pub(super) fn rows<M: Related>(&self, store: u32) -> &ModelRows<M> {
        let values: &dyn Any = &*self.store(store).values;
        of_its_model(values.downcast_ref())
    }

    pub(super) fn rows_mut<M: Related>(&mut self, store: u32) -> &mut ModelRows<M> {
        let values: &mut dyn Any = &mut *self.store_mut(store).values;
        of_its_model(values.downcast_mut())
    }

    pub(super) fn entity(&self, id: RowId) -> EntityId {
        EntityId { session: self.session, store: id.store, row: id.row }
    }

    /// Returns where an entity is; `None` if it is one of another session.
    pub(super) fn row_of(&self, entity: EntityId) -> Option<RowId> {
        let EntityId { session, store, row } = entity;
        (session == self.session).then_some(RowId { store, row })
    }

    pub(super) fn status(&self, id: RowId) -> Status {
        self.store(id.store).head(id.row).status
    }

    /// Returns the row of this primary key, if it is known.
    pub(super) fn find(&self, store: u32, key: &Key) -> Option<RowId> {
        let row = self.store(store).index.get(key)?;
        Some(RowId { store, row })
    }

    /// Returns the row of `table` with this primary key, if the session knows it.
    pub(super) fn find_in(&self, table: &'static Table, key: &Key) -> Option<RowId> {
        self.find(self.store_in(table)?, key).filter(|&row| !self.is_marked(row))
    }

    /// Returns the number of the store of a table, if there is one.
    pub(super) fn store_in(&self, table: &'static Table) -> Option<u32> {
        let mut stores = self.stores.iter().zip(0_u32..);
        stores.find(|(store, _)| std::ptr::eq(store.table, table)).map(|(_, number)| number)
    }

    /// Whether a flush would have something to do, or to look at.
    pub(super) fn has_work(&self) -> bool {
        !self.links.is_empty()
            || self.stores.iter().any(|store| {
                !(store.pending.is_empty() && store.touched.is_empty() && store.deleting.is_empty())
            })
    }

    /// Notes that a relation of a row was loaded, which a rollback forgets.
    pub(super) fn note_loaded(&mut self, store: u32, row: u32, def: &'static RelationDef) {
        let relation = self.store(store).relation(def);
        if let Some(relation) = relation.and_then(|relation| u32::try_from(relation).ok()) {
            self.undo.push(Record::Unloaded(RowId { store, row }, relation));
        }
    }

    /// Undoes what was not flushed of a row, which the next query that meets it reads anew.
    pub(super) fn expire(&mut self, id: RowId) -> Result<()> {
        self.remember(id);
        let store = self.store_mut(id.store);
        if let Some(stored) = store.head_mut(id.row).stored.take() {
            for position in 0..store.table.columns.len() {
                store.values.assign(id.row, position, &stored, position)?;
            }
        }
        store.untouch(id.row);
        store.is_stored(id.row);
        store.head_mut(id.row).is_expired = true;
        self.stay(id)?;
        Ok(())
    }

    /// Notes that a statement wrote rows of a table past the session: those that it knows are read anew
    /// by the next query that meets them.
    pub(super) fn wrote(&mut self, table: Option<&'static Table>, changes_rows: bool) {
        self.wrote_past = true;
        if !changes_rows {
            return;
        }
        for store in &mut self.stores {
            if table.is_none_or(|table| std::ptr::eq(store.table, table)) {
                store.expire_all();
            }
        }
    }

    /// Keeps how a row is, once for each level, before it is changed.
    pub(super) fn remember(&mut self, id: RowId) {
        let level = self.undo.level();
        if self.store(id.store).head(id.row).remembered < level {
            let now = self.store(id.store).snapshot(id.row);
            self.keep(id, level, now);
        }
    }

    /// Keeps how a row is, and lists it as one that may be changed.
    pub(super) fn touch(&mut self, id: RowId) {
        let level = self.undo.level();
        let head = self.store(id.store).head(id.row);
        let (is_kept, is_touched) = (head.remembered >= level, head.is_touched);
        if is_kept && is_touched {
            return;
        }
        let now = self.store(id.store).snapshot(id.row);
        if !is_touched {
            self.store_mut(id.store).touch(id.row, &now);
        }
        if !is_kept {
            self.keep(id, level, now);
        }
    }

    /// Puts how a row is into the undo log.
    fn keep(&mut self, id: RowId, level: u64, values: Snapshot) {
        let store = self.store(id.store);
        let head = store.head(id.row);
        let related = (0..store.relations.len())
            .map(|relation| store.values.tracked(id.row, relation))
            .collect();
        let before = Before {
            id,
            status: head.status,
            key: head.key.clone(),
            values,
            related,
            remembered: head.remembered,
            is_expired: head.is_expired,
        };
        self.store_mut(id.store).head_mut(id.row).remembered = level;
        self.undo.push(Record::Row(Box::new(before)));
    }

    /// Takes a row out of the session.
    pub(super) fn remove(&mut self, id: RowId, why: Gone) {
        self.links.forget(id);
        self.refused_rows.remove(&id);
        self.store_mut(id.store).remove(id.row, why);
    }

    /// Puts everything back to how it was when the innermost level began, and ends it.
    pub(super) fn roll_back(&mut self) {
        let is_outermost = self.undo.depth() == 0;
        self.links.clear();
        self.refused = None;
        // A level begins with a flush, so that all that is listed was changed in it.
        self.stores.iter_mut().for_each(Store::unlist_all);
        for record in self.undo.roll_back() {
            match record {
                Record::Absent(first, rows) => {
                    first.and_next(rows).rev().for_each(|id| self.remove(id, Gone::RolledBack));
                }
                Record::Unloaded(id, relation) => {
                    self.store_mut(id.store).values.track(id.row, relation as usize, None);
                }
                Record::Row(before) => self.put_back(*before),
            }
        }
        if is_outermost {
            self.end_transaction();
        }
    }

    fn put_back(&mut self, before: Before) {
        let id = before.id;
        let is_gone = matches!(self.status(id), Status::Gone(_));
        let store = self.store_mut(id.store);
        // One that was taken out, and whose row was read again, stays what it is.
        if is_gone && before.key.as_ref().is_some_and(|key| store.index.get(key).is_some()) {
            return;
        }
        if store.values.has(id.row) {
            // Values that were read from the fields can be read back into them.
            for position in 0..store.table.columns.len() {
                let _ = store.values.assign(id.row, position, &before.values, position);
            }
        } else {
            let _ = store.values.restore(id.row, &before.values);
        }
        for (relation, entities) in before.related.into_iter().enumerate() {
            store.values.track(id.row, relation, entities.as_deref());
        }
        store.is_stored(id.row);
        let head = store.head_mut(id.row);
        head.status = before.status;
        head.remembered = before.remembered;
        head.is_expired = before.is_expired;
        store.rekey(id.row, before.key);
    }

    /// Makes what was done final: the transaction was committed.
    pub(super) fn committed(&mut self) {
        for record in self.undo.roll_back() {
            let (first, rows) = match record {
                Record::Row(before) => (before.id, 1),
                Record::Absent(first, rows) => (first, rows),
                Record::Unloaded(..) => continue,
            };
            for id in first.and_next(rows) {
                if self.status(id) == Status::Deleted {
                    self.remove(id, Gone::Deleted);
                }
            }
        }
        self.undo.clear();
        self.end_transaction();
    }

    /// Makes a row that was read an entity: the one that it is already, if it is known.
    pub(super) fn track_row<M: Related>(&mut self, row: &dyn Row, at: usize) -> Result<RowId> {
        let store = self.store_of::<M>();
        let Some(key) = self.store(store).read_key(row, at)? else {
            return Err(Error::decode(at, "a primary key", "NULL"));
        };
        let Some(known) = self.find(store, &key) else {
            let mut value = M::read(row, at)?;
            self.store(store).events.loaded(&mut value)?;
            let id = self.push(store, Head::persistent(key), Some(value));
            self.met(id);
            return Ok(id);
        };
        self.met(known);
        self.meet_again(known);
        if self.populate_existing || self.store(store).head(known.row).is_expired {
            self.overwrite(known, row, at)?;
            self.loaded_anew::<M>(known)?;
        } else if M::table().has_deferred() {
            self.fill(known, row, at)?;
        }
        Ok(known)
    }

    /// Notes that the query that runs has returned a row.
    fn met(&mut self, id: RowId) {
        let query = self.query;
        self.store_mut(id.store).origins.meet(id.row, query);
    }

    /// Reads all columns of a row anew; what it led to is unloaded.
    fn overwrite(&mut self, id: RowId, row: &dyn Row, at: usize) -> Result<()> {
        self.remember(id);
        let store = self.store_mut(id.store);
        for position in 0..store.table.columns.len() {
            if !is_left_out(row, at + position) {
                store.values.assign(id.row, position, row, at + position)?;
            }
        }
        for relation in 0..store.relations.len() {
            store.values.track(id.row, relation, None);
        }
        store.untouch(id.row);
        store.is_stored(id.row);
        Ok(())
    }

    /// Runs what listens to rows that are read for one that was read anew.
    fn loaded_anew<M: Related>(&mut self, id: RowId) -> Result<()> {
        let events = Arc::clone(&self.store(id.store).events);
        let value = self.rows_mut::<M>(id.store).get_mut(id.row);
        value.map_or(Ok(()), |value| events.loaded(value))
    }

    /// Reads the deferred columns of a row that are not loaded yet.
    fn fill(&mut self, id: RowId, row: &dyn Row, at: usize) -> Result<()> {
        let store = self.store_mut(id.store);
        let was_touched = store.head(id.row).is_touched;
        let before = was_touched.then(|| store.snapshot(id.row));
        store.values.fill(id.row, row, at)?;
        if let Some(before) = before {
            let now = store.snapshot(id.row);
            let head = store.head_mut(id.row);
            head.stored = head.stored.take().map(|stored| stored.filled(&before, &now));
        }
        Ok(())
    }

    /// Makes entities of values that were read, and of what is loaded in them.
    pub(super) fn adopt_all<C: Related>(&mut self, values: Vec<C>) -> Result<Vec<Entity<C>>> {
        let store = self.store_of::<C>();
        let mut rows = Vec::with_capacity(values.len());
        for value in &values {
            let Some(key) = Key::of_row(value, &C::table().primary_key)? else {
                return Err(Error::invalid_state(format!(
                    "a row of `{}` without a primary key cannot become an entity",
                    C::DEF.name
                )));
            };
            let id = match self.find(store, &key) {
                Some(known) => {
                    self.meet_again(known);
                    known
                }
                None => self.push::<C>(store, Head::persistent(key), None),
            };
            self.met(id);
            rows.push(id.row);
        }
        let adopted = self.adopt_into(store, &rows, values);
        if adopted.is_err() {
            for &row in &rows {
                if !self.store(store).values.has(row) {
                    self.remove(RowId { store, row }, Gone::Expunged);
                }
            }
        }
        adopted?;
        Ok(rows.into_iter().map(|row| Entity::new(self.entity(RowId { store, row }))).collect())
    }

    /// Makes entities of what is loaded in `values`, which are those of `rows`.
    fn adopt_into<C: Related>(
        &mut self,
        store: u32,
        rows: &[u32],
        mut values: Vec<C>,
    ) -> Result<()> {
        let relations = Arc::clone(&self.rows::<C>(store).relations);
        for relation in relations.iter() {
            relation.adopt(self, store, rows, &mut values)?;
        }
        let events = Arc::clone(&self.store(store).events);
        let known = self.rows_mut::<C>(store);
        for (&row, mut value) in rows.iter().zip(values) {
            let known = &mut known.rows[row as usize];
            if known.is_none() {
                events.loaded(&mut value)?;
                *known = Some(value);
            }
        }
        Ok(())
    }
}

/// A store is found by the type of its model, and an entity has the number of the store it came from.
#[expect(clippy::expect_used, reason = "a store has the values of the model that it was made for")]
fn of_its_model<T>(values: Option<T>) -> T {
    values.expect("a store holds the values of its own model")
}

impl Hydrate for Tracked {
    type Entity<M: Related> = Entity<M>;

    fn failed(&mut self, error: &Error) {
        let is_of_database =
            matches!(error, Error::Integrity(_) | Error::Database(_) | Error::Operational(_));
        if !is_of_database || self.has_failed {
            return;
        }
        self.has_failed = true;
        let depth = self.undo.depth();
        let levels = if error.is_disconnect() { depth } else { 0 };
        (0..=levels).for_each(|_| self.roll_back());
        if depth > 0 && !error.is_disconnect() {
            self.undo.begin();
        }
    }

    fn hydrate<M: Related>(&mut self, row: &dyn Row, at: usize) -> Result<Entity<M>> {
        let id = self.track_row::<M>(row, at)?;
        Ok(Entity::new(self.entity(id)))
    }

    fn load<M: Related>(
        executor: &mut dyn Executor<Hydrate = Self>,
        entities: &mut [Entity<M>],
        work: &mut LoadRelated<'_, M>,
    ) -> Result<()> {
        executor.apart(&mut |tracked, plain| {
            let store = tracked.store_of::<M>();
            let rows: Vec<u32> = entities.iter().map(|entity| entity.id().row).collect();
            // Loaders put what they load into values; these are then taken apart again.
            let known = tracked.store(store);
            let copies = rows.iter().map(|&row| M::read(&known.snapshot(row), 0));
            let mut copies = copies.collect::<Result<Vec<M>>>()?;
            work(plain, &mut copies)?;
            tracked.adopt_into(store, &rows, copies)
        })
    }
}

impl fmt::Debug for Tracked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: usize = self.stores.iter().map(|store| store.index.len()).sum();
        f.debug_struct("Tracked").field("rows", &rows).finish_non_exhaustive()
    }
}
