//! Cursors: rows stepped to when they are asked for, and statements that are left in the middle.

use std::mem;

use orm_core::error::Error;
use orm_core::value::Value;

use crate::{integer, memory, texts};

const THREE: &str = "VALUES (1), (2), (3)";

#[test]
fn rows_come_one_by_one_and_then_no_more() {
    let mut connection = memory("");
    let mut cursor = connection.open(THREE, &[]).unwrap();
    let mut numbers = Vec::new();

    while cursor.next(&mut |row| row.i64(0).map(|number| numbers.push(number))).unwrap() {}

    assert!(!cursor.next(&mut |_| panic!("a row after the last")).unwrap());
    drop(cursor);
    assert_eq!(numbers, [1, 2, 3]);
}

#[test]
fn values_are_not_needed_once_the_cursor_is_open() {
    let mut connection = memory("");
    let sql = "SELECT ?1, ?2, ?3 FROM (VALUES (1), (2))";
    let mut cursor = {
        let (text, bytes) = (String::from("a text of some length"), vec![1, 2, 3]);
        let json = String::from("{}");
        let values = [
            Value::Text((&text).into()),
            Value::Bytes((&bytes).into()),
            Value::Json((&json).into()),
        ];
        connection.open(sql, &values).unwrap()
    };

    for _ in 0..2 {
        let is_row = cursor.next(&mut |row| {
            assert_eq!(row.text(0)?, "a text of some length");
            assert_eq!(row.bytes(1)?, [1, 2, 3]);
            assert_eq!(row.json(2)?, "{}");
            Ok(())
        });
        assert!(is_row.unwrap());
    }
}

#[test]
fn a_cursor_that_is_dropped_lets_go_of_its_table() {
    let mut connection = memory("CREATE TABLE t AS VALUES (1), (2)");

    assert!(connection.open("SELECT * FROM t", &[]).unwrap().next(&mut |_| Ok(())).unwrap());

    connection.execute_script("DROP TABLE t").unwrap();
}

#[test]
fn a_cursor_that_was_leaked_does_not_go_on_in_the_next_run() {
    let mut connection = memory("CREATE TABLE t AS VALUES ('a'), ('b')");
    let sql = "SELECT column1 FROM t";
    let mut leaked = connection.open(sql, &[]).unwrap();
    assert!(leaked.next(&mut |_| Ok(())).unwrap());

    mem::forget(leaked);

    assert_eq!(texts(&mut connection, sql), ["a", "b"]);
    connection.execute_script("DROP TABLE t").unwrap();
}

#[test]
fn a_cursor_of_a_wrong_statement_is_refused() {
    let mut connection = memory("");

    let syntax = connection.open("SELEC 1", &[]).map(drop).unwrap_err();
    let count = connection.open("SELECT ?1", &[]).map(drop).unwrap_err();

    assert!(syntax.to_string().contains("SELEC 1"), "{syntax}");
    assert!(matches!(count, Error::InvalidQuery(_)), "{count}");
    assert_eq!(integer(&mut connection, "SELECT 7"), 7);
}
