//! Sessions that only read: what would be written is refused before anything is sent.

use super::{Session, Tracked};
use crate::error::{Error, Result};

impl Session {
    /// Refuses what changed if the session only reads.
    pub(super) fn check_may_write(&self) -> Result<()> {
        if !self.options.transaction.read_only {
            return Ok(());
        }
        match self.tracked.model_to_write()? {
            None => Ok(()),
            Some(model) => Err(only_reads(model)),
        }
    }
}

impl Tracked {
    /// Returns a model of which a flush would write rows, if there is any.
    fn model_to_write(&self) -> Result<Option<&'static str>> {
        for store in &self.stores {
            let mut is_written = !(store.pending.is_empty() && store.deleting.is_empty());
            for &row in &store.touched {
                is_written = is_written || !store.changed(row)?.is_empty();
            }
            if is_written {
                return Ok(Some(store.table.model));
            }
        }
        Ok(self.links.pairs.first().map(|pair| pair.def.model))
    }

    /// Whether a flush would write something, or fail.
    pub(super) fn has_changes(&self) -> bool {
        !self.links.keys.is_empty() || self.model_to_write().map_or(true, |model| model.is_some())
    }

    /// Whether there is any entity.
    pub(super) fn has_rows(&self) -> bool {
        self.stores.iter().any(|store| !store.heads.is_empty())
    }
}

#[cold]
fn only_reads(model: &str) -> Error {
    Error::invalid_state(format!(
        "the session is read-only, but a row of `{model}` was added, changed or deleted in it: use a \
         session without `read_only`"
    ))
}
