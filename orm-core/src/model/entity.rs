//! What a session returns for the rows that it keeps.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// A handle to a row of model `M` that a session keeps; `session[entity]` is its value.
///
/// It is small and `Copy`, holds no value and borrows nothing, so it can be kept anywhere. Two entities are
/// equal if they are the same row of the same session.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct User { #[orm(primary_key)] id: i64, name: String }
/// # fn main() -> orm::Result<()> {
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # metadata![User].create_all(&mut engine.connect()?)?;
/// let mut session = engine.session();
/// let alice: Entity<User> = session.add(User::builder().name("alice"));
/// session.commit()?;
///
/// let same = User::query().filter(User::name.eq("alice")).one(&mut session)?;
/// assert_eq!(same, alice);
/// # Ok(())
/// # }
/// ```
pub struct Entity<M> {
    id: EntityId,
    model: PhantomData<fn() -> M>,
}

/// An [`Entity`] whose model is not known any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityId {
    /// Which session.
    pub(crate) session: u32,
    /// Which of the session's models.
    pub(crate) store: u32,
    /// Which row of it.
    pub(crate) row: u32,
}

impl<M> Entity<M> {
    pub(crate) const fn new(id: EntityId) -> Self {
        Self { id, model: PhantomData }
    }

    /// Returns the entity without its model, for collections of entities of several models.
    pub const fn id(self) -> EntityId {
        self.id
    }
}

impl<M> Clone for Entity<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Entity<M> {}

impl<M> PartialEq for Entity<M> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<M> Eq for Entity<M> {}

impl<M> Hash for Entity<M> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl<M> fmt::Debug for Entity<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = std::any::type_name::<M>();
        let name = model.rsplit("::").next().unwrap_or(model);
        write!(f, "Entity<{name}>({})", self.id.row)
    }
}
