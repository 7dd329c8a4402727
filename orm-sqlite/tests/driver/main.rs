//! The driver through the traits that the engine uses: values, errors, transactions, URLs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test cannot do without fails it")]

mod connection;
mod cursors;
mod databases;
mod decimals;
mod dialect;
mod errors;
mod foreign_keys;
mod generated;
mod lists;
mod values;

use std::ops::ControlFlow;

use orm_core::driver::{Database, Driver, DriverConnection};
use orm_core::error::Result;
use orm_core::value::{Row, Value};
use orm_sqlite::Sqlite;

/// A connection that its test reads from with less ceremony.
type Connection = Box<dyn DriverConnection>;

fn database(url: &str) -> Box<dyn Database> {
    Sqlite.open(url).unwrap()
}

/// Opens a connection to a new database in memory, on which `script` has run.
fn memory(script: &str) -> Connection {
    let mut connection = database("sqlite::memory:").connect().unwrap();
    connection.execute_script(script).unwrap();
    connection
}

/// Returns what `read` makes of each row.
fn all<T>(
    connection: &mut Connection,
    sql: &str,
    values: &[Value<'_>],
    read: impl Fn(&dyn Row) -> Result<T>,
) -> Result<Vec<T>> {
    let mut rows = Vec::new();
    connection.query(sql, values, &mut |row| {
        rows.push(read(row)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

/// Returns what `read` makes of the only row.
fn one<T>(
    connection: &mut Connection,
    sql: &str,
    values: &[Value<'_>],
    read: impl Fn(&dyn Row) -> Result<T>,
) -> Result<T> {
    all(connection, sql, values, read).map(|mut rows| {
        assert_eq!(rows.len(), 1, "rows of {sql}");
        rows.remove(0)
    })
}

/// Returns the integer that `sql` selects.
fn integer(connection: &mut Connection, sql: &str) -> i64 {
    one(connection, sql, &[], |row| row.i64(0)).unwrap()
}

/// Returns the texts that `sql` selects.
fn texts(connection: &mut Connection, sql: &str) -> Vec<String> {
    all(connection, sql, &[], |row| row.text(0).map(str::to_owned)).unwrap()
}
