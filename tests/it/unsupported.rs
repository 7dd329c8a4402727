//! What a backend does not have is refused before it is sent, with the backend, its version and what it
//! lacks. Each feature is refused where its tests are.

use orm::func::{fts5, full_text};
use orm::prelude::*;
use orm::{Dialect, Error, Executor, Postgres, Select, Sqlite, text};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model)]
struct Note {
    #[orm(primary_key)]
    id: i64,
    body: String,
}

#[derive(Model)]
struct NoteWords {
    #[orm(primary_key)]
    rowid: i64,
}

fn by_columns() -> Select<i64> {
    Note::query().filter(full_text(Note::body).matches("pool")).select(Note::id)
}

fn by_words() -> Select<i64> {
    NoteWords::query().filter(fts5::<NoteWords>().matches("pool")).select(NoteWords::rowid)
}

on_every_backend! {
    fn a_refusal_names_the_backend_its_version_and_the_feature(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let (sql, query, feature) = match db.dialect_name() {
            "sqlite" => (
                "SELECT sqlite_version()",
                by_columns(),
                "full-text search of columns: search an FTS5 table with `func::fts5`",
            ),
            _ => ("SHOW server_version", by_words(), "FTS5 tables: search columns with `func::full_text`"),
        };
        let said = text(sql).query::<String>().one(&mut conn)?;
        let version = said.split(' ').next().unwrap();
        let statements = conn.statement_count();

        let error = query.all(&mut conn).unwrap_err();

        assert_eq!(
            error.to_string(),
            format!("{} {version} does not support {feature}", db.dialect_name())
        );
        let Error::Unsupported { backend, version: known, feature: lacking } = error else {
            return Err("another error".into());
        };
        assert_eq!((backend, known, &*lacking), (db.dialect_name(), Some(version), feature));
        assert_eq!(conn.statement_count(), statements);
        Ok(())
    }

    fn transactions_know_the_version_too(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let of_connection = conn.dialect().version();

        let tx = conn.begin()?;

        assert!(of_connection.is_some());
        assert_eq!(tx.dialect().version(), of_connection);
        Ok(())
    }
}

#[test]
fn a_server_has_no_version_without_a_connection() {
    let error = by_words().to_sql(&Postgres).unwrap_err();

    let message = "postgresql does not support FTS5 tables: search columns with `func::full_text`";
    assert_eq!(error.to_string(), message);
    assert!(matches!(error, Error::Unsupported { version: None, .. }));
    // SQLite is compiled in.
    assert!(Sqlite.version().is_some_and(|version| version.starts_with("3.")));
}
