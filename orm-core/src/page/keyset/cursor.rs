//! Cursors as text: the values that a row is ordered by, and the order that they are of.
//!
//! Bytes in base64: a version, the hash of the order, the values, and a checksum. Who forges a cursor
//! gets another place in the rows, which the query would have shown anyway.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::order::Term;
use crate::ast::ColumnRef;
use crate::error::{Error, Result};
use crate::types::SqlType;
use crate::value::{DecimalValue, Value};

const VERSION: u8 = 1;

/// The most digits after the point of a decimal, those of PostgreSQL's `numeric`.
const MAX_SCALE: u32 = 16_383;

/// Returns the cursor of a row with these values of the terms.
pub(super) fn encode(values: &[Value<'_>], terms: &[Term]) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend(hash_of(terms).to_be_bytes());
    for value in values {
        bytes.push(u8::from(!value.is_null()));
        write(&mut bytes, value);
    }
    bytes.extend(hash(&bytes).to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns the values of the terms that `cursor` was made of.
///
/// # Errors
///
/// [`Error::InvalidCursor`] if [`encode`] did not make it of these terms.
pub(super) fn decode(cursor: &str, terms: &[Term]) -> Result<Vec<Value<'static>>> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| damaged())?;
    let (content, checksum) = bytes.split_last_chunk().ok_or_else(damaged)?;
    if hash(content).to_be_bytes() != *checksum {
        return Err(damaged());
    }
    let ([version, order @ ..], content) = content.split_first_chunk::<5>().ok_or_else(damaged)?;
    if *version != VERSION || hash_of(terms).to_be_bytes() != *order {
        return Err(of_another_order());
    }
    parse(content, terms).ok_or_else(damaged)
}

fn parse(content: &[u8], terms: &[Term]) -> Option<Vec<Value<'static>>> {
    let mut rest = content;
    let values = terms.iter().map(|term| match parse_array(&mut rest)? {
        [0] if term.place_of_null.is_some() => Some(Value::Null),
        [1] => parse_value(term.sql_type, &mut rest),
        _ => None,
    });
    let values = values.collect::<Option<Vec<_>>>()?;
    rest.is_empty().then_some(values)
}

/// Reads the value that [`write`] wrote, of those that [`SqlType::read`] returns for the type.
fn parse_value(sql_type: SqlType, bytes: &mut &[u8]) -> Option<Value<'static>> {
    Some(match sql_type {
        SqlType::Boolean => Value::Bool(parse_plain(bytes)?),
        SqlType::SmallInt | SqlType::Integer | SqlType::BigInt => Value::I64(parse_plain(bytes)?),
        SqlType::Real | SqlType::Double => Value::F64(parse_plain(bytes)?),
        SqlType::Text { .. } | SqlType::Enum(_) | SqlType::Other(_) | SqlType::Array(_) => {
            Value::Text(parse_text(bytes)?.into())
        }
        SqlType::Bytes => Value::Bytes(parse_bytes(bytes)?.to_owned().into()),
        SqlType::Date => Value::Date(parse_plain(bytes)?),
        SqlType::Time => Value::Time(parse_plain(bytes)?),
        SqlType::DateTime => Value::DateTime(parse_plain(bytes)?),
        SqlType::Timestamp => Value::Timestamp(parse_plain(bytes)?),
        SqlType::Uuid => Value::Uuid(parse_array(bytes)?),
        SqlType::Decimal { .. } => {
            let (mantissa, scale) = (parse_plain(bytes)?, parse_plain(bytes)?);
            (scale <= MAX_SCALE).then(|| Value::Decimal(DecimalValue::new(mantissa, scale)))?
        }
        SqlType::Json => Value::Json(parse_text(bytes)?.into()),
    })
}

/// The error of a cursor that is no cursor, or not any more.
#[cold]
pub(super) fn damaged() -> Error {
    Error::InvalidCursor(
        "the cursor of the page is damaged: it is no text that a page returned".into(),
    )
}

#[cold]
fn of_another_order() -> Error {
    Error::InvalidCursor(
        "the cursor of the page is of a query with another order: begin again without it".into(),
    )
}

/// Appends a value, in a form that its type is needed to read; nothing for NULL.
fn write(bytes: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Bool(value) => write_plain(bytes, value),
        Value::I64(value)
        | Value::Time(value)
        | Value::DateTime(value)
        | Value::Timestamp(value) => write_plain(bytes, value),
        Value::Date(value) => write_plain(bytes, value),
        Value::F64(value) => write_plain(bytes, value),
        Value::Text(text) | Value::Json(text) => write_bytes(bytes, text.as_bytes()),
        Value::Bytes(value) => write_bytes(bytes, value),
        Value::Uuid(value) => bytes.extend(value),
        Value::Decimal(value) => {
            write_plain(bytes, &value.mantissa());
            write_plain(bytes, &value.scale());
        }
        // What `SqlType::read` returns is one of those above.
        _ => {}
    }
}

/// Appends what is written without a semicolon, and one.
fn write_plain(bytes: &mut Vec<u8>, value: &dyn fmt::Display) {
    bytes.extend(format!("{value};").into_bytes());
}

fn write_bytes(bytes: &mut Vec<u8>, value: &[u8]) {
    write_plain(bytes, &value.len());
    bytes.extend(value);
}

fn parse_plain<T: FromStr>(bytes: &mut &[u8]) -> Option<T> {
    let end = bytes.iter().position(|&byte| byte == b';')?;
    let (written, rest) = bytes.split_at(end);
    *bytes = &rest[1..];
    std::str::from_utf8(written).ok()?.parse().ok()
}

fn parse_bytes<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = parse_plain(bytes)?;
    let (value, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(value)
}

fn parse_text(bytes: &mut &[u8]) -> Option<String> {
    String::from_utf8(parse_bytes(bytes)?.to_owned()).ok()
}

fn parse_array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (value, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*value)
}

/// Returns what differs where the order does: columns, what they hold, directions and places of NULL.
fn hash_of(terms: &[Term]) -> u32 {
    let terms = terms.iter().map(|term| {
        let ColumnRef { table, alias, position } = term.column;
        let (source, column) = (alias.unwrap_or(&table.name), &table.columns[position].name);
        let Term { sql_type, direction, place_of_null, .. } = term;
        let kind = sql_type.description();
        format!("{source:?}.{column:?} {kind:?} {direction:?} {place_of_null:?};")
    });
    hash(terms.collect::<String>().as_bytes())
}

/// FNV-1a of 32 bits.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811C_9DC5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written_and_read(sql_type: SqlType, value: &Value<'static>) -> Option<Value<'static>> {
        let mut bytes = Vec::new();
        write(&mut bytes, value);
        let mut rest = bytes.as_slice();
        parse_value(sql_type, &mut rest).filter(|_| rest.is_empty())
    }

    #[test]
    fn every_kind_of_value_is_read_as_it_was_written() {
        for (sql_type, value) in [
            (SqlType::Boolean, Value::Bool(true)),
            (SqlType::BigInt, Value::I64(i64::MIN)),
            (SqlType::Double, Value::F64(0.1)),
            (SqlType::Double, Value::F64(f64::MIN_POSITIVE)),
            (SqlType::Double, Value::F64(f64::NEG_INFINITY)),
            (SqlType::Text { length: None }, Value::Text("a;b\u{0}\u{1F600}".into())),
            (SqlType::Text { length: None }, Value::Text("".into())),
            (SqlType::Bytes, Value::Bytes(vec![0, b';', 255].into())),
            (SqlType::Date, Value::Date(-1)),
            (SqlType::Time, Value::Time(1)),
            (SqlType::DateTime, Value::DateTime(i64::MAX)),
            (SqlType::Timestamp, Value::Timestamp(-1)),
            (SqlType::Uuid, Value::Uuid([b';'; 16])),
            (
                SqlType::Decimal { precision: None },
                Value::Decimal(DecimalValue::new(i128::MIN, 38)),
            ),
            (SqlType::Json, Value::Json(r#"{"a":1}"#.into())),
        ] {
            assert_eq!(written_and_read(sql_type, &value), Some(value));
        }
    }

    #[test]
    fn a_number_that_is_none_comes_back_as_none() {
        let nan = written_and_read(SqlType::Double, &Value::F64(f64::NAN));

        assert!(matches!(nan, Some(Value::F64(number)) if number.is_nan()));
    }

    #[test]
    fn a_value_that_is_cut_off_or_too_large_is_none() {
        for (sql_type, bytes) in [
            (SqlType::BigInt, "7"),
            (SqlType::BigInt, "99999999999999999999;"),
            (SqlType::Text { length: None }, "4;abc"),
            (SqlType::Text { length: None }, "-1;abc"),
            (SqlType::Bytes, "18446744073709551616;"),
            (SqlType::Uuid, "abc"),
            (SqlType::Decimal { precision: None }, "7;"),
            (SqlType::Decimal { precision: None }, "7;4000000000;"),
        ] {
            assert_eq!(parse_value(sql_type, &mut bytes.as_bytes()), None, "{sql_type:?} {bytes}");
        }
    }
}
