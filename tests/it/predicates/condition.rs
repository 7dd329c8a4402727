//! Conditions: as SQL, and whether they hold.

use chrono::{DateTime, Utc};
use orm::prelude::*;
use orm::{Expr, Operand};
use rust_decimal::Decimal;

use super::pattern::matches;
use super::sample::{Field, Sample};
use super::term::{Kind, Operation, Term};

/// What a filter can be given. A truth of `None` is NULL: neither.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Integer(Test<i32>),
    Big(Test<i64>),
    Text(Test<String>),
    Truth(Test<bool>),
    Float(Test<f64>),
    Decimal(Test<Decimal>),
    Moment(Test<DateTime<Utc>>),
    /// An expression that is a condition by itself, beside another.
    Bare(Term<bool>, Box<Self>),
    /// An expression that does not hold.
    NotBare(Term<bool>),
    Match(Term<String>, Match),
    All(Box<Self>, Box<Self>),
    Any(Box<Self>, Box<Self>),
    Not(Box<Self>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    NotDistinct,
}

/// What is asked of expressions of one type.
#[derive(Debug, Clone)]
pub(super) enum Test<T: Kind> {
    Compare(Term<T>, Comparison, Term<T>),
    /// With a plain Rust value, of which `None` means IS NULL where equality is asked.
    CompareValue(Term<T>, Comparison, Option<T>),
    Between(Term<T>, Term<T>, Term<T>),
    In {
        term: Term<T>,
        list: Vec<T>,
        negated: bool,
    },
    /// Among the values of a column in the rows whose `small` is less than a number.
    InQuery {
        term: Term<T>,
        column: Field<T>,
        below: i32,
        negated: bool,
    },
    Null {
        term: Term<T>,
        negated: bool,
    },
}

/// What is asked of a text alone.
#[derive(Debug, Clone)]
pub(super) enum Match {
    Like(String),
    ILike(String),
    Contains(String),
    StartsWith(String),
    EndsWith(String),
}

impl Condition {
    pub(super) fn sql(&self) -> Expr<bool> {
        match self {
            Self::Integer(test) => test.sql(),
            Self::Big(test) => test.sql(),
            Self::Text(test) => test.sql(),
            Self::Truth(test) => test.sql(),
            Self::Float(test) => test.sql(),
            Self::Decimal(test) => test.sql(),
            Self::Moment(test) => test.sql(),
            Self::Bare(term, condition) => term.sql() & condition.sql(),
            Self::NotBare(term) => !term.sql(),
            Self::Match(text, how) => how.sql(text.sql()),
            Self::All(first, second) => first.sql() & second.sql(),
            Self::Any(first, second) => first.sql() | second.sql(),
            Self::Not(condition) => !condition.sql(),
        }
    }

    /// Returns whether it holds for `row`, which is one of `rows`.
    pub(super) fn truth(&self, row: &Sample, rows: &[Sample]) -> Option<bool> {
        match self {
            Self::Integer(test) => test.truth(row, rows),
            Self::Big(test) => test.truth(row, rows),
            Self::Text(test) => test.truth(row, rows),
            Self::Truth(test) => test.truth(row, rows),
            Self::Float(test) => test.truth(row, rows),
            Self::Decimal(test) => test.truth(row, rows),
            Self::Moment(test) => test.truth(row, rows),
            Self::Bare(term, condition) => both(term.value(row, rows), condition.truth(row, rows)),
            Self::NotBare(term) => not(term.value(row, rows)),
            Self::Match(text, how) => text.value(row, rows).map(|text| how.holds(&text)),
            Self::All(first, second) => both(first.truth(row, rows), second.truth(row, rows)),
            Self::Any(first, second) => {
                not(both(not(first.truth(row, rows)), not(second.truth(row, rows))))
            }
            Self::Not(condition) => not(condition.truth(row, rows)),
        }
    }
}

fn not(truth: Option<bool>) -> Option<bool> {
    truth.map(|holds| !holds)
}

fn both(first: Option<bool>, second: Option<bool>) -> Option<bool> {
    match (first, second) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

impl<T: Kind> Test<T> {
    fn sql(&self) -> Expr<bool> {
        match self {
            Self::Compare(left, comparison, right) => comparison.sql(left.sql(), right.sql()),
            Self::CompareValue(left, comparison, right) => {
                comparison.sql(left.sql(), right.clone())
            }
            Self::Between(term, low, high) => term.sql().between(low.sql(), high.sql()),
            Self::In { term, list, negated: false } => term.sql().in_(list),
            Self::In { term, list, negated: true } => term.sql().not_in(list),
            Self::InQuery { term, column, below, negated } => {
                let other = Sample::alias("other");
                let is_below = other.column(Sample::small).lt(*below);
                let values = other.query().filter(is_below).select((column.of)(other));
                if *negated { term.sql().not_in_query(values) } else { term.sql().in_query(values) }
            }
            Self::Null { term, negated: false } => term.sql().is_null(),
            Self::Null { term, negated: true } => term.sql().is_not_null(),
        }
    }

    fn truth(&self, row: &Sample, rows: &[Sample]) -> Option<bool> {
        match self {
            Self::Compare(left, comparison, right) => {
                comparison.truth(left.value(row, rows), right.value(row, rows))
            }
            Self::CompareValue(left, comparison, right) => {
                let left = left.value(row, rows);
                match (comparison, right) {
                    (Comparison::Equal, None) => Some(left.is_none()),
                    (Comparison::NotEqual, None) => Some(left.is_some()),
                    _ => comparison.truth(left, right.clone()),
                }
            }
            Self::Between(term, low, high) => {
                let value = term.value(row, rows);
                let above = Comparison::GreaterOrEqual.truth(value.clone(), low.value(row, rows));
                let below = Comparison::LessOrEqual.truth(value, high.value(row, rows));
                both(above, below)
            }
            Self::In { term, list, negated } => {
                let list = list.iter().cloned().map(Some);
                is_among(term.value(row, rows).as_ref(), list).map(|is_in| is_in != *negated)
            }
            Self::InQuery { term, column, below, negated } => {
                let others = rows.iter().filter(|other| other.small < *below);
                is_among(term.value(row, rows).as_ref(), others.map(column.value))
                    .map(|is_in| is_in != *negated)
            }
            Self::Null { term, negated } => Some(term.value(row, rows).is_none() != *negated),
        }
    }
}

/// Nothing is in an empty list, and what is not found among some of which one is NULL may be there.
fn is_among<T: PartialEq>(
    value: Option<&T>,
    list: impl Iterator<Item = Option<T>>,
) -> Option<bool> {
    let mut found = Some(false);
    for other in list {
        match (value, other) {
            (Some(value), Some(other)) if *value == other => return Some(true),
            (Some(_), Some(_)) => {}
            _ => found = None,
        }
    }
    found
}

impl Comparison {
    fn sql<T: Kind>(self, left: Expr<Option<T>>, right: impl Operand<T>) -> Expr<bool> {
        match self {
            Self::Equal => left.eq(right),
            Self::NotEqual => left.ne(right),
            Self::Less => left.lt(right),
            Self::LessOrEqual => left.le(right),
            Self::Greater => left.gt(right),
            Self::GreaterOrEqual => left.ge(right),
            Self::NotDistinct => left.is_not_distinct_from(right),
        }
    }

    fn truth<T: PartialOrd>(self, left: Option<T>, right: Option<T>) -> Option<bool> {
        if self == Self::NotDistinct {
            return Some(left == right);
        }
        let (left, right) = (left?, right?);
        Some(match self {
            Self::Equal | Self::NotDistinct => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        })
    }
}

impl Match {
    fn sql(&self, text: Expr<Option<String>>) -> Expr<bool> {
        match self {
            Self::Like(pattern) => text.like(pattern),
            Self::ILike(pattern) => text.ilike(pattern),
            Self::Contains(part) => text.contains(part),
            Self::StartsWith(part) => text.starts_with(part),
            Self::EndsWith(part) => text.ends_with(part),
        }
    }

    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Like(pattern) => matches(text, pattern),
            Self::ILike(pattern) => {
                matches(&text.to_ascii_lowercase(), &pattern.to_ascii_lowercase())
            }
            Self::Contains(part) => text.contains(part.as_str()),
            Self::StartsWith(part) => text.starts_with(part.as_str()),
            Self::EndsWith(part) => text.ends_with(part.as_str()),
        }
    }
}
