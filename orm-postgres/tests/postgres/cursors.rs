//! Cursors: rows fetched in portions, transactions that come and go with them, and connections that
//! break under them.

use std::mem;

use orm_core::driver::{Cursor, DriverConnection};
use orm_core::error::{Error, Result};
use orm_core::value::Value;

use crate::server::{connect, number, one};

/// Reads up to `count` integers.
fn numbers(cursor: &mut dyn Cursor, count: usize) -> Result<Vec<i64>> {
    let mut numbers = Vec::new();
    while numbers.len() < count
        && cursor.next(&mut |row| row.i64(0).map(|number| numbers.push(number)))?
    {}
    Ok(numbers)
}

/// A connection on which `t` has the numbers 1 to 5.
fn with_five_rows() -> Box<dyn DriverConnection> {
    let mut conn = connect();
    conn.execute_script("CREATE TEMP TABLE t AS SELECT generate_series(1, 5) AS n").unwrap();
    conn
}

fn is_in_transaction(conn: &mut dyn DriverConnection) -> bool {
    conn.execute_script("SAVEPOINT probe").is_ok()
}

#[test]
fn no_more_rows_are_made_than_were_asked_for() {
    let mut conn = connect();
    conn.execute_script("CREATE TEMP SEQUENCE made").unwrap();
    let sql = "SELECT nextval('made') FROM generate_series(1, 1000000)";

    let mut cursor = conn.open(sql, &[]).unwrap();
    cursor.set_fetch_size(10);
    let read = numbers(&mut *cursor, 25).unwrap();
    drop(cursor);

    assert_eq!(read.last(), Some(&25));
    assert_eq!(number(&mut *conn, "SELECT last_value FROM made"), 30);
}

#[test]
fn a_portion_that_is_not_read_is_not_in_the_way() {
    let mut conn = connect();
    let mut cursor = conn.open("SELECT generate_series(1, 100000)", &[]).unwrap();
    cursor.set_fetch_size(50_000);

    let read = numbers(&mut *cursor, 2).unwrap();
    drop(cursor);

    assert_eq!(read, [1, 2]);
    assert_eq!(number(&mut *conn, "SELECT 7"), 7);
}

#[test]
fn a_cursor_outside_of_a_transaction_leaves_none() {
    let mut conn = with_five_rows();

    assert_eq!(numbers(&mut *conn.open("SELECT n FROM t", &[]).unwrap(), 9).unwrap().len(), 5);
    assert!(!is_in_transaction(&mut *conn));
    assert_eq!(numbers(&mut *conn.open("SELECT n FROM t", &[]).unwrap(), 2).unwrap().len(), 2);
    assert!(!is_in_transaction(&mut *conn));
    assert!(conn.open("SELECT n FROM missing", &[]).is_err());
    assert!(!is_in_transaction(&mut *conn));
}

#[test]
fn a_cursor_inside_of_a_transaction_leaves_it_open() {
    let mut conn = with_five_rows();
    conn.begin().unwrap();

    assert_eq!(numbers(&mut *conn.open("SELECT n FROM t", &[]).unwrap(), 9).unwrap().len(), 5);
    assert_eq!(numbers(&mut *conn.open("SELECT n FROM t", &[]).unwrap(), 2).unwrap().len(), 2);

    assert_eq!(number(&mut *conn, "SELECT count(*) FROM pg_cursors WHERE name <> ''"), 0);
    assert!(is_in_transaction(&mut *conn));
    conn.commit().unwrap();
}

#[test]
fn an_error_within_a_transaction_leaves_it_to_be_rolled_back() {
    let mut conn = with_five_rows();
    conn.begin().unwrap();

    let mut cursor = conn.open("SELECT 6 / (3 - n) FROM t", &[]).unwrap();
    cursor.set_fetch_size(2);
    let error = numbers(&mut *cursor, 9).unwrap_err();
    assert!(!cursor.next(&mut |_| panic!("a row after an error")).unwrap());
    drop(cursor);
    conn.rollback().unwrap();

    let Error::Database(error) = error else { panic!("{error:?}") };
    assert_eq!(error.code.as_deref(), Some("22012"));
    assert_eq!(error.sql.as_deref(), Some("SELECT 6 / (3 - n) FROM t"));
    assert_eq!(number(&mut *conn, "SELECT count(*) FROM t"), 5);
}

#[test]
fn a_cursor_that_was_leaked_ends_with_the_next_statement() {
    let mut conn = with_five_rows();
    let mut leaked = conn.open("SELECT n FROM t ORDER BY n", &[]).unwrap();
    leaked.set_fetch_size(4);
    assert_eq!(numbers(&mut *leaked, 1).unwrap(), [1]);

    mem::forget(leaked);
    conn.execute("INSERT INTO t VALUES (6)", &[]).unwrap();

    assert!(!is_in_transaction(&mut *conn));
    let mut next = conn.open("SELECT n FROM t ORDER BY n", &[]).unwrap();
    assert_eq!(numbers(&mut *next, 9).unwrap(), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn values_and_types_of_any_kind_pass_through_a_cursor() {
    let mut conn = connect();
    conn.execute_script("CREATE TYPE pg_temp.mood AS ENUM ('sad', 'glad')").unwrap();
    let sql = "SELECT 'glad'::pg_temp.mood, $1::text, $2::bigint[] @> ARRAY[7::bigint]";

    let values = [7_i64.into()];
    let mut cursor = conn.open(sql, &["a".into(), Value::List(&values)]).unwrap();
    let is_row = cursor.next(&mut |row| {
        assert_eq!((row.text(0)?, row.text(1)?, row.bool(2)?), ("glad", "a", true));
        Ok(())
    });

    assert!(is_row.unwrap());
}

#[test]
fn a_table_that_changes_between_two_cursors_is_read_as_it_is_now() {
    let mut conn = with_five_rows();
    let mut width = || {
        let mut width = 0;
        let mut cursor = conn.open("SELECT * FROM t", &[]).unwrap();
        cursor
            .next(&mut |row| {
                width = (0..3).filter(|&index| !row.is_null(index)).count();
                Ok(())
            })
            .unwrap();
        drop(cursor);
        conn.execute_script(&format!("ALTER TABLE t ADD m{width} integer DEFAULT 0")).unwrap();
        width
    };

    assert_eq!([width(), width(), width()], [1, 2, 3]);
}

#[test]
fn a_query_that_writes_has_no_cursor() {
    let mut conn = with_five_rows();
    let sql = "WITH gone AS (DELETE FROM t RETURNING n) SELECT n FROM gone";

    let error = conn.open(sql, &[]).map(drop).unwrap_err();

    let Error::Database(error) = error else { panic!("{error:?}") };
    assert_eq!(
        error.help.as_deref(),
        Some("a query that writes cannot be read row by row: ask for all rows at once")
    );
    assert_eq!(number(&mut *conn, "SELECT count(*) FROM t"), 5);
}

#[test]
fn values_that_are_too_few_are_refused_and_no_transaction_is_left() {
    let mut conn = connect();

    let error = conn.open("SELECT $1::int", &[]).map(drop).unwrap_err();

    assert_eq!(
        error.to_string(),
        "the statement has 1 parameters but was given 0 values: SELECT $1::int"
    );
    assert!(!is_in_transaction(&mut *conn));
}

#[test]
fn a_connection_that_breaks_between_two_portions_is_reported_as_lost() {
    let mut conn = connect();
    let backend = one(&mut *conn, "SELECT pg_backend_pid()::bigint", &[], |row| row.i64(0));
    let mut cursor = conn.open("SELECT generate_series(1, 10)", &[]).unwrap();
    cursor.set_fetch_size(5);
    assert_eq!(numbers(&mut *cursor, 5).unwrap().len(), 5);

    let terminated = [Value::I64(backend.unwrap())];
    connect().execute("SELECT pg_terminate_backend($1::bigint::int, 5000)", &terminated).unwrap();
    let error = numbers(&mut *cursor, 1).unwrap_err();

    assert!(error.is_disconnect(), "{error:?}");
    assert!(!cursor.next(&mut |_| panic!("a row after an error")).unwrap());
    drop(cursor);
    assert!(conn.is_broken());
}
