//! Operations on several expressions: each has one allocation for all of its operands.

use super::Node;

/// `left operator right`.
#[derive(Debug, Clone)]
pub struct Binary {
    /// What is done with both.
    pub operator: BinaryOperator,
    /// The left side.
    pub left: Node,
    /// The right side.
    pub right: Node,
}

impl Binary {
    /// Returns the expression `left operator right`.
    pub fn node(left: Node, operator: BinaryOperator, right: Node) -> Node {
        Node::Binary(Box::new(Self { operator, left, right }))
    }
}

/// `left operator right`, of numbers.
#[derive(Debug, Clone)]
pub struct Arithmetic {
    /// What is done with both.
    pub operator: ArithmeticOperator,
    /// Whether they are exact decimals, for which a backend may need functions.
    pub is_decimal: bool,
    /// The left side.
    pub left: Node,
    /// The right side.
    pub right: Node,
}

/// `operand [NOT] BETWEEN low AND high`.
#[derive(Debug, Clone)]
pub struct Between {
    /// What is tested.
    pub operand: Node,
    /// The least value that passes.
    pub low: Node,
    /// The greatest value that passes.
    pub high: Node,
    /// Whether it is `NOT BETWEEN`.
    pub negated: bool,
}

/// `operand [NOT] LIKE pattern`, with `\` as the escape character.
#[derive(Debug, Clone)]
pub struct Like {
    /// The text.
    pub operand: Node,
    /// The pattern.
    pub pattern: Node,
    /// Whether upper and lower case are the same.
    pub ignore_case: bool,
    /// Whether it is `NOT LIKE`.
    pub negated: bool,
}

/// An operator that compares two expressions.
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
    /// Equal, where NULL is equal to NULL and to nothing else.
    IsNotDistinctFrom,
    /// `@>`: the left document or array contains the right one.
    Contains,
    /// `&&`: both arrays have an element in common.
    Overlaps,
}

/// An operator between two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithmeticOperator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}
