//! The values by which rows find each other in memory.

mod columns;
mod hash;
mod index;

pub(crate) use self::columns::KeyColumns;
pub(crate) use self::hash::HashKeys;
pub(crate) use self::index::{KeyIndex, KeyMap};

use std::hash::{Hash, Hasher};

use crate::error::Result;
use crate::model::Model;
use crate::value::Value;

/// The values of a key's columns, equal where the database finds them equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// One integer, as most keys are.
    Integer(i64),
    /// Anything else.
    Parts(Box<[Part]>),
}

/// One value of a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    Integer(i64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
    Uuid([u8; 16]),
    /// A decimal without zeros at its end.
    Decimal(i128, u32),
}

/// By its values alone: those of one relation are all of one kind.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Integer(value) => value.hash(state),
            Self::Parts(parts) => parts.hash(state),
        }
    }
}

impl Key {
    /// Returns the key of the values; `None` if one is NULL, which nothing is equal to.
    pub(crate) fn of_values<'v>(values: impl IntoIterator<Item = Value<'v>>) -> Option<Self> {
        let mut values = values.into_iter();
        let first = Part::of(values.next()?)?;
        match (first, values.next()) {
            (Part::Integer(integer), None) => Some(Self::Integer(integer)),
            (first, second) => {
                let rest = second.into_iter().chain(values).map(Part::of);
                let parts: Option<Vec<Part>> = std::iter::once(Some(first)).chain(rest).collect();
                parts.map(|parts| Self::Parts(parts.into()))
            }
        }
    }

    /// Returns the key that is one value; `None` if it is NULL.
    pub(crate) fn of_value(value: Value<'_>) -> Option<Self> {
        match value {
            // As most are: nothing is moved to find out.
            Value::I64(integer) => Some(Self::Integer(integer)),
            value => Self::of_values([value]),
        }
    }

    /// Returns the key that a row has in these columns.
    pub(crate) fn of_row<M: Model>(row: &M, columns: &[usize]) -> Result<Option<Self>> {
        if let [column] = *columns {
            return row.value(column).map(Self::of_value);
        }
        let values: Result<Vec<_>> = columns.iter().map(|&column| row.value(column)).collect();
        Ok(Self::of_values(values?))
    }
}

impl Part {
    fn of(value: Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Null | Value::List(_) | Value::Array(_) | Value::Rows(_) => return None,
            Value::Bool(value) => Self::Integer(value.into()),
            Value::I16(value) => Self::Integer(value.into()),
            Value::I32(value) | Value::Date(value) => Self::Integer(value.into()),
            Value::I64(value)
            | Value::Time(value)
            | Value::DateTime(value)
            | Value::Timestamp(value) => Self::Integer(value),
            // Zero has two forms that are equal.
            Value::F32(value) => Self::Integer((f64::from(value) + 0.0).to_bits().cast_signed()),
            Value::F64(value) => Self::Integer((value + 0.0).to_bits().cast_signed()),
            Value::Text(value) | Value::Json(value) => Self::Text(value.into_owned().into()),
            Value::Bytes(value) => Self::Bytes(value.into_owned().into()),
            Value::Uuid(value) => Self::Uuid(value),
            Value::Decimal(value) => {
                let (mut mantissa, mut scale) = (value.mantissa(), value.scale());
                while scale > 0 && mantissa % 10 == 0 {
                    mantissa /= 10;
                    scale -= 1;
                }
                Self::Decimal(mantissa, scale)
            }
        })
    }
}
