//! Statements and transactions, and a connection that stays usable whatever happened on it.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use orm_core::error::Error;
use orm_core::value::Value;

use crate::{Connection, all, integer, memory};

/// How many statements the connection keeps, as its `Debug` form says.
fn statement_count(connection: &Connection) -> usize {
    let debug = format!("{connection:?}");
    let (_, rest) = debug.split_once("statements: ").unwrap();
    rest.split(',').next().unwrap().parse().unwrap()
}

fn three_rows() -> Connection {
    memory("CREATE TABLE t (v INT UNIQUE); INSERT INTO t VALUES (1), (2), (3)")
}

#[test]
fn a_statement_is_kept_and_runs_with_other_values() {
    let mut connection = memory("");
    for number in 0..5 {
        let read = all(&mut connection, "SELECT ?1", &[Value::I64(number)], |row| row.i64(0));
        assert_eq!(read.unwrap(), [number]);
    }

    assert_eq!(statement_count(&connection), 1);
}

#[test]
fn the_columns_of_a_statement_are_told_without_running_it() {
    let mut connection = three_rows();
    let insert = "INSERT INTO t VALUES (?1) RETURNING v, v + 1 AS \"Next ä\"";

    assert_eq!(connection.columns(insert).unwrap(), ["v", "Next ä"]);
    assert_eq!(connection.columns("DELETE FROM t").unwrap(), [""; 0]);
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM t"), 3);
    assert!(matches!(connection.columns("SELEC").unwrap_err(), Error::Database(_)));
}

#[test]
fn a_statement_whose_columns_were_told_is_not_prepared_again() {
    let mut connection = memory("");

    assert_eq!(connection.columns("SELECT 7 AS v").unwrap(), ["v"]);
    assert_eq!(integer(&mut connection, "SELECT 7 AS v"), 7);
    assert_eq!(connection.columns("SELECT 7 AS v").unwrap(), ["v"]);

    assert_eq!(statement_count(&connection), 1);
}

#[test]
fn a_row_tells_the_columns_that_it_has() {
    let mut connection = three_rows();
    let sql = "SELECT * FROM t LIMIT 1";
    let names = |connection: &mut Connection| {
        all(connection, sql, &[], |row| {
            Ok([0, 1, 2].map(|index| row.column_name(index).map(str::to_owned)))
        })
    };
    assert_eq!(names(&mut connection).unwrap(), [[Some("v".to_owned()), None, None]]);

    connection.execute_script("ALTER TABLE t RENAME v TO w; ALTER TABLE t ADD x INT").unwrap();

    let changed = [Some("w".to_owned()), Some("x".to_owned()), None];
    assert_eq!(names(&mut connection).unwrap(), [changed]);
}

#[test]
fn at_most_256_statements_are_kept() {
    let mut connection = memory("");
    for number in 0..1_000 {
        assert_eq!(integer(&mut connection, &format!("SELECT {number}")), number);
    }

    assert_eq!(statement_count(&connection), 256);
    assert_eq!(integer(&mut connection, "SELECT 0"), 0);
}

#[test]
fn a_kept_statement_sees_a_changed_table() {
    let mut connection = three_rows();
    let columns = |connection: &mut Connection| {
        all(connection, "SELECT * FROM t WHERE v = 1", &[], |row| Ok(row.text(1).is_ok())).unwrap()
    };
    assert_eq!(columns(&mut connection), [false]);

    connection.execute_script("ALTER TABLE t ADD COLUMN w TEXT DEFAULT 'new'").unwrap();

    assert_eq!(columns(&mut connection), [true]);
}

#[test]
fn a_table_can_be_dropped_while_its_statements_are_kept() {
    let mut connection = three_rows();
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM t"), 3);

    connection.execute("DROP TABLE t", &[]).unwrap();

    let error = all(&mut connection, "SELECT count(*) FROM t", &[], |row| row.i64(0)).unwrap_err();
    assert!(error.to_string().starts_with("no such table: t"), "{error}");
}

#[test]
fn execute_counts_the_rows_that_it_wrote_itself() {
    let mut connection = memory(
        "CREATE TABLE t (v INT); CREATE TABLE log (v INT);
         CREATE TRIGGER copy AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1), (2); END",
    );

    assert_eq!(connection.execute("INSERT INTO t VALUES (1), (2)", &[]).unwrap(), 2);
    assert_eq!(connection.execute("CREATE INDEX it ON t (v)", &[]).unwrap(), 0);
    assert_eq!(connection.execute("SELECT * FROM t", &[]).unwrap(), 0);
    assert_eq!(connection.execute("UPDATE t SET v = 5 WHERE v = 9", &[]).unwrap(), 0);
    assert_eq!(connection.execute("UPDATE t SET v = 5 RETURNING v", &[]).unwrap(), 2);
    assert_eq!(connection.execute("DELETE FROM log", &[]).unwrap(), 4);
}

#[test]
fn a_query_stops_where_it_is_told_to() {
    let mut connection = three_rows();
    let mut seen = Vec::new();

    connection
        .query("SELECT v FROM t ORDER BY v", &[], &mut |row| {
            seen.push(row.i64(0)?);
            Ok(if seen.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
        .unwrap();

    assert_eq!(seen, [1, 2]);
    connection.execute("DROP TABLE t", &[]).unwrap(); // no statement holds the table
}

#[test]
fn an_error_of_the_caller_is_returned_as_it_is() {
    let mut connection = three_rows();

    let error = connection
        .query("SELECT v FROM t", &[], &mut |_| Err(Error::configuration("stop")))
        .unwrap_err();

    assert_eq!(error.to_string(), "stop");
    connection.execute("DROP TABLE t", &[]).unwrap();
}

#[test]
fn a_panic_of_the_caller_leaves_the_connection_usable() {
    let mut connection = three_rows();

    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _ = connection.query("SELECT v FROM t", &[], &mut |_| panic!("caller"));
    }));

    assert!(panicked.is_err());
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM t"), 3);
    connection.execute("DROP TABLE t", &[]).unwrap();
}

#[test]
fn an_insert_that_returns_rows_is_whole_though_only_one_was_read() {
    let mut connection = three_rows();
    let sql = "INSERT INTO t VALUES (4), (5) RETURNING v";

    connection.query(sql, &[], &mut |_| Ok(ControlFlow::Break(()))).unwrap();

    assert_eq!(integer(&mut connection, "SELECT count(*) FROM t"), 5);
}

#[test]
fn a_failed_statement_changes_nothing_and_runs_again() {
    let mut connection = three_rows();
    let sql = "INSERT INTO t VALUES (?1), (?2)";

    let error = connection.execute(sql, &[Value::I64(9), Value::I64(1)]).unwrap_err();

    assert!(error.integrity().is_some());
    assert_eq!(connection.execute(sql, &[Value::I64(9), Value::I64(10)]).unwrap(), 2);
}

#[test]
fn values_too_few_or_too_many_are_refused() {
    let mut connection = memory("");
    for values in [&[][..], &[Value::Null, Value::Null]] {
        let error = connection.execute("SELECT ?1", values).unwrap_err();
        assert!(error.to_string().starts_with("the statement has 1 parameters"), "{error}");
    }
}

#[test]
fn a_text_with_several_statements_is_refused_whole() {
    let mut connection = three_rows();

    let error = connection.execute("DELETE FROM t; DELETE FROM t", &[]).unwrap_err();

    assert!(error.to_string().starts_with("the text holds several statements"), "{error}");
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM t; -- all of them\n"), 3);
}

#[test]
fn a_text_with_no_statement_or_a_nul_is_refused() {
    let mut connection = three_rows();
    for sql in ["", " -- nothing", "DELETE FROM t\0 WHERE v = 1"] {
        let error = connection.execute(sql, &[]).unwrap_err();
        assert!(matches!(error, Error::InvalidQuery(_)), "{error:?}");
    }
    assert!(connection.execute_script("SELECT 1;\0 SELECT 2").is_err());
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM t"), 3);
}

#[test]
fn a_script_stops_at_the_statement_that_fails() {
    let mut connection = memory("");

    let error = connection
        .execute_script("CREATE TABLE a (v INT); CREATE TABLE a (v INT); CREATE TABLE b (v INT)")
        .unwrap_err();

    assert!(error.to_string().starts_with("table a already exists"), "{error}");
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM sqlite_schema"), 1);
}

#[test]
fn a_transaction_is_kept_by_commit_and_undone_by_rollback() {
    let mut connection = three_rows();
    connection.begin().unwrap();
    connection.execute("INSERT INTO t VALUES (4)", &[]).unwrap();
    connection.commit().unwrap();
    connection.begin().unwrap();
    connection.execute("DELETE FROM t", &[]).unwrap();
    connection.rollback().unwrap();

    assert_eq!(integer(&mut connection, "SELECT count(*) FROM t"), 4);
}

#[test]
fn a_rollback_without_a_transaction_does_nothing() {
    let mut connection = memory("");

    connection.rollback().unwrap();

    assert!(!connection.is_broken());
}

#[test]
fn a_transaction_in_a_transaction_is_refused() {
    let mut connection = memory("");
    connection.begin().unwrap();

    let error = connection.begin().unwrap_err();

    assert!(error.to_string().contains("cannot start a transaction within a transaction"));
    connection.rollback().unwrap();
}

#[test]
fn nothing_is_written_after_sqlite_has_ended_the_transaction_itself() {
    let mut connection = memory(
        "CREATE TABLE t (v INT); \
         CREATE TRIGGER refuse BEFORE INSERT ON t WHEN new.v = 13 \
         BEGIN SELECT RAISE(ROLLBACK, 'unlucky'); END",
    );
    connection.begin().unwrap();
    connection.execute("INSERT INTO t VALUES (13)", &[]).unwrap_err();

    let later = connection.execute("INSERT INTO t VALUES (1)", &[]).unwrap_err();
    let committed = connection.commit().unwrap_err();

    assert!(matches!(later, Error::Database(_)));
    assert!(matches!(committed, Error::Database(_)));
    assert_eq!(integer(&mut connection, "SELECT count(*) FROM t"), 0);
    connection.begin().unwrap();
    connection.execute("INSERT INTO t VALUES (2)", &[]).unwrap();
    connection.commit().unwrap();
    assert_eq!(integer(&mut connection, "SELECT v FROM t"), 2);
}
