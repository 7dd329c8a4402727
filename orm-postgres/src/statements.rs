//! The statements that a connection has prepared, found again by their text.

use std::collections::HashMap;
use std::sync::Arc;

use tokio_postgres::Statement;

use crate::format::Format;

/// A prepared statement and the formats of the columns it returns.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    /// The statement.
    pub(crate) statement: Statement,
    /// The formats of its columns.
    pub(crate) formats: Arc<[Format]>,
}

impl Prepared {
    /// Returns the statement with the formats of its columns looked up.
    pub(crate) fn new(statement: Statement) -> Self {
        let formats = statement.columns().iter().map(|column| Format::of(column.type_())).collect();
        Self { statement, formats }
    }
}

/// Values found by text; the ones that were used last are kept.
#[derive(Debug)]
pub(crate) struct Statements<S = Prepared> {
    by_text: HashMap<Box<str>, Entry<S>>,
    capacity: usize,
    /// Counts uses, as a clock.
    now: u64,
}

#[derive(Debug)]
struct Entry<S> {
    statement: S,
    used: u64,
}

impl<S: Clone> Statements<S> {
    /// Returns an empty cache for up to `capacity` statements.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { by_text: HashMap::new(), capacity, now: 0 }
    }

    /// Returns the statement with this text.
    pub(crate) fn get(&mut self, sql: &str) -> Option<S> {
        let entry = self.by_text.get_mut(sql)?;
        self.now += 1;
        entry.used = self.now;
        Some(entry.statement.clone())
    }

    /// Keeps a statement; the one that was not used for longest makes room.
    pub(crate) fn insert(&mut self, sql: &str, statement: S) {
        if self.by_text.len() >= self.capacity {
            self.drop_oldest();
        }
        self.now += 1;
        self.by_text.insert(sql.into(), Entry { statement, used: self.now });
    }

    /// Forgets the statement with this text.
    pub(crate) fn remove(&mut self, sql: &str) {
        self.by_text.remove(sql);
    }

    /// Looks at all of them, which is cheap beside the round trip that preparing a new one takes.
    fn drop_oldest(&mut self) {
        let oldest = self.by_text.iter().min_by_key(|(_, entry)| entry.used);
        if let Some(text) = oldest.map(|(text, _)| text.clone()) {
            self.by_text.remove(&text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_that_was_not_used_for_longest_makes_room() {
        let mut statements = Statements::new(2);
        statements.insert("a", 1);
        statements.insert("b", 2);
        assert_eq!(statements.get("a"), Some(1));

        statements.insert("c", 3);

        assert_eq!(statements.get("a"), Some(1));
        assert_eq!(statements.get("b"), None);
        assert_eq!(statements.get("c"), Some(3));
    }
}
