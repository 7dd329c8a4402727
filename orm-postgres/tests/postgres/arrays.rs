//! Lists travel as one-dimensional arrays.

use orm_core::value::{DecimalValue, Value};

use crate::server::{all, connect, one};

/// What PostgreSQL makes of the list.
fn shown(sql_type: &str, elements: &[Value<'_>]) -> String {
    let sql = format!("SELECT ($1::{sql_type}[])::text");
    one(&mut *connect(), &sql, &[Value::List(elements)], |row| row.text(0).map(str::to_owned))
        .unwrap()
}

#[test]
fn lists_of_every_kind_are_arrays() {
    assert_eq!(shown("bigint", &[Value::I64(1), Value::Null, Value::I16(-3)]), "{1,NULL,-3}");
    assert_eq!(shown("smallint", &[Value::I64(7)]), "{7}");
    assert_eq!(shown("text", &["a".into(), "".into(), "x,y".into()]), "{a,\"\",\"x,y\"}");
    assert_eq!(shown("varchar", &["abc".into()]), "{abc}");
    assert_eq!(shown("boolean", &[Value::Bool(true)]), "{t}");
    assert_eq!(shown("real", &[Value::F32(0.5), Value::F32(f32::NAN)]), "{0.5,NaN}");
    assert_eq!(shown("date", &[Value::Date(0)]), "{1970-01-01}");
    assert_eq!(shown("bytea", &[Value::Bytes(vec![1].into())]), "{\"\\\\x01\"}");
    let decimals = [Value::Decimal(DecimalValue::new(150, 2)), Value::Null];
    assert_eq!(shown("numeric", &decimals), "{1.50,NULL}");
    assert_eq!(shown("jsonb", &[Value::Json("[1]".into())]), "{[1]}");
}

#[test]
fn an_empty_list_is_an_empty_array() {
    assert_eq!(shown("uuid", &[]), "{}");
}

#[test]
fn lists_of_enums_are_arrays_of_the_enum() {
    let mut conn = connect();
    conn.execute_script("CREATE TYPE pg_temp.mood AS ENUM ('sad', 'glad')").unwrap();

    let found = all(
        &mut *conn,
        "SELECT * FROM unnest($1::pg_temp.mood[])",
        &[Value::List(&["glad".into(), "sad".into()])],
        |row| row.text(0).map(str::to_owned),
    );

    assert_eq!(found.unwrap(), ["glad", "sad"]);
}

#[test]
fn membership_of_a_list_is_tested_by_any_and_all() {
    let list = [Value::I64(2), Value::I64(4)];
    let found = |condition: &str| {
        let sql = format!("SELECT n FROM generate_series(1, 4) AS n WHERE n {condition}");
        all(&mut *connect(), &sql, &[Value::List(&list)], |row| row.i64(0)).unwrap()
    };

    assert_eq!(found("= ANY($1)"), [2, 4]);
    assert_eq!(found("<> ALL($1)"), [1, 3]);
}

#[test]
fn a_list_for_something_else_is_refused() {
    let mut conn = connect();

    let error = conn.execute("SELECT $1::int", &[Value::List(&[])]).unwrap_err();
    assert!(error.to_string().ends_with("type `int4`, found a list"), "{error}");

    let nested = [Value::List(&[])];
    let error = conn.execute("SELECT $1::int[]", &[Value::List(&nested)]).unwrap_err();
    assert!(error.to_string().ends_with("type `int4`, found a list"), "{error}");

    let mixed = [Value::I64(1), "2".into()];
    let error = conn.execute("SELECT $1::int[]", &[Value::List(&mixed)]).unwrap_err();
    assert!(error.to_string().ends_with("type `int4`, found text"), "{error}");
}
