//! Dates and times: PostgreSQL counts from 2000-01-01, values count from 1970-01-01.
//!
//! Its ranges are those of `datatype/timestamp.h`. The numbers beyond them, `infinity` among them, are
//! no dates, in neither direction.

use std::ops::Range;

const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = 946_684_800_000_000;

const DAYS: Range<i32> = -2_451_545..2_145_031_949;
const TIMESTAMPS: Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;
/// PostgreSQL has a 24:00:00.
const MICROS_OF_A_DAY: i64 = 86_400_000_000;

/// Returns PostgreSQL's number for a date, unless it has none.
pub(crate) fn date_to_wire(days: i32) -> Option<i32> {
    days.checked_sub(EPOCH_DAYS).filter(|days| DAYS.contains(days))
}

/// Returns the date for PostgreSQL's number, unless it is infinite.
pub(crate) fn date_from_wire(days: i32) -> Option<i32> {
    days.checked_add(EPOCH_DAYS).filter(|_| DAYS.contains(&days))
}

/// Returns PostgreSQL's number for a timestamp, unless it has none.
pub(crate) fn timestamp_to_wire(micros: i64) -> Option<i64> {
    micros.checked_sub(EPOCH_MICROS).filter(|micros| TIMESTAMPS.contains(micros))
}

/// Returns the timestamp for PostgreSQL's number, unless it is infinite or too late for us.
pub(crate) fn timestamp_from_wire(micros: i64) -> Option<i64> {
    micros.checked_add(EPOCH_MICROS).filter(|_| TIMESTAMPS.contains(&micros))
}

/// Returns a time of day, the same on both sides, unless it is none.
pub(crate) fn time_of_day(micros: i64) -> Option<i64> {
    (0..=MICROS_OF_A_DAY).contains(&micros).then_some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epochs_are_thirty_years_apart() {
        assert_eq!(date_to_wire(0), Some(-10_957));
        assert_eq!(timestamp_to_wire(0), Some(-946_684_800_000_000));
    }

    #[test]
    fn infinity_is_no_date() {
        assert_eq!(date_from_wire(i32::MAX), None);
        assert_eq!(date_from_wire(i32::MIN), None);
        assert_eq!(timestamp_from_wire(i64::MAX), None);
        assert_eq!(timestamp_from_wire(i64::MIN), None);
    }

    #[test]
    fn the_first_date_is_in_4714_before_our_era() {
        assert_eq!(date_to_wire(-2_440_588), Some(-2_451_545));
        assert_eq!(date_to_wire(-2_440_589), None);
    }
}
