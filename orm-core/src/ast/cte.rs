//! Common table expressions: queries and writes with a name, written once before the statement.

use std::sync::Arc;

use super::{DeleteStatement, InsertQuery, SelectStatement, UpdateStatement};
use crate::error::Error;

/// A common table expression.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Cte {
    /// What its rows are called.
    pub name: &'static str,
    /// Where they come from.
    pub body: CteBody,
    /// Whether the rows are made once and kept, or every user of them reads the tables itself; if
    /// nothing is said, the backend decides.
    pub materialized: Option<bool>,
}

impl Cte {
    /// Returns what is called `name` and leaves to the backend how it is run.
    pub const fn new(name: &'static str, body: CteBody) -> Self {
        Self { name, body, materialized: None }
    }
}

/// Where the rows of a common table expression come from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum CteBody {
    /// A query.
    Query(SelectStatement),
    /// A union whose last part refers to the rows that were found so far.
    Recursive(SelectStatement),
    /// An update that returns rows.
    Update(UpdateStatement),
    /// A delete that returns rows.
    Delete(DeleteStatement),
    /// An insert of a query's rows that returns rows.
    Insert(Box<InsertQuery>),
    /// A write that could not be built: why, said when the statement is written.
    Invalid(Arc<Error>),
}

/// A common table expression as a query names it.
#[derive(Debug, Clone)]
pub struct CteRef {
    /// What is written before the statement; `None` inside a recursive one, which refers to itself.
    pub definition: Option<Arc<Cte>>,
    /// What it is called there.
    pub name: &'static str,
    /// What the query calls it, if not by its name.
    pub alias: Option<&'static str>,
}
