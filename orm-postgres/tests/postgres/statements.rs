//! Statements: prepared once, streamed, stopped early, and prepared again when tables change.

use std::ops::ControlFlow;

use orm_core::error::Error;
use orm_core::value::Value;

use crate::server::{all, connect, number, one};

#[test]
fn the_count_of_changed_rows_is_returned() {
    let mut conn = connect();
    conn.execute_script("CREATE TEMP TABLE t (id bigint)").unwrap();

    let inserted = conn.execute("INSERT INTO t SELECT generate_series(1, 5)", &[]).unwrap();
    let updated = conn.execute("UPDATE t SET id = 0 WHERE id > $1", &[Value::I64(3)]).unwrap();
    let deleted = conn.execute("DELETE FROM t", &[]).unwrap();
    let created = conn.execute("CREATE TEMP TABLE u (id bigint)", &[]).unwrap();

    assert_eq!([inserted, updated, deleted, created], [5, 2, 5, 0]);
}

#[test]
fn a_script_runs_several_statements_or_none() {
    let mut conn = connect();

    conn.execute_script("CREATE TEMP TABLE t (id bigint); INSERT INTO t VALUES (1), (2);").unwrap();
    let failed = conn.execute_script("INSERT INTO t VALUES (3); SELECT 1 / 0");

    assert!(failed.is_err());
    assert_eq!(number(&mut *conn, "SELECT count(*) FROM t"), 2);
    conn.execute_script("").unwrap();
}

#[test]
fn a_statement_is_prepared_once() {
    let mut conn = connect();
    let sql = "SELECT $1::bigint";
    for value in 1..=3 {
        assert_eq!(one(&mut *conn, sql, &[Value::I64(value)], |row| row.i64(0)).unwrap(), value);
    }

    let prepared =
        "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1::bigint'";

    assert_eq!(number(&mut *conn, prepared), 1);
}

#[test]
fn the_columns_of_a_statement_are_told_without_running_it() {
    let mut conn = connect();
    conn.execute_script("CREATE TEMP TABLE t (id bigint, name text)").unwrap();
    let insert = "INSERT INTO t VALUES ($1, 'x') RETURNING name, id AS \"Key\", 7";

    assert_eq!(conn.columns(insert).unwrap(), ["name", "Key", "?column?"]);
    assert_eq!(conn.columns("DELETE FROM t").unwrap(), [""; 0]);
    assert_eq!(number(&mut *conn, "SELECT count(*) FROM t"), 0);
    assert!(matches!(conn.columns("SELEC").unwrap_err(), Error::Database(_)));
}

#[test]
fn a_statement_whose_columns_were_told_is_not_prepared_again() {
    let mut conn = connect();
    let sql = "SELECT $1::bigint AS once";

    conn.columns(sql).unwrap();
    assert_eq!(one(&mut *conn, sql, &[Value::I64(7)], |row| row.i64(0)).unwrap(), 7);
    conn.columns(sql).unwrap();

    let prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%AS once'";
    assert_eq!(number(&mut *conn, prepared), 1);
}

#[test]
fn a_connection_keeps_a_bounded_number_of_statements() {
    let mut conn = connect();

    for value in 0..300 {
        conn.execute(&format!("SELECT {value}"), &[]).unwrap();
    }

    assert_eq!(number(&mut *conn, "SELECT count(*) FROM pg_prepared_statements"), 256);
}

#[test]
fn a_break_ends_the_query_and_the_connection_goes_on() {
    let mut conn = connect();
    let mut seen = Vec::new();

    conn.query("SELECT generate_series(1, 100000)", &[], &mut |row| {
        seen.push(row.i64(0)?);
        Ok(if seen.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })
    .unwrap();

    assert_eq!(seen, [1, 2]);
    assert_eq!(number(&mut *conn, "SELECT 7"), 7);
}

#[test]
fn an_error_of_the_callback_is_returned_and_the_connection_goes_on() {
    let mut conn = connect();

    let error = conn
        .query("SELECT generate_series(1, 100000)", &[], &mut |row| {
            row.text(0)?;
            Ok(ControlFlow::Continue(()))
        })
        .unwrap_err();

    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    assert_eq!(number(&mut *conn, "SELECT 7"), 7);
}

#[test]
fn an_error_among_the_rows_is_returned_even_after_a_break() {
    let mut conn = connect();

    let error =
        one(&mut *conn, "SELECT 10 / (3 - n) FROM generate_series(1, 5) AS n", &[], |row| {
            row.i64(0)
        })
        .unwrap_err();

    assert!(error.to_string().contains("division by zero"), "{error}");
    assert_eq!(number(&mut *conn, "SELECT 7"), 7);
}

#[test]
fn a_callback_may_use_another_connection() {
    let mut outer = connect();
    let mut inner = connect();

    let found = all(&mut *outer, "SELECT generate_series(1, 3)", &[], |row| row.i64(0));
    let mut doubled = Vec::new();
    outer
        .query("SELECT generate_series(1, 3)", &[], &mut |row| {
            let value = [Value::I64(row.i64(0)?)];
            doubled.push(one(&mut *inner, "SELECT 2 * $1::bigint", &value, |row| row.i64(0))?);
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();

    assert_eq!(found.unwrap(), [1, 2, 3]);
    assert_eq!(doubled, [2, 4, 6]);
}

#[test]
fn a_query_that_returns_nothing_calls_nobody() {
    let mut conn = connect();

    assert!(all(&mut *conn, "SELECT 1 WHERE false", &[], |row| row.i64(0)).unwrap().is_empty());
    assert!(all(&mut *conn, "", &[], |row| row.i64(0)).unwrap().is_empty());
}

#[test]
fn values_that_are_too_few_or_too_many_are_refused() {
    let mut conn = connect();

    let error = conn.execute("SELECT $1::int, $2::int", &[Value::I32(1)]).unwrap_err();

    assert!(matches!(error, Error::InvalidQuery(_)), "{error:?}");
    assert!(error.to_string().contains("has 2 parameters but was given 1 values"), "{error}");
    assert_eq!(number(&mut *conn, "SELECT 7"), 7);
}

#[test]
fn a_table_that_changes_between_two_selects_is_read_as_it_is_now() {
    let mut conn = connect();
    conn.execute_script("CREATE TEMP TABLE t (a integer); INSERT INTO t VALUES (1)").unwrap();
    let mut read = || one(&mut *conn, "SELECT * FROM t", &[], |row| Ok(row.is_null(0)));
    assert!(!read().unwrap());

    let mut other = || {
        conn.execute_script("ALTER TABLE t ALTER a TYPE text, ADD b text DEFAULT 'new'").unwrap();
        one(&mut *conn, "SELECT * FROM t", &[], |row| {
            Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()))
        })
    };

    assert_eq!(other().unwrap(), ("1".to_owned(), "new".to_owned()));
}

#[test]
fn a_table_that_changes_within_a_transaction_fails_once() {
    let mut conn = connect();
    conn.execute_script("CREATE TEMP TABLE t (a integer); INSERT INTO t VALUES (1)").unwrap();
    let sql = "SELECT * FROM t";
    assert_eq!(one(&mut *conn, sql, &[], |row| row.i64(0)).unwrap(), 1);

    conn.begin().unwrap();
    conn.execute_script("ALTER TABLE t ADD b integer").unwrap();
    let within = one(&mut *conn, sql, &[], |row| row.i64(0)).unwrap_err();
    conn.rollback().unwrap();

    assert!(within.to_string().contains("cached plan"), "{within}");
    assert_eq!(one(&mut *conn, sql, &[], |row| row.i64(0)).unwrap(), 1);
}

#[test]
fn statements_that_somebody_deallocated_are_prepared_again() {
    let mut conn = connect();
    assert_eq!(number(&mut *conn, "SELECT 7"), 7);

    conn.execute_script("DEALLOCATE ALL").unwrap();

    assert_eq!(number(&mut *conn, "SELECT 7"), 7);
}

#[test]
fn an_enum_that_was_dropped_and_made_again_is_met_again() {
    let mut conn = connect();
    let made = "CREATE TYPE pg_temp.mood AS ENUM ('sad', 'glad');
                CREATE TEMP TABLE t (m pg_temp.mood)";
    conn.execute_script(made).unwrap();
    let sql = "INSERT INTO t VALUES ($1)";
    conn.execute(sql, &["sad".into()]).unwrap();

    conn.execute_script("DROP TABLE t; DROP TYPE pg_temp.mood").unwrap();
    conn.execute_script(made).unwrap();

    assert_eq!(conn.execute(sql, &["glad".into()]).unwrap(), 1);
}
