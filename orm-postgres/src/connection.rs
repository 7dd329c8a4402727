//! One connection: statements prepared once, rows handed out as they arrive, transactions.
//!
//! When a callback stops a query early, the rest of its rows is read and thrown away, so that an error
//! among them is not missed: the server would refuse everything else in the transaction. A query that
//! is meant to return few rows says so with LIMIT, and one that may not be read to its end has a cursor.

use std::fmt;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;

use orm_core::dialect::{Dialect, TransactionOptions};
use orm_core::driver::{Cursor, DriverConnection, EachRow};
use orm_core::error::{DatabaseError, Error, Result};
use orm_core::value::Value;
use tokio_postgres::{Client, RowStream};

use crate::Postgres;
use crate::bind::Bound;
use crate::cursor::{Opened, PostgresCursor};
use crate::error;
use crate::format::Format;
use crate::link::Link;
use crate::row::PostgresRow;
use crate::socket::TransactionStatus;
use crate::statements::{Prepared, Statements};

/// How many statements a connection keeps prepared.
const STATEMENTS: usize = 256;

/// A connection to a PostgreSQL server.
pub(crate) struct PostgresConnection {
    // The order matters when it is dropped: the link says goodbye once the client is gone.
    client: Client,
    statements: Statements,
    /// The cursor that is open, or was leaked.
    pub(crate) opened: Option<Opened>,
    pub(crate) link: Link,
    dialect: &'static Postgres,
}

impl fmt::Debug for PostgresConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConnection")
            .field("is_broken", &self.is_broken())
            .finish_non_exhaustive()
    }
}

impl PostgresConnection {
    /// Returns the connection of a client whose input and output `link` does.
    pub(crate) fn new(client: Client, link: Link, dialect: &'static Postgres) -> Self {
        Self { client, statements: Statements::new(STATEMENTS), opened: None, link, dialect }
    }

    /// Sends a statement and returns its rows to come.
    fn start(&mut self, sql: &str, binds: &[Value<'_>]) -> Result<(RowStream, Arc<[Format]>)> {
        if let Some(prepared) = self.statements.get(sql) {
            match self.bind(&prepared, sql, binds)? {
                Ok(rows) => return Ok((rows, prepared.formats)),
                Err(error) if error::is_stale(&error) => {
                    self.statements.remove(sql);
                    self.client.clear_type_cache();
                    if self.transaction_status() != Some(TransactionStatus::Idle) {
                        return Err(self.failure(error, sql));
                    }
                }
                Err(error) => return Err(self.failure(error, sql)),
            }
        }
        let prepared = self.prepare_and_keep(sql)?;
        match self.bind(&prepared, sql, binds)? {
            Ok(rows) => Ok((rows, prepared.formats)),
            Err(error) => Err(self.failure(error, sql)),
        }
    }

    /// Runs a statement, whatever cursor is open.
    pub(crate) fn query_on(
        &mut self,
        sql: &str,
        binds: &[Value<'_>],
        each: &mut EachRow<'_>,
    ) -> Result<()> {
        let (rows, formats) = self.start(sql, binds)?;
        let mut rows = pin!(rows);
        let mut stopped = None;
        loop {
            match self.link.next_row(rows.as_mut()) {
                Ok(Some(row)) if stopped.is_none() => {
                    match each(&PostgresRow::new(&row, &formats)) {
                        Ok(ControlFlow::Continue(())) => {}
                        Ok(ControlFlow::Break(())) => stopped = Some(Ok(())),
                        Err(error) => stopped = Some(Err(error)),
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) => return stopped.unwrap_or(Ok(())),
                Err(error) => {
                    let error = self.failure(error, sql);
                    return stopped.unwrap_or(Ok(())).and(Err(error));
                }
            }
        }
    }

    /// Prepares a statement and keeps it.
    fn prepare_and_keep(&mut self, sql: &str) -> Result<Prepared> {
        let prepared = self.prepare(sql).map_err(|error| self.failure(error, sql))?;
        self.statements.insert(sql, prepared.clone());
        Ok(prepared)
    }

    /// Has the server prepare a statement, which it forgets when the value drops.
    pub(crate) fn prepare(&mut self, sql: &str) -> Result<Prepared, tokio_postgres::Error> {
        self.link.wait(self.client.prepare(sql)).map(Prepared::new)
    }

    /// Sends the values; the inner error is the server's.
    pub(crate) fn bind(
        &mut self,
        prepared: &Prepared,
        sql: &str,
        binds: &[Value<'_>],
    ) -> Result<Result<RowStream, tokio_postgres::Error>> {
        let expected = prepared.statement.params().len();
        if expected != binds.len() {
            return Err(Error::invalid_query(format!(
                "the statement has {expected} parameters but was given {} values: {sql}",
                binds.len()
            )));
        }
        Ok(self.link.wait(self.client.query_raw(&prepared.statement, Bound::all(binds))))
    }

    pub(crate) fn run_script(&mut self, script: &str) -> Result<()> {
        let done = self.link.wait(self.client.batch_execute(script));
        done.map_err(|error| self.failure(error, script))
    }

    pub(crate) fn transaction_status(&mut self) -> Option<TransactionStatus> {
        self.link.transaction_status(&self.client)
    }

    /// Returns our error for the driver's, and gives the connection up if nothing more can be said.
    pub(crate) fn failure(&mut self, error: tokio_postgres::Error, sql: &str) -> Error {
        let error = error::of_statement(error, sql);
        if error.is_disconnect() {
            self.link.sever();
        }
        error
    }
}

impl DriverConnection for PostgresConnection {
    fn dialect(&self) -> &'static dyn Dialect {
        self.dialect
    }

    fn query(&mut self, sql: &str, binds: &[Value<'_>], each: &mut EachRow<'_>) -> Result<()> {
        self.close_cursor()?;
        self.query_on(sql, binds, each)
    }

    fn open<'c>(&'c mut self, sql: &str, binds: &[Value<'_>]) -> Result<Box<dyn Cursor + 'c>> {
        Ok(Box::new(PostgresCursor::open(self, sql, binds)?))
    }

    fn columns(&mut self, sql: &str) -> Result<Vec<String>> {
        let prepared = match self.statements.get(sql) {
            Some(prepared) => prepared,
            None => self.prepare_and_keep(sql)?,
        };
        let columns = prepared.statement.columns().iter();
        Ok(columns.map(|column| column.name().to_owned()).collect())
    }

    fn execute(&mut self, sql: &str, binds: &[Value<'_>]) -> Result<u64> {
        self.close_cursor()?;
        let (rows, _) = self.start(sql, binds)?;
        let mut rows = pin!(rows);
        loop {
            match self.link.next_row(rows.as_mut()) {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(rows.rows_affected().unwrap_or(0)),
                Err(error) => return Err(self.failure(error, sql)),
            }
        }
    }

    fn execute_script(&mut self, script: &str) -> Result<()> {
        self.close_cursor()?;
        self.run_script(script)
    }

    fn begin(&mut self) -> Result<()> {
        self.close_cursor()?;
        self.run_script("BEGIN")
    }

    fn begin_with(&mut self, options: TransactionOptions) -> Result<()> {
        self.close_cursor()?;
        self.run_script(&self.dialect.begin(options))
    }

    fn commit(&mut self) -> Result<()> {
        self.close_cursor()?;
        // The server answers COMMIT with a rollback and without an error if a statement has failed.
        if self.transaction_status() == Some(TransactionStatus::Failed) {
            self.run_script("ROLLBACK")?;
            let mut error = DatabaseError::new(
                "a statement of the transaction had failed, so the transaction was rolled back \
                 instead of committed",
            );
            error.code = Some("25P02".to_owned());
            error.help = Some(
                "pass the statement's own error on, or run what may fail in a savepoint".to_owned(),
            );
            return Err(error.into());
        }
        self.run_script("COMMIT")
    }

    fn rollback(&mut self) -> Result<()> {
        self.close_cursor()?;
        if self.transaction_status() == Some(TransactionStatus::Idle) {
            return Ok(());
        }
        self.run_script("ROLLBACK")
    }

    fn is_broken(&self) -> bool {
        self.link.is_severed() || self.client.is_closed()
    }
}
