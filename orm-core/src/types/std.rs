//! Column types of the standard library: truth values, numbers, text and bytes.

use super::{ColumnType, SqlType};
use crate::error::{Error, Result};
use crate::value::{Row, Value};

impl ColumnType for bool {
    const SQL_TYPE: SqlType = SqlType::Boolean;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        row.bool(index)
    }

    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Bool(*self))
    }
}

/// Integers are read as 64 bits and must fit: a wider stored value is an error, not a wrapped one.
macro_rules! integer {
    ($($type:ty => $sql:ident as $value:ident($wide:ty)),* $(,)?) => {$(
        impl ColumnType for $type {
            const SQL_TYPE: SqlType = SqlType::$sql;

            fn read(row: &dyn Row, index: usize) -> Result<Self> {
                let wide = row.i64(index)?;
                Self::try_from(wide).map_err(|_| out_of_range(index, stringify!($type), wide))
            }

            fn to_value(&self) -> Result<Value<'_>> {
                Ok(Value::$value(<$wide>::from(*self)))
            }
        }
    )*};
}

integer! {
    i16 => SmallInt as I16(i16),
    i32 => Integer as I32(i32),
    u8 => SmallInt as I16(i16),
    u16 => Integer as I32(i32),
    u32 => BigInt as I64(i64),
}

#[cold]
fn out_of_range(index: usize, expected: &str, found: i64) -> Error {
    Error::decode(index, format!("a number that fits `{expected}`"), format!("the integer {found}"))
}

impl ColumnType for i64 {
    const SQL_TYPE: SqlType = SqlType::BigInt;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        row.i64(index)
    }

    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::I64(*self))
    }
}

impl ColumnType for f64 {
    const SQL_TYPE: SqlType = SqlType::Double;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        row.f64(index)
    }

    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::F64(*self))
    }
}

impl ColumnType for f32 {
    const SQL_TYPE: SqlType = SqlType::Real;

    #[expect(clippy::cast_possible_truncation, reason = "a number beyond f32's range is refused")]
    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        let wide = row.f64(index)?;
        let narrow = wide as Self;
        if narrow.is_infinite() && wide.is_finite() {
            return Err(Error::decode(index, "a number that fits `f32`", "a larger number"));
        }
        Ok(narrow)
    }

    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::F32(*self))
    }
}

impl ColumnType for String {
    const SQL_TYPE: SqlType = SqlType::Text { length: None };

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        row.text(index).map(str::to_owned)
    }

    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Text(self.as_str().into()))
    }

    fn into_value(self) -> Result<Value<'static>> {
        Ok(Value::Text(self.into()))
    }
}

impl ColumnType for Vec<u8> {
    const SQL_TYPE: SqlType = SqlType::Bytes;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        row.bytes(index).map(<[u8]>::to_vec)
    }

    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Bytes(self.as_slice().into()))
    }

    fn into_value(self) -> Result<Value<'static>> {
        Ok(Value::Bytes(self.into()))
    }
}
