//! Lists that are bound as one value, and found again by `IN`.

use orm_core::dialect::Dialect;
use orm_core::error::Error;
use orm_core::value::{DecimalValue, Value};
use orm_sqlite::Sqlite;

use crate::{all, memory};

/// Returns how many of `values`, stored in a column of the declared type, are in the list of them
/// all and of `others`, and how many are in the list of `others`.
fn found(declared: &str, values: &[Value<'_>], others: &[Value<'_>]) -> (usize, usize) {
    let mut connection = memory(&format!("CREATE TABLE t (v {declared})"));
    for value in values {
        connection.execute("INSERT INTO t VALUES (?1)", &[value.borrow()]).unwrap();
    }
    let mut count = |list: &[Value<'_>]| {
        let mut sql = "SELECT 1 FROM t WHERE v".to_owned();
        Sqlite.write_in_list(&mut sql, false, list, 1);
        all(&mut connection, &sql, &[Value::List(list)], |row| row.i64(0)).unwrap().len()
    };
    let together: Vec<_> = values.iter().chain(others).map(Value::borrow).collect();
    (count(&together), count(others))
}

#[test]
fn every_kind_of_value_is_found_in_a_list() {
    let cases: [(&str, Vec<Value<'_>>, Value<'_>); 11] = [
        ("BIGINT", vec![Value::I64(i64::MIN), Value::I64(i64::MAX)], Value::I64(0)),
        ("BOOLEAN", vec![Value::Bool(true)], Value::Bool(false)),
        (
            "DOUBLE PRECISION",
            vec![
                Value::F64(0.1),
                Value::F64(f64::MAX),
                Value::F64(5e-324),
                Value::F64(f64::NAN),
                Value::F64(f64::INFINITY),
                Value::F64(f64::NEG_INFINITY),
            ],
            Value::F64(1.0),
        ),
        (
            "TEXT",
            vec!["".into(), "a\"\\\n\u{1}b".into(), "ü\u{1F600}".into(), "7".into()],
            "other".into(),
        ),
        ("BLOB", vec![Value::Bytes(vec![].into()), Value::Bytes(vec![0, 255].into())], {
            Value::Bytes(vec![1].into())
        }),
        ("DATE", vec![Value::Date(-1), Value::Date(19_782)], Value::Date(0)),
        ("TIME", vec![Value::Time(1)], Value::Time(0)),
        ("TIMESTAMP", vec![Value::Timestamp(1), Value::Timestamp(0)], Value::Timestamp(2)),
        ("UUID TEXT", vec![Value::Uuid([7; 16])], Value::Uuid([8; 16])),
        (
            "DECIMAL TEXT COLLATE \"decimal\"",
            vec![Value::Decimal(DecimalValue::new(150, 2))],
            Value::Decimal(DecimalValue::new(151, 2)),
        ),
        ("JSON TEXT", vec![Value::Json("{\"a\": 1}".into())], Value::Json("{}".into())),
    ];
    for (declared, values, other) in cases {
        assert_eq!(found(declared, &values, &[other]), (values.len(), 0), "{declared}");
    }
}

#[test]
fn a_float_is_found_by_its_exact_value() {
    // A linear congruential generator (Knuth's MMIX) gives the same bits in every run.
    let mut state = 42_u64;
    let values: Vec<_> = std::iter::repeat_with(|| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from_bits(state)
    })
    .filter(|value| value.is_finite())
    .take(2_000)
    .map(Value::F64)
    .collect();

    assert_eq!(found("DOUBLE PRECISION", &values, &[]), (2_000, 0));
}

#[test]
fn a_decimal_is_found_by_its_value_and_not_its_digits() {
    let mut connection = memory(
        "CREATE TABLE t (v DECIMAL TEXT COLLATE \"decimal\"); INSERT INTO t VALUES ('1.50')",
    );
    let list = [Value::Decimal(DecimalValue::new(15, 1))];
    let mut sql = "SELECT v FROM t WHERE v".to_owned();
    Sqlite.write_in_list(&mut sql, false, &list, 1);

    let rows = all(&mut connection, &sql, &[Value::List(&list)], |row| row.decimal(0)).unwrap();

    assert_eq!(rows, [DecimalValue::new(150, 2)]);
}

#[test]
fn an_empty_list_holds_nothing() {
    let mut connection = memory("CREATE TABLE t (v INT); INSERT INTO t VALUES (1), (2)");
    let mut count = |negated| {
        let mut sql = "SELECT v FROM t WHERE v".to_owned();
        Sqlite.write_in_list(&mut sql, negated, &[], 1);
        all(&mut connection, &sql, &[Value::List(&[])], |row| row.i64(0)).unwrap().len()
    };

    assert_eq!(count(false), 0);
    assert_eq!(count(true), 2);
}

#[test]
fn a_list_uses_the_index_of_the_column() {
    let mut connection = memory(
        "CREATE TABLE t (a TEXT, b BIGINT); CREATE INDEX ia ON t (a); CREATE INDEX ib ON t (b)",
    );
    for column in ["a", "b"] {
        let list = [Value::I64(1)];
        let mut sql = format!("EXPLAIN QUERY PLAN SELECT * FROM t WHERE {column}");
        Sqlite.write_in_list(&mut sql, false, &list, 1);

        let plan =
            all(&mut connection, &sql, &[Value::List(&list)], |row| row.text(3).map(str::to_owned));

        assert!(plan.unwrap()[0].starts_with("SEARCH t USING INDEX"));
    }
}

#[test]
fn a_text_with_a_nul_cannot_be_in_a_list() {
    let error = memory("")
        .execute("SELECT value FROM json_each(?1)", &[Value::List(&["a\0b".into()])])
        .unwrap_err();

    assert!(matches!(error, Error::Encode(_)), "{error:?}");
}
