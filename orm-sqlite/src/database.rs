//! One database, in a file or in memory, and the settings of every connection to it.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use orm_core::dialect::Dialect;
use orm_core::driver::{Database, Driver, DriverConnection};
use orm_core::error::{Error, OperationalError, Result};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::connection::SqliteConnection;
use crate::url::{Location, Mode, Place};
use crate::{Sqlite, decimal, error, rounding};

impl Driver for Sqlite {
    fn schemes(&self) -> &'static [&'static str] {
        &["sqlite"]
    }

    fn open(&self, url: &str) -> Result<Box<dyn Database>> {
        Ok(Box::new(SqliteDatabase::open(Location::parse(url)?)?))
    }
}

/// A database that connections are made to.
#[derive(Debug)]
struct SqliteDatabase {
    storage: Storage,
    busy_timeout: Duration,
}

#[derive(Debug)]
enum Storage {
    File {
        path: Box<Path>,
        mode: Mode,
    },
    /// A database of SQLite's `memdb` file system, where names that begin with a slash are shared
    /// by the connections of the process. It lives as long as one of them, hence the keeper.
    Memory {
        name: String,
        _keeper: Mutex<Connection>,
    },
}

impl SqliteDatabase {
    fn open(location: Location) -> Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);

        let storage = match location.place {
            Place::File(path) => {
                // Absolute from now on: the program may change its directory.
                let path = std::path::absolute(&path).map_err(|error| {
                    Error::configuration(format!(
                        "the path `{}` cannot be used: {error}",
                        path.display()
                    ))
                })?;
                Storage::File { path: path.into(), mode: location.mode }
            }
            Place::Memory => {
                let number = COUNT.fetch_add(1, Ordering::Relaxed);
                let name = format!("file:/orm-{number}?vfs=memdb");
                let keeper = open_memory(&name)?;
                Storage::Memory { name, _keeper: Mutex::new(keeper) }
            }
        };
        Ok(Self { storage, busy_timeout: location.busy_timeout })
    }
}

impl Database for SqliteDatabase {
    fn dialect(&self) -> &'static dyn Dialect {
        &Sqlite
    }

    fn connect(&self) -> Result<Box<dyn DriverConnection>> {
        let connection = match &self.storage {
            Storage::File { path, mode } => open_file(path, *mode)?,
            Storage::Memory { name, .. } => open_memory(name)?,
        };
        configure(&connection, self.busy_timeout).map_err(error::from_rusqlite)?;
        if let Storage::File { path, .. } = &self.storage {
            read_header(&connection, path)?;
        }
        Ok(Box::new(SqliteConnection::new(connection)))
    }
}

/// Each connection is used by one thread at a time, so SQLite need not lock it.
const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX.union(OpenFlags::SQLITE_OPEN_EXRESCODE);

fn open_memory(name: &str) -> Result<Connection> {
    let flags = FLAGS
        | OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(name, flags).map_err(error::from_rusqlite)
}

fn open_file(path: &Path, mode: Mode) -> Result<Connection> {
    let flags = match mode {
        Mode::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Mode::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Mode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    Connection::open_with_flags(path, FLAGS | flags).map_err(|error| unopened(path, mode, &error))
}

/// SQLite says no more than that it cannot open the file.
#[cold]
fn unopened(path: &Path, mode: Mode, error: &rusqlite::Error) -> Error {
    let directory = path.parent().filter(|directory| !directory.is_dir());
    let reason = match directory {
        Some(directory) => format!("the directory `{}` does not exist", directory.display()),
        None if path.is_dir() => "it is a directory".to_owned(),
        None if mode != Mode::Create && !path.exists() => {
            "it does not exist, and the option `mode` of the URL does not allow to create it"
                .to_owned()
        }
        None => error.to_string(),
    };
    let mut error = OperationalError::new(format!(
        "the database file `{}` cannot be opened: {reason}",
        path.display()
    ));
    error.help = directory.map(|_| {
        "create the directory, or correct the URL: three slashes begin a relative path \
         (`sqlite:///app.db`), four an absolute one (`sqlite:////var/lib/app.db`)"
            .to_owned()
    });
    error.into()
}

/// Reads the file for the first time, to say now rather than with the first query what is wrong
/// with it.
fn read_header(connection: &Connection, path: &Path) -> Result<()> {
    let read = connection.query_row("PRAGMA schema_version", [], |_| Ok(()));
    match read.map_err(error::from_rusqlite) {
        Err(Error::Operational(mut error)) if !error.retryable => {
            error.message =
                format!("the database file `{}` cannot be read: {}", path.display(), error.message);
            Err(Error::Operational(error))
        }
        // Somebody else holds a lock, which may be gone by the first query.
        _ => Ok(()),
    }
}

fn configure(connection: &Connection, busy_timeout: Duration) -> rusqlite::Result<()> {
    connection.busy_timeout(busy_timeout)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    // A plan that depends on the values would be made anew for each of them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // A misspelt column in double quotes must be an error, not its own name as text.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.execute_batch("PRAGMA case_sensitive_like = ON")?;
    decimal::register(connection)?;
    rounding::register(connection)
}
