//! What runs statements while the rows of another one are open on the same connection.

use super::{Apart, EachHydrated, Executor, Hydrate, Plain, Rows};
use crate::dialect::Dialect;
use crate::driver::Cursor;
use crate::error::{Error, Result};
use crate::sql::Sql;

/// Runs statements that read, beside a cursor.
pub(crate) struct Beside<'b, H> {
    hydrate: &'b mut H,
    cursor: &'b mut (dyn Cursor + 'b),
    dialect: &'static dyn Dialect,
}

impl<'b, H> Beside<'b, H> {
    pub(super) fn new<'e: 'b>(
        hydrate: &'b mut H,
        cursor: &'b mut (dyn Cursor + 'e),
        dialect: &'static dyn Dialect,
    ) -> Self {
        Self { hydrate, cursor, dialect }
    }
}

impl<H: Hydrate> Executor for Beside<'_, H> {
    type Hydrate = H;

    fn dialect(&self) -> &'static dyn Dialect {
        self.dialect
    }

    fn fetch(&mut self, sql: &Sql<'_>, each: &mut EachHydrated<'_, H>) -> Result<()> {
        let hydrate = &mut *self.hydrate;
        self.cursor.query(&sql.text, &sql.binds, &mut |row| each(hydrate, row))
    }

    fn open<'e>(&'e mut self, _: &Sql<'_>) -> Result<Rows<'e, H>> {
        Err(only_read())
    }

    fn columns(&mut self, _: &Sql<'_>) -> Result<Vec<String>> {
        Err(only_read())
    }

    fn execute(&mut self, _: &Sql<'_>) -> Result<u64> {
        Err(only_read())
    }

    fn execute_definition(&mut self, _: &str) -> Result<()> {
        Err(only_read())
    }

    fn apart(&mut self, work: &mut Apart<'_, H>) -> Result<()> {
        let mut plain = Plain;
        work(self.hydrate, &mut Beside::new(&mut plain, &mut *self.cursor, self.dialect))
    }

    fn begin_group(&mut self) -> Result<()> {
        Err(only_read())
    }

    fn end_group(&mut self, _: bool) -> Result<()> {
        Err(only_read())
    }
}

#[cold]
fn only_read() -> Error {
    Error::invalid_query("while the rows of a query are open, others can only be read at once")
}
