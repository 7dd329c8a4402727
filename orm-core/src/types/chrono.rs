//! Column types of `chrono`: dates, times, and timestamps with and without a zone.
//!
//! Databases keep microseconds. What is finer is cut off, towards the past, since clocks give nanoseconds
//! and `Utc::now` has to be storable; a leap second, which no column can hold, is refused.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};

use super::{ColumnType, SqlType};
use crate::error::{Error, Result};
use crate::value::{Row, Value};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// Returns the microseconds of a second that are complete after `nanos`.
fn whole_micros(nanos: u32) -> Result<i64> {
    if nanos >= 1_000_000_000 {
        return Err(Error::encode("a time without leap seconds", "a leap second"));
    }
    Ok(i64::from(nanos / 1_000))
}

impl ColumnType for NaiveDate {
    const SQL_TYPE: SqlType = SqlType::Date;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        let days = row.date(index)?;
        NaiveDate::from_epoch_days(days)
            .ok_or_else(|| Error::decode(index, "a date that `NaiveDate` holds", "another date"))
    }

    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Date(self.to_epoch_days()))
    }
}

impl ColumnType for NaiveTime {
    const SQL_TYPE: SqlType = SqlType::Time;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        let micros = row.time(index)?;
        let seconds = u32::try_from(micros / MICROS_PER_SECOND).ok();
        let nanos = u32::try_from(micros % MICROS_PER_SECOND * 1_000).ok();
        seconds
            .zip(nanos)
            .and_then(|(seconds, nanos)| Self::from_num_seconds_from_midnight_opt(seconds, nanos))
            .ok_or_else(|| Error::decode(index, "a time before 24:00", "a later time"))
    }

    fn to_value(&self) -> Result<Value<'_>> {
        let seconds = i64::from(self.num_seconds_from_midnight());
        Ok(Value::Time(seconds * MICROS_PER_SECOND + whole_micros(self.nanosecond())?))
    }
}

impl ColumnType for NaiveDateTime {
    const SQL_TYPE: SqlType = SqlType::DateTime;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        let micros = row.datetime(index)?;
        DateTime::UNIX_EPOCH
            .naive_utc()
            .checked_add_signed(TimeDelta::microseconds(micros))
            .ok_or_else(|| {
                Error::decode(index, "a date that `NaiveDateTime` holds", "another date")
            })
    }

    fn to_value(&self) -> Result<Value<'_>> {
        let utc = self.and_utc();
        let micros = whole_micros(utc.timestamp_subsec_nanos())?;
        Ok(Value::DateTime(utc.timestamp() * MICROS_PER_SECOND + micros))
    }
}

impl ColumnType for DateTime<Utc> {
    const SQL_TYPE: SqlType = SqlType::Timestamp;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        let micros = row.timestamp(index)?;
        DateTime::from_timestamp_micros(micros)
            .ok_or_else(|| Error::decode(index, "a time that `DateTime` holds", "another time"))
    }

    fn to_value(&self) -> Result<Value<'_>> {
        let micros = whole_micros(self.timestamp_subsec_nanos())?;
        Ok(Value::Timestamp(self.timestamp() * MICROS_PER_SECOND + micros))
    }
}
