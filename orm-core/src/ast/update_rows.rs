//! An update of many rows, each to values of its own.

use super::Node;
use crate::schema::Table;

/// An UPDATE of the rows with given keys, each to given values.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UpdateRows {
    /// The table.
    pub table: &'static Table,
    /// The positions of the columns that are given for each row: those of the key, then those that are
    /// set.
    pub columns: Vec<usize>,
    /// How many of them are the key.
    pub key: usize,
    /// The positions of the columns that are set to the same in all rows, and to what.
    pub others: Vec<(usize, Node)>,
    /// Whether rows are updated, too, that are marked as deleted.
    pub with_deleted: bool,
}

impl UpdateRows {
    /// Returns the statement that finds rows of `table` by the columns `key` and sets `columns`.
    pub fn new(table: &'static Table, key: &[usize], columns: &[usize]) -> Self {
        Self {
            table,
            columns: [key, columns].concat(),
            key: key.len(),
            others: Vec::new(),
            with_deleted: false,
        }
    }
}
