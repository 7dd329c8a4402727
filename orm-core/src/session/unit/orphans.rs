//! Rows that were taken out of a relation, and belong to nothing now.

use super::super::Tracked;
use super::super::links::KeyLink;
use super::super::store::Status;
use super::super::undo::RowId;
use crate::error::{Error, Result};

/// Refuses rows that belong to nothing and cannot.
pub(super) fn refuse(tracked: &Tracked) -> Result<()> {
    for child in taken_out(tracked) {
        if let Some(link) = orphaned_by(tracked, child)
            && !tracked.can_be_null(child, link.columns())
        {
            return Err(without_parent(tracked, child, link));
        }
    }
    Ok(())
}

/// Returns the rows that are deleted since they belong to nothing.
pub(in super::super) fn orphans(tracked: &Tracked) -> Vec<RowId> {
    let mut orphans = taken_out(tracked);
    orphans.retain(|&child| {
        orphaned_by(tracked, child).is_some_and(|link| link.def.cascade.delete_orphan)
    });
    orphans
}

/// Returns the rows that were taken out of a relation.
fn taken_out(tracked: &Tracked) -> Vec<RowId> {
    tracked.links.keys.children(|link| link.parent.is_none())
}

/// Returns the relation that the row was taken out of and put nowhere else, if there is one.
fn orphaned_by(tracked: &Tracked, child: RowId) -> Option<&KeyLink> {
    tracked.links.keys.of(child).find(|link| is_orphaned(tracked, child, link))
}

/// Whether the row was taken out and put nowhere else; a parent that is deleted counts as none.
fn is_orphaned(tracked: &Tracked, child: RowId, link: &KeyLink) -> bool {
    link.parent.is_none() && matches!(tracked.status(child), Status::Pending | Status::Persistent)
}

#[cold]
fn without_parent(tracked: &Tracked, child: RowId, link: &KeyLink) -> Error {
    let table = tracked.store(child.store).table;
    let columns = link.columns().iter().map(|&column| table.name_of(column)).collect::<Vec<_>>();
    Error::invalid_state(format!(
        "a `{child}` has no `{parent}` any more, but `{columns}` cannot be NULL: give it another one, \
         delete it, or declare `cascade = \"all, delete-orphan\"` on `{path}`",
        child = table.model,
        parent = (link.def.source)().model,
        path = link.def.path(),
        columns = columns.join("`, `"),
    ))
}
