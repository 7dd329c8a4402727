//! What expressions and statements are made of, to change it.

use std::sync::Arc;

use super::{Argument, Call, Node, OrderTerm, Over, Projection, SelectStatement};

/// What an expression or a query is made of.
pub(crate) enum Part<'p> {
    Node(&'p mut Node),
    Query(&'p mut SelectStatement),
}

impl Node {
    /// Calls `each` with what the expression is made of, one level down.
    pub(crate) fn walk(&mut self, each: &mut dyn FnMut(Part<'_>)) {
        match self {
            Self::Column(_)
            | Self::DerivedColumn { .. }
            | Self::Value(_)
            | Self::Star
            | Self::Invalid(_) => {}
            Self::Binary(binary) => {
                each(Part::Node(&mut binary.left));
                each(Part::Node(&mut binary.right));
            }
            Self::Arithmetic(arithmetic) => {
                each(Part::Node(&mut arithmetic.left));
                each(Part::Node(&mut arithmetic.right));
            }
            Self::And(nodes) | Self::Or(nodes) | Self::Tuple(nodes) => all(nodes, each),
            Self::InRows(rows) => all(&mut rows.operands, each),
            Self::Json(part) => each(Part::Node(&mut part.document)),
            Self::Not(operand)
            | Self::Nullable(operand)
            | Self::IsNull { operand, .. }
            | Self::InList { operand, .. }
            | Self::Cast { operand, .. } => each(Part::Node(operand)),
            Self::InQuery { operand, query, .. } => {
                each(Part::Node(operand));
                each(Part::Query(query));
            }
            Self::Between(between) => {
                each(Part::Node(&mut between.operand));
                each(Part::Node(&mut between.low));
                each(Part::Node(&mut between.high));
            }
            Self::Like(like) => {
                each(Part::Node(&mut like.operand));
                each(Part::Node(&mut like.pattern));
            }
            Self::Case { branches, otherwise } => {
                for (condition, value) in branches {
                    each(Part::Node(condition));
                    each(Part::Node(value));
                }
                if let Some(node) = otherwise {
                    each(Part::Node(node));
                }
            }
            Self::Call(call) => call.walk(each),
            Self::Fragment(fragment) => {
                for parameter in &mut fragment.parameters {
                    if let Argument::Node(node) = &mut parameter.argument {
                        each(Part::Node(node));
                    }
                }
            }
            Self::Query(query) | Self::Exists { query, .. } => each(Part::Query(query)),
        }
    }
}

impl Call {
    fn walk(&mut self, each: &mut dyn FnMut(Part<'_>)) {
        all(&mut self.arguments, each);
        terms(&mut self.order_by, each);
        if let Some(node) = &mut self.filter {
            each(Part::Node(node));
        }
        let window = match &mut self.over {
            Some(Over::Inline(window)) => window,
            Some(Over::Named(_, window)) => Arc::make_mut(window),
            None => return,
        };
        all(&mut window.partition_by, each);
        terms(&mut window.order_by, each);
    }
}

impl SelectStatement {
    /// Calls `each` with the expressions of the query, and with the queries that are combined with it;
    /// not with its sources.
    pub(crate) fn walk(&mut self, each: &mut dyn FnMut(Part<'_>)) {
        if let Projection::Items(items) = &mut self.projection {
            for item in items {
                each(Part::Node(&mut item.node));
            }
        }
        for join in &mut self.joins {
            each(Part::Node(&mut join.on));
        }
        for node in self.filter.iter_mut().chain(&mut self.having) {
            each(Part::Node(node));
        }
        all(&mut self.group_by, each);
        for set in self.grouping_sets.iter_mut().flat_map(|sets| &mut sets.sets) {
            all(set, each);
        }
        for (_, part) in &mut self.combined {
            each(Part::Query(part));
        }
        terms(&mut self.order_by, each);
        all(&mut self.found_by, each);
    }
}

fn all(nodes: &mut [Node], each: &mut dyn FnMut(Part<'_>)) {
    for node in nodes {
        each(Part::Node(node));
    }
}

fn terms(terms: &mut [OrderTerm], each: &mut dyn FnMut(Part<'_>)) {
    for term in terms {
        each(Part::Node(&mut term.node));
    }
}
