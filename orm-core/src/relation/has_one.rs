//! The field whose relation leads to at most one row, which has the key.

use std::fmt;
use std::ops::Deref;

use super::RelationDef;
use super::field::{Children, Held, RelationField, State, ToOneField};
use crate::error::Result;
use crate::model::{Entity, Model};

/// The row of `C` that refers to this one, if there is one.
///
/// It dereferences to an `Option` once it is loaded; before that, [`get`](Self::get) returns `None`, and
/// reading it as an `Option` panics. In a session, it holds an entity instead of a row, which
/// [`Session::load`](crate::session::Session::load) returns.
///
/// # Examples
///
/// ```
/// use orm::HasOne;
///
/// let profile: HasOne<&str> = HasOne::loaded(Some("likes tea"));
/// assert_eq!(profile.as_deref(), Some(&"likes tea"));
/// assert!(!HasOne::<&str>::default().is_loaded());
/// ```
#[derive(Clone)]
pub struct HasOne<C> {
    // In a box, since the other side may hold this one.
    state: State<Option<Box<C>>, Option<Entity<C>>>,
}

impl<C> HasOne<C> {
    /// Returns the field with this row, or without one, as if it had been loaded.
    pub fn loaded(row: Option<C>) -> Self {
        Self { state: State::Loaded(row.map(Box::new)) }
    }

    /// Returns the row or its absence, if that is loaded.
    pub fn get(&self) -> Option<Option<&C>> {
        self.state.get().map(Option::as_deref)
    }

    /// Returns the row to change it, if it is loaded; this writes nothing to the database.
    pub fn get_mut(&mut self) -> Option<Option<&mut C>> {
        self.state.get_mut().map(Option::as_deref_mut)
    }

    /// Returns whether it is loaded.
    pub fn is_loaded(&self) -> bool {
        self.get().is_some()
    }

    /// Returns whether it is not loaded, for `#[serde(skip_serializing_if = "…")]`.
    pub fn is_unloaded(&self) -> bool {
        self.get().is_none()
    }

    /// Returns the entity that it holds in a session, if the relation is loaded there: `Some(None)` if it
    /// leads to no row.
    pub fn entity(&self) -> Option<Option<Entity<C>>> {
        self.state.tracked().copied()
    }
}

impl<C: Model> RelationField for HasOne<C> {
    type Target = C;
    type Entities = Option<Entity<C>>;

    const MANY: bool = false;
    const NONE: bool = true;

    fn unloaded(def: &'static RelationDef) -> Self {
        Self { state: State::Unloaded(Some(def)) }
    }

    fn is_loaded(&self) -> bool {
        self.get().is_some()
    }

    fn gather(def: &'static RelationDef, children: Children<C>) -> Result<Vec<Self>> {
        Ok(children.into_only_ones(def)?.into_iter().map(Self::loaded).collect())
    }

    fn tracked(&self) -> Option<&[Entity<C>]> {
        self.state.tracked().map(Option::as_slice)
    }

    fn entities_from(entities: &[Entity<C>]) -> Option<Option<Entity<C>>> {
        Some(entities.first().copied())
    }

    fn track(&mut self, entities: impl IntoIterator<Item = Entity<C>>) {
        self.state = State::Tracked(entities.into_iter().next());
    }

    fn add_tracked(&mut self, entity: Entity<C>) {
        if let Some(held) = self.state.tracked_mut() {
            *held = Some(entity);
        }
    }

    fn remove_tracked(&mut self, entity: Entity<C>) {
        if let Some(held) = self.state.tracked_mut() {
            held.take_if(|held| *held == entity);
        }
    }

    fn rows(&self) -> Option<Vec<&C>> {
        Some(self.state.get()?.as_deref().into_iter().collect())
    }

    fn holding(rows: Vec<Held<C>>) -> Option<Self> {
        match rows.into_iter().next() {
            Some(row) => row.into_owned().map(|row| Self::loaded(Some(row))),
            None => Some(Self::loaded(None)),
        }
    }

    fn take(&mut self, def: &'static RelationDef) -> Option<Vec<Held<C>>> {
        let row = self.state.take(def)?;
        Some(row.map(|row| Held::Owned(*row)).into_iter().collect())
    }
}

impl<C: Model> ToOneField for HasOne<C> {
    fn entity_of(entities: Option<Entity<C>>) -> Option<Entity<C>> {
        entities
    }
}

impl<C> Deref for HasOne<C> {
    type Target = Option<Box<C>>;

    /// Returns the row, if there is one.
    ///
    /// # Panics
    ///
    /// If it is not loaded; the message says how to load it.
    #[track_caller]
    fn deref(&self) -> &Option<Box<C>> {
        self.state.expect_loaded()
    }
}

impl<C> Default for HasOne<C> {
    fn default() -> Self {
        Self { state: State::Unloaded(None) }
    }
}

impl<C: PartialEq> PartialEq for HasOne<C> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<C: Eq> Eq for HasOne<C> {}

impl<C: fmt::Debug> fmt::Debug for HasOne<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.get(), self.entity()) {
            (Some(row), _) => row.fmt(f),
            (None, Some(entity)) => entity.fmt(f),
            (None, None) => f.write_str("unloaded"),
        }
    }
}
