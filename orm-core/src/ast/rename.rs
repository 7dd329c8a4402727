//! The same expressions about a table under another name.

use std::sync::Arc;

use super::{Argument, Call, ColumnRef, Item, Node, OrderTerm, Over, Projection, SelectStatement};
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
            Node::DerivedColumn { .. } | Node::Value(_) | Node::Star | Node::Invalid(_) => {}
            Node::Binary { left, right, .. } | Node::Arithmetic { left, right, .. } => {
                self.node(left);
                self.node(right);
            }
            Node::And(nodes) | Node::Or(nodes) | Node::Tuple(nodes) => self.nodes(nodes),
            Node::InRows(rows) => self.nodes(&mut rows.operands),
            Node::Json(part) => self.node(&mut part.document),
            Node::Not(operand)
            | Node::Nullable(operand)
            | Node::IsNull { operand, .. }
            | Node::InList { operand, .. }
            | Node::Cast { operand, .. } => self.node(operand),
            Node::InQuery { operand, query, .. } => {
                self.node(operand);
                self.query(query);
            }
            Node::Between { operand, low, high, .. } => {
                self.node(operand);
                self.node(low);
                self.node(high);
            }
            Node::Like { operand, pattern, .. } => {
                self.node(operand);
                self.node(pattern);
            }
            Node::Case { branches, otherwise } => {
                for (condition, value) in branches {
                    self.node(condition);
                    self.node(value);
                }
                if let Some(node) = otherwise {
                    self.node(node);
                }
            }
            Node::Call(call) => self.call(call),
            Node::Fragment(fragment) => {
                for parameter in &mut fragment.parameters {
                    if let Argument::Node(node) = &mut parameter.argument {
                        self.node(node);
                    }
                }
            }
            Node::Query(query) | Node::Exists { query, .. } => self.query(query),
        }
    }

    pub(crate) fn terms(self, terms: &mut [OrderTerm]) {
        for term in terms {
            self.node(&mut term.node);
        }
    }

    fn nodes(self, nodes: &mut [Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn column(self, column: &mut ColumnRef) {
        if column.alias.is_none() && std::ptr::eq(column.table, self.table) {
            column.alias = Some(self.alias);
        }
    }

    fn call(self, call: &mut Call) {
        self.nodes(&mut call.arguments);
        self.terms(&mut call.order_by);
        if let Some(node) = &mut call.filter {
            self.node(node);
        }
        let window = match &mut call.over {
            Some(Over::Inline(window)) => window,
            Some(Over::Named(_, window)) => Arc::make_mut(window),
            None => return,
        };
        self.nodes(&mut window.partition_by);
        self.terms(&mut window.order_by);
    }

    /// A query that reads from the table itself means its own rows by it.
    fn query(self, query: &mut SelectStatement) {
        if query.has(self.table) {
            return;
        }
        if let Projection::Items(items) = &mut query.projection {
            for Item { node, .. } in items {
                self.node(node);
            }
        }
        let conditions = query.joins.iter_mut().map(|join| &mut join.on);
        for node in conditions.chain(&mut query.filter).chain(&mut query.having) {
            self.node(node);
        }
        self.nodes(&mut query.group_by);
        for set in query.grouping_sets.iter_mut().flat_map(|sets| &mut sets.sets) {
            self.nodes(set);
        }
        for (_, part) in &mut query.combined {
            self.query(part);
        }
        self.terms(&mut query.order_by);
    }
}
