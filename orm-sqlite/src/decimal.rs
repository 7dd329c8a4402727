//! Exact decimal numbers as text: reading them, and what SQLite needs to compare and add them.
//!
//! The collation is named as the one that the `sqlite3` shell has built in. Sums and averages have
//! as many digits as PostgreSQL gives them.

use std::cmp::Ordering;

use orm_core::value::DecimalValue;
use rusqlite::functions::{Aggregate, Context, FunctionFlags, WindowAggregate};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

/// Exact arithmetic with two numbers; `None` if the result has too many digits.
type Operation = fn(DecimalValue, DecimalValue) -> Option<DecimalValue>;

/// Adds the collation `decimal` and the functions `decimal_sum` and `decimal_avg` to a connection.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_collation("decimal", compare)?;
    let arithmetic: [(&str, Operation); 3] =
        [("decimal_add", add), ("decimal_sub", subtract), ("decimal_mul", multiply)];
    for (name, operation) in arithmetic {
        connection.create_scalar_function(name, 2, flags, move |context| {
            let (Some(left), Some(right)) = (argument(context, 0)?, argument(context, 1)?) else {
                return Ok(None);
            };
            let result = operation(left, right).map(|number| number.to_string());
            result.map(Some).ok_or_else(too_long)
        })?;
    }
    connection.create_window_function("decimal_sum", 1, flags, Sum)?;
    connection.create_window_function("decimal_avg", 1, flags, Average)
}

fn add(left: DecimalValue, right: DecimalValue) -> Option<DecimalValue> {
    let scale = left.scale().max(right.scale());
    let sum = widened(left, scale)?.checked_add(widened(right, scale)?)?;
    Some(DecimalValue::new(sum, scale))
}

fn subtract(left: DecimalValue, right: DecimalValue) -> Option<DecimalValue> {
    add(left, DecimalValue::new(right.mantissa().checked_neg()?, right.scale()))
}

fn multiply(left: DecimalValue, right: DecimalValue) -> Option<DecimalValue> {
    let product = left.mantissa().checked_mul(right.mantissa())?;
    Some(DecimalValue::new(product, left.scale() + right.scale()))
}

/// Returns the mantissa that `number` has with this many digits after the point.
fn widened(number: DecimalValue, scale: u32) -> Option<i128> {
    match number.mantissa() {
        0 => Some(0),
        mantissa => 10_i128.checked_pow(scale - number.scale())?.checked_mul(mantissa),
    }
}

/// Returns an argument of a function, `None` if it is NULL.
pub(crate) fn argument(context: &Context<'_>, index: usize) -> Result<Option<DecimalValue>> {
    let number = match context.get_raw(index) {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(value) => Some(DecimalValue::new(value.into(), 0)),
        ValueRef::Real(value) => from_f64(value),
        ValueRef::Text(text) => parse(text),
        ValueRef::Blob(_) => None,
    };
    let refused = || Error::UserFunctionError("exact arithmetic is for decimal numbers".into());
    number.map(Some).ok_or_else(refused)
}

pub(crate) fn too_long() -> Error {
    Error::UserFunctionError("the sum or product of the decimals has more than 38 digits".into())
}

/// Reads digits with at most one point, keeping the zeros at their end.
pub(crate) fn parse(text: &[u8]) -> Option<DecimalValue> {
    let (is_negative, digits) = split_sign(text);
    let mut mantissa = 0_i128;
    let mut scale = None;
    let mut has_digit = false;
    for &character in digits {
        match character {
            b'0'..=b'9' => {
                // Towards the negative end, which is one further from zero.
                mantissa = mantissa.checked_mul(10)?.checked_sub((character - b'0').into())?;
                has_digit = true;
                scale = scale.map(|scale: u32| scale + 1);
            }
            b'.' if scale.is_none() => scale = Some(0),
            _ => return None,
        }
    }
    let mantissa = if is_negative { mantissa } else { mantissa.checked_neg()? };
    has_digit.then(|| DecimalValue::new(mantissa, scale.unwrap_or(0)))
}

/// Returns the shortest decimal number that is read back as `value`.
pub(crate) fn from_f64(value: f64) -> Option<DecimalValue> {
    parse(value.to_string().as_bytes())
}

fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    }
}

/// Compares numbers of any length as numbers; other text comes after them, in the order of its
/// bytes.
fn compare(left: &str, right: &str) -> Ordering {
    match (Digits::of(left), Digits::of(right)) {
        (Some(left), Some(right)) => left.compare(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

/// A number's digits without the zeros that change nothing.
struct Digits<'t> {
    is_negative: bool,
    whole: &'t [u8],
    fraction: &'t [u8],
}

impl<'t> Digits<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let (is_negative, digits) = split_sign(text.as_bytes());
        let (mut whole, mut fraction) = match digits.iter().position(|&digit| digit == b'.') {
            Some(point) => (&digits[..point], &digits[point + 1..]),
            None => (digits, &[][..]),
        };
        let is_number = whole.iter().chain(fraction).all(u8::is_ascii_digit);
        if !is_number || whole.len() + fraction.len() == 0 {
            return None;
        }
        while let [b'0', rest @ ..] = whole {
            whole = rest;
        }
        while let [rest @ .., b'0'] = fraction {
            fraction = rest;
        }
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self { is_negative: is_negative && !is_zero, whole, fraction })
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
        }
    }

    fn compare_size(&self, other: &Self) -> Ordering {
        (self.whole.len().cmp(&other.whole.len()))
            .then_with(|| self.whole.cmp(other.whole))
            .then_with(|| self.fraction.cmp(other.fraction))
    }
}

/// The running total of an aggregate.
struct Total {
    mantissa: i128,
    scale: u32,
    count: i64,
}

impl Total {
    const ZERO: Self = Self { mantissa: 0, scale: 0, count: 0 };

    fn add(&mut self, context: &Context<'_>) -> Result<()> {
        let Some(number) = argument(context, 0)? else { return Ok(()) };
        self.count += 1;
        self.add_number(number).ok_or_else(too_long)
    }

    /// Takes a number out again that has left the window.
    fn remove(&mut self, context: &Context<'_>) -> Result<()> {
        let Some(number) = argument(context, 0)? else { return Ok(()) };
        self.count -= 1;
        let difference = subtract(DecimalValue::new(self.mantissa, self.scale), number);
        let difference = difference.ok_or_else(too_long)?;
        (self.mantissa, self.scale) = (difference.mantissa(), difference.scale());
        Ok(())
    }

    fn sum(&self) -> Option<String> {
        (self.count > 0).then(|| DecimalValue::new(self.mantissa, self.scale).to_string())
    }

    fn add_number(&mut self, number: DecimalValue) -> Option<()> {
        let sum = add(DecimalValue::new(self.mantissa, self.scale), number)?;
        (self.mantissa, self.scale) = (sum.mantissa(), sum.scale());
        Some(())
    }

    /// Returns the total divided by the count, with as many digits as PostgreSQL gives: at least
    /// sixteen that matter, and no fewer than the numbers had (`select_div_scale` in its
    /// `numeric.c`).
    fn average(&self) -> String {
        let count = u128::from(self.count.unsigned_abs());
        let total = self.mantissa.unsigned_abs();
        let scale = usize::try_from(average_scale(total, self.scale, count)).unwrap_or_default();
        let own_scale = usize::try_from(self.scale).unwrap_or_default();

        // Long division: the digits of the quotient, then as many more as the scale asks for.
        let mut digits = format!("{:0>width$}", total / count, width = own_scale + 1).into_bytes();
        let mut remainder = total % count;
        for _ in own_scale..scale {
            remainder *= 10;
            digits.push(b"0123456789"[usize::try_from(remainder / count).unwrap_or_default() % 10]);
            remainder %= count;
        }
        if remainder * 2 >= count {
            increment(&mut digits);
        }
        if scale > 0 {
            digits.insert(digits.len() - scale, b'.');
        }
        if self.mantissa < 0 && digits.iter().any(|digit| (b'1'..=b'9').contains(digit)) {
            digits.insert(0, b'-');
        }
        String::from_utf8(digits).unwrap_or_default()
    }
}

/// Adds one to the last of some decimal digits.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

/// PostgreSQL counts in digits of base 10000, by which it estimates the size of the quotient.
fn average_scale(total: u128, scale: u32, count: u128) -> u32 {
    const SIGNIFICANT_DIGITS: i64 = 16;
    let (total_weight, total_first) = leading_group(total, scale);
    let (count_weight, count_first) = leading_group(count, 0);
    let weight = total_weight - count_weight - i64::from(total_first <= count_first);
    let wanted = SIGNIFICANT_DIGITS - weight * 4;
    u32::try_from(wanted.max(0)).unwrap_or_default().max(scale)
}

/// Returns the first digit of a number in base 10000, and the power of 10000 it stands for.
fn leading_group(mantissa: u128, scale: u32) -> (i64, i64) {
    if mantissa == 0 {
        return (0, 0);
    }
    let exponent = i64::from(mantissa.ilog10()) - i64::from(scale);
    let weight = exponent.div_euclid(4);
    let digits_in_group = exponent.rem_euclid(4) + 1;
    let group = mantissa
        .to_string()
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .zip(0..digits_in_group)
        .fold(0, |group, (digit, _)| group * 10 + i64::from(digit - b'0'));
    (weight, group)
}

struct Sum;

impl Aggregate<Total, Option<String>> for Sum {
    fn init(&self, _: &mut Context<'_>) -> Result<Total> {
        Ok(Total::ZERO)
    }

    fn step(&self, context: &mut Context<'_>, total: &mut Total) -> Result<()> {
        total.add(context)
    }

    fn finalize(&self, _: &mut Context<'_>, total: Option<Total>) -> Result<Option<String>> {
        Ok(total.and_then(|total| total.sum()))
    }
}

impl WindowAggregate<Total, Option<String>> for Sum {
    fn value(&self, total: Option<&mut Total>) -> Result<Option<String>> {
        Ok(total.and_then(|total| total.sum()))
    }

    fn inverse(&self, context: &mut Context<'_>, total: &mut Total) -> Result<()> {
        total.remove(context)
    }
}

struct Average;

impl Aggregate<Total, Option<String>> for Average {
    fn init(&self, _: &mut Context<'_>) -> Result<Total> {
        Ok(Total::ZERO)
    }

    fn step(&self, context: &mut Context<'_>, total: &mut Total) -> Result<()> {
        total.add(context)
    }

    fn finalize(&self, _: &mut Context<'_>, total: Option<Total>) -> Result<Option<String>> {
        Ok(total.filter(|total| total.count > 0).map(|total| total.average()))
    }
}

impl WindowAggregate<Total, Option<String>> for Average {
    fn value(&self, total: Option<&mut Total>) -> Result<Option<String>> {
        Ok(total.filter(|total| total.count > 0).map(|total| total.average()))
    }

    fn inverse(&self, context: &mut Context<'_>, total: &mut Total) -> Result<()> {
        total.remove(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn average_of(numbers: &[&str]) -> String {
        let mut total = Total::ZERO;
        for number in numbers {
            total.count += 1;
            total.add_number(parse(number.as_bytes()).unwrap()).unwrap();
        }
        total.average()
    }

    #[test]
    fn a_number_keeps_its_scale() {
        assert_eq!(parse(b"1.50"), Some(DecimalValue::new(150, 2)));
        assert_eq!(parse(b"-0.001"), Some(DecimalValue::new(-1, 3)));
        assert_eq!(parse(b"0"), Some(DecimalValue::new(0, 0)));
        assert_eq!(parse(i128::MIN.to_string().as_bytes()), Some(DecimalValue::new(i128::MIN, 0)));
        assert_eq!(parse(i128::MAX.to_string().as_bytes()), Some(DecimalValue::new(i128::MAX, 0)));
    }

    #[test]
    fn other_text_is_not_a_number() {
        for text in [
            "",
            "-",
            ".",
            "1e5",
            "1.2.3",
            "NaN",
            " 1",
            "1 ",
            "--1",
            "1000000000000000000000000000000000000000",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_float_is_its_shortest_digits() {
        assert_eq!(from_f64(0.1), Some(DecimalValue::new(1, 1)));
        assert_eq!(from_f64(-2.5), Some(DecimalValue::new(-25, 1)));
        assert_eq!(from_f64(f64::NAN), None);
        assert_eq!(from_f64(1e300), None);
    }

    #[test]
    fn numbers_compare_by_value_and_not_by_text() {
        let ascending = [
            "-100",
            "-99.5",
            "-0.1",
            "0",
            "0.09",
            "0.1",
            "9",
            "10",
            "10.01",
            "1000000000000000000000000000000000000000000",
            "abc",
        ];
        for pair in ascending.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        for (left, right) in [("1.0", "1.00"), ("-0", "0.0"), ("007", "7"), ("+7", "7")] {
            assert_eq!(compare(left, right), Ordering::Equal, "{left} {right}");
        }
    }

    // The expected digits are what PostgreSQL 15 answers to `SELECT avg(x) FROM (VALUES …)`.
    #[test]
    fn an_average_has_the_digits_that_postgresql_gives_it() {
        assert_eq!(average_of(&["1"]), "1.00000000000000000000");
        assert_eq!(average_of(&["1.00", "2.00"]), "1.5000000000000000");
        assert_eq!(average_of(&["0", "0", "1"]), "0.33333333333333333333");
        assert_eq!(average_of(&["-1", "-1", "0"]), "-0.66666666666666666667");
        assert_eq!(average_of(&["0.00"]), "0.00000000000000000000");
        assert_eq!(average_of(&["12345678.90", "0.01"]), "6172839.455000000000");
        assert_eq!(average_of(&["0.000000001", "0.000000002"]), "0.0000000015000000000000000000");
        assert_eq!(average_of(&["99999.5", "0.5", "7.25"]), "33335.750000000000");
        assert_eq!(
            average_of(&["99999999999999999999.995", "0.5", "7.25"]),
            "33333333333333333335.915"
        );
    }
}
