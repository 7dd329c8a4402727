//! The values of a statement as text, for an engine that shows parameters.
//!
//! Meant for people: long texts are cut, and what a driver makes of a value does not matter here.

use std::fmt;

use crate::value::Value;

/// How many characters of a text, and how many bytes, are shown.
const LONGEST: usize = 100;

/// How many values of a statement, and how many elements of a list, are shown.
const MOST: usize = 100;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// Values in the order of their placeholders: `[7, "alice", NULL]`.
pub(super) struct Parameters<'v>(pub(super) &'v [Value<'v>]);

impl fmt::Display for Parameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (position, value) in self.0.iter().take(MOST).enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            write_value(f, value)?;
        }
        if self.0.len() > MOST {
            write!(f, ", … ({} in all)", self.0.len())?;
        }
        f.write_str("]")
    }
}

fn write_value(f: &mut fmt::Formatter<'_>, value: &Value<'_>) -> fmt::Result {
    match value {
        Value::Null => f.write_str("NULL"),
        Value::Bool(value) => write!(f, "{value}"),
        Value::I16(number) => write!(f, "{number}"),
        Value::I32(number) => write!(f, "{number}"),
        Value::I64(number) => write!(f, "{number}"),
        Value::F32(number) => write!(f, "{number:?}"),
        Value::F64(number) => write!(f, "{number:?}"),
        Value::Text(text) | Value::Json(text) => write_text(f, text),
        Value::Bytes(bytes) => write_bytes(f, bytes),
        Value::Date(days) => write_date(f, (*days).into()),
        Value::Time(micros) => write_time(f, *micros),
        Value::DateTime(micros) => write_datetime(f, *micros),
        Value::Timestamp(micros) => {
            write_datetime(f, *micros)?;
            f.write_str("Z")
        }
        Value::Uuid(bytes) => write_uuid(f, bytes),
        Value::Decimal(number) => write!(f, "{number}"),
        Value::Array(elements) => write!(f, "{}", Parameters(elements)),
        Value::List(elements) => write!(f, "{}", Parameters(elements)),
        Value::Rows(columns) => write_columns(f, columns),
    }
}

fn write_columns(f: &mut fmt::Formatter<'_>, columns: &[Vec<Value<'_>>]) -> fmt::Result {
    for (position, values) in columns.iter().enumerate() {
        f.write_str(if position == 0 { "(" } else { ", " })?;
        write!(f, "{}", Parameters(values))?;
    }
    f.write_str(")")
}

/// Writes the text with its control characters escaped, so that it cannot forge a line of a log.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    match text.char_indices().nth(LONGEST) {
        None => write!(f, "{text:?}"),
        Some((end, _)) => {
            write!(f, "{:?}… ({} characters)", &text[..end], text.chars().count())
        }
    }
}

fn write_bytes(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_str("0x")?;
    bytes.iter().take(LONGEST).try_for_each(|byte| write!(f, "{byte:02x}"))?;
    if bytes.len() > LONGEST {
        write!(f, "… ({} bytes)", bytes.len())?;
    }
    Ok(())
}

fn write_uuid(f: &mut fmt::Formatter<'_>, bytes: &[u8; 16]) -> fmt::Result {
    for (position, byte) in bytes.iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            f.write_str("-")?;
        }
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}

fn write_datetime(f: &mut fmt::Formatter<'_>, micros: i64) -> fmt::Result {
    write_date(f, micros.div_euclid(MICROS_PER_DAY))?;
    f.write_str("T")?;
    write_time(f, micros.rem_euclid(MICROS_PER_DAY))
}

fn write_time(f: &mut fmt::Formatter<'_>, micros: i64) -> fmt::Result {
    let (seconds, fraction) = (micros / MICROS_PER_SECOND, micros % MICROS_PER_SECOND);
    write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    if fraction != 0 {
        write!(f, ".{fraction:06}")?;
    }
    Ok(())
}

/// Writes a date of the proleptic Gregorian calendar, given in days since 1970-01-01: Howard
/// Hinnant's `civil_from_days`, which counts years from March and eras of 400 years.
fn write_date(f: &mut fmt::Formatter<'_>, days: i64) -> fmt::Result {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    write!(f, "{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::DecimalValue;

    fn shown(values: &[Value<'_>]) -> String {
        Parameters(values).to_string()
    }

    #[test]
    fn every_kind_of_value_is_shown_as_people_write_it() {
        let list = [Value::I32(1), Value::Null];
        let values = [
            Value::Null,
            Value::Bool(true),
            Value::I64(-7),
            Value::F64(0.5),
            Value::from("a\"b\n"),
            Value::Bytes(b"\x00\xff".into()),
            Value::Uuid(*b"\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef"),
            Value::Decimal(DecimalValue::new(1_050, 2)),
            Value::Json("{}".into()),
            Value::List(&list),
        ];

        assert_eq!(
            shown(&values),
            "[NULL, true, -7, 0.5, \"a\\\"b\\n\", 0x00ff, 01234567-89ab-cdef-0123-456789abcdef, \
             10.50, \"{}\", [1, NULL]]"
        );
    }

    #[test]
    fn dates_and_times_are_shown_by_the_calendar() {
        let values = [
            Value::Date(0),
            Value::Date(11_016), // 30 years of 365 days, 7 leap days, 31 + 28 days
            Value::Date(-1),
            Value::Time(86_399_000_001),
            Value::DateTime(-1),
            Value::Timestamp(0),
        ];

        assert_eq!(
            shown(&values),
            "[1970-01-01, 2000-02-29, 1969-12-31, 23:59:59.000001, 1969-12-31T23:59:59.999999, \
             1970-01-01T00:00:00Z]"
        );
    }

    #[test]
    fn long_texts_bytes_and_lists_are_cut() {
        let text = "ü".repeat(101);
        let numbers = vec![Value::I64(7); 101];

        assert_eq!(
            shown(&[Value::from(text.as_str())]),
            format!("[\"{}\"… (101 characters)]", "ü".repeat(100))
        );
        assert_eq!(
            shown(&[Value::Bytes(vec![0; 2000].into())]),
            format!("[0x{}… (2000 bytes)]", "00".repeat(100))
        );
        assert_eq!(shown(&numbers), format!("[{}… (101 in all)]", "7, ".repeat(100)));
    }
}
