//! Statements and expressions without types: what the typed builders make and `sql` writes.
//!
//! Plain data. Nothing here knows a dialect, and nothing checks anything.

mod node;
mod statement;

pub use self::node::{BinaryOperator, ColumnRef, Node};
pub use self::statement::{
    DeleteStatement, Direction, InsertStatement, Nulls, OrderTerm, Projection, SelectStatement,
    UpdateStatement,
};
