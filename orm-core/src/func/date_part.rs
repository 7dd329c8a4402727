//! Parts of dates and times, as numbers that are the same on every backend.

use super::node;
use crate::ast::{Call, DatePart, Function, Node};
use crate::expr::{Expr, Expression};
use crate::types::{ColumnType, Field, SqlType};

/// What has a date: a date, or a date and time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a date",
    label = "expected a date, or a date and time"
)]
pub trait Dated: ColumnType {}

/// What has a time of the day: a time, or a date and time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no time of the day",
    label = "expected a time, or a date and time"
)]
pub trait Timed: ColumnType {}

#[cfg(feature = "chrono")]
mod kinds {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

    use super::{Dated, Timed};

    impl Dated for NaiveDate {}
    impl Dated for NaiveDateTime {}
    impl Dated for DateTime<Utc> {}

    impl Timed for NaiveTime {}
    impl Timed for NaiveDateTime {}
    impl Timed for DateTime<Utc> {}
}

fn part<E: Expression>(part: DatePart, of: E) -> Expr<<E::Type as Field>::Map<i32>> {
    let of_instant = <E::Type as Field>::SQL_TYPE == SqlType::Timestamp;
    let function = Function::DatePart { part, of_instant };
    Expr::new(Node::Call(Box::new(Call::new(function, vec![node(of)]))))
}

macro_rules! parts {
    ($($(#[$doc:meta])+ $name:ident of $Kind:ident is $part:ident;)+) => {$(
        $(#[$doc])+
        pub fn $name<E>(date: E) -> Expr<<E::Type as Field>::Map<i32>>
        where
            E: Expression<Type: Field<Base: $Kind>>,
        {
            part(DatePart::$part, date)
        }
    )+};
}

parts! {
    /// Returns the year; that of an instant is the one in UTC, as in all these parts.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use orm::prelude::*;
    /// use orm::func::{count_all, year};
    ///
    /// #[derive(Model)]
    /// struct Visit {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     day: NaiveDate,
    /// }
    ///
    /// let by_year = Visit::query().select((year(Visit::day), count_all())).group_by(year(Visit::day));
    /// assert_eq!(
    ///     by_year.to_sql(&orm::Postgres)?,
    ///     r#"SELECT CAST(extract(year FROM "day") AS integer), count(*) FROM "visit" GROUP BY CAST(extract(year FROM "day") AS integer)"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    year of Dated is Year;

    /// Returns the month, from 1.
    month of Dated is Month;

    /// Returns the day of the month, from 1.
    day of Dated is Day;

    /// Returns the day of the week, from 0 for Sunday.
    weekday of Dated is Weekday;

    /// Returns the day of the year, from 1.
    day_of_year of Dated is DayOfYear;

    /// Returns the number of the week of ISO 8601, from 1: it begins on Monday, and the first one of a
    /// year has its first Thursday, so January may begin with week 52 or 53 of the year before.
    week of Dated is Week;

    /// Returns the hour of the day, from 0.
    hour of Timed is Hour;

    /// Returns the minute of the hour, from 0.
    minute of Timed is Minute;

    /// Returns the second of the minute, from 0, without its fraction.
    second of Timed is Second;
}
