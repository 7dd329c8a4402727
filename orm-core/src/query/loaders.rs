//! What a query, or an option of one, is told to load beside its rows: what the model declares to
//! be loaded by default, and what was asked for.

use std::fmt;
use std::sync::Arc;

use super::Loader;
use crate::ast::Deferral;
use crate::schema::Table;

/// What is loaded beside rows of `M`, one loader a relation.
pub struct Loaders<M> {
    /// Those that the model declares, before those that were asked for.
    list: Vec<Arc<dyn Loader<M>>>,
    /// How many the model declares.
    defaults: usize,
    deferral: Deferral,
}

impl<M> Loaders<M> {
    /// Adds a loader that was asked for, instead of the one that its relation has.
    pub fn add(&mut self, loader: Arc<dyn Loader<M>>) {
        self.leave_out(loader.relation());
        self.list.push(loader);
    }

    /// Takes out the loader of the relation called `relation`.
    pub fn leave_out(&mut self, relation: &str) {
        if let Some(at) = self.list.iter().position(|loader| loader.relation() == relation) {
            self.list.remove(at);
            self.defaults -= usize::from(at < self.defaults);
        }
    }

    /// Reads the rows with or without some columns.
    pub(crate) fn deferral_mut(&mut self) -> &mut Deferral {
        &mut self.deferral
    }

    /// Adds a loader that the model declares.
    pub(crate) fn add_default(&mut self, loader: Arc<dyn Loader<M>>) {
        self.list.insert(self.defaults, loader);
        self.defaults += 1;
    }

    /// Returns which columns are left out, for the statement that reads the others.
    pub(crate) fn take_deferral(&mut self) -> Deferral {
        std::mem::take(&mut self.deferral)
    }

    pub(crate) fn as_slice(&self) -> &[Arc<dyn Loader<M>>] {
        &self.list
    }

    /// Returns a loader that was asked for, if there is one.
    pub(super) fn asked(&self) -> Option<&Arc<dyn Loader<M>>> {
        self.list.get(self.defaults)
    }
}

impl<M> Default for Loaders<M> {
    fn default() -> Self {
        Self { list: Vec::new(), defaults: 0, deferral: Deferral::default() }
    }
}

impl<M> Clone for Loaders<M> {
    fn clone(&self) -> Self {
        let Self { list, defaults, deferral } = self;
        Self { list: list.clone(), defaults: *defaults, deferral: deferral.clone() }
    }
}

impl<M> fmt::Debug for Loaders<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.list).finish()
    }
}

/// The tables from a query's own to the one whose defaults are asked for: none is loaded by default a
/// second time, so that defaults which lead in a circle come to an end.
#[derive(Debug, Clone, Copy)]
pub struct DefaultsOf<'p> {
    table: &'static Table,
    before: Option<&'p DefaultsOf<'p>>,
}

impl<'p> DefaultsOf<'p> {
    /// Returns the path to the table of a query.
    pub(crate) fn new(table: &'static Table) -> Self {
        Self { table, before: None }
    }

    /// Returns the path that goes on to `table`.
    pub(crate) fn then(&'p self, table: &'static Table) -> Self {
        Self { table, before: Some(self) }
    }

    /// Whether the path leads over `table`.
    pub(crate) fn has(&self, table: &'static Table) -> bool {
        std::ptr::eq(self.table, table) || self.before.is_some_and(|before| before.has(table))
    }
}
