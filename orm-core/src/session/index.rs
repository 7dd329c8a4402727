//! The rows of a model by their primary keys.

use std::collections::HashMap;

use crate::relation::{HashKeys, Key};

/// Where the row of each key is. Integers, as most keys are, have a table of their own, which is half as
/// large.
#[derive(Debug, Default)]
pub(super) struct RowIndex {
    integers: HashMap<i64, u32, HashKeys>,
    others: HashMap<Key, u32, HashKeys>,
}

impl RowIndex {
    pub(super) fn len(&self) -> usize {
        self.integers.len() + self.others.len()
    }

    pub(super) fn get(&self, key: &Key) -> Option<&u32> {
        match key {
            Key::Integer(integer) => self.integers.get(integer),
            Key::Parts(_) => self.others.get(key),
        }
    }

    pub(super) fn contains_key(&self, key: &Key) -> bool {
        self.get(key).is_some()
    }

    /// Notes where the row of a key is, and returns where it was.
    pub(super) fn insert(&mut self, key: Key, row: u32) -> Option<u32> {
        match key {
            Key::Integer(integer) => self.integers.insert(integer, row),
            Key::Parts(_) => self.others.insert(key, row),
        }
    }

    /// Forgets a key, and returns where its row was.
    pub(super) fn remove(&mut self, key: &Key) -> Option<u32> {
        match key {
            Key::Integer(integer) => self.integers.remove(integer),
            Key::Parts(_) => self.others.remove(key),
        }
    }

    /// Makes room for `rows` more rows, whose keys are like this one.
    pub(super) fn reserve(&mut self, key: &Key, rows: usize) {
        match key {
            Key::Integer(_) => self.integers.reserve(rows),
            Key::Parts(_) => self.others.reserve(rows),
        }
    }
}
