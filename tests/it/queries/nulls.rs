//! NULL in conditions: `is_null`, `eq(None)`, and comparisons that are neither true nor false.

use orm::func::value;
use orm::prelude::*;
use orm::{Expr, Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Note {
    #[orm(primary_key)]
    id: i64,
    text: Option<String>,
    rank: Option<i32>,
    other_rank: Option<i32>,
}

/// Row 1 is ("", 1, 1), row 2 ("b", NULL, 2), row 3 (NULL, NULL, NULL).
fn with_notes(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Note].create_all(&mut conn)?;
    let rows = [(Some(""), Some(1), Some(1)), (Some("b"), None, Some(2)), (None, None, None)];
    let rows = rows.map(|(text, rank, other_rank)| {
        Note::builder().text(text.map(str::to_owned)).rank(rank).other_rank(other_rank)
    });
    Note::insert_many(rows).execute(&mut conn)?;
    Ok(conn)
}

fn ids(conn: &mut Connection, condition: Expr<bool>) -> orm::Result<Vec<i64>> {
    Note::query().filter(condition).order_by(Note::id).select(Note::id).all(conn)
}

on_every_backend! {
    fn null_is_tested_by_name(db: &TestDb) -> TestResult {
        let mut conn = with_notes(db)?;

        assert_eq!(ids(&mut conn, Note::rank.is_null())?, [2, 3]);
        assert_eq!(ids(&mut conn, Note::rank.is_not_null())?, [1]);
        assert_eq!(ids(&mut conn, !Note::rank.is_null())?, [1]);
        Ok(())
    }

    fn the_empty_text_is_not_null(db: &TestDb) -> TestResult {
        let mut conn = with_notes(db)?;

        assert_eq!(ids(&mut conn, Note::text.eq(""))?, [1]);
        assert_eq!(ids(&mut conn, Note::text.is_null())?, [3]);
        Ok(())
    }

    fn a_column_that_is_never_null_can_be_tested(db: &TestDb) -> TestResult {
        let mut conn = with_notes(db)?;

        assert_eq!(ids(&mut conn, Note::id.is_not_null())?, [1, 2, 3]);
        assert!(ids(&mut conn, Note::id.is_null())?.is_empty());
        Ok(())
    }

    fn equal_to_none_is_null_and_not_equal_is_not_null(db: &TestDb) -> TestResult {
        let mut conn = with_notes(db)?;
        let rank: &Option<i32> = &None;

        assert_eq!(ids(&mut conn, Note::rank.eq(None))?, [2, 3]);
        assert_eq!(ids(&mut conn, Note::rank.ne(None))?, [1]);
        assert_eq!(ids(&mut conn, Note::text.eq(None))?, [3]);
        assert_eq!(ids(&mut conn, Note::rank.eq(*rank))?, [2, 3]);
        assert_eq!(ids(&mut conn, Note::rank.eq(rank))?, [2, 3]);
        Ok(())
    }

    fn some_is_compared_as_its_value(db: &TestDb) -> TestResult {
        let mut conn = with_notes(db)?;

        assert_eq!(ids(&mut conn, Note::rank.eq(Some(1)))?, [1]);
        assert_eq!(ids(&mut conn, Note::text.eq(Some("b".to_owned())))?, [2]);
        assert_eq!(ids(&mut conn, Note::other_rank.ge(Some(2)))?, [2]);
        Ok(())
    }

    fn a_comparison_with_null_is_not_true_and_neither_is_its_opposite(db: &TestDb) -> TestResult {
        let mut conn = with_notes(db)?;

        assert_eq!(ids(&mut conn, Note::other_rank.ne(1))?, [2]);
        assert_eq!(ids(&mut conn, !Note::other_rank.eq(1))?, [2]);
        assert!(ids(&mut conn, Note::rank.lt(None))?.is_empty());
        assert!(ids(&mut conn, !Note::rank.lt(None))?.is_empty());
        assert!(ids(&mut conn, Note::rank.between(None, Some(5)))?.is_empty());
        Ok(())
    }

    fn columns_that_are_both_null_are_not_equal(db: &TestDb) -> TestResult {
        let mut conn = with_notes(db)?;

        assert_eq!(ids(&mut conn, Note::rank.eq(Note::other_rank))?, [1]);
        assert!(ids(&mut conn, Note::rank.ne(Note::other_rank))?.is_empty());
        Ok(())
    }

    fn a_test_for_null_is_a_value_like_any_other(db: &TestDb) -> TestResult {
        let mut conn = with_notes(db)?;

        assert_eq!(ids(&mut conn, Note::rank.is_null().eq(Note::text.is_null()))?, [1, 3]);
        assert_eq!(ids(&mut conn, (Note::rank.gt(0)).is_null())?, [2, 3]);
        Ok(())
    }

    fn a_null_that_stands_alone_has_a_type(db: &TestDb) -> TestResult {
        let mut conn = with_notes(db)?;

        let null = || value::<i32>(None::<i32>);
        assert!(ids(&mut conn, null().in_([1, 2]))?.is_empty());
        assert!(ids(&mut conn, Note::rank.eq(null()))?.is_empty());
        assert_eq!(ids(&mut conn, null().is_null())?, [1, 2, 3]);
        Ok(())
    }
}

#[test]
fn a_null_that_stands_alone_says_its_type() {
    let query = Note::query().filter(value::<i32>(None::<i32>).is_null()).select(Note::id);

    assert_eq!(
        query.to_sql(&Sqlite).unwrap(),
        r#"SELECT "id" FROM "note" WHERE CAST(?1 AS INTEGER) IS NULL"#
    );
    assert_eq!(
        query.to_sql(&Postgres).unwrap(),
        r#"SELECT "id" FROM "note" WHERE CAST($1 AS integer) IS NULL"#
    );
}
