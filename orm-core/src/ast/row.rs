//! Several expressions that are compared as one.

use super::Node;
use crate::types::SqlType;
use crate::value::Value;

/// `(a, b) [NOT] IN` a list of rows.
#[derive(Debug, Clone)]
pub struct InRows {
    /// What is looked for: at least two expressions.
    pub operands: Vec<Node>,
    /// The types of their values.
    pub types: Vec<SqlType>,
    /// The values, one list an operand, all of the same length.
    pub columns: Vec<Vec<Value<'static>>>,
    /// Whether it is `NOT IN`.
    pub negated: bool,
}
