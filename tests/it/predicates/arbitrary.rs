//! Arbitrary expressions and conditions.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

use super::condition::{Comparison, Condition, Match, Test};
use super::term::{Kind, OfBigIntegers, OfIntegers, OfNumbers, OfText, Operator, Term};
use super::values;

/// How deep expressions of one type are nested, and how deep conditions are.
const TERM_DEPTH: u32 = 3;
const CONDITION_DEPTH: u32 = 4;

/// Returns conditions of three sizes: one test of columns and values, one of nested expressions, and
/// several of these. What fails is thus found in its smallest form first.
pub(super) fn conditions() -> [BoxedStrategy<Condition>; 3] {
    let simple = tests_of(&Terms::simple());
    let nested = tests_of(&Terms::nested(&simple));
    let several = grown(CONDITION_DEPTH, &nested, |inner| {
        let pairs = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        prop_oneof![
            pairs.clone().prop_map(|(first, second)| Condition::All(first, second)),
            pairs.prop_map(|(first, second)| Condition::Any(first, second)),
            inner.prop_map(|condition| Condition::Not(Box::new(condition))),
        ]
        .boxed()
    });
    [simple, nested, several]
}

/// Expressions of every type.
struct Terms {
    integers: BoxedStrategy<Term<i32>>,
    bigs: BoxedStrategy<Term<i64>>,
    texts: BoxedStrategy<Term<String>>,
    truths: BoxedStrategy<Term<bool>>,
    floats: BoxedStrategy<Term<f64>>,
    decimals: BoxedStrategy<Term<Decimal>>,
    moments: BoxedStrategy<Term<DateTime<Utc>>>,
}

impl Terms {
    /// Columns and values.
    fn simple() -> Self {
        Self {
            integers: leaves(values::small_integers()),
            bigs: leaves(values::big_integers()),
            texts: leaves(values::texts()),
            truths: leaves(any::<bool>()),
            floats: leaves(values::floats()),
            decimals: leaves(values::decimals()),
            moments: leaves(values::moments()),
        }
    }

    /// What is made of them, with choices between them by `when`.
    fn nested(when: &BoxedStrategy<Condition>) -> Self {
        let simple = Self::simple();
        let texts = nested(&with_text_functions(simple.texts), when);
        let moments = nested(&simple.moments, when);
        let integers = numbers(values::small_integers(), when, OfIntegers::Numbers);
        let integers = with_integer_functions(&integers, &texts, &moments);
        let casts = integers.clone().prop_map(OfBigIntegers::Cast).prop_map(own);
        let bigs = numbers(values::small_big_integers(), when, OfBigIntegers::Numbers);
        let truths = when.clone().prop_map(own);
        Self {
            bigs: prop_oneof![nested(&simple.bigs, when), bigs, casts].boxed(),
            truths: nested(&prop_oneof![simple.truths, truths].boxed(), when),
            floats: prop_oneof![
                nested(&simple.floats, when),
                numbers(values::small_floats(), when, |numbers| numbers),
            ]
            .boxed(),
            decimals: prop_oneof![
                nested(&simple.decimals, when),
                numbers(values::small_decimals(), when, |numbers| numbers),
            ]
            .boxed(),
            integers,
            texts,
            moments,
        }
    }
}

/// Columns, values, and NULL.
fn leaves<T: Kind>(values: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Term<T>> {
    let values = prop_oneof![6 => values.prop_map(Some), 1 => Just(None)];
    prop_oneof![select(T::FIELDS).prop_map(Term::Column), values.prop_map(Term::Value)].boxed()
}

/// Puts `leaves` into what `grow` makes of them, that into it again, and so on, with leaves on every
/// level. As `prop_recursive`, but made once, not once for each value.
fn grown<V: Debug + 'static>(
    depth: u32,
    leaves: &BoxedStrategy<V>,
    grow: impl Fn(BoxedStrategy<V>) -> BoxedStrategy<V>,
) -> BoxedStrategy<V> {
    (0..depth)
        .fold(leaves.clone(), |inner, _| prop_oneof![1 => leaves.clone(), 1 => grow(inner)].boxed())
}

fn own<T: Kind>(own: T::Own) -> Term<T> {
    Term::Own(Box::new(own))
}

/// Adds what expressions of every type have.
fn nested<T: Kind>(
    leaves: &BoxedStrategy<Term<T>>,
    when: &BoxedStrategy<Condition>,
) -> BoxedStrategy<Term<T>> {
    grown(TERM_DEPTH, leaves, |inner| {
        let boxed = inner.prop_map(Box::new);
        let pairs = (boxed.clone(), boxed.clone());
        let cases = (when.clone().prop_map(Box::new), boxed.clone(), option::of(boxed));
        prop_oneof![
            pairs.clone().prop_map(|(first, second)| Term::Coalesce(first, second)),
            pairs.prop_map(|(first, second)| Term::NullIf(first, second)),
            cases.prop_map(|(when, then, otherwise)| Term::Case { when, then, otherwise }),
        ]
        .boxed()
    })
}

/// Returns arithmetic with small values: sums of any two, products with a value.
fn numbers<T: Kind>(
    values: impl Strategy<Value = T> + Clone + 'static,
    when: &BoxedStrategy<Condition>,
    wrap: fn(OfNumbers<T>) -> T::Own,
) -> BoxedStrategy<Term<T>> {
    let given = prop_oneof![6 => values.clone().prop_map(Some), 1 => Just(None)];
    // The first column of each type holds small values only.
    let small = prop_oneof![Just(Term::Column(T::FIELDS[0])), given.prop_map(Term::Value)];
    grown(TERM_DEPTH, &nested(&small.boxed(), when), |inner| {
        let sign = select(vec![Operator::Add, Operator::Subtract]);
        let factor = values.clone().prop_map(|value| Term::Value(Some(value)));
        let sums = (inner.clone(), sign, inner.clone());
        let products = (inner.clone(), Just(Operator::Multiply), factor);
        let arithmetic = prop_oneof![sums, products]
            .prop_map(|(left, operator, right)| OfNumbers::Arithmetic(left, operator, right));
        let numbers = prop_oneof![4 => arithmetic, 1 => inner.prop_map(OfNumbers::Abs)];
        numbers.prop_map(move |numbers| own(wrap(numbers))).boxed()
    })
}

fn with_integer_functions(
    integers: &BoxedStrategy<Term<i32>>,
    texts: &BoxedStrategy<Term<String>>,
    moments: &BoxedStrategy<Term<DateTime<Utc>>>,
) -> BoxedStrategy<Term<i32>> {
    let divisors = || select(vec![-7, -2, 1, 3]);
    let functions = prop_oneof![
        (integers.clone(), divisors()).prop_map(|(left, right)| OfIntegers::Quotient(left, right)),
        (integers.clone(), divisors()).prop_map(|(left, right)| OfIntegers::Remainder(left, right)),
        texts.clone().prop_map(OfIntegers::Length),
        moments.clone().prop_map(OfIntegers::Year),
        moments.clone().prop_map(OfIntegers::Minute),
    ];
    prop_oneof![2 => integers.clone(), 1 => functions.prop_map(own)].boxed()
}

fn with_text_functions(texts: BoxedStrategy<Term<String>>) -> BoxedStrategy<Term<String>> {
    let pairs = (texts.clone(), texts.clone());
    let functions = prop_oneof![
        pairs.prop_map(|(first, second)| OfText::Concat(first, second)),
        texts.clone().prop_map(OfText::Lower),
        texts.clone().prop_map(OfText::Upper),
        texts.clone().prop_map(OfText::Trim),
    ];
    prop_oneof![2 => texts, 1 => functions.prop_map(own)].boxed()
}

/// Returns conditions that ask one thing of such expressions.
fn tests_of(terms: &Terms) -> BoxedStrategy<Condition> {
    let bare = prop_oneof![
        (terms.truths.clone(), tests(&terms.integers, values::small_integers()))
            .prop_map(|(term, test)| Condition::Bare(term, Box::new(Condition::Integer(test)))),
        terms.truths.clone().prop_map(Condition::NotBare),
    ];
    prop_oneof![
        tests(&terms.integers, values::small_integers()).prop_map(Condition::Integer),
        tests(&terms.bigs, values::big_integers()).prop_map(Condition::Big),
        tests(&terms.texts, values::texts()).prop_map(Condition::Text),
        tests(&terms.truths, any::<bool>()).prop_map(Condition::Truth),
        tests(&terms.floats, values::floats()).prop_map(Condition::Float),
        tests(&terms.decimals, values::decimals()).prop_map(Condition::Decimal),
        tests(&terms.moments, values::moments()).prop_map(Condition::Moment),
        (terms.texts.clone(), matches()).prop_map(|(text, how)| Condition::Match(text, how)),
        bare,
    ]
    .boxed()
}

fn tests<T: Kind>(
    terms: &BoxedStrategy<Term<T>>,
    values: impl Strategy<Value = T> + Clone + 'static,
) -> BoxedStrategy<Test<T>> {
    let term = || terms.clone();
    let comparisons = select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
        Comparison::NotDistinct,
    ]);
    let value = prop_oneof![6 => values.clone().prop_map(Some), 1 => Just(None)];
    let in_query = (term(), select(T::FIELDS), -6..=2_i32, any::<bool>());
    prop_oneof![
        3 => (term(), comparisons.clone(), value)
            .prop_map(|(left, comparison, value)| Test::CompareValue(left, comparison, value)),
        3 => (term(), comparisons, term())
            .prop_map(|(left, comparison, right)| Test::Compare(left, comparison, right)),
        1 => (term(), term(), term()).prop_map(|(term, low, high)| Test::Between(term, low, high)),
        1 => (term(), vec(values, 0..4), any::<bool>())
            .prop_map(|(term, list, negated)| Test::In { term, list, negated }),
        1 => in_query.prop_map(|(term, column, below, negated)| {
            Test::InQuery { term, column, below, negated }
        }),
        1 => (term(), any::<bool>()).prop_map(|(term, negated)| Test::Null { term, negated }),
    ]
    .boxed()
}

fn matches() -> impl Strategy<Value = Match> {
    prop_oneof![
        2 => values::patterns().prop_map(Match::Like),
        1 => values::patterns().prop_map(Match::ILike),
        1 => values::texts().prop_map(Match::Contains),
        1 => values::texts().prop_map(Match::StartsWith),
        1 => values::texts().prop_map(Match::EndsWith),
    ]
}
