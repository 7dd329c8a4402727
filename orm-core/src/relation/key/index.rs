//! Finding rows by their keys.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use super::{HashKeys, Key};
use crate::error::Result;

/// What is known of rows by their keys. Asked for the same key again, as for rows that were joined to one
/// and follow each other, it looks nothing up.
#[derive(Debug)]
pub(crate) struct KeyMap<K, V> {
    last: Option<(K, V)>,
    all: HashMap<K, V, HashKeys>,
}

impl<K: Clone + Eq + Hash, V: Clone> KeyMap<K, V> {
    pub(crate) fn new() -> Self {
        Self { last: None, all: HashMap::default() }
    }

    /// Returns what is known of the key; from now on what `new` returns, if it is new.
    pub(crate) fn get_or_insert(&mut self, key: K, new: impl FnOnce() -> Result<V>) -> Result<V> {
        if let Some((last, value)) = &self.last
            && *last == key
        {
            return Ok(value.clone());
        }
        let value = if let Some(known) = self.all.get(&key) {
            known.clone()
        } else {
            let value = new()?;
            self.all.insert(key.clone(), value.clone());
            value
        };
        self.last = Some((key, value.clone()));
        Ok(value)
    }
}

/// Which of some rows have which key.
#[derive(Debug, Default)]
pub(crate) struct KeyIndex {
    first: HashMap<Key, u32, HashKeys>,
    /// For each row, the next one that has the same key.
    next: Vec<Option<u32>>,
}

impl KeyIndex {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        let first = HashMap::with_capacity_and_hasher(rows, HashKeys::default());
        Self { first, next: vec![None; rows] }
    }

    /// Whether no row was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Adds a row; `true` if it is the first with its key.
    pub(crate) fn add(&mut self, row: u32, key: Key) -> bool {
        match self.first.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(row);
                true
            }
            Entry::Occupied(mut entry) => {
                let row_number = row as usize;
                if self.next.len() <= row_number {
                    self.next.resize(row_number + 1, None);
                }
                self.next[row_number] = Some(entry.insert(row));
                false
            }
        }
    }

    /// Returns the first of the rows that have the key.
    pub(crate) fn first(&self, key: &Key) -> Option<u32> {
        self.first.get(key).copied()
    }

    /// Returns the rows that have the same key as `first`, which is the first of them.
    pub(crate) fn rows_from(&self, first: u32) -> impl Iterator<Item = u32> {
        let next = |&row: &u32| self.next.get(row as usize).copied().flatten();
        std::iter::successors(Some(first), next)
    }
}
