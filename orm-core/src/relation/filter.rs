//! Conditions on the rows a relation leads to, and their count.

use std::slice;
use std::sync::Arc;

use super::{BelongsTo, HasOne, Link, Relation, RelationDef, ToMany, ToOne};
use crate::ast::{
    Call, Function, Item, Join, JoinKind, Node, Projection, Renamed, SelectStatement, Source,
    TableRef,
};
use crate::expr::{Expr, Operand};
use crate::model::Model;
use crate::schema::Table;
use crate::sql::unused_alias;
use crate::value::Value;

impl<P: Model, F: ToMany, K> Relation<P, F, K> {
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

impl<P: Model, T: ToOne, K> Relation<P, BelongsTo<T>, K> {
    /// The row it leads to is there and passes `condition`.
    pub fn has(self, condition: impl Operand<bool>) -> Expr<bool> {
        exists(self.def(), Some(condition.into_operand()), false)
    }
}

impl<P: Model, C: Model, K> Relation<P, HasOne<C>, K> {
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
    let mut query = rows_from(def, link, target, &|near, columns| {
        equal(near, columns, source.into(), &link.local)
    });
    query.hides_names = true;
    query
}

/// Returns the query for the target's rows, each of which comes once, that belong to the row of which
/// `is_from` says whether a row with some columns of a table leads to it.
pub(crate) fn rows_from(
    def: &RelationDef,
    link: &Link,
    target: TableRef,
    is_from: &dyn Fn(TableRef, &[usize]) -> Node,
) -> SelectStatement {
    if link.meets_once() {
        let mut query = rows_of(def, link, target);
        let (near, columns) = link.near_side(target);
        let from = is_from(near, columns);
        query.filter = Some(query.filter.take().into_iter().fold(from, Node::and));
        return query;
    }
    let mut query = SelectStatement::all_of(target);
    let leads_here = Node::Exists { query: Box::new(ways(link, target, is_from)), negated: false };
    query.filter = Some(fixed(def, target).into_iter().fold(leads_here, Node::and));
    query
}

/// Returns the query for the ways between a row and one of the target.
fn ways(
    link: &Link,
    target: TableRef,
    is_from: &dyn Fn(TableRef, &[usize]) -> Node,
) -> SelectStatement {
    let (near, columns) = link.near_side(target);
    let mut query = SelectStatement::all_of(near);
    let mut conditions = vec![is_from(near, columns)];
    for pair in link.between.windows(2) {
        let [before, between] = pair else { continue };
        let on = equal(between.table, &between.near, before.table, &before.far);
        let on = between.condition(between.table).into_iter().fold(on, Node::and);
        query.joins.push(Join::new(JoinKind::Inner, Source::Table(between.table), on));
    }
    conditions.extend(link.between.first().and_then(|first| first.condition(first.table)));
    if let Some(last) = link.between.last() {
        conditions.push(equal(last.table, &last.far, target, &link.remote));
    }
    query.filter = conditions.into_iter().reduce(Node::and);
    query.projection = Projection::Items(vec![Item::new(Node::Value(Value::I64(1)), false)]);
    query.hides_names = true;
    query
}

/// Returns columns of a table as expressions.
pub(super) fn columns(table: &'static Table, positions: &[usize]) -> Vec<Node> {
    columns_as(table.into(), positions).collect()
}

/// Returns the query for the target's rows, joined to the tables between if there are any, that pass
/// the relation's own conditions.
pub(crate) fn rows_of(def: &RelationDef, link: &Link, target: TableRef) -> SelectStatement {
    let mut query = SelectStatement::all_of(target);
    let mut behind = (target, &link.remote);
    for between in link.between.iter().rev() {
        let on = equal(between.table, &between.far, behind.0, behind.1);
        let on = between.condition(between.table).into_iter().fold(on, Node::and);
        query.joins.push(Join::new(JoinKind::Inner, Source::Table(between.table), on));
        behind = (between.table, &between.near);
    }
    query.filter = fixed(def, target);
    query
}

/// Returns the relation's own conditions on the rows it leads to.
pub(super) fn fixed(def: &RelationDef, target: TableRef) -> Option<Node> {
    def.conditions().map(|condition| on(condition, target)).reduce(Node::and)
}

/// Returns a condition on the rows of a table about the table as a query names it.
pub(super) fn on(mut condition: Node, named: TableRef) -> Node {
    if let TableRef { table, alias: Some(alias) } = named {
        Renamed { table, alias }.node(&mut condition);
    }
    condition
}

/// Returns the condition that the columns are equal, one by one.
pub(crate) fn equal(left: TableRef, columns: &[usize], right: TableRef, others: &[usize]) -> Node {
    Node::all_equal(columns_as(left, columns).zip(columns_as(right, others)))
}

/// Returns columns of a table, as a query names it, as expressions.
pub(crate) fn columns_as(table: TableRef, positions: &[usize]) -> impl Iterator<Item = Node> {
    positions.iter().map(move |&position| Node::Column(table.column(position)))
}
