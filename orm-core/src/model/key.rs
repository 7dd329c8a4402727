//! Primary keys: one column, or a tuple of several.

use crate::error::Result;
use crate::types::{ColumnType, IntoField};
use crate::value::Value;

/// The primary key of a model.
pub trait Key: Sized + 'static {}

impl<T: ColumnType> Key for T {}

/// A value that the key `K` can be given: `7`, `"alice"`, `(1, 2)`.
#[diagnostic::on_unimplemented(
    message = "the primary key is `{K}`, which cannot be given a `{Self}`",
    label = "expected `{K}`"
)]
pub trait IntoKey<K> {
    /// Returns the values of the key's columns, in the order of declaration.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`](crate::error::Error::Encode) if no column can hold a value.
    fn into_key(self) -> Result<Vec<Value<'static>>>;
}

impl<T: ColumnType, V: IntoField<T>> IntoKey<T> for V {
    fn into_key(self) -> Result<Vec<Value<'static>>> {
        Ok(vec![self.into_field()?])
    }
}

macro_rules! composite_key {
    ($($column:ident $value:ident $position:tt),+) => {
        impl<$($column: ColumnType),+> Key for ($($column,)+) {}

        impl<$($column: ColumnType, $value: IntoField<$column>),+> IntoKey<($($column,)+)>
            for ($($value,)+)
        {
            fn into_key(self) -> Result<Vec<Value<'static>>> {
                Ok(vec![$(self.$position.into_field()?),+])
            }
        }
    };
}

composite_key!(A U 0, B V 1);
composite_key!(A U 0, B V 1, C W 2);
composite_key!(A U 0, B V 1, C W 2, D X 3);
