//! Statements and expressions without types: what the typed builders make and `sql` writes.
//!
//! Plain data. Nothing here knows a dialect, and nothing checks anything.

mod node;
mod rename;
mod statement;

pub use self::node::{
    ArithmeticOperator, BinaryOperator, Bound, Call, ColumnRef, DatePart, Frame, FrameUnit,
    Function, Node, Window,
};
pub(crate) use self::rename::{Renamed, static_name};
pub use self::statement::{
    DeleteStatement, Direction, InsertStatement, Item, Join, JoinKind, Lock, LockStrength,
    LockWait, Nulls, OrderTerm, Projection, SelectStatement, SetOperator, Source, TableRef,
    UpdateStatement,
};
