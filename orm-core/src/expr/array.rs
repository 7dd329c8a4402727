//! What is asked of arrays: `Post::tags.has("rust")`.

use super::operand::bound;
use super::{Contains, Expr, Expression, Operand};
use crate::ast::{Binary, BinaryOperator, Call, Function, Node, Spelled};
use crate::error::Result;
use crate::types::{Array, ColumnType, Field, IntoField, SqlType};
use crate::value::Value;

/// The operations on arrays, which PostgreSQL has.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::Array;
///
/// #[derive(Model)]
/// struct Post {
///     #[orm(primary_key)]
///     id: i64,
///     tags: Array<String>,
/// }
///
/// let query = Post::query()
///     .filter(Post::tags.has("rust") | Post::tags.overlaps(["sql", "orm"]))
///     .order_by(Post::tags.len().desc());
/// assert!(query.to_sql(&orm::Postgres)?.ends_with(
///     r#"WHERE "tags" @> $1 OR "tags" && $2 ORDER BY cardinality("tags") DESC"#
/// ));
/// # Ok::<(), orm::Error>(())
/// ```
#[expect(clippy::len_without_is_empty, reason = "`len` is an expression, not a length")]
pub trait ArrayExpression<T: Field + Send>: Expression<Type: Field<Base = Array<T>>> {
    /// The array contains `element`.
    fn has(self, element: impl IntoField<T>) -> Expr<bool> {
        let elements = element.into_field().map(|element| vec![element]);
        compare::<T>(self.into_expr().into_node(), BinaryOperator::Contains, elements)
    }

    /// The array and `others` have an element in common.
    fn overlaps<V: IntoField<T>>(self, others: impl IntoIterator<Item = V>) -> Expr<bool> {
        let others = others.into_iter().map(IntoField::into_field).collect();
        compare::<T>(self.into_expr().into_node(), BinaryOperator::Overlaps, others)
    }

    /// How many elements the array has.
    fn len(self) -> Expr<<Self::Type as Field>::Map<i32>> {
        spelled(Spelled::ArrayLength, vec![self.into_expr().into_node()])
    }

    /// The element at `index`, counted from 0; NULL if there is none.
    fn item(self, index: u32) -> Expr<Option<T::Base>> {
        // Arrays of SQL begin at 1.
        let position = i32::try_from(index).unwrap_or(i32::MAX).saturating_add(1);
        let position = Node::Value(Value::I32(position));
        spelled(Spelled::ArrayItem, vec![self.into_expr().into_node(), position])
    }
}

impl<T: Field + Send, E: Expression<Type: Field<Base = Array<T>>>> ArrayExpression<T> for E {}

impl<T, V> Contains<V> for Array<T>
where
    T: Field + Send,
    V: IntoIterator<Item: IntoField<T>>,
{
    fn contains(whole: Node, part: V) -> Node {
        let elements = part.into_iter().map(IntoField::into_field).collect();
        compare::<T>(whole, BinaryOperator::Contains, elements).into_node()
    }
}

impl<T: Field + Send> Operand<Array<T>> for Vec<T> {
    type Field = Array<T>;

    fn into_operand(self) -> Node {
        Array(self).into_operand()
    }
}

fn compare<T: Field + Send>(
    array: Node,
    operator: BinaryOperator,
    elements: Result<Vec<Value<'static>>>,
) -> Expr<bool> {
    let right = array_value(elements.map(Value::Array), <Array<T> as ColumnType>::SQL_TYPE);
    Expr::new(Binary::node(array, operator, right))
}

/// Returns an array that says its type where nothing beside it does: it may be empty.
pub(super) fn array_value(value: Result<Value<'static>>, sql_type: SqlType) -> Node {
    match bound(value) {
        node @ Node::Value(_) => Node::Cast { operand: Box::new(node), sql_type },
        invalid => invalid,
    }
}

fn spelled<T: Field>(function: Spelled, arguments: Vec<Node>) -> Expr<T> {
    Expr::new(Node::Call(Box::new(Call::new(Function::Spelled(function), arguments))))
}
