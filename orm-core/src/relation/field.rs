//! What the fields of all kinds of relations have in common: they are loaded, or they are not, or a
//! session keeps what they hold.

use std::mem;
use std::sync::Arc;

use super::RelationDef;
use crate::error::{Error, Result};
use crate::model::{Entity, Model};

/// A field that holds the rows a relation leads to.
pub trait RelationField: Sized + 'static {
    /// The model it leads to.
    type Target: Model;

    /// What a session returns for it: an entity, an `Option` of one, or a `Vec`.
    type Entities;

    /// Whether it holds any number of rows.
    const MANY: bool;

    /// Whether it may hold no row.
    const NONE: bool;

    /// Whether it shares its row with others that lead to the same.
    const SHARED: bool = false;

    /// Returns the field as it is before the rows are loaded.
    fn unloaded(def: &'static RelationDef) -> Self;

    /// Whether the rows are loaded.
    fn is_loaded(&self) -> bool;

    /// Returns the loaded fields of as many parents as `children` is for.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) if a parent has more rows, or fewer,
    /// than the field can hold.
    fn gather(def: &'static RelationDef, children: Children<Self::Target>) -> Result<Vec<Self>>;

    /// Returns what it holds in a session; `None` if it holds no entities.
    fn tracked(&self) -> Option<&[Entity<Self::Target>]>;

    /// Returns these entities as a session returns them; `None` if there must be one and is none.
    fn entities_from(entities: &[Entity<Self::Target>]) -> Option<Self::Entities>;

    /// Makes it hold these entities, of which a relation to one row takes the first.
    fn track(&mut self, entities: impl IntoIterator<Item = Entity<Self::Target>>);

    /// Puts an entity behind those that it holds, or in place of the one; nothing happens if it holds no
    /// entities.
    fn add_tracked(&mut self, entity: Entity<Self::Target>);

    /// Takes an entity out of those that it holds, if it is one of them.
    fn remove_tracked(&mut self, entity: Entity<Self::Target>);

    /// Returns the rows that are loaded; `None` if it holds no rows.
    fn rows(&self) -> Option<Vec<&Self::Target>>;

    /// Returns the field with these rows loaded; `None` if it cannot hold them: there must be one and is
    /// none, or they are shared and it has rows of its own.
    fn holding(rows: Vec<Held<Self::Target>>) -> Option<Self>;

    /// Takes out the rows that were loaded, and leaves it unloaded; `None` if it holds no rows.
    fn take(&mut self, def: &'static RelationDef) -> Option<Vec<Held<Self::Target>>>;
}

/// A row that a relation held.
#[derive(Debug)]
pub enum Held<C> {
    /// By itself.
    Owned(C),
    /// With others.
    Shared(Arc<C>),
}

impl<C> Held<C> {
    /// Returns the row if nothing shares it.
    pub(super) fn into_owned(self) -> Option<C> {
        match self {
            Self::Owned(row) => Some(row),
            Self::Shared(row) => Arc::into_inner(row),
        }
    }

    /// Returns the row so that others can share it.
    pub(super) fn into_shared(self) -> Arc<C> {
        match self {
            Self::Owned(row) => Arc::new(row),
            Self::Shared(row) => row,
        }
    }
}

/// A field whose relation leads to any number of rows.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` does not hold many rows: none can be added to it or taken out",
    label = "leads to one row",
    note = "`session.set(entity, relation, to)` changes a relation to one row"
)]
pub trait ToMany: RelationField {}

/// A field whose relation leads to at most one row.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` does not hold one row: it cannot be set to one",
    label = "leads to many rows",
    note = "`session.push`, `session.remove` and `session.replace` change a relation to many rows"
)]
pub trait ToOneField: RelationField {
    /// Returns the entity, if there is one.
    fn entity_of(entities: Self::Entities) -> Option<Entity<Self::Target>>;
}

/// What a relation to one row can be set to, where it leads to an `E`: an entity, or `None` if there may be
/// none.
#[diagnostic::on_unimplemented(
    message = "a relation that leads to `{E}` cannot be set to `{Self}`",
    label = "expected `{E}`",
    note = "only a relation whose key may be NULL, such as a `BelongsTo<Option<…>>`, can be set to `None`"
)]
pub trait IntoOne<E> {
    /// Returns what the relation leads to then.
    fn into_one(self) -> E;
}

impl<M> IntoOne<Self> for Entity<M> {
    fn into_one(self) -> Self {
        self
    }
}

impl<M> IntoOne<Option<Self>> for Entity<M> {
    fn into_one(self) -> Option<Self> {
        Some(self)
    }
}

impl<M> IntoOne<Self> for Option<Entity<M>> {
    fn into_one(self) -> Self {
        self
    }
}

/// Rows that were loaded for some parents.
#[derive(Debug)]
pub struct Children<C> {
    /// How many parents there are.
    pub parents: usize,
    /// The rows, in their order.
    pub rows: Vec<C>,
    /// Which row is whose: numbers of a parent and a row, in the order of rows. A row has one parent,
    /// except where parents share it, as they do what they belong to.
    pub links: Vec<(u32, u32)>,
}

impl<C> Children<C> {
    /// Returns the rows of each parent.
    pub(crate) fn into_groups(self) -> Vec<Vec<C>> {
        let mut counts = vec![0_usize; self.parents];
        for &(parent, _) in &self.links {
            counts[parent as usize] += 1;
        }
        let mut groups: Vec<Vec<C>> = counts.into_iter().map(Vec::with_capacity).collect();
        for (row, (parent, _)) in self.rows.into_iter().zip(self.links) {
            groups[parent as usize].push(row);
        }
        groups
    }

    /// Returns the row of each parent, which has one at most.
    pub(crate) fn into_only_ones(self, def: &RelationDef) -> Result<Vec<Option<C>>> {
        let mut rows: Vec<Option<C>> = Vec::new();
        rows.resize_with(self.parents, || None);
        for (row, (parent, _)) in self.rows.into_iter().zip(self.links) {
            if rows[parent as usize].replace(row).is_some() {
                return Err(Error::invalid_query(format!(
                    "several rows belong to one by `{path}`, which has place for one: make it a \
                     `HasMany`, or its key unique",
                    path = def.path()
                )));
            }
        }
        Ok(rows)
    }
}

/// The rows of a relation, once they are loaded.
#[derive(Clone)]
pub(super) enum State<T, K> {
    /// Not loaded; of which relation is not known for one that was made by hand.
    Unloaded(Option<&'static RelationDef>),
    /// Loaded.
    Loaded(T),
    /// Entities of a session.
    Tracked(K),
}

impl<T, K> State<T, K> {
    pub(super) fn get(&self) -> Option<&T> {
        match self {
            Self::Unloaded(_) | Self::Tracked(_) => None,
            Self::Loaded(rows) => Some(rows),
        }
    }

    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Unloaded(_) | Self::Tracked(_) => None,
            Self::Loaded(rows) => Some(rows),
        }
    }

    pub(super) fn tracked(&self) -> Option<&K> {
        match self {
            Self::Unloaded(_) | Self::Loaded(_) => None,
            Self::Tracked(entities) => Some(entities),
        }
    }

    pub(super) fn tracked_mut(&mut self) -> Option<&mut K> {
        match self {
            Self::Unloaded(_) | Self::Loaded(_) => None,
            Self::Tracked(entities) => Some(entities),
        }
    }

    /// Takes out what is loaded, if anything is.
    pub(super) fn take(&mut self, def: &'static RelationDef) -> Option<T> {
        match mem::replace(self, Self::Unloaded(Some(def))) {
            Self::Loaded(rows) => Some(rows),
            other => {
                *self = other;
                None
            }
        }
    }

    /// Returns what is loaded.
    ///
    /// # Panics
    ///
    /// If nothing is.
    #[track_caller]
    pub(super) fn expect_loaded(&self) -> &T {
        match self {
            Self::Loaded(rows) => rows,
            Self::Unloaded(def) => not_loaded(*def),
            Self::Tracked(_) => in_a_session(),
        }
    }

    /// Returns what is loaded, to change it.
    ///
    /// # Panics
    ///
    /// If nothing is.
    #[track_caller]
    pub(super) fn expect_loaded_mut(&mut self) -> &mut T {
        match self {
            Self::Loaded(rows) => rows,
            Self::Unloaded(def) => not_loaded(*def),
            Self::Tracked(_) => in_a_session(),
        }
    }
}

/// Reading a relation that the program did not ask for is a mistake in the program: no data leads
/// here, and a slice has no place for an error. `get` asks without a panic.
#[cold]
#[track_caller]
#[expect(clippy::panic, reason = "what the documentation of the fields promises")]
pub(super) fn not_loaded(def: Option<&'static RelationDef>) -> ! {
    match def {
        Some(def) => panic!(
            "`{path}` is not loaded: add `.with({path})` to the query, or load it with \
             `{path}.load_all(&mut conn, …)`; in a session, use what `session.load(entity, {path})` \
             returns; `.get()` tells whether it is loaded",
            path = def.path()
        ),
        None => panic!("this relation is not loaded: its value was made by hand"),
    }
}

/// The rows are the session's, and so have no place in the field.
#[cold]
#[track_caller]
#[expect(clippy::panic, reason = "what the documentation of the fields promises")]
fn in_a_session() -> ! {
    panic!(
        "this relation belongs to a session, and holds entities instead of rows: read those that \
         `session.load(entity, relation)` returns, as `session[related]`; `session.tree(entity)` copies \
         everything into rows"
    )
}
