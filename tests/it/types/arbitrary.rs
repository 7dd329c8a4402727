//! Batches of arbitrary values come back as they were given. The batches are the same in every run.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::Debug;

use chrono::{DateTime, Utc};
use orm::{Json, Transaction};
use orm_testkit::{TestDb, TestResult, on_every_backend};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use rust_decimal::Decimal;

use super::stored::{Filter, Stored};

stored! {
    Words: String,
    Bytes: Vec<u8>,
    Integer: i64,
    Double: f64,
    Single: f32,
    Amount: Decimal,
    Moment: DateTime<Utc>,
    Measures: Json<Vec<f64>>,
}

const BATCHES: u32 = 6;
const BATCH: usize = 50;

/// 0001-01-01T00:00:00Z and the last microsecond of the year 9999.
const FIRST_AND_LAST: (i64, i64) = (-62_135_596_800_000_000, 253_402_300_799_999_999);

/// Gives `check` batches of values on a connection whose table is empty.
fn for_batches<S: Stored>(
    db: &TestDb,
    values: impl Strategy<Value = S::Value>,
    check: fn(&mut Transaction<'_>, &[S::Value]) -> TestResult,
) -> TestResult {
    let mut conn = db.connect()?;
    let mut tx = conn.begin()?;
    S::create_table(&mut tx)?;
    let tx = RefCell::new(tx);
    let config = Config { cases: BATCHES, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, rng)
        .run(&vec(values, 1..=BATCH), |batch| {
            let failed = |error: Box<dyn Error>| TestCaseError::fail(error.to_string());
            let tx = &mut *tx.borrow_mut();
            S::clear(tx).map_err(|error| failed(error.into()))?;
            check(tx, &batch).map_err(failed)
        })
        .map_err(|failure| failure.to_string().into())
}

fn assert_batch_round_trips<S: Stored>(tx: &mut Transaction<'_>, batch: &[S::Value]) -> TestResult {
    let rows = batch.iter().map(|value| (value.clone(), Some(value.clone()))).collect();

    let returned = S::store_all(tx, rows)?;

    let read = S::stored(tx)?;
    let expected: Vec<_> = batch.iter().map(same_form).collect();
    for rows in [&returned, &read] {
        let values: Vec<_> = rows.iter().map(|row| same_form(row.value())).collect();
        assert_eq!(values, expected);
        let values: Vec<_> = rows.iter().map(|row| row.maybe().map(same_form)).collect();
        assert!(values.into_iter().eq(expected.iter().cloned().map(Some)));
    }
    for (row, value) in returned.iter().zip(batch) {
        let found = S::ids(tx, Filter::Equal(value))?;
        assert!(found.contains(&row.id()), "not found by = {value:?}");
        let found = S::ids(tx, Filter::In(std::slice::from_ref(value)))?;
        assert!(found.contains(&row.id()), "not found by in_ [{value:?}]");
    }
    assert_eq!(S::ids(tx, Filter::In(batch))?.len(), batch.len());
    Ok(())
}

fn assert_batch_is_ordered<S: Stored<Value: PartialOrd>>(
    tx: &mut Transaction<'_>,
    batch: &[S::Value],
) -> TestResult {
    let rows = S::store_all(tx, batch.iter().map(|value| (value.clone(), None)).collect())?;
    for pivot in batch.iter().take(10) {
        let expected: Vec<i64> = rows.iter().filter(|row| row.value() > pivot).map(S::id).collect();
        assert_eq!(S::ids(tx, Filter::Greater(pivot))?, expected, "> {pivot:?}");
    }

    let ordered = S::in_order(tx)?;

    let mut expected = batch.to_vec();
    expected.sort_by(|left, right| left.partial_cmp(right).unwrap());
    assert_eq!(ordered, expected);
    Ok(())
}

/// Prints a value such that only the same value prints so, and any NaN as another.
fn same_form<T: Debug>(value: &T) -> String {
    format!("{value:?}")
}

fn decimals() -> impl Strategy<Value = Decimal> {
    const MAX: i128 = (1 << 96) - 1;
    let mantissas =
        prop_oneof![-MAX..=MAX, -10_000_i128..=10_000, -10_i128.pow(18)..=10_i128.pow(18)];
    (mantissas, 0..=28_u32)
        .prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale))
}

fn moments() -> impl Strategy<Value = DateTime<Utc>> {
    let (first, last) = FIRST_AND_LAST;
    let seconds = (first / 1_000_000..=last / 1_000_000).prop_map(|second| second * 1_000_000);
    prop_oneof![first..=last, seconds, -5_000_000_i64..=5_000_000]
        .prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap())
}

on_every_backend! {
    fn arbitrary_text_round_trips(db: &TestDb) -> TestResult {
        // Not every backend holds NUL: it has a test of its own.
        let characters = any::<char>().prop_filter("no NUL", |&character| character != '\0');
        let words = vec(characters, 0..40).prop_map(String::from_iter);

        for_batches::<Words>(db, words, assert_batch_round_trips::<Words>)
    }

    fn arbitrary_bytes_round_trip(db: &TestDb) -> TestResult {
        for_batches::<Bytes>(db, vec(any::<u8>(), 0..40), assert_batch_round_trips::<Bytes>)
    }

    fn arbitrary_integers_round_trip(db: &TestDb) -> TestResult {
        let integers = any::<i64>();

        for_batches::<Integer>(db, integers, assert_batch_round_trips::<Integer>)
    }

    fn arbitrary_doubles_round_trip(db: &TestDb) -> TestResult {
        let doubles = any::<u64>().prop_map(f64::from_bits);

        for_batches::<Double>(db, doubles, assert_batch_round_trips::<Double>)
    }

    fn arbitrary_singles_round_trip(db: &TestDb) -> TestResult {
        let singles = any::<u32>().prop_map(f32::from_bits);

        for_batches::<Single>(db, singles, assert_batch_round_trips::<Single>)
    }

    fn arbitrary_decimals_round_trip(db: &TestDb) -> TestResult {
        for_batches::<Amount>(db, decimals(), assert_batch_round_trips::<Amount>)
    }

    fn arbitrary_decimals_are_ordered_as_numbers(db: &TestDb) -> TestResult {
        for_batches::<Amount>(db, decimals(), assert_batch_is_ordered::<Amount>)
    }

    fn arbitrary_moments_round_trip(db: &TestDb) -> TestResult {
        for_batches::<Moment>(db, moments(), assert_batch_round_trips::<Moment>)
    }

    fn arbitrary_moments_are_ordered_as_they_follow_each_other(db: &TestDb) -> TestResult {
        for_batches::<Moment>(db, moments(), assert_batch_is_ordered::<Moment>)
    }

    fn arbitrary_floats_in_json_round_trip(db: &TestDb) -> TestResult {
        let finite = any::<f64>().prop_filter("no zero", |number| *number != 0.0);
        let measures = vec(finite, 0..4).prop_map(Json);

        for_batches::<Measures>(db, measures, assert_batch_round_trips::<Measures>)
    }
}
