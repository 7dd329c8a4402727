//! The unit of work: what changed in memory becomes statements, in an order that no constraint refuses.

mod circles;
mod delete;
mod insert;
mod keys;
mod marks;
mod order;
mod orphans;
mod pairs;
mod room;
mod switch;
mod update;

pub(super) use self::order::parents_first;
pub(super) use self::orphans::orphans;
pub(super) use self::update::version_of;

use super::Tracked;
use super::links::KeyLink;
use super::store::Status;
use super::undo::RowId;
use crate::engine::Connection;
use crate::error::Result;
use crate::value::{Value, Values};

/// Writes everything that changed: keys that others refer to; rows that make room for others; new rows, parents
/// first; then updates, pairs, and deletes, children first.
pub(super) fn flush(tracked: &mut Tracked, conn: &mut Connection) -> Result<()> {
    orphans::refuse(tracked)?;
    let marked = marks::mark_all(tracked)?;
    switch::switch_rows(tracked)?;
    let order = parents_first(tracked);
    keys::change_all(tracked, conn, &order)?;
    room::make_room(tracked, conn, &order)?;
    let postponed = insert::insert_all(tracked, conn, &order)?;
    for (child, link) in postponed {
        tracked.links.keys.set(child, link);
    }
    for child in tracked.links.keys.children(|_| true) {
        set_keys(tracked, child)?;
    }
    pairs::delete_pairs(tracked, conn)?;
    update::update_all(tracked, conn, &order)?;
    marks::are_deleted(tracked, &marked);
    pairs::insert_pairs(tracked, conn)?;
    delete::delete_all(tracked, conn, &order)?;
    tracked.links.clear();
    Ok(())
}

/// Sets the foreign keys of a row to the keys of those that it is to refer to.
fn set_keys(tracked: &mut Tracked, child: RowId) -> Result<()> {
    tracked.links.keys.take(child).try_for_each(|link| set_key(tracked, child, &link))
}

pub(super) fn set_key(tracked: &mut Tracked, child: RowId, link: &KeyLink) -> Result<()> {
    let is_new = tracked.status(child) == Status::Pending;
    if !is_new {
        tracked.touch(child);
    }
    for (&column, &parent_column) in link.columns().iter().zip(link.parent_columns()) {
        let value = match link.parent {
            Some(parent) => {
                let values = &tracked.store(parent.store).values;
                values.value(parent.row, parent_column)?.into_owned()?
            }
            None => Value::Null,
        };
        let store = tracked.store_mut(child.store);
        if is_new {
            store.give(child.row, column);
        }
        if let Some(row) = &mut store.head_mut(child.row).new_row {
            row.set(column, Ok(value));
        } else {
            store.values.assign(child.row, column, &Values(&[value]), 0)?;
        }
    }
    Ok(())
}
