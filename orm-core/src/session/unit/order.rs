//! The order of the models: parents before those that refer to them.

use super::super::Tracked;
use crate::schema::{ForeignKey, Table};

/// Returns the numbers of the stores, those that others refer to first. Where models refer to each other in a
/// circle, those come first whose rows need one.
pub(in super::super) fn parents_first(tracked: &Tracked) -> Vec<u32> {
    let tables: Vec<&'static Table> = tracked.stores.iter().map(|store| store.table).collect();
    let mut order = Order {
        tables: &tables,
        visited: vec![false; tables.len()],
        found: Vec::new(),
        needs_more: false,
    };
    (0..tables.len()).for_each(|store| order.visit(store));
    let found = if order.needs_more { needed_first(&tables) } else { order.found };
    found.into_iter().filter_map(|store| u32::try_from(store).ok()).collect()
}

struct Order<'t> {
    tables: &'t [&'static Table],
    visited: Vec<bool>,
    found: Vec<usize>,
    /// Whether a model comes before one that its rows need.
    needs_more: bool,
}

impl Order<'_> {
    fn visit(&mut self, store: usize) {
        if std::mem::replace(&mut self.visited[store], true) {
            return;
        }
        for (key, target) in keys_to_others(self.tables, store) {
            let is_circle = self.visited[target] && !self.found.contains(&target);
            self.needs_more |= is_circle && !can_be_null(self.tables[store], key);
            self.visit(target);
        }
        self.found.push(store);
    }
}

/// Returns the models one after the other, each after those that it refers to, or at least those that its
/// rows need.
fn needed_first(tables: &[&'static Table]) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::with_capacity(tables.len());
    let mut rest: Vec<usize> = (0..tables.len()).collect();
    while !rest.is_empty() {
        let is_ready = |store: usize, needs_all: bool| {
            keys_to_others(tables, store).all(|(key, target)| {
                found.contains(&target) || (!needs_all && can_be_null(tables[store], key))
            })
        };
        let ready = [true, false]
            .into_iter()
            .find_map(|needs_all| rest.iter().position(|&store| is_ready(store, needs_all)));
        found.push(rest.remove(ready.unwrap_or(0)));
    }
    found
}

/// Returns the foreign keys of a model to others that are known, and which these are.
fn keys_to_others<'t>(
    tables: &'t [&'static Table],
    store: usize,
) -> impl Iterator<Item = (&'static ForeignKey, usize)> + use<'t> {
    let keys = tables[store].foreign_keys.iter();
    let known =
        keys.filter_map(|key| Some((key, tables.iter().position(|table| key.is_to(table))?)));
    known.filter(move |&(_, target)| target != store)
}

fn can_be_null(table: &Table, key: &ForeignKey) -> bool {
    let positions = key.columns.iter().map(|name| table.position(name));
    positions.flatten().all(|position| table.columns[position].nullable)
}
