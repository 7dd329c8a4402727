//! Decimals in the database: compared, sorted and added as numbers.

use orm_core::value::{DecimalValue, Value};

use crate::{Connection, integer, memory, one, texts};

fn prices() -> Connection {
    memory(
        "CREATE TABLE t (v DECIMAL TEXT(40, 2) COLLATE \"decimal\");
         INSERT INTO t VALUES ('10.5'), ('9'), ('-3.25'), ('100'), ('9.00'), (NULL)",
    )
}

#[test]
fn decimals_sort_as_numbers() {
    let sorted = texts(&mut prices(), "SELECT v FROM t WHERE v IS NOT NULL ORDER BY v, v || ''");

    assert_eq!(sorted, ["-3.25", "9", "9.00", "10.5", "100"]);
}

#[test]
fn decimals_compare_with_bound_values_as_numbers() {
    let mut connection = prices();
    let nine = [Value::Decimal(DecimalValue::new(90, 1))];
    let mut count = |sql: &str| one(&mut connection, sql, &nine, |row| row.i64(0)).unwrap();

    assert_eq!(count("SELECT count(*) FROM t WHERE v = ?1"), 2);
    assert_eq!(count("SELECT count(*) FROM t WHERE v > ?1"), 2);
    assert_eq!(count("SELECT count(*) FROM t WHERE v BETWEEN -5 AND ?1"), 3);
}

#[test]
fn decimals_group_and_aggregate_as_numbers() {
    let mut connection = prices();

    assert_eq!(integer(&mut connection, "SELECT count(DISTINCT v) FROM t"), 4);
    assert_eq!(texts(&mut connection, "SELECT max(v) FROM t"), ["100"]);
    assert_eq!(texts(&mut connection, "SELECT min(v) FROM t"), ["-3.25"]);
}

#[test]
fn sums_and_averages_are_exact() {
    let mut connection = prices();
    assert_eq!(texts(&mut connection, "SELECT decimal_sum(v) FROM t"), ["125.25"]);
    assert_eq!(texts(&mut connection, "SELECT decimal_avg(v) FROM t"), ["25.0500000000000000"]);

    connection.execute_script("DELETE FROM t; INSERT INTO t VALUES ('0.1'), ('0.2')").unwrap();
    assert_eq!(texts(&mut connection, "SELECT decimal_sum(v) FROM t"), ["0.3"]);
}

#[test]
fn sums_and_averages_of_nothing_are_null() {
    let mut connection = prices();
    for condition in ["v = '7'", "v IS NULL"] {
        let sql = format!("SELECT decimal_sum(v), decimal_avg(v) FROM t WHERE {condition}");
        let nulls = one(&mut connection, &sql, &[], |row| Ok((row.is_null(0), row.is_null(1))));
        assert_eq!(nulls.unwrap(), (true, true));
    }
}

#[test]
fn a_sum_that_cannot_be_exact_is_an_error() {
    let mut connection = prices();
    let sum = |connection: &mut Connection| {
        one(connection, "SELECT decimal_sum(v) FROM t", &[], |row| row.decimal(0))
    };
    let largest = [Value::Decimal(DecimalValue::new(i128::MAX, 0))];

    connection.execute("INSERT INTO t VALUES (?1)", &largest).unwrap();
    let error = sum(&mut connection).unwrap_err().to_string();
    assert!(
        error.starts_with("the sum or product of the decimals has more than 38 digits"),
        "{error}"
    );

    connection.execute_script("DELETE FROM t; INSERT INTO t VALUES ('abc')").unwrap();
    let error = sum(&mut connection).unwrap_err().to_string();
    assert!(error.starts_with("exact arithmetic is for decimal numbers"), "{error}");
}
