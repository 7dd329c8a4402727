//! Values on their way to the server, in the binary format of the type it inferred for each parameter.
//!
//! A value that the type cannot hold exactly is refused here, before anything is sent.

use std::error::Error as StdError;
use std::fmt;

use bytes::{BufMut as _, BytesMut};
use orm_core::error::{Error, Result};
use orm_core::value::Value;
use tokio_postgres::types::{IsNull, ToSql, Type};

use crate::format::Format;
use crate::{array, numeric, time};

/// The most bytes in one value, a limit of the server.
const MAX_LENGTH: usize = 0x3FFF_FFFF;
const JSONB_VERSION: u8 = 1;

/// A value and the position of its parameter, from 0.
pub(crate) struct Bound<'a> {
    value: &'a Value<'a>,
    position: usize,
}

impl<'a> Bound<'a> {
    /// Returns the values of a statement, ready to be sent.
    pub(crate) fn all(values: &'a [Value<'a>]) -> impl ExactSizeIterator<Item = Self> {
        values.iter().enumerate().map(|(position, value)| Self { value, position })
    }
}

/// The kind only: `tokio-postgres` logs parameters by their debug form.
impl fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.value.kind())
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self.value {
            Value::Null => return Ok(IsNull::Yes),
            Value::List(elements) => write_array(elements, ty, out),
            Value::Array(elements) => write_array(elements, ty, out),
            value => write_value(value, ty, Format::of(ty), out),
        }
        .map_err(|error| error.at_bind(self.position))?;
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(ty, out)
    }
}

/// Writes a one-dimensional array (`array_send` in PostgreSQL's `arrayfuncs.c`).
fn write_array(elements: &[Value<'_>], ty: &Type, out: &mut BytesMut) -> Result<()> {
    let element_type = array::element_of(ty).ok_or_else(|| mismatch(ty, "a list"))?;
    let length = i32::try_from(elements.len())
        .map_err(|_| Error::encode("a list of at most 2^31 - 1 elements", "a longer list"))?;
    out.put_i32(i32::from(length > 0));
    out.put_i32(i32::from(elements.iter().any(Value::is_null)));
    out.put_u32(element_type.oid());
    if length == 0 {
        return Ok(());
    }
    out.put_i32(length);
    out.put_i32(1);
    let format = Format::of(element_type);
    for element in elements {
        let length_at = out.len();
        out.put_i32(-1);
        if !element.is_null() {
            write_value(element, element_type, format, out)?;
            let length = i32::try_from(out.len() - length_at - 4).map_err(|_| too_long())?;
            out[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
        }
    }
    Ok(())
}

fn write_value(value: &Value<'_>, ty: &Type, format: Format, out: &mut BytesMut) -> Result<()> {
    match (value, format) {
        (Value::Bool(truth), Format::Bool) => out.put_u8(u8::from(*truth)),
        (Value::I16(number), _) => write_integer((*number).into(), value, ty, format, out)?,
        (Value::I32(number), _) => write_integer((*number).into(), value, ty, format, out)?,
        (Value::I64(number), _) => write_integer(*number, value, ty, format, out)?,
        (Value::F32(number), Format::Float4) => out.put_f32(*number),
        (Value::F32(number), Format::Float8) => out.put_f64((*number).into()),
        (Value::F64(number), Format::Float8) => out.put_f64(*number),
        (Value::F64(number), Format::Float4) => out.put_f32(narrowed(*number)?),
        (Value::Text(text), Format::Text) => write_text(text, out)?,
        (Value::Bytes(bytes), Format::Bytea) => write_bytes(bytes, out)?,
        (Value::Date(days), Format::Date) => {
            out.put_i32(time::date_to_wire(*days).ok_or_else(|| beyond(ty))?);
        }
        (Value::Time(micros), Format::Time) => {
            out.put_i64(time::time_of_day(*micros).ok_or_else(|| beyond(ty))?);
        }
        (Value::DateTime(micros), Format::Timestamp)
        | (Value::Timestamp(micros), Format::Timestamptz) => {
            out.put_i64(time::timestamp_to_wire(*micros).ok_or_else(|| beyond(ty))?);
        }
        (Value::Uuid(uuid), Format::Uuid) => out.put_slice(uuid),
        (Value::Decimal(number), Format::Numeric) => {
            numeric::write(*number, out).ok_or_else(|| beyond(ty))?;
        }
        (Value::Json(document), Format::Json) => write_text(document, out)?,
        (Value::Json(document), Format::Jsonb) => {
            if escapes_nul(document) {
                return Err(Error::encode("JSON without the character U+0000", "JSON with it"));
            }
            out.put_u8(JSONB_VERSION);
            write_text(document, out)?;
        }
        _ => return Err(mismatch(ty, value.kind())),
    }
    Ok(())
}

/// Integers go wherever they can be held exactly.
fn write_integer(
    number: i64,
    value: &Value<'_>,
    ty: &Type,
    format: Format,
    out: &mut BytesMut,
) -> Result<()> {
    match format {
        Format::Int2 => out.put_i16(number.try_into().map_err(|_| beyond(ty))?),
        Format::Int4 => out.put_i32(number.try_into().map_err(|_| beyond(ty))?),
        Format::Int8 => out.put_i64(number),
        Format::Oid => out.put_u32(number.try_into().map_err(|_| beyond(ty))?),
        Format::Float4 => out.put_f32(narrowed(exact_float(number)?)?),
        Format::Float8 => out.put_f64(exact_float(number)?),
        Format::Numeric => {
            numeric::write(orm_core::value::DecimalValue::new(number.into(), 0), out)
                .ok_or_else(|| beyond(ty))?;
        }
        _ => return Err(mismatch(ty, value.kind())),
    }
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a number that comes back different is refused"
)]
fn exact_float(number: i64) -> Result<f64> {
    let float = number as f64;
    // 2^63 as a float saturates back to i64::MAX, which it is not.
    if float as i64 == number && number != i64::MAX {
        return Ok(float);
    }
    Err(Error::encode("an integer that a floating-point number holds exactly", "a larger one"))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a number that comes back different is refused"
)]
fn narrowed(number: f64) -> Result<f32> {
    let narrow = number as f32;
    if f64::from(narrow).to_bits() == number.to_bits() || number.is_nan() {
        return Ok(narrow);
    }
    Err(Error::encode("a number that `real` holds exactly", "a 64-bit floating-point number"))
}

fn write_text(text: &str, out: &mut BytesMut) -> Result<()> {
    if text.as_bytes().contains(&0) {
        return Err(Error::encode("text without the character U+0000", "text with it"));
    }
    write_bytes(text.as_bytes(), out)
}

/// Whether a JSON document has the character U+0000, which `jsonb` cannot hold since it is text.
fn escapes_nul(document: &str) -> bool {
    let mut rest = document;
    while let Some((_, escape)) = rest.split_once('\\') {
        if escape.starts_with("u0000") {
            return true;
        }
        // What follows a backslash is no backslash of its own.
        let mut characters = escape.chars();
        characters.next();
        rest = characters.as_str();
    }
    false
}

fn write_bytes(bytes: &[u8], out: &mut BytesMut) -> Result<()> {
    if bytes.len() > MAX_LENGTH {
        return Err(too_long());
    }
    out.put_slice(bytes);
    Ok(())
}

#[cold]
fn mismatch(ty: &Type, found: &str) -> Error {
    Error::encode(format!("a value for the type `{}`", ty.name()), found)
}

#[cold]
fn beyond(ty: &Type) -> Error {
    Error::encode(format!("a value in the range of the type `{}`", ty.name()), "one beyond it")
}

#[cold]
fn too_long() -> Error {
    Error::encode("a value of less than 1 GiB", "a longer one")
}
