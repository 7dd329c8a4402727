//! New rows: inserted model by model in batches, each after the rows that it refers to.

use super::super::Tracked;
use super::super::links::KeyLink;
use super::super::store::{Status, Store};
use super::super::undo::RowId;
use super::set_keys;
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::executor::Executor as _;
use crate::query::{LentRows, rows_at_once};
use crate::value::Values;

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
    let kept = tracked.store(store);
    let are_last = tracked.stores.iter().all(|other| other.pending.is_empty());
    if are_last && !kept.relations.iter().any(|def| std::ptr::eq((def.target)(), kept.table)) {
        return pending;
    }
    let is_ready = |&row: &u32| {
        let mut links = tracked.links.keys.of(RowId { store, row });
        !links.any(|link| link.parent.is_some_and(|parent| is_pending(tracked, parent)))
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
    let can_wait = |(child, link): &(RowId, &KeyLink)| tracked.can_be_null(*child, link.columns());
    let first = links_that_wait(tracked).find(can_wait).map(|(child, link)| (child, *link));
    if let Some((child, link)) = first {
        tracked.links.keys.take_of(child, link.columns());
        return Ok((child, link));
    }
    Err(match links_that_wait(tracked).next() {
        Some((child, _)) => circular(tracked, child),
        None => Error::invalid_state("new rows wait for others that are not there"),
    })
}

/// Returns what links new rows to others that are new.
fn links_that_wait(tracked: &Tracked) -> impl Iterator<Item = (RowId, &KeyLink)> {
    let rows = (0..)
        .zip(&tracked.stores)
        .flat_map(|(store, rows)| rows.pending.iter().map(move |&row| RowId { store, row }));
    let links = rows.flat_map(|child| tracked.links.keys.of(child).map(move |link| (child, link)));
    links.filter(|(_, link)| link.parent.is_some_and(|parent| is_pending(tracked, parent)))
}

#[cold]
fn circular(tracked: &Tracked, id: RowId) -> Error {
    let links = tracked.links.keys.of(id);
    let paths: Vec<String> = links.map(|link| format!("`{}`", link.def.path())).collect();
    Error::invalid_state(format!(
        "new rows refer to each other in a circle, and none can be inserted first: make one of the keys \
         of {} nullable, so that it can be set afterwards",
        paths.join(", ")
    ))
}

/// Inserts new rows of a model, whose keys can all be set now.
fn insert(tracked: &mut Tracked, conn: &mut Connection, store: u32, rows: &[u32]) -> Result<()> {
    let kept = tracked.store(store);
    let at_once = rows_at_once(conn.dialect(), kept.table, &kept.filled);
    rows.chunks(at_once).try_for_each(|rows| insert_some(tracked, conn, store, rows))
}

fn insert_some(
    tracked: &mut Tracked,
    conn: &mut Connection,
    store: u32,
    rows: &[u32],
) -> Result<()> {
    let mut groups: Vec<Alike> = Vec::new();
    for &row in rows {
        complete(tracked, RowId { store, row })?;
        let kept = tracked.store(store);
        let (given, is_whole) = (kept.head(row).given, kept.values.has(row));
        let is_like = |group: &&mut Alike| group.given == given && group.is_whole == is_whole;
        match groups.iter_mut().find(is_like) {
            Some(group) => group.rows.push(row),
            None => groups.push(Alike { given, is_whole, rows: vec![row] }),
        }
    }
    let kept = tracked.store_mut(store);
    groups.iter().try_for_each(|group| insert_alike(kept, conn, group))
}

/// Gives a new row the keys of those that it refers to, and notes what was changed of it since it was
/// added.
fn complete(tracked: &mut Tracked, id: RowId) -> Result<()> {
    set_keys(tracked, id)?;
    let store = tracked.store_mut(id.store);
    for column in store.changed(id.row)? {
        store.give(id.row, column);
    }
    Ok(())
}

/// New rows that were given the same columns.
struct Alike {
    given: u32,
    /// Whether they have values in memory.
    is_whole: bool,
    rows: Vec<u32>,
}

/// Inserts new rows, and reads back what the database filled in.
fn insert_alike(kept: &mut Store, conn: &mut Connection, group: &Alike) -> Result<()> {
    let Alike { given, is_whole, ref rows } = *group;
    let filled =
        if is_whole { kept.filled.clone() } else { (0..kept.table.columns.len()).collect() };
    let value = |number: usize, column| kept.given_value(rows[number], column);
    let columns = kept.given.columns(given);
    let new = LentRows { table: kept.table, columns, count: rows.len(), value: &value };
    let read = new.insert(conn, &filled, Connection::insert_with_keys)?;
    let mut read = read.chunks(filled.len().max(1));
    for &row in rows {
        let values = Values(read.next().unwrap_or_default());
        if is_whole {
            for (index, &column) in filled.iter().enumerate() {
                kept.values.assign(row, column, &values, index)?;
            }
        } else {
            kept.values.restore(row, &values)?;
        }
        kept.is_inserted(row)?;
    }
    Ok(())
}
