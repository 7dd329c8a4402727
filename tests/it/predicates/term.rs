//! Expressions of one type: as SQL, and what their values are.

use std::convert::Infallible;
use std::fmt::Debug;

use chrono::{DateTime, Datelike, Timelike, Utc};
use orm::Expr;
use orm::func;
use orm::prelude::*;
use rust_decimal::Decimal;

use super::condition::Condition;
use super::sample::{Columns, Field, Sample};
use super::smaller::Smaller;

/// An expression whose value is a `T` or NULL.
#[derive(Debug, Clone)]
pub(super) enum Term<T: Kind> {
    Value(Option<T>),
    Column(Field<T>),
    Coalesce(Box<Self>, Box<Self>),
    NullIf(Box<Self>, Box<Self>),
    Case {
        when: Box<Condition>,
        then: Box<Self>,
        otherwise: Option<Box<Self>>,
    },
    /// What only this type has.
    Own(Box<T::Own>),
}

/// A type, with the expressions that only it has.
pub(super) trait Kind: Columns {
    type Own: Operation<Self> + Smaller + Debug + 'static;
}

/// An expression of a `T`.
pub(super) trait Operation<T> {
    fn sql(&self) -> Expr<Option<T>>;

    /// Returns the value for `row`, which is one of `rows`.
    fn value(&self, row: &Sample, rows: &[Sample]) -> Option<T>;
}

impl<T: Kind> Operation<T> for Term<T> {
    fn sql(&self) -> Expr<Option<T>> {
        match self {
            Self::Value(value) => func::value::<T>(value.clone()).nullable(),
            Self::Column(field) => (field.sql)(),
            Self::Coalesce(first, second) => first.sql().coalesce(second.sql()),
            Self::NullIf(first, second) => first.sql().null_if(second.sql()),
            Self::Case { when, then, otherwise } => {
                let case = func::case::<T>(when.sql(), then.sql());
                match otherwise {
                    Some(otherwise) => case.otherwise(otherwise.sql()).nullable(),
                    None => case.end(),
                }
            }
            Self::Own(own) => own.sql(),
        }
    }

    fn value(&self, row: &Sample, rows: &[Sample]) -> Option<T> {
        match self {
            Self::Value(value) => value.clone(),
            Self::Column(field) => (field.value)(row),
            Self::Coalesce(first, second) => {
                first.value(row, rows).or_else(|| second.value(row, rows))
            }
            Self::NullIf(first, second) => {
                let second = second.value(row, rows);
                first.value(row, rows).filter(|first| second.as_ref() != Some(first))
            }
            Self::Case { when, then, otherwise } => match when.truth(row, rows) {
                Some(true) => then.value(row, rows),
                _ => otherwise.as_ref()?.value(row, rows),
            },
            Self::Own(own) => own.value(row, rows),
        }
    }
}

impl Kind for DateTime<Utc> {
    type Own = Infallible;
}

impl<T> Operation<T> for Infallible {
    fn sql(&self) -> Expr<Option<T>> {
        match *self {}
    }

    fn value(&self, _: &Sample, _: &[Sample]) -> Option<T> {
        match *self {}
    }
}

impl Kind for bool {
    type Own = Condition;
}

impl Operation<bool> for Condition {
    fn sql(&self) -> Expr<Option<bool>> {
        self.sql().nullable()
    }

    fn value(&self, row: &Sample, rows: &[Sample]) -> Option<bool> {
        self.truth(row, rows)
    }
}

impl Kind for String {
    type Own = OfText;
}

/// What makes a text of texts.
#[derive(Debug, Clone)]
pub(super) enum OfText {
    Concat(Term<String>, Term<String>),
    Lower(Term<String>),
    Upper(Term<String>),
    Trim(Term<String>),
}

impl Operation<String> for OfText {
    fn sql(&self) -> Expr<Option<String>> {
        match self {
            Self::Concat(first, second) => first.sql().concat(second.sql()),
            Self::Lower(text) => func::lower(text.sql()),
            Self::Upper(text) => func::upper(text.sql()),
            Self::Trim(text) => func::trim(text.sql()),
        }
    }

    fn value(&self, row: &Sample, rows: &[Sample]) -> Option<String> {
        Some(match self {
            Self::Concat(first, second) => first.value(row, rows)? + &second.value(row, rows)?,
            // In the locale C, of PostgreSQL's test databases, and on SQLite, letters are ASCII.
            Self::Lower(text) => text.value(row, rows)?.to_ascii_lowercase(),
            Self::Upper(text) => text.value(row, rows)?.to_ascii_uppercase(),
            Self::Trim(text) => text.value(row, rows)?.trim_matches(' ').to_owned(),
        })
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
}

/// What makes a number of numbers.
#[derive(Debug, Clone)]
pub(super) enum OfNumbers<T: Kind> {
    Arithmetic(Term<T>, Operator, Term<T>),
    Abs(Term<T>),
}

macro_rules! numbers {
    ($($type:ty = $own:ty),+) => {$(
        impl Kind for $type {
            type Own = $own;
        }

        impl Operation<$type> for OfNumbers<$type> {
            fn sql(&self) -> Expr<Option<$type>> {
                match self {
                    Self::Arithmetic(left, operator, right) => match operator {
                        Operator::Add => left.sql() + right.sql(),
                        Operator::Subtract => left.sql() - right.sql(),
                        Operator::Multiply => left.sql() * right.sql(),
                    },
                    Self::Abs(number) => func::abs(number.sql()),
                }
            }

            fn value(&self, row: &Sample, rows: &[Sample]) -> Option<$type> {
                Some(match self {
                    Self::Arithmetic(left, operator, right) => {
                        let (left, right) = (left.value(row, rows)?, right.value(row, rows)?);
                        match operator {
                            Operator::Add => left + right,
                            Operator::Subtract => left - right,
                            Operator::Multiply => left * right,
                        }
                    }
                    Self::Abs(number) => number.value(row, rows)?.abs(),
                })
            }
        }
    )+};
}

numbers! { i32 = OfIntegers, i64 = OfBigIntegers, f64 = OfNumbers<f64>, Decimal = OfNumbers<Decimal> }

/// What makes an `i32`.
#[derive(Debug, Clone)]
pub(super) enum OfIntegers {
    Numbers(OfNumbers<i32>),
    Quotient(Term<i32>, i32),
    Remainder(Term<i32>, i32),
    Length(Term<String>),
    Year(Term<DateTime<Utc>>),
    Minute(Term<DateTime<Utc>>),
}

impl Operation<i32> for OfIntegers {
    fn sql(&self) -> Expr<Option<i32>> {
        match self {
            Self::Numbers(numbers) => numbers.sql(),
            Self::Quotient(left, right) => left.sql() / *right,
            Self::Remainder(left, right) => left.sql() % *right,
            Self::Length(text) => func::length(text.sql()),
            Self::Year(moment) => func::year(moment.sql()),
            Self::Minute(moment) => func::minute(moment.sql()),
        }
    }

    fn value(&self, row: &Sample, rows: &[Sample]) -> Option<i32> {
        Some(match self {
            Self::Numbers(numbers) => numbers.value(row, rows)?,
            Self::Quotient(left, right) => left.value(row, rows)? / right,
            Self::Remainder(left, right) => left.value(row, rows)? % right,
            Self::Length(text) => i32::try_from(text.value(row, rows)?.chars().count()).unwrap(),
            Self::Year(moment) => moment.value(row, rows)?.year(),
            Self::Minute(moment) => i32::try_from(moment.value(row, rows)?.minute()).unwrap(),
        })
    }
}

/// What makes an `i64`.
#[derive(Debug, Clone)]
pub(super) enum OfBigIntegers {
    Numbers(OfNumbers<i64>),
    Cast(Term<i32>),
}

impl Operation<i64> for OfBigIntegers {
    fn sql(&self) -> Expr<Option<i64>> {
        match self {
            Self::Numbers(numbers) => numbers.sql(),
            Self::Cast(number) => number.sql().cast::<i64>(),
        }
    }

    fn value(&self, row: &Sample, rows: &[Sample]) -> Option<i64> {
        match self {
            Self::Numbers(numbers) => numbers.value(row, rows),
            Self::Cast(number) => number.value(row, rows).map(i64::from),
        }
    }
}
