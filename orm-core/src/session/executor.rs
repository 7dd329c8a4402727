//! Queries that a session runs: what is pending is flushed before, and rows come back as entities.

use super::lifecycle::not_connected;
use super::{Session, Tracked, synchronize};
use crate::dialect::Dialect;
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::executor::{Apart, EachHydrated, Executor, Hydrate as _, Rows, RowsWrite};
use crate::sql::Sql;

impl Session {
    /// Flushes what a statement could see, and returns what runs it.
    fn ready(&mut self) -> Result<(&mut Connection, &mut Tracked)> {
        self.flush_before_query()?;
        let (conn, tracked) = self.begun()?;
        tracked.begin_query();
        Ok((conn, tracked))
    }

    /// Rolls back after an error of the database, which has undone the transaction or would not go on
    /// with it.
    pub(super) fn undone_after<T>(&mut self, result: Result<T>) -> Result<T> {
        if let Err(Error::Integrity(_) | Error::Database(_) | Error::Operational(_)) = &result {
            self.undo_after_failure();
        }
        result
    }
}

impl Executor for Session {
    type Hydrate = Tracked;

    fn dialect(&self) -> &'static dyn Dialect {
        self.engine.dialect()
    }

    fn fetch(&mut self, sql: &Sql<'_>, each: &mut EachHydrated<'_, Tracked>) -> Result<()> {
        let (conn, tracked) = self.ready()?;
        if writes(sql) {
            tracked.wrote(sql.table, changes_rows(sql));
        }
        let result = conn.fetch(sql, &mut |_, row| each(tracked, row));
        self.undone_after(result)
    }

    fn open<'e>(&'e mut self, sql: &Sql<'_>) -> Result<Rows<'e, Tracked>> {
        let (conn, tracked) = self.ready()?;
        match conn.open(sql) {
            Ok(rows) => Ok(rows.hydrated_by(tracked)),
            Err(error) => {
                tracked.failed(&error);
                Err(error)
            }
        }
    }

    fn columns(&mut self, sql: &Sql<'_>) -> Result<Vec<String>> {
        let (conn, _) = self.ready()?;
        let result = conn.columns(sql);
        self.undone_after(result)
    }

    fn execute(&mut self, sql: &Sql<'_>) -> Result<u64> {
        let (conn, tracked) = self.ready()?;
        tracked.wrote(sql.table, changes_rows(sql));
        let result = conn.execute(sql);
        self.undone_after(result)
    }

    fn write_rows(
        &mut self,
        write: &RowsWrite<'_>,
        each: Option<&mut EachHydrated<'_, Tracked>>,
    ) -> Result<u64> {
        let (conn, tracked) = self.ready()?;
        let result = synchronize::write(tracked, conn, write, each);
        self.undone_after(result)
    }

    fn execute_definition(&mut self, statement: &str) -> Result<()> {
        let (conn, _) = self.ready()?;
        let result = conn.execute_definition(statement);
        self.undone_after(result)
    }

    fn apart(&mut self, work: &mut Apart<'_, Tracked>) -> Result<()> {
        let (conn, tracked) = self.ready()?;
        let result = work(tracked, conn);
        self.undone_after(result)
    }

    fn begin_group(&mut self) -> Result<()> {
        self.refuse_in_flush("begin a savepoint")?;
        self.flush()?;
        let (conn, tracked) = self.begun()?;
        conn.begin_group()?;
        tracked.undo.begin();
        Ok(())
    }

    fn end_group(&mut self, keep: bool) -> Result<()> {
        self.settle();
        if self.tracked.undo.depth() == 0 {
            return Ok(());
        }
        let conn = self.conn.as_mut().ok_or_else(not_connected)?;
        match conn.end_group(keep) {
            Ok(()) if keep => {
                self.tracked.undo.release();
                Ok(())
            }
            Ok(()) => {
                self.tracked.roll_back();
                Ok(())
            }
            Err(error) => {
                self.undo_after_failure();
                Err(error)
            }
        }
    }
}

/// Whether a statement that writes may have changed rows that were there before.
fn changes_rows(sql: &Sql<'_>) -> bool {
    !sql.text.starts_with("INSERT") || sql.text.contains(" DO UPDATE")
}

/// Whether a statement that returns rows may have written them.
fn writes(sql: &Sql<'_>) -> bool {
    !sql.text.starts_with("SELECT")
}
