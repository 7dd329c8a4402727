//! New rows on their way into a table: gathered with those that give the same columns, and sent as
//! one unit.

use super::group::{EachReturned, Group, Write, send_one};
use super::keys::Keys;
use crate::ast::{Conflict, ConflictAction, ConflictTarget};
use crate::dialect::{BulkInsert, Dialect};
use crate::error::Result;
use crate::executor::{Executor, atomically};
use crate::model::NewRow;
use crate::schema::Table;
use crate::value::Value;

/// How many rows may wait for others that give the same columns, at least.
const MOST_WAITING: usize = 1024;

/// Inserts one row.
pub(super) fn insert_one<E: Executor>(
    executor: &mut E,
    table: &'static Table,
    mut row: NewRow,
    conflict: Option<&Conflict>,
    mut returned: Option<&mut EachReturned<'_, E::Hydrate>>,
) -> Result<u64> {
    row.complete(table)?;
    // An iterator that leaves some out does not say how many there will be.
    let mut columns = Vec::with_capacity(table.columns.len());
    columns.extend(row.columns());
    let mut binds = Vec::with_capacity(columns.len());
    binds.extend(row.into_values());
    let write = Write::Insert { returning: returned.is_some(), returned: None, conflict };
    send_one(executor, table, write, &columns, binds, &mut returned)
}

/// Inserts the rows that `next` gives, all or none but those that `conflict` leaves out, and returns
/// how many were written.
pub(super) fn insert_many<E: Executor>(
    executor: &mut E,
    table: &'static Table,
    next: &mut dyn FnMut() -> Option<NewRow>,
    conflict: Option<&Conflict>,
    mut returned: Option<&mut EachReturned<'_, E::Hydrate>>,
) -> Result<u64> {
    let returning = returned.is_some();
    let mut batch = Batch::new(executor.dialect(), table, returning, conflict);
    let may_go_on = batch.fill(next)?;
    // Rows that are read back may turn out to be fewer, or not to fit their fields.
    if !may_go_on && batch.statements() <= 1 && !returning {
        return batch.send_all(executor, &mut returned);
    }
    atomically(executor, |executor| batch.send_rest(may_go_on, executor, next, &mut returned))
}

/// Inserts the rows that `next` gives, in a transaction that the caller undoes after an error, and
/// calls `each` with the `columns` of each row and its number, if there are any to return.
pub(crate) fn insert_in_transaction<E: Executor>(
    executor: &mut E,
    table: &'static Table,
    next: &mut dyn FnMut() -> Option<NewRow>,
    columns: &[usize],
    each: &mut EachReturned<'_, E::Hydrate>,
) -> Result<u64> {
    let returning = !columns.is_empty();
    let mut batch = Batch::new(executor.dialect(), table, returning, None);
    batch.write = Write::Insert { returning, returned: Some(columns), conflict: None };
    let may_go_on = batch.fill(next)?;
    batch.send_rest(may_go_on, executor, next, &mut returning.then_some(each))
}

/// The rows that wait to be sent.
struct Batch<'c> {
    dialect: &'static dyn Dialect,
    table: &'static Table,
    write: Write<'c>,
    groups: Vec<Group<'c>>,
    waiting: usize,
    most_waiting: usize,
    /// How many rows there were so far.
    taken: usize,
    once: Option<Once>,
}

/// No statement updates a row twice, which PostgreSQL refuses: a row whose key one that waits has too
/// is held back until that is sent, so that the last of them wins.
struct Once {
    /// The positions of the key's columns.
    columns: Vec<usize>,
    waiting: Keys,
    held: Option<NewRow>,
}

impl<'c> Batch<'c> {
    fn new(
        dialect: &'static dyn Dialect,
        table: &'static Table,
        returning: bool,
        conflict: Option<&'c Conflict>,
    ) -> Self {
        let (BulkInsert::Values { rows } | BulkInsert::Unnest { rows }) = dialect.bulk_insert();
        let once = conflict.and_then(|conflict| updated_by(table, conflict));
        Self {
            dialect,
            table,
            write: Write::Insert { returning, returned: None, conflict },
            groups: Vec::new(),
            waiting: 0,
            most_waiting: rows.max(MOST_WAITING),
            taken: 0,
            once: once.map(|columns| Once { columns, waiting: Keys::default(), held: None }),
        }
    }

    /// Takes rows until there is no room for more; `false` if there were not that many.
    fn fill(&mut self, next: &mut dyn FnMut() -> Option<NewRow>) -> Result<bool> {
        while let Some(row) = self.next(next)? {
            if let Some(once) = &mut self.once
                && !once.waiting.insert(key_of(&row, &once.columns))
            {
                once.held = Some(row);
                return Ok(true);
            }
            let number = self.taken;
            let group = self.group_of(&row)?;
            group.put(row.into_values().map(|value| value as Value<'c>), number);
            let is_full = group.is_full();
            self.taken += 1;
            self.waiting += 1;
            if is_full || self.waiting == self.most_waiting {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn next(&mut self, next: &mut dyn FnMut() -> Option<NewRow>) -> Result<Option<NewRow>> {
        if let Some(held) = self.once.as_mut().and_then(|once| once.held.take()) {
            return Ok(Some(held));
        }
        let Some(mut row) = next() else { return Ok(None) };
        row.complete(self.table)?;
        Ok(Some(row))
    }

    fn group_of(&mut self, row: &NewRow) -> Result<&mut Group<'c>> {
        let gives = |group: &Group<'_>| row.columns().eq(group.columns.iter().copied());
        let known = self.groups.iter().position(gives);
        let position = known.unwrap_or(self.groups.len());
        if known.is_none() {
            let columns = row.columns().collect();
            self.groups.push(Group::new(self.dialect, self.table, columns, self.write)?);
        }
        Ok(&mut self.groups[position])
    }

    fn statements(&self) -> usize {
        self.groups.iter().map(|group| group.sizes().count()).sum()
    }

    /// Sends the group that is full, or all of them if none is, or if no row may be sent before
    /// another.
    fn make_room<E: Executor>(
        &mut self,
        executor: &mut E,
        returned: &mut Option<&mut EachReturned<'_, E::Hydrate>>,
    ) -> Result<u64> {
        match self.groups.iter_mut().find(|group| group.is_full()) {
            Some(group) if self.once.is_none() => {
                self.waiting -= group.most;
                group.send(executor, returned)
            }
            _ => self.send_all(executor, returned),
        }
    }

    /// Sends the rows that wait, and those that `next` gives after them.
    fn send_rest<E: Executor>(
        &mut self,
        mut may_go_on: bool,
        executor: &mut E,
        next: &mut dyn FnMut() -> Option<NewRow>,
        returned: &mut Option<&mut EachReturned<'_, E::Hydrate>>,
    ) -> Result<u64> {
        let mut count = 0;
        while may_go_on {
            count += self.make_room(executor, returned)?;
            may_go_on = self.fill(next)?;
        }
        Ok(count + self.send_all(executor, returned)?)
    }

    fn send_all<E: Executor>(
        &mut self,
        executor: &mut E,
        returned: &mut Option<&mut EachReturned<'_, E::Hydrate>>,
    ) -> Result<u64> {
        self.waiting = 0;
        if let Some(once) = &mut self.once {
            once.waiting.clear();
        }
        self.groups.iter_mut().map(|group| group.send(executor, returned)).sum()
    }
}

/// Returns the columns by which rows find those that they update, as far as they are known.
fn updated_by(table: &Table, conflict: &Conflict) -> Option<Vec<usize>> {
    match (&conflict.action, &conflict.target) {
        (ConflictAction::Nothing, _) | (_, ConflictTarget::Any) => None,
        (_, ConflictTarget::Columns { columns, .. }) => Some(columns.clone()),
        (_, ConflictTarget::Constraint(name)) if *name == table.primary_key_name => {
            Some(table.primary_key.clone())
        }
        (_, ConflictTarget::Constraint(name)) => {
            let unique = table.uniques.iter().find(|unique| unique.name == *name)?;
            let position =
                |name: &String| table.columns.iter().position(|column| column.name == *name);
            unique.columns.iter().map(position).collect()
        }
    }
}

/// Returns the values of the key; NULL, which is like no other, for one that the database makes.
fn key_of(row: &NewRow, columns: &[usize]) -> Vec<Value<'static>> {
    columns.iter().map(|&column| row.get(column).cloned().unwrap_or(Value::Null)).collect()
}
