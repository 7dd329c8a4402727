//! Values on their way to and from a database, in forms that need no date, decimal or JSON library.
//!
//! Drivers bind [`Value`]s and hand out [`Row`]s; how a Rust type becomes a value is `types`' matter.

mod values;

use std::borrow::Cow;

pub(crate) use self::values::{KeepsValues, Values};
use crate::error::{Error, Result};

/// One value to bind: borrowed where the caller keeps it, owned where nobody else does.
///
/// # Examples
///
/// ```
/// use orm::Value;
///
/// let name = String::from("alice");
/// let bound = Value::from(name.as_str());
/// assert_eq!(bound, Value::Text("alice".into()));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// SQL NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// A 16-bit integer.
    I16(i16),
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// A 32-bit IEEE 754 number.
    F32(f32),
    /// A 64-bit IEEE 754 number.
    F64(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// A date of the proleptic Gregorian calendar, in days since 1970-01-01.
    Date(i32),
    /// A time of day, in microseconds since midnight.
    Time(i64),
    /// A date and time without a zone, in microseconds since 1970-01-01T00:00:00.
    DateTime(i64),
    /// An instant, in microseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64),
    /// A UUID, in network byte order.
    Uuid([u8; 16]),
    /// An exact decimal number.
    Decimal(DecimalValue),
    /// A JSON document.
    Json(Cow<'a, str>),
    /// An array, of backends that have them.
    Array(Vec<Value<'a>>),
    /// Values of one type, bound as a single parameter (an array, or what the backend has instead).
    List(&'a [Value<'a>]),
    /// Rows of values, given as one list a column, all of the same length; bound as a single parameter
    /// by backends without arrays.
    Rows(&'a [Vec<Value<'a>>]),
}

impl Value<'_> {
    /// Returns the same value borrowed from this one; no text or bytes are copied.
    pub fn borrow(&self) -> Value<'_> {
        match self {
            Value::Text(text) => Value::Text(Cow::Borrowed(text)),
            Value::Bytes(bytes) => Value::Bytes(Cow::Borrowed(bytes)),
            Value::Json(json) => Value::Json(Cow::Borrowed(json)),
            Value::Array(elements) => Value::List(elements),
            other => other.clone(),
        }
    }

    /// Returns the same value, owned; text and bytes that were borrowed are copied.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] for a list, which only exists while a statement is sent.
    pub fn into_owned(self) -> Result<Value<'static>> {
        Ok(match self {
            Value::Null => Value::Null,
            Value::Bool(value) => Value::Bool(value),
            Value::I16(value) => Value::I16(value),
            Value::I32(value) => Value::I32(value),
            Value::I64(value) => Value::I64(value),
            Value::F32(value) => Value::F32(value),
            Value::F64(value) => Value::F64(value),
            Value::Text(value) => Value::Text(value.into_owned().into()),
            Value::Bytes(value) => Value::Bytes(value.into_owned().into()),
            Value::Date(value) => Value::Date(value),
            Value::Time(value) => Value::Time(value),
            Value::DateTime(value) => Value::DateTime(value),
            Value::Timestamp(value) => Value::Timestamp(value),
            Value::Uuid(value) => Value::Uuid(value),
            Value::Decimal(value) => Value::Decimal(value),
            Value::Json(value) => Value::Json(value.into_owned().into()),
            Value::Array(elements) => {
                let owned = elements.into_iter().map(Value::into_owned);
                Value::Array(owned.collect::<Result<_>>()?)
            }
            list @ (Value::List(_) | Value::Rows(_)) => {
                return Err(Error::encode("a single value", list.kind()));
            }
        })
    }

    /// Whether this is SQL NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Returns what kind of value this is, for messages: never the value itself.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "NULL",
            Value::Bool(_) => "a boolean",
            Value::I16(_) => "a 16-bit integer",
            Value::I32(_) => "a 32-bit integer",
            Value::I64(_) => "a 64-bit integer",
            Value::F32(_) | Value::F64(_) => "a floating-point number",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::Date(_) => "a date",
            Value::Time(_) => "a time",
            Value::DateTime(_) => "a date and time",
            Value::Timestamp(_) => "a timestamp",
            Value::Uuid(_) => "a UUID",
            Value::Decimal(_) => "a decimal",
            Value::Json(_) => "JSON",
            Value::Array(_) => "an array",
            Value::List(_) => "a list",
            Value::Rows(_) => "a list of rows",
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::I64(number)
    }
}

/// An exact decimal number: `mantissa / 10^scale`.
///
/// # Examples
///
/// ```
/// use orm::DecimalValue;
///
/// let price = DecimalValue::new(1999, 2); // 19.99
/// assert_eq!((price.mantissa(), price.scale()), (1999, 2));
/// assert_eq!(price.to_string(), "19.99");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DecimalValue {
    // An i128 has an alignment of 16, which would make every `Value` 48 bytes instead of 32.
    high: i64,
    low: u64,
    scale: u32,
}

impl DecimalValue {
    /// Returns the number `mantissa / 10^scale`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the mantissa is cut into its two halves"
    )]
    pub const fn new(mantissa: i128, scale: u32) -> Self {
        Self { high: (mantissa >> 64) as i64, low: mantissa as u64, scale }
    }

    /// Returns the number without its decimal point.
    pub const fn mantissa(self) -> i128 {
        ((self.high as i128) << 64) | self.low as i128
    }

    /// Returns the count of digits after the decimal point.
    pub const fn scale(self) -> u32 {
        self.scale
    }
}

impl std::fmt::Display for DecimalValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.mantissa().unsigned_abs().to_string();
        let scale = self.scale as usize;
        let sign = if self.mantissa() < 0 { "-" } else { "" };
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

impl std::fmt::Debug for DecimalValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// One row in a driver's own buffer, read by position without copying.
///
/// A getter that meets NULL, or a value it cannot give exactly, returns [`Error::Decode`] with the
/// position; it never converts silently.
#[expect(clippy::missing_errors_doc, reason = "every getter fails as the trait says")]
pub trait Row {
    /// Returns the name of the column at `index`; `None` if there is no such column.
    fn column_name(&self, index: usize) -> Option<&str>;
    /// Whether the value at `index` is NULL.
    fn is_null(&self, index: usize) -> bool;
    /// Returns a truth value.
    fn bool(&self, index: usize) -> Result<bool>;
    /// Returns an integer of any width.
    fn i64(&self, index: usize) -> Result<i64>;
    /// Returns a floating-point number of any width, NaN and infinities included.
    fn f64(&self, index: usize) -> Result<f64>;
    /// Returns text.
    fn text(&self, index: usize) -> Result<&str>;
    /// Returns bytes.
    fn bytes(&self, index: usize) -> Result<&[u8]>;
    /// Returns a date, in days since 1970-01-01.
    fn date(&self, index: usize) -> Result<i32>;
    /// Returns a time of day, in microseconds since midnight.
    fn time(&self, index: usize) -> Result<i64>;
    /// Returns a date and time without a zone, in microseconds since 1970-01-01T00:00:00.
    fn datetime(&self, index: usize) -> Result<i64>;
    /// Returns an instant, in microseconds since 1970-01-01T00:00:00Z.
    fn timestamp(&self, index: usize) -> Result<i64>;
    /// Returns a UUID in network byte order.
    fn uuid(&self, index: usize) -> Result<[u8; 16]>;
    /// Returns an exact decimal number, with the digits it was stored with.
    fn decimal(&self, index: usize) -> Result<DecimalValue>;
    /// Returns the text of a JSON document.
    fn json(&self, index: usize) -> Result<&str>;
    /// Returns the value as one of the type that the column has, or as it is stored where that says
    /// nothing.
    fn value(&self, index: usize) -> Result<Value<'_>>;
    /// Calls `each` with the elements of an array, each as the only value of a row.
    fn array(&self, index: usize, _each: &mut dyn FnMut(&dyn Row) -> Result<()>) -> Result<()> {
        Err(Error::decode(index, "an array", "a value of a backend without arrays"))
    }
}
