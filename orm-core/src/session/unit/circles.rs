//! Rows that are to go and refer to each other in a circle: the keys of those that go later become NULL first.

use std::collections::HashSet;

use super::super::Tracked;
use super::super::store::Status;
use super::super::undo::RowId;
use super::delete::{is_one_statement, one_after_another, stored};
use crate::ast::UpdateRows;
use crate::engine::Connection;
use crate::error::Result;
use crate::query::update_in_transaction;
use crate::relation::Key;
use crate::value::Value;

/// A foreign key of a model to one whose rows go before.
struct Back {
    store: u32,
    columns: Vec<usize>,
    target: u32,
}

/// Makes the keys NULL that refer to rows which are deleted before those that have them, where they can be.
pub(super) fn open(tracked: &Tracked, conn: &mut Connection, order: &[u32]) -> Result<()> {
    for (place, &store) in order.iter().enumerate() {
        if tracked.store(store).deleting.is_empty() {
            continue;
        }
        // Deletes go through the models in reverse.
        for &target in &order[place..] {
            for back in keys_back(tracked, store, target) {
                let rows = rows_left_behind(tracked, &back)?;
                forget(tracked, conn, &back, &rows)?;
            }
        }
    }
    Ok(())
}

/// Returns the foreign keys of a model to the primary key of another that can be NULL.
fn keys_back(tracked: &Tracked, store: u32, target: u32) -> Vec<Back> {
    let (table, other) = (tracked.store(store).table, tracked.store(target).table);
    if tracked.store(target).deleting.is_empty() {
        return Vec::new();
    }
    let keys = table.foreign_keys.iter().filter(|key| {
        key.is_to(other)
            && key.target_columns.iter().map(String::as_str).eq(other.primary_key_columns())
    });
    let backs = keys.filter_map(|key| {
        let columns = key.columns.iter().map(|name| table.position(name));
        Some(Back { store, columns: columns.collect::<Option<_>>()?, target })
    });
    let can_be_null = |back: &Back| back.columns.iter().all(|&at| table.columns[at].nullable);
    backs.filter(can_be_null).collect()
}

/// Returns the rows to be deleted that refer to one which is deleted before.
fn rows_left_behind(tracked: &Tracked, back: &Back) -> Result<Vec<u32>> {
    let Back { store, target, .. } = *back;
    let rows = &tracked.store(store).deleting;
    let parent_of = |row: u32| -> Result<Option<RowId>> {
        let values = back.columns.iter().map(|&column| stored(tracked, store, row, column));
        let values = values.collect::<Result<Vec<_>>>()?;
        let key = Key::of_values(values.iter().map(Value::borrow));
        Ok(key.and_then(|key| tracked.find(target, &key)))
    };
    let mut left = Vec::new();
    if store != target {
        for &row in rows {
            if parent_of(row)?.is_some_and(|parent| tracked.status(parent) == Status::Deleting) {
                left.push(row);
            }
        }
    } else if !is_one_statement(tracked.store(store).table, rows) {
        let mut gone = HashSet::with_capacity(rows.len());
        for row in one_after_another(tracked, store, rows)? {
            if parent_of(row)?.is_some_and(|parent| gone.contains(&parent.row)) {
                left.push(row);
            }
            gone.insert(row);
        }
    }
    Ok(left)
}

/// Makes the key of some rows NULL.
fn forget(tracked: &Tracked, conn: &mut Connection, back: &Back, rows: &[u32]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let table = tracked.store(back.store).table;
    let mut statement = UpdateRows::new(table, &table.primary_key, &back.columns);
    statement.with_deleted = true;
    let mut rows = rows.iter();
    update_in_transaction(conn, &statement, &mut |values| {
        let Some(&row) = rows.next() else { return Ok(false) };
        for &column in &table.primary_key {
            values.push(stored(tracked, back.store, row, column)?);
        }
        values.extend(back.columns.iter().map(|_| Value::Null));
        Ok(true)
    })?;
    Ok(())
}
