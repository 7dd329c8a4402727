//! The keys that SQLite generates for new rows, known without a RETURNING: in each run that builds a table
//! of its own, and takes longer than inserting a row.
//!
//! A key that is the rowid of one row is so for all rows of its table, and the connection knows the rowid
//! of the row that was inserted last (`c3ref/last_insert_rowid.html`).

use orm_core::driver::{DriverConnection as _, KeyedInsert};
use orm_core::error::Result;
use orm_core::value::Value;

use crate::connection::SqliteConnection;

/// Fewer rows are inserted one by one, rather than within a savepoint.
const MANY: usize = 16;

/// New rows, of which some are inserted, and the keys that these got.
pub(crate) struct Inserting<'i> {
    connection: &'i mut SqliteConnection,
    insert: &'i KeyedInsert<'i>,
    keys: &'i mut Vec<i64>,
    /// How many rows are inserted.
    done: usize,
}

impl<'i> Inserting<'i> {
    pub(crate) fn new(
        connection: &'i mut SqliteConnection,
        insert: &'i KeyedInsert<'i>,
        keys: &'i mut Vec<i64>,
    ) -> Self {
        Self { connection, insert, keys, done: 0 }
    }

    /// Inserts all rows.
    pub(crate) fn all(mut self) -> Result<()> {
        let before = self.connection.total_changes();
        let mut is_rowid = false;
        while !is_rowid && self.done < self.insert.rows {
            is_rowid = self.one_returning()?;
        }
        // Where triggers write, too, rows are not looked for among theirs.
        let is_alone = self.connection.total_changes() - before == self.done as u64;
        if is_alone && self.insert.many_rows >= MANY {
            self.many()?;
        }
        while self.done < self.insert.rows {
            self.one()?;
        }
        Ok(())
    }

    /// Inserts a row and has its key returned. Returns whether that is the rowid.
    fn one_returning(&mut self) -> Result<bool> {
        let known = self.keys.len();
        self.insert.insert_returning(self.connection, self.done, self.keys)?;
        self.done += 1;
        let rowid = self.connection.last_insert_rowid();
        Ok(self.keys[known..].last() == Some(&rowid))
    }

    /// Inserts a row. One that a trigger leaves out has no key.
    fn one(&mut self) -> Result<()> {
        if self.connection.execute(self.insert.one, self.binds(1))? == 1 {
            self.keys.push(self.connection.last_insert_rowid());
        }
        self.done += 1;
        Ok(())
    }

    /// Inserts many rows at a time, as long as there are so many left. None of them is inserted if it is
    /// not certain which keys they got.
    fn many(&mut self) -> Result<()> {
        let (done, known) = (self.done, self.keys.len());
        self.connection.savepoint("SAVEPOINT orm_keys")?;
        let mut result = Ok(true);
        while matches!(result, Ok(true)) && self.insert.rows - self.done >= self.insert.many_rows {
            result = self.many_once();
        }
        if matches!(result, Ok(true)) {
            result = self.connection.savepoint("RELEASE orm_keys").map(|()| true);
        }
        if !matches!(result, Ok(true)) {
            self.done = done;
            self.keys.truncate(known);
            // What failed before is the error to report, after which there may be no savepoint left.
            let undone = self.connection.savepoint("ROLLBACK TO orm_keys; RELEASE orm_keys");
            result.and(undone)?;
        }
        Ok(())
    }

    /// Inserts many rows by one statement, and returns whether it is certain which keys they got.
    ///
    /// The rowid of a new row is one more than the largest that there is (`autoinc.html`), unless that is
    /// the largest that there can be. So it is that of the row before and one if nothing else is written
    /// meanwhile, and if all are so, the last is as many from the first as there are rows.
    fn many_once(&mut self) -> Result<bool> {
        let rows = self.insert.many_rows;
        let (before, last) = (self.connection.total_changes(), self.connection.last_insert_rowid());
        self.connection.execute(self.insert.many, self.binds(rows))?;
        let count = i64::try_from(rows).unwrap_or(i64::MAX);
        let expected = last.checked_add(count);
        let is_alone = self.connection.total_changes() - before == rows as u64;
        if !is_alone || expected != Some(self.connection.last_insert_rowid()) {
            return Ok(false);
        }
        self.keys.extend((last..=last + count).skip(1));
        self.done += rows;
        Ok(true)
    }

    /// Returns the values of the next `rows` rows.
    fn binds(&self, rows: usize) -> &'i [Value<'i>] {
        self.insert.binds_of(self.done, rows)
    }
}
