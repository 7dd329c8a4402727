//! What a field of a view can be: a column, the rows of a relation, or the one row of it.

use std::fmt;

use super::View;
use super::query::ViewQuery;
use crate::error::{Error, Result};
use crate::expr::Column;
use crate::model::Model;
use crate::relation::{BelongsTo, HasMany, HasOne, ManyToMany, Relation, RelationDef, ToOne};
use crate::schema::interned;
use crate::types::Field;
use crate::value::Row;

/// A column or a relation that a view's field of type `F` can be.
#[diagnostic::on_unimplemented(
    message = "a field of type `{F}` cannot be what the model has under this name",
    label = "the model has a `{Self}`",
    note = "a column has its own type; a relation to many rows is a `Vec` of a view of their model; one \
            to a single row is such a view, or an `Option` of it where there may be none"
)]
pub trait ViewedAs<F>: Copy {
    /// How many columns of a row it is read from.
    const WIDTH: usize;

    /// Returns what it is called in the model.
    fn name(self) -> &'static str;

    /// Selects what the field of a view `V` is read from.
    fn select<V: View>(self, query: &mut ViewQuery<'_, V>, field: fn(&mut V) -> &mut F);

    /// Reads the columns that begin at `at`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if a stored value does not fit.
    fn read(self, row: &dyn Row, at: usize) -> Result<F>;
}

/// Where a field of view `V` is.
type Place<V, F> = fn(&mut V) -> &mut F;

/// A field of view `V`, with the column or relation that it is.
pub struct ViewField<V, F, C> {
    /// How many columns of a row it is read from.
    pub width: usize,
    part: C,
    name: fn(C) -> &'static str,
    select: fn(C, &mut ViewQuery<'_, V>, Place<V, F>),
    field: Place<V, F>,
    read: fn(C, &dyn Row, usize) -> Result<F>,
}

/// Returns a field of a view; called by derived code.
// The only function with this bound, so that a field of a wrong type is reported once.
pub const fn viewed<V: View, F, C: ViewedAs<F>>(
    part: C,
    field: fn(&mut V) -> &mut F,
) -> ViewField<V, F, C> {
    ViewField { width: C::WIDTH, part, name: C::name, select: C::select, field, read: C::read }
}

impl<V, F, C: Copy> ViewField<V, F, C> {
    /// Returns what it is called in the model.
    pub fn name(&self) -> &'static str {
        (self.name)(self.part)
    }

    /// Selects what it is read from.
    pub fn select(&self, query: &mut ViewQuery<'_, V>) {
        (self.select)(self.part, query, self.field);
    }

    /// Reads the columns that begin at `at`, and moves on behind them.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if a stored value does not fit.
    pub fn read(&self, row: &dyn Row, at: &mut usize) -> Result<F> {
        let here = *at;
        *at += self.width;
        (self.read)(self.part, row, here)
    }
}

impl<V, F, C: fmt::Debug> fmt::Debug for ViewField<V, F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.part.fmt(f)
    }
}

impl<M: Model, T: Field> ViewedAs<T> for Column<M, T> {
    const WIDTH: usize = 1;

    fn name(self) -> &'static str {
        &self.def().name
    }

    fn select<V: View>(self, query: &mut ViewQuery<'_, V>, _: fn(&mut V) -> &mut T) {
        query.column(self.position());
    }

    fn read(self, row: &dyn Row, at: usize) -> Result<T> {
        <T as Field>::read(row, at)
    }
}

macro_rules! viewed_apart {
    ($relation:ident, $held:ident) => {
        impl<P: Model, C: View, K> ViewedAs<$held<C>> for Relation<P, $relation<C::Model>, K> {
            const WIDTH: usize = 0;

            fn name(self) -> &'static str {
                path(self.def())
            }

            fn select<V: View>(
                self,
                query: &mut ViewQuery<'_, V>,
                field: fn(&mut V) -> &mut $held<C>,
            ) {
                query.apart::<C, _>(self.def(), field);
            }

            fn read(self, _: &dyn Row, _: usize) -> Result<$held<C>> {
                Ok($held::default())
            }
        }
    };
}

viewed_apart!(HasMany, Vec);
viewed_apart!(ManyToMany, Vec);
viewed_apart!(HasOne, Option);

/// One that is always there.
impl<P: Model, C: View<Model: Sync>, K> ViewedAs<C> for Relation<P, BelongsTo<C::Model>, K> {
    const WIDTH: usize = 1 + <C as View>::WIDTH;

    fn name(self) -> &'static str {
        path(self.def())
    }

    fn select<V: View>(self, query: &mut ViewQuery<'_, V>, field: fn(&mut V) -> &mut C) {
        query.joined::<C, _>(self.def(), field, |child| Some(child));
    }

    fn read(self, row: &dyn Row, at: usize) -> Result<C> {
        read_joined(row, at)?.ok_or_else(|| missing(self.def()))
    }
}

/// One that may not be there, or that may be filtered out.
impl<P: Model, T: ToOne, C: View<Model = T::Model>, K> ViewedAs<Option<C>>
    for Relation<P, BelongsTo<T>, K>
{
    const WIDTH: usize = 1 + <C as View>::WIDTH;

    fn name(self) -> &'static str {
        path(self.def())
    }

    fn select<V: View>(self, query: &mut ViewQuery<'_, V>, field: fn(&mut V) -> &mut Option<C>) {
        query.joined::<C, _>(self.def(), field, Option::as_mut);
    }

    fn read(self, row: &dyn Row, at: usize) -> Result<Option<C>> {
        read_joined(row, at)
    }
}

/// Reads a joined row, of which the first column is never NULL.
fn read_joined<C: View>(row: &dyn Row, at: usize) -> Result<Option<C>> {
    if row.is_null(at) { Ok(None) } else { C::read(row, at + 1).map(Some) }
}

/// What no column is called, so that a statement written by hand cannot have it.
fn path(def: &RelationDef) -> &'static str {
    interned(&def.path())
}

#[cold]
fn missing(def: &RelationDef) -> Error {
    Error::invalid_query(format!(
        "a row refers by `{path}` to one that is not there or is filtered out: make the field \
         `{name}` of the view an `Option<…>`",
        path = def.path(),
        name = def.name,
    ))
}
