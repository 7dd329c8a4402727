//! The order of the models: parents before those that refer to them.

use super::super::Tracked;
use crate::schema::Table;

/// Returns the numbers of the stores, those that others refer to first.
pub(in super::super) fn parents_first(tracked: &Tracked) -> Vec<u32> {
    let tables: Vec<&'static Table> = tracked.stores.iter().map(|store| store.table).collect();
    let mut order =
        Order { tables: &tables, visited: vec![false; tables.len()], found: Vec::new() };
    (0..tables.len()).for_each(|store| order.visit(store));
    order.found
}

struct Order<'t> {
    tables: &'t [&'static Table],
    visited: Vec<bool>,
    found: Vec<u32>,
}

impl Order<'_> {
    fn visit(&mut self, store: usize) {
        if std::mem::replace(&mut self.visited[store], true) {
            return;
        }
        for key in &self.tables[store].foreign_keys {
            if let Some(target) = self.tables.iter().position(|table| key.is_to(table)) {
                self.visit(target);
            }
        }
        self.found.extend(u32::try_from(store));
    }
}
