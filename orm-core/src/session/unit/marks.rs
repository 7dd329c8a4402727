//! Rows that are deleted by marking them: updates, as far as the database is concerned.

use super::super::Tracked;
use super::super::store::Status;
use super::super::undo::RowId;
use crate::error::Result;
use crate::value::Values;

/// Marks the rows that are to be deleted and stay, for the updates that follow, and returns them.
pub(super) fn mark_all(tracked: &mut Tracked) -> Result<Vec<RowId>> {
    let mut marked = Vec::new();
    for store in 0_u32.. {
        let Some(kept) = tracked.stores.get_mut(store as usize) else { break };
        let Some(mark) = kept.table.soft_delete.filter(|_| !kept.deleting.is_empty()) else {
            continue;
        };
        let now = [kept.table.deleted_now(mark)?];
        let (forever, rows): (Vec<u32>, Vec<u32>) =
            kept.deleting.drain(..).partition(|&row| kept.heads[row as usize].goes_forever);
        kept.deleting = forever;
        for row in rows {
            tracked.touch(RowId { store, row });
            let kept = tracked.store_mut(store);
            if kept.values.value(row, mark)?.is_null() {
                kept.values.assign(row, mark, &Values(&now), 0)?;
            }
            kept.head_mut(row).status = Status::Persistent;
            marked.push(RowId { store, row });
        }
    }
    Ok(marked)
}

/// Notes that rows are deleted whose mark was written.
pub(super) fn are_deleted(tracked: &mut Tracked, marked: &[RowId]) {
    for id in marked {
        tracked.store_mut(id.store).head_mut(id.row).status = Status::Deleted;
    }
}
