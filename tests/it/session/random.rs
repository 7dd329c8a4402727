//! Arbitrary sequences of what a session can do leave in memory, and in the tables, what a plain model of
//! both says.
//!
//! The cases are the same in every run. `ORM_TEST_SESSIONS=50000` checks so many instead, and
//! `ORM_TEST_SEED=7` others; a failure prints the seed and the steps, made as few as they fail.

mod steps;
mod world;

use orm::prelude::*;
use orm::text;
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};

use self::steps::{Step, steps};
use self::world::{Card, Item, Label, Owner, Run};
use crate::shared::{Chance, number_in_environment};

/// How many sequences are checked on each backend.
const CASES: u64 = 5_000;

/// Runs the steps in the session, which is empty again afterwards, and returns what went wrong.
fn failure_of(session: &mut Session, steps: &[Step]) -> orm::Result<Option<String>> {
    let mut run = Run::default();
    // In the end the tables are looked at, whatever the steps were.
    let failure = steps.iter().chain(&[Step::Query]).enumerate().find_map(|(number, step)| {
        let failure = match run.step(session, *step) {
            Ok(()) => run.difference(session),
            Err(error) => Some(error.to_string()),
        };
        failure.map(|failure| format!("after step {number}: {failure}"))
    });
    session.rollback()?;
    session.expunge_all();
    let conn = session.connection()?;
    text("DELETE FROM item_labels").execute(conn)?;
    Item::delete().all_rows().execute(conn)?;
    Card::delete().all_rows().execute(conn)?;
    Owner::delete().all_rows().execute(conn)?;
    Label::delete().all_rows().execute(conn)?;
    session.commit()?;
    Ok(failure)
}

/// Leaves out steps as long as the rest fails.
fn smallest(session: &mut Session, mut steps: Vec<Step>) -> orm::Result<Vec<Step>> {
    let mut at = 0;
    while at < steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(at);
        if failure_of(session, &fewer)?.is_some() {
            steps = fewer;
        } else {
            at += 1;
        }
    }
    Ok(steps)
}

on_every_backend! {
    fn a_session_agrees_with_a_plain_model_of_it(db: &TestDb) -> TestResult {
        metadata![Owner, Card, Item, Label].create_all(&mut db.connect()?)?;
        let seed: u64 = number_in_environment("ORM_TEST_SEED", 1);
        // A file is synchronized with every commit.
        let share = if db.backend() == Backend::SqliteFile { 10 } else { 1 };
        let cases = number_in_environment("ORM_TEST_SESSIONS", CASES) / share;
        let mut session = db.engine().session();

        for case in 0..cases {
            let steps = steps(&mut Chance::new(seed.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ case));
            if failure_of(&mut session, &steps)?.is_some() {
                let steps = smallest(&mut session, steps)?;
                let failure = failure_of(&mut session, &steps)?;
                panic!("seed {seed}, case {case}: {failure:?}\n{steps:#?}");
            }
        }
        Ok(())
    }
}
