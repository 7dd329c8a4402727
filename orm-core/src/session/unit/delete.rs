//! Rows that are to go: children before those that they refer to.

use super::super::Tracked;
use super::super::store::Status;
use super::super::undo::RowId;
use super::update::version_of;
use crate::ast::{DeleteStatement, Node, TableRef};
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::schema::Table;
use crate::sql;
use crate::value::Value;

/// Deletes all rows that are to be deleted.
pub(super) fn delete_all(
    tracked: &mut Tracked,
    conn: &mut Connection,
    order: &[u32],
) -> Result<()> {
    for &store in order.iter().rev() {
        let mut rows = std::mem::take(&mut tracked.store_mut(store).deleting);
        rows.retain(|&row| tracked.store(store).head(row).status == Status::Deleting);
        if rows.is_empty() {
            continue;
        }
        delete(tracked, conn, store, &rows)?;
        for row in rows {
            tracked.remember(RowId { store, row });
            let kept = tracked.store_mut(store);
            kept.is_stored(row);
            let head = kept.head_mut(row);
            head.status = Status::Deleted;
            let key = head.key.clone();
            key.map(|key| kept.index.remove(&key));
        }
    }
    Ok(())
}

fn delete(tracked: &Tracked, conn: &mut Connection, store: u32, rows: &[u32]) -> Result<()> {
    let table = tracked.store(store).table;
    let version = version_of(table);
    let found_by: Vec<usize> = table.primary_key.iter().copied().chain(version).collect();
    let count = match (&*found_by, rows) {
        ([column], [_, _, ..]) => {
            let keys = rows.iter().map(|&row| stored(tracked, store, row, *column));
            send(conn, table, one_of(table, *column, keys.collect::<Result<_>>()?))?
        }
        (columns, rows) => {
            let mut count = 0;
            for &row in rows {
                let values = columns
                    .iter()
                    .map(|&column| Ok((column, stored(tracked, store, row, column)?)));
                count += delete_where(conn, table, values.collect::<Result<_>>()?)?;
            }
            count
        }
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

/// Returns the value that a column has in the database.
fn stored(tracked: &Tracked, store: u32, row: u32, column: usize) -> Result<Value<'static>> {
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
