//! What a condition that fails is made smaller to: one of its parts, or itself with a smaller part.

use super::condition::{Condition, Test};
use super::term::{Kind, OfBigIntegers, OfIntegers, OfNumbers, OfText, Term};

pub(super) trait Smaller: Clone {
    /// Returns what it can be replaced by, the smallest first.
    fn smaller(&self) -> Vec<Self>;

    /// Returns `whole` with each of these in its place.
    fn within<W>(&self, whole: impl Fn(Self) -> W) -> Vec<W> {
        self.smaller().into_iter().map(whole).collect()
    }
}

impl<S: Smaller> Smaller for Box<S> {
    fn smaller(&self) -> Vec<Self> {
        (**self).within(Box::new)
    }
}

impl<S: Smaller> Smaller for Option<S> {
    fn smaller(&self) -> Vec<Self> {
        self.as_ref().map_or_else(Vec::new, |some| some.within(Some))
    }
}

/// Returns what a pair can be replaced by.
fn pairs<A: Smaller, B: Smaller, W>(first: &A, second: &B, whole: impl Fn(A, B) -> W) -> Vec<W> {
    let mut smaller = first.within(|first| whole(first, second.clone()));
    smaller.extend(second.within(|second| whole(first.clone(), second)));
    smaller
}

impl Smaller for Condition {
    fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Integer(test) => test.within(Self::Integer),
            Self::Big(test) => test.within(Self::Big),
            Self::Text(test) => test.within(Self::Text),
            Self::Truth(test) => test.within(Self::Truth),
            Self::Float(test) => test.within(Self::Float),
            Self::Decimal(test) => test.within(Self::Decimal),
            Self::Moment(test) => test.within(Self::Moment),
            Self::Bare(term, condition) => {
                let mut smaller = vec![Self::NotBare(term.clone()), (**condition).clone()];
                smaller.extend(pairs(term, condition, Self::Bare));
                smaller
            }
            Self::NotBare(term) => term.within(Self::NotBare),
            Self::Match(text, how) => text.within(|text| Self::Match(text, how.clone())),
            Self::All(first, second) => {
                let mut smaller = vec![(**first).clone(), (**second).clone()];
                smaller.extend(pairs(first, second, Self::All));
                smaller
            }
            Self::Any(first, second) => {
                let mut smaller = vec![(**first).clone(), (**second).clone()];
                smaller.extend(pairs(first, second, Self::Any));
                smaller
            }
            Self::Not(condition) => {
                let mut smaller = vec![(**condition).clone()];
                smaller.extend(condition.within(Self::Not));
                smaller
            }
        }
    }
}

impl<T: Kind> Smaller for Test<T> {
    fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Compare(left, comparison, right) => {
                pairs(left, right, |left, right| Self::Compare(left, *comparison, right))
            }
            Self::CompareValue(left, comparison, right) => {
                left.within(|left| Self::CompareValue(left, *comparison, right.clone()))
            }
            Self::Between(term, low, high) => {
                let mut smaller =
                    pairs(term, low, |term, low| Self::Between(term, low, high.clone()));
                smaller.extend(high.within(|high| Self::Between(term.clone(), low.clone(), high)));
                smaller
            }
            Self::In { term, list, negated } => {
                let without_last = list.split_last().map(|(_, list)| list.to_vec());
                let shorter = without_last.map(|list| (term.clone(), list));
                let terms = term.within(|term| (term, list.clone()));
                let parts = shorter.into_iter().chain(terms);
                parts.map(|(term, list)| Self::In { term, list, negated: *negated }).collect()
            }
            Self::InQuery { term, column, below, negated } => term.within(|term| Self::InQuery {
                term,
                column: *column,
                below: *below,
                negated: *negated,
            }),
            Self::Null { term, negated } => {
                term.within(|term| Self::Null { term, negated: *negated })
            }
        }
    }
}

impl<T: Kind> Smaller for Term<T> {
    fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Value(_) | Self::Column(_) => Vec::new(),
            Self::Coalesce(first, second) => {
                let mut smaller = vec![(**first).clone(), (**second).clone()];
                smaller.extend(pairs(first, second, Self::Coalesce));
                smaller
            }
            Self::NullIf(first, second) => {
                let mut smaller = vec![(**first).clone(), (**second).clone()];
                smaller.extend(pairs(first, second, Self::NullIf));
                smaller
            }
            Self::Case { when, then, otherwise } => {
                let case = |when, then, otherwise| Self::Case { when, then, otherwise };
                let mut smaller = vec![(**then).clone()];
                smaller.extend(otherwise.as_deref().cloned());
                smaller.extend(pairs(when, then, |when, then| case(when, then, otherwise.clone())));
                smaller.extend(
                    otherwise.within(|otherwise| case(when.clone(), then.clone(), otherwise)),
                );
                smaller
            }
            Self::Own(own) => own.within(Self::Own),
        }
    }
}

impl Smaller for std::convert::Infallible {
    fn smaller(&self) -> Vec<Self> {
        Vec::new()
    }
}

impl Smaller for OfText {
    fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Concat(first, second) => pairs(first, second, Self::Concat),
            Self::Lower(text) => text.within(Self::Lower),
            Self::Upper(text) => text.within(Self::Upper),
            Self::Trim(text) => text.within(Self::Trim),
        }
    }
}

impl<T: Kind> Smaller for OfNumbers<T> {
    fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Arithmetic(left, operator, right) => {
                pairs(left, right, |left, right| Self::Arithmetic(left, *operator, right))
            }
            Self::Abs(number) => number.within(Self::Abs),
        }
    }
}

impl Smaller for OfIntegers {
    fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Numbers(numbers) => numbers.within(Self::Numbers),
            Self::Quotient(left, right) => left.within(|left| Self::Quotient(left, *right)),
            Self::Remainder(left, right) => left.within(|left| Self::Remainder(left, *right)),
            Self::Length(text) => text.within(Self::Length),
            Self::Year(moment) => moment.within(Self::Year),
            Self::Minute(moment) => moment.within(Self::Minute),
        }
    }
}

impl Smaller for OfBigIntegers {
    fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Numbers(numbers) => numbers.within(Self::Numbers),
            Self::Cast(number) => number.within(Self::Cast),
        }
    }
}
