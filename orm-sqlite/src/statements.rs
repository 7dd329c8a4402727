//! Prepared statements, found again by their text. What a statement is does not matter here.

/// The most statements that are kept; the one that was used longest ago leaves first.
pub(crate) const CAPACITY: usize = 256;

/// Statements of one connection, the most recently used first.
///
/// A list that is searched from its front, rather than a hash table: a program runs few statements
/// in a loop, which are then at the front, where comparing lengths and bytes costs less than
/// hashing a text of several hundred characters.
#[derive(Debug)]
pub(crate) struct StatementCache<T> {
    entries: Vec<Entry<T>>,
}

#[derive(Debug)]
struct Entry<T> {
    sql: Box<str>,
    statement: T,
}

impl<T> StatementCache<T> {
    pub(crate) fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Returns the statement of `sql`, calling `prepare` if it is not here.
    pub(crate) fn find_or_prepare<E>(
        &mut self,
        sql: &str,
        prepare: impl FnOnce() -> Result<T, E>,
    ) -> Result<&T, E> {
        if let Some(position) = self.entries.iter().position(|entry| *entry.sql == *sql) {
            self.entries[..=position].rotate_right(1);
        } else {
            let statement = prepare()?;
            self.entries.truncate(CAPACITY - 1);
            self.entries.insert(0, Entry { sql: sql.into(), statement });
        }
        Ok(&self.entries[0].statement)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(cache: &mut StatementCache<u32>, sql: &str, statement: u32) -> u32 {
        *cache.find_or_prepare(sql, || Ok::<_, ()>(statement)).unwrap()
    }

    #[test]
    fn a_statement_is_prepared_once() {
        let mut cache = StatementCache::new();

        prepared(&mut cache, "SELECT 1", 1);
        prepared(&mut cache, "SELECT 2", 2);

        assert_eq!(prepared(&mut cache, "SELECT 1", 3), 1);
        assert_eq!(cache.len(), 2);
    }

    #[test]
    fn the_statement_used_longest_ago_leaves_first() {
        let mut cache = StatementCache::new();
        for number in 0..256 {
            prepared(&mut cache, &format!("SELECT {number}"), number);
        }

        prepared(&mut cache, "SELECT 0", 999); // used again, so 1 is now the oldest
        prepared(&mut cache, "SELECT 256", 256);

        assert_eq!(cache.len(), CAPACITY);
        assert_eq!(prepared(&mut cache, "SELECT 0", 999), 0);
        assert_eq!(prepared(&mut cache, "SELECT 1", 999), 999);
    }

    #[test]
    fn a_statement_that_cannot_be_prepared_is_not_kept() {
        let mut cache = StatementCache::<u32>::new();

        let refused = cache.find_or_prepare("SELEC", || Err("syntax"));

        assert_eq!(refused, Err("syntax"));
        assert_eq!(cache.len(), 0);
    }
}
