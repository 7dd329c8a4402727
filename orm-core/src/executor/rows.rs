//! The rows of a SELECT that are asked for, with what makes them into what the caller gets.

use std::fmt;

use super::{Beside, Hydrate};
use crate::dialect::Dialect;
use crate::driver::Cursor;
use crate::error::Result;
use crate::value::Row;

/// The rows of a SELECT that runs; made by [`Executor::open`](super::Executor::open).
///
/// Dropping it ends the SELECT.
pub struct Rows<'e, H> {
    hydrate: &'e mut H,
    /// `None` after an error; after the last row nothing is left of the SELECT, but others can run.
    cursor: Option<Box<dyn Cursor + 'e>>,
}

impl<'e, H> Rows<'e, H> {
    /// Returns the rows of `cursor`.
    pub fn new(hydrate: &'e mut H, cursor: Box<dyn Cursor + 'e>) -> Self {
        Self { hydrate, cursor: Some(cursor) }
    }

    /// Returns the same rows, made into something else by `hydrate`.
    pub(crate) fn hydrated_by<G>(self, hydrate: &'e mut G) -> Rows<'e, G> {
        Rows { hydrate, cursor: self.cursor }
    }
}

impl<H: Hydrate> Rows<'_, H> {
    /// Returns what `read` makes of the next row; `None` after the last, and after an error.
    ///
    /// # Errors
    ///
    /// What the database reports, or what `read` returned.
    pub fn next<T>(
        &mut self,
        read: impl FnOnce(&mut H, &dyn Row) -> Result<T>,
    ) -> Result<Option<T>> {
        let Some(cursor) = &mut self.cursor else { return Ok(None) };
        let (mut read, mut found) = (Some(read), None);
        let advanced = cursor.next(&mut |row| {
            if let Some(read) = read.take() {
                found = Some(read(self.hydrate, row)?);
            }
            Ok(())
        });
        if let Err(error) = &advanced {
            self.cursor = None;
            self.hydrate.failed(error);
        }
        advanced.map(|_| found)
    }
}

impl<H> Rows<'_, H> {
    /// Returns what runs other statements while the rows stand where they are; `None` after an error.
    pub(crate) fn beside(&mut self, dialect: &'static dyn Dialect) -> Option<Beside<'_, H>> {
        let cursor = self.cursor.as_deref_mut()?;
        Some(Beside::new(self.hydrate, cursor, dialect))
    }

    /// Ends the SELECT.
    pub(crate) fn end(&mut self) {
        self.cursor = None;
    }

    /// Sets how many rows the database is asked for at a time, where it matters; 0 is taken as 1.
    pub fn set_fetch_size(&mut self, rows: usize) {
        if let Some(cursor) = &mut self.cursor {
            cursor.set_fetch_size(rows.max(1));
        }
    }
}

impl<H> fmt::Debug for Rows<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("is_open", &self.cursor.is_some()).finish_non_exhaustive()
    }
}
