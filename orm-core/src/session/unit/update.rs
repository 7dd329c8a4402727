//! Rows that changed: the columns that differ, rows with the same columns together.

use std::collections::BTreeMap;

use super::super::Tracked;
use super::super::store::{Status, Store};
use super::super::undo::RowId;
use super::keys;
use crate::ast::UpdateRows;
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::query::{next_version, update_in_transaction};
use crate::relation::Key;
use crate::schema::Table;
use crate::value::{Value, Values};

/// Updates all rows that changed.
pub(super) fn update_all(
    tracked: &mut Tracked,
    conn: &mut Connection,
    order: &[u32],
) -> Result<()> {
    for &store in order {
        let touched = std::mem::take(&mut tracked.store_mut(store).touched);
        let mut groups: BTreeMap<Vec<usize>, Vec<(Option<Key>, u32)>> = BTreeMap::new();
        for row in touched {
            let head = tracked.store(store).head(row);
            if !head.is_touched || head.status != Status::Persistent {
                continue;
            }
            let changed = changed_columns(tracked, RowId { store, row })?;
            if changed.is_empty() {
                is_written(tracked.store_mut(store), row);
            } else {
                let key = tracked.store(store).head(row).key.clone();
                groups.entry(changed).or_default().push((key, row));
            }
        }
        for (columns, mut rows) in groups {
            // In the order of their keys, so that two sessions do not lock each other out.
            rows.sort();
            let rows: Vec<u32> = rows.into_iter().map(|(_, row)| row).collect();
            let changes_key =
                tracked.store(store).table.primary_key.iter().any(|key| columns.contains(key));
            if changes_key {
                for row in rows {
                    keys::change(tracked, conn, RowId { store, row }, &columns)?;
                }
            } else {
                update(tracked, conn, store, &columns, &rows)?;
            }
        }
    }
    Ok(())
}

/// Returns the columns that differ from the database, with those that change with every update.
pub(super) fn changed_columns(tracked: &mut Tracked, id: RowId) -> Result<Vec<usize>> {
    let mut changed = tracked.store(id.store).changed(id.row)?;
    let store = tracked.store_mut(id.store);
    changed.retain(|&position| !store.table.columns[position].version);
    if changed.is_empty() {
        return Ok(changed);
    }
    for (position, column) in store.table.columns.iter().enumerate() {
        if let Some(value) = column.on_update
            && !changed.contains(&position)
        {
            let named = |error: Error| error.in_column(|| store.table.name_of(position));
            let value = [value().map_err(named)?];
            store.values.assign(id.row, position, &Values(&value), 0)?;
            changed.push(position);
        }
    }
    changed.sort_unstable();
    Ok(changed)
}

/// Updates these columns of these rows.
pub(super) fn update(
    tracked: &mut Tracked,
    conn: &mut Connection,
    store: u32,
    columns: &[usize],
    rows: &[u32],
) -> Result<()> {
    let kept = tracked.store_mut(store);
    let table = kept.table;
    let version = version_of(table);
    let found_by: Vec<usize> = table.primary_key.iter().copied().chain(version).collect();
    let mut statement = UpdateRows::new(table, &found_by, columns);
    statement.with_deleted = true;
    if let Some(version) = version {
        statement.others.push((version, next_version(table, version)));
    }
    let mut next = rows.iter();
    let count = update_in_transaction(conn, &statement, &mut |values| {
        let Some(&row) = next.next() else { return Ok(false) };
        let stored = kept.head(row).stored.as_ref();
        for &position in &found_by {
            let before = stored.and_then(|stored| stored.get(position)).cloned();
            values.push(before.unwrap_or(Value::Null));
        }
        for &position in columns {
            values.push(kept.values.value(row, position)?.into_owned()?);
        }
        Ok(true)
    })?;
    if count != rows.len() as u64 {
        return Err(Error::StaleData { model: table.model });
    }
    for &row in rows {
        if let Some(version) = version {
            count_version(tracked, RowId { store, row }, version)?;
        }
        let kept = tracked.store_mut(store);
        let key = kept.key_of(row)?;
        is_written(kept, row);
        if kept.head(row).key != key {
            kept.rekey(row, key);
        }
    }
    Ok(())
}

/// Notes that what changed of a row is in the database: one that was to be read anew still is, since of its
/// other columns that is not known.
fn is_written(store: &mut Store, row: u32) {
    let is_expired = store.head(row).is_expired;
    store.is_stored(row);
    store.head_mut(row).is_expired = is_expired;
}

/// Returns the column that counts the updates of a row, if there is one.
pub(in super::super) fn version_of(table: &Table) -> Option<usize> {
    table.columns.iter().position(|column| column.version)
}

/// Counts an update in memory, from the version that the database had.
fn count_version(tracked: &mut Tracked, id: RowId, position: usize) -> Result<()> {
    let store = tracked.store_mut(id.store);
    let stored = store.head(id.row).stored.as_ref().and_then(|stored| stored.get(position));
    let next = match stored {
        Some(Value::I16(version)) => Value::I16(version.wrapping_add(1)),
        Some(Value::I32(version)) => Value::I32(version.wrapping_add(1)),
        Some(Value::I64(version)) => Value::I64(version.wrapping_add(1)),
        _ => return Ok(()),
    };
    store.values.assign(id.row, position, &Values(&[next]), 0)
}
