//! Transactions: begun, committed, rolled back, and never left open.

use orm_core::error::Error;

use crate::server::{connect, number};

const COUNT: &str = "SELECT count(*) FROM t";

fn with_table() -> Box<dyn orm_core::driver::DriverConnection> {
    let mut conn = connect();
    conn.execute_script(
        "CREATE TEMP TABLE t (id bigint PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)",
    )
    .unwrap();
    conn
}

fn is_in_transaction(conn: &mut dyn orm_core::driver::DriverConnection) -> bool {
    conn.execute_script("SAVEPOINT probe").is_ok()
}

#[test]
fn a_committed_transaction_stays() {
    let mut conn = with_table();

    conn.begin().unwrap();
    conn.execute("INSERT INTO t VALUES (1)", &[]).unwrap();
    conn.commit().unwrap();
    conn.rollback().unwrap();

    assert_eq!(number(&mut *conn, COUNT), 1);
}

#[test]
fn a_transaction_that_is_rolled_back_is_undone() {
    let mut conn = with_table();

    conn.begin().unwrap();
    conn.execute("INSERT INTO t VALUES (1)", &[]).unwrap();
    conn.rollback().unwrap();

    assert_eq!(number(&mut *conn, COUNT), 0);
    assert!(!is_in_transaction(&mut *conn));
}

#[test]
fn a_rollback_of_nothing_does_nothing() {
    let mut conn = connect();

    conn.rollback().unwrap();

    assert_eq!(number(&mut *conn, "SELECT 1"), 1);
}

#[test]
fn a_commit_after_a_failed_statement_says_that_it_was_rolled_back() {
    let mut conn = with_table();
    conn.begin().unwrap();
    conn.execute("INSERT INTO t VALUES (1)", &[]).unwrap();
    conn.execute("SELECT 1 / 0", &[]).unwrap_err();

    let error = conn.commit().unwrap_err();

    let Error::Database(error) = error else { panic!("{error:?}") };
    assert_eq!(error.code.as_deref(), Some("25P02"));
    assert!(error.message.contains("rolled back instead of committed"), "{error}");
    assert_eq!(number(&mut *conn, COUNT), 0);
    assert!(!is_in_transaction(&mut *conn));
}

#[test]
fn a_failure_within_a_savepoint_does_not_spoil_the_commit() {
    let mut conn = with_table();
    conn.begin().unwrap();
    conn.execute("INSERT INTO t VALUES (1)", &[]).unwrap();
    conn.execute_script("SAVEPOINT s").unwrap();
    conn.execute("SELECT 1 / 0", &[]).unwrap_err();
    conn.execute_script("ROLLBACK TO SAVEPOINT s").unwrap();

    conn.commit().unwrap();

    assert_eq!(number(&mut *conn, COUNT), 1);
}

#[test]
fn a_commit_that_is_refused_leaves_no_transaction_open() {
    let mut conn = with_table();
    conn.begin().unwrap();
    conn.execute("INSERT INTO t VALUES (1), (1)", &[]).unwrap();

    let error = conn.commit().unwrap_err();

    assert!(error.integrity().is_some(), "{error:?}");
    assert_eq!(number(&mut *conn, COUNT), 0);
    assert!(!is_in_transaction(&mut *conn));
}

#[test]
fn a_serialization_failure_is_retryable() {
    let table = format!("serialized_{}", std::process::id());
    let (mut first, mut second) = (connect(), connect());
    first.execute_script(&format!("CREATE TABLE {table} AS SELECT 1 AS n")).unwrap();
    for conn in [&mut first, &mut second] {
        conn.execute_script("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
        assert_eq!(number(&mut **conn, &format!("SELECT n FROM {table}")), 1);
    }
    let update = format!("UPDATE {table} SET n = n + 1");
    first.execute(&update, &[]).unwrap();
    first.commit().unwrap();

    let error = second.execute(&update, &[]).unwrap_err();

    second.rollback().unwrap();
    first.execute_script(&format!("DROP TABLE {table}")).unwrap();
    assert!(error.is_retryable(), "{error:?}");
}

#[test]
fn a_lock_that_somebody_holds_is_retryable() {
    let (mut first, mut second) = (connect(), connect());
    for conn in [&mut first, &mut second] {
        conn.execute_script("SET lock_timeout = '50ms'").unwrap();
        conn.begin().unwrap();
    }
    first.execute("SELECT pg_advisory_xact_lock(734001)", &[]).unwrap();

    let error = second.execute("SELECT pg_advisory_xact_lock(734001)", &[]).unwrap_err();

    assert!(error.is_retryable(), "{error:?}");
}
