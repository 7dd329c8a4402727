//! What can stand beside an expression: a value of its type, or another expression of it.

use std::sync::Arc;

use super::{Column, Expr, SameType};
use crate::ast::Node;
use crate::error::Result;
use crate::model::Model;
use crate::types::{ColumnType, Field};
use crate::value::Value;

/// Something that compares with a column of type `T`, or of `Option<T>`.
///
/// Values (`T`, `&T`, `Option<T>`, `&str` for a `String`, `&[u8]` for bytes), columns and
/// expressions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used with an expression of type `{T}`",
    label = "expected a value, a column or an expression of type `{T}`"
)]
pub trait Operand<T: ColumnType> {
    /// Returns the untyped expression.
    fn into_operand(self) -> Node;
}

impl<T: ColumnType> Operand<T> for T {
    fn into_operand(self) -> Node {
        bound(self.into_value())
    }
}

impl<T: ColumnType> Operand<T> for &T {
    fn into_operand(self) -> Node {
        bound(self.to_value().and_then(Value::into_owned))
    }
}

impl<T: ColumnType> Operand<T> for Option<T> {
    fn into_operand(self) -> Node {
        bound(self.map_or(Ok(Value::Null), ColumnType::into_value))
    }
}

impl<T: ColumnType> Operand<T> for &Option<T> {
    fn into_operand(self) -> Node {
        bound(Field::to_value(self).and_then(Value::into_owned))
    }
}

impl Operand<String> for &str {
    fn into_operand(self) -> Node {
        Node::Value(Value::Text(self.to_owned().into()))
    }
}

impl Operand<Vec<u8>> for &[u8] {
    fn into_operand(self) -> Node {
        Node::Value(Value::Bytes(self.to_vec().into()))
    }
}

impl<M, T, F> Operand<T> for Column<M, F>
where
    M: Model,
    T: ColumnType,
    F: Field<Base: SameType<T>>,
{
    fn into_operand(self) -> Node {
        self.node()
    }
}

impl<T, F> Operand<T> for Expr<F>
where
    T: ColumnType,
    F: Field<Base: SameType<T>>,
{
    fn into_operand(self) -> Node {
        self.into_node()
    }
}

/// Keeps an error where the value should be: operators cannot fail, statements can.
pub(super) fn bound(value: Result<Value<'static>>) -> Node {
    match value {
        Ok(value) => Node::Value(value),
        Err(error) => Node::Invalid(Arc::new(error)),
    }
}
