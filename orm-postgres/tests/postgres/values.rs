//! Every kind of value comes back as it was sent, and a value that cannot is refused.

use std::fmt::Debug;

use orm_core::error::Result;
use orm_core::value::{DecimalValue, Row, Value};

use crate::server::{connect, number, one};

/// Sends each value as the type, and expects it back and PostgreSQL to see what was meant.
fn assert_round_trips<T: PartialEq + Debug>(
    sql_type: &str,
    read: impl Fn(&dyn Row) -> Result<T>,
    cases: &[(Value<'_>, T, &str)],
) {
    let mut conn = connect();
    let sql = format!("SELECT v, v::text FROM (SELECT $1::{sql_type} AS v) AS s");
    for (sent, expected, shown) in cases {
        let (found, text) = one(&mut *conn, &sql, std::slice::from_ref(sent), |row| {
            Ok((read(row)?, row.text(1)?.to_owned()))
        })
        .unwrap();

        assert_eq!(&found, expected, "{sql_type}");
        assert_eq!(&text, shown, "{sql_type}");
    }
}

/// The message for a value that is refused before it is sent; the connection goes on.
fn refusal(sql_type: &str, value: Value<'_>) -> String {
    let mut conn = connect();
    let sql = format!("SELECT 1, $1::{sql_type}");

    let error = one(&mut *conn, &sql, &[value], |_| Ok(())).unwrap_err();

    assert!(matches!(error, orm_core::error::Error::Encode(_)), "{error:?}");
    assert_eq!(number(&mut *conn, "SELECT 1"), 1);
    error.to_string()
}

fn misread<T: Debug>(sql: &str, read: impl Fn(&dyn Row) -> Result<T>) -> String {
    one(&mut *connect(), sql, &[], read).unwrap_err().to_string()
}

#[test]
fn truth_values_come_back() {
    assert_round_trips(
        "boolean",
        |row| row.bool(0),
        &[(Value::Bool(true), true, "true"), (Value::Bool(false), false, "false")],
    );
}

#[test]
fn integers_of_every_width_come_back_at_their_extremes() {
    assert_round_trips(
        "smallint",
        |row| row.i64(0),
        &[
            (Value::I16(i16::MIN), -32_768, "-32768"),
            (Value::I32(32_767), 32_767, "32767"),
            (Value::I64(0), 0, "0"),
        ],
    );
    assert_round_trips(
        "integer",
        |row| row.i64(0),
        &[
            (Value::I32(i32::MIN), -2_147_483_648, "-2147483648"),
            (Value::I64(2_147_483_647), 2_147_483_647, "2147483647"),
            (Value::I16(-1), -1, "-1"),
        ],
    );
    assert_round_trips(
        "bigint",
        |row| row.i64(0),
        &[
            (Value::I64(i64::MIN), i64::MIN, "-9223372036854775808"),
            (Value::I64(i64::MAX), i64::MAX, "9223372036854775807"),
            (Value::I16(7), 7, "7"),
        ],
    );
}

#[test]
fn integers_are_sent_as_wider_numbers_where_these_hold_them_exactly() {
    assert_round_trips(
        "numeric",
        |row| row.decimal(0),
        &[(Value::I64(i64::MIN), DecimalValue::new(i64::MIN.into(), 0), "-9223372036854775808")],
    );
    assert_round_trips(
        "double precision",
        |row| row.f64(0),
        &[(Value::I64(1 << 53), 9_007_199_254_740_992.0, "9.007199254740992e+15")],
    );
    assert!(refusal("double precision", Value::I64((1 << 53) + 1)).contains("a larger one"));
    assert!(refusal("double precision", Value::I64(i64::MAX)).contains("a larger one"));
}

#[test]
fn an_integer_that_does_not_fit_is_refused_without_being_shown() {
    assert_eq!(
        refusal("smallint", Value::I64(32_768)),
        "a bound value: expected a value in the range of the type `int2`, found one beyond it"
    );
    assert!(refusal("integer", Value::I64(i64::MIN)).contains("`int4`"));
}

#[test]
fn floating_point_numbers_come_back_with_infinities() {
    assert_round_trips(
        "double precision",
        |row| row.f64(0),
        &[
            (Value::F64(f64::MIN_POSITIVE), f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (Value::F64(f64::MAX), f64::MAX, "1.7976931348623157e+308"),
            (Value::F64(-0.0), 0.0, "-0"),
            (Value::F64(f64::INFINITY), f64::INFINITY, "Infinity"),
            (Value::F32(0.5), 0.5, "0.5"),
        ],
    );
    assert_round_trips(
        "real",
        |row| row.f64(0),
        &[
            (Value::F32(f32::MAX), f64::from(f32::MAX), "3.4028235e+38"),
            (Value::F64(f64::NEG_INFINITY), f64::NEG_INFINITY, "-Infinity"),
            (Value::F64(0.25), 0.25, "0.25"),
        ],
    );
}

#[test]
fn nan_and_the_sign_of_zero_come_back() {
    let mut conn = connect();
    for sql in ["SELECT $1::real", "SELECT $1::double precision"] {
        let nan = one(&mut *conn, sql, &[Value::F64(f64::NAN)], |row| row.f64(0)).unwrap();
        let zero = one(&mut *conn, sql, &[Value::F64(-0.0)], |row| row.f64(0)).unwrap();

        assert!(nan.is_nan());
        assert!(zero.is_sign_negative());
    }
}

#[test]
fn a_double_that_real_would_round_is_refused() {
    assert!(refusal("real", Value::F64(0.1)).contains("`real` holds exactly"));
}

#[test]
fn text_comes_back_whatever_it_holds() {
    let cases =
        [("", ""), ("  ", "  "), ("zażółć", "zażółć"), ("🦀\u{10FFFF}'\"\\", "🦀\u{10FFFF}'\"\\")];
    for sql_type in ["text", "varchar(20)", "varchar"] {
        for (sent, expected) in cases {
            assert_round_trips(
                sql_type,
                |row| row.text(0).map(str::to_owned),
                &[(Value::from(sent), expected.to_owned(), expected)],
            );
        }
    }
}

#[test]
fn text_goes_into_enums_names_and_extension_types() {
    let mut conn = connect();
    conn.execute_script(
        "CREATE TYPE pg_temp.state AS ENUM ('new', 'in transit');
         CREATE DOMAIN pg_temp.short AS varchar(3)",
    )
    .unwrap();
    for sql in ["SELECT $1::pg_temp.state", "SELECT $1::name", "SELECT $1::char(3)"] {
        let found = one(&mut *conn, sql, &["new".into()], |row| row.text(0).map(str::to_owned));

        assert_eq!(found.unwrap(), "new");
    }
    let domain = one(&mut *conn, "SELECT $1::pg_temp.short", &["abc".into()], |row| {
        row.text(0).map(str::to_owned)
    });
    assert_eq!(domain.unwrap(), "abc");
}

#[test]
fn text_with_a_nul_is_refused_at_its_position() {
    let mut conn = connect();

    let error =
        conn.execute("SELECT $1::text, $2::text", &["fine".into(), "a\0b".into()]).unwrap_err();

    let orm_core::error::Error::Encode(error) = error else { panic!("{error:?}") };
    assert_eq!(error.bind, Some(1));
    assert_eq!(error.expected, "text without the character U+0000");
}

#[test]
fn bytes_come_back() {
    assert_round_trips(
        "bytea",
        |row| row.bytes(0).map(<[u8]>::to_vec),
        &[
            (Value::Bytes(vec![].into()), vec![], "\\x"),
            (Value::Bytes(vec![0, 255, 92].into()), vec![0, 255, 92], "\\x00ff5c"),
        ],
    );
}

#[test]
fn a_blob_of_a_mebibyte_comes_back() {
    let blob: Vec<u8> = (0..1 << 20).map(|at: u32| at.to_le_bytes()[1]).collect();
    let sent = [Value::Bytes(blob.as_slice().into())];

    let found =
        one(&mut *connect(), "SELECT $1::bytea", &sent, |row| row.bytes(0).map(<[u8]>::to_vec));

    assert!(found.unwrap() == blob);
}

#[test]
fn dates_come_back_from_the_first_to_the_last() {
    assert_round_trips(
        "date",
        |row| row.date(0),
        &[
            (Value::Date(0), 0, "1970-01-01"),
            (Value::Date(-1), -1, "1969-12-31"),
            (Value::Date(10_957), 10_957, "2000-01-01"),
            (Value::Date(-2_440_588), -2_440_588, "4714-11-24 BC"),
            (Value::Date(2_145_042_905), 2_145_042_905, "5874897-12-31"),
        ],
    );
    assert!(refusal("date", Value::Date(-2_440_589)).contains("`date`"));
    assert!(refusal("date", Value::Date(i32::MAX)).contains("`date`"));
}

#[test]
fn times_come_back() {
    assert_round_trips(
        "time",
        |row| row.time(0),
        &[
            (Value::Time(0), 0, "00:00:00"),
            (Value::Time(86_399_999_999), 86_399_999_999, "23:59:59.999999"),
        ],
    );
    assert!(refusal("time", Value::Time(-1)).contains("`time`"));
}

#[test]
fn timestamps_come_back_to_the_microsecond() {
    assert_round_trips(
        "timestamp",
        |row| row.datetime(0),
        &[
            (Value::DateTime(-1), -1, "1969-12-31 23:59:59.999999"),
            (Value::DateTime(1_000_001), 1_000_001, "1970-01-01 00:00:01.000001"),
        ],
    );
    assert_round_trips(
        "timestamptz AT TIME ZONE 'UTC'",
        |row| row.datetime(0),
        &[(Value::Timestamp(951_827_696_789_000), 951_827_696_789_000, "2000-02-29 12:34:56.789")],
    );
    let instant = one(
        &mut *connect(),
        "SELECT $1::timestamptz",
        &[Value::Timestamp(-210_866_803_200_000_000)],
        |row| row.timestamp(0),
    );
    assert_eq!(instant.unwrap(), -210_866_803_200_000_000);
    assert!(refusal("timestamptz", Value::Timestamp(i64::MIN)).contains("`timestamptz`"));
    assert!(refusal("timestamp", Value::DateTime(i64::MIN)).contains("`timestamp`"));
}

#[test]
fn a_timestamp_later_than_microseconds_can_count_is_refused() {
    let latest =
        one(&mut *connect(), "SELECT $1::timestamptz", &[Value::Timestamp(i64::MAX)], |row| {
            row.timestamp(0)
        });

    assert_eq!(latest.unwrap(), i64::MAX);
    let later = misread("SELECT '294276-12-31'::timestamp", |row| row.datetime(0));
    assert!(later.ends_with("found an infinite or later date"), "{later}");
}

#[test]
fn infinite_dates_are_no_dates() {
    assert_eq!(
        misread("SELECT 'infinity'::date", |row| row.date(0)),
        "column 0 of the row: expected a date, found an infinite date"
    );
    assert!(misread("SELECT '-infinity'::timestamp", |row| row.datetime(0)).contains("infinite"));
    assert!(misread("SELECT 'infinity'::timestamptz", |row| row.timestamp(0)).contains("infinite"));
}

#[test]
fn uuids_come_back() {
    let uuid = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255];
    assert_round_trips(
        "uuid",
        |row| row.uuid(0),
        &[(Value::Uuid(uuid), uuid, "00010203-0405-0607-0809-0a0b0c0d0eff")],
    );
}

#[test]
fn decimals_come_back_with_their_digits() {
    let case = |mantissa, scale, shown| {
        let number = DecimalValue::new(mantissa, scale);
        (Value::Decimal(number), number, shown)
    };
    assert_round_trips(
        "numeric",
        |row| row.decimal(0),
        &[
            case(0, 0, "0"),
            case(0, 3, "0.000"),
            case(-1, 0, "-1"),
            case(1_999, 2, "19.99"),
            case(100_000_000, 0, "100000000"),
            case(100_000_000, 4, "10000.0000"),
            case(-5, 5, "-0.00005"),
            case(79_228_162_514_264_337_593_543_950_335, 28, "7.9228162514264337593543950335"),
            case(-79_228_162_514_264_337_593_543_950_335, 0, "-79228162514264337593543950335"),
            case(i128::MAX, 0, "170141183460469231731687303715884105727"),
            case(i128::MIN, 38, "-1.70141183460469231731687303715884105728"),
            case(1, 40, "0.0000000000000000000000000000000000000001"),
        ],
    );
}

#[test]
fn a_number_that_is_no_decimal_is_refused() {
    assert_eq!(
        misread("SELECT 'NaN'::numeric", |row| row.decimal(0)),
        "column 0 of the row: expected a decimal number, found NaN"
    );
    assert!(misread("SELECT 'Infinity'::numeric", |row| row.decimal(0)).contains("an infinite"));
    assert!(misread("SELECT 1e40::numeric", |row| row.decimal(0)).contains("of more digits"));
}

#[test]
fn sums_of_integers_are_read_as_decimals_too() {
    let sums = one(
        &mut *connect(),
        "SELECT sum(n), sum(n::bigint), sum(n::int) FROM generate_series(1, 4) AS n",
        &[],
        |row| Ok((row.decimal(0)?, row.decimal(1)?, row.decimal(2)?)),
    );

    let ten = DecimalValue::new(10, 0);
    assert_eq!(sums.unwrap(), (ten, ten, ten));
}

#[test]
fn json_comes_back_as_its_text() {
    assert_round_trips(
        "json",
        |row| row.json(0).map(str::to_owned),
        &[(Value::Json("{\"a\":  [1]}".into()), "{\"a\":  [1]}".to_owned(), "{\"a\":  [1]}")],
    );
    assert_round_trips(
        "jsonb",
        |row| row.json(0).map(str::to_owned),
        &[(Value::Json("{\"a\":[1]}".into()), "{\"a\": [1]}".to_owned(), "{\"a\": [1]}")],
    );
}

#[test]
fn null_goes_anywhere_and_says_so_when_it_is_read() {
    let mut conn = connect();
    for sql in ["SELECT $1::int", "SELECT $1::jsonb", "SELECT $1::text[]", "SELECT $1::inet"] {
        assert!(one(&mut *conn, sql, &[Value::Null], |row| Ok(row.is_null(0))).unwrap());
    }
    assert_eq!(
        misread("SELECT NULL::int", |row| row.i64(0)),
        "column 0 of the row: expected an integer, found NULL\n\
         help: make the field an `Option`, or the column NOT NULL"
    );
    assert!(misread("SELECT NULL::int", |row| row.decimal(0)).contains("found NULL"));
}

#[test]
fn a_getter_of_another_type_says_what_it_found() {
    let found = |sql: &str| misread(sql, |row| row.i64(0));

    assert!(found("SELECT 'x'").ends_with("expected an integer, found `text`"));
    assert!(found("SELECT 1.5").ends_with("found `numeric`"));
    assert!(found("SELECT true").ends_with("found `bool`"));
    assert!(
        misread("SELECT '::1'::inet", |row| row.text(0).map(str::len)).ends_with("found `inet`")
    );
    assert!(
        misread("SELECT 1", |row| row.text(3).map(str::len)).ends_with("found a row of 1 columns")
    );
}

#[test]
fn a_value_of_another_kind_is_refused_with_both_names() {
    assert_eq!(
        refusal("integer", "1".into()),
        "a bound value: expected a value for the type `int4`, found text"
    );
    assert!(refusal("text", Value::I64(1)).ends_with("`text`, found a 64-bit integer"));
    assert!(refusal("timestamptz", Value::DateTime(0)).ends_with("found a date and time"));
    assert!(refusal("inet", "::1".into()).ends_with("`inet`, found text"));
}
