//! `&`, `|` and `!` between conditions.

use std::ops::{BitAnd, BitOr, Not};

use super::{Column, Expr, Operand};
use crate::ast::Node;
use crate::model::Model;
use crate::types::Field;

impl<T: Field<Base = bool>, R: Operand<bool>> BitAnd<R> for Expr<T> {
    type Output = Expr<bool>;

    fn bitand(self, other: R) -> Expr<bool> {
        Expr::new(self.into_node().and(other.into_operand()))
    }
}

impl<T: Field<Base = bool>, R: Operand<bool>> BitOr<R> for Expr<T> {
    type Output = Expr<bool>;

    fn bitor(self, other: R) -> Expr<bool> {
        Expr::new(self.into_node().or(other.into_operand()))
    }
}

impl<T: Field<Base = bool>> Not for Expr<T> {
    type Output = Expr<bool>;

    fn not(self) -> Expr<bool> {
        Expr::new(Node::Not(Box::new(self.into_node())))
    }
}

impl<M: Model, T: Field<Base = bool>, R: Operand<bool>> BitAnd<R> for Column<M, T> {
    type Output = Expr<bool>;

    fn bitand(self, other: R) -> Expr<bool> {
        Expr::new(self.node().and(other.into_operand()))
    }
}

impl<M: Model, T: Field<Base = bool>, R: Operand<bool>> BitOr<R> for Column<M, T> {
    type Output = Expr<bool>;

    fn bitor(self, other: R) -> Expr<bool> {
        Expr::new(self.node().or(other.into_operand()))
    }
}

impl<M: Model, T: Field<Base = bool>> Not for Column<M, T> {
    type Output = Expr<bool>;

    fn not(self) -> Expr<bool> {
        Expr::new(Node::Not(Box::new(self.node())))
    }
}
