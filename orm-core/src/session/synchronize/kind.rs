//! Kinds of values that compare alike in memory and in every database.

use crate::error::Result;
use crate::types::SqlType;
use crate::value::Value;

/// What the values of an expression are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Integer,
    Single,
    Double,
    Text,
    Bytes,
    Uuid,
    Date,
    Time,
    DateTime,
    Timestamp,
    Decimal,
    /// What can only be set, or be NULL.
    Opaque,
}

impl Kind {
    /// Checks that values of both kinds can be compared, or put in order.
    ///
    /// # Errors
    ///
    /// What it is that only the database knows.
    pub(super) fn with(self, other: Self, is_order: bool) -> Result<(), &'static str> {
        match (self, other) {
            (Self::Opaque, _) | (_, Self::Opaque) => Err("documents and arrays"),
            (Self::Null, _) | (_, Self::Null) => Ok(()),
            // By the collation of the column or of the database.
            (Self::Text, Self::Text) if is_order => Err("the order of texts"),
            (Self::Bytes | Self::Uuid, _) if is_order => Err("the order of bytes"),
            (one, other) if one == other => Ok(()),
            _ => Err("comparisons of values of two types"),
        }
    }
}

pub(super) fn kind_of_column(sql_type: SqlType) -> Kind {
    match sql_type {
        SqlType::Boolean => Kind::Bool,
        SqlType::SmallInt | SqlType::Integer | SqlType::BigInt => Kind::Integer,
        SqlType::Real => Kind::Single,
        SqlType::Double => Kind::Double,
        SqlType::Text { .. } | SqlType::Enum(_) => Kind::Text,
        SqlType::Bytes => Kind::Bytes,
        SqlType::Date => Kind::Date,
        SqlType::Time => Kind::Time,
        SqlType::DateTime => Kind::DateTime,
        SqlType::Timestamp => Kind::Timestamp,
        SqlType::Uuid => Kind::Uuid,
        SqlType::Decimal { .. } => Kind::Decimal,
        _ => Kind::Opaque,
    }
}

pub(super) fn kind_of_value(value: &Value<'_>) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Bool,
        Value::I16(_) | Value::I32(_) | Value::I64(_) => Kind::Integer,
        Value::F32(_) => Kind::Single,
        Value::F64(_) => Kind::Double,
        Value::Text(_) => Kind::Text,
        Value::Bytes(_) => Kind::Bytes,
        Value::Date(_) => Kind::Date,
        Value::Time(_) => Kind::Time,
        Value::DateTime(_) => Kind::DateTime,
        Value::Timestamp(_) => Kind::Timestamp,
        Value::Uuid(_) => Kind::Uuid,
        Value::Decimal(_) => Kind::Decimal,
        Value::Json(_) | Value::Array(_) | Value::List(_) | Value::Rows(_) => Kind::Opaque,
    }
}
