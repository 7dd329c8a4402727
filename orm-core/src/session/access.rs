//! What a session tells about its entities, and how their values are borrowed.

use std::ops::{Index, IndexMut};

use super::state::story;
use super::store::{Gone, Status};
use super::undo::RowId;
use super::{Change, EntityState, Session, Trackable};
use crate::error::{Error, Result};
use crate::model::Entity;
use crate::relation::Related;
use crate::value::Value;

impl Session {
    /// Returns the value of an entity, or `None` if it was rolled back, deleted or taken out, or belongs to
    /// another session.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Tag { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Tag].create_all(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// let red = session.add(Tag::builder().name("red"));
    /// assert!(session.try_get(red).is_some());
    /// session.rollback()?;
    /// assert!(session.try_get(red).is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn try_get<M: Related>(&self, entity: Entity<M>) -> Option<&M> {
        let id = self.readable(entity)?;
        self.tracked.rows::<M>(id.store).get(id.row)
    }

    /// Returns the value of an entity to change it, or `None` where [`try_get`](Self::try_get) does.
    pub fn try_get_mut<M: Related>(&mut self, entity: Entity<M>) -> Option<&mut M> {
        let id = self.readable(entity)?;
        if !self.tracked.store(id.store).values.has(id.row) {
            return None;
        }
        self.tracked.touch(id);
        self.tracked.rows_mut::<M>(id.store).get_mut(id.row)
    }

    /// Returns the values of several entities to change them together, or `None` if one cannot be read or
    /// is given twice.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Account { #[orm(primary_key)] id: i64, balance: i64 }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Account].create_all(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// let alice = session.add(Account::builder().balance(100));
    /// let bob = session.add(Account::builder().balance(0));
    /// if let Some([from, to]) = session.get_many_mut([alice, bob]) {
    ///     from.balance -= 10;
    ///     to.balance += 10;
    /// }
    /// session.commit()?;
    /// assert_eq!((session[alice].balance, session[bob].balance), (90, 10));
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_many_mut<M: Related, const N: usize>(
        &mut self,
        entities: [Entity<M>; N],
    ) -> Option<[&mut M; N]> {
        let store = self.tracked.store_of::<M>();
        let mut rows = [0_usize; N];
        for (row, entity) in rows.iter_mut().zip(entities) {
            let id = self.readable(entity)?;
            if !self.tracked.store(id.store).values.has(id.row) {
                return None;
            }
            self.tracked.touch(id);
            *row = id.row as usize;
        }
        let rows = self.tracked.rows_mut::<M>(store).rows.get_disjoint_mut(rows)?;
        let rows = rows.map(Option::as_mut);
        // All were looked at above, so that none is missing.
        rows.iter().all(Option::is_some).then(|| rows.map(Option::unwrap))
    }

    /// Returns where an entity is in its life.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Tag { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Tag].create_all(&mut engine.connect()?)?;
    /// use orm::EntityState;
    ///
    /// let mut session = engine.session();
    /// let red = session.add(Tag::builder().name("red"));
    /// assert_eq!(session.state(red), EntityState::Pending);
    /// session.commit()?;
    /// assert_eq!(session.state(red), EntityState::Persistent);
    /// # Ok(())
    /// # }
    /// ```
    pub fn state<M: Related>(&self, entity: Entity<M>) -> EntityState {
        let id = self.tracked.row_of(entity.id());
        id.map_or(EntityState::Detached, |id| self.tracked.status(id).into())
    }

    /// Returns whether a stored entity has a column whose value differs from the database.
    pub fn is_modified<M: Related>(&self, entity: Entity<M>) -> bool {
        !self.changes(entity).is_empty()
    }

    /// Returns the columns of a stored entity whose values differ from the database.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Tag { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Tag].create_all(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// let red = session.add(Tag::builder().name("red"));
    /// session.commit()?;
    ///
    /// session[red].name = "blue".into();
    /// let changes = session.changes(red);
    /// assert_eq!(changes[0].column, "name");
    /// assert_eq!(changes[0].old, Some("red".into()));
    /// assert_eq!(changes[0].new, "blue".into());
    /// # session.rollback()
    /// # }
    /// ```
    pub fn changes<M: Related>(&self, entity: Entity<M>) -> Vec<Change> {
        let Some(id) = self.readable(entity) else { return Vec::new() };
        let store = self.tracked.store(id.store);
        let head = store.head(id.row);
        let (Some(stored), Status::Persistent) = (&head.stored, head.status) else {
            return Vec::new();
        };
        let changed = (0..store.table.columns.len()).filter_map(|position| {
            let new = store.values.value(id.row, position).and_then(Value::into_owned).ok()?;
            let differs = stored.differs(position, || Ok(new.borrow())).unwrap_or(true);
            differs.then(|| Change {
                column: &store.table.columns[position].name,
                old: stored.get(position).cloned(),
                new,
            })
        });
        changed.collect()
    }

    /// Returns the entities of model `M` that the next flush inserts, in the order they were added.
    pub fn new_entities<M: Related>(&self) -> Vec<Entity<M>> {
        self.listed(|store| store.pending.clone())
    }

    /// Returns the entities of model `M` that the next flush updates.
    pub fn dirty<M: Related>(&self) -> Vec<Entity<M>> {
        let touched = self.listed(|store| store.touched.clone());
        touched.into_iter().filter(|&entity| self.is_modified(entity)).collect()
    }

    /// Returns the entities of model `M` that the next flush deletes.
    pub fn deleted<M: Related>(&self) -> Vec<Entity<M>> {
        self.listed(|store| store.deleting.clone())
    }

    fn listed<M: Related>(
        &self,
        list: impl Fn(&super::store::Store) -> Vec<u32>,
    ) -> Vec<Entity<M>> {
        let Some(number) = self.tracked.known_store::<M>() else { return Vec::new() };
        let rows = list(self.tracked.store(number));
        let entity = |row| Entity::new(self.tracked.entity(RowId { store: number, row }));
        rows.into_iter().map(entity).collect()
    }

    /// Takes an entity out of the session, and forgets changes of it that were not flushed.
    ///
    /// Entities that its relations with `cascade = "expunge"` lead to are taken out, too.
    /// [`detach`](Self::detach) also returns the value.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if it is not in this session any more.
    pub fn expunge<M: Related>(&mut self, entity: Entity<M>) -> Result<()> {
        let id = self.known(entity)?;
        for row in self.tracked.reached(id, |cascade| cascade.expunge) {
            self.tracked.take_away(row, Gone::Expunged);
        }
        Ok(())
    }

    /// Has the next query that returns the entity read it again, and undoes changes that were not flushed.
    ///
    /// Until then its value stays, since reading a value sends nothing. Entities that its relations with
    /// `cascade = "refresh-expire"` lead to expire with it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if it is not stored yet, or not in this session any more.
    pub fn expire<M: Related>(&mut self, entity: Entity<M>) -> Result<()> {
        let id = self.stored(entity)?;
        for row in self.tracked.reached(id, |cascade| cascade.refresh) {
            if self.tracked.status(row) == Status::Persistent {
                self.tracked.expire(row)?;
            }
        }
        Ok(())
    }

    /// Reads an entity again; changes that were not flushed are written first.
    ///
    /// Called by a hook of a flush, it cannot write them, and undoes those of this entity.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if its row does not exist any more, [`Error::InvalidState`] if it is not stored
    /// yet; otherwise those of a query.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Tag { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Tag].create_all(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// let red = session.add(Tag::builder().name("red"));
    /// session.commit()?;
    ///
    /// Tag::update().set(Tag::name, "blue").all_rows().execute(&mut engine.connect()?)?;
    /// assert_eq!(session[red].name, "red");
    /// session.refresh(red)?;
    /// assert_eq!(session[red].name, "blue");
    /// # session.rollback()
    /// # }
    /// ```
    pub fn refresh<M: Trackable>(&mut self, entity: Entity<M>) -> Result<()> {
        let id = self.stored(entity)?;
        if !self.is_flushing() {
            self.flush()?;
        }
        self.expire(entity)?;
        let store = self.tracked.store(id.store);
        let key = store
            .table
            .primary_key
            .iter()
            .map(|&position| store.values.value(id.row, position).and_then(Value::into_owned));
        let key = key.collect::<Result<Vec<_>>>()?;
        match M::query().with_deleted().get_by_values(self, key)? {
            Some(_) => Ok(()),
            None => Err(Error::NotFound { model: M::DEF.name }),
        }
    }

    /// Runs `work`, in which queries read the entities that they return again, even those that are known.
    ///
    /// # Errors
    ///
    /// What `work` returns.
    pub fn populate_existing<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let before = std::mem::replace(&mut self.tracked.populate_existing, true);
        let result = work(self);
        self.tracked.populate_existing = before;
        result
    }

    fn readable<M: Related>(&self, entity: Entity<M>) -> Option<RowId> {
        let id = self.tracked.row_of(entity.id())?;
        let is_readable = match self.tracked.status(id) {
            Status::Pending | Status::Persistent | Status::Deleting => true,
            Status::Deleted => self.is_flushing(),
            Status::Gone(_) => false,
        };
        is_readable.then_some(id)
    }

    /// Returns where a stored entity is.
    fn stored<M: Related>(&self, entity: Entity<M>) -> Result<RowId> {
        let id = self.known(entity)?;
        if self.tracked.status(id) == Status::Pending {
            return Err(Error::invalid_state(format!(
                "this entity of `{}` is not inserted yet: `flush` first",
                M::DEF.name
            )));
        }
        Ok(id)
    }

    #[cold]
    #[track_caller]
    #[expect(clippy::panic, reason = "what the documentation of the entities promises")]
    fn unreadable<M: Related>(&self, entity: Entity<M>) -> ! {
        let id = self.tracked.row_of(entity.id());
        let story = story(M::DEF.name, id.map(|id| self.tracked.status(id)));
        panic!("{story}; `try_get` returns `None` instead of panicking")
    }
}

impl<M: Related> Index<Entity<M>> for Session {
    type Output = M;

    /// Returns the value of an entity.
    ///
    /// # Panics
    ///
    /// If it was rolled back, deleted or taken out, or belongs to another session; the message says which.
    #[track_caller]
    fn index(&self, entity: Entity<M>) -> &M {
        match self.try_get(entity) {
            Some(value) => value,
            None => self.unreadable(entity),
        }
    }
}

impl<M: Related> IndexMut<Entity<M>> for Session {
    /// Returns the value of an entity to change it; the next flush writes what differs.
    ///
    /// # Panics
    ///
    /// As `index`.
    #[track_caller]
    fn index_mut(&mut self, entity: Entity<M>) -> &mut M {
        if self.try_get(entity).is_none() {
            self.unreadable(entity);
        }
        let id = self.readable(entity);
        match id {
            Some(id) => {
                self.tracked.touch(id);
                match self.tracked.rows_mut::<M>(id.store).get_mut(id.row) {
                    Some(value) => value,
                    None => unreachable!("it was read above"),
                }
            }
            None => unreachable!("it was read above"),
        }
    }
}
