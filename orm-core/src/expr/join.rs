//! What can be joined: a foreign key, or a source on a condition.

use std::sync::Arc;

use super::Column;
use crate::ast::{Join, JoinKind, Node, SelectStatement, Source, TableRef};
use crate::error::Error;
use crate::model::Model;
use crate::schema::Table;
use crate::types::Field;

/// Something that a query can join.
///
/// * A relation, `User::posts`.
/// * A foreign key, `Post::author_id`: joins the table at its other end, in either direction.
/// * `Post::on(condition)`, `alias.on(condition)`, `derived.on(condition)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be joined",
    label = "expected a relation such as `User::posts`, a foreign key such as `Post::author_id`, or \
             `Post::on(condition)`"
)]
pub trait IntoJoin {
    /// Returns the joins to the sources that `statement` has.
    fn into_joins(self, kind: JoinKind, statement: &SelectStatement) -> Vec<Join>;
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
    fn into_joins(self, kind: JoinKind, _: &SelectStatement) -> Vec<Join> {
        vec![Join::new(kind, self.source, self.on)]
    }
}

impl<M: Model, T: Field> IntoJoin for Column<M, T> {
    fn into_joins(self, kind: JoinKind, statement: &SelectStatement) -> Vec<Join> {
        let (from, position) = (M::table(), self.position());
        let key = M::DEF.field(position).and_then(|field| field.foreign_key);
        let Some(key) = key else {
            let name = from.name_of(position);
            return refused(kind, from, format!("`{name}` is no foreign key, so it joins nothing"));
        };
        let to = (key.target_table)();
        let joined = match (statement.has(from), statement.has(to)) {
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
        let on = Node::equal(
            Node::Column(TableRef::from(from).column(position)),
            Node::Column(TableRef::from(to).column(key.target_column)),
        );
        vec![Join::new(kind, Source::Table(joined.into()), on)]
    }
}

/// A join that is refused when the statement is written, since building a query cannot fail.
fn refused(kind: JoinKind, table: &'static Table, message: String) -> Vec<Join> {
    let on = Node::Invalid(Arc::new(Error::invalid_query(message)));
    vec![Join::new(kind, Source::Table(TableRef { table, alias: Some("refused") }), on)]
}
