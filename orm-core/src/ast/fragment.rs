//! SQL written by hand, cut where values and expressions stand in it.

use std::borrow::Cow;

use super::Node;
use crate::types::SqlType;
use crate::value::Value;

/// A text of SQL with parameters in it: a whole statement, or a part of an expression.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Fragment {
    /// The text between the parameters, and where each of them stands.
    pub pieces: Vec<Piece>,
    /// The parameters, each once however often it is in the text.
    pub parameters: Vec<Parameter>,
}

impl Fragment {
    /// Returns the text of these pieces.
    pub fn new(pieces: Vec<Piece>, parameters: Vec<Parameter>) -> Self {
        Self { pieces, parameters }
    }
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// SQL, written as it is.
    Sql(Cow<'static, str>),
    /// A parameter.
    Parameter {
        /// Which one.
        index: usize,
        /// Where it stands.
        place: Place,
    },
}

/// Where in a text a parameter stands, as far as it matters how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Anywhere else.
    Anywhere,
    /// Alone in the parentheses of a function: `unnest(:ids)`.
    Argument,
    /// Where only the parameter itself can tell its type: `:day::date`, `CAST(:day AS date)`,
    /// `:day IS NULL`.
    Alone,
    /// After `[NOT] IN`, which is not in the piece before.
    In {
        /// Whether it is `NOT IN`.
        negated: bool,
        /// Whether it is `IN (:ids)`; the parentheses are not in the pieces around.
        enclosed: bool,
    },
}

/// A parameter of a text.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Parameter {
    /// What messages call it: `:name` or `{name}`.
    pub name: Cow<'static, str>,
    /// What stands there.
    pub argument: Argument,
}

impl Parameter {
    /// Returns a parameter of this name.
    pub fn new(name: Cow<'static, str>, argument: Argument) -> Self {
        Self { name, argument }
    }
}

/// What a parameter is given.
#[derive(Debug, Clone)]
pub enum Argument {
    /// Nothing yet.
    Missing,
    /// A value to bind, and its type, which a NULL does not tell.
    Value(Value<'static>, SqlType),
    /// An expression.
    Node(Node),
    /// Values that are bound as one list.
    List(Vec<Value<'static>>),
}
