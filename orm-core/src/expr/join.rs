//! What can be joined: a foreign key, or a source on a condition.

use std::sync::Arc;

use super::Column;
use crate::ast::{
    BinaryOperator, ColumnRef, Join, JoinKind, Node, SelectStatement, Source, TableRef,
};
use crate::error::Error;
use crate::model::Model;
use crate::schema::Table;
use crate::types::Field;

/// Something that a query can join.
///
/// * A foreign key, `Post::author_id`: joins the table at its other end, in either direction.
/// * `Post::on(condition)`, `alias.on(condition)`, `derived.on(condition)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be joined",
    label = "expected a foreign key such as `Post::author_id`, or `Post::on(condition)`"
)]
pub trait IntoJoin {
    /// Returns the join to the sources that `statement` has.
    fn into_join(self, kind: JoinKind, statement: &SelectStatement) -> Join;
}

/// A source and the condition on which it is joined.
#[derive(Debug, Clone)]
pub struct JoinOn {
    source: Source,
    on: Node,
}

impl JoinOn {
    pub(crate) fn new(source: Source, on: Node) -> Self {
        Self { source, on }
    }
}

impl IntoJoin for JoinOn {
    fn into_join(self, kind: JoinKind, _: &SelectStatement) -> Join {
        Join::new(kind, self.source, self.on)
    }
}

impl<M: Model, T: Field> IntoJoin for Column<M, T> {
    fn into_join(self, kind: JoinKind, statement: &SelectStatement) -> Join {
        let (from, position) = (M::table(), self.position());
        let key = M::DEF.field(position).and_then(|field| field.foreign_key);
        let Some(key) = key else {
            let name = from.name_of(position);
            return refused(kind, from, format!("`{name}` is no foreign key, so it joins nothing"));
        };
        let to = (key.target_table)();
        let joined = match (has(statement, from), has(statement, to)) {
            (true, false) => to,
            (false, true) => from,
            (true, true) => {
                let message = format!(
                    "both ends of the foreign key `{}` are in the query: join an alias on a \
                     condition, such as `{}::alias(\"other\").on(…)`",
                    from.name_of(position),
                    to.model
                );
                return refused(kind, to, message);
            }
            (false, false) => {
                let message = format!(
                    "neither `{}` nor `{}` is in the query, so the foreign key `{}` joins nothing \
                     to it",
                    from.name,
                    to.name,
                    from.name_of(position)
                );
                return refused(kind, from, message);
            }
        };
        let column =
            |table, position| Box::new(Node::Column(ColumnRef { table, alias: None, position }));
        let on = Node::Binary {
            operator: BinaryOperator::Equal,
            left: column(from, position),
            right: column(to, key.target_column),
        };
        Join::new(kind, Source::Table(TableRef { table: joined, alias: None }), on)
    }
}

fn has(statement: &SelectStatement, table: &'static Table) -> bool {
    let joined = statement.joins.iter().map(|join| &join.source);
    std::iter::once(&statement.from).chain(joined).any(|source| match source {
        Source::Table(known) => std::ptr::eq(known.table, table) && known.alias.is_none(),
        Source::Derived { .. } | Source::Cte(_) => false,
    })
}

/// A join that is refused when the statement is written, since building a query cannot fail.
fn refused(kind: JoinKind, table: &'static Table, message: String) -> Join {
    let on = Node::Invalid(Arc::new(Error::invalid_query(message)));
    Join::new(kind, Source::Table(TableRef { table, alias: Some("refused") }), on)
}
