//! `=`, `<>`, `<`, `<=`, `>`, `>=` and BETWEEN, with values, columns and expressions beside them.

use orm::Expr;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Reading {
    #[orm(primary_key)]
    id: i64,
    low: i32,
    high: i32,
    label: String,
}

/// Row 1 is (-5, 5, "a"), row 2 (0, 0, "b"), row 3 (7, 3, "c").
fn with_readings(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Reading].create_all(&mut conn)?;
    let rows = [(-5, 5, "a"), (0, 0, "b"), (7, 3, "c")];
    let rows = rows.map(|(low, high, label)| Reading::builder().low(low).high(high).label(label));
    Reading::insert_many(rows).execute(&mut conn)?;
    Ok(conn)
}

fn ids(conn: &mut Connection, condition: Expr<bool>) -> orm::Result<Vec<i64>> {
    Reading::query().filter(condition).order_by(Reading::id).select(Reading::id).all(conn)
}

on_every_backend! {
    fn a_column_is_compared_with_a_value(db: &TestDb) -> TestResult {
        let mut conn = with_readings(db)?;

        assert_eq!(ids(&mut conn, Reading::low.eq(0))?, [2]);
        assert_eq!(ids(&mut conn, Reading::low.ne(0))?, [1, 3]);
        assert_eq!(ids(&mut conn, Reading::low.lt(0))?, [1]);
        assert_eq!(ids(&mut conn, Reading::low.le(0))?, [1, 2]);
        assert_eq!(ids(&mut conn, Reading::low.gt(0))?, [3]);
        assert_eq!(ids(&mut conn, Reading::low.ge(0))?, [2, 3]);
        Ok(())
    }

    fn a_column_is_compared_with_a_column(db: &TestDb) -> TestResult {
        let mut conn = with_readings(db)?;

        assert_eq!(ids(&mut conn, Reading::low.eq(Reading::high))?, [2]);
        assert_eq!(ids(&mut conn, Reading::low.ne(Reading::high))?, [1, 3]);
        assert_eq!(ids(&mut conn, Reading::low.lt(Reading::high))?, [1]);
        assert_eq!(ids(&mut conn, Reading::low.le(Reading::high))?, [1, 2]);
        assert_eq!(ids(&mut conn, Reading::low.gt(Reading::high))?, [3]);
        assert_eq!(ids(&mut conn, Reading::low.ge(Reading::high))?, [2, 3]);
        Ok(())
    }

    fn text_is_compared_by_its_characters_codes(db: &TestDb) -> TestResult {
        let mut conn = with_readings(db)?;

        assert_eq!(ids(&mut conn, Reading::label.gt("a"))?, [2, 3]);
        assert_eq!(ids(&mut conn, Reading::label.eq("A"))?, Vec::<i64>::new());
        assert_eq!(ids(&mut conn, Reading::label.gt("B"))?, [1, 2, 3]);
        Ok(())
    }

    fn text_can_be_given_borrowed_and_owned(db: &TestDb) -> TestResult {
        let mut conn = with_readings(db)?;
        let owned = String::from("b");

        assert_eq!(ids(&mut conn, Reading::label.eq("b"))?, [2]);
        assert_eq!(ids(&mut conn, Reading::label.eq(&owned))?, [2]);
        assert_eq!(ids(&mut conn, Reading::label.eq(owned))?, [2]);
        Ok(())
    }

    fn between_includes_both_ends(db: &TestDb) -> TestResult {
        let mut conn = with_readings(db)?;

        assert_eq!(ids(&mut conn, Reading::low.between(-5, 0))?, [1, 2]);
        assert_eq!(ids(&mut conn, Reading::low.between(-4, 6))?, [2]);
        assert_eq!(ids(&mut conn, Reading::low.between(7, 7))?, [3]);
        assert_eq!(ids(&mut conn, Reading::low.between(7, -5))?, Vec::<i64>::new());
        assert_eq!(ids(&mut conn, !Reading::low.between(-5, 0))?, [3]);
        Ok(())
    }

    fn between_takes_columns(db: &TestDb) -> TestResult {
        let mut conn = with_readings(db)?;

        assert_eq!(ids(&mut conn, Reading::id.between(1, 2))?, [1, 2]);
        assert_eq!(ids(&mut conn, Reading::high.between(Reading::low, 4))?, [2]);
        Ok(())
    }

    fn a_comparison_can_itself_be_compared(db: &TestDb) -> TestResult {
        let mut conn = with_readings(db)?;

        let is_negative = Reading::low.lt(0);
        assert_eq!(ids(&mut conn, is_negative.clone().eq(true))?, [1]);
        assert_eq!(ids(&mut conn, is_negative.clone().ne(Reading::high.gt(0)))?, [3]);
        assert_eq!(ids(&mut conn, is_negative.eq(Reading::high.gt(4)))?, [1, 2, 3]);
        Ok(())
    }
}
