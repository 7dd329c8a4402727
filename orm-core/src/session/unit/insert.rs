//! New rows: inserted model by model in batches, each after the rows that it refers to.

use super::super::Tracked;
use super::super::links::KeyLink;
use super::super::store::Status;
use super::super::undo::RowId;
use super::set_keys;
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::model::NewRow;
use crate::query::insert_in_transaction;

/// A foreign key that is set after all rows are inserted, since they refer to each other.
type Postponed = Vec<(RowId, KeyLink)>;

/// Inserts all new rows.
pub(super) fn insert_all(
    tracked: &mut Tracked,
    conn: &mut Connection,
    order: &[u32],
) -> Result<Postponed> {
    let mut postponed = Vec::new();
    loop {
        let mut inserted = false;
        for &store in order {
            loop {
                let ready = take_ready(tracked, store);
                if ready.is_empty() {
                    break;
                }
                insert(tracked, conn, store, &ready)?;
                inserted = true;
            }
        }
        if tracked.stores.iter().all(|store| store.pending.is_empty()) {
            return Ok(postponed);
        }
        if !inserted {
            postponed.push(break_circle(tracked)?);
        }
    }
}

/// Takes the rows off the list of new ones that refer to no other that is new.
fn take_ready(tracked: &mut Tracked, store: u32) -> Vec<u32> {
    let pending = std::mem::take(&mut tracked.store_mut(store).pending);
    let is_ready = |&row: &u32| {
        let links = tracked.links.of(RowId { store, row });
        !links.iter().filter_map(|link| link.parent).any(|parent| is_pending(tracked, parent))
    };
    let (ready, waiting) = pending.into_iter().partition(is_ready);
    tracked.store_mut(store).pending = waiting;
    ready
}

fn is_pending(tracked: &Tracked, row: RowId) -> bool {
    tracked.status(row) == Status::Pending
}

/// Takes a link out of rows that refer to each other in a circle: the key is NULL at first, and set
/// afterwards.
fn break_circle(tracked: &mut Tracked) -> Result<(RowId, KeyLink)> {
    let mut circle = None;
    for (store, rows) in tracked.stores.iter().enumerate() {
        for &row in &rows.pending {
            let id = RowId { store: u32::try_from(store).unwrap_or(u32::MAX), row };
            for (index, link) in tracked.links.of(id).iter().enumerate() {
                if !link.parent.is_some_and(|parent| is_pending(tracked, parent)) {
                    continue;
                }
                if tracked.can_be_null(id, link.columns) {
                    circle = Some((id, index));
                    break;
                }
                circle = circle.or(Some((id, usize::MAX)));
            }
        }
    }
    let Some((id, index)) = circle else {
        return Err(Error::invalid_state("new rows wait for others that are not there"));
    };
    match tracked.links.postpone(id, index) {
        Some(link) => Ok((id, link)),
        None => Err(circular(tracked, id)),
    }
}

#[cold]
fn circular(tracked: &Tracked, id: RowId) -> Error {
    let links = tracked.links.of(id);
    let paths: Vec<String> = links.iter().map(|link| format!("`{}`", link.def.path())).collect();
    Error::invalid_state(format!(
        "new rows refer to each other in a circle, and none can be inserted first: make one of the keys \
         of {} nullable, so that it can be set afterwards",
        paths.join(", ")
    ))
}

/// Inserts new rows of a model, whose keys can all be set now.
fn insert(tracked: &mut Tracked, conn: &mut Connection, store: u32, rows: &[u32]) -> Result<()> {
    let mut new_rows = Vec::with_capacity(rows.len());
    for &row in rows {
        let id = RowId { store, row };
        set_keys(tracked, id)?;
        new_rows.push(new_row(tracked, id)?);
    }
    let kept = tracked.store_mut(store);
    let table = kept.table;
    let all: Vec<usize> = (0..table.columns.len()).collect();
    let can_be_read = rows.iter().all(|&row| kept.values.has(row));
    let returned = if can_be_read { kept.filled.clone() } else { all };
    let mut next = new_rows.into_iter();
    insert_in_transaction(
        conn,
        table,
        &mut || next.next(),
        &returned,
        &mut |_, stored, number| {
            let row = rows[number];
            if !kept.values.has(row) {
                return kept.values.restore(row, stored);
            }
            for (index, &position) in returned.iter().enumerate() {
                kept.values.assign(row, position, stored, index)?;
            }
            Ok(())
        },
    )?;
    for &row in rows {
        let kept = tracked.store_mut(store);
        let key = kept.key_of(row)?;
        kept.is_stored(row);
        let head = kept.head_mut(row);
        head.status = Status::Persistent;
        head.key.clone_from(&key);
        if let Some(key) = key {
            kept.index.insert(key, row);
        }
    }
    Ok(())
}

/// Returns what a new row gives: what its builder was given, and what was changed since.
fn new_row(tracked: &mut Tracked, id: RowId) -> Result<NewRow> {
    let store = tracked.store_mut(id.store);
    let mut row = store.head_mut(id.row).new_row.take().map_or_else(NewRow::default, |row| *row);
    for position in store.changed(id.row)? {
        row.set(position, store.values.value(id.row, position)?.into_owned());
    }
    Ok(row)
}
