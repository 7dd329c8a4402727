//! Where databases are, how long they live, and what connections to them are set to.

use std::path::Path;

use orm_core::driver::Driver;
use orm_core::error::Error;
use orm_core::value::Value;
use orm_sqlite::Sqlite;

use crate::{database, integer, memory, one};

fn url_of(path: &Path) -> String {
    format!("sqlite:///{}", path.display())
}

fn operational_message(url: &str) -> String {
    match database(url).connect().unwrap_err() {
        error @ Error::Operational(_) => error.to_string(),
        other => panic!("not an operational error: {other:?}"),
    }
}

#[test]
fn the_driver_knows_its_scheme_and_its_dialect() {
    assert_eq!(Sqlite.schemes(), ["sqlite"]);
    assert_eq!(database("sqlite::memory:").dialect().name(), "sqlite");
}

#[test]
fn connections_to_memory_share_the_database_of_their_engine() {
    let database = database("sqlite::memory:");
    let mut first = database.connect().unwrap();
    first.execute_script("CREATE TABLE t (v INT); INSERT INTO t VALUES (7)").unwrap();
    drop(first);

    let mut second = database.connect().unwrap();

    assert_eq!(integer(&mut second, "SELECT v FROM t"), 7);
}

#[test]
fn engines_in_memory_do_not_share_a_database() {
    let (one, other) = (database("sqlite::memory:"), database("sqlite::memory:"));
    one.connect().unwrap().execute_script("CREATE TABLE t (v INT)").unwrap();

    let mut connection = other.connect().unwrap();

    assert_eq!(integer(&mut connection, "SELECT count(*) FROM sqlite_schema"), 0);
}

#[test]
fn connections_work_in_several_threads_at_once() {
    let database = database("sqlite::memory:");
    database.connect().unwrap().execute_script("CREATE TABLE t (v INT)").unwrap();

    std::thread::scope(|scope| {
        for _ in 0..4 {
            let mut connection = database.connect().unwrap();
            scope.spawn(move || {
                for number in 0..50 {
                    let values = [Value::I64(number)];
                    connection.execute("INSERT INTO t VALUES (?1)", &values).unwrap();
                }
            });
        }
    });

    let mut connection = database.connect().unwrap();
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM t"), 200);
}

#[test]
fn a_file_keeps_what_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("größe 100%.db");
    let url = url_of(&path).replace('%', "%25");
    let script = "CREATE TABLE t (v INT); INSERT INTO t VALUES (1)";
    database(&url).connect().unwrap().execute_script(script).unwrap();

    let mut connection = database(&url).connect().unwrap();

    assert!(path.exists());
    assert_eq!(integer(&mut connection, "SELECT v FROM t"), 1);
}

#[test]
fn a_missing_directory_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing");

    let message = operational_message(&url_of(&missing.join("app.db")));

    let expected = format!("the directory `{}` does not exist", missing.display());
    assert!(message.contains(&expected), "{message}");
    assert!(message.contains("help: create the directory"), "{message}");
}

#[test]
fn a_file_that_is_no_database_is_said_to_be_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    std::fs::write(&path, "not a database, ".repeat(100)).unwrap();

    let message = operational_message(&url_of(&path));

    assert!(message.contains("notes.txt` cannot be read"), "{message}");
    assert!(message.contains("file is not a database (SQLITE_NOTADB)"), "{message}");
}

#[test]
fn a_directory_is_no_database() {
    let directory = tempfile::tempdir().unwrap();

    assert!(operational_message(&url_of(directory.path())).contains("it is a directory"));
}

#[test]
fn a_missing_file_is_created_only_if_the_mode_allows_it() {
    let directory = tempfile::tempdir().unwrap();
    let url = url_of(&directory.path().join("app.db"));

    for mode in ["ro", "rw"] {
        let message = operational_message(&format!("{url}?mode={mode}"));
        assert!(message.contains("does not exist, and the option `mode`"), "{message}");
    }
    assert!(database(&url).connect().is_ok());
}

#[test]
fn a_file_opened_to_read_refuses_writes() {
    let directory = tempfile::tempdir().unwrap();
    let url = url_of(&directory.path().join("app.db"));
    database(&url).connect().unwrap().execute_script("CREATE TABLE t (v INT)").unwrap();
    let mut connection = database(&format!("{url}?mode=ro")).connect().unwrap();

    let error = connection.execute("INSERT INTO t VALUES (1)", &[]).unwrap_err();

    assert!(matches!(error, Error::Operational(_)), "{error:?}");
    assert!(error.to_string().contains("readonly"), "{error}");
}

#[test]
fn a_lock_is_waited_for_and_then_an_error_that_can_be_retried() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("{}?busy_timeout=20", url_of(&directory.path().join("app.db")));
    let database = database(&url);
    let mut writer = database.connect().unwrap();
    writer.execute_script("CREATE TABLE t (v INT); BEGIN IMMEDIATE").unwrap();
    let mut other = database.connect().unwrap();

    let error = other.execute("INSERT INTO t VALUES (1)", &[]).unwrap_err();

    assert!(error.is_retryable(), "{error:?}");
    assert!(error.to_string().contains("help: another connection holds the lock"), "{error}");
    writer.rollback().unwrap();
    assert_eq!(other.execute("INSERT INTO t VALUES (1)", &[]).unwrap(), 1);
}

#[test]
fn like_tells_upper_case_from_lower() {
    let mut connection = memory("");

    assert_eq!(integer(&mut connection, "SELECT 'a' LIKE 'A'"), 0);
    assert_eq!(integer(&mut connection, r"SELECT 'a%b' LIKE 'a\%_' ESCAPE '\'"), 1);
}

#[test]
fn a_misspelt_column_is_an_error_and_not_text() {
    let mut connection = memory("CREATE TABLE t (name TEXT)");

    let error = connection.execute("SELECT \"nmae\" FROM t", &[]).unwrap_err();

    assert!(error.to_string().starts_with("no such column: "), "{error}");
    assert!(error.to_string().contains("help: the table differs from the model"), "{error}");
}

#[test]
fn foreign_keys_are_enforced() {
    assert_eq!(integer(&mut memory(""), "PRAGMA foreign_keys"), 1);
}

#[test]
fn a_missing_scheme_value_makes_no_connection() {
    let error = Sqlite.open("sqlite:///app.db?mode=fast").unwrap_err();

    assert!(matches!(error, Error::Configuration(_)), "{error:?}");
    let row = one(&mut memory(""), "SELECT 1", &[], |row| row.i64(0));
    assert_eq!(row.unwrap(), 1);
}
