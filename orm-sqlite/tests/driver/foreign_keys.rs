//! Which foreign key was violated, which SQLite does not say, and that finding out changes nothing.

use std::ops::ControlFlow;

use orm_core::error::{Error, IntegrityKind};
use orm_core::value::Value;

use crate::{Connection, integer, memory};

const SCHEMA: &str = "
    CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE editor (a INT, b INT, PRIMARY KEY (a, b));
    CREATE TABLE book (
        id INTEGER PRIMARY KEY,
        author_id INT REFERENCES author (id),
        editor_a INT, editor_b INT,
        FOREIGN KEY (editor_a, editor_b) REFERENCES editor (a, b)
    );
    INSERT INTO author VALUES (1, 'Ada');
    INSERT INTO editor VALUES (1, 2);
    INSERT INTO book VALUES (1, 1, 1, 2);";

fn key_of(error: &Error) -> (Option<&str>, Vec<&str>) {
    let clash = error.integrity().unwrap_or_else(|| panic!("not an integrity error: {error:?}"));
    assert_eq!(clash.kind, IntegrityKind::ForeignKey);
    (clash.table.as_deref(), clash.columns.iter().map(String::as_str).collect())
}

/// Everything that finding out could have changed.
fn state(connection: &mut Connection) -> Vec<i64> {
    [
        "SELECT count(*) FROM author",
        "SELECT count(*) FROM book",
        "SELECT total(id) = 1 AND count(author_id) = 1 FROM book",
        "PRAGMA foreign_keys",
        "PRAGMA defer_foreign_keys",
    ]
    .into_iter()
    .map(|sql| integer(connection, sql).max(0))
    .collect()
}

#[test]
fn a_missing_parent_is_known_by_the_referring_columns() {
    let mut connection = memory(SCHEMA);

    let error = connection
        .execute("INSERT INTO book VALUES (2, ?1, NULL, NULL)", &[Value::I64(99)])
        .unwrap_err();
    assert_eq!(key_of(&error), (Some("book"), vec!["author_id"]));

    let error = connection.execute("INSERT INTO book VALUES (2, 1, 1, 99)", &[]).unwrap_err();
    assert_eq!(key_of(&error), (Some("book"), vec!["editor_a", "editor_b"]));

    let error = connection.execute("UPDATE book SET author_id = 7", &[]).unwrap_err();
    assert_eq!(key_of(&error), (Some("book"), vec!["author_id"]));
}

#[test]
fn a_parent_that_is_needed_is_known_by_the_referring_columns() {
    let mut connection = memory(SCHEMA);

    let error = connection.execute("DELETE FROM author", &[]).unwrap_err();

    assert_eq!(key_of(&error), (Some("book"), vec!["author_id"]));
}

#[test]
fn a_restricting_key_is_known_among_others() {
    let mut connection = memory(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);
         CREATE TABLE gone (parent_id INT REFERENCES parent (id) ON DELETE CASCADE);
         CREATE TABLE kept (parent_id INT REFERENCES parent (id) ON DELETE RESTRICT);
         INSERT INTO parent VALUES (1);
         INSERT INTO gone VALUES (1);
         INSERT INTO kept VALUES (1);",
    );

    for _ in 0..2 {
        let error = connection.execute("DELETE FROM parent", &[]).unwrap_err();
        assert_eq!(key_of(&error), (Some("kept"), vec!["parent_id"]));
        assert_eq!(integer(&mut connection, "PRAGMA foreign_keys"), 1);
        connection.rollback().unwrap();
        connection.begin().unwrap();
    }
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM gone"), 1);
}

#[test]
fn a_failure_outside_of_a_transaction_changes_nothing() {
    let mut connection = memory(SCHEMA);
    let before = state(&mut connection);

    connection.execute("DELETE FROM author", &[]).unwrap_err();
    connection.execute("INSERT INTO book VALUES (2, 99, NULL, NULL)", &[]).unwrap_err();

    assert_eq!(state(&mut connection), before);
    connection.begin().unwrap(); // none was left open
}

#[test]
fn a_failure_in_a_transaction_keeps_what_the_transaction_did() {
    let mut connection = memory(SCHEMA);
    connection.begin().unwrap();
    connection.execute("INSERT INTO author VALUES (2, 'Bob')", &[]).unwrap();
    let before = state(&mut connection);

    connection.execute("INSERT INTO book VALUES (2, 99, NULL, NULL)", &[]).unwrap_err();

    assert_eq!(state(&mut connection), before);
    connection.commit().unwrap();
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM author"), 2);
}

#[test]
fn a_violation_that_was_there_before_is_not_blamed() {
    let mut connection = memory(SCHEMA);
    connection
        .execute_script(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO book VALUES (5, 1, 77, 77);
             PRAGMA foreign_keys = ON",
        )
        .unwrap();

    let error = connection.execute("INSERT INTO book VALUES (6, 99, NULL, NULL)", &[]).unwrap_err();

    assert_eq!(key_of(&error), (Some("book"), vec!["author_id"]));
}

#[test]
fn a_query_that_returns_rows_is_diagnosed_and_returns_none() {
    let mut connection = memory(SCHEMA);
    let mut rows = 0;

    let error = connection
        .query("INSERT INTO book VALUES (2, 99, NULL, NULL) RETURNING id", &[], &mut |_| {
            rows += 1;
            Ok(ControlFlow::Continue(()))
        })
        .unwrap_err();

    assert_eq!(key_of(&error), (Some("book"), vec!["author_id"]));
    assert!(rows <= 1, "the second run must not reach the caller");
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM book"), 1);
}

#[test]
fn a_key_that_is_checked_at_commit_is_known_and_the_transaction_rolled_back() {
    let mut connection = memory(
        "CREATE TABLE node (id INTEGER PRIMARY KEY,
             next INT REFERENCES node (id) DEFERRABLE INITIALLY DEFERRED)",
    );
    connection.begin().unwrap();
    connection.execute("INSERT INTO node VALUES (1, 2)", &[]).unwrap();

    let error = connection.commit().unwrap_err();

    assert_eq!(key_of(&error), (Some("node"), vec!["next"]));
    assert!(!connection.is_broken());
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM node"), 0);
    connection.begin().unwrap();
}

#[test]
fn a_deferred_key_outside_of_a_transaction_is_known_too() {
    let mut connection = memory(
        "CREATE TABLE node (id INTEGER PRIMARY KEY,
             next INT REFERENCES node (id) DEFERRABLE INITIALLY DEFERRED)",
    );

    let error = connection.execute("INSERT INTO node VALUES (1, 2)", &[]).unwrap_err();

    assert_eq!(key_of(&error), (Some("node"), vec!["next"]));
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM node"), 0);
}

#[test]
fn a_commit_sent_as_a_statement_does_not_run_twice() {
    let mut connection = memory(
        "CREATE TABLE node (id INTEGER PRIMARY KEY,
             next INT REFERENCES node (id) DEFERRABLE INITIALLY DEFERRED)",
    );
    connection.begin().unwrap();
    connection.execute("INSERT INTO node VALUES (1, 2)", &[]).unwrap();

    let error = connection.execute("COMMIT", &[]).unwrap_err();

    assert_eq!(key_of(&error), (None, vec![]));
    connection.execute("INSERT INTO node VALUES (2, NULL)", &[]).unwrap();
    connection.commit().unwrap();
}
