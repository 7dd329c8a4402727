//! The PostgreSQL driver of `orm`: URLs, connections, statements, values, errors and the dialect.
//!
//! Applications depend on `orm` and name this crate only as its feature `postgres`. The protocol is
//! `tokio-postgres`'; it is driven by plain blocking sockets instead of a runtime, so a connection
//! can be used anywhere: in a thread, in an asynchronous function, and inside the callback of another
//! connection's query.
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod array;
mod bind;
mod connection;
mod cursor;
mod database;
mod declared;
mod dialect;
mod error;
mod format;
mod link;
mod numeric;
mod row;
mod socket;
mod spelling;
mod statements;
mod time;
mod url;
mod version;

/// PostgreSQL: its [`Driver`](orm_core::driver::Driver) and its
/// [`Dialect`](orm_core::dialect::Dialect).
///
/// # Examples
///
/// ```
/// use orm_core::driver::Driver;
/// use orm_postgres::Postgres;
///
/// let database = Postgres.open("postgresql://alice:secret@localhost/shop")?;
/// assert_eq!(database.dialect().name(), "postgresql");
/// # Ok::<(), orm_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Postgres {
    /// That of the server, where there is a connection to one.
    version: Option<&'static str>,
}

/// PostgreSQL of no version in particular, as it is known without a connection.
#[expect(non_upper_case_globals, reason = "a backend without a version is named as its type is")]
pub const Postgres: Postgres = Postgres { version: None };
