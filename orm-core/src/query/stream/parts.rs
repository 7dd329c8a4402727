//! Streams whose rows have others loaded beside them: so many at a time.

use std::collections::HashSet;
use std::vec;

use crate::ast::SelectStatement;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::executor::{Hydrate, Rows};
use crate::query::{Output, Select, too_many};
use crate::relation::Key;

/// How many rows are loaded for at a time if nothing else is said.
const SIZE: usize = 1_000;

/// The rows of a query that have arrived, with what was loaded beside them.
pub(super) struct Parts<O: Output, H: Hydrate> {
    query: Select<O>,
    /// The query as it is without what its loaders join to it.
    statement: SelectStatement,
    dialect: &'static dyn Dialect,
    size: usize,
    ready: vec::IntoIter<O::Out<H>>,
    /// The keys of the rows that came so far, if the query's own joins may bring them again.
    seen: HashSet<Key>,
}

impl<O: Output, H: Hydrate> Parts<O, H> {
    /// Returns what loads beside the rows of `query`, and the statement that returns them.
    pub(super) fn new(
        query: &Select<O>,
        dialect: &'static dyn Dialect,
    ) -> Result<(Self, SelectStatement)> {
        let statement = query.statement().into_owned();
        let joined = query.joined_query(&statement)?.statement.into_owned();
        let parts = Self {
            query: query.clone(),
            statement,
            dialect,
            size: SIZE,
            ready: Vec::new().into_iter(),
            seen: HashSet::new(),
        };
        Ok((parts, joined))
    }

    pub(super) fn set_size(&mut self, size: usize) {
        self.size = size.max(1);
    }

    /// Returns the next row; `None` after the last, and after an error.
    pub(super) fn next(&mut self, rows: &mut Rows<'_, H>) -> Result<Option<O::Out<H>>> {
        if let Some(row) = self.ready.next() {
            return Ok(Some(row));
        }
        let part = self.load(rows).inspect_err(|_| rows.end())?;
        self.ready = part.into_iter();
        Ok(self.ready.next())
    }

    /// Reads so many rows, and loads what belongs to them.
    fn load(&mut self, rows: &mut Rows<'_, H>) -> Result<Vec<O::Out<H>>> {
        let mut joined = self.query.joined_query(&self.statement)?;
        let mut part: Vec<O::Out<H>> = Vec::new();
        while part.len() < self.size {
            let number = u32::try_from(part.len()).map_err(|_| too_many())?;
            let next = rows.next(|hydrate, row| {
                if joined.key(row)?.is_some_and(|key| !self.seen.insert(key)) {
                    return Ok(());
                }
                part.push(O::from_row(hydrate, row, 0)?);
                joined.read(row, number..number + 1)
            })?;
            if next.is_none() {
                break;
            }
        }
        if let (Some(mut executor), false) = (rows.beside(self.dialect), part.is_empty()) {
            self.query.load_beside(&mut executor, &mut part, joined, &self.statement)?;
        }
        Ok(part)
    }
}
