//! Statements and expressions without types: what the typed builders make and `sql` writes.
//!
//! Plain data. Nothing here knows a dialect, and nothing checks anything.

mod conflict;
mod criteria;
mod cte;
mod deferral;
mod fragment;
mod full_text;
mod json;
mod node;
mod operation;
mod rename;
mod row;
mod spelled;
mod statement;
mod update_rows;
mod walk;

pub use self::conflict::{Conflict, ConflictAction, ConflictTarget, EXCLUDED};
pub(crate) use self::criteria::meet_in;
pub use self::criteria::{Criteria, Criterion, DeletedRows};
pub use self::cte::{Cte, CteBody, CteRef};
pub use self::deferral::Deferral;
pub use self::fragment::{Argument, Fragment, Parameter, Piece, Place};
pub use self::full_text::FullText;
pub use self::json::{JsonForm, JsonPart, JsonStep};
pub use self::node::{
    Bound, Call, ColumnRef, DatePart, Frame, FrameUnit, Function, Node, Over, Window,
};
pub use self::operation::{Arithmetic, ArithmeticOperator, Between, Binary, BinaryOperator, Like};
pub(crate) use self::rename::Renamed;
pub use self::row::InRows;
pub use self::spelled::{DateKind, DateUnit, Spelled};
pub use self::statement::{
    DeleteStatement, Direction, FieldName, GroupingKind, GroupingSets, InsertQuery,
    InsertStatement, Item, Join, JoinKind, Lock, LockStrength, LockWait, Nulls, OrderTerm,
    Projection, SelectStatement, SetOperator, Source, TableRef, UpdateStatement,
};
pub use self::update_rows::UpdateRows;
