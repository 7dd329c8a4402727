//! Results that are read in portions: a cursor of the server, which lives in a transaction.
//!
//! The server makes a portion before it sends its first row, so that an error among its rows comes
//! before them. What is not read of a portion is thrown away as it arrives.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use orm_core::driver::{Cursor, EachRow, ReadRow};
use orm_core::error::{Error, Result};
use orm_core::value::Value;
use tokio_postgres::{Row, RowStream};

use crate::connection::PostgresConnection;
use crate::format::Format;
use crate::link::Link;
use crate::row::PostgresRow;
use crate::socket::TransactionStatus;
use crate::statements::Prepared;

/// A cursor borrows its connection, so there is one at most.
const NAME: &str = r#""orm_cursor""#;

/// How many rows are asked for at a time if nothing else is said.
const FETCH_SIZE: usize = 1_000;

/// The most that FETCH understands: a 32-bit number.
const MAX_FETCH_SIZE: usize = 0x7FFF_FFFF;

/// What a connection knows of its cursor, to end it even if it was leaked.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Whether its transaction was begun for it.
    owns_transaction: bool,
    portion: Option<Portion>,
}

/// The rows of one FETCH.
struct Portion {
    /// What arrives; `None` once all of it has.
    rows: Option<Pin<Box<RowStream>>>,
    /// What has arrived, but was not asked for yet.
    ahead: VecDeque<Row>,
    /// How many rows are still to come, unless the result ends before.
    wanted: usize,
}

impl Portion {
    /// Returns the next row that arrives.
    fn arriving(&mut self, link: &mut Link) -> Result<Option<Row>, tokio_postgres::Error> {
        let Some(rows) = &mut self.rows else { return Ok(None) };
        let row = link.next_row(rows.as_mut())?;
        match row {
            Some(_) => self.wanted = self.wanted.saturating_sub(1),
            None => self.rows = None,
        }
        Ok(row)
    }
}

impl fmt::Debug for Portion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portion").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

impl PostgresConnection {
    /// Ends the cursor that is open, if there is one, and the transaction that was begun for it.
    pub(crate) fn close_cursor(&mut self) -> Result<()> {
        let Some(Opened { owns_transaction, .. }) = self.opened.take() else { return Ok(()) };
        if owns_transaction {
            // After an error the server rolls back instead, and says nothing about it.
            return self.run_script("COMMIT");
        }
        match self.transaction_status() {
            Some(TransactionStatus::Open) => self.run_script(&format!("CLOSE {NAME}")),
            // It goes with the transaction, which can only be rolled back.
            _ => Ok(()),
        }
    }
}

/// A query that is read in portions.
pub(crate) struct PostgresCursor<'c> {
    connection: &'c mut PostgresConnection,
    /// The query, for messages.
    sql: Box<str>,
    fetch_size: usize,
    /// The FETCH of that many rows.
    fetch: Option<Prepared>,
    /// The formats of the columns.
    formats: Arc<[Format]>,
}

impl<'c> PostgresCursor<'c> {
    /// Declares a cursor for the query, in the transaction that is open or in one of its own.
    pub(crate) fn open(
        connection: &'c mut PostgresConnection,
        sql: &str,
        binds: &[Value<'_>],
    ) -> Result<Self> {
        connection.close_cursor()?;
        let owns_transaction = connection.transaction_status() == Some(TransactionStatus::Idle);
        if owns_transaction {
            connection.run_script("BEGIN")?;
        }
        connection.opened = Some(Opened { owns_transaction, portion: None });
        let formats = Arc::new([]);
        let mut cursor =
            Self { connection, sql: sql.into(), fetch_size: FETCH_SIZE, fetch: None, formats };
        cursor.declare(binds)?;
        Ok(cursor)
    }

    fn declare(&mut self, binds: &[Value<'_>]) -> Result<()> {
        let declaration = format!("DECLARE {NAME} NO SCROLL CURSOR FOR {}", self.sql);
        // Prepared each time: that is one round trip of several, and it is never out of date.
        let prepared = self.prepare(&declaration).map_err(explained)?;
        let mut answer = self.send(&prepared, binds)?;
        match self.connection.link.next_row(answer.as_mut()) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.connection.failure(error, &self.sql)),
        }
    }

    fn prepare(&mut self, statement: &str) -> Result<Prepared> {
        let prepared = self.connection.prepare(statement);
        prepared.map_err(|error| self.connection.failure(error, &self.sql))
    }

    fn send(&mut self, prepared: &Prepared, binds: &[Value<'_>]) -> Result<Pin<Box<RowStream>>> {
        let answer = self.connection.bind(prepared, &self.sql, binds)?;
        answer.map(Box::pin).map_err(|error| self.connection.failure(error, &self.sql))
    }

    /// Asks for the next portion.
    fn fetch(&mut self) -> Result<Portion> {
        let wanted = self.fetch_size;
        let prepared = match self.fetch.take() {
            Some(prepared) => prepared,
            None => self.prepare(&format!("FETCH FORWARD {wanted} FROM {NAME}"))?,
        };
        let rows = self.send(&prepared, &[])?;
        self.formats = Arc::clone(&prepared.formats);
        self.fetch = Some(prepared);
        Ok(Portion { rows: Some(rows), ahead: VecDeque::new(), wanted })
    }

    fn next_row(&mut self) -> Result<Option<Row>> {
        loop {
            let connection = &mut *self.connection;
            let Some(opened) = &mut connection.opened else { return Ok(None) };
            let Some(portion) = &mut opened.portion else {
                let portion = self.fetch()?;
                if let Some(opened) = &mut self.connection.opened {
                    opened.portion = Some(portion);
                }
                continue;
            };
            if let Some(row) = portion.ahead.pop_front() {
                return Ok(Some(row));
            }
            match portion.arriving(&mut connection.link) {
                Ok(Some(row)) => return Ok(Some(row)),
                Ok(None) if portion.wanted > 0 => return Ok(None),
                Ok(None) => opened.portion = None,
                Err(error) => return Err(connection.failure(error, &self.sql)),
            }
        }
    }

    /// Takes in what is left of a portion, since what another statement returns comes behind it.
    fn take_in(&mut self) -> Result<()> {
        let connection = &mut *self.connection;
        let Some(Opened { portion: Some(portion), .. }) = &mut connection.opened else {
            return Ok(());
        };
        loop {
            match portion.arriving(&mut connection.link) {
                Ok(Some(row)) => portion.ahead.push_back(row),
                Ok(None) => return Ok(()),
                Err(error) => return Err(connection.failure(error, &self.sql)),
            }
        }
    }
}

/// Says what to do with a query that cannot have a cursor: one that writes, in a WITH.
#[cold]
fn explained(mut error: Error) -> Error {
    if let Error::Database(error) = &mut error
        && error.code.as_deref() == Some("0A000")
    {
        error.help.get_or_insert_with(|| {
            "a query that writes cannot be read row by row: ask for all rows at once".to_owned()
        });
    }
    error
}

impl Cursor for PostgresCursor<'_> {
    fn next(&mut self, read: &mut ReadRow<'_>) -> Result<bool> {
        match self.next_row() {
            Ok(Some(row)) => read(&PostgresRow::new(&row, &self.formats)).map(|()| true),
            Ok(None) => self.connection.close_cursor().map(|()| false),
            Err(error) => {
                // What went wrong is the error to report; a connection that is lost knows it.
                let _ = self.connection.close_cursor();
                Err(error)
            }
        }
    }

    fn query(&mut self, sql: &str, binds: &[Value<'_>], each: &mut EachRow<'_>) -> Result<()> {
        self.take_in()?;
        self.connection.query_on(sql, binds, each)
    }

    fn set_fetch_size(&mut self, rows: usize) {
        self.fetch_size = rows.clamp(1, MAX_FETCH_SIZE);
        self.fetch = None;
    }
}

impl Drop for PostgresCursor<'_> {
    fn drop(&mut self) {
        // It fails only if the connection is lost, which the next statement reports.
        let _ = self.connection.close_cursor();
    }
}
