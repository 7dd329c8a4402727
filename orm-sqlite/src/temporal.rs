//! Dates and times as ISO 8601 text: `2024-02-29`, `23:59:59.000001`, and both with a space
//! between.
//!
//! The fraction is left out when it is zero and has six digits when it is not; so texts sort as the
//! times they mean follow each other, and SQLite's date functions read them.

use orm_core::error::{Error, Result};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// A date or time as text, without a heap allocation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IsoText {
    bytes: [u8; "0000-00-00 00:00:00.000000".len()],
    length: usize,
}

impl IsoText {
    fn new() -> Self {
        Self { bytes: [0; _], length: 0 }
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    /// Appends the last `width` decimal digits of a number that is not negative.
    fn push_digits(&mut self, number: i64, width: usize) {
        let end = self.length + width;
        let mut number = number;
        for slot in self.bytes[self.length..end].iter_mut().rev() {
            *slot = b'0' + u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
        }
        self.length = end;
    }

    fn push_date(&mut self, days: i64) -> Result<()> {
        let (year, month, day) = civil_date(days);
        if !(0..=9999).contains(&year) {
            return Err(Error::encode(
                "a date between the years 0 and 9999",
                if year < 0 { "an earlier date" } else { "a later date" },
            ));
        }
        self.push_digits(year, 4);
        self.push(b'-');
        self.push_digits(month, 2);
        self.push(b'-');
        self.push_digits(day, 2);
        Ok(())
    }

    fn push_time(&mut self, micros: i64) {
        let seconds = micros / MICROS_PER_SECOND;
        self.push_digits(seconds / 3600, 2);
        self.push(b':');
        self.push_digits(seconds / 60 % 60, 2);
        self.push(b':');
        self.push_digits(seconds % 60, 2);
        let fraction = micros % MICROS_PER_SECOND;
        if fraction != 0 {
            self.push(b'.');
            self.push_digits(fraction, 6);
        }
    }
}

/// Writes a date, given in days since 1970-01-01.
pub(crate) fn date(days: i32) -> Result<IsoText> {
    let mut text = IsoText::new();
    text.push_date(days.into())?;
    Ok(text)
}

/// Writes a time of day, given in microseconds since midnight.
pub(crate) fn time(micros: i64) -> Result<IsoText> {
    if !(0..MICROS_PER_DAY).contains(&micros) {
        return Err(Error::encode("a time of day before 24:00", "another time"));
    }
    let mut text = IsoText::new();
    text.push_time(micros);
    Ok(text)
}

/// Writes a date and time, given in microseconds since 1970-01-01T00:00:00.
pub(crate) fn datetime(micros: i64) -> Result<IsoText> {
    let mut text = IsoText::new();
    text.push_date(micros.div_euclid(MICROS_PER_DAY))?;
    text.push(b' ');
    text.push_time(micros.rem_euclid(MICROS_PER_DAY));
    Ok(text)
}

/// Reads `YYYY-MM-DD`, as days since 1970-01-01.
pub(crate) fn parse_date(text: &[u8]) -> Option<i32> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else { return None };
    let year = number(&[y1, y2, y3, y4])?;
    let month = number(&[m1, m2])?;
    let day = number(&[d1, d2])?;
    let is_valid = (1..=12).contains(&month) && (1..=month_length(year, month)).contains(&day);
    is_valid.then(|| days_of(year, month, day)).and_then(|days| days.try_into().ok())
}

/// Reads `HH:MM:SS`, with up to six digits of a fraction, as microseconds since midnight.
pub(crate) fn parse_time(text: &[u8]) -> Option<i64> {
    let (&[h1, h2, b':', m1, m2, b':', s1, s2], fraction) = text.split_first_chunk()? else {
        return None;
    };
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let micros = match fraction {
        [] => 0,
        [b'.', digits @ ..] if (1..=6).contains(&digits.len()) => {
            (digits.len()..6).fold(number(digits)?, |micros, _| micros * 10)
        }
        _ => return None,
    };
    Some((hour * 3600 + minute * 60 + second) * MICROS_PER_SECOND + micros)
}

/// Reads a date and a time with a space or a `T` between, as microseconds since
/// 1970-01-01T00:00:00.
pub(crate) fn parse_datetime(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let [b' ' | b'T', time @ ..] = rest else { return None };
    Some(i64::from(parse_date(date)?) * MICROS_PER_DAY + parse_time(time)?)
}

/// Reads a date and a time in UTC, which may say so by `Z` or `+00:00`.
pub(crate) fn parse_timestamp(text: &[u8]) -> Option<i64> {
    let plain = text.strip_suffix(b"Z").or_else(|| text.strip_suffix(b"+00:00")).unwrap_or(text);
    parse_datetime(plain)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
    })
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const DAYS_PER_ERA: i64 = 146_097; // 400 years
const EPOCH: i64 = 719_468; // 1970-01-01, in days since 0000-03-01

/// Returns the year, month and day of a day since 1970-01-01, in the proleptic Gregorian calendar.
///
/// After `civil_from_days` of <https://howardhinnant.github.io/date_algorithms.html>: years that
/// begin in March have their leap day at the end.
fn civil_date(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let (era, day_of_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Returns the days since 1970-01-01: the inverse of `civil_date`.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_PER_ERA + day_of_era - EPOCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_year_month_day() {
        assert_eq!(date(0).unwrap().as_str(), "1970-01-01");
        assert_eq!(date(-1).unwrap().as_str(), "1969-12-31");
        assert_eq!(date(19_782).unwrap().as_str(), "2024-02-29");
        assert_eq!(date(-719_528).unwrap().as_str(), "0000-01-01");
        assert_eq!(date(2_932_896).unwrap().as_str(), "9999-12-31");
    }

    #[test]
    fn a_year_of_more_or_less_than_four_digits_is_refused() {
        for days in [-719_529, 2_932_897, i32::MIN, i32::MAX] {
            let message = date(days).unwrap_err().to_string();
            assert!(message.contains("expected a date between the years 0 and 9999"), "{message}");
        }
        assert!(datetime(i64::MIN).is_err());
        assert!(datetime(i64::MAX).is_err());
    }

    #[test]
    fn a_fraction_has_six_digits_or_none() {
        assert_eq!(time(0).unwrap().as_str(), "00:00:00");
        assert_eq!(time(500_000).unwrap().as_str(), "00:00:00.500000");
        assert_eq!(time(MICROS_PER_DAY - 1).unwrap().as_str(), "23:59:59.999999");
        assert_eq!(datetime(-1).unwrap().as_str(), "1969-12-31 23:59:59.999999");
        assert_eq!(datetime(1_000_000).unwrap().as_str(), "1970-01-01 00:00:01");
    }

    #[test]
    fn a_time_outside_the_day_is_refused() {
        assert!(time(-1).is_err());
        assert!(time(MICROS_PER_DAY).is_err());
    }

    #[test]
    fn days_of_ten_thousand_years_are_read_back() {
        for days in (-719_528..=2_932_896).step_by(13) {
            assert_eq!(parse_date(date(days).unwrap().as_str().as_bytes()), Some(days));
        }
    }

    #[test]
    fn common_spellings_of_a_time_are_read() {
        let noon = 43_200 * MICROS_PER_SECOND;
        assert_eq!(parse_datetime(b"1970-01-01 12:00:00"), Some(noon));
        assert_eq!(parse_datetime(b"1970-01-01T12:00:00.5"), Some(noon + 500_000));
        assert_eq!(parse_timestamp(b"1970-01-01T12:00:00Z"), Some(noon));
        assert_eq!(parse_timestamp(b"1970-01-01 12:00:00.000001+00:00"), Some(noon + 1));
        assert_eq!(parse_timestamp(b"1970-01-01 12:00:00"), Some(noon));
    }

    #[test]
    fn other_texts_are_not_times() {
        for text in [
            "",
            "2024-1-01",
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-01-00",
            "24-01-01",
            "2024-01-01 ",
        ] {
            assert_eq!(parse_date(text.as_bytes()), None, "{text}");
        }
        for text in [
            "24:00:00",
            "12:60:00",
            "12:00:60",
            "12:00",
            "12:00:00.",
            "12:00:00.1234567",
            "12:00:00Z",
            "+1:00:00",
        ] {
            assert_eq!(parse_time(text.as_bytes()), None, "{text}");
        }
        for text in [
            "2024-01-01",
            "2024-01-01_12:00:00",
            "2024-01-01 12:00:00+01:00",
            "é024-01-01 12:00:00",
        ] {
            assert_eq!(parse_timestamp(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_datetime(b"2024-01-01 12:00:00Z"), None);
    }
}
