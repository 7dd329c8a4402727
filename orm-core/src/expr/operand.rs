//! What can stand beside an expression: a value of its type, or another expression of it.

use std::sync::Arc;

use super::array::array_value;
use super::{Aggregate, Column, Expr, Expression, SameType};
use crate::ast::Node;
use crate::error::Result;
use crate::model::Model;
use crate::types::{ColumnType, Field, SqlType};
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
    /// What it is read as: an `Option` where it may be NULL.
    type Field: Field;

    /// Returns the untyped expression.
    fn into_operand(self) -> Node;
}

impl<T: ColumnType> Operand<T> for T {
    type Field = T;

    fn into_operand(self) -> Node {
        typed::<T>(self.into_value())
    }
}

impl<T: ColumnType> Operand<T> for &T {
    type Field = T;

    fn into_operand(self) -> Node {
        typed::<T>(self.to_value().and_then(Value::into_owned))
    }
}

impl<T: ColumnType> Operand<T> for Option<T> {
    type Field = Option<T>;

    fn into_operand(self) -> Node {
        typed::<T>(self.map_or(Ok(Value::Null), ColumnType::into_value))
    }
}

impl<T: ColumnType> Operand<T> for &Option<T> {
    type Field = Option<T>;

    fn into_operand(self) -> Node {
        typed::<T>(Field::to_value(self).and_then(Value::into_owned))
    }
}

impl Operand<String> for &str {
    type Field = String;

    fn into_operand(self) -> Node {
        Node::Value(Value::Text(self.to_owned().into()))
    }
}

impl Operand<Vec<u8>> for &[u8] {
    type Field = Vec<u8>;

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
    type Field = F;

    fn into_operand(self) -> Node {
        self.node()
    }
}

impl<T, F> Operand<T> for Expr<F>
where
    T: ColumnType,
    F: Field<Base: SameType<T>>,
{
    type Field = F;

    fn into_operand(self) -> Node {
        self.into_node()
    }
}

impl<T, F> Operand<T> for Aggregate<F>
where
    T: ColumnType,
    F: Field<Base: SameType<T>>,
{
    type Field = F;

    fn into_operand(self) -> Node {
        self.into_expr().into_node()
    }
}

/// Returns a value that says its type if that is an enum, since it is bound as a text, or an array.
fn typed<T: ColumnType>(value: Result<Value<'static>>) -> Node {
    if matches!((&value, T::SQL_TYPE), (Ok(Value::Array(_)), SqlType::Array(_))) {
        return array_value(value, T::SQL_TYPE);
    }
    let node = bound(value);
    match T::SQL_TYPE {
        SqlType::Enum(def) if def.native && matches!(node, Node::Value(Value::Text(_))) => {
            Node::Cast { operand: Box::new(node), sql_type: T::SQL_TYPE }
        }
        _ => node,
    }
}

/// Keeps an error where the value should be: operators cannot fail, statements can.
pub(super) fn bound(value: Result<Value<'static>>) -> Node {
    match value {
        Ok(value) => Node::Value(value),
        Err(error) => Node::Invalid(Arc::new(error)),
    }
}
