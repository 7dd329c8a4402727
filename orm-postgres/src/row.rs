//! Rows: values read from the bytes that came over the wire, without a copy.
//!
//! Every getter accepts only the types whose values it gives exactly.

use std::error::Error as StdError;

use orm_core::error::{Error, Result};
use orm_core::value::{DecimalValue, Row, Value};
use tokio_postgres::types::{FromSql, Type};

use crate::format::Format;
use crate::{array, numeric, time};

/// Values in their binary formats, read by position.
pub(crate) trait Cells {
    /// Returns the value at `index` and its format; no bytes are NULL.
    fn at(&self, index: usize) -> (Format, Option<&[u8]>);

    /// Returns the type of the value at `index`, if there is one.
    fn type_at(&self, index: usize) -> Option<&Type>;

    /// Returns the name of the value at `index`, if it has one.
    fn name_at(&self, index: usize) -> Option<&str>;

    /// Returns how many values there are.
    fn width(&self) -> usize;
}

/// Reads values out of their binary formats.
#[derive(Debug)]
pub(crate) struct Reader<C>(C);

/// A row and the formats of its columns.
#[derive(Debug)]
pub(crate) struct RowCells<'r> {
    row: &'r tokio_postgres::Row,
    formats: &'r [Format],
}

pub(crate) type PostgresRow<'r> = Reader<RowCells<'r>>;

impl<'r> PostgresRow<'r> {
    /// Returns the row, whose columns have these formats.
    pub(crate) fn new(row: &'r tokio_postgres::Row, formats: &'r [Format]) -> Self {
        Self(RowCells { row, formats })
    }
}

impl Cells for RowCells<'_> {
    fn at(&self, index: usize) -> (Format, Option<&[u8]>) {
        let bytes = match self.row.try_get::<_, Option<Raw<'_>>>(index) {
            Ok(Some(Raw(bytes))) => Some(bytes),
            Ok(None) | Err(_) => None,
        };
        (self.formats.get(index).copied().unwrap_or(Format::Other), bytes)
    }

    fn type_at(&self, index: usize) -> Option<&Type> {
        self.row.columns().get(index).map(tokio_postgres::Column::type_)
    }

    fn name_at(&self, index: usize) -> Option<&str> {
        self.row.columns().get(index).map(tokio_postgres::Column::name)
    }

    fn width(&self) -> usize {
        self.row.len()
    }
}

impl<C: Cells> Reader<C> {
    fn at(&self, index: usize) -> (Format, Option<&[u8]>) {
        self.0.at(index)
    }

    #[cold]
    fn unexpected(&self, index: usize, expected: &str) -> Error {
        let Some(ty) = self.0.type_at(index) else {
            let found = format!("a row of {} columns", self.0.width());
            return Error::decode(index, expected, found);
        };
        if self.is_null(index) {
            return Error::decode(index, expected, "NULL");
        }
        Error::decode(index, expected, format!("`{}`", ty.name()))
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

impl<C: Cells> Row for Reader<C> {
    fn column_name(&self, index: usize) -> Option<&str> {
        self.0.name_at(index)
    }

    fn is_null(&self, index: usize) -> bool {
        self.at(index).1.is_none()
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

    fn array(&self, index: usize, each: &mut dyn FnMut(&dyn Row) -> Result<()>) -> Result<()> {
        let element_type = self.0.type_at(index).and_then(array::element_of);
        match (element_type, self.at(index).1) {
            (Some(ty), Some(bytes)) => array::read(bytes, index, |bytes| {
                each(&Reader(Element { ty, format: Format::of(ty), bytes }))
            }),
            _ => Err(self.unexpected(index, "an array")),
        }
    }
}

/// An element of an array, as the only value of a row.
#[derive(Debug)]
struct Element<'r> {
    ty: &'r Type,
    format: Format,
    bytes: Option<&'r [u8]>,
}

impl Cells for Element<'_> {
    fn at(&self, index: usize) -> (Format, Option<&[u8]>) {
        if index == 0 { (self.format, self.bytes) } else { (Format::Other, None) }
    }

    fn type_at(&self, index: usize) -> Option<&Type> {
        (index == 0).then_some(self.ty)
    }

    fn name_at(&self, _: usize) -> Option<&str> {
        None
    }

    fn width(&self) -> usize {
        1
    }
}

fn timestamp(bytes: &[u8], index: usize) -> Result<i64> {
    time::timestamp_from_wire(i64::from_be_bytes(fixed(bytes, index)?)).ok_or_else(|| {
        Error::decode(index, "a date before 294247-01-11", "an infinite or later date")
    })
}
