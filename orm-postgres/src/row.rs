//! Rows: values read from the bytes that came over the wire, without a copy.
//!
//! Every getter accepts only the types whose values it gives exactly.

use std::error::Error as StdError;

use orm_core::error::{Error, Result};
use orm_core::value::{DecimalValue, Row, Value};
use tokio_postgres::types::{FromSql, Type};

use crate::format::Format;
use crate::{numeric, time};

/// A row and the formats of its columns.
#[derive(Debug)]
pub(crate) struct PostgresRow<'r> {
    row: &'r tokio_postgres::Row,
    formats: &'r [Format],
}

impl<'r> PostgresRow<'r> {
    /// Returns the row, whose columns have these formats.
    pub(crate) fn new(row: &'r tokio_postgres::Row, formats: &'r [Format]) -> Self {
        Self { row, formats }
    }

    fn bytes_at(&self, index: usize) -> Option<&'r [u8]> {
        match self.row.try_get::<_, Option<Raw<'r>>>(index) {
            Ok(Some(Raw(bytes))) => Some(bytes),
            Ok(None) | Err(_) => None,
        }
    }

    fn at(&self, index: usize) -> (Format, Option<&'r [u8]>) {
        (self.formats.get(index).copied().unwrap_or(Format::Other), self.bytes_at(index))
    }

    #[cold]
    fn unexpected(&self, index: usize, expected: &str) -> Error {
        let Some(column) = self.row.columns().get(index) else {
            let found = format!("a row of {} columns", self.row.len());
            return Error::decode(index, expected, found);
        };
        if self.bytes_at(index).is_none() {
            return Error::decode(index, expected, "NULL");
        }
        Error::decode(index, expected, format!("`{}`", column.type_().name()))
    }
}

/// The bytes of a value of any type.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Returns the bytes of a value whose type has a fixed size.
fn fixed<const N: usize>(bytes: &[u8], index: usize) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| malformed(index, N, bytes.len()))
}

#[cold]
fn malformed(index: usize, expected: usize, found: usize) -> Error {
    Error::decode(index, format!("a value of {expected} bytes"), format!("{found} bytes"))
}

fn utf8(bytes: &[u8], index: usize) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| Error::decode(index, "text", "bytes that are no UTF-8"))
}

impl Row for PostgresRow<'_> {
    fn column_name(&self, index: usize) -> Option<&str> {
        self.row.columns().get(index).map(tokio_postgres::Column::name)
    }

    fn is_null(&self, index: usize) -> bool {
        self.bytes_at(index).is_none()
    }

    fn bool(&self, index: usize) -> Result<bool> {
        match self.at(index) {
            (Format::Bool, Some(bytes)) => Ok(fixed::<1>(bytes, index)? != [0]),
            _ => Err(self.unexpected(index, "a boolean")),
        }
    }

    fn i64(&self, index: usize) -> Result<i64> {
        match self.at(index) {
            (Format::Int4, Some(bytes)) => Ok(i32::from_be_bytes(fixed(bytes, index)?).into()),
            (Format::Int8, Some(bytes)) => Ok(i64::from_be_bytes(fixed(bytes, index)?)),
            (Format::Int2, Some(bytes)) => Ok(i16::from_be_bytes(fixed(bytes, index)?).into()),
            (Format::Oid, Some(bytes)) => Ok(u32::from_be_bytes(fixed(bytes, index)?).into()),
            _ => Err(self.unexpected(index, "an integer")),
        }
    }

    fn f64(&self, index: usize) -> Result<f64> {
        match self.at(index) {
            (Format::Float8, Some(bytes)) => Ok(f64::from_be_bytes(fixed(bytes, index)?)),
            (Format::Float4, Some(bytes)) => Ok(f32::from_be_bytes(fixed(bytes, index)?).into()),
            _ => Err(self.unexpected(index, "a floating-point number")),
        }
    }

    fn text(&self, index: usize) -> Result<&str> {
        match self.at(index) {
            (Format::Text, Some(bytes)) => utf8(bytes, index),
            _ => Err(self.unexpected(index, "text")),
        }
    }

    fn bytes(&self, index: usize) -> Result<&[u8]> {
        match self.at(index) {
            (Format::Bytea, Some(bytes)) => Ok(bytes),
            _ => Err(self.unexpected(index, "bytes")),
        }
    }

    fn date(&self, index: usize) -> Result<i32> {
        let (Format::Date, Some(bytes)) = self.at(index) else {
            return Err(self.unexpected(index, "a date"));
        };
        time::date_from_wire(i32::from_be_bytes(fixed(bytes, index)?))
            .ok_or_else(|| Error::decode(index, "a date", "an infinite date"))
    }

    fn time(&self, index: usize) -> Result<i64> {
        let (Format::Time, Some(bytes)) = self.at(index) else {
            return Err(self.unexpected(index, "a time"));
        };
        time::time_of_day(i64::from_be_bytes(fixed(bytes, index)?))
            .ok_or_else(|| Error::decode(index, "a time", "another number"))
    }

    fn datetime(&self, index: usize) -> Result<i64> {
        let (Format::Timestamp, Some(bytes)) = self.at(index) else {
            return Err(self.unexpected(index, "a date and time"));
        };
        timestamp(bytes, index)
    }

    fn timestamp(&self, index: usize) -> Result<i64> {
        let (Format::Timestamptz, Some(bytes)) = self.at(index) else {
            return Err(self.unexpected(index, "a timestamp"));
        };
        timestamp(bytes, index)
    }

    fn uuid(&self, index: usize) -> Result<[u8; 16]> {
        match self.at(index) {
            (Format::Uuid, Some(bytes)) => fixed(bytes, index),
            _ => Err(self.unexpected(index, "a UUID")),
        }
    }

    fn decimal(&self, index: usize) -> Result<DecimalValue> {
        const EXPECTED: &str = "a decimal number";
        match self.at(index) {
            (Format::Numeric, Some(bytes)) => {
                numeric::read(bytes).map_err(|found| Error::decode(index, EXPECTED, found))
            }
            // Sums of integers are of the next wider type, which need not be `numeric`.
            (Format::Int2 | Format::Int4 | Format::Int8, _) if !self.is_null(index) => {
                Ok(DecimalValue::new(self.i64(index)?.into(), 0))
            }
            _ => Err(self.unexpected(index, EXPECTED)),
        }
    }

    fn json(&self, index: usize) -> Result<&str> {
        match self.at(index) {
            (Format::Json, Some(bytes)) | (Format::Jsonb, Some([1, bytes @ ..])) => {
                utf8(bytes, index)
            }
            _ => Err(self.unexpected(index, "JSON")),
        }
    }

    fn value(&self, index: usize) -> Result<Value<'_>> {
        let (format, Some(_)) = self.at(index) else { return Ok(Value::Null) };
        Ok(match format {
            Format::Bool => Value::Bool(self.bool(index)?),
            Format::Int2 | Format::Int4 | Format::Int8 | Format::Oid => {
                Value::I64(self.i64(index)?)
            }
            Format::Float4 | Format::Float8 => Value::F64(self.f64(index)?),
            Format::Text => Value::Text(self.text(index)?.into()),
            Format::Bytea => Value::Bytes(self.bytes(index)?.into()),
            Format::Date => Value::Date(self.date(index)?),
            Format::Time => Value::Time(self.time(index)?),
            Format::Timestamp => Value::DateTime(self.datetime(index)?),
            Format::Timestamptz => Value::Timestamp(self.timestamp(index)?),
            Format::Uuid => Value::Uuid(self.uuid(index)?),
            Format::Numeric => Value::Decimal(self.decimal(index)?),
            Format::Json | Format::Jsonb => Value::Json(self.json(index)?.into()),
            Format::Other => return Err(self.unexpected(index, "a type that has a Rust value")),
        })
    }
}

fn timestamp(bytes: &[u8], index: usize) -> Result<i64> {
    time::timestamp_from_wire(i64::from_be_bytes(fixed(bytes, index)?)).ok_or_else(|| {
        Error::decode(index, "a date before 294247-01-11", "an infinite or later date")
    })
}
