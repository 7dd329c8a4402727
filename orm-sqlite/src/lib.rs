//! The SQLite driver of [`orm`](https://docs.rs/orm), with SQLite itself compiled in.
//!
//! [`Sqlite`] is the whole interface: a driver that opens URLs, and the dialect that SQL for SQLite
//! is written in. Applications use both through `orm`.
//!
//! # URLs
//!
//! | URL | Database |
//! | --- | --- |
//! | `sqlite:///app.db`, `sqlite://app.db`, `sqlite:app.db` | a file, relative to the working directory |
//! | `sqlite:////var/lib/app.db`, `sqlite:/var/lib/app.db` | a file, by its absolute path |
//! | `sqlite:///:memory:`, `sqlite::memory:`, `sqlite://` | in memory, shared by the connections of one engine |
//!
//! Characters of the path may be percent-encoded: `?` and `%` must be. Options follow a `?`:
//!
//! | Option | Meaning |
//! | --- | --- |
//! | `mode=ro` | the file must exist, and is not written to |
//! | `mode=rw` | the file must exist |
//! | `mode=rwc` | the file is created if it is missing; this is the default |
//! | `busy_timeout=5000` | how many milliseconds a statement waits for a lock; 5000 is the default |
//!
//! # What a connection is set to
//!
//! Foreign keys are enforced, `LIKE` tells upper case from lower (as on PostgreSQL), a name in
//! double quotes is never taken for text, and a plan does not depend on the values that are bound.
//! The journal mode stays as the file has it: a server with several writers wants
//! `PRAGMA journal_mode = WAL`, once, since the file remembers it. A transaction is `BEGIN`, so it
//! takes the write lock with its first write. A database in memory holds at most 1 GiB.
//!
//! # How values are stored
//!
//! Dates and times are ISO 8601 text, instants in UTC, which sort as they follow each other and
//! which SQLite's own date functions read. UUIDs, decimals and JSON are text too. Decimals compare
//! as numbers by the collation `decimal`, which the `sqlite3` shell has too, and `decimal_sum` and
//! `decimal_avg` add them without rounding to a float. A NaN, which SQLite would make NULL, is the
//! text `NaN`; a zero loses its sign, since SQLite stores floats without a fraction as integers.
//!
//! # Examples
//!
//! ```
//! use orm_core::driver::Driver;
//! use orm_core::value::Value;
//! use orm_sqlite::Sqlite;
//! use std::ops::ControlFlow;
//!
//! # fn main() -> orm_core::error::Result<()> {
//! let database = Sqlite.open("sqlite::memory:")?;
//! let mut connection = database.connect()?;
//! let mut answer = 0;
//! connection.query("SELECT ?1 + 2", &[Value::I64(40)], &mut |row| {
//!     answer = row.i64(0)?;
//!     Ok(ControlFlow::Continue(()))
//! })?;
//! assert_eq!(answer, 42);
//! # Ok(())
//! # }
//! ```
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod bind;
mod connection;
mod database;
mod decimal;
mod declared;
mod dialect;
mod error;
mod ffi;
mod foreign_keys;
mod generated;
mod list;
mod rounding;
mod row;
mod spelling;
mod statements;
mod temporal;
mod url;

/// SQLite: the driver, and the dialect of its SQL.
///
/// # Examples
///
/// ```
/// use orm_core::dialect::Dialect;
/// use orm_sqlite::Sqlite;
///
/// let mut sql = String::new();
/// Sqlite.write_identifier(&mut sql, "group");
/// assert_eq!(sql, "\"group\"");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sqlite;
