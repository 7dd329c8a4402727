//! Keys that change: rows that refer to them follow, in memory and in the database.
//!
//! A foreign key that says `ON UPDATE CASCADE` has the database change the rows that refer, and memory follows
//! here. Where there is no foreign key, only a relation, the session updates them. Any other foreign key
//! makes the database refuse the change while rows refer to it.

use std::collections::BTreeMap;

use super::super::Tracked;
use super::super::links::KeyLink;
use super::super::snapshot::{Snapshot, is_same};
use super::super::store::{Status, Store};
use super::super::undo::RowId;
use super::set_key;
use super::update::{changed_columns, update};
use crate::ast::UpdateRows;
use crate::engine::Connection;
use crate::error::{Error, IntegrityError, IntegrityKind, Result};
use crate::query::update_in_transaction;
use crate::relation::{Key, RelationDef, RelationKind};
use crate::schema::{ForeignKey, ReferenceAction, Table};
use crate::value::{Value, Values};

/// Updates the rows whose keys changed, before rows are inserted that refer to what the keys are now.
pub(super) fn change_all(
    tracked: &mut Tracked,
    conn: &mut Connection,
    order: &[u32],
) -> Result<()> {
    for &store in order {
        if tracked.store(store).touched.is_empty() {
            continue;
        }
        let referred = referred_columns(tracked, store);
        let mut rows = Vec::new();
        for &row in &tracked.store(store).touched {
            if has_changed(tracked.store(store), row, &referred)? {
                rows.push(row);
            }
        }
        while !rows.is_empty() {
            let row = rows.remove(next_free(tracked.store(store), &rows)?);
            refer(tracked, RowId { store, row })?;
            let columns = changed_columns(tracked, RowId { store, row })?;
            change(tracked, conn, RowId { store, row }, &columns)?;
        }
        let kept = tracked.store_mut(store);
        let heads = &kept.heads;
        kept.touched.retain(|&row| heads[row as usize].is_touched);
    }
    Ok(())
}

/// Sets the foreign keys of a row, which are written with its own, to the keys that other rows have now.
fn refer(tracked: &mut Tracked, id: RowId) -> Result<()> {
    let is_known = |link: &&KeyLink| {
        link.parent.is_none_or(|parent| tracked.status(parent) != Status::Pending)
    };
    let links: Vec<KeyLink> = tracked.links.keys.of(id).filter(is_known).copied().collect();
    links.iter().rev().try_for_each(|link| set_key(tracked, id, link))
}

/// Updates these columns of a row whose key is among them, and what refers to it.
pub(super) fn change(
    tracked: &mut Tracked,
    conn: &mut Connection,
    id: RowId,
    columns: &[usize],
) -> Result<()> {
    let Some(before) = tracked.store(id.store).head(id.row).stored.clone() else { return Ok(()) };
    update(tracked, conn, id.store, columns, &[id.row])
        .map_err(|error| refused(error, tracked.store(id.store).table, columns))?;
    follow(tracked, conn, id, &before, columns)
}

/// Returns the columns of a table that rows refer to: its primary key, and those of foreign keys to it.
fn referred_columns(tracked: &Tracked, store: u32) -> Vec<usize> {
    let table = tracked.store(store).table;
    let mut columns = table.primary_key.clone();
    for dependant in dependants(tracked, store) {
        columns.extend(dependant.refers_to);
    }
    columns.sort_unstable();
    columns.dedup();
    columns
}

fn has_changed(store: &Store, row: u32, columns: &[usize]) -> Result<bool> {
    let head = store.head(row);
    let (Some(stored), Status::Persistent, true) = (&head.stored, head.status, head.is_touched)
    else {
        return Ok(false);
    };
    for &position in columns {
        if stored.differs(position, || store.values.value(row, position))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the place of the first row whose new key is not that of another that is to change, too.
fn next_free(store: &Store, rows: &[u32]) -> Result<usize> {
    for (place, &row) in rows.iter().enumerate() {
        let holder = store.key_of(row)?.and_then(|key| store.index.get(&key));
        if holder.is_none_or(|holder| holder == row || !rows.contains(&holder)) {
            return Ok(place);
        }
    }
    Err(Error::invalid_state(format!(
        "rows of `{model}` exchange their primary keys, and none can be updated first: give one of them \
         another key, `flush`, and then the key that it is to have",
        model = store.table.model
    )))
}

/// Rows that refer to those of a table.
struct Dependant {
    table: &'static Table,
    columns: Vec<usize>,
    refers_to: Vec<usize>,
    /// What the database does when the key changes; `None` if there is no foreign key, so that the session
    /// does it.
    action: Option<ReferenceAction>,
}

/// Returns what is known to refer to a table: by foreign keys of tables that the session has rows of, and by
/// relations.
fn dependants(tracked: &Tracked, store: u32) -> Vec<Dependant> {
    let table = tracked.store(store).table;
    let mut found: Vec<Dependant> = Vec::new();
    for other in &tracked.stores {
        found.extend(
            other.table.foreign_keys.iter().filter_map(|key| by_key(other.table, key, table)),
        );
    }
    let own = tracked.store(store).relations.iter();
    let others = tracked.stores.iter().flat_map(|store| &store.relations);
    for def in own.chain(others) {
        let Some(dependant) = by_relation(def, table) else { continue };
        let is_known = |known: &Dependant| {
            std::ptr::eq(known.table, dependant.table) && known.columns == dependant.columns
        };
        if !found.iter().any(is_known) {
            found.push(dependant);
        }
    }
    found
}

fn by_key(table: &'static Table, key: &ForeignKey, target: &Table) -> Option<Dependant> {
    let (columns, refers_to) = key.is_to(target).then(|| positions(table, key, target))??;
    Some(Dependant { table, columns, refers_to, action: Some(key.on_update) })
}

/// Returns what refers to `target` by a relation, from whichever side it is declared.
fn by_relation(def: &RelationDef, target: &'static Table) -> Option<Dependant> {
    // With a condition, rows that refer to something else may have the same value.
    if def.is_path() || def.filter.is_some() {
        return None;
    }
    let link = def.link().ok()?;
    let (table, columns, refers_to) = match (def.kind, link.between.first()) {
        (RelationKind::BelongsTo, _) => ((def.source)(), &link.local, &link.remote),
        (RelationKind::ManyToMany, Some(pairs)) => (pairs.table.table, &pairs.near, &link.local),
        _ => ((def.target)(), &link.remote, &link.local),
    };
    let referred = if def.kind == RelationKind::BelongsTo { def.target } else { def.source };
    if !std::ptr::eq(referred(), target) {
        return None;
    }
    let key = table.foreign_keys.iter().find(|key| {
        key.is_to(target)
            && positions(table, key, target).is_some_and(|(known, _)| known == *columns)
    });
    Some(Dependant {
        table,
        columns: columns.clone(),
        refers_to: refers_to.clone(),
        action: key.map(|key| key.on_update),
    })
}

/// Returns the columns of a foreign key, and those that they refer to.
fn positions(table: &Table, key: &ForeignKey, target: &Table) -> Option<(Vec<usize>, Vec<usize>)> {
    let columns = key.columns.iter().map(|name| table.position(name));
    let refers_to = key.target_columns.iter().map(|name| target.position(name));
    Some((columns.collect::<Option<_>>()?, refers_to.collect::<Option<_>>()?))
}

/// Changes what refers to a row whose columns changed: `before` is what they were.
fn follow(
    tracked: &mut Tracked,
    conn: &mut Connection,
    id: RowId,
    before: &Snapshot,
    changed: &[usize],
) -> Result<()> {
    for dependant in dependants(tracked, id.store) {
        if !dependant.refers_to.iter().any(|column| changed.contains(column)) {
            continue;
        }
        let old = dependant.refers_to.iter().map(|&column| before.get(column).cloned());
        let Some(old) = old.collect::<Option<Vec<Value<'static>>>>() else { continue };
        let values = &tracked.store(id.store).values;
        let new = dependant.refers_to.iter().map(|&at| values.value(id.row, at)?.into_owned());
        let new = new.collect::<Result<Vec<Value<'static>>>>()?;
        // Rows that are read from now on are perhaps not as they were before.
        tracked.wrote_past = true;
        let new = match dependant.action {
            None => {
                update_by_hand(conn, &dependant, &old, &new)?;
                new
            }
            Some(ReferenceAction::Cascade) => new,
            Some(ReferenceAction::SetNull) => vec![Value::Null; old.len()],
            // What the default is, only the database knows; the others refuse if there is a row.
            Some(_) => continue,
        };
        follow_in_memory(tracked, conn, &dependant, &old, &new)?;
    }
    Ok(())
}

/// Updates the rows that refer by a relation without a foreign key.
fn update_by_hand(
    conn: &mut Connection,
    dependant: &Dependant,
    old: &[Value<'static>],
    new: &[Value<'static>],
) -> Result<()> {
    let mut statement = UpdateRows::new(dependant.table, &dependant.columns, &dependant.columns);
    statement.with_deleted = true;
    let mut is_sent = false;
    update_in_transaction(conn, &statement, &mut |values| {
        values.extend(old.iter().chain(new).filter(|_| !is_sent).cloned());
        Ok(!std::mem::replace(&mut is_sent, true))
    })?;
    Ok(())
}

/// Changes the rows that the session has as the database did.
fn follow_in_memory(
    tracked: &mut Tracked,
    conn: &mut Connection,
    dependant: &Dependant,
    old: &[Value<'static>],
    new: &[Value<'static>],
) -> Result<()> {
    let Dependant { table, columns, .. } = dependant;
    let Some(store) = tracked.store_in(table) else { return Ok(()) };
    let Some(key) = Key::of_values(old.iter().map(Value::borrow)) else { return Ok(()) };
    let changes: BTreeMap<usize, &Value<'static>> = columns.iter().copied().zip(new).collect();
    let changes_key = table.primary_key.iter().any(|column| columns.contains(column));
    for row in rows_that_refer(tracked.store(store), columns, &key)? {
        let id = RowId { store, row };
        tracked.remember(id);
        let kept = tracked.store_mut(store);
        let before = kept.head(row).stored.clone();
        let before = before.unwrap_or_else(|| kept.snapshot(row));
        for (&column, &value) in &changes {
            let known = before.get(column);
            let is_as_stored = match (known, kept.values.value(row, column)) {
                (Some(known), Ok(now)) => is_same(known, &now),
                _ => false,
            };
            if is_as_stored {
                let value = std::slice::from_ref(value);
                kept.values.assign(row, column, &Values(value), 0)?;
            }
        }
        if let Some(stored) = &mut kept.head_mut(row).stored {
            *stored = stored.with(&changes);
        }
        if changes_key {
            rekey(kept, row, &before.with(&changes));
            follow(tracked, conn, id, &before, columns)?;
        }
    }
    Ok(())
}

/// Returns the stored rows that have this key in these columns, in the database.
fn rows_that_refer(store: &Store, columns: &[usize], key: &Key) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for (row, head) in (0_u32..).zip(store.heads.iter()) {
        if !head.status.is_stored() {
            continue;
        }
        let known = match &head.stored {
            Some(stored) => {
                let values = columns.iter().map(|&column| stored.get(column));
                values
                    .collect::<Option<Vec<_>>>()
                    .and_then(|values| Key::of_values(values.into_iter().map(Value::borrow)))
            }
            None => store.key_in(row, columns)?,
        };
        if known.as_ref() == Some(key) {
            found.push(row);
        }
    }
    Ok(found)
}

/// Makes a row known by the primary key that it has in the database now.
fn rekey(store: &mut Store, row: u32, now: &Snapshot) {
    let values = store.table.primary_key.iter().map(|&column| now.get(column));
    let values: Option<Vec<_>> = values.collect();
    let key = values.and_then(|values| Key::of_values(values.into_iter().map(Value::borrow)));
    store.rekey(row, key);
}

/// Says what to do about a foreign key that refuses the change of a key.
fn refused(error: Error, table: &Table, changed: &[usize]) -> Error {
    match error {
        Error::Integrity(violated) if is_referred_to(&violated, table, changed) => {
            let name = violated.constraint.as_deref().unwrap_or("without a name");
            let of = violated.table.map(|table| format!(" of `{table}`")).unwrap_or_default();
            Error::invalid_state(format!(
                "the key of a `{model}` cannot change while rows{of} refer to it by the foreign key `{name}`: \
                 declare `on_update = \"cascade\"` on it, so that they follow",
                model = table.model,
            ))
        }
        error => error,
    }
}

/// Whether it is a foreign key to a row of the table, and not one of the columns that changed in the row.
fn is_referred_to(violated: &IntegrityError, table: &Table, changed: &[usize]) -> bool {
    let has_changed = |name: &String| table.position(name).is_some_and(|at| changed.contains(&at));
    let is_own =
        violated.table.as_deref() == Some(&*table.name) && violated.columns.iter().any(has_changed);
    violated.kind == IntegrityKind::ForeignKey && !is_own
}
