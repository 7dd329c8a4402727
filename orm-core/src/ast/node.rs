//! One expression: a column, a value, or an operation on others.

use std::sync::Arc;

use crate::error::Error;
use crate::schema::Table;
use crate::value::Value;

/// An expression.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Node {
    /// A column of a table.
    Column(ColumnRef),
    /// A value to bind.
    Value(Value<'static>),
    /// `left operator right`.
    Binary {
        /// What is done with both.
        operator: BinaryOperator,
        /// The left side.
        left: Box<Node>,
        /// The right side.
        right: Box<Node>,
    },
    /// All of these hold.
    And(Vec<Node>),
    /// Any of these holds.
    Or(Vec<Node>),
    /// The operand does not hold.
    Not(Box<Node>),
    /// `operand IS [NOT] NULL`.
    IsNull {
        /// What is tested.
        operand: Box<Node>,
        /// Whether it is `IS NOT NULL`.
        negated: bool,
    },
    /// `operand [NOT] BETWEEN low AND high`.
    Between {
        /// What is tested.
        operand: Box<Node>,
        /// The least value that passes.
        low: Box<Node>,
        /// The greatest value that passes.
        high: Box<Node>,
        /// Whether it is `NOT BETWEEN`.
        negated: bool,
    },
    /// `operand [NOT] IN` a list, which is bound as one value.
    InList {
        /// What is looked for.
        operand: Box<Node>,
        /// The list.
        values: Vec<Value<'static>>,
        /// Whether it is `NOT IN`.
        negated: bool,
    },
    /// `operand [NOT] LIKE pattern`, with `\` as the escape character.
    Like {
        /// The text.
        operand: Box<Node>,
        /// The pattern.
        pattern: Box<Node>,
        /// Whether upper and lower case are the same.
        ignore_case: bool,
        /// Whether it is `NOT LIKE`.
        negated: bool,
    },
    /// A value that could not be made into one to bind: why, said when the statement is written.
    Invalid(Arc<Error>),
}

impl Node {
    /// Returns the conjunction of both, without nesting one conjunction in another.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::And(mut all), Self::And(more)) => {
                all.extend(more);
                Self::And(all)
            }
            (Self::And(mut all), one) => {
                all.push(one);
                Self::And(all)
            }
            (first, second) => Self::And(vec![first, second]),
        }
    }

    /// Returns the disjunction of both, without nesting one disjunction in another.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Or(mut any), Self::Or(more)) => {
                any.extend(more);
                Self::Or(any)
            }
            (Self::Or(mut any), one) => {
                any.push(one);
                Self::Or(any)
            }
            (first, second) => Self::Or(vec![first, second]),
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnRef {
    /// The table.
    pub table: &'static Table,
    /// The position of the column in it.
    pub position: usize,
}

/// An operator between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BinaryOperator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}
