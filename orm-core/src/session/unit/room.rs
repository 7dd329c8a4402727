//! Rows that make room: of those that alone may refer to a row, the one that does so no more is written before
//! the one that is to.

use std::collections::BTreeMap;

use super::super::Tracked;
use super::super::store::{Status, Store};
use super::super::undo::RowId;
use super::delete::delete_rows;
use super::update::{changed_columns, update};
use crate::engine::Connection;
use crate::error::Result;
use crate::relation::RelationKind;
use crate::schema::Table;

/// Updates and deletes the rows that others take the place of in relations to one, before these are written.
pub(super) fn make_room(tracked: &mut Tracked, conn: &mut Connection, order: &[u32]) -> Result<()> {
    for &store in order {
        let kept = tracked.store(store);
        if kept.pending.is_empty() && kept.touched.len() < 2 {
            continue;
        }
        let keys = keys_of_one(kept.table);
        if keys.is_empty() {
            continue;
        }
        let freed = freed(kept, &keys)?;
        let changed =
            kept.touched.iter().filter(|&&row| kept.head(row).status == Status::Persistent);
        if kept.pending.is_empty() && changed.count() == freed.len() {
            continue;
        }
        write_freed(tracked, conn, store, freed)?;
        if !is_referred_to(tracked, store) {
            delete_rows(tracked, conn, store)?;
        }
    }
    Ok(())
}

fn write_freed(
    tracked: &mut Tracked,
    conn: &mut Connection,
    store: u32,
    freed: Vec<u32>,
) -> Result<()> {
    let mut groups: BTreeMap<Vec<usize>, Vec<u32>> = BTreeMap::new();
    for row in freed {
        groups.entry(changed_columns(tracked, RowId { store, row })?).or_default().push(row);
    }
    for (columns, rows) in &groups {
        update(tracked, conn, store, columns, rows)?;
    }
    let kept = tracked.store_mut(store);
    let heads = &kept.heads;
    kept.touched.retain(|&row| heads[row as usize].is_touched);
    Ok(())
}

/// Returns the foreign keys of a table whose values no two rows share.
fn keys_of_one(table: &Table) -> Vec<Vec<usize>> {
    let positions = |columns: &[String]| {
        let columns = columns.iter().map(|name| table.position(name));
        columns.collect::<Option<Vec<usize>>>()
    };
    let is_unique = |key: &Vec<usize>| {
        let is_within = |columns: &[usize]| columns.iter().all(|column| key.contains(column));
        let uniques = table.uniques.iter().map(|unique| &unique.columns);
        let indexes = table.indexes.iter().filter(|index| index.unique).map(|index| &index.columns);
        is_within(&table.primary_key)
            || uniques
                .chain(indexes)
                .filter_map(|columns| positions(columns))
                .any(|unique| is_within(&unique))
    };
    let keys = table.foreign_keys.iter().filter_map(|key| positions(&key.columns));
    keys.filter(is_unique).collect()
}

/// Returns the stored rows that had one of these keys and have none now.
fn freed(store: &Store, keys: &[Vec<usize>]) -> Result<Vec<u32>> {
    let mut freed = Vec::new();
    for &row in &store.touched {
        let head = store.head(row);
        let Some(stored) = head.stored.as_ref().filter(|_| head.status == Status::Persistent)
        else {
            continue;
        };
        for key in keys {
            let had_one =
                key.iter().all(|&column| stored.get(column).is_some_and(|value| !value.is_null()));
            if had_one && store.key_in(row, key)?.is_none() {
                freed.push(row);
                break;
            }
        }
    }
    Ok(freed)
}

/// Whether rows of the models that the session knows can refer to those of a store.
fn is_referred_to(tracked: &Tracked, store: u32) -> bool {
    let kept = tracked.store(store);
    let leads_to_others = |kind| {
        matches!(kind, RelationKind::HasMany | RelationKind::HasOne | RelationKind::ManyToMany)
    };
    let keys = tracked.stores.iter().flat_map(|other| &other.table.foreign_keys);
    kept.relations.iter().any(|def| leads_to_others(def.kind))
        || keys.into_iter().any(|key| key.is_to(kept.table))
}
