//! Arbitrary conditions hold for the rows for which the same condition, evaluated in Rust with SQL's
//! logic of three values, holds.
//!
//! The cases are the same in every run. `ORM_TEST_PREDICATES=100000` checks so many instead, and
//! `ORM_TEST_SEED=7` others; a failure prints the seed, the condition made as small as it fails, and
//! the row.

mod arbitrary;
mod condition;
pub(super) mod pattern;
mod sample;
mod smaller;
mod term;
mod values;

use std::cell::{Cell, RefCell};
use std::error::Error;

use orm::Connection;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};
use proptest::collection::vec;
use proptest::strategy::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use self::condition::Condition;
use self::sample::Sample;
use self::smaller::Smaller;
use crate::shared::number_in_environment;

/// How many conditions are checked, on each backend.
const CASES: u32 = 10_000;

/// How many of them on the same rows.
const CASES_A_TABLE: u32 = 500;

const ROWS: usize = 50;

/// Not the usual algorithm, which takes most of the time where it is not optimized.
fn rng(seed: u64, table: u32) -> TestRng {
    let mut bytes = [1; 16];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..12].copy_from_slice(&table.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::XorShift, &bytes)
}

/// Replaces the rows by arbitrary ones, and returns them.
fn fill(conn: &mut Connection, runner: &mut TestRunner) -> Result<Vec<Sample>, Box<dyn Error>> {
    let rows = vec(values::samples(), ROWS)
        .new_tree(runner)
        .map_err(|reason| reason.to_string())?
        .current();
    Sample::delete().all_rows().execute(conn)?;
    Ok(Sample::insert_many(rows.into_iter().map(Sample::into_row)).all(conn)?)
}

/// Asserts that the database finds each row by `condition`, or not, as Rust does, and that it sees
/// NULL where Rust does.
fn assert_same(conn: &mut Connection, rows: &[Sample], condition: &Condition) -> TestResult {
    let in_order = || Sample::query().order_by(Sample::id);
    let found = in_order().filter(condition.sql()).select(Sample::id).all(conn)?;
    let truths = in_order().select(condition.sql().nullable()).all(conn)?;

    for (row, truth) in rows.iter().zip(truths) {
        let expected = condition.truth(row, rows);
        let is_found = found.contains(&row.id);
        if truth != expected || is_found != (expected == Some(true)) {
            let sql = in_order().filter(condition.sql()).to_sql(conn.dialect())?;
            return Err(format!(
                "{expected:?} in Rust, but {truth:?} in the database, which found the row: \
                 {is_found}\n{row:#?}\n{sql}"
            )
            .into());
        }
    }
    Ok(())
}

/// Prints the smallest condition that fails as `condition` does, and why.
fn smallest_failure(conn: &mut Connection, rows: &[Sample], mut condition: Condition) -> String {
    let mut why = String::new();
    let mut candidates = vec![condition.clone()];
    while let Some((smaller, error)) = candidates.into_iter().find_map(|candidate| {
        let error = assert_same(conn, rows, &candidate).err()?;
        Some((candidate, error))
    }) {
        why = error.to_string();
        candidates = smaller.smaller();
        condition = smaller;
    }
    format!("{condition:#?}\n{why}")
}

on_every_backend! {
    fn arbitrary_conditions_hold_as_they_do_in_rust(db: &TestDb) -> TestResult {
        let cases = number_in_environment("ORM_TEST_PREDICATES", CASES);
        let seed = number_in_environment("ORM_TEST_SEED", 0);
        println!("seed {seed}");
        let mut conn = db.connect()?;
        metadata![Sample].create_all(&mut conn)?;
        let conn = RefCell::new(conn);
        let checked = Cell::new(0);
        let [simple, nested, several] = arbitrary::conditions();
        let tables = cases.div_ceil(CASES_A_TABLE);
        for table in 0..tables {
            let conditions = match table * 4 / tables {
                0 => &simple,
                1 => &nested,
                _ => &several,
            };
            let config =
                Config { cases: CASES_A_TABLE, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
            let mut runner = TestRunner::new_with_rng(config, rng(seed, table));
            let rows = fill(&mut conn.borrow_mut(), &mut runner)?;

            let outcome = runner.run(conditions, |condition| {
                checked.set(checked.get() + 1);
                assert_same(&mut conn.borrow_mut(), &rows, &condition)
                    .map_err(|error| TestCaseError::fail(error.to_string()))
            });

            match outcome {
                Ok(()) => {}
                Err(TestError::Fail(_, condition)) => {
                    let failure = smallest_failure(&mut conn.borrow_mut(), &rows, condition);
                    panic!("seed {seed}, table {table}: {failure}");
                }
                Err(aborted) => return Err(aborted.to_string().into()),
            }
        }
        assert!(checked.get() >= cases);
        Ok(())
    }
}
