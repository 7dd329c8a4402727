//! Rows that are to go: children before those that they refer to.

use std::collections::HashSet;

use super::super::Tracked;
use super::super::store::Status;
use super::super::undo::RowId;
use super::circles;
use super::update::version_of;
use crate::ast::{DeleteStatement, Node, TableRef};
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::relation::Key;
use crate::schema::{ReferenceAction, Table};
use crate::sql;
use crate::value::Value;

/// Deletes all rows that are to be deleted.
pub(super) fn delete_all(
    tracked: &mut Tracked,
    conn: &mut Connection,
    order: &[u32],
) -> Result<()> {
    circles::open(tracked, conn, order)?;
    order.iter().rev().try_for_each(|&store| delete_rows(tracked, conn, store))
}

/// Deletes the rows of a model that are to be deleted.
pub(super) fn delete_rows(tracked: &mut Tracked, conn: &mut Connection, store: u32) -> Result<()> {
    let mut rows = std::mem::take(&mut tracked.store_mut(store).deleting);
    rows.retain(|&row| tracked.store(store).head(row).status == Status::Deleting);
    if rows.is_empty() {
        return Ok(());
    }
    delete(tracked, conn, store, &rows)?;
    // Rows that are read from now on are perhaps not as they were before.
    tracked.wrote_past |= changes_others(tracked, store);
    for row in rows {
        tracked.remember(RowId { store, row });
        tracked.store_mut(store).is_deleted(row);
    }
    Ok(())
}

/// Whether the database changes or deletes rows with those of a model.
fn changes_others(tracked: &Tracked, store: u32) -> bool {
    let deleted = tracked.store(store);
    let related = deleted.relations.iter().map(|def| (def.target)());
    let mut keys =
        tracked.stores.iter().map(|store| store.table).chain(related).flat_map(|table| {
            table
                .foreign_keys
                .iter()
                .filter(|key| key.is_to(deleted.table))
                .map(|key| key.on_delete)
        });
    keys.any(ReferenceAction::changes_rows)
}

fn delete(tracked: &Tracked, conn: &mut Connection, store: u32, rows: &[u32]) -> Result<()> {
    let table = tracked.store(store).table;
    let version = version_of(table);
    let count = if is_one_statement(table, rows) {
        let column = table.primary_key[0];
        let keys = rows.iter().map(|&row| stored(tracked, store, row, column));
        send(conn, table, one_of(table, column, keys.collect::<Result<_>>()?))?
    } else {
        let found_by: Vec<usize> = table.primary_key.iter().copied().chain(version).collect();
        let mut count = 0;
        for row in one_after_another(tracked, store, rows)? {
            let values =
                found_by.iter().map(|&column| Ok((column, stored(tracked, store, row, column)?)));
            count += delete_where(conn, table, values.collect::<Result<_>>()?)?;
        }
        count
    };
    match count == rows.len() as u64 {
        true => Ok(()),
        false if version.is_some() => Err(Error::StaleData { model: table.model }),
        false => {
            tracing::warn!(
                target: "orm::session",
                model = table.model,
                "some rows that the session deletes were not there any more"
            );
            Ok(())
        }
    }
}

/// Whether rows are deleted by one statement.
pub(super) fn is_one_statement(table: &Table, rows: &[u32]) -> bool {
    rows.len() > 1 && table.primary_key.len() == 1 && version_of(table).is_none()
}

/// Returns the rows in the order in which they are deleted by themselves: those first that refer to others of
/// them.
pub(super) fn one_after_another(tracked: &Tracked, store: u32, rows: &[u32]) -> Result<Vec<u32>> {
    let table = tracked.store(store).table;
    let mut keys = Vec::new();
    for key in table.foreign_keys.iter().filter(|key| key.is_to(table)) {
        if key.target_columns.iter().map(String::as_str).eq(table.primary_key_columns()) {
            keys.push(key.columns.iter().filter_map(|name| table.position(name)).collect());
        }
    }
    if keys.is_empty() {
        return Ok(rows.to_vec());
    }
    let waiting = rows.iter().copied().collect();
    let mut order = Order { tracked, store, keys, waiting, found: Vec::with_capacity(rows.len()) };
    for &row in rows {
        if order.waiting.remove(&row) {
            order.visit(row)?;
        }
    }
    order.found.reverse();
    Ok(order.found)
}

/// The rows of a table that refers to itself, those that others refer to first.
struct Order<'t> {
    tracked: &'t Tracked,
    store: u32,
    /// The columns of its keys to itself.
    keys: Vec<Vec<usize>>,
    waiting: HashSet<u32>,
    found: Vec<u32>,
}

impl Order<'_> {
    /// Adds a row after those that it refers to.
    fn visit(&mut self, row: u32) -> Result<()> {
        let mut open = vec![(row, 0)];
        while let Some((row, key)) = open.pop() {
            if key == self.keys.len() {
                self.found.push(row);
                continue;
            }
            open.push((row, key + 1));
            if let Some(parent) = self.parent(row, key)?
                && self.waiting.remove(&parent)
            {
                open.push((parent, 0));
            }
        }
        Ok(())
    }

    /// Returns the row that one refers to by a key, if the session knows it.
    fn parent(&self, row: u32, key: usize) -> Result<Option<u32>> {
        let values = self.keys[key].iter();
        let values = values.map(|&column| stored(self.tracked, self.store, row, column));
        let values = values.collect::<Result<Vec<_>>>()?;
        let key = Key::of_values(values.iter().map(Value::borrow));
        Ok(key.and_then(|key| self.tracked.find(self.store, &key)).map(|id| id.row))
    }
}

/// Returns the value that a column has in the database.
pub(super) fn stored(
    tracked: &Tracked,
    store: u32,
    row: u32,
    column: usize,
) -> Result<Value<'static>> {
    let kept = tracked.store(store);
    match kept.head(row).stored.as_ref().and_then(|stored| stored.get(column)) {
        Some(value) => Ok(value.clone()),
        None => kept.values.value(row, column)?.into_owned(),
    }
}

/// Deletes the rows that have these values in these columns, and returns how many there were.
pub(super) fn delete_where(
    conn: &mut Connection,
    table: &'static Table,
    values: Vec<(usize, Value<'static>)>,
) -> Result<u64> {
    let table_ref = TableRef::from(table);
    let column = |position| Node::Column(table_ref.column(position));
    let equal = values.into_iter().map(|(position, value)| (column(position), Node::Value(value)));
    send(conn, table, Node::all_equal(equal))
}

fn send(conn: &mut Connection, table: &'static Table, condition: Node) -> Result<u64> {
    let mut statement = DeleteStatement::new(table);
    statement.filter = Some(condition);
    conn.execute(&sql::delete(conn.dialect(), &statement)?)
}

fn one_of(table: &'static Table, position: usize, values: Vec<Value<'static>>) -> Node {
    let operand = Box::new(Node::Column(TableRef::from(table).column(position)));
    Node::InList { operand, values, negated: false }
}
