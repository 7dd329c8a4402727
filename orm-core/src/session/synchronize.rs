//! Updates and deletes of many rows: the entities that they meet follow.

mod check;
mod evaluate;
mod kind;
mod like;
mod relations;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use self::check::check;
use self::evaluate::{RowValues, Unknown, evaluate, holds};
use super::Tracked;
use super::store::{Status, Store};
use super::undo::RowId;
use crate::ast::{DeleteStatement, Item, Node, Projection, TableRef, UpdateStatement};
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::executor::{EachHydrated, Executor, RowsWrite, Synchronize, WriteStatement};
use crate::relation::{KeyColumns, RelationKind};
use crate::schema::{ReferenceAction, Table};
use crate::value::{Row, Value, Values};

/// How entities follow a statement, found out before it is sent.
enum Plan {
    /// None of them is met.
    Nothing,
    /// All of the table are read anew by the next query that meets them.
    Expire,
    /// These follow.
    Evaluated(Vec<Found>),
    /// The statement says which.
    Fetch,
}

/// An entity that a statement meets.
struct Found {
    row: u32,
    /// Its new values; `None` if they cannot be told.
    values: Option<Vec<(usize, Value<'static>)>>,
}

/// Runs a statement, and has the entities that it meets follow; returns how many rows it changed.
pub(super) fn write(
    tracked: &mut Tracked,
    conn: &mut Connection,
    write: &RowsWrite<'_>,
    each: Option<&mut EachHydrated<'_, Tracked>>,
) -> Result<u64> {
    let table = write.statement.table();
    let dialect = conn.dialect();
    let sql = write.statement.sql(dialect)?;
    let plan = plan(tracked, write)?;
    let is_followed = write.synchronize != Synchronize::None;
    tracked.wrote(Some(table), matches!(plan, Plan::Expire));
    let count = match (&plan, each) {
        (Plan::Fetch, each) => fetch(tracked, conn, write.statement, each)?,
        // Rows that nobody knew before can be among those that are returned as entities.
        (_, Some(each)) if is_followed && matches!(write.statement, WriteStatement::Delete(_)) => {
            fetch(tracked, conn, write.statement, Some(each))?
        }
        (_, None) => conn.execute(&sql)?,
        (_, Some(each)) => {
            let mut count = 0;
            conn.fetch(&sql, &mut |_, row| {
                count += 1;
                each(tracked, row)
            })?;
            count
        }
    };
    if let (Plan::Evaluated(found), Some(store)) = (plan, tracked.store_in(table)) {
        for Found { row, values } in found {
            let id = RowId { store, row };
            match (write.statement, values) {
                (_, None) => {
                    let head = tracked.store_mut(store).head_mut(row);
                    head.is_expired |= !head.is_touched;
                }
                (WriteStatement::Delete(_), Some(_)) => tracked.was_deleted(id)?,
                (WriteStatement::Update(_), Some(values)) => {
                    let (positions, values): (Vec<usize>, Vec<Value<'static>>) =
                        values.into_iter().unzip();
                    tracked.was_updated(id, &positions, &Values(&values), 0)?;
                }
            }
        }
    }
    if count > 0 && matches!(write.statement, WriteStatement::Delete(_)) {
        tracked.expire_dependants(table);
    }
    if count > 0 && is_followed {
        tracked.unload_changed(write.statement);
    }
    Ok(count)
}

/// Finds out how the entities are to follow.
fn plan(tracked: &Tracked, write: &RowsWrite<'_>) -> Result<Plan> {
    let RowsWrite { statement, synchronize } = *write;
    let (refused, sets_key) = (refused_by(statement), sets_key(statement));
    match (synchronize, refused) {
        (Synchronize::None, _) => return Ok(Plan::Nothing),
        (Synchronize::Evaluate, Some(what)) => return Err(not_evaluated(what)),
        (Synchronize::Fetch, _) if sets_key => return Err(key_not_fetched(statement.table())),
        _ => {}
    }
    let Some(store) = tracked.store_in(statement.table()) else { return Ok(Plan::Nothing) };
    let stored = stored_rows(tracked.store(store));
    if stored.is_empty() {
        return Ok(Plan::Nothing);
    }
    let evaluated = match (synchronize, refused) {
        (Synchronize::Evaluate, _) => Some(found_by(tracked, store, &stored, statement)),
        (Synchronize::Auto, None) if are_exact(tracked, store, &stored) => {
            let found = found_by(tracked, store, &stored, statement);
            found.iter().all(|found| found.values.is_some()).then_some(found)
        }
        _ => None,
    };
    Ok(match evaluated {
        Some(found) => Plan::Evaluated(found),
        None if sets_key => Plan::Expire,
        None => Plan::Fetch,
    })
}

/// Returns what of the statement only the database knows, if there is such.
fn refused_by(statement: WriteStatement<'_>) -> Option<&'static str> {
    let table = statement.table();
    let (filter, from) = match statement {
        WriteStatement::Update(UpdateStatement { filter, from, .. })
        | WriteStatement::Delete(DeleteStatement { filter, from, .. }) => (filter, from),
    };
    if !from.is_empty() {
        return Some("other tables");
    }
    let mut nodes: Vec<&Node> = filter.iter().collect();
    if let WriteStatement::Update(update) = statement {
        nodes.extend(update.assignments.iter().map(|(_, value)| value));
    }
    nodes.into_iter().find_map(|node| check(node, table).err())
}

fn sets_key(statement: WriteStatement<'_>) -> bool {
    let WriteStatement::Update(update) = statement else { return false };
    update.assignments.iter().any(|(position, _)| update.table.primary_key.contains(position))
}

fn stored_rows(store: &Store) -> Vec<u32> {
    let rows = store.heads.iter().zip(0_u32..);
    rows.filter(|(head, _)| head.status.is_stored()).map(|(_, row)| row).collect()
}

/// Whether memory is as the open transaction sees the rows.
fn are_exact(tracked: &Tracked, store: u32, rows: &[u32]) -> bool {
    rows.iter().all(|&row| {
        !tracked.store(store).head(row).is_expired
            && tracked.is_of_transaction(RowId { store, row })
    })
}

/// Returns the entities that the statement meets, or may meet.
fn found_by(
    tracked: &Tracked,
    store: u32,
    rows: &[u32],
    statement: WriteStatement<'_>,
) -> Vec<Found> {
    let store = tracked.store(store);
    let found = rows.iter().filter_map(|&row| {
        let stored = StoredRow { store, row };
        let (filter, assignments) = match statement {
            WriteStatement::Update(update) => (&update.filter, &*update.assignments),
            WriteStatement::Delete(delete) => (&delete.filter, &[][..]),
        };
        if store.head(row).is_expired || is_left_out(&stored, statement) {
            return None;
        }
        match holds(filter.as_ref(), &stored) {
            Ok(false) => return None,
            Ok(true) => {}
            Err(Unknown) => return Some(Found { row, values: None }),
        }
        let values = assignments.iter().map(|(position, value)| {
            let value = evaluate(value, &stored).ok()?.into_owned().ok()?;
            Some((*position, value))
        });
        Some(Found { row, values: values.collect() })
    });
    found.collect()
}

/// Whether the row is marked as deleted, and the statement leaves such out.
fn is_left_out(row: &StoredRow<'_>, statement: WriteStatement<'_>) -> bool {
    let WriteStatement::Update(update) = statement else { return false };
    update.table.soft_delete.is_some_and(|mark| {
        !update.deleted.includes(update.table)
            && row.value(mark).is_some_and(|mark| !mark.is_null())
    })
}

/// A row as it is in the database, without what is not flushed.
struct StoredRow<'s> {
    store: &'s Store,
    row: u32,
}

impl RowValues for StoredRow<'_> {
    fn value(&self, position: usize) -> Option<Value<'_>> {
        match &self.store.head(self.row).stored {
            Some(stored) => stored.get(position).map(Value::borrow),
            None => self.store.values.value(self.row, position).ok(),
        }
    }
}

/// Runs a statement that returns the keys of the rows and their new values, behind what it returns
/// anyway.
fn fetch(
    tracked: &mut Tracked,
    conn: &mut Connection,
    statement: WriteStatement<'_>,
    mut each: Option<&mut EachHydrated<'_, Tracked>>,
) -> Result<u64> {
    let table = statement.table();
    let set: Vec<usize> = match statement {
        WriteStatement::Update(update) => {
            update.assignments.iter().map(|(position, _)| *position).collect()
        }
        WriteStatement::Delete(_) => Vec::new(),
    };
    let mut items = match statement.returning() {
        Some(Projection::Items(items)) => items.clone(),
        Some(Projection::Table(table)) => table.columns().map(Item::column).collect(),
        None => Vec::new(),
    };
    let at = items.len();
    let more = table.primary_key.iter().chain(&set);
    items.extend(more.map(|&position| Item::column(TableRef::from(table).column(position))));
    let returning = Some(Projection::Items(items));
    let (update, delete);
    let statement = match statement {
        WriteStatement::Update(statement) => {
            update = UpdateStatement { returning, ..statement.clone() };
            WriteStatement::Update(&update)
        }
        WriteStatement::Delete(statement) => {
            delete = DeleteStatement { returning, ..statement.clone() };
            WriteStatement::Delete(&delete)
        }
    };
    let key = KeyColumns::in_sequence(table, &table.primary_key, at);
    let sql = statement.sql(conn.dialect())?;
    let mut count = 0;
    conn.fetch(&sql, &mut |_, row| {
        count += 1;
        // The rest is not asked for, but written as well.
        if let Some(wanted) = &mut each
            && wanted(tracked, row)?.is_break()
        {
            each = None;
        }
        let store = tracked.store_in(table);
        let known = store.zip(key.key(row)?).and_then(|(store, key)| tracked.find(store, &key));
        match (known, statement) {
            (None, _) => {}
            (Some(id), WriteStatement::Update(_)) => {
                tracked.was_updated(id, &set, row, at + key.len())?;
            }
            (Some(id), WriteStatement::Delete(_)) => tracked.was_deleted(id)?,
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(count)
}

impl Tracked {
    /// Takes over what a statement has set these columns of a row to: the values of `from` from `at` on.
    /// What was changed of them and is not flushed stays changed.
    fn was_updated(
        &mut self,
        id: RowId,
        columns: &[usize],
        from: &dyn Row,
        at: usize,
    ) -> Result<()> {
        self.remember(id);
        let store = self.store_mut(id.store);
        for (&column, index) in columns.iter().zip(at..) {
            let stored = store.head_mut(id.row).stored.take();
            let is_changed = match &stored {
                Some(stored) => stored.differs(column, || store.values.value(id.row, column))?,
                None => false,
            };
            let changed = is_changed
                .then(|| store.values.value(id.row, column).and_then(Value::into_owned))
                .transpose()?;
            store.values.assign(id.row, column, from, index)?;
            if let Some(stored) = stored {
                let now = store.values.value(id.row, column)?.into_owned()?;
                store.head_mut(id.row).stored =
                    Some(stored.with(&BTreeMap::from([(column, &now)])));
            }
            if let Some(changed) = changed {
                store.values.assign(id.row, column, &Values(&[changed]), 0)?;
            }
        }
        self.unload_parents(id, columns)?;
        self.follow_key(id, columns)
    }

    /// Unloads the relations of a row that go by keys which were set.
    fn unload_parents(&mut self, id: RowId, columns: &[usize]) -> Result<()> {
        for relation in 0..self.store(id.store).relations.len() {
            let def = self.store(id.store).relations[relation];
            let is_parent = def.kind == RelationKind::BelongsTo;
            if is_parent && def.link()?.local.iter().any(|key| columns.contains(key)) {
                self.unload(id, def);
            }
        }
        Ok(())
    }

    /// Finds a row by its new primary key, if that was set.
    fn follow_key(&mut self, id: RowId, columns: &[usize]) -> Result<()> {
        let store = self.store_mut(id.store);
        if !store.table.primary_key.iter().any(|key| columns.contains(key)) {
            return Ok(());
        }
        let key = store.key_of(id.row)?;
        store.rekey(id.row, key);
        Ok(())
    }

    /// Notes that a statement has deleted a row.
    fn was_deleted(&mut self, id: RowId) -> Result<()> {
        if !self.status(id).is_stored() {
            return Ok(());
        }
        self.remember(id);
        self.take_out_everywhere(id)?;
        let store = self.store_mut(id.store);
        let head = store.head(id.row);
        if head.is_touched || head.status == Status::Deleting {
            store.unlist(id.row);
        }
        store.is_deleted(id.row);
        Ok(())
    }

    /// Notes that the database has deleted or changed rows that referred to deleted ones of a table: those
    /// that the session knows are read anew.
    fn expire_dependants(&mut self, table: &'static Table) {
        let (mut tables, mut next) = (vec![table], 0);
        while let Some(&deleted) = tables.get(next) {
            next += 1;
            for store in &mut self.stores {
                let keys = store.table.foreign_keys.iter().filter(|key| key.is_to(deleted));
                let mut actions = keys.map(|key| key.on_delete);
                let follows = actions.any(ReferenceAction::changes_rows);
                if !follows || tables.iter().any(|known| std::ptr::eq(*known, store.table)) {
                    continue;
                }
                tables.push(store.table);
                store.expire_all();
            }
        }
    }
}

#[cold]
fn not_evaluated(what: &str) -> Error {
    Error::invalid_query(format!(
        "this statement cannot be evaluated in memory, since only the database knows {what}: use \
         `Synchronize::Fetch`, or `Synchronize::Auto`, which does so by itself"
    ))
}

#[cold]
fn key_not_fetched(table: &Table) -> Error {
    Error::invalid_query(format!(
        "an update that sets the primary key of `{}` cannot return the keys by which its rows are known: \
         use `Synchronize::Evaluate` or `Synchronize::Auto`",
        table.model
    ))
}
