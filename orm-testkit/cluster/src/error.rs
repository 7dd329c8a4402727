//! What can go wrong before a server answers.
//!
//! Every message ends with what to do, because it is read by someone who only wanted to run the tests.

use std::{fmt, io, path::PathBuf};

/// Why there is no PostgreSQL server to test against.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No directory on this machine holds `initdb`, `pg_ctl` and `postgres`.
    NotInstalled,
    /// The URL in the environment is not one whose database can be exchanged. It is not shown, since it
    /// may hold a password.
    BadUrl,
    /// A program could not be run at all.
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The server did not come up.
    Start {
        /// What `initdb`, `pg_ctl` and the server wrote.
        output: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => f.write_str(
                "no PostgreSQL server programs (initdb, pg_ctl, postgres) found: install them with \
                 `apt-get install postgresql` (Debian, Ubuntu), `dnf install postgresql-server` (Fedora) \
                 or `brew install postgresql` (macOS), put their directory on PATH, or set \
                 ORM_TEST_POSTGRES_URL to the URL of a server on which databases may be created",
            ),
            Self::BadUrl => f.write_str(
                "ORM_TEST_POSTGRES_URL is no PostgreSQL URL: write it as \
                 postgresql://user:password@host:port/database",
            ),
            Self::Spawn { program, .. } => write!(
                f,
                "`{}` could not be run: check that it exists and may be executed",
                program.display()
            ),
            Self::Start { output } => write!(
                f,
                "the test server did not start: see its output below, or set ORM_TEST_POSTGRES_URL to \
                 the URL of a running server\n{}",
                output.trim_end()
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Spawn { source, .. } => Some(source),
            Self::NotInstalled | Self::BadUrl | Self::Start { .. } => None,
        }
    }
}
