//! Flush, commit, rollback: how a transaction begins and ends.

use super::listeners::EndEvent;
use super::{Savepoint, Session, Tracked, unit};
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::executor::Executor;

impl Session {
    /// Writes what changed in the open transaction: new rows first, then updates, then deletes.
    ///
    /// Queries and [`commit`](Self::commit) flush by themselves.
    ///
    /// A changed primary key is written before anything else, and the rows that refer to it follow, in
    /// memory too. The database updates those whose foreign key says `on_update = "cascade"`, as tables of
    /// pairs do; the session updates those that have a relation (without a `filter`) but no foreign key.
    ///
    /// # Errors
    ///
    /// [`Error::Integrity`] if a constraint refuses a write, [`Error::StaleData`] if a row was changed or
    /// deleted by somebody else, [`Error::Encode`] for a value that does not fit its column, and
    /// [`Error::Validation`] for one that a validator refuses. [`Error::InvalidState`] if a primary key
    /// changed to which other rows refer by a foreign key that does not follow, or if rows of one table
    /// exchange their keys. Otherwise what the database reports.
    ///
    /// After an error, the transaction is rolled back (or the innermost savepoint, if one is open), and
    /// memory is as it was when that began.
    pub fn flush(&mut self) -> Result<()> {
        self.refuse_in_flush("flush")?;
        if !self.tracked.has_work() {
            return Ok(());
        }
        self.flush_with_events()
    }

    /// Writes what a query could see, unless the session was told not to, or a hook of a flush asks.
    pub(super) fn flush_before_query(&mut self) -> Result<()> {
        if self.autoflush && !self.is_flushing() {
            self.flush().map_err(Error::in_autoflush)
        } else {
            Ok(())
        }
    }

    /// Sends the statements of a flush.
    pub(super) fn write(&mut self) -> Result<()> {
        self.check_may_write()?;
        let (conn, tracked) = self.begun()?;
        unit::flush(tracked, conn)
    }

    /// Writes what changed, and commits the transaction.
    ///
    /// Entities keep their values; the next use of the session begins another transaction.
    ///
    /// # Errors
    ///
    /// Those of [`flush`](Self::flush), and what the database reports, such as a deferred constraint that
    /// is violated; the whole transaction is rolled back then, in memory too. [`Error::InvalidState`] if a
    /// savepoint is open.
    pub fn commit(&mut self) -> Result<()> {
        self.refuse_in_hook("commit")?;
        if self.tracked.undo.depth() > 0 {
            return Err(Error::invalid_state(
                "a savepoint is open: commit it or roll it back before you commit the transaction",
            ));
        }
        self.settle();
        self.before_commit()?;
        self.flush()?;
        if self.is_begun {
            let conn = self.conn.as_mut().ok_or_else(not_connected)?;
            if let Err(error) = conn.end_group(true) {
                self.undo_after_failure();
                return Err(error);
            }
            self.is_begun = false;
            self.tracked.committed();
        }
        self.run_at_end(EndEvent::Commit);
        Ok(())
    }

    /// Undoes the transaction, in the database and in memory.
    ///
    /// Every entity has the value that it had when the transaction began; entities that were added are
    /// gone, and those that were deleted are back.
    ///
    /// # Errors
    ///
    /// What the database reports. Memory is put back in any case.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Tag { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Tag].create_all(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// let red = session.add(Tag::builder().name("red"));
    /// session.commit()?;
    ///
    /// session[red].name = "blue".into();
    /// session.rollback()?;
    /// assert_eq!(session[red].name, "red");
    /// # Ok(())
    /// # }
    /// ```
    pub fn rollback(&mut self) -> Result<()> {
        self.refuse_in_hook("roll back")?;
        let is_work_undone = self.is_begun || self.tracked.has_work();
        let result = self.rollback_connection();
        self.undo_in_memory();
        if is_work_undone {
            self.run_at_end(EndEvent::Rollback);
        }
        result
    }

    /// Rolls back the open transaction, if there is one, in the database.
    pub(super) fn rollback_connection(&mut self) -> Result<()> {
        self.tracked.has_failed = false;
        let mut result = Ok(());
        if let Some(conn) = &mut self.conn
            && self.is_begun
        {
            for _ in 0..=self.tracked.undo.depth() {
                result = result.and(conn.end_group(false));
            }
            if result.is_err() || conn.is_broken() {
                self.conn = None;
            }
        }
        self.is_begun = false;
        result
    }

    /// Rolls back what is not committed, forgets all entities, and gives up the connection. The session can
    /// be used again.
    ///
    /// # Errors
    ///
    /// Those of [`rollback`](Self::rollback).
    pub fn close(&mut self) -> Result<()> {
        self.refuse_in_hook("close the session")?;
        let result = self.rollback();
        self.expunge_all();
        self.conn = None;
        result
    }

    /// Forgets all entities, with their changes that were not flushed.
    pub fn expunge_all(&mut self) {
        // Rows that were written can be read again before that is committed.
        let wrote = self.is_begun && (self.tracked.wrote_past || !self.tracked.undo.is_empty());
        self.tracked.forget_all();
        self.tracked.wrote_past = wrote;
    }

    /// Begins a savepoint: a part of the transaction that can be undone alone, in memory too. Changes are
    /// flushed first.
    ///
    /// Use the session through the [`Savepoint`] while it is open; [`savepoint`](Self::savepoint) does the
    /// same for a closure.
    ///
    /// # Errors
    ///
    /// Those of [`flush`](Self::flush).
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Tag { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Tag].create_all(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// let red = session.add(Tag::builder().name("red"));
    ///
    /// let mut savepoint = session.begin_nested()?;
    /// savepoint[red].name = "blue".into();
    /// savepoint.rollback()?;
    ///
    /// session.commit()?;
    /// assert_eq!(session[red].name, "red");
    /// # Ok(())
    /// # }
    /// ```
    pub fn begin_nested(&mut self) -> Result<Savepoint<'_>> {
        self.begin_group()?;
        Ok(Savepoint::new(self))
    }

    /// Runs `work` in a savepoint, which is undone, in memory too, if `work` returns an error or panics.
    ///
    /// # Errors
    ///
    /// What `work` returns, and those of [`begin_nested`](Self::begin_nested).
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Tag { #[orm(primary_key)] id: i64, #[orm(unique)] name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Tag].create_all(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// session.add(Tag::builder().name("red"));
    /// for name in ["red", "green"] {
    ///     let added = session.savepoint(|session| {
    ///         session.add(Tag::builder().name(name));
    ///         session.flush()
    ///     });
    ///     if let Err(error) = added {
    ///         assert!(matches!(error, orm::Error::Integrity(_)));
    ///     }
    /// }
    /// session.commit()?;
    /// assert_eq!(Tag::query().count(&mut session)?, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn savepoint<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.try_savepoint(work)
    }

    /// Runs `work` as [`savepoint`](Self::savepoint) does, where `work` returns an error type of its own.
    ///
    /// # Errors
    ///
    /// Those of [`savepoint`](Self::savepoint).
    pub fn try_savepoint<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut savepoint = self.begin_nested()?;
        match work(&mut savepoint) {
            Ok(result) => {
                savepoint.commit()?;
                Ok(result)
            }
            Err(error) => {
                savepoint.rollback()?;
                Err(error)
            }
        }
    }

    /// Returns the connection of the open transaction, for statements that return plain values.
    ///
    /// Changes are flushed first. Entities do not follow what such statements change.
    ///
    /// # Errors
    ///
    /// Those of [`flush`](Self::flush), or what the database reports when connecting.
    pub fn connection(&mut self) -> Result<&mut Connection> {
        if !self.is_flushing() {
            self.flush()?;
        }
        let (conn, tracked) = self.begun()?;
        tracked.wrote_past = true;
        Ok(conn)
    }

    /// Returns the connection, with a transaction open on it, and what the session keeps.
    pub(super) fn begun(&mut self) -> Result<(&mut Connection, &mut Tracked)> {
        self.begin()?;
        let conn = self.conn.as_mut().ok_or_else(not_connected)?;
        Ok((conn, &mut self.tracked))
    }

    /// Begins a transaction, unless one is open.
    fn begin(&mut self) -> Result<()> {
        self.settle();
        if self.is_begun {
            return Ok(());
        }
        if self.conn.as_ref().is_some_and(Connection::is_broken) {
            self.conn = None;
        }
        let conn = match &mut self.conn {
            Some(conn) => conn,
            none => none.insert(self.engine.connect()?),
        };
        conn.begin_group_with(self.options.transaction)?;
        self.is_begun = true;
        Ok(())
    }

    /// Undoes the innermost level after a statement of it failed; a savepoint stays open.
    pub(super) fn undo_after_failure(&mut self) {
        let is_nested = self.tracked.undo.depth() > 0;
        let undone = match &mut self.conn {
            _ if !self.is_begun => Ok(()),
            Some(conn) if !conn.is_broken() => {
                let undone = conn.end_group(false);
                if is_nested { undone.and_then(|()| conn.begin_group()) } else { undone }
            }
            _ => Err(not_connected()),
        };
        if undone.is_err() {
            // Without its connection, the whole transaction is gone.
            self.conn = None;
            self.is_begun = false;
            self.undo_in_memory();
            self.note_undone(true);
            return;
        }
        self.tracked.roll_back();
        if is_nested {
            self.tracked.undo.begin();
        }
        self.is_begun = is_nested;
        self.note_undone(!is_nested);
    }

    /// Undoes in the database what an error of an open stream has undone in memory already.
    pub(super) fn settle(&mut self) {
        if !std::mem::take(&mut self.tracked.has_failed) {
            return;
        }
        let is_nested = self.tracked.undo.depth() > 0;
        let undone = match &mut self.conn {
            Some(conn) if self.is_begun && !conn.is_broken() => {
                let undone = conn.end_group(false);
                if is_nested { undone.and_then(|()| conn.begin_group()) } else { undone }
            }
            _ => Err(not_connected()),
        };
        if undone.is_err() {
            self.conn = None;
            self.undo_in_memory();
        }
        self.is_begun = is_nested && undone.is_ok();
        self.note_undone(!self.is_begun);
    }

    fn undo_in_memory(&mut self) {
        for _ in 0..=self.tracked.undo.depth() {
            self.tracked.roll_back();
        }
        self.tracked.undo.clear();
    }
}

#[cold]
pub(super) fn not_connected() -> Error {
    Error::invalid_state("the session lost its connection: what was not committed is undone")
}
