//! Validators look at what was changed in memory, before any of it is sent.

use std::collections::HashMap;

use super::Tracked;
use super::store::Status;
use super::undo::RowId;
use crate::error::Result;
use crate::value::{Value, Values};

/// The values that validators have seen in this flush, and are not asked about again unless a hook sets
/// others.
#[derive(Debug, Default)]
pub(super) struct Validated(HashMap<(RowId, usize), Value<'static>>);

impl Tracked {
    /// Returns the error of a row that cannot be inserted, if there is one; of several, the first that was
    /// added.
    pub(super) fn take_refused(&mut self) -> Result<()> {
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        let first = self.refused_rows.keys().min().copied();
        first.and_then(|id| self.refused_rows.remove(&id)).map_or(Ok(()), Err)
    }

    /// Has the validators of the models look at the columns that differ from the database, and from what a
    /// new row was given.
    pub(super) fn validate(&mut self, validated: &mut Validated) -> Result<()> {
        for store in 0..self.stores.len() {
            if self.stores[store].validated.is_empty() {
                continue;
            }
            let rows = [&self.stores[store].pending, &self.stores[store].touched].map(Vec::clone);
            let store = u32::try_from(store).unwrap_or(u32::MAX);
            for row in rows.into_iter().flatten() {
                self.validate_row(RowId { store, row }, validated)?;
            }
        }
        Ok(())
    }

    fn validate_row(&mut self, id: RowId, validated: &mut Validated) -> Result<()> {
        let store = self.store_mut(id.store);
        if !matches!(store.head(id.row).status, Status::Pending | Status::Persistent) {
            return Ok(());
        }
        let changed = store.changed(id.row)?;
        let changed = changed.into_iter().filter(|column| store.validated.contains(column));
        for column in changed.collect::<Vec<_>>() {
            let given = store.values.value(id.row, column)?.into_owned()?;
            if validated.0.get(&(id, column)) == Some(&given) {
                continue;
            }
            let mut value = given.clone();
            store.table.validate(column, &mut value)?;
            if value != given {
                store.values.assign(id.row, column, &Values(std::slice::from_ref(&value)), 0)?;
            }
            validated.0.insert((id, column), value);
        }
        Ok(())
    }
}
