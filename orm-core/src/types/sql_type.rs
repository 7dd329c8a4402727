//! The SQL types a column can be declared with, before a dialect spells them.

use super::EnumDef;
use crate::error::Result;
use crate::value::{Row, Value};

/// A column's type, independent of any backend.
///
/// How each is declared:
///
/// | | SQLite | PostgreSQL |
/// | --- | --- | --- |
/// | `Boolean` | `BOOLEAN` | `boolean` |
/// | `SmallInt`, `Integer`, `BigInt` | `SMALLINT`, `INT`, `BIGINT`; `INTEGER` for a generated key | `smallint`, `integer`, `bigint` |
/// | `Real`, `Double` | `REAL`, `DOUBLE PRECISION` | `real`, `double precision` |
/// | `Text` | `TEXT`, `VARCHAR(n)` | `text`, `varchar(n)` |
/// | `Bytes` | `BLOB` | `bytea` |
/// | `Date`, `Time` | `DATE`, `TIME` (ISO 8601 text) | `date`, `time` |
/// | `DateTime` | `DATETIME` (ISO 8601 text) | `timestamp` |
/// | `Timestamp` | `TIMESTAMP` (ISO 8601 text in UTC) | `timestamptz` |
/// | `Uuid` | `UUID TEXT` | `uuid` |
/// | `Decimal` | `DECIMAL TEXT(p, s) COLLATE "decimal"`, compared as numbers | `numeric(p, s)` |
/// | `Json` | `JSON TEXT` | `jsonb` |
/// | `Enum` | `TEXT` with a CHECK | an enum type, or `text` with a CHECK |
/// | `Other` | never | never |
/// | `Array` | not at all | `bigint[]` and the like |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SqlType {
    /// A truth value.
    Boolean,
    /// A 16-bit integer.
    SmallInt,
    /// A 32-bit integer.
    Integer,
    /// A 64-bit integer.
    BigInt,
    /// A 32-bit floating-point number.
    Real,
    /// A 64-bit floating-point number.
    Double,
    /// Text.
    Text {
        /// The most characters the column holds, if it is limited.
        length: Option<u32>,
    },
    /// Bytes.
    Bytes,
    /// A date.
    Date,
    /// A time of day, to the microsecond.
    Time,
    /// A date and time without a zone, to the microsecond.
    DateTime,
    /// An instant, to the microsecond.
    Timestamp,
    /// A UUID.
    Uuid,
    /// An exact decimal number.
    Decimal {
        /// Digits in all, and digits after the decimal point, if they are limited.
        precision: Option<(u8, u8)>,
    },
    /// A JSON document.
    Json,
    /// One of a fixed set of texts.
    Enum(&'static EnumDef),
    /// What no Rust type holds, by its name in the database; only reflected tables have such columns.
    Other(&'static str),
    /// An array of values of one type.
    Array(&'static SqlType),
}

impl SqlType {
    /// Reads a value of this type from a row, owned.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`](crate::error::Error::Decode) if the stored value is not of this type.
    pub fn read(self, row: &dyn Row, index: usize) -> Result<Value<'static>> {
        if row.is_null(index) {
            return Ok(Value::Null);
        }
        Ok(match self {
            Self::Boolean => Value::Bool(row.bool(index)?),
            Self::SmallInt | Self::Integer | Self::BigInt => Value::I64(row.i64(index)?),
            Self::Real | Self::Double => Value::F64(row.f64(index)?),
            Self::Text { .. } | Self::Enum(_) => Value::Text(row.text(index)?.to_owned().into()),
            Self::Other(_) => row.value(index)?.into_owned()?,
            Self::Array(element) => {
                let mut elements = Vec::new();
                row.array(index, &mut |row| {
                    elements.push(element.read(row, 0)?);
                    Ok(())
                })?;
                Value::Array(elements)
            }
            Self::Bytes => Value::Bytes(row.bytes(index)?.to_owned().into()),
            Self::Date => Value::Date(row.date(index)?),
            Self::Time => Value::Time(row.time(index)?),
            Self::DateTime => Value::DateTime(row.datetime(index)?),
            Self::Timestamp => Value::Timestamp(row.timestamp(index)?),
            Self::Uuid => Value::Uuid(row.uuid(index)?),
            Self::Decimal { .. } => Value::Decimal(row.decimal(index)?),
            Self::Json => Value::Json(row.json(index)?.to_owned().into()),
        })
    }

    /// Returns this text type limited to `length` characters.
    ///
    /// # Panics
    ///
    /// If this is not a text type; in a derived model that is a compile error.
    #[expect(clippy::panic, reason = "evaluated at compile time, where a panic is a compile error")]
    #[must_use]
    pub const fn with_length(self, length: u32) -> Self {
        match self {
            Self::Text { .. } => Self::Text { length: Some(length) },
            _ => panic!("`length` is for text columns"),
        }
    }

    /// Returns this decimal type limited to `precision` digits, `scale` of them after the point.
    ///
    /// # Panics
    ///
    /// If this is not a decimal type; in a derived model that is a compile error.
    #[expect(clippy::panic, reason = "evaluated at compile time, where a panic is a compile error")]
    #[must_use]
    pub const fn with_precision(self, precision: u8, scale: u8) -> Self {
        match self {
            Self::Decimal { .. } if scale <= precision => {
                Self::Decimal { precision: Some((precision, scale)) }
            }
            Self::Decimal { .. } => panic!("`scale` is larger than `precision`"),
            _ => panic!("`precision` and `scale` are for decimal columns"),
        }
    }

    /// Returns what a column of this type holds, for messages.
    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::SmallInt | Self::Integer | Self::BigInt => "an integer",
            Self::Real | Self::Double => "a floating-point number",
            Self::Text { .. } | Self::Enum(_) => "text",
            Self::Bytes => "bytes",
            Self::Date => "a date",
            Self::Time => "a time of day",
            Self::DateTime => "a date and time",
            Self::Timestamp => "a timestamp",
            Self::Uuid => "a UUID",
            Self::Decimal { .. } => "a decimal number",
            Self::Json => "JSON",
            Self::Other(_) => "of a type that no Rust type holds",
            Self::Array(_) => "an array",
        }
    }

    /// Whether a value of this type can be read as one of `other`, as far as it is in its range: an
    /// integer as one of another width, an enum as text.
    pub fn is_read_as(self, other: Self) -> bool {
        self.description() == other.description()
    }

    /// Whether the database can generate keys of this type.
    pub const fn is_integer(self) -> bool {
        matches!(self, Self::SmallInt | Self::Integer | Self::BigInt)
    }
}
