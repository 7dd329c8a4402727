//! Columns of one model, by which writes say what they are about.

use super::{Column, Expr};
use crate::ast::{ColumnRef, EXCLUDED, Node};
use crate::error::Result;
use crate::model::Model;
use crate::types::{ColumnType, Field, IntoField};
use crate::value::Value;

/// A column of model `M`, or a tuple of up to 12.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of columns of `{M}`",
    label = "expected a column such as `{M}::id`, or a tuple of up to 12"
)]
pub trait ColumnList<M> {
    /// The fields of the columns: a tuple of them if the columns are one.
    type Fields;

    /// Returns the positions of the columns.
    fn positions(self) -> Vec<usize>;
}

/// Values for fields `F`: one, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "columns of type `{F}` cannot be given a `{Self}`",
    label = "expected `{F}`"
)]
pub trait IntoFields<F> {
    /// Appends the values to bind.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`](crate::error::Error::Encode) if no column can hold a value.
    fn append_to(self, values: &mut Vec<Value<'static>>) -> Result<()>;
}

/// What a query selects that columns of type `F` can hold: the same types in the same order, NULL
/// only where a column allows it.
#[diagnostic::on_unimplemented(
    message = "columns of type `{F}` cannot be given a query of `{Self}`",
    label = "the query must select `{F}`"
)]
pub trait FitsFields<F> {}

/// Returns the column of the row that an insert proposed and that clashed, for the `do_update` of the
/// insert.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::excluded;
///
/// #[derive(Model)]
/// struct Counter {
///     #[orm(primary_key)]
///     name: String,
///     count: i32,
/// }
///
/// let upsert = Counter::insert(Counter::builder().name("visits").count(5))
///     .on_conflict(Counter::name)
///     .do_update()
///     .set(Counter::count, Counter::count + excluded(Counter::count));
/// assert!(upsert.to_sql(&orm::Sqlite)?.contains(
///     r#"DO UPDATE SET "count" = "counter"."count" + "excluded"."count""#
/// ));
/// # Ok::<(), orm::Error>(())
/// ```
pub fn excluded<M: Model, T: Field>(column: Column<M, T>) -> Expr<T> {
    Expr::new(excluded_node::<M>(column.position()))
}

pub(crate) fn excluded_node<M: Model>(position: usize) -> Node {
    Node::Column(ColumnRef { table: M::table(), alias: Some(EXCLUDED), position })
}

impl<M: Model, T: Field> ColumnList<M> for Column<M, T> {
    type Fields = T;

    fn positions(self) -> Vec<usize> {
        vec![self.position()]
    }
}

impl<F: Field, V: IntoField<F>> IntoFields<F> for V {
    fn append_to(self, values: &mut Vec<Value<'static>>) -> Result<()> {
        values.push(self.into_field()?);
        Ok(())
    }
}

impl<T: ColumnType> FitsFields<T> for T {}
impl<T: ColumnType> FitsFields<Option<T>> for T {}
impl<T: ColumnType> FitsFields<Option<T>> for Option<T> {}

macro_rules! column_tuple {
    ($($column:ident $value:ident $position:tt),+) => {
        impl<M: Model, $($column: Field),+> ColumnList<M> for ($(Column<M, $column>,)+) {
            type Fields = ($($column,)+);

            fn positions(self) -> Vec<usize> {
                vec![$(self.$position.position()),+]
            }
        }

        impl<$($column: Field, $value: IntoField<$column>),+> IntoFields<($($column,)+)>
            for ($($value,)+)
        {
            fn append_to(self, values: &mut Vec<Value<'static>>) -> Result<()> {
                $(values.push(self.$position.into_field()?);)+
                Ok(())
            }
        }

        impl<$($column, $value: FitsFields<$column>),+> FitsFields<($($column,)+)>
            for ($($value,)+)
        {
        }
    };
}

column_tuple!(A Q 0);
column_tuple!(A Q 0, B R 1);
column_tuple!(A Q 0, B R 1, C S 2);
column_tuple!(A Q 0, B R 1, C S 2, D T 3);
column_tuple!(A Q 0, B R 1, C S 2, D T 3, E U 4);
column_tuple!(A Q 0, B R 1, C S 2, D T 3, E U 4, F V 5);
column_tuple!(A Q 0, B R 1, C S 2, D T 3, E U 4, F V 5, G W 6);
column_tuple!(A Q 0, B R 1, C S 2, D T 3, E U 4, F V 5, G W 6, H X 7);
column_tuple!(A Q 0, B R 1, C S 2, D T 3, E U 4, F V 5, G W 6, H X 7, I Y 8);
column_tuple!(A Q 0, B R 1, C S 2, D T 3, E U 4, F V 5, G W 6, H X 7, I Y 8, J Z 9);
column_tuple!(A Q 0, B R 1, C S 2, D T 3, E U 4, F V 5, G W 6, H X 7, I Y 8, J Z 9, K A1 10);
column_tuple!(
    A Q 0, B R 1, C S 2, D T 3, E U 4, F V 5, G W 6, H X 7, I Y 8, J Z 9, K A1 10, L B1 11
);
