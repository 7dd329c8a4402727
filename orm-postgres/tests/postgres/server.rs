//! Connections to the server of the test run, and short ways to ask it something.

use std::ops::ControlFlow;

use orm_core::driver::{Driver, DriverConnection};
use orm_core::error::{Error, Result};
use orm_core::value::{Row, Value};
use orm_postgres::Postgres;
use orm_test_cluster::Cluster;

/// The URL of a database that is always there.
pub(crate) fn url() -> String {
    Cluster::shared().unwrap_or_else(|error| panic!("{error}")).admin_url()
}

/// A connection of its own for each test, so that its temporary tables are its own too.
pub(crate) fn connect() -> Box<dyn DriverConnection> {
    Postgres.open(&url()).unwrap().connect().unwrap()
}

/// Reads the first row.
pub(crate) fn one<T>(
    conn: &mut dyn DriverConnection,
    sql: &str,
    binds: &[Value<'_>],
    read: impl Fn(&dyn Row) -> Result<T>,
) -> Result<T> {
    let mut value = None;
    conn.query(sql, binds, &mut |row| {
        value = Some(read(row)?);
        Ok(ControlFlow::Break(()))
    })?;
    value.ok_or(Error::NotFound { model: "row" })
}

/// Reads all rows.
pub(crate) fn all<T>(
    conn: &mut dyn DriverConnection,
    sql: &str,
    binds: &[Value<'_>],
    read: impl Fn(&dyn Row) -> Result<T>,
) -> Result<Vec<T>> {
    let mut values = Vec::new();
    conn.query(sql, binds, &mut |row| {
        values.push(read(row)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(values)
}

/// Reads the one integer of the first row.
pub(crate) fn number(conn: &mut dyn DriverConnection, sql: &str) -> i64 {
    one(conn, sql, &[], |row| row.i64(0)).unwrap()
}
