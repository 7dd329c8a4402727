//! Relations: how models hang together, and the fields that hold the rows a relation leads to.
//!
//! A relation is known by its field, never by the model it leads to, so there can be any number
//! between two models. How the rows arrive is `load`'s matter.

mod association;
mod belongs_to;
mod def;
#[cfg(feature = "serde")]
mod deserialize;
mod field;
mod filter;
mod has_one;
mod join;
mod key;
mod link;
mod many;
mod path;
mod related;
#[cfg(feature = "serde")]
mod serialize;
mod via;

pub use self::association::association;
pub use self::belongs_to::{BelongsTo, ToOne, assert_key};
pub use self::def::{Cascade, LinkDef, RelationDef, RelationKind, ResolvedLink};
pub use self::field::{Children, Held, IntoOne, RelationField, ToMany, ToOneField};
pub use self::has_one::HasOne;
pub use self::join::JoinAs;
pub use self::many::{HasMany, ManyToMany};
pub use self::path::ReadOf;
pub use self::related::{Related, VisitRelations};
pub use self::via::{Ends, Hop, Hops, Via, assert_via, hop, path, via};

pub(crate) use self::filter::{columns_as, rows_from, rows_of};
pub(crate) use self::join::along_apart;
pub(crate) use self::key::{HashKeys, Key, KeyColumns, KeyIndex, KeyMap};
pub(crate) use self::link::{Between, Link};

use std::fmt;
use std::marker::PhantomData;

use crate::model::Model;

/// A relation of model `P`, held by a field of type `F`: `User::posts`.
///
/// `#[derive(Model)]` makes one constant a relation. A relation that is declared `via` others has the
/// third parameter [`Via`]: it is read, but nothing is inserted or linked along it.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     #[orm(has_many(inverse = author))]
///     posts: HasMany<Post>,
/// }
///
/// #[derive(Model)]
/// struct Post {
///     #[orm(primary_key)]
///     id: i64,
///     #[orm(foreign_key(User::id))]
///     author_id: i64,
///     #[orm(belongs_to(key = author_id))]
///     author: BelongsTo<User>,
/// }
///
/// assert_eq!(format!("{:?}", User::posts), "User::posts");
/// ```
pub struct Relation<P, F, K = Keyed> {
    def: &'static RelationDef,
    field: fn(&P) -> &F,
    field_mut: fn(&mut P) -> &mut F,
    way: PhantomData<fn() -> K>,
}

/// The way of a relation whose rows have a key for it, or pairs.
#[derive(Debug, Clone, Copy)]
pub enum Keyed {}

impl<P, F, K> Relation<P, F, K> {
    /// Returns the relation that `def` describes, held where the functions say; called by derived
    /// code.
    pub const fn new(
        def: &'static RelationDef,
        field: fn(&P) -> &F,
        field_mut: fn(&mut P) -> &mut F,
    ) -> Self {
        Self { def, field, field_mut, way: PhantomData }
    }

    /// Returns what the relation is.
    pub const fn def(self) -> &'static RelationDef {
        self.def
    }

    /// Returns the field that holds it.
    pub fn of(self, parent: &P) -> &F {
        (self.field)(parent)
    }

    /// Returns the field that holds it, to change it.
    pub fn of_mut(self, parent: &mut P) -> &mut F {
        (self.field_mut)(parent)
    }

    /// Returns the relation for reading, to which it does not matter how it leads to the rows.
    pub fn to_read(self) -> Relation<P, F> {
        Relation::new(self.def, self.field, self.field_mut)
    }
}

/// Returns the relation of `C` that is said to be the other side of one of `P`, which it has to lead
/// back to; called by derived code.
pub fn inverse<P, C: Model, F: RelationField<Target = P>>(
    inverse: Relation<C, F>,
) -> &'static RelationDef {
    inverse.def()
}

impl<P, F, K> Clone for Relation<P, F, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, F, K> Copy for Relation<P, F, K> {}

impl<P, F, K> fmt::Debug for Relation<P, F, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.def.fmt(f)
    }
}
