//! The methods that run a query: how many statements they send, and what they do with none, one or
//! several rows.

use orm::Error;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Word {
    #[orm(primary_key)]
    id: i64,
    text: String,
    length: i32,
}

/// "a" and "b" of length 1, "cc" of length 2.
fn with_words(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Word].create_all(&mut conn)?;
    let rows = [("a", 1), ("b", 1), ("cc", 2)];
    let rows = rows.map(|(text, length)| Word::builder().text(text).length(length));
    Word::insert_many(rows).execute(&mut conn)?;
    Ok(conn)
}

on_every_backend! {
    fn all_returns_every_row_or_none(db: &TestDb) -> TestResult {
        let mut conn = with_words(db)?;

        assert_eq!(Word::query().all(&mut conn)?.len(), 3);
        assert!(Word::query().filter(Word::length.gt(9)).all(&mut conn)?.is_empty());
        Ok(())
    }

    fn first_returns_the_first_row_of_the_order(db: &TestDb) -> TestResult {
        let mut conn = with_words(db)?;
        let query = Word::query().order_by(Word::text.desc());

        assert_eq!(query.first(&mut conn)?.map(|word| word.text).as_deref(), Some("cc"));
        assert_eq!(query.first_or_not_found(&mut conn)?.text, "cc");
        assert_eq!(query.clone().offset(1).first(&mut conn)?.unwrap().text, "b");
        assert!(query.clone().limit(0).first(&mut conn)?.is_none());
        assert!(query.filter(Word::length.gt(9)).first(&mut conn)?.is_none());
        Ok(())
    }

    fn first_or_not_found_says_which_model_was_not_found(db: &TestDb) -> TestResult {
        let mut conn = with_words(db)?;
        let query = Word::query().filter(Word::text.eq("secret"));

        let error = query.first_or_not_found(&mut conn).unwrap_err();

        assert!(error.is_not_found());
        assert_eq!(error.to_string(), "no `Word` matches the query");
        Ok(())
    }

    fn one_wants_exactly_one_row(db: &TestDb) -> TestResult {
        let mut conn = with_words(db)?;
        let of_length = |length: i32| Word::query().filter(Word::length.eq(length));

        assert_eq!(of_length(2).one(&mut conn)?.text, "cc");
        assert!(of_length(9).one(&mut conn).unwrap_err().is_not_found());
        let several = of_length(1).one(&mut conn).unwrap_err();
        assert!(matches!(several, Error::MultipleResults { model: "Word" }));
        assert!(!several.is_not_found());
        Ok(())
    }

    fn one_or_none_wants_at_most_one_row(db: &TestDb) -> TestResult {
        let mut conn = with_words(db)?;
        let of_length = |length: i32| Word::query().filter(Word::length.eq(length));

        assert_eq!(of_length(2).one_or_none(&mut conn)?.map(|word| word.id), Some(3));
        assert!(of_length(9).one_or_none(&mut conn)?.is_none());
        let several = of_length(1).one_or_none(&mut conn).unwrap_err();
        assert!(matches!(several, Error::MultipleResults { model: "Word" }));
        assert_eq!(of_length(1).order_by(Word::id).limit(1).one(&mut conn)?.text, "a");
        Ok(())
    }

    fn count_counts_the_rows_that_all_would_return(db: &TestDb) -> TestResult {
        let mut conn = with_words(db)?;
        let query = Word::query().order_by(Word::id);

        assert_eq!(query.count(&mut conn)?, 3);
        assert_eq!(query.clone().filter(Word::length.eq(1)).count(&mut conn)?, 2);
        assert_eq!(query.clone().filter(Word::length.eq(9)).count(&mut conn)?, 0);
        assert_eq!(query.clone().limit(2).count(&mut conn)?, 2);
        assert_eq!(query.clone().limit(9).count(&mut conn)?, 3);
        assert_eq!(query.clone().limit(0).count(&mut conn)?, 0);
        assert_eq!(query.clone().offset(1).count(&mut conn)?, 2);
        assert_eq!(query.clone().offset(2).limit(5).count(&mut conn)?, 1);
        assert_eq!(query.offset(9).count(&mut conn)?, 0);
        Ok(())
    }

    fn count_counts_distinct_parts_once(db: &TestDb) -> TestResult {
        let mut conn = with_words(db)?;
        let lengths = Word::query().select(Word::length);

        assert_eq!(lengths.count(&mut conn)?, 3);
        assert_eq!(lengths.clone().distinct().count(&mut conn)?, 2);
        assert_eq!(lengths.distinct().offset(1).count(&mut conn)?, 1);
        let twice = Word::query().select((Word::length, Word::length)).distinct();
        assert_eq!(twice.count(&mut conn)?, 2);
        Ok(())
    }

    fn exists_tells_whether_there_is_any_row(db: &TestDb) -> TestResult {
        let mut conn = with_words(db)?;
        let query = Word::query().order_by(Word::id);

        assert!(query.exists(&mut conn)?);
        assert!(query.clone().filter(Word::length.eq(2)).exists(&mut conn)?);
        assert!(!query.clone().filter(Word::length.eq(9)).exists(&mut conn)?);
        assert!(query.clone().offset(2).exists(&mut conn)?);
        assert!(!query.clone().offset(3).exists(&mut conn)?);
        assert!(!query.limit(0).exists(&mut conn)?);
        Ok(())
    }

    fn a_query_can_be_run_again_and_in_other_ways(db: &TestDb) -> TestResult {
        let mut conn = with_words(db)?;
        let query = Word::query().filter(Word::length.eq(1)).order_by(Word::id);

        let total = query.count(&mut conn)?;
        let page = query.clone().limit(1).all(&mut conn)?;
        let all = query.all(&mut conn)?;
        let again = query.all(&mut conn)?;

        assert_eq!((total, page.len(), all.len(), again.len()), (2, 1, 2, 2));
        Ok(())
    }

    fn each_method_sends_one_statement(db: &TestDb) -> TestResult {
        let mut conn = with_words(db)?;
        let query = Word::query().filter(Word::length.eq(2));
        let before = conn.statement_count();

        query.all(&mut conn)?;
        query.first(&mut conn)?;
        query.one(&mut conn)?;
        query.one_or_none(&mut conn)?;
        query.count(&mut conn)?;
        query.exists(&mut conn)?;
        query.get(&mut conn, 3)?;

        assert_eq!(conn.statement_count() - before, 7);
        Ok(())
    }

    fn building_a_query_sends_nothing(db: &TestDb) -> TestResult {
        let conn = with_words(db)?;
        let before = conn.statement_count();

        let query = Word::query().filter(Word::length.eq(1)).order_by(Word::id).select(Word::id);
        let _text = query.to_sql(conn.dialect())?;

        assert_eq!(conn.statement_count(), before);
        Ok(())
    }

    fn a_missing_part_is_named_by_its_shape(db: &TestDb) -> TestResult {
        let mut conn = with_words(db)?;
        let none = Word::query().filter(Word::length.eq(9));

        let error = none.select((Word::id, Word::length)).one(&mut conn).unwrap_err();

        assert_eq!(error.to_string(), "no `(i64, i32)` matches the query");
        Ok(())
    }
}
