//! Paths over several relations: what a relation that is declared `via` others leads over.

use std::marker::PhantomData;

use super::link::{Between, Link};
use super::{Relation, RelationDef, RelationField};
use crate::ast::TableRef;
use crate::model::Model;
use crate::schema::interned;

/// The way of a relation that leads to its rows over other relations: it is read, not written.
#[derive(Debug, Clone, Copy)]
pub enum Via {}

/// A relation as a step of a path, from a row of model `M`.
#[diagnostic::on_unimplemented(
    message = "this hop of the path does not start at `{M}`",
    label = "expected a relation of `{M}`, to which the path leads so far",
    note = "each hop is a relation of the model that the hop before it leads to, and has a key or pairs: \
            `via = (posts, Post::comments)`"
)]
pub trait Hop<M> {
    /// The model it leads to.
    type Target: Model;

    /// Returns what the relation is.
    fn def(self) -> &'static RelationDef;
}

impl<M: Model, F: RelationField> Hop<M> for Relation<M, F> {
    type Target = F::Target;

    fn def(self) -> &'static RelationDef {
        Self::def(self)
    }
}

/// A path that leads to rows of model `M` so far.
#[derive(Debug)]
pub struct Hops<M> {
    defs: Vec<&'static RelationDef>,
    model: PhantomData<fn() -> M>,
}

/// Returns the path that is still at the rows of the model; called by derived code.
pub fn path<P: Model>() -> Hops<P> {
    Hops { defs: Vec::new(), model: PhantomData }
}

impl<M> Hops<M> {
    /// Goes on along a relation; called by derived code.
    #[must_use]
    pub fn then<H: Hop<M>>(mut self, hop: H) -> Hops<H::Target> {
        self.defs.push(hop.def());
        Hops { defs: self.defs, model: PhantomData }
    }
}

/// A path that ends at rows of model `C`.
#[diagnostic::on_unimplemented(
    message = "the path does not end at `{C}`",
    label = "the field holds rows of `{C}`, and the last hop leads elsewhere"
)]
pub trait Ends<C> {
    /// Returns the relations.
    fn into_defs(self) -> Vec<&'static RelationDef>;
}

impl<C> Ends<C> for Hops<C> {
    fn into_defs(self) -> Vec<&'static RelationDef> {
        self.defs
    }
}

/// Returns the relations of a path to rows of `C`; called by derived code.
pub fn via<C: Model, H: Ends<C>>(hops: H) -> Vec<&'static RelationDef> {
    hops.into_defs()
}

/// To how many rows a hop leads.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    many: bool,
    none: bool,
}

/// Returns to how many rows a hop leads; called by derived code.
pub const fn hop<P, F: RelationField, K>(_: &Relation<P, F, K>) -> Rows {
    Rows { many: F::MANY, none: F::NONE }
}

/// Refuses at compile time a field that cannot hold as many rows as the path leads to; called by
/// derived code.
///
/// # Panics
///
/// If it cannot, which makes the constant it is called in an error of the compiler.
pub const fn assert_via<F: RelationField>(hops: &[Rows]) {
    let mut at = 0;
    while at < hops.len() {
        assert!(
            F::MANY || !hops[at].many,
            "a hop of the path leads to many rows, so the relation is a `HasMany`"
        );
        assert!(
            F::NONE || !hops[at].none,
            "a hop of the path may lead to no row, so the relation is a `BelongsTo<Option<Model>>`"
        );
        at += 1;
    }
}

/// Returns the columns and tables over which the hops lead, or why they do not.
pub(super) fn link(hops: &[&'static RelationDef]) -> Result<Link, String> {
    let (Some((first, others)), Some(_)) = (hops.split_first(), hops.get(1)) else {
        return Err("a path has two hops at least".to_owned());
    };
    let Link { local, mut remote, mut between } = first.checked_link()?;
    let mut reached = *first;
    for hop in others {
        let link = hop.checked_link()?;
        let table = TableRef::from((reached.target)());
        between.push(Between { table, near: remote, far: link.local, filter: reached.filter });
        between.extend(link.between);
        (remote, reached) = (link.remote, *hop);
    }
    tell_apart(&mut between);
    Ok(Link { local, remote, between })
}

/// Gives the tables names that nobody means by theirs.
fn tell_apart(between: &mut [Between]) {
    for (number, Between { table, .. }) in (1..).zip(between) {
        table.alias = Some(interned(&format!("hop_{number}_{}", table.table.name)));
    }
}
