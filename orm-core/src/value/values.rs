//! Values that are read as a row: what a row was, kept.

use super::{DecimalValue, Row, Value};
use crate::error::{Error, Result};

/// Values, read by position as those of a driver's row are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'v>(pub(crate) &'v [Value<'static>]);

/// What keeps the values of a row.
pub(crate) trait KeepsValues {
    /// Returns the value at `index`, if there is one.
    fn kept(&self, index: usize) -> Option<&Value<'static>>;

    /// Returns the name of the column at `index`, if that is known.
    fn name(&self, _index: usize) -> Option<&str> {
        None
    }
}

impl KeepsValues for Values<'_> {
    fn kept(&self, index: usize) -> Option<&Value<'static>> {
        self.0.get(index)
    }
}

#[cold]
fn mismatch(found: Option<&Value<'_>>, index: usize, expected: &'static str) -> Error {
    Error::decode(index, expected, found.map_or("no such column in the row", Value::kind))
}

macro_rules! getters {
    ($($getter:ident -> $value:ty, $expected:literal: $($found:pat => $read:expr),+;)+) => {$(
        fn $getter(&self, index: usize) -> Result<$value> {
            match self.kept(index) {
                $(Some($found) => Ok($read),)+
                found => Err(mismatch(found, index, $expected)),
            }
        }
    )+};
}

impl<K: KeepsValues> Row for K {
    fn column_name(&self, index: usize) -> Option<&str> {
        self.name(index)
    }

    fn is_null(&self, index: usize) -> bool {
        self.kept(index).is_none_or(Value::is_null)
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
    }

    fn value(&self, index: usize) -> Result<Value<'_>> {
        self.kept(index).map(Value::borrow).ok_or_else(|| mismatch(None, index, "a value"))
    }

    fn array(&self, index: usize, each: &mut dyn FnMut(&dyn Row) -> Result<()>) -> Result<()> {
        match self.kept(index) {
            Some(Value::Array(elements)) => {
                elements.iter().try_for_each(|element| each(&Values(std::slice::from_ref(element))))
            }
            found => Err(mismatch(found, index, "an array")),
        }
    }
}
