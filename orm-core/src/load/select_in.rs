//! The strategies `selectin` and `subquery`: one further statement for all parents, which are found by
//! their keys, bound as one list, or by the query that returned them.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::option::{Choice, Load};
use crate::ast::{
    Binary, BinaryOperator, Call, Criteria, Function, InRows, Item, Node, OrderTerm, Over,
    Projection, SelectStatement, Source, TableRef, Window,
};
use crate::error::Result;
use crate::executor::{Executor, Plain};
use crate::model::Model;
use crate::query::{JoinedQuery, Parent, items_of, too_many};
use crate::relation::{
    Children, Key, KeyColumns, KeyIndex, KeyMap, Link, RelationDef, RelationField, RelationKind,
    columns_as, rows_from, rows_of,
};
use crate::sql::{self, Sql};
use crate::value::{Row, Value};

/// What the rows are called of which each parent has but the first.
const RANKED: &str = "ranked";

/// What says which rows the parents are.
#[derive(Clone, Copy)]
pub(super) enum Origin<'s> {
    /// Their keys; besides, what holds for the rows of some tables.
    Keys(&'s Criteria),
    /// The query that returned them, which is sent again.
    Sent(&'s SelectStatement),
}

/// Loads the rows that the relation leads to from `parents`, which `origin` returned, if that is to be
/// sent instead of their keys.
pub(super) fn load<P: Model, F: RelationField>(
    load: &Load<P, F>,
    executor: &mut dyn Executor<Hydrate = Plain>,
    parents: &mut [&mut P],
    origin: Origin<'_>,
) -> Result<()> {
    let def = load.relation().def();
    let link = def.link()?;
    let (index, keys) = index(parents, &link.local)?;
    let (among, criteria) = match origin {
        Origin::Keys(criteria) => (among_keys(def, link, keys), criteria),
        Origin::Sent(origin) => (among_origin(def, link, origin), &origin.criteria),
    };
    let statement = statement(def, link, &load.choice, among, criteria);
    if index.is_empty() {
        let children = Children { parents: parents.len(), rows: Vec::new(), links: Vec::new() };
        return load.complete(executor, parents, children, &statement);
    }
    let parent = children_of(def, &load.choice);
    let repeats = !link.meets_once();
    let mut query = JoinedQuery::new(&statement, parent, repeats, load.nested())?;
    let joined = query.statement.clone();
    let sql = sql::select(executor.dialect(), &joined)?;
    let target = (def.target)();
    let key = match link.between.first() {
        None => KeyColumns::in_row(target, &link.remote, 0),
        Some(first) => {
            KeyColumns::in_sequence(first.table.table, &first.near, target.columns.len())
        }
    };
    let shared = def.kind == RelationKind::BelongsTo;
    let parents_of = Parents { index: &index, key, count: parents.len(), shared };
    let read = |row: &dyn Row| F::Target::read(row, 0);
    let mut children = fetch(executor, &sql, &mut query, &parents_of, &read)?;
    if shared && !link.between.is_empty() {
        share(&mut children)?;
    }
    query.finish(executor, &mut children.rows, &statement)?;
    load.complete(executor, parents, children, &statement)
}

/// The rows that others are to belong to.
pub(super) struct Parents<'i> {
    /// Which of them have which key.
    pub(super) index: &'i KeyIndex,
    /// What the rows that belong to them have of that key.
    pub(super) key: KeyColumns,
    pub(super) count: usize,
    /// Whether several of them share a row.
    pub(super) shared: bool,
}

/// Fetches the rows that belong to `parents`: each is read by `read`, once for each that owns it.
pub(super) fn fetch<C>(
    executor: &mut dyn Executor<Hydrate = Plain>,
    sql: &Sql<'_>,
    query: &mut JoinedQuery<'_, C>,
    parents: &Parents<'_>,
    read: &dyn Fn(&dyn Row) -> Result<C>,
) -> Result<Children<C>> {
    let mut children = Children { parents: parents.count, rows: Vec::new(), links: Vec::new() };
    // Rows of one owner mostly follow each other.
    let (mut last_key, mut last_owner) = (None, None);
    let mut numbers = KeyMap::new();
    executor.fetch(sql, &mut |_, row| {
        let key = parents.key.key(row)?;
        if key != last_key {
            last_owner = key.as_ref().and_then(|key| parents.index.first(key));
            last_key = key;
        }
        let Some(owner) = last_owner else { return Ok(ControlFlow::Continue(())) };
        let mut give = || distribute(&mut children, parents, owner, || read(row));
        // A row that comes again, since more than one is joined to it, was given to them already.
        let range = match query.key(row)? {
            Some(key) => numbers.get_or_insert((owner, key), give)?,
            None => give()?,
        };
        query.read(row, range)?;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(children)
}

/// Makes parents share what a path leads to from them over different rows.
fn share<C: Model>(children: &mut Children<C>) -> Result<()> {
    let key = &C::table().primary_key;
    let mut numbers: KeyMap<Key, u32> = KeyMap::new();
    let number = |(number, row): (u32, &C)| {
        let key = Key::of_row(row, key)?;
        key.map_or(Ok(number), |key| numbers.get_or_insert(key, || Ok(number)))
    };
    let shared = (0..).zip(&children.rows).map(number).collect::<Result<Vec<u32>>>()?;
    for (_, row) in &mut children.links {
        *row = shared[*row as usize];
    }
    Ok(())
}

/// Returns the query for the rows that belong to those with one of the keys, given by column.
pub(super) fn rows_among(
    def: &RelationDef,
    link: &Link,
    keys: Vec<Vec<Value<'static>>>,
) -> SelectStatement {
    let mut statement = rows_of(def, link, (def.target)().into());
    let among = among_keys(def, link, keys);
    statement.filter = Some(statement.filter.take().into_iter().fold(among, Node::and));
    if let Some(declared) = def.order_by {
        declared(&mut statement.order_by);
    }
    statement
}

/// Returns the query for the rows that belong to those with one of the keys, given by column, and where
/// in its rows the key is.
pub(crate) fn keyed_rows(
    def: &RelationDef,
    link: &Link,
    keys: Vec<Vec<Value<'static>>>,
) -> (SelectStatement, KeyColumns) {
    let mut statement = rows_among(def, link, keys);
    let key = select_key(def, link, &mut statement);
    (statement, key)
}

/// Selects the key of the row that each row belongs to, and returns where that is.
pub(super) fn select_key(
    def: &RelationDef,
    link: &Link,
    statement: &mut SelectStatement,
) -> KeyColumns {
    let (near, columns) = near_side(def, link);
    select_columns(near, columns, statement)
}

/// Selects the primary key of the rows, if they may come several times, and returns where that is.
pub(super) fn select_identity(
    def: &RelationDef,
    link: &Link,
    statement: &mut SelectStatement,
) -> Option<KeyColumns> {
    let target = (def.target)();
    (!link.meets_once()).then(|| select_columns(target.into(), &target.primary_key, statement))
}

fn select_columns(
    table: TableRef,
    columns: &[usize],
    statement: &mut SelectStatement,
) -> KeyColumns {
    let mut selected = items_of(&statement.projection);
    let key = KeyColumns::in_sequence(table.table, columns, selected.len());
    selected.extend(items(table, columns.iter().copied()));
    statement.projection = Projection::Items(selected);
    key
}

/// Returns how the statement names the columns of the children.
fn children_of(def: &RelationDef, choice: &Choice) -> Parent {
    let table = (def.target)();
    match choice.limit {
        Some(_) => Parent::Derived(RANKED, table),
        None => Parent::Table(table.into()),
    }
}

fn next_number<C>(children: &Children<C>) -> Result<u32> {
    u32::try_from(children.rows.len()).map_err(|_| too_many())
}

/// Returns which parents have which key, and the values of each key once, by column.
pub(super) fn index<P: Model>(
    parents: &[&mut P],
    local: &[usize],
) -> Result<(KeyIndex, Vec<Vec<Value<'static>>>)> {
    let mut index = KeyIndex::with_capacity(parents.len());
    let mut keys: Vec<Vec<Value<'static>>> =
        local.iter().map(|_| Vec::with_capacity(parents.len())).collect();
    for (number, parent) in (0..).zip(parents) {
        if let Some(key) = Key::of_row(&**parent, local)?
            && index.add(number, key)
        {
            for (values, &column) in keys.iter_mut().zip(local) {
                values.push(parent.value(column)?.into_owned()?);
            }
        }
    }
    Ok((index, keys))
}

/// Gives the parents with the key of `first` a row, and returns its numbers: one for all where they share
/// it, else one each, also for those that are the same row themselves.
fn distribute<C>(
    children: &mut Children<C>,
    parents: &Parents<'_>,
    first: u32,
    read: impl Fn() -> Result<C>,
) -> Result<Range<u32>> {
    let start = next_number(children)?;
    let owners = parents.index.rows_from(first);
    if parents.shared {
        children.rows.push(read()?);
        children.links.extend(owners.map(|owner| (owner, start)));
    } else {
        for owner in owners {
            children.links.push((owner, next_number(children)?));
            children.rows.push(read()?);
        }
    }
    Ok(start..next_number(children)?)
}

/// Returns the statement for the rows that the relation leads to from one parent.
pub(super) fn of_parent<P: Model>(def: &RelationDef, parent: &P) -> Result<SelectStatement> {
    let link = def.link()?;
    let value = |&local: &usize| Ok(Node::Value(parent.value(local)?.into_owned()?));
    let values = link.local.iter().map(value).collect::<Result<Vec<_>>>()?;
    let mut statement = rows_from(def, link, (def.target)().into(), &|near, columns| {
        Node::all_equal(columns_as(near, columns).zip(values.iter().cloned()))
    });
    if let Some(declared) = def.order_by {
        declared(&mut statement.order_by);
    }
    Ok(statement)
}

/// Returns the statement for the rows that belong to those `origin` returns.
pub(super) fn of_origin(
    def: &RelationDef,
    choice: &Choice,
    origin: &SelectStatement,
) -> Result<SelectStatement> {
    let link = def.link()?;
    let among = among_origin(def, link, origin);
    Ok(statement(def, link, choice, among, &origin.criteria))
}

/// Returns the table and the columns that hold the keys of the parents.
fn near_side<'l>(def: &RelationDef, link: &'l Link) -> (TableRef, &'l [usize]) {
    link.near_side((def.target)().into())
}

fn statement(
    def: &RelationDef,
    link: &Link,
    choice: &Choice,
    among: Node,
    criteria: &Criteria,
) -> SelectStatement {
    let target = (def.target)();
    let mut statement = rows_of(def, link, target.into());
    let (near, columns) = near_side(def, link);
    statement.deferral.clone_from(&choice.deferral);
    if link.between.is_empty() {
        // By these the rows find their parents.
        statement.deferral.read(link.remote.iter().copied());
    }
    let mut selected = items(target.into(), 0..target.columns.len());
    for (position, item) in selected.iter_mut().enumerate() {
        item.is_deferred = statement.deferral.leaves_out(target, position);
    }
    if !link.between.is_empty() {
        selected.extend(items(near, columns.iter().copied()));
        statement.projection = Projection::Items(selected.clone());
    }
    let conditions = [statement.filter.take(), choice.filter.clone()];
    statement.filter = conditions.into_iter().flatten().reduce(Node::and);
    statement.order_by = choice.order_by(def);
    statement.criteria.clone_from(criteria);
    statement.meet_criteria();
    statement.filter = Some(statement.filter.take().into_iter().fold(among, Node::and));
    if let Some(limit) = choice.limit {
        let order_by = std::mem::take(&mut statement.order_by);
        let partition = items(near, columns.iter().copied());
        statement = first_of_each(statement, selected, partition, order_by, limit);
        statement.criteria.clone_from(criteria);
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
    // By the key in the end, so that the first rows are always the same ones.
    if let Some(table) = ranked.table() {
        let key = items(table.into(), table.primary_key.iter().copied());
        order_by.extend(key.into_iter().map(|item| OrderTerm::ascending(item.node)));
    }
    // A row that comes twice, by two pairs, counts once.
    let rank = Function::Named { name: "dense_rank".into(), aggregate: false, nullable: false };
    let mut call = Call::new(rank, Vec::new());
    let partition_by = partition.into_iter().map(|item| item.node).collect();
    call.over = Some(Over::Inline(Window { partition_by, order_by, ..Window::default() }));
    selected.push(Item::new(Node::Call(Box::new(call)), false));
    let mut names: Vec<Arc<str>> = Vec::with_capacity(selected.len());
    let mut outer = Vec::with_capacity(selected.len());
    for (position, item) in selected.iter_mut().enumerate() {
        let is_new = |name: &str| names.iter().all(|known| **known != *name);
        let name: Arc<str> = match item.name() {
            Some(name) if is_new(name) => name.into(),
            _ => {
                let name: Arc<str> = format!("column_{}", position + 1).into();
                item.label = Some(Arc::clone(&name));
                name
            }
        };
        names.push(Arc::clone(&name));
        let nullable = item.nullable;
        let node = Node::DerivedColumn { source: RANKED, name, nullable };
        outer.push(Item { is_deferred: item.is_deferred, ..Item::new(node, nullable) });
    }
    ranked.projection = Projection::Items(selected);
    let source = Source::Derived { query: Arc::new(ranked), alias: RANKED, is_lateral: false };
    let mut statement = SelectStatement::of(source);
    if let Some(rank) = outer.pop() {
        let limit = Value::I64(i64::try_from(limit).unwrap_or(i64::MAX));
        let (rank_node, limit) = (rank.node.clone(), Node::Value(limit));
        statement.filter = Some(Binary::node(rank_node, BinaryOperator::LessOrEqual, limit));
        statement.order_by = vec![OrderTerm::ascending(rank.node)];
    }
    statement.projection = Projection::Items(outer);
    statement
}

fn items(table: TableRef, positions: impl IntoIterator<Item = usize>) -> Vec<Item> {
    positions.into_iter().map(|position| Item::column(table.column(position))).collect()
}

/// Returns the condition that a row belongs to a parent with one of the keys, given by column.
fn among_keys(def: &RelationDef, link: &Link, keys: Vec<Vec<Value<'static>>>) -> Node {
    let (near, columns) = near_side(def, link);
    among(near, columns, keys)
}

/// Returns the condition that the columns have one of the keys, given by column.
pub(super) fn among(near: TableRef, columns: &[usize], mut keys: Vec<Vec<Value<'static>>>) -> Node {
    if let [only] = *columns {
        let values = keys.pop().unwrap_or_default();
        return Node::InList {
            operand: Box::new(Node::Column(near.column(only))),
            values,
            negated: false,
        };
    }
    let operands = columns_as(near, columns).collect();
    let types = columns.iter().map(|&position| near.table.columns[position].sql_type).collect();
    Node::InRows(Box::new(InRows { operands, types, columns: keys, negated: false }))
}

/// Returns the condition that a row belongs to one of the rows that `origin` returns.
fn among_origin(def: &RelationDef, link: &Link, origin: &SelectStatement) -> Node {
    const ORIGIN: &str = "origin";
    let (near, columns) = near_side(def, link);
    let source = (def.source)();
    let mut rows = origin.clone();
    if rows.limit.is_none() && rows.offset.is_none() {
        rows.order_by.clear();
    }
    rows.lock = None;
    // The key alone is selected, unless the rows would be others without their other columns.
    if rows.combined.is_empty() && !rows.distinct && matches!(rows.from, Source::Table(_)) {
        let parents = match rows.projection {
            Projection::Table(TableRef { alias, .. }) => TableRef { table: source, alias },
            Projection::Items(_) => source.into(),
        };
        let key = |&position: &usize| Item::column(parents.column(position));
        rows.projection = Projection::Items(link.local.iter().map(key).collect());
        if let [only] = columns {
            let operand = Box::new(Node::Column(near.column(*only)));
            return Node::InQuery { operand, query: Box::new(rows), negated: false };
        }
    }
    let derived = Source::Derived { query: Arc::new(rows), alias: ORIGIN, is_lateral: false };
    let mut exists = SelectStatement::of(derived);
    let pair = |(&column, &local): (&usize, &usize)| {
        let name = source.columns[local].name.as_str().into();
        let nullable = source.columns[local].nullable;
        let local = Node::DerivedColumn { source: ORIGIN, name, nullable };
        (Node::Column(near.column(column)), local)
    };
    exists.filter = Some(Node::all_equal(columns.iter().zip(&link.local).map(pair)));
    let one = Item::new(Node::Value(Value::I64(1)), false);
    exists.projection = Projection::Items(vec![one]);
    Node::Exists { query: Box::new(exists), negated: false }
}
