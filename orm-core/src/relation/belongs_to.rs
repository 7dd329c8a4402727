//! The field whose relation leads to the one row that the model's own key refers to.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use super::RelationDef;
use super::field::{Children, Held, RelationField, State, ToOneField};
use crate::error::{Error, Result};
use crate::model::{Entity, Model};
use crate::types::Field;

/// The row that this one refers to: `BelongsTo<User>`, or `BelongsTo<Option<User>>` where the key may
/// be NULL.
///
/// Rows that refer to the same one share it. It dereferences to a `User`, or to an `Option<Arc<User>>`,
/// once it is loaded; before that, [`get`](Self::get) returns `None`, and reading it panics. In a session,
/// it holds an entity instead of a row, which [`Session::load`](crate::session::Session::load) returns.
pub struct BelongsTo<T: ToOne> {
    state: State<T::Loaded, Option<Entity<T::Model>>>,
}

/// What a row can belong to: a model `M`, or an `Option<M>`.
#[diagnostic::on_unimplemented(
    message = "a row cannot belong to a `{Self}`",
    label = "expected a model, or an `Option` of one where the key may be NULL"
)]
pub trait ToOne: Sized + 'static {
    /// The model.
    type Model: Model;

    /// What is held when it is loaded.
    type Loaded: Clone + Send;

    /// What a session returns for it.
    type Entities;

    /// What it reads as.
    type Seen;

    /// Whether there may be none.
    const NULLABLE: bool;

    /// Returns what is held for a row; `None` if there must be one and is none.
    fn hold(row: Option<Arc<Self::Model>>) -> Option<Self::Loaded>;

    /// Returns what is held as it reads.
    fn see(loaded: &Self::Loaded) -> &Self::Seen;

    /// Returns what a session returns for an entity; `None` if there must be one and is none.
    fn entities(entity: Option<Entity<Self::Model>>) -> Option<Self::Entities>;

    /// Returns the entity, if there is one.
    fn entity(entities: Self::Entities) -> Option<Entity<Self::Model>>;

    /// Returns the row, if there is one.
    fn row(loaded: &Self::Loaded) -> Option<&Arc<Self::Model>>;
}

impl<M: Model + Sync> ToOne for M {
    type Model = M;
    type Loaded = Arc<M>;
    type Entities = Entity<M>;
    type Seen = M;

    const NULLABLE: bool = false;

    fn hold(row: Option<Arc<M>>) -> Option<Arc<M>> {
        row
    }

    fn see(loaded: &Arc<M>) -> &M {
        loaded
    }

    fn entities(entity: Option<Entity<M>>) -> Option<Entity<M>> {
        entity
    }

    fn entity(entities: Entity<M>) -> Option<Entity<M>> {
        Some(entities)
    }

    fn row(loaded: &Arc<M>) -> Option<&Arc<M>> {
        Some(loaded)
    }
}

impl<M: Model + Sync> ToOne for Option<M> {
    type Model = M;
    type Loaded = Option<Arc<M>>;
    type Entities = Option<Entity<M>>;
    type Seen = Option<Arc<M>>;

    const NULLABLE: bool = true;

    fn hold(row: Option<Arc<M>>) -> Option<Option<Arc<M>>> {
        Some(row)
    }

    fn see(loaded: &Option<Arc<M>>) -> &Option<Arc<M>> {
        loaded
    }

    fn entities(entity: Option<Entity<M>>) -> Option<Option<Entity<M>>> {
        Some(entity)
    }

    fn entity(entities: Option<Entity<M>>) -> Option<Entity<M>> {
        entities
    }

    fn row(loaded: &Option<Arc<M>>) -> Option<&Arc<M>> {
        loaded.as_ref()
    }
}

impl<T: ToOne> BelongsTo<T> {
    /// Returns the field with this row, as if it had been loaded: an `Arc` of it, in an `Option` where the
    /// key may be NULL.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// use std::sync::Arc;
    ///
    /// let alice = Arc::new(User { id: 1, name: "alice".into() });
    /// let author = BelongsTo::<User>::loaded(Arc::clone(&alice));
    /// assert_eq!(author.name, "alice");
    /// let editor = BelongsTo::<Option<User>>::loaded(None);
    /// assert!(editor.is_none());
    /// ```
    pub fn loaded(row: T::Loaded) -> Self {
        Self { state: State::Loaded(row) }
    }

    /// Returns the row or its absence, if that is loaded.
    pub fn get(&self) -> Option<&T::Seen> {
        self.state.get().map(T::see)
    }

    /// Returns whether it is loaded.
    pub fn is_loaded(&self) -> bool {
        self.get().is_some()
    }

    /// Returns whether it is not loaded, for `#[serde(skip_serializing_if = "…")]`.
    pub fn is_unloaded(&self) -> bool {
        self.get().is_none()
    }

    /// Returns the row, shared, if it is loaded and there is one.
    pub fn shared(&self) -> Option<Arc<T::Model>> {
        self.state.get().and_then(T::row).cloned()
    }

    /// Returns the entity that it holds in a session, if the relation is loaded there: `Some(None)` if it
    /// leads to no row.
    pub fn entity(&self) -> Option<Option<Entity<T::Model>>> {
        self.state.tracked().copied()
    }
}

impl<T: ToOne> RelationField for BelongsTo<T> {
    type Target = T::Model;
    type Entities = T::Entities;

    const MANY: bool = false;
    const NONE: bool = T::NULLABLE;
    const SHARED: bool = true;

    fn unloaded(def: &'static RelationDef) -> Self {
        Self { state: State::Unloaded(Some(def)) }
    }

    fn is_loaded(&self) -> bool {
        self.get().is_some()
    }

    fn gather(def: &'static RelationDef, children: Children<T::Model>) -> Result<Vec<Self>> {
        let rows: Vec<Arc<T::Model>> = children.rows.into_iter().map(Arc::new).collect();
        let mut found: Vec<Option<Arc<T::Model>>> = vec![None; children.parents];
        for (parent, row) in children.links {
            let row = &rows[row as usize];
            let before = found[parent as usize].replace(Arc::clone(row));
            if before.is_some_and(|before| !Arc::ptr_eq(&before, row)) {
                return Err(Error::invalid_query(format!(
                    "several rows belong to one by `{path}`, which has place for one: what its key refers                      to has to be unique",
                    path = def.path()
                )));
            }
        }
        let fields = found.into_iter().map(|row| match T::hold(row) {
            Some(loaded) => Ok(Self { state: State::Loaded(loaded) }),
            None => Err(Error::invalid_query(format!(
                "a row refers by `{path}` to one that is not there or is filtered out: make it a \
                 `BelongsTo<Option<…>>`",
                path = def.path()
            ))),
        });
        fields.collect()
    }

    fn tracked(&self) -> Option<&[Entity<T::Model>]> {
        self.state.tracked().map(Option::as_slice)
    }

    fn entities_from(entities: &[Entity<T::Model>]) -> Option<T::Entities> {
        T::entities(entities.first().copied())
    }

    fn track(&mut self, entities: impl IntoIterator<Item = Entity<T::Model>>) {
        self.state = State::Tracked(entities.into_iter().next());
    }

    fn add_tracked(&mut self, entity: Entity<T::Model>) {
        if let Some(held) = self.state.tracked_mut() {
            *held = Some(entity);
        }
    }

    fn remove_tracked(&mut self, entity: Entity<T::Model>) {
        if let Some(held) = self.state.tracked_mut() {
            held.take_if(|held| *held == entity);
        }
    }

    fn rows(&self) -> Option<Vec<&T::Model>> {
        Some(T::row(self.state.get()?).map(|row| &**row).into_iter().collect())
    }

    fn holding(rows: Vec<Held<T::Model>>) -> Option<Self> {
        T::hold(rows.into_iter().next().map(Held::into_shared)).map(Self::loaded)
    }

    fn take(&mut self, def: &'static RelationDef) -> Option<Vec<Held<T::Model>>> {
        let loaded = self.state.take(def)?;
        Some(T::row(&loaded).cloned().map(Held::Shared).into_iter().collect())
    }
}

impl<T: ToOne> ToOneField for BelongsTo<T> {
    fn entity_of(entities: T::Entities) -> Option<Entity<T::Model>> {
        T::entity(entities)
    }
}

impl<T: ToOne> Deref for BelongsTo<T> {
    type Target = T::Seen;

    /// Returns the row.
    ///
    /// # Panics
    ///
    /// If it is not loaded; the message says how to load it.
    #[track_caller]
    fn deref(&self) -> &T::Seen {
        T::see(self.state.expect_loaded())
    }
}

impl<T: ToOne> Clone for BelongsTo<T> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone() }
    }
}

impl<T: ToOne> Default for BelongsTo<T> {
    fn default() -> Self {
        Self { state: State::Unloaded(None) }
    }
}

impl<T: ToOne<Seen: PartialEq>> PartialEq for BelongsTo<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: ToOne<Seen: Eq>> Eq for BelongsTo<T> {}

impl<T: ToOne<Seen: fmt::Debug>> fmt::Debug for BelongsTo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.get(), self.entity()) {
            (Some(row), _) => row.fmt(f),
            (None, Some(Some(entity))) if !T::NULLABLE => entity.fmt(f),
            (None, Some(entity)) => entity.fmt(f),
            (None, None) => f.write_str("unloaded"),
        }
    }
}

/// Refuses at compile time a key that may be NULL beside a relation that may not, and the reverse;
/// called by derived code.
///
/// # Panics
///
/// If they do not agree, which makes the constant it is called in an error of the compiler.
pub const fn assert_key<K: Field, T: ToOne>(_: PhantomData<BelongsTo<T>>) {
    assert!(
        K::NULLABLE || !T::NULLABLE,
        "the key is never NULL, so the relation is a `BelongsTo<Model>` without `Option`"
    );
    assert!(
        !K::NULLABLE || T::NULLABLE,
        "the key may be NULL, so the relation is a `BelongsTo<Option<Model>>`"
    );
}
