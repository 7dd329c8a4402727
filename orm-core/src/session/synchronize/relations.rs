//! Relations that are loaded, and by which a statement may have changed what belongs together.

use super::Tracked;
use crate::executor::WriteStatement;
use crate::relation::{RelationDef, RelationKind};
use crate::schema::Table;
use crate::session::undo::RowId;

impl Tracked {
    /// Forgets what relations lead to, where a statement set their keys, marked rows as deleted or wrote pairs:
    /// which rows belong there now, only the database knows, since it may be some that nobody has loaded.
    pub(super) fn unload_changed(&mut self, statement: WriteStatement<'_>) {
        let table = statement.table();
        let set: Option<Vec<usize>> = match statement {
            WriteStatement::Update(update) => {
                Some(update.assignments.iter().map(|(position, _)| *position).collect())
            }
            WriteStatement::Delete(_) => None,
        };
        for store in 0_u32.. {
            let Some(kept) = self.stores.get(store as usize) else { break };
            for (number, def) in kept.relations.clone().into_iter().enumerate() {
                if !is_changed(def, table, set.as_deref()) {
                    continue;
                }
                let kept = self.store(store);
                let rows = kept.heads.iter().zip(0_u32..).filter(|&(head, row)| {
                    head.status.is_stored() && kept.values.is_tracked(row, number)
                });
                let rows: Vec<u32> = rows.map(|(_, row)| row).collect();
                for row in rows {
                    self.unload(RowId { store, row }, def);
                }
            }
        }
    }
}

/// Whether a relation may lead elsewhere after these columns of a table were set, or rows of it deleted.
fn is_changed(def: &'static RelationDef, table: &Table, set: Option<&[usize]>) -> bool {
    let Ok(link) = def.link() else { return false };
    if link.between.iter().any(|between| std::ptr::eq(between.table.table, table)) {
        return true;
    }
    // Where a row that is known was deleted, its status says so.
    let Some(set) = set.filter(|_| std::ptr::eq((def.target)(), table)) else { return false };
    let is_by_key = def.kind != RelationKind::BelongsTo
        && link.remote.iter().any(|column| set.contains(column));
    let is_marked = table.soft_delete.is_some_and(|mark| set.contains(&mark));
    is_by_key || is_marked || def.filter.is_some()
}
