//! A row that is deleted, and a new one with the same primary key: an update, as in SQLAlchemy.

use super::super::Tracked;
use super::super::snapshot::Snapshot;
use super::super::store::{Status, Store};
use super::super::undo::RowId;
use crate::error::Result;
use crate::relation::Key;
use crate::value::Value;

/// Makes updates of the new rows that take the place of one that is to be deleted.
pub(super) fn switch_rows(tracked: &mut Tracked) -> Result<()> {
    for store in 0_u32.. {
        let Some(kept) = tracked.stores.get(store as usize) else { break };
        if kept.deleting.is_empty() {
            continue;
        }
        for row in kept.pending.clone() {
            if let Some(before) = replaced(tracked, store, row)? {
                switch(tracked, RowId { store, row: before }, RowId { store, row })?;
            }
        }
    }
    Ok(())
}

/// Returns the row to be deleted that has the primary key which a new row was given.
fn replaced(tracked: &Tracked, store: u32, row: u32) -> Result<Option<u32>> {
    let kept = tracked.store(store);
    let given = kept.given.columns(kept.head(row).given);
    let is_given = kept.table.primary_key.iter().all(|column| given.contains(column));
    if !is_given {
        return Ok(None);
    }
    let key = kept.table.primary_key.iter().map(|&column| kept.given_value(row, column));
    let key = Key::of_values(key.collect::<Result<Vec<_>>>()?);
    let found = key.and_then(|key| kept.index.get(&key));
    Ok(found.filter(|&found| kept.head(found).status == Status::Deleting))
}

fn switch(tracked: &mut Tracked, old: RowId, new: RowId) -> Result<()> {
    tracked.remember(old);
    let kept = tracked.store_mut(old.store);
    kept.unlist(old.row);
    kept.unlist(new.row);
    let stored = kept.head_mut(old.row).stored.take();
    let stored = stored.unwrap_or_else(|| kept.snapshot(old.row));
    keep_filled(kept, new.row, &stored)?;
    let old_head = kept.head_mut(old.row);
    old_head.status = Status::Deleted;
    old_head.is_touched = false;
    let key = old_head.key.clone();
    let new_head = kept.head_mut(new.row);
    new_head.status = Status::Persistent;
    new_head.new_row = None;
    new_head.stored = Some(stored);
    new_head.is_touched = true;
    kept.touched.push(new.row);
    kept.rekey(new.row, key);
    Ok(())
}

/// Leaves the columns as they are that the database fills, where the new row was given no value.
fn keep_filled(kept: &mut Store, row: u32, stored: &Snapshot) -> Result<()> {
    let given = kept.given.columns(kept.head(row).given);
    let mut left = kept.filled.clone();
    left.retain(|column| !given.contains(column));
    if let Some(new_row) = kept.head_mut(row).new_row.take() {
        let values = (0..kept.table.columns.len()).map(|column| {
            let value =
                if left.contains(&column) { stored.get(column) } else { new_row.get(column) };
            Some(value.cloned().unwrap_or(Value::Null))
        });
        return kept.values.restore(row, &Snapshot::of(values.collect()));
    }
    left.into_iter().try_for_each(|column| kept.values.assign(row, column, stored, column))
}
