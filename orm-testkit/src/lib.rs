//! One test, every backend.
//!
//! [`on_every_backend!`] turns a function over a [`TestDb`] into a test on SQLite in memory, SQLite in
//! a file and PostgreSQL. Here: making the databases and removing them again, and what was [`logged`]. Not here: what tests
//! share beyond a database, such as models; and no test is ever skipped for want of a server.

pub use backend::{Backend, TestDb};
pub use log::logged;
pub use orm_test_cluster as cluster;

mod backend;
mod database;
mod log;

/// Returns the message of the error that refuses what a backend does not have.
///
/// # Panics
///
/// If the dialect is one without a connection, which does not know its version.
#[expect(clippy::panic, reason = "a test that does not ask the right dialect fails")]
pub fn lacks(dialect: &dyn orm::Dialect, feature: &str) -> String {
    let Some(version) = dialect.version() else { panic!("{dialect:?} knows no version") };
    format!("{} {version} does not support {feature}", dialect.name())
}

/// What a test returns whose body uses `?`.
pub type TestResult = Result<(), Box<dyn std::error::Error>>;

/// Runs `test` with a fresh database on `backend`; [`on_every_backend!`] calls it.
///
/// # Panics
///
/// If the database cannot be made; the message says why and what to do.
#[expect(clippy::panic, reason = "a test without its database fails")]
pub fn run<R>(backend: Backend, test: impl FnOnce(&TestDb) -> R) -> R {
    match TestDb::create(backend) {
        Ok(db) => test(&db),
        Err(error) => panic!("no {backend:?} database to test on: {error}"),
    }
}

/// Makes each function a test on every backend.
///
/// A function `a_row_is_read_back` becomes the tests `a_row_is_read_back::sqlite_memory`,
/// `…::sqlite_file` and `…::postgres`, each with a database of its own. Its body may use `?` if it
/// returns a [`TestResult`]. Attributes on it must suit a module as well: `#[cfg]` and docs do.
///
/// ```
/// use orm_testkit::{TestDb, TestResult};
///
/// orm_testkit::on_every_backend! {
///     /// Documentation goes here.
///     fn a_url_names_its_backend(db: &TestDb) {
///         assert!(db.url().starts_with(db.dialect_name()));
///     }
///
///     fn a_body_may_fail(db: &TestDb) -> TestResult {
///         let _conn = db.connect()?;
///         Ok(())
///     }
/// }
/// ```
#[macro_export]
macro_rules! on_every_backend {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident($db:ident: $TestDb:ty $(,)?) $(-> $Result:ty)? $body:block
    )+) => {$(
        $(#[$attribute])*
        fn $name($db: $TestDb) $(-> $Result)? $body

        $(#[$attribute])*
        mod $name {
            #[test]
            fn sqlite_memory() -> impl ::std::process::Termination {
                $crate::run($crate::Backend::SqliteMemory, super::$name)
            }

            #[test]
            fn sqlite_file() -> impl ::std::process::Termination {
                $crate::run($crate::Backend::SqliteFile, super::$name)
            }

            #[test]
            fn postgres() -> impl ::std::process::Termination {
                $crate::run($crate::Backend::Postgres, super::$name)
            }
        }
    )+};
}
