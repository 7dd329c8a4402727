//! The limits that a column's declared type sets to its values.

use crate::error::{Error, Result};
use crate::value::DecimalValue;

pub(super) fn text(text: &str, length: u32) -> Result<()> {
    let length = length as usize;
    // A text has at most as many characters as bytes, and most are far below the limit.
    if text.len() <= length {
        return Ok(());
    }
    match text.chars().count() {
        count if count > length => Err(Error::encode(
            format!("a text of at most {length} characters"),
            format!("one of {count} characters"),
        )),
        _ => Ok(()),
    }
}

pub(super) fn decimal(number: DecimalValue, precision: u8, scale: u8) -> Result<()> {
    let (mut mantissa, mut decimals) = (number.mantissa().unsigned_abs(), number.scale());
    while decimals > u32::from(scale) && mantissa.is_multiple_of(10) {
        mantissa /= 10;
        decimals -= 1;
    }
    let digits = mantissa.checked_ilog10().map_or(0, |log| log + 1);
    let whole = digits.saturating_sub(decimals);
    if decimals <= u32::from(scale) && whole <= u32::from(precision.saturating_sub(scale)) {
        return Ok(());
    }
    Err(Error::encode(
        format!("a number of at most {precision} digits, {scale} of them after the decimal point"),
        format!("one of {} digits, {decimals} of them after the decimal point", whole + decimals),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters() {
        assert!(text("äöü", 3).is_ok());
        assert!(text("äöüß", 3).is_err());
    }

    #[test]
    fn zeros_at_the_end_of_a_decimal_are_no_digits() {
        assert!(decimal(DecimalValue::new(1_500, 3), 3, 2).is_ok());
        assert!(decimal(DecimalValue::new(1_501, 3), 4, 2).is_err());
    }

    #[test]
    fn a_decimal_has_no_more_whole_digits_than_precision_leaves() {
        assert!(decimal(DecimalValue::new(99_999, 2), 5, 2).is_ok());
        assert!(decimal(DecimalValue::new(100_000, 2), 5, 2).is_err());
        assert!(decimal(DecimalValue::new(-1_000, 0), 5, 2).is_err());
    }

    #[test]
    fn a_scale_beyond_the_precision_leaves_no_whole_digit() {
        assert!(decimal(DecimalValue::new(12, 3), 2, 3).is_ok());
        assert!(decimal(DecimalValue::new(1, 0), 2, 3).is_err());
    }

    #[test]
    fn zero_fits_everywhere() {
        assert!(decimal(DecimalValue::new(0, 10), 1, 1).is_ok());
    }
}
