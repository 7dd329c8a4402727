//! How values are stored: what SQLite has a type for as itself, everything else as text.

use orm_core::error::{Error, Result};
use orm_core::value::Value;

use crate::ffi::{Binder, Connection, Statement};
use crate::{list, temporal};

/// Returns the statement of `sql` with `values` bound, ready to run.
#[inline]
pub(crate) fn start<'c, 'v>(
    connection: &'c mut Connection,
    sql: &str,
    values: &'v [Value<'_>],
) -> Result<Statement<'c, 'v>> {
    start_bound(connection.statement(sql, values.len())?, values)
}

/// As [`start`], for a statement that was prepared already.
#[inline]
pub(crate) fn start_bound<'c, 'v>(
    mut binder: Binder<'c, 'v>,
    values: &'v [Value<'_>],
) -> Result<Statement<'c, 'v>> {
    for (position, value) in values.iter().enumerate() {
        bind(&mut binder, value).map_err(|error| error.at_bind(position))?;
    }
    binder.start()
}

/// As [`start`], for a statement that runs for longer than the values are there.
pub(crate) fn start_with_copies<'c>(
    connection: &'c mut Connection,
    sql: &str,
    values: &[Value<'_>],
) -> Result<Statement<'c, 'static>> {
    let mut binder = connection.statement(sql, values.len())?;
    for (position, value) in values.iter().enumerate() {
        let bound = match value {
            Value::Text(text) | Value::Json(text) => binder.bind_text_copied(text),
            Value::Bytes(bytes) => binder.bind_bytes_copied(bytes),
            other => bind_converted(&mut binder, other),
        };
        bound.map_err(|error| error.at_bind(position))?;
    }
    binder.start()
}

fn bind<'v>(binder: &mut Binder<'_, 'v>, value: &'v Value<'_>) -> Result<()> {
    match value {
        Value::Text(text) | Value::Json(text) => binder.bind_text(text),
        Value::Bytes(bytes) => binder.bind_bytes(bytes),
        other => bind_converted(binder, other),
    }
}

/// Binds a value in a form of its own, which is copied.
fn bind_converted(binder: &mut Binder<'_, '_>, value: &Value<'_>) -> Result<()> {
    match value {
        Value::Null => binder.bind_null(),
        Value::Bool(value) => binder.bind_i64((*value).into()),
        Value::I16(value) => binder.bind_i64((*value).into()),
        Value::I32(value) => binder.bind_i64((*value).into()),
        Value::I64(value) => binder.bind_i64(*value),
        Value::F32(value) => bind_f64(binder, (*value).into()),
        Value::F64(value) => bind_f64(binder, *value),
        Value::Date(days) => binder.bind_text_copied(temporal::date(*days)?.as_str()),
        Value::Time(micros) => binder.bind_text_copied(temporal::time(*micros)?.as_str()),
        Value::DateTime(micros) | Value::Timestamp(micros) => {
            binder.bind_text_copied(temporal::datetime(*micros)?.as_str())
        }
        Value::Uuid(bytes) => {
            let mut buffer = [0; UUID_LENGTH];
            binder.bind_text_copied(uuid_text(*bytes, &mut buffer))
        }
        Value::Decimal(number) => binder.bind_text_copied(&number.to_string()),
        Value::List(elements) => binder.bind_text_copied(&list::json(elements)?),
        Value::Rows(columns) => binder.bind_text_copied(&list::rows_json(columns)?),
        other => Err(Error::encode("a value that SQLite can store", other.kind())),
    }
}

/// SQLite makes a NaN NULL; as text it comes back, and like on PostgreSQL it sorts after all
/// numbers.
fn bind_f64(binder: &mut Binder<'_, '_>, value: f64) -> Result<()> {
    if value.is_nan() { binder.bind_text("NaN") } else { binder.bind_f64(value) }
}

pub(crate) const UUID_LENGTH: usize = 36;

/// Writes a UUID in lower case with hyphens.
pub(crate) fn uuid_text(bytes: [u8; 16], buffer: &mut [u8; UUID_LENGTH]) -> &str {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut at = 0;
    for (position, byte) in bytes.into_iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            buffer[at] = b'-';
            at += 1;
        }
        buffer[at] = DIGITS[usize::from(byte >> 4)];
        buffer[at + 1] = DIGITS[usize::from(byte & 15)];
        at += 2;
    }
    std::str::from_utf8(buffer).unwrap_or_default()
}
