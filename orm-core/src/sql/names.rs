//! The names that queries give their sources, and those that are left.

use super::check::children;
use crate::ast::{Node, Projection, SelectStatement};
use crate::schema::interned;

/// Returns a name for a table that no source of `statement` has, nor of a query inside of the
/// `conditions` on its rows: such as `posts_1`.
pub(crate) fn unused_alias(
    wanted: &str,
    statement: Option<&SelectStatement>,
    conditions: &[Node],
) -> &'static str {
    let is_used = |name: &str| {
        let mut sources = statement.into_iter().flat_map(SelectStatement::sources);
        sources.any(|source| source.name() == name)
            || conditions.iter().any(|condition| has_source(condition, name))
    };
    let mut number = 1;
    loop {
        let name = format!("{wanted}_{number}");
        if !is_used(&name) {
            return interned(&name);
        }
        number += 1;
    }
}

/// Whether a query inside of `node` reads from something that is called `name` there.
fn has_source(node: &Node, name: &str) -> bool {
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
