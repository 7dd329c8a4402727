//! What a column can be set to: a value that its field can be given, or an expression of its type.

use super::operand::bound;
use super::{Column, Expr};
use crate::ast::Node;
use crate::model::Model;
use crate::types::{Array, ColumnType, Field, IntoField};

/// Something that a column of type `F` can be set to.
#[diagnostic::on_unimplemented(
    message = "a column of type `{F}` cannot be set to a `{Self}`",
    label = "expected a value or an expression of type `{F}`"
)]
pub trait IntoAssignment<F: Field> {
    /// Returns the untyped expression.
    fn into_assignment(self) -> Node;
}

/// One by one, since a blanket implementation for what is `IntoField` would clash with expressions.
macro_rules! value {
    ($([$($T:tt)*] $value:ty => $field:ty;)+) => {$(
        impl<$($T)*> IntoAssignment<$field> for $value {
            fn into_assignment(self) -> Node {
                bound(IntoField::<$field>::into_field(self))
            }
        }
    )+};
}

value! {
    [T: ColumnType] T => T;
    [T: ColumnType] T => Option<T>;
    [T: ColumnType] &T => T;
    [T: ColumnType] &T => Option<T>;
    [T: ColumnType] Option<T> => Option<T>;
    [T: ColumnType] &Option<T> => Option<T>;
    [T: Field + Send] Vec<T> => Array<T>;
    [T: Field + Send] Vec<T> => Option<Array<T>>;
    [] &str => String;
    [] &str => Option<String>;
}

impl<F: Field> IntoAssignment<F> for Expr<F> {
    fn into_assignment(self) -> Node {
        self.into_node()
    }
}

impl<T: ColumnType> IntoAssignment<Option<T>> for Expr<T> {
    fn into_assignment(self) -> Node {
        self.into_node()
    }
}

impl<M: Model, F: Field> IntoAssignment<F> for Column<M, F> {
    fn into_assignment(self) -> Node {
        self.node()
    }
}

impl<M: Model, T: ColumnType> IntoAssignment<Option<T>> for Column<M, T> {
    fn into_assignment(self) -> Node {
        self.node()
    }
}
