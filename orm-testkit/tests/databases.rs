//! What a test may rely on: a database of its own on every backend, and none left behind.

use std::{panic, path::Path};

use orm::prelude::*;
use orm_testkit::{Backend, TestDb, TestResult, cluster::Cluster, on_every_backend};
use postgres::{Client, NoTls};

#[derive(Model, Debug)]
struct Note {
    #[orm(primary_key)]
    id: i64,
    text: String,
}

on_every_backend! {
    fn a_database_takes_tables_and_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Note].create_all(&mut conn)?;

        Note::insert(Note::builder().text("first")).execute(&mut conn)?;

        let note = Note::query().one(&mut conn)?;
        assert_eq!((note.id, note.text.as_str()), (1, "first"));
        Ok(())
    }

    fn a_database_answers_to_its_url(db: &TestDb) -> TestResult {
        let _conn = Engine::connect(db.url())?.connect()?;

        assert!(db.url().starts_with(db.dialect_name()), "{}", db.url());
        Ok(())
    }

    /// Documentation is allowed, and so is a body without `?`.
    fn a_database_knows_its_backend(db: &TestDb) {
        let is_postgres = db.backend() == Backend::Postgres;

        assert_eq!(db.dialect_name() == "postgresql", is_postgres);
    }
}

#[test]
fn two_tests_have_two_databases() -> TestResult {
    let (a, b) = (TestDb::create(Backend::Postgres)?, TestDb::create(Backend::Postgres)?);
    let mut first = Client::connect(a.url(), NoTls)?;
    let mut second = Client::connect(b.url(), NoTls)?;

    first.batch_execute("CREATE TABLE t (id integer)")?;

    assert!(second.query("SELECT * FROM t", &[]).is_err());
    Ok(())
}

#[test]
fn a_database_is_dropped_while_connections_are_open() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let url = db.url().to_owned();
    let _client = Client::connect(&url, NoTls)?;

    drop(db);

    assert!(!is_on_server(&url)?);
    Ok(())
}

#[test]
fn a_database_is_dropped_after_a_panic() -> TestResult {
    let mut url = String::new();

    let outcome = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        orm_testkit::run(Backend::Postgres, |db| {
            db.url().clone_into(&mut url);
            panic!("on purpose");
        });
    }));

    assert!(outcome.is_err());
    assert!(!is_on_server(&url)?);
    Ok(())
}

#[test]
fn a_file_is_removed_with_its_database() -> TestResult {
    let db = TestDb::create(Backend::SqliteFile)?;
    let file = Path::new(db.url().trim_start_matches("sqlite:///")).to_owned();
    drop(db.connect()?);
    assert!(file.is_absolute() && file.exists());

    drop(db);

    assert!(!file.exists());
    Ok(())
}

fn is_on_server(url: &str) -> Result<bool, Box<dyn std::error::Error>> {
    let name = url.rsplit('/').next().unwrap_or_default();
    let mut admin = Client::connect(&Cluster::shared()?.admin_url(), NoTls)?;
    let found = admin.query_opt("SELECT FROM pg_database WHERE datname = $1", &[&name])?;
    Ok(found.is_some())
}
