//! Conditions on the rows a relation leads to, and their count.

use std::slice;
use std::sync::Arc;

use super::{BelongsTo, HasOne, Link, Relation, RelationDef, Through, ToMany, ToOne};
use crate::ast::{
    Call, Function, Item, Join, JoinKind, Node, Projection, Renamed, SelectStatement, Source,
    TableRef,
};
use crate::expr::{Expr, Operand};
use crate::model::Model;
use crate::schema::Table;
use crate::sql::unused_alias;
use crate::value::Value;

impl<P: Model, F: ToMany> Relation<P, F> {
    /// At least one of the rows it leads to passes `condition`.
    pub fn any(self, condition: impl Operand<bool>) -> Expr<bool> {
        exists(self.def(), Some(condition.into_operand()), false)
    }

    /// It leads to no row that passes `condition`.
    pub fn none(self, condition: impl Operand<bool>) -> Expr<bool> {
        exists(self.def(), Some(condition.into_operand()), true)
    }

    /// All rows it leads to pass `condition`: also where it leads to none. A row for which the
    /// condition is NULL does not pass.
    pub fn all(self, condition: impl Operand<bool>) -> Expr<bool> {
        let fails = Node::Not(Box::new(Node::Call(Box::new(Call::new(
            Function::Coalesce,
            vec![condition.into_operand(), Node::Value(Value::Bool(false))],
        )))));
        exists(self.def(), Some(fails), true)
    }

    /// It leads to no row.
    pub fn is_empty(self) -> Expr<bool> {
        exists(self.def(), None, true)
    }

    /// How many rows it leads to.
    pub fn count(self) -> Expr<i64> {
        let def = self.def();
        let query = def.link().map(|link| {
            let mut query = related(def, link, None);
            let count = Node::Call(Box::new(Call::new(Function::Count, vec![Node::Star])));
            query.projection = Projection::Items(vec![Item::new(count, false)]);
            Node::Query(Box::new(query))
        });
        Expr::new(query.unwrap_or_else(|error| Node::Invalid(Arc::new(error))))
    }
}

impl<P: Model, T: ToOne> Relation<P, BelongsTo<T>> {
    /// The row it leads to is there and passes `condition`.
    pub fn has(self, condition: impl Operand<bool>) -> Expr<bool> {
        exists(self.def(), Some(condition.into_operand()), false)
    }
}

impl<P: Model, C: Model> Relation<P, HasOne<C>> {
    /// The row it leads to is there and passes `condition`.
    pub fn has(self, condition: impl Operand<bool>) -> Expr<bool> {
        exists(self.def(), Some(condition.into_operand()), false)
    }

    /// It leads to no row.
    pub fn is_none(self) -> Expr<bool> {
        exists(self.def(), None, true)
    }
}

fn exists(def: &'static RelationDef, mut condition: Option<Node>, negated: bool) -> Expr<bool> {
    let link = match def.link() {
        Ok(link) => link,
        Err(error) => return Expr::new(Node::Invalid(Arc::new(error))),
    };
    let mut query = related(def, link, condition.as_mut());
    query.filter = [query.filter.take(), condition].into_iter().flatten().reduce(Node::and);
    Expr::new(Node::Exists { query: Box::new(query), negated })
}

/// Returns the query for the rows that the relation leads to from a row of the query around it, and
/// makes `about`, which is about such a row, fit into it.
pub(super) fn related(
    def: &'static RelationDef,
    link: &Link,
    about: Option<&mut Node>,
) -> SelectStatement {
    let (source, target) = ((def.source)(), TableRef::from((def.target)()));
    // Rows that lead to rows of their own table need a name to tell them apart.
    let target = if std::ptr::eq(source, target.table) {
        let alias = unused_alias(def.name, None, about.as_deref().map_or(&[], slice::from_ref));
        if let Some(about) = about {
            Renamed { table: target.table, alias }.node(about);
        }
        TableRef { alias: Some(alias), ..target }
    } else {
        target
    };
    let mut query = rows_of(def, link, target);
    let (far, columns) = match &link.through {
        Some(through) => (TableRef::from(through.table), &through.local),
        None => (target, &link.remote),
    };
    let correlated = equal(far, columns, source.into(), &link.local);
    query.filter = Some(query.filter.take().into_iter().fold(correlated, Node::and));
    query
}

/// Returns columns of a table as expressions.
pub(super) fn columns(table: &'static Table, positions: &[usize]) -> Vec<Node> {
    let table = TableRef::from(table);
    positions.iter().map(|&position| Node::Column(table.column(position))).collect()
}

/// Returns the query for the target's rows, joined to the table of pairs if there is one, that pass
/// the relation's own condition.
pub(crate) fn rows_of(def: &RelationDef, link: &Link, target: TableRef) -> SelectStatement {
    let mut query = SelectStatement::all_of(target);
    if let Some(Through { table, remote, .. }) = &link.through {
        let pairs = TableRef::from(*table);
        let on = equal(pairs, remote, target, &link.remote);
        query.joins.push(Join::new(JoinKind::Inner, Source::Table(pairs), on));
    }
    query.filter = fixed(def, target);
    query
}

/// Returns the relation's own condition on the rows it leads to.
pub(super) fn fixed(def: &RelationDef, target: TableRef) -> Option<Node> {
    let mut filter = def.filter?();
    if let TableRef { table, alias: Some(alias) } = target {
        Renamed { table, alias }.node(&mut filter);
    }
    Some(filter)
}

/// Returns the condition that the columns are equal, one by one.
pub(crate) fn equal(left: TableRef, columns: &[usize], right: TableRef, others: &[usize]) -> Node {
    let pairs = columns.iter().zip(others);
    Node::all_equal(
        pairs.map(|(&one, &other)| {
            (Node::Column(left.column(one)), Node::Column(right.column(other)))
        }),
    )
}
