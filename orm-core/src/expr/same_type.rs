//! Equality of types, in words: a plain `Base = T` would fail with the compiler's own message.

/// Implemented by every type for itself only.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` cannot be used with one of type `{T}`",
    label = "this is of type `{Self}`, but `{T}` is expected"
)]
pub trait SameType<T> {}

impl<T> SameType<T> for T {}

/// Implemented by every type for itself only.
#[diagnostic::on_unimplemented(
    message = "a foreign key of type `{Self}` cannot refer to a column of type `{T}`",
    label = "both columns must have the same type"
)]
pub trait KeyType<T> {}

impl<T> KeyType<T> for T {}

/// No type at all: with one implementation alone, the compiler would take the other type for `T`
/// and report that it is not, in its own words.
#[doc(hidden)]
#[derive(Debug)]
pub struct NoType<T>(std::marker::PhantomData<T>);

impl<T> KeyType<NoType<T>> for T {}
