//! The same expressions about a table under another name.

use super::walk::Part;
use super::{ColumnRef, Node, OrderTerm, SelectStatement};
use crate::schema::Table;

/// A table, and the name that its columns are to have instead of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Renamed {
    pub(crate) table: &'static Table,
    pub(crate) alias: &'static str,
}

impl Renamed {
    /// Makes `node` about the table under its other name; queries inside of it too, since they may
    /// refer to the rows around them.
    pub(crate) fn node(self, node: &mut Node) {
        match node {
            Node::Column(column) => self.column(column),
            other => other.walk(&mut |part| self.part(part)),
        }
    }

    pub(crate) fn terms(self, terms: &mut [OrderTerm]) {
        for term in terms {
            self.node(&mut term.node);
        }
    }

    fn part(self, part: Part<'_>) {
        match part {
            Part::Node(node) => self.node(node),
            Part::Query(query) => self.query(query),
        }
    }

    fn column(self, column: &mut ColumnRef) {
        if column.alias.is_none() && std::ptr::eq(column.table, self.table) {
            column.alias = Some(self.alias);
        }
    }

    /// A query that reads from the table itself means its own rows by it.
    fn query(self, query: &mut SelectStatement) {
        if !query.has(self.table) {
            query.walk(&mut |part| self.part(part));
        }
    }
}
