//! Database URLs: the forms of each backend, and what is said of those that make no sense.

use std::fs;
use std::path::{Path, PathBuf};

use orm::prelude::*;
use orm::{Error, OperationalError};
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Mark {
    #[orm(primary_key)]
    id: i64,
}

/// Removes a file when the test ends, also by a panic.
struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Creates a table in the database at `url` and closes it.
fn write_mark(url: &str) -> orm::Result<()> {
    let mut conn = Engine::connect(url)?.connect()?;
    metadata![Mark].create_all(&mut conn)?;
    Mark::insert(Mark::builder()).execute(&mut conn)
}

fn marks(url: &str) -> orm::Result<u64> {
    Mark::query().count(&mut Engine::connect(url)?.connect()?)
}

fn refusal(url: &str) -> String {
    match Engine::connect(url) {
        Err(Error::Configuration(message)) => message.into(),
        other => panic!("expected an error of configuration for {url}, got {other:?}"),
    }
}

fn unreachable(url: &str) -> OperationalError {
    match Engine::connect(url).and_then(|engine| engine.connect()) {
        Err(Error::Operational(error)) => *error,
        other => panic!("expected an operational error for {url}, got {other:?}"),
    }
}

#[test]
fn every_relative_form_names_one_file_in_the_working_directory() {
    let name = format!("urls-test-{}.db", std::process::id());
    let file = Removed(PathBuf::from(&name));

    write_mark(&format!("sqlite:///{name}")).unwrap();

    assert!(file.0.is_file());
    for form in
        ["sqlite:///", "sqlite://", "sqlite:", "sqlite:./", "sqlite+driver:///", "SQLite:///"]
    {
        assert_eq!(marks(&format!("{form}{name}")).unwrap(), 1, "{form}");
    }
}

#[test]
fn four_slashes_name_an_absolute_path() {
    orm_testkit::run(Backend::SqliteFile, |db| {
        let path = db.url().strip_prefix("sqlite:///").unwrap();
        assert!(Path::new(path).is_absolute());

        write_mark(&format!("sqlite:///{path}")).unwrap();

        assert!(Path::new(path).is_file());
        assert_eq!(marks(&format!("sqlite:{path}")).unwrap(), 1);
        assert_eq!(marks(&format!("sqlite:///{path}?mode=ro")).unwrap(), 1);
    });
}

#[test]
fn a_database_in_memory_is_one_for_all_connections_of_its_engine() {
    for url in ["sqlite://", "sqlite:///:memory:", "sqlite::memory:", "sqlite:///"] {
        let engine = Engine::connect(url).unwrap();
        let clone = engine.clone();
        let mut first = engine.connect().unwrap();
        metadata![Mark].create_all(&mut first).unwrap();
        Mark::insert(Mark::builder()).execute(&mut first).unwrap();

        assert_eq!(Mark::query().count(&mut engine.connect().unwrap()).unwrap(), 1, "{url}");
        assert_eq!(Mark::query().count(&mut clone.connect().unwrap()).unwrap(), 1, "{url}");

        drop(first);
        assert_eq!(Mark::query().count(&mut engine.connect().unwrap()).unwrap(), 1, "{url}");
    }
}

#[test]
fn two_engines_in_memory_are_two_databases() {
    let first = Engine::connect("sqlite::memory:").unwrap();
    let second = Engine::connect("sqlite::memory:").unwrap();
    metadata![Mark].create_all(&mut first.connect().unwrap()).unwrap();

    let error = Mark::query().count(&mut second.connect().unwrap()).unwrap_err();

    assert!(error.to_string().contains("no such table"), "{error}");
}

#[test]
fn an_unknown_scheme_is_refused_with_those_that_are_known() {
    assert_eq!(
        refusal("mysql://root:secret@localhost/db"),
        "unknown scheme `mysql:` of the database URL: expected `sqlite:` or `postgresql:` or \
         `postgres:`"
    );
    assert!(refusal("sqlite3:///app.db").contains("unknown scheme `sqlite3:`"));
}

#[test]
fn a_url_without_a_scheme_is_refused_without_being_quoted() {
    assert_eq!(
        refusal("secret"),
        "the database URL has no scheme: it must begin with `sqlite:` or `postgresql:` or \
         `postgres:`"
    );
    assert!(refusal("").contains("no scheme"));
}

#[test]
fn options_that_are_unknown_or_wrong_are_refused_with_what_is_allowed() {
    assert!(refusal("sqlite:///a.db?cache=shared").contains("`mode`"));
    assert!(refusal("sqlite:///a.db?mode=write").contains("`ro`, `rw` or `rwc`"));
    assert!(refusal("postgresql://localhost/db?colour=red").contains("application_name"));
    assert!(refusal("postgresql://localhost/db?sslmode=require").contains("TLS"));
    assert!(refusal("postgresql://localhost/db?connect_timeout=soon").contains("connect_timeout"));
}

#[test]
fn a_file_that_must_exist_is_not_created() {
    let name = format!("urls-test-missing-{}.db", std::process::id());

    let error = unreachable(&format!("sqlite:///{name}?mode=rw"));

    assert!(error.message.contains(&name), "{error}");
    assert!(error.message.contains("does not exist"), "{error}");
    assert!(!Path::new(&name).exists());
}

#[test]
fn a_missing_directory_is_named_with_what_slashes_mean() {
    let error = unreachable("sqlite:////no/such/directory/app.db");

    assert!(error.message.contains("`/no/such/directory` does not exist"), "{error}");
    assert!(error.help.unwrap().contains("four an absolute one"));
}

#[test]
fn no_error_shows_the_password() {
    let urls = [
        "postgresql://ann:s3cret@127.0.0.1:1/db",
        "postgresql://ann:s3cret@127.0.0.1:1/db?colour=s3cret",
        "postgresql://ann:s3cret@127.0.0.1:1/db?sslmode=require",
        "postgresql://ann:s3c@ret@127.0.0.1:1/db",
        "postgresql://ann:s3cret%zz@127.0.0.1:1/db",
        "postgresql://ann:s3cret@127.0.0.1:nine/db",
        "postgresql:ann:s3cret@127.0.0.1",
        "postgresql://127.0.0.1:1/db?user=ann&password=s3cret",
        "postgresql://no.such.host.invalid/db?user=ann&password=s3cret&connect_timeout=1",
        "mysql://ann:s3cret@localhost/db",
        "//ann:s3cret@localhost/db",
        "ann:s3cret@localhost/db",
    ];
    for url in urls {
        let error = Engine::connect(url).and_then(|engine| engine.connect()).unwrap_err();

        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("s3c") && !shown.contains("ret@"), "{shown}");
    }
}

#[test]
fn no_debug_form_shows_the_password() {
    let engine = Engine::connect("postgresql://ann:s3cret@127.0.0.1:1/db").unwrap();

    assert!(!format!("{engine:?}").contains("s3cret"));
}

#[test]
fn every_scheme_of_postgres_names_the_same_database() {
    orm_testkit::run(Backend::Postgres, |db| {
        write_mark(db.url()).unwrap();
        let (_, rest) = db.url().split_once("://").unwrap();

        for scheme in ["postgresql", "postgres", "postgresql+psycopg", "postgres+any", "PostgreSQL"]
        {
            assert_eq!(marks(&format!("{scheme}://{rest}")).unwrap(), 1, "{scheme}");
        }
    });
}

#[test]
fn a_postgres_that_is_not_there_says_where_it_was_looked_for() {
    let error = unreachable("postgresql://ann@127.0.0.1:1/db");

    assert!(error.message.contains("127.0.0.1:1"), "{error}");
    assert!(error.help.unwrap().contains("is the server running"));
}

#[test]
fn a_database_that_does_not_exist_says_how_to_create_it() {
    orm_testkit::run(Backend::Postgres, |db| {
        let (start, options) = match db.url().split_once('?') {
            Some((start, options)) => (start, format!("?{options}")),
            None => (db.url(), String::new()),
        };
        let (server, _) = start.rsplit_once('/').unwrap();

        let error = unreachable(&format!("{server}/no_such_database{options}"));

        assert_eq!(
            error.help.as_deref(),
            Some("create the database first: `createdb no_such_database`")
        );
    });
}

on_every_backend! {
    fn connecting_sends_no_statement(db: &TestDb) -> TestResult {
        assert_eq!(db.connect()?.statement_count(), 0);
        Ok(())
    }

    fn connections_of_one_engine_see_the_same_rows(db: &TestDb) -> TestResult {
        let (mut first, mut second) = (db.connect()?, db.connect()?);

        metadata![Mark].create_all(&mut first)?;
        Mark::insert(Mark::builder()).execute(&mut second)?;

        assert_eq!(Mark::query().count(&mut first)?, 1);
        Ok(())
    }
}
