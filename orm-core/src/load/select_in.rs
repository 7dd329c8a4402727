//! The strategy `selectin`: one further statement for all parents, their keys bound as one list.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::key::{Key, KeyIndex};
use super::option::Choice;
use crate::ast::{
    BinaryOperator, Call, ColumnRef, Direction, Function, Item, Node, OrderTerm, Projection,
    SelectStatement, Source, Window,
};
use crate::error::{Error, Result};
use crate::executor::{Executor, Plain};
use crate::model::Model;
use crate::relation::{Children, Link, RelationDef, RelationKind, rows_of};
use crate::schema::Table;
use crate::sql;
use crate::value::Value;

/// Loads the rows that the relation leads to from `parents`.
pub(super) fn load<P: Model, C: Model>(
    def: &'static RelationDef,
    choice: &Choice,
    executor: &mut dyn Executor<Hydrate = Plain>,
    parents: &[&mut P],
) -> Result<Children<C>> {
    let link = def.link()?;
    let mut children = Children { parents: parents.len(), rows: Vec::new(), links: Vec::new() };
    let mut index = KeyIndex::with_capacity(parents.len());
    let mut keys = Vec::with_capacity(parents.len());
    for (number, parent) in (0..).zip(parents) {
        if let Some(key) = Key::of_row(&**parent, &link.local)?
            && index.add(number, key)
        {
            keys.push(number as usize);
        }
    }
    if keys.is_empty() {
        return Ok(children);
    }
    let mut values = Vec::with_capacity(keys.len());
    for number in keys {
        values.push(key_values(&*parents[number], &link.local)?);
    }
    let statement = statement(def, &link, choice, values);
    let shared = def.kind == RelationKind::BelongsTo;
    let width = (def.target)().columns.len();
    let sql = sql::select(executor.dialect(), &statement)?;
    executor.fetch(&sql, &mut |_, row| {
        let child = C::read(row, 0)?;
        let key = match &link.through {
            None => Key::of_row(&child, &link.remote)?,
            Some(through) => {
                let columns = through.local.iter().enumerate();
                let values = columns.map(|(offset, &column)| {
                    through.table.columns[column].sql_type.read(row, width + offset)
                });
                Key::of_values(values.collect::<Result<Vec<_>>>()?)
            }
        };
        let Some(key) = key else { return Ok(ControlFlow::Continue(())) };
        let mut owners = index.rows_of(&key);
        if shared {
            let number = next_number(&children)?;
            children.links.extend(owners.map(|parent| (parent, number)));
            children.rows.push(child);
            return Ok(ControlFlow::Continue(()));
        }
        if let Some(parent) = owners.next() {
            let number = next_number(&children)?;
            children.links.push((parent, number));
            children.rows.push(child);
        }
        // Parents that are the same row do not share what they own.
        for parent in owners {
            let number = next_number(&children)?;
            children.links.push((parent, number));
            children.rows.push(C::read(row, 0)?);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(children)
}

fn next_number<C>(children: &Children<C>) -> Result<u32> {
    u32::try_from(children.rows.len())
        .map_err(|_| Error::invalid_query("a relation loads more than 4,294,967,295 rows at once"))
}

fn key_values<P: Model>(parent: &P, columns: &[usize]) -> Result<Vec<Value<'static>>> {
    columns.iter().map(|&column| parent.value(column)?.into_owned()).collect()
}

/// Returns the statement for the rows that belong to parents with these keys.
fn statement(
    def: &RelationDef,
    link: &Link,
    choice: &Choice,
    keys: Vec<Vec<Value<'static>>>,
) -> SelectStatement {
    let target = (def.target)();
    let mut statement = rows_of(def, link);
    let (near, columns) = match &link.through {
        Some(through) => (through.table, &through.local),
        None => (target, &link.remote),
    };
    let mut selected = items(target, 0..target.columns.len());
    if link.through.is_some() {
        selected.extend(items(near, columns.iter().copied()));
        statement.projection = Projection::Items(selected.clone());
    }
    let conditions = [statement.filter.take(), choice.filter.clone()];
    let among = one_of(near, columns, keys);
    statement.filter = Some(conditions.into_iter().flatten().fold(among, Node::and));
    let order_by = order(def, choice);
    match choice.limit {
        None => statement.order_by = order_by,
        Some(limit) => {
            let partition = items(near, columns.iter().copied());
            return first_of_each(statement, selected, partition, order_by, limit);
        }
    }
    statement
}

/// Returns the statement for the first `limit` of the rows of each partition.
fn first_of_each(
    mut ranked: SelectStatement,
    mut selected: Vec<Item>,
    partition: Vec<Item>,
    mut order_by: Vec<OrderTerm>,
    limit: u64,
) -> SelectStatement {
    const RANKED: &str = "ranked";
    // By the key in the end, so that the first rows are always the same ones.
    if let Some(table) = ranked.table() {
        let key = items(table, table.primary_key.iter().copied());
        order_by.extend(key.into_iter().map(|item| ascending(item.node)));
    }
    let mut call = Call::new(
        Function::Named { name: "row_number".into(), aggregate: false, nullable: false },
        Vec::new(),
    );
    let partition_by = partition.into_iter().map(|item| item.node).collect();
    call.over = Some(Window { partition_by, order_by, ..Window::default() });
    selected.push(Item::new(Node::Call(Box::new(call)), false));
    let mut columns = Vec::with_capacity(selected.len());
    for (number, item) in selected.iter_mut().enumerate() {
        let name: Arc<str> = format!("column_{}", number + 1).into();
        item.label = Some(Arc::clone(&name));
        columns.push((name, item.nullable));
    }
    ranked.projection = Projection::Items(selected);
    let outer = columns.iter().map(|(name, nullable)| {
        let (name, nullable) = (Arc::clone(name), *nullable);
        Item::new(Node::DerivedColumn { source: RANKED, name, nullable }, nullable)
    });
    let outer: Vec<Item> = outer.collect();
    let mut statement = SelectStatement::of(Source::Derived {
        query: Arc::new(ranked),
        alias: RANKED,
        columns: columns.into_iter().map(|(name, _)| name).collect(),
    });
    if let Some((rank, rows)) = outer.split_last() {
        let limit = Value::I64(i64::try_from(limit).unwrap_or(i64::MAX));
        statement.filter = Some(Node::Binary {
            operator: BinaryOperator::LessOrEqual,
            left: Box::new(rank.node.clone()),
            right: Box::new(Node::Value(limit)),
        });
        statement.order_by = vec![ascending(rank.node.clone())];
        statement.projection = Projection::Items(rows.to_vec());
    }
    statement
}

fn ascending(node: Node) -> OrderTerm {
    OrderTerm { node, direction: Direction::Ascending, nulls: None }
}

fn order(def: &RelationDef, choice: &Choice) -> Vec<OrderTerm> {
    let mut terms = choice.order_by.clone();
    if let (true, Some(declared)) = (terms.is_empty(), def.order_by) {
        declared(&mut terms);
    }
    terms
}

fn items(table: &'static Table, positions: impl IntoIterator<Item = usize>) -> Vec<Item> {
    let item = |position| {
        let node = Node::Column(ColumnRef { table, alias: None, position });
        Item::new(node, table.columns[position].nullable)
    };
    positions.into_iter().map(item).collect()
}

/// Returns the condition that the columns hold one of the keys.
fn one_of(table: &'static Table, columns: &[usize], keys: Vec<Vec<Value<'static>>>) -> Node {
    let column = |position| Node::Column(ColumnRef { table, alias: None, position });
    if let [only] = *columns {
        let values = keys.into_iter().flatten().collect();
        return Node::InList { operand: Box::new(column(only)), values, negated: false };
    }
    let equal = |(&position, value): (&usize, Value<'static>)| {
        crate::expr::Expr::<bool>::equal(column(position), Node::Value(value)).into_node()
    };
    let rows = keys.into_iter().map(|key| Node::And(columns.iter().zip(key).map(equal).collect()));
    Node::Or(rows.collect())
}
