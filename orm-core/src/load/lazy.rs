//! What a model declares to be loaded by default, with `lazy = "…"`, and how a query leaves it out.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::IntoLoaders;
use super::option::{Load, Strategy};
use crate::model::Model;
use crate::query::{DefaultsOf, Loaders, Output};
use crate::relation::{Relation, RelationDef, RelationField};

/// How a relation is loaded when a query does not name it: `lazy = "selectin"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lazy {
    /// As by [`selectin`](super::selectin).
    SelectIn,
    /// As by [`subquery`](super::subquery).
    Subquery,
    /// As by [`joined`](super::joined()).
    Joined,
    /// As by [`noload`](super::noload).
    Nothing,
}

/// Adds what a relation loads by default, with what its target loads by default again; called by
/// derived code.
///
/// A relation that leads to a table which is on the way already is left out: its inverse, and one
/// that leads to its own table.
pub fn by_default<P: Model, F: RelationField<Target: Output>, K>(
    relation: Relation<P, F, K>,
    lazy: Lazy,
    path: &DefaultsOf<'_>,
    loaders: &mut Loaders<P>,
) {
    let target = (relation.def().target)();
    if path.has(target) && lazy != Lazy::Nothing {
        return;
    }
    let strategy = match lazy {
        Lazy::SelectIn => Strategy::SelectIn,
        Lazy::Subquery => Strategy::Subquery,
        Lazy::Joined => Strategy::Joined,
        Lazy::Nothing => Strategy::Nothing,
    };
    let path = path.then(target);
    loaders.add_default(Arc::new(Load::with_defaults(relation.to_read(), strategy, &path)));
}

/// Leaves a relation unloaded although its `lazy` says otherwise: reading it panics, as of any that is
/// not loaded.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::{BelongsTo, HasMany, raise};
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     #[orm(has_many(inverse = author, lazy = "selectin"))]
///     posts: HasMany<Post>,
/// }
///
/// #[derive(Model)]
/// struct Post {
///     #[orm(primary_key)]
///     id: i64,
///     #[orm(foreign_key(User::id))]
///     author_id: i64,
///     #[orm(belongs_to(key = author_id, inverse = posts))]
///     author: BelongsTo<User>,
/// }
/// # fn main() -> orm::Result<()> {
/// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// metadata![User, Post].create_all(&mut conn)?;
/// User::insert(User::builder()).execute(&mut conn)?;
///
/// let user = User::query().one(&mut conn)?;
/// assert!(user.posts.is_empty());
/// let user = User::query().options(raise(User::posts)).one(&mut conn)?;
/// assert!(!user.posts.is_loaded());
/// # Ok(())
/// # }
/// ```
pub fn raise<P: Model, F: RelationField, K>(relation: Relation<P, F, K>) -> Raise<P> {
    Raise { relation: relation.def(), model: PhantomData }
}

/// A relation of `P` that is left unloaded; made by [`raise`].
pub struct Raise<P> {
    relation: &'static RelationDef,
    model: PhantomData<fn() -> P>,
}

impl<P> IntoLoaders<P> for Raise<P> {
    fn append_to(self, loaders: &mut Loaders<P>) {
        loaders.leave_out(self.relation.name);
    }
}

impl<P> fmt::Debug for Raise<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`raise({:?})`", self.relation)
    }
}
