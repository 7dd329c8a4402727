//! The statements: SELECT, INSERT, UPDATE and DELETE.

use super::Node;
use crate::schema::Table;
use crate::value::Value;

/// A SELECT.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SelectStatement {
    /// Whether equal rows are returned once.
    pub distinct: bool,
    /// What is returned.
    pub projection: Projection,
    /// Where from.
    pub from: &'static Table,
    /// Which rows.
    pub filter: Option<Node>,
    /// In which order.
    pub order_by: Vec<OrderTerm>,
    /// At most how many rows.
    pub limit: Option<u64>,
    /// How many rows are passed over first.
    pub offset: Option<u64>,
}

impl SelectStatement {
    /// Returns the statement that selects all columns and rows of `table`.
    pub fn all_of(table: &'static Table) -> Self {
        Self {
            distinct: false,
            projection: Projection::Table(table),
            from: table,
            filter: None,
            order_by: Vec::new(),
            limit: None,
            offset: None,
        }
    }
}

/// What a SELECT returns.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Projection {
    /// All columns of a table, in the order of declaration.
    Table(&'static Table),
    /// These expressions.
    Nodes(Vec<Node>),
}

/// One term of ORDER BY.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OrderTerm {
    /// What to order by.
    pub node: Node,
    /// Which way.
    pub direction: Direction,
    /// Where NULL goes; if nothing is said, the backend decides (first on SQLite, last on
    /// PostgreSQL).
    pub nulls: Option<Nulls>,
}

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Least first.
    Ascending,
    /// Greatest first.
    Descending,
}

/// Where NULL goes in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// Before all values.
    First,
    /// After all values.
    Last,
}

/// An INSERT of some columns of a table.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InsertStatement<'r> {
    /// The table.
    pub table: &'static Table,
    /// The positions of the columns that are given.
    pub columns: &'r [usize],
    /// Whether the rows are returned, with all their columns.
    pub returning: bool,
}

impl<'r> InsertStatement<'r> {
    /// Returns the statement that inserts these columns of `table`.
    pub fn new(table: &'static Table, columns: &'r [usize], returning: bool) -> Self {
        Self { table, columns, returning }
    }
}

/// An UPDATE.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UpdateStatement {
    /// The table.
    pub table: &'static Table,
    /// The positions of the columns that change, and to what.
    pub assignments: Vec<(usize, Value<'static>)>,
    /// Which rows; `None` is all of them.
    pub filter: Option<Node>,
}

impl UpdateStatement {
    /// Returns the statement that changes nothing yet.
    pub fn new(table: &'static Table) -> Self {
        Self { table, assignments: Vec::new(), filter: None }
    }
}

/// A DELETE.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeleteStatement {
    /// The table.
    pub table: &'static Table,
    /// Which rows; `None` is all of them.
    pub filter: Option<Node>,
}

impl DeleteStatement {
    /// Returns the statement that deletes all rows.
    pub fn new(table: &'static Table) -> Self {
        Self { table, filter: None }
    }
}
