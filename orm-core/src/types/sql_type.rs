//! The SQL types a column can be declared with, before a dialect spells them.

use super::EnumDef;

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
    /// An array of values of one type.
    Array(&'static SqlType),
}

impl SqlType {
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
    pub(super) const fn description(self) -> &'static str {
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
            Self::Array(_) => "an array",
        }
    }

    /// Whether the database can generate keys of this type.
    pub const fn is_integer(self) -> bool {
        matches!(self, Self::SmallInt | Self::Integer | Self::BigInt)
    }
}
