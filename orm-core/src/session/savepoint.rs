//! A part of a session's transaction that can be undone alone.

use std::ops::{Deref, DerefMut};

use super::Session;
use crate::error::{Error, Result};
use crate::executor::Executor;

/// A savepoint of a session, begun by [`Session::begin_nested`].
///
/// It dereferences to its session, which is used through it while it is open. A savepoint that is dropped
/// without [`commit`](Self::commit) is undone, in memory too.
#[derive(Debug)]
#[must_use = "a savepoint that is dropped is rolled back"]
pub struct Savepoint<'s> {
    session: &'s mut Session,
    /// How many savepoints were open when it had begun.
    depth: usize,
    is_open: bool,
}

impl<'s> Savepoint<'s> {
    pub(super) fn new(session: &'s mut Session) -> Self {
        let depth = session.tracked.undo.depth();
        Self { session, depth, is_open: true }
    }

    /// Writes what changed, and keeps it as a part of the transaction around the savepoint.
    ///
    /// # Errors
    ///
    /// Those of [`Session::flush`]; everything since the savepoint began is undone then.
    /// [`Error::InvalidState`] if the transaction has ended meanwhile.
    pub fn commit(mut self) -> Result<()> {
        self.is_open = false;
        if self.session.tracked.undo.depth() != self.depth {
            return Err(Error::invalid_state(
                "the savepoint cannot be committed, since the transaction around it has ended: in a \
                 savepoint, return an error instead of calling `rollback`",
            ));
        }
        match self.session.flush() {
            Ok(()) => self.session.end_group(true),
            Err(error) => {
                self.end()?;
                Err(error)
            }
        }
    }

    /// Undoes everything since the savepoint began, in memory too.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub fn rollback(mut self) -> Result<()> {
        self.is_open = false;
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        if self.session.tracked.undo.depth() < self.depth {
            return Ok(());
        }
        self.session.end_group(false)
    }
}

impl Drop for Savepoint<'_> {
    fn drop(&mut self) {
        if self.is_open
            && let Err(error) = self.end()
        {
            tracing::error!(target: "orm::session", %error, "could not roll back a dropped savepoint");
        }
    }
}

impl Deref for Savepoint<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session
    }
}

impl DerefMut for Savepoint<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        self.session
    }
}
