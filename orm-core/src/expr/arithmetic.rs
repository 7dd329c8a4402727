//! `+`, `-`, `*`, `/` and `%` between numbers.

use std::ops::{Add, Div, Mul, Rem, Sub};

use super::{Aggregate, Column, Expr, Expression, Operand};
use crate::ast::{Arithmetic, ArithmeticOperator, Node};
use crate::model::Model;
use crate::types::{ColumnType, Field, SqlType};

/// A column type that is a number.
///
/// Decimals stay exact on every backend. Integers divide to integers; a division by zero is an error
/// on PostgreSQL and NULL on SQLite.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    label = "arithmetic needs integers, floats or decimals"
)]
pub trait Numeric: ColumnType {}

impl Numeric for i16 {}
impl Numeric for i32 {}
impl Numeric for i64 {}
impl Numeric for u8 {}
impl Numeric for u16 {}
impl Numeric for u32 {}
impl Numeric for f32 {}
impl Numeric for f64 {}
#[cfg(feature = "decimal")]
impl Numeric for rust_decimal::Decimal {}

/// A number of which there is a remainder: an integer. (PostgreSQL has none of floats, and SQLite makes
/// them integers first.)
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an integer",
    label = "a remainder is of integers"
)]
pub trait Integer: Numeric {}

impl Integer for i16 {}
impl Integer for i32 {}
impl Integer for i64 {}
impl Integer for u8 {}
impl Integer for u16 {}
impl Integer for u32 {}

macro_rules! arithmetic {
    ($Number:ident: $($Operator:ident $method:ident $node:ident),+ $(,)?) => {$(
        impl<T, R> $Operator<R> for Expr<T>
        where
            T: Field<Base: $Number>,
            R: Operand<T::Base>,
        {
            type Output = Expr<T::With<R::Field>>;

            fn $method(self, other: R) -> Self::Output {
                Expr::new(node::<T>(ArithmeticOperator::$node, self.into_node(), other.into_operand()))
            }
        }

        impl<M, T, R> $Operator<R> for Column<M, T>
        where
            M: Model,
            T: Field<Base: $Number>,
            R: Operand<T::Base>,
        {
            type Output = Expr<T::With<R::Field>>;

            fn $method(self, other: R) -> Self::Output {
                Expr::new(node::<T>(ArithmeticOperator::$node, self.node(), other.into_operand()))
            }
        }

        impl<T, R> $Operator<R> for Aggregate<T>
        where
            T: Field<Base: $Number>,
            R: Operand<T::Base>,
        {
            type Output = Expr<T::With<R::Field>>;

            fn $method(self, other: R) -> Self::Output {
                self.into_expr().$method(other)
            }
        }
    )+};
}

arithmetic! {
    Numeric:
    Add add Add,
    Sub sub Subtract,
    Mul mul Multiply,
    Div div Divide,
}

arithmetic! { Integer: Rem rem Remainder }

fn node<T: Field>(operator: ArithmeticOperator, left: Node, right: Node) -> Node {
    let is_decimal = matches!(T::SQL_TYPE, SqlType::Decimal { .. });
    Node::Arithmetic(Box::new(Arithmetic { operator, is_decimal, left, right }))
}
