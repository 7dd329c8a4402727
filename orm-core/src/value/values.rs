//! Values that are read as a row: what a row was, kept.

use super::{DecimalValue, Row, Value};
use crate::error::{Error, Result};

/// Values, read by position as those of a driver's row are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'v>(pub(crate) &'v [Value<'static>]);

impl Values<'_> {
    #[cold]
    fn mismatch(&self, index: usize, expected: &'static str) -> Error {
        let found = self.0.get(index).map_or("no such column in the row", Value::kind);
        Error::decode(index, expected, found)
    }
}

macro_rules! getters {
    ($($getter:ident -> $value:ty, $expected:literal: $($found:pat => $read:expr),+;)+) => {$(
        fn $getter(&self, index: usize) -> Result<$value> {
            match self.0.get(index) {
                $(Some($found) => Ok($read),)+
                _ => Err(self.mismatch(index, $expected)),
            }
        }
    )+};
}

impl Row for Values<'_> {
    fn column_name(&self, _: usize) -> Option<&str> {
        None
    }

    fn is_null(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(Value::is_null)
    }

    getters! {
        bool -> bool, "a boolean": Value::Bool(truth) => *truth;
        i64 -> i64, "an integer":
            Value::I64(number) => *number,
            Value::I32(number) => (*number).into(),
            Value::I16(number) => (*number).into();
        f64 -> f64, "a floating-point number":
            Value::F64(number) => *number,
            Value::F32(number) => (*number).into();
        text -> &str, "text": Value::Text(text) => text;
        bytes -> &[u8], "bytes": Value::Bytes(bytes) => bytes;
        date -> i32, "a date": Value::Date(days) => *days;
        time -> i64, "a time of day": Value::Time(micros) => *micros;
        datetime -> i64, "a date and time": Value::DateTime(micros) => *micros;
        timestamp -> i64, "a timestamp": Value::Timestamp(micros) => *micros;
        uuid -> [u8; 16], "a UUID": Value::Uuid(uuid) => *uuid;
        decimal -> DecimalValue, "a decimal number": Value::Decimal(number) => *number;
        json -> &str, "JSON": Value::Json(json) => json;
        value -> Value<'_>, "a value": value => value.borrow();
    }
}
