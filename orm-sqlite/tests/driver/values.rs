//! Every kind of value comes back as it was written, and as nothing else.

use orm_core::error::{Error, Result};
use orm_core::value::{DecimalValue, Row, Value};

use crate::{Connection, memory, one};

/// Returns `value` after it was stored in a column of the declared type.
fn stored<T>(declared: &str, value: Value<'_>, read: impl Fn(&dyn Row) -> Result<T>) -> Result<T> {
    let mut connection = memory(&format!("CREATE TABLE t (v {declared})"));
    connection.execute("INSERT INTO t VALUES (?1)", &[value])?;
    one(&mut connection, "SELECT v FROM t", &[], read)
}

fn selected<T>(sql: &str, read: impl Fn(&dyn Row) -> Result<T>) -> Result<T> {
    one(&mut memory(""), sql, &[], read)
}

fn decode_message<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result.unwrap_err() {
        error @ Error::Decode(_) => error.to_string(),
        other => panic!("not a decode error: {other:?}"),
    }
}

#[test]
fn integers_of_every_width_come_back() {
    for value in [i64::MIN, -1, 0, 1, i64::MAX] {
        assert_eq!(stored("BIGINT", Value::I64(value), |row| row.i64(0)).unwrap(), value);
    }
    for value in [i32::MIN, i32::MAX] {
        assert_eq!(stored("INT", Value::I32(value), |row| row.i64(0)).unwrap(), i64::from(value));
    }
    for value in [i16::MIN, i16::MAX] {
        assert_eq!(
            stored("SMALLINT", Value::I16(value), |row| row.i64(0)).unwrap(),
            i64::from(value)
        );
    }
}

#[test]
fn booleans_come_back() {
    for value in [true, false] {
        assert_eq!(stored("BOOLEAN", Value::Bool(value), |row| row.bool(0)).unwrap(), value);
    }
}

#[test]
fn floats_come_back_bit_by_bit() {
    let values = [
        0.0,
        0.1,
        1.0,
        -1.5,
        f64::MIN,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        f64::EPSILON,
        f64::INFINITY,
        f64::NEG_INFINITY,
        9_007_199_254_740_993.0,
        1e300,
    ];
    for value in values {
        let read = stored("DOUBLE PRECISION", Value::F64(value), |row| row.f64(0)).unwrap();
        assert_eq!(read.to_bits(), value.to_bits(), "{value}");
    }
    for value in [f32::MIN, f32::MAX, f32::MIN_POSITIVE, 0.1, f32::INFINITY] {
        let read = stored("REAL", Value::F32(value), |row| row.f64(0)).unwrap();
        assert_eq!(read.to_bits(), f64::from(value).to_bits(), "{value}");
    }
}

#[test]
fn a_negative_zero_comes_back_equal_without_its_sign() {
    let read = stored("DOUBLE PRECISION", Value::F64(-0.0), |row| row.f64(0)).unwrap();

    assert!(read.abs() < f64::MIN_POSITIVE);
    assert_eq!(read.to_bits(), 0.0_f64.to_bits());
}

#[test]
fn a_nan_is_not_null() {
    for declared in ["REAL", "DOUBLE PRECISION"] {
        let read = |row: &dyn Row| Ok((row.is_null(0), row.f64(0)?));
        let (is_null, value) = stored(declared, Value::F64(f64::NAN), read).unwrap();

        assert!(!is_null);
        assert!(value.is_nan());
    }
}

#[test]
fn text_comes_back() {
    let long = "ü".repeat(100_000);
    for text in ["", "abc", "a\0b", "\0", "\u{1F600} \u{10FFFF}", "'; DROP TABLE t; --", &long] {
        for declared in ["TEXT", "VARCHAR(80)"] {
            let read = stored(declared, text.into(), |row| row.text(0).map(str::to_owned));
            assert_eq!(read.unwrap(), text);
        }
    }
}

#[test]
fn text_that_looks_like_a_number_stays_text() {
    for text in ["007", "1e3", " 1"] {
        let read = stored("TEXT", text.into(), |row| row.text(0).map(str::to_owned));
        assert_eq!(read.unwrap(), text);
    }
}

#[test]
fn bytes_come_back() {
    let mebibyte: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    for bytes in [&[][..], &[0], &[255, 0, 128], &mebibyte] {
        let read = |row: &dyn Row| Ok((row.is_null(0), row.bytes(0)?.to_vec()));
        let (is_null, read) = stored("BLOB", Value::Bytes(bytes.into()), read).unwrap();

        assert!(!is_null);
        assert!(read == bytes, "{} bytes differ", bytes.len());
    }
}

#[test]
fn dates_and_times_come_back() {
    for days in [-719_528, -1, 0, 19_782, 2_932_896] {
        assert_eq!(stored("DATE", Value::Date(days), |row| row.date(0)).unwrap(), days);
    }
    for micros in [0, 1, 999_999, 1_000_000, 86_399_999_999] {
        assert_eq!(stored("TIME", Value::Time(micros), |row| row.time(0)).unwrap(), micros);
    }
    let first = -719_528 * 86_400_000_000;
    let last = 2_932_897 * 86_400_000_000 - 1;
    for micros in [first, -1, 0, 1, 1_709_164_800_000_000, last] {
        let read = stored("DATETIME", Value::DateTime(micros), |row| row.datetime(0));
        assert_eq!(read.unwrap(), micros);
        let read = stored("TIMESTAMP", Value::Timestamp(micros), |row| row.timestamp(0));
        assert_eq!(read.unwrap(), micros);
    }
}

#[test]
fn dates_and_times_are_stored_as_sqlite_writes_them() {
    let read = |row: &dyn Row| row.text(0).map(str::to_owned);

    assert_eq!(stored("DATE", Value::Date(0), read).unwrap(), "1970-01-01");
    assert_eq!(stored("TIMESTAMP", Value::Timestamp(0), read).unwrap(), "1970-01-01 00:00:00");
    assert_eq!(
        selected("SELECT datetime('1970-01-02') ", |row| row.timestamp(0)).unwrap(),
        86_400_000_000
    );
    assert!(selected("SELECT CURRENT_TIMESTAMP", |row| row.timestamp(0)).is_ok());
    assert!(selected("SELECT CURRENT_DATE", |row| row.date(0)).is_ok());
    assert!(selected("SELECT CURRENT_TIME", |row| row.time(0)).is_ok());
}

#[test]
fn timestamps_sort_as_they_follow_each_other() {
    let mut connection = memory("CREATE TABLE t (v TIMESTAMP)");
    let ascending = [-1_500_000, -1, 0, 1, 10, 500_000, 1_000_000, 60_000_000];
    for micros in ascending.into_iter().rev() {
        connection.execute("INSERT INTO t VALUES (?1)", &[Value::Timestamp(micros)]).unwrap();
    }

    let sorted =
        crate::all(&mut connection, "SELECT v FROM t ORDER BY v", &[], |row| row.timestamp(0));

    assert_eq!(sorted.unwrap(), ascending);
}

#[test]
fn a_date_that_sqlite_cannot_write_is_refused_with_its_position() {
    let mut connection = memory("CREATE TABLE t (a INT, b DATE)");

    let error = connection
        .execute("INSERT INTO t VALUES (?1, ?2)", &[Value::I64(1), Value::Date(i32::MAX)])
        .unwrap_err();

    let Error::Encode(error) = error else { panic!("not an encode error: {error:?}") };
    assert_eq!(error.bind, Some(1));
    assert_eq!(error.expected, "a date between the years 0 and 9999");
    assert_eq!(crate::integer(&mut connection, "SELECT count(*) FROM t"), 0);
}

#[test]
fn uuids_come_back() {
    for bytes in [[0; 16], [255; 16], *b"0123456789abcdef"] {
        assert_eq!(stored("UUID TEXT", Value::Uuid(bytes), |row| row.uuid(0)).unwrap(), bytes);
    }
    let text = stored("UUID TEXT", Value::Uuid([0xab; 16]), |row| row.text(0).map(str::to_owned));
    assert_eq!(text.unwrap(), "abababab-abab-abab-abab-abababababab");
}

#[test]
fn decimals_come_back_with_their_scale() {
    let numbers = [(0, 0), (0, 2), (1_00, 2), (-5, 3), (i128::MAX, 0), (i128::MIN, 28), (1, 38)];
    for (mantissa, scale) in numbers {
        let number = DecimalValue::new(mantissa, scale);
        let declared = "DECIMAL TEXT(40, 2) COLLATE \"decimal\"";
        let read = stored(declared, Value::Decimal(number), |row| row.decimal(0)).unwrap();
        assert_eq!(read, number);
    }
}

#[test]
fn decimals_of_other_writers_are_read() {
    let read = |row: &dyn Row| row.decimal(0);

    assert_eq!(selected("SELECT 42", read).unwrap(), DecimalValue::new(42, 0));
    assert_eq!(selected("SELECT 1.25", read).unwrap(), DecimalValue::new(125, 2));
    assert!(decode_message(selected("SELECT 9e999", read)).contains("floating-point"));
    assert!(decode_message(selected("SELECT 'abc'", read)).contains("other text"));
}

#[test]
fn json_comes_back() {
    for json in ["null", "\"\"", "{\"a\": [1, 2.50, \"ü\"]}", "12"] {
        let value = Value::Json(json.into());
        let read = stored("JSON TEXT", value, |row| row.json(0).map(str::to_owned));
        assert_eq!(read.unwrap(), json);
    }
}

#[test]
fn null_is_null_in_every_type_and_an_error_to_every_getter() {
    assert!(stored("TEXT", Value::Null, |row| Ok(row.is_null(0))).unwrap());
    let null = "SELECT NULL";
    let messages = [
        decode_message(selected(null, |row| row.bool(0))),
        decode_message(selected(null, |row| row.i64(0))),
        decode_message(selected(null, |row| row.f64(0))),
        decode_message(selected(null, |row| row.text(0).map(str::to_owned))),
        decode_message(selected(null, |row| row.bytes(0).map(<[u8]>::to_vec))),
        decode_message(selected(null, |row| row.date(0))),
        decode_message(selected(null, |row| row.time(0))),
        decode_message(selected(null, |row| row.datetime(0))),
        decode_message(selected(null, |row| row.timestamp(0))),
        decode_message(selected(null, |row| row.uuid(0))),
        decode_message(selected(null, |row| row.decimal(0))),
        decode_message(selected(null, |row| row.json(0).map(str::to_owned))),
    ];
    for message in messages {
        assert!(message.contains("found NULL"), "{message}");
    }
}

#[test]
fn a_value_of_another_type_is_never_converted() {
    let cases = [
        decode_message(selected("SELECT '1'", |row| row.i64(0))),
        decode_message(selected("SELECT 1.0", |row| row.i64(0))),
        decode_message(selected("SELECT 2", |row| row.bool(0))),
        decode_message(selected("SELECT '1.5'", |row| row.f64(0))),
        decode_message(selected("SELECT 9007199254740993", |row| row.f64(0))),
        decode_message(selected("SELECT 1", |row| row.text(0).map(str::to_owned))),
        decode_message(selected("SELECT 'a'", |row| row.bytes(0).map(<[u8]>::to_vec))),
        decode_message(selected("SELECT x'61'", |row| row.text(0).map(str::to_owned))),
        decode_message(selected("SELECT '2024-02-30'", |row| row.date(0))),
        decode_message(selected("SELECT 1", |row| row.timestamp(0))),
    ];
    assert_eq!(cases[0], "column 0 of the row: expected an integer, found text");
    assert_eq!(
        cases[9],
        "column 0 of the row: expected a timestamp in UTC as `YYYY-MM-DD HH:MM:SS.ffffff`, found an \
         integer"
    );
}

#[test]
fn text_that_is_not_utf_8_is_an_error() {
    let message = decode_message(selected("SELECT CAST(x'ff' AS TEXT)", |row| {
        row.text(0).map(str::to_owned)
    }));

    assert_eq!(message, "column 0 of the row: expected text, found text that is not UTF-8");
}

#[test]
fn a_column_that_the_row_does_not_have_is_an_error() {
    for index in [1, usize::MAX] {
        let read = |row: &dyn Row| {
            assert!(!row.is_null(index));
            row.i64(index)
        };
        assert!(decode_message(selected("SELECT 1", read)).contains("no such column in the row"));
    }
}

#[test]
fn a_text_is_read_twice_and_beside_others() {
    let mut connection: Connection = memory("");
    let sql = "SELECT 'first' || ?1, zeroblob(3), 'third'";

    let row = one(&mut connection, sql, &["!".into()], |row| {
        let (first, blob) = (row.text(0)?, row.bytes(1)?);
        let (again, third) = (row.text(0)?, row.text(2)?);
        Ok([first.to_owned(), again.to_owned(), third.to_owned(), format!("{blob:?}")])
    });

    assert_eq!(row.unwrap(), ["first!", "first!", "third", "[0, 0, 0]"]);
}

#[test]
fn a_database_in_utf_16_is_read_as_text() {
    let mut connection = memory("PRAGMA encoding = 'UTF-16'; CREATE TABLE t (v TEXT)");
    connection.execute("INSERT INTO t VALUES (?1)", &["ü\u{1F600}\0x".into()]).unwrap();

    let text = one(&mut connection, "SELECT v FROM t", &[], |row| {
        Ok((row.text(0)?.to_owned(), row.text(0)?.to_owned()))
    });

    assert_eq!(text.unwrap(), ("ü\u{1F600}\0x".to_owned(), "ü\u{1F600}\0x".to_owned()));
}
