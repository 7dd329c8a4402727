//! The names that queries inside of an expression give their sources.

use super::check::children;
use crate::ast::{Node, Projection, SelectStatement};

/// Whether a query inside of `node` reads from something that is called `name` there.
pub(crate) fn has_source(node: &Node, name: &str) -> bool {
    let inside = match node {
        Node::Query(query) | Node::Exists { query, .. } | Node::InQuery { query, .. } => {
            reads_from(query, name)
        }
        _ => false,
    };
    inside || children(node).into_iter().any(|child| has_source(child, name))
}

fn reads_from(query: &SelectStatement, name: &str) -> bool {
    let selected = match &query.projection {
        Projection::Items(items) => items.as_slice(),
        Projection::Table(_) => &[],
    };
    let conditions =
        query.joins.iter().map(|join| &join.on).chain(&query.filter).chain(&query.having);
    let mut nodes = selected.iter().map(|item| &item.node).chain(conditions);
    query.sources().any(|source| source.name() == name)
        || nodes.any(|node| has_source(node, name))
        || query.combined.iter().any(|(_, part)| reads_from(part, name))
}
