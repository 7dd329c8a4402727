//! The rows of a statement that are asked for: their errors get what is known of the statement.

use super::connection::Record;
use super::diagnosis;
use super::parameters::Parameters;
use crate::driver::{Cursor, EachRow, ReadRow};
use crate::error::Result;
use crate::sql::Sql;
use crate::value::Value;

/// A driver's cursor, and its statement, which the caller does not keep.
pub(super) struct NamedCursor<'c> {
    cursor: Box<dyn Cursor + 'c>,
    statement: Sql<'static>,
    /// The values, if they are to be shown.
    parameters: Option<String>,
    /// Where statements are counted that are run beside it.
    record: Record<'c>,
}

impl<'c> NamedCursor<'c> {
    pub(super) fn new(cursor: Box<dyn Cursor + 'c>, sql: &Sql<'_>, record: Record<'c>) -> Self {
        let statement = Sql { table: sql.table, ..Sql::plain(sql.text.clone().into_owned()) };
        let is_shown = record.show.parameters && !sql.binds.is_empty();
        let parameters = is_shown.then(|| Parameters(&sql.binds).to_string());
        Self { cursor, statement, parameters, record }
    }
}

impl Cursor for NamedCursor<'_> {
    fn next(&mut self, read: &mut ReadRow<'_>) -> Result<bool> {
        self.cursor.next(read).map_err(|error| {
            let error = diagnosis::named(error, Some(&self.statement));
            match &self.parameters {
                Some(parameters) => error.with_parameters(|| parameters.clone()),
                None => error,
            }
        })
    }

    fn query(&mut self, sql: &str, binds: &[Value<'_>], each: &mut EachRow<'_>) -> Result<()> {
        self.record.count(sql, binds);
        self.cursor.query(sql, binds, each).map_err(|error| {
            let error = diagnosis::named(error, Some(&Sql::plain(sql)));
            if self.record.show.parameters && !binds.is_empty() {
                return error.with_parameters(|| Parameters(binds).to_string());
            }
            error
        })
    }

    fn set_fetch_size(&mut self, rows: usize) {
        self.cursor.set_fetch_size(rows);
    }
}
