//! The binary form of `numeric`: a head of four 16-bit numbers, then digits of base 10000.
//!
//! The head is the count of digits, the weight of the first one as a power of 10000, the sign, and the
//! count of decimal digits to show after the point, which is the scale (`numeric_send` in
//! PostgreSQL's `numeric.c`). Leading and trailing zero digits are left out.

use bytes::{BufMut as _, BytesMut};
use orm_core::value::DecimalValue;

const BASE: u128 = 10_000;
const BASE_DIGITS: u32 = 4;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const POSITIVE_INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;
const MAX_SCALE: u32 = 0x3FFF;
/// The 39 decimal digits of 2^127, cut into fours from the decimal point on.
const MAX_DIGITS: usize = 11;

/// Appends `number`, unless PostgreSQL cannot hold so many digits after the point.
pub(crate) fn write(number: DecimalValue, out: &mut BytesMut) -> Option<()> {
    let scale = u16::try_from(number.scale()).ok().filter(|_| number.scale() <= MAX_SCALE)?;
    let mut rest = number.mantissa().unsigned_abs();
    let mut digits = [0_u16; MAX_DIGITS];
    let mut count = 0;
    // The least digit is short where the scale is no multiple of four.
    let mut width = match number.scale() % BASE_DIGITS {
        0 => BASE_DIGITS,
        short => short,
    };
    let mut least_weight = -i32::try_from(number.scale().div_ceil(BASE_DIGITS)).ok()?;
    while rest > 0 {
        let unit = 10_u128.pow(width);
        let digit = rest % unit * (BASE / unit);
        rest /= unit;
        width = BASE_DIGITS;
        if count == 0 && digit == 0 {
            least_weight += 1;
            continue;
        }
        digits[count] = u16::try_from(digit).ok()?;
        count += 1;
    }
    let length = i16::try_from(count).ok()?;
    let weight = if count == 0 { 0 } else { least_weight + i32::from(length) - 1 };
    out.put_i16(length);
    out.put_i16(i16::try_from(weight).ok()?);
    out.put_u16(if number.mantissa() < 0 { NEGATIVE } else { 0 });
    out.put_u16(scale);
    digits[..count].iter().rev().for_each(|&digit| out.put_u16(digit));
    Some(())
}

/// Reads a number.
///
/// # Errors
///
/// What was found instead of one that a [`DecimalValue`] can hold.
pub(crate) fn read(bytes: &[u8]) -> Result<DecimalValue, &'static str> {
    let (head, digits) = bytes.split_at_checked(8).ok_or("a malformed numeric")?;
    let [_, weight, sign, scale] =
        [0, 2, 4, 6].map(|at| u16::from_be_bytes([head[at], head[at + 1]]));
    match sign {
        NAN => return Err("NaN"),
        POSITIVE_INFINITY | NEGATIVE_INFINITY => return Err("an infinite number"),
        _ => {}
    }
    let (digits, _) = digits.as_chunks::<2>();
    let digits = digits.iter().map(|&digit| u128::from(u16::from_be_bytes(digit)));
    let power = 4 * i32::from(weight.cast_signed()) + i32::from(scale);
    let magnitude = magnitude(digits, power).ok_or("a number of more digits")?;
    let mantissa = if sign == NEGATIVE {
        0_i128.checked_sub_unsigned(magnitude)
    } else {
        i128::try_from(magnitude).ok()
    };
    let mantissa = mantissa.ok_or("a number of more digits")?;
    Ok(DecimalValue::new(mantissa, scale.into()))
}

/// Adds up the digits, of which the first counts `10^power` and each next one `10^4` less.
fn magnitude(digits: impl Iterator<Item = u128>, mut power: i32) -> Option<u128> {
    let mut sum: u128 = 0;
    for digit in digits {
        let part = match u32::try_from(power) {
            Ok(power) => digit.checked_mul(10_u128.checked_pow(power)?)?,
            // The last digit is padded with zeros beyond the scale.
            Err(_) => digit / 10_u128.checked_pow(power.unsigned_abs())?,
        };
        sum = sum.checked_add(part)?;
        power -= 4;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(mantissa: i128, scale: u32) -> Vec<u8> {
        let mut out = BytesMut::new();
        write(DecimalValue::new(mantissa, scale), &mut out).unwrap();
        out.to_vec()
    }

    #[test]
    fn a_number_is_written_in_digits_of_ten_thousand() {
        // 12345.678 = 1 * 10000 + 2345 + 6780 / 10000
        assert_eq!(wire(12_345_678, 3), [0, 3, 0, 1, 0, 0, 0, 3, 0, 1, 0x09, 0x29, 0x1A, 0x7C]);
    }

    #[test]
    fn zero_digits_at_the_ends_are_left_out() {
        assert_eq!(wire(10_000, 0), [0, 1, 0, 1, 0, 0, 0, 0, 0, 1]);
        assert_eq!(wire(-1, 8), [0, 1, 0xFF, 0xFE, 0x40, 0, 0, 8, 0, 1]);
        assert_eq!(wire(0, 3), [0, 0, 0, 0, 0, 0, 0, 3]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mantissas = [0, 1, -1, 9_999, 10_000, 10_001, 12_345_678_901, i128::MAX, i128::MIN];
        for mantissa in mantissas {
            for scale in [0, 1, 2, 3, 4, 5, 28, 38, 39, 100, MAX_SCALE] {
                let number = DecimalValue::new(mantissa, scale);

                assert_eq!(read(&wire(mantissa, scale)), Ok(number), "{mantissa} e-{scale}");
            }
        }
    }

    #[test]
    fn what_is_no_number_is_named() {
        assert_eq!(read(&[0, 0, 0, 0, 0xC0, 0, 0, 0]), Err("NaN"));
        assert_eq!(read(&[0, 0, 0, 0, 0xF0, 0, 0, 0]), Err("an infinite number"));
        assert_eq!(read(&[0, 0]), Err("a malformed numeric"));
        // 10^40
        assert_eq!(read(&[0, 1, 0, 10, 0, 0, 0, 0, 0, 1]), Err("a number of more digits"));
    }

    #[test]
    fn a_scale_beyond_what_postgresql_has_is_refused() {
        let mut out = BytesMut::new();

        assert_eq!(write(DecimalValue::new(1, MAX_SCALE + 1), &mut out), None);
    }
}
