//! Rounding as PostgreSQL's `numeric` does: to the digits of a decimal number, halves away from zero.

use orm_core::value::DecimalValue;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, Result};

use crate::decimal;

/// How many digits of a float are certain: `DBL_DIG` of C, which PostgreSQL makes a `numeric` of.
const FLOAT_DIGITS: i32 = 15;

/// Adds the functions `decimal_round` and `float_round` to a connection.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("decimal_round", 2, flags, |context| {
        let Some(number) = decimal::argument(context, 0)? else { return Ok(None) };
        let rounded = round(number, digits(context)?).map(|number| number.to_string());
        rounded.map(Some).ok_or_else(decimal::too_long)
    })?;
    connection.create_scalar_function("float_round", 2, flags, |context| {
        // Whole numbers, NULL, and NaN, which is text, are what they are.
        let ValueRef::Real(number) = context.get_raw(0) else { return context.get(0) };
        Ok(Value::Real(round_float(number, digits(context)?)))
    })
}

fn digits(context: &Context<'_>) -> Result<u32> {
    let digits = context.get::<i64>(1)?;
    u32::try_from(digits)
        .map_err(|_| Error::UserFunctionError("numbers are rounded to 0 digits or more".into()))
}

/// Returns the number with this many digits after the point; `None` if it has too many in all.
fn round(number: DecimalValue, digits: u32) -> Option<DecimalValue> {
    if number.scale() <= digits {
        let factor = 10_i128.checked_pow(digits - number.scale())?;
        return Some(DecimalValue::new(number.mantissa().checked_mul(factor)?, digits));
    }
    let cut = 10_i128.checked_pow(number.scale() - digits);
    Some(DecimalValue::new(cut.map_or(0, |cut| divide(number.mantissa(), cut)), digits))
}

/// Divides by a positive number, halves away from zero.
fn divide(number: i128, by: i128) -> i128 {
    let (whole, rest) = (number / by, number % by);
    if rest.abs() >= by - rest.abs() { whole + number.signum() } else { whole }
}

/// Rounds the shortest decimal number of 15 digits that is nearest to `number`.
fn round_float(number: f64, digits: u32) -> f64 {
    if !number.is_finite() {
        return number;
    }
    let text = format!("{:.*e}", usize::try_from(FLOAT_DIGITS - 1).unwrap_or_default(), number);
    let Some((mantissa, exponent)) = text.split_once('e') else { return number };
    let mantissa: String = mantissa.chars().filter(|character| *character != '.').collect();
    let (Ok(mantissa), Ok(exponent)) = (mantissa.parse::<i128>(), exponent.parse::<i32>()) else {
        return number;
    };
    // The number is `mantissa * 10^(exponent - 14)`.
    let digits = i32::try_from(digits).unwrap_or(i32::MAX);
    let superfluous = (FLOAT_DIGITS - 1 - exponent).saturating_sub(digits);
    let (mantissa, scale) = match u32::try_from(superfluous) {
        Ok(superfluous @ 1..) => {
            let cut = 10_i128.checked_pow(superfluous);
            (cut.map_or(0, |cut| divide(mantissa, cut)), digits)
        }
        _ => (mantissa, FLOAT_DIGITS - 1 - exponent),
    };
    format!("{mantissa}e{}", -scale).parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(text: &str, digits: u32) -> Option<String> {
        round(decimal::parse(text.as_bytes())?, digits).map(|number| number.to_string())
    }

    #[test]
    fn halves_of_a_decimal_go_away_from_zero() {
        assert_eq!(rounded("2.345", 2).as_deref(), Some("2.35"));
        assert_eq!(rounded("-2.345", 2).as_deref(), Some("-2.35"));
        assert_eq!(rounded("2.3449", 2).as_deref(), Some("2.34"));
        assert_eq!(rounded("0.5", 0).as_deref(), Some("1"));
        assert_eq!(rounded("-0.4", 0).as_deref(), Some("0"));
    }

    #[test]
    fn a_decimal_has_the_digits_that_are_asked_for() {
        assert_eq!(rounded("1.5", 3).as_deref(), Some("1.500"));
        assert_eq!(rounded("7", 0).as_deref(), Some("7"));
        assert_eq!(rounded("1", 39), None);
    }

    #[test]
    fn a_float_is_rounded_by_the_digits_it_is_written_with() {
        let rounded = |number, digits| format!("{:?}", round_float(number, digits));

        assert_eq!(rounded(2.675, 2), "2.68");
        assert_eq!(rounded(-2.5, 0), "-3.0");
        assert_eq!(rounded(-0.4, 0), "0.0");
        assert_eq!(rounded(1e300, 2), "1e300");
        assert_eq!(rounded(1e-300, 2), "0.0");
        assert_eq!(rounded(0.1 + 0.2, 17), "0.3");
        assert_eq!(rounded(0.0, 2), "0.0");
        assert_eq!(rounded(f64::NAN, 2), "NaN");
    }
}
