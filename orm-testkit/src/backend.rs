//! The backends that every behaviour is tested on, and a database on one of them.

use std::error::Error;

use orm::{Connection, Engine};
use tempfile::TempDir;

use crate::database::Database;
use crate::log;

/// A kind of database that a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// SQLite without a file.
    SqliteMemory,
    /// SQLite in a file, which several connections can open.
    SqliteFile,
    /// PostgreSQL.
    Postgres,
}

/// An empty database for one test; it is removed when the value drops, also after a panic.
#[derive(Debug)]
pub struct TestDb {
    // Fields drop in order: connections close before their database goes.
    engine: Engine,
    url: String,
    backend: Backend,
    _storage: Storage,
}

impl TestDb {
    /// Makes a database on `backend` and an engine for it.
    ///
    /// # Errors
    ///
    /// If there is no PostgreSQL server, or the engine does not accept the database's URL.
    pub fn create(backend: Backend) -> Result<Self, Box<dyn Error>> {
        log::install();
        let (url, storage) = match backend {
            Backend::SqliteMemory => ("sqlite::memory:".to_owned(), Storage::Memory),
            Backend::SqliteFile => {
                let directory = tempfile::tempdir()?;
                let file = directory.path().join("test.db");
                // Three slashes, then the path; it is absolute, so there are four.
                (format!("sqlite:///{}", file.display()), Storage::Directory(directory))
            }
            Backend::Postgres => {
                let database = Database::create()?;
                (database.url().to_owned(), Storage::Server(database))
            }
        };
        Ok(Self { engine: Engine::connect(&url)?, url, backend, _storage: storage })
    }

    /// The URL of the database, for an engine of the test's own.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// An engine for the database.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Opens a connection of that engine.
    ///
    /// # Errors
    ///
    /// What the driver reports.
    pub fn connect(&self) -> orm::Result<Connection> {
        self.engine.connect()
    }

    /// What the database is.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The SQL that the database speaks: `sqlite` or `postgresql`.
    pub fn dialect_name(&self) -> &'static str {
        match self.backend {
            Backend::SqliteMemory | Backend::SqliteFile => "sqlite",
            Backend::Postgres => "postgresql",
        }
    }
}

/// What has to go with the handle; each variant removes itself when it drops.
#[derive(Debug)]
#[expect(dead_code, reason = "the contents are held for their drop")]
enum Storage {
    Memory,
    Directory(TempDir),
    Server(Database),
}
