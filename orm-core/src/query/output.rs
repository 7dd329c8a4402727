//! What a row of a query becomes: a model, a value, or a tuple of them.

use super::{DefaultsOf, Loaders};
use crate::error::Result;
use crate::executor::{Executor, Hydrate, LoadRelated};
use crate::types::{ColumnType, Field};
use crate::value::Row;

/// The type of a query's rows, before it is known who runs the query.
///
/// Implemented by `#[derive(Model)]`, for every column type, and for tuples of up to 12.
pub trait Output {
    /// What the caller gets for a row.
    type Out<H: Hydrate>;

    /// How many columns of the row it takes.
    const WIDTH: usize;

    /// Returns the names of the columns it is read from, in the order in which it reads them, where a
    /// statement's columns are matched by name; `None` if it takes them as they come.
    fn names() -> Option<Vec<&'static str>> {
        None
    }

    /// Adds what is loaded beside the rows if a query says nothing else: only models declare such.
    fn default_loaders(_loaders: &mut Loaders<Self>, _path: &DefaultsOf<'_>)
    where
        Self: Sized,
    {
    }

    /// Reads the columns of `row` that begin at `at`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`](crate::error::Error::Decode) if a stored value does not fit.
    fn from_row<H: Hydrate>(hydrate: &mut H, row: &dyn Row, at: usize) -> Result<Self::Out<H>>;

    /// Loads what belongs to rows that were read: only models have such options.
    ///
    /// # Errors
    ///
    /// What `work` returns.
    fn load<E: Executor + Sized>(
        _executor: &mut E,
        _rows: &mut [Self::Out<E::Hydrate>],
        _work: &mut LoadRelated<'_, Self>,
    ) -> Result<()>
    where
        Self: Sized,
    {
        Ok(())
    }
}

impl<T: ColumnType> Output for T {
    type Out<H: Hydrate> = T;

    const WIDTH: usize = 1;

    fn from_row<H: Hydrate>(_: &mut H, row: &dyn Row, at: usize) -> Result<T> {
        <T as Field>::read(row, at)
    }
}

/// Rows of an outer join that found no partner: NULL in every column is `None`.
impl<O: Output> Output for Option<O> {
    type Out<H: Hydrate> = Option<O::Out<H>>;

    const WIDTH: usize = O::WIDTH;

    fn from_row<H: Hydrate>(
        hydrate: &mut H,
        row: &dyn Row,
        at: usize,
    ) -> Result<Option<O::Out<H>>> {
        if (at..at + O::WIDTH).all(|index| row.is_null(index)) {
            return Ok(None);
        }
        O::from_row(hydrate, row, at).map(Some)
    }
}

macro_rules! tuple_output {
    ($($part:ident)+) => {
        impl<$($part: Output),+> Output for ($($part,)+) {
            type Out<Hydrated: Hydrate> = ($($part::Out<Hydrated>,)+);

            const WIDTH: usize = 0 $(+ $part::WIDTH)+;

            fn from_row<Hydrated: Hydrate>(
                hydrate: &mut Hydrated,
                row: &dyn Row,
                at: usize,
            ) -> Result<Self::Out<Hydrated>> {
                let mut next = at;
                Ok(($({
                    let at = next;
                    next = at + $part::WIDTH;
                    let _ = next;
                    $part::from_row(hydrate, row, at)?
                },)+))
            }
        }
    };
}

tuple_output!(A);
tuple_output!(A B);
tuple_output!(A B C);
tuple_output!(A B C D);
tuple_output!(A B C D E);
tuple_output!(A B C D E F);
tuple_output!(A B C D E F G);
tuple_output!(A B C D E F G H);
tuple_output!(A B C D E F G H I);
tuple_output!(A B C D E F G H I J);
tuple_output!(A B C D E F G H I J K);
tuple_output!(A B C D E F G H I J K L);

/// Implements [`Output`] for a derived model.
///
/// A macro rather than a blanket implementation, which would clash with the one for column types.
#[doc(hidden)]
#[macro_export]
macro_rules! model_output {
    ($model:ty $(, |$loaders:ident, $path:ident| $defaults:block)?) => {
        impl $crate::query::Output for $model {
            type Out<H: $crate::executor::Hydrate> = H::Entity<$model>;

            const WIDTH: usize = <$model as $crate::model::Model>::DEF.width();

            fn names() -> Option<Vec<&'static str>> {
                let columns = &<$model as $crate::model::Model>::table().columns;
                Some(columns.iter().map(|column| column.name.as_str()).collect())
            }

            $(fn default_loaders(
                $loaders: &mut $crate::query::Loaders<Self>,
                $path: &$crate::query::DefaultsOf<'_>,
            ) {
                $defaults
            })?

            fn from_row<H: $crate::executor::Hydrate>(
                hydrate: &mut H,
                row: &dyn $crate::value::Row,
                at: usize,
            ) -> $crate::error::Result<H::Entity<$model>> {
                hydrate.hydrate(row, at)
            }

            fn load<E: $crate::executor::Executor>(
                executor: &mut E,
                rows: &mut [<E::Hydrate as $crate::executor::Hydrate>::Entity<$model>],
                work: &mut $crate::executor::LoadRelated<'_, $model>,
            ) -> $crate::error::Result<()> {
                <E::Hydrate as $crate::executor::Hydrate>::load(executor, rows, work)
            }
        }
    };
}
