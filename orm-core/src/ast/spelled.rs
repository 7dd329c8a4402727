//! Functions that mean the same on backends, but are written differently.

/// A function by what it does; a [`Dialect`](crate::dialect::Dialect) says how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Spelled {
    /// The time at which the statement began.
    Now,
    /// Its date in UTC.
    Today,
    /// A floating-point number from 0 up to, but not including, 1.
    Random,
    /// The position of a text in another, from 1; 0 if it is not there.
    Position,
    /// A floating-point number rounded to this many digits after the point, halves away from zero.
    RoundFloat,
    /// As [`RoundFloat`](Self::RoundFloat), of an exact decimal.
    RoundDecimal,
    /// The beginning of the unit of time that a date, or a date and time, is in.
    Truncate(DateUnit, DateKind),
    /// Whether a condition holds in every row; NULL of no rows.
    Every,
    /// Whether a condition holds in any row; NULL of no rows.
    Any,
    /// How many elements an array has.
    ArrayLength,
    /// The element of an array at a position, from 1.
    ArrayItem,
}

impl Spelled {
    /// Whether it makes one value of many rows.
    pub const fn is_aggregate(self) -> bool {
        matches!(self, Self::Every | Self::Any)
    }

    /// Whether its value may be NULL though no argument is.
    pub const fn is_nullable(self) -> bool {
        matches!(self, Self::Every | Self::Any | Self::ArrayItem)
    }

    /// Returns what a backend without this function does not support.
    pub const fn feature(self) -> &'static str {
        match self {
            Self::ArrayLength | Self::ArrayItem => "arrays",
            _ => "this function",
        }
    }
}

/// A unit of time that dates are cut to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateUnit {
    /// The year.
    Year,
    /// The month.
    Month,
    /// The week, which begins on Monday.
    Week,
    /// The day.
    Day,
    /// The hour.
    Hour,
    /// The minute.
    Minute,
}

/// What kind of date is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateKind {
    /// A date.
    Date,
    /// A date and time without a zone.
    DateTime,
    /// An instant, in UTC.
    Timestamp,
}
