//! A relation that is asked for and is not loaded: for which rows it is loaded, or that it is refused.

use std::collections::HashMap;

use super::store::Status;
use super::undo::RowId;
use super::{Lazy, Session, Tracked};
use crate::error::{Error, Result};
use crate::relation::RelationDef;

/// How often relations were loaded for single rows: by query, model and relation.
#[derive(Debug, Default)]
pub(super) struct LazyLoads(HashMap<(u32, u32, usize), u32>);

impl Session {
    /// Loads a relation of a row if it is not known, in the way that the session was told.
    pub(super) fn load_lazily(&mut self, id: RowId, def: &'static RelationDef) -> Result<()> {
        if self.tracked.related(id, def).is_some() {
            return Ok(());
        }
        if def.raises || self.options.lazy == Lazy::Raise {
            return Err(raised(def));
        }
        if self.tracked.find_parent(id, def)? {
            return Ok(());
        }
        match self.options.lazy {
            Lazy::Batch => self.load_rows(id.store, &self.tracked.fellows(id), def),
            Lazy::Select | Lazy::Raise => {
                self.tracked.count_lazy_load(id, def, self.options.lazy_warning);
                self.load_rows(id.store, &[id.row], def)
            }
        }
    }
}

impl Tracked {
    /// Returns a row with those that are stored and came from the same query.
    fn fellows(&self, id: RowId) -> Vec<u32> {
        let store = self.store(id.store);
        let is_stored = |&row: &u32| row == id.row || store.head(row).status == Status::Persistent;
        store.origins.fellows(id.row).filter(is_stored).collect()
    }

    /// Counts a statement for a single row of a query, and warns when there were too many.
    fn count_lazy_load(&mut self, id: RowId, def: &'static RelationDef, most: u32) {
        let store = self.store(id.store);
        let (Some(query), Some(relation)) = (store.origins.query_of(id.row), store.relation(def))
        else {
            return;
        };
        let count = self.lazy_loads.0.entry((query, id.store, relation)).or_default();
        *count = count.saturating_add(1);
        if most > 0 && *count == most.saturating_add(1) {
            warn(def, *count);
        }
    }
}

#[cold]
fn warn(def: &RelationDef, count: u32) {
    let path = def.path();
    tracing::warn!(
        target: "orm::session",
        relation = path,
        "`{path}` was loaded for {count} rows of one query, by a statement for each: add \
         `.with({path})` to the query, or begin with `engine.session().lazy(Lazy::Batch)`"
    );
}

#[cold]
fn raised(def: &RelationDef) -> Error {
    let path = def.path();
    let why =
        if def.raises { "it declares `lazy = \"raise\"`" } else { "the session has `Lazy::Raise`" };
    Error::invalid_state(format!(
        "`{path}` is not loaded, and {why}: add `.with({path})` to the query, or load it for all rows \
         that need it with `session.load_all(&entities, {path})`"
    ))
}
