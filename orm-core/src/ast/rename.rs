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
                otherwise.iter_mut().for_each(|node| self.node(node));
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
        terms.iter_mut().for_each(|term| self.node(&mut term.node));
    }

    fn nodes(self, nodes: &mut [Node]) {
        nodes.iter_mut().for_each(|node| self.node(node));
    }

    fn column(self, column: &mut ColumnRef) {
        if column.alias.is_none() && std::ptr::eq(column.table, self.table) {
            column.alias = Some(self.alias);
        }
    }

    fn call(self, call: &mut Call) {
        self.nodes(&mut call.arguments);
        self.terms(&mut call.order_by);
        call.filter.iter_mut().for_each(|node| self.node(node));
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
            items.iter_mut().for_each(|Item { node, .. }| self.node(node));
        }
        query.joins.iter_mut().for_each(|join| self.node(&mut join.on));
        query.filter.iter_mut().for_each(|node| self.node(node));
        self.nodes(&mut query.group_by);
        let sets = query.grouping_sets.iter_mut().flat_map(|sets| &mut sets.sets);
        sets.for_each(|set| self.nodes(set));
        query.having.iter_mut().for_each(|node| self.node(node));
        query.combined.iter_mut().for_each(|(_, part)| self.query(part));
        self.terms(&mut query.order_by);
    }
}
