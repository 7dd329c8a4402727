//! Reading the current row of a statement: strictly, by position, without copying.

use orm_core::error::{Error, Result};
use orm_core::types::SqlType;
use orm_core::value::{DecimalValue, Row, Value};

use crate::ffi::{ColumnValue, Statement};
use crate::{decimal, declared, temporal};

impl Row for Statement<'_, '_> {
    fn column_name(&self, index: usize) -> Option<&str> {
        self.name(index)
    }

    #[inline]
    fn is_null(&self, index: usize) -> bool {
        self.has_no_value(index) && index < self.column_count()
    }

    fn bool(&self, index: usize) -> Result<bool> {
        match self.integer(index) {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(_) => Err(Error::decode(index, "a boolean, stored as 0 or 1", "another integer")),
            None => Err(self.mismatch(index, "a boolean")),
        }
    }

    fn i64(&self, index: usize) -> Result<i64> {
        self.integer(index).ok_or_else(|| self.mismatch(index, "an integer"))
    }

    fn f64(&self, index: usize) -> Result<f64> {
        const EXPECTED: &str = "a floating-point number";
        if let Some(value) = self.real(index) {
            return Ok(value);
        }
        match self.value(index) {
            ColumnValue::Integer(value) => exact_f64(value)
                .ok_or_else(|| Error::decode(index, EXPECTED, "an integer beyond 2^53")),
            ColumnValue::Text(b"NaN") => Ok(f64::NAN),
            _ => Err(self.mismatch(index, EXPECTED)),
        }
    }

    fn text(&self, index: usize) -> Result<&str> {
        self.text_as(index, "text")
    }

    fn bytes(&self, index: usize) -> Result<&[u8]> {
        match self.value(index) {
            ColumnValue::Blob(bytes) => Ok(bytes),
            _ => Err(self.mismatch(index, "bytes")),
        }
    }

    fn date(&self, index: usize) -> Result<i32> {
        self.parsed(index, "a date as `YYYY-MM-DD`", temporal::parse_date)
    }

    fn time(&self, index: usize) -> Result<i64> {
        self.parsed(index, "a time of day as `HH:MM:SS.ffffff`", temporal::parse_time)
    }

    fn datetime(&self, index: usize) -> Result<i64> {
        const EXPECTED: &str = "a date and time as `YYYY-MM-DD HH:MM:SS.ffffff`";
        self.parsed(index, EXPECTED, temporal::parse_datetime)
    }

    fn timestamp(&self, index: usize) -> Result<i64> {
        const EXPECTED: &str = "a timestamp in UTC as `YYYY-MM-DD HH:MM:SS.ffffff`";
        self.parsed(index, EXPECTED, temporal::parse_timestamp)
    }

    fn uuid(&self, index: usize) -> Result<[u8; 16]> {
        self.parsed(index, "a UUID as hyphenated text", parse_uuid)
    }

    fn decimal(&self, index: usize) -> Result<DecimalValue> {
        const EXPECTED: &str = "a decimal number of at most 38 digits";
        match self.value(index) {
            ColumnValue::Integer(value) => Ok(DecimalValue::new(value.into(), 0)),
            ColumnValue::Real(value) => decimal::from_f64(value)
                .ok_or_else(|| Error::decode(index, EXPECTED, "another floating-point number")),
            _ => self.parsed(index, EXPECTED, decimal::parse),
        }
    }

    fn json(&self, index: usize) -> Result<&str> {
        self.text_as(index, "JSON")
    }

    fn value(&self, index: usize) -> Result<Value<'_>> {
        let stored = self.value(index);
        if let ColumnValue::Null = stored {
            return Ok(Value::Null);
        }
        let declared = self.declared_type(index).and_then(declared::sql_type);
        if let Some(value) = declared.and_then(|sql_type| self.declared_value(index, sql_type)) {
            return Ok(value);
        }
        Ok(match stored {
            ColumnValue::Null => Value::Null,
            ColumnValue::Integer(number) => Value::I64(number),
            ColumnValue::Real(number) => Value::F64(number),
            ColumnValue::Text(_) => Value::Text(self.text(index)?.into()),
            ColumnValue::Blob(bytes) => Value::Bytes(bytes.into()),
        })
    }
}

impl Statement<'_, '_> {
    /// Returns the value at `index` if it is one of `sql_type`, of which it does not look as stored.
    fn declared_value(&self, index: usize, sql_type: SqlType) -> Option<Value<'_>> {
        match sql_type {
            SqlType::Boolean => self.bool(index).ok().map(Value::Bool),
            SqlType::Real | SqlType::Double => self.f64(index).ok().map(Value::F64),
            SqlType::Date => self.date(index).ok().map(Value::Date),
            SqlType::Time => self.time(index).ok().map(Value::Time),
            SqlType::DateTime => self.datetime(index).ok().map(Value::DateTime),
            SqlType::Timestamp => self.timestamp(index).ok().map(Value::Timestamp),
            SqlType::Uuid => self.uuid(index).ok().map(Value::Uuid),
            SqlType::Decimal { .. } => self.decimal(index).ok().map(Value::Decimal),
            SqlType::Json => self.json(index).ok().map(|json| Value::Json(json.into())),
            _ => None,
        }
    }

    #[inline]
    fn text_as(&self, index: usize, expected: &'static str) -> Result<&str> {
        let bytes = self.text_bytes(index).ok_or_else(|| self.mismatch(index, expected))?;
        std::str::from_utf8(bytes)
            .map_err(|_| Error::decode(index, expected, "text that is not UTF-8"))
    }

    #[inline]
    fn parsed<T>(
        &self,
        index: usize,
        expected: &'static str,
        parse: fn(&[u8]) -> Option<T>,
    ) -> Result<T> {
        let bytes = self.text_bytes(index).ok_or_else(|| self.mismatch(index, expected))?;
        parse(bytes).ok_or_else(|| Error::decode(index, expected, "other text"))
    }

    #[cold]
    fn mismatch(&self, index: usize, expected: &'static str) -> Error {
        let found = match self.value(index) {
            ColumnValue::Null if index >= self.column_count() => "no such column in the row",
            ColumnValue::Null => "NULL",
            ColumnValue::Integer(_) => "an integer",
            ColumnValue::Real(_) => "a floating-point number",
            ColumnValue::Text(_) => "text",
            ColumnValue::Blob(_) => "bytes",
        };
        Error::decode(index, expected, found)
    }
}

/// Expressions give integers where a float is meant, such as `sum` over a column of whole numbers.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a loss is what is tested for"
)]
fn exact_f64(value: i64) -> Option<f64> {
    let float = value as f64;
    // 2^63 itself is no i64, and would be cut off to the greatest one.
    (float < 9_223_372_036_854_775_808.0 && float as i64 == value).then_some(float)
}

fn parse_uuid(text: &[u8]) -> Option<[u8; 16]> {
    let mut digits = text.iter();
    let mut bytes = [0; 16];
    for (position, byte) in bytes.iter_mut().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) && *digits.next()? != b'-' {
            return None;
        }
        *byte = hex_digit(*digits.next()?)? << 4 | hex_digit(*digits.next()?)?;
    }
    digits.next().is_none().then_some(bytes)
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_a_float_only_if_nothing_is_lost() {
        assert_eq!(exact_f64(0), Some(0.0));
        assert_eq!(exact_f64(1 << 53), Some(9_007_199_254_740_992.0));
        assert_eq!(exact_f64((1 << 53) + 1), None);
        assert_eq!(exact_f64(i64::MAX), None);
        assert_eq!(exact_f64(i64::MIN), Some(-9_223_372_036_854_775_808.0));
    }

    #[test]
    fn a_uuid_is_read_in_either_case_and_only_with_its_hyphens() {
        let bytes = [
            0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17,
            0x40, 0x00,
        ];

        assert_eq!(parse_uuid(b"123e4567-e89b-12d3-a456-426614174000"), Some(bytes));
        assert_eq!(parse_uuid(b"123E4567-E89B-12D3-A456-426614174000"), Some(bytes));
        for wrong in [
            "",
            "123e4567e89b12d3a456426614174000",
            "123e4567-e89b-12d3-a456-42661417400g",
            "123e4567-e89b-12d3-a456-4266141740000",
        ] {
            assert_eq!(parse_uuid(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
