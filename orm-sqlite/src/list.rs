//! A list of values as the text of a JSON array, which `json_each` makes rows of.
//!
//! SQLite cannot bind an array; so the text of a statement does not depend on the length of a list.

use std::fmt::Write;

use orm_core::error::{Error, Result};
use orm_core::value::Value;

use crate::bind::{UUID_LENGTH, uuid_text};
use crate::temporal;

/// Returns `elements` as a JSON array.
pub(crate) fn json(elements: &[Value<'_>]) -> Result<String> {
    let mut json = String::with_capacity(elements.len() * 8 + 2);
    json.push('[');
    for (position, element) in elements.iter().enumerate() {
        if position > 0 {
            json.push(',');
        }
        write_element(&mut json, element)?;
    }
    json.push(']');
    Ok(json)
}

/// Returns the rows of `columns`, which are of equal length, as a JSON array of arrays.
pub(crate) fn rows_json(columns: &[Vec<Value<'_>>]) -> Result<String> {
    let count = columns.first().map_or(0, Vec::len);
    let mut json = String::with_capacity(count * columns.len() * 8 + 2);
    json.push('[');
    for row in 0..count {
        json.push_str(if row == 0 { "[" } else { ",[" });
        for (position, values) in columns.iter().enumerate() {
            if position > 0 {
                json.push(',');
            }
            values.get(row).map_or(Ok(()), |value| write_element(&mut json, value))?;
        }
        json.push(']');
    }
    json.push(']');
    Ok(json)
}

fn write_element(json: &mut String, element: &Value<'_>) -> Result<()> {
    match element {
        Value::Null => json.push_str("null"),
        Value::Bool(value) => json.push(if *value { '1' } else { '0' }),
        Value::I16(value) => write_integer(json, (*value).into()),
        Value::I32(value) => write_integer(json, (*value).into()),
        Value::I64(value) => write_integer(json, *value),
        Value::F32(value) => write_float(json, (*value).into()),
        Value::F64(value) => write_float(json, *value),
        Value::Text(text) | Value::Json(text) => write_text(json, text)?,
        Value::Bytes(bytes) => {
            json.push('"');
            for byte in bytes.iter() {
                let _ = write!(json, "{byte:02x}");
            }
            json.push('"');
        }
        Value::Date(days) => write_text(json, temporal::date(*days)?.as_str())?,
        Value::Time(micros) => write_text(json, temporal::time(*micros)?.as_str())?,
        Value::DateTime(micros) | Value::Timestamp(micros) => {
            write_text(json, temporal::datetime(*micros)?.as_str())?;
        }
        Value::Uuid(bytes) => write_text(json, uuid_text(*bytes, &mut [0; UUID_LENGTH]))?,
        Value::Decimal(number) => write_text(json, &number.to_string())?,
        other => return Err(Error::encode("a value that a list can hold", other.kind())),
    }
    Ok(())
}

fn write_integer(json: &mut String, value: i64) {
    let _ = write!(json, "{value}");
}

fn write_float(json: &mut String, value: f64) {
    if value.is_nan() {
        json.push_str("\"NaN\"");
    } else if value.is_infinite() {
        // JSON has no infinity; SQLite reads a number that is too large as one.
        json.push_str(if value > 0.0 { "9e999" } else { "-9e999" });
    } else {
        // The shortest digits that are read back as the same number, with a point or an exponent.
        let _ = write!(json, "{value:?}");
    }
}

fn write_text(json: &mut String, text: &str) -> Result<()> {
    // `json_each` would end the text there.
    if text.contains('\0') {
        return Err(Error::encode("texts without NUL characters in a list", "a text with one"));
    }
    write_quoted(json, text);
    Ok(())
}

/// Writes the text as a JSON string.
pub(crate) fn write_quoted(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            control if control < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use orm_core::value::DecimalValue;

    use super::*;

    #[test]
    fn numbers_keep_all_their_digits() {
        let elements = [
            Value::I64(i64::MIN),
            Value::I32(7),
            Value::Bool(true),
            Value::F64(0.1),
            Value::F64(1e300),
            Value::F64(-2.0),
        ];

        assert_eq!(json(&elements).unwrap(), "[-9223372036854775808,7,1,0.1,1e300,-2.0]");
    }

    #[test]
    fn what_json_has_no_number_for_is_written_so_that_sqlite_reads_it() {
        let elements =
            [Value::F64(f64::NAN), Value::F64(f64::INFINITY), Value::F64(f64::NEG_INFINITY)];

        assert_eq!(json(&elements).unwrap(), "[\"NaN\",9e999,-9e999]");
    }

    #[test]
    fn text_is_escaped() {
        let elements = [Value::from("a\"b\\c\nd\u{1F600}"), Value::Null];

        assert_eq!(json(&elements).unwrap(), "[\"a\\\"b\\\\c\\u000ad\u{1F600}\",null]");
    }

    #[test]
    fn other_values_are_written_as_they_are_stored() {
        let elements = [
            Value::Date(0),
            Value::Timestamp(1_500_000),
            Value::Decimal(DecimalValue::new(150, 2)),
            Value::Bytes(vec![0, 255].into()),
            Value::Uuid([0xab; 16]),
        ];

        assert_eq!(
            json(&elements).unwrap(),
            "[\"1970-01-01\",\"1970-01-01 00:00:01.500000\",\"1.50\",\"00ff\",\
             \"abababab-abab-abab-abab-abababababab\"]"
        );
    }

    #[test]
    fn rows_are_arrays_in_an_array() {
        let columns = [vec![Value::I64(1), Value::I64(2)], vec![Value::from("a"), Value::Null]];

        assert_eq!(rows_json(&columns).unwrap(), r#"[[1,"a"],[2,null]]"#);
        assert_eq!(rows_json(&[vec![], vec![]]).unwrap(), "[]");
    }

    #[test]
    fn a_list_in_a_list_is_refused() {
        let error = json(&[Value::List(&[])]).unwrap_err();

        assert!(matches!(error, Error::Encode(_)));
    }
}
