//! Rows that are asked for: one after the other, in vectors, or given to a closure.

use std::cell::Cell;

use orm::func::function;
use orm::prelude::*;
use orm::{Error, Expr, Select};
use orm_core::sql::Sql;
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "readings")]
struct Reading {
    #[orm(primary_key)]
    id: i64,
    value: i64,
    unit: String,
    raw: Vec<u8>,
}

/// The same table, read by somebody who expects small values.
#[derive(Model, Debug, PartialEq)]
#[orm(table = "readings")]
struct SmallReading {
    #[orm(primary_key)]
    id: i64,
    value: i16,
}

/// A result without an end, which nobody can hold.
const ENDLESS: &str =
    "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

/// Readings 1 to `count`, whose values are their ids.
fn readings(conn: &mut Connection, count: i64) -> orm::Result<()> {
    metadata![Reading].create_all(conn)?;
    let rows = (1..=count).map(reading);
    Reading::insert_many(rows).execute(conn)?;
    Ok(())
}

fn reading(value: i64) -> impl orm::IntoNewRow<Reading> {
    Reading::builder().value(value).unit("K").raw(vec![7, 0, 9])
}

fn values() -> Select<i64> {
    Reading::query().select(Reading::value).order_by(Reading::id)
}

/// The absolute values, of which the least number of all has none.
fn absolute_values() -> Select<i64> {
    let absolute: Expr<i64> = function("abs", Reading::value);
    Reading::query().filter(Reading::unit.eq("K")).select(absolute).order_by(Reading::id)
}

fn fail_in_row(conn: &mut Connection, id: i64) -> orm::Result<()> {
    Reading::update().set(Reading::value, i64::MIN).filter(Reading::id.eq(id)).execute(conn)?;
    Ok(())
}

/// Whether somebody else sees the row, which is then committed.
fn is_committed(db: &TestDb, conn: &mut Connection, value: i64) -> orm::Result<bool> {
    let query = Reading::query().filter(Reading::value.eq(value));
    match db.backend() {
        Backend::SqliteMemory => query.exists(conn),
        _ => query.exists(&mut db.connect()?),
    }
}

on_every_backend! {
    fn a_stream_returns_what_all_returns(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 2_500)?;
        let query = Reading::query().order_by(Reading::id);

        let streamed = query.stream(&mut conn)?.collect::<orm::Result<Vec<_>>>()?;

        assert_eq!(streamed.len(), 2_500);
        assert_eq!(streamed, query.all(&mut conn)?);
        Ok(())
    }

    fn no_row_is_lost_where_portions_meet(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 6)?;

        for rows_at_a_time in [0, 1, 2, 3, 4, 6, 7, usize::MAX] {
            let stream = values().stream(&mut conn)?.yield_per(rows_at_a_time);
            let streamed = stream.collect::<orm::Result<Vec<_>>>()?;

            assert_eq!(streamed, [1, 2, 3, 4, 5, 6], "{rows_at_a_time} rows at a time");
        }
        Ok(())
    }

    fn the_size_of_portions_can_change_on_the_way(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 6)?;

        let mut stream = values().stream(&mut conn)?.yield_per(2);
        let first = stream.next().transpose()?;
        let rest = stream.yield_per(3).collect::<orm::Result<Vec<_>>>()?;

        assert_eq!((first, rest), (Some(1), vec![2, 3, 4, 5, 6]));
        Ok(())
    }

    fn a_stream_without_rows_ends_at_once(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 0)?;

        let mut stream = values().stream(&mut conn)?;

        assert!(stream.next().is_none());
        assert!(stream.next().is_none());
        Ok(())
    }

    fn a_result_without_end_is_read_as_far_as_wanted(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let mut numbers = Vec::new();
        let mut rows = conn.open(&Sql::plain(ENDLESS))?;
        while numbers.len() < 1_001 {
            numbers.extend(rows.next(|_, row| row.i64(0))?);
        }
        drop(rows);

        assert_eq!(numbers.last(), Some(&1_001));
        readings(&mut conn, 3)?;
        assert_eq!(values().all(&mut conn)?, [1, 2, 3]);
        Ok(())
    }

    fn a_stream_keeps_the_values_of_a_query_that_is_gone(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 6)?;

        let mut stream = {
            let (unit, raw, wanted) = (String::from("K"), vec![7, 0, 9], vec![2_i64, 4, 6]);
            values()
                .filter(Reading::unit.eq(unit) & Reading::raw.eq(raw) & Reading::value.in_(wanted))
                .stream(&mut conn)?
                .yield_per(1)
        };

        assert_eq!(stream.by_ref().take(2).collect::<orm::Result<Vec<_>>>()?, [2, 4]);
        assert_eq!(stream.collect::<orm::Result<Vec<_>>>()?, [6]);
        Ok(())
    }

    fn writes_after_a_stream_take_effect_at_once(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 5)?;

        drop(values().stream(&mut conn)?);
        values().stream(&mut conn)?.yield_per(2).next();
        assert_eq!(values().stream(&mut conn)?.count(), 5);
        Reading::insert(reading(77)).execute(&mut conn)?;

        assert!(is_committed(db, &mut conn, 77)?);
        Ok(())
    }

    fn a_stream_in_a_transaction_sees_its_writes_and_leaves_it_open(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 3)?;

        let mut tx = conn.begin()?;
        Reading::insert(reading(4)).execute(&mut tx)?;
        let whole = values().stream(&mut tx)?.collect::<orm::Result<Vec<_>>>()?;
        let mut savepoint = tx.begin()?;
        let first = values().stream(&mut savepoint)?.yield_per(2).next().transpose()?;
        Reading::insert(reading(5)).execute(&mut savepoint)?;
        savepoint.rollback()?;
        Reading::insert(reading(6)).execute(&mut tx)?;
        let streamed_again = values().stream(&mut tx)?.collect::<orm::Result<Vec<_>>>()?;
        tx.commit()?;

        assert_eq!((whole, first), (vec![1, 2, 3, 4], Some(1)));
        assert_eq!(streamed_again, [1, 2, 3, 4, 6]);
        assert!(is_committed(db, &mut conn, 6)?);
        Ok(())
    }

    fn a_stream_in_a_transaction_is_not_committed_with_it_rolled_back(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 3)?;

        let mut tx = conn.begin()?;
        Reading::insert(reading(4)).execute(&mut tx)?;
        assert_eq!(values().stream(&mut tx)?.count(), 4);
        tx.rollback()?;

        assert_eq!(values().all(&mut conn)?, [1, 2, 3]);
        Ok(())
    }

    fn an_error_among_the_rows_is_the_last_item(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 1_000)?;
        fail_in_row(&mut conn, 500)?;

        let mut stream = absolute_values().stream(&mut conn)?.yield_per(100);
        let before = stream.by_ref().take(400).collect::<orm::Result<Vec<_>>>()?;
        let error = stream.find_map(Result::err).unwrap();

        assert_eq!(before.last(), Some(&400));
        assert!(stream.next().is_none());
        drop(stream);
        let Error::Database(error) = error else { panic!("{error:?}") };
        assert!(error.sql.unwrap().starts_with(r#"SELECT abs("value") FROM "readings""#));
        assert_eq!(error.parameters, None);
        assert_eq!(Reading::query().count(&mut conn)?, 1_000);
        Reading::insert(reading(77)).execute(&mut conn)?;
        assert!(is_committed(db, &mut conn, 77)?);
        Ok(())
    }

    fn an_error_among_the_rows_shows_the_values_if_it_shall(db: &TestDb) -> TestResult {
        let engine = db.engine().clone().show_parameters(true);
        let mut conn = engine.connect()?;
        readings(&mut conn, 3)?;
        fail_in_row(&mut conn, 2)?;

        let error = absolute_values().stream(&mut conn)?.find_map(Result::err).unwrap();

        assert!(error.to_string().contains(r#"parameters: ["K"]"#), "{error}");
        Ok(())
    }

    fn an_error_in_a_savepoint_can_be_undone(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 3)?;
        fail_in_row(&mut conn, 2)?;

        let mut tx = conn.begin()?;
        let mut savepoint = tx.begin()?;
        assert!(absolute_values().stream(&mut savepoint)?.any(|row| row.is_err()));
        savepoint.rollback()?;
        Reading::insert(reading(77)).execute(&mut tx)?;
        assert_eq!(values().stream(&mut tx)?.count(), 4);
        tx.commit()?;

        assert!(is_committed(db, &mut conn, 77)?);
        Ok(())
    }

    fn a_value_that_does_not_fit_is_the_last_item_and_names_its_column(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 3)?;
        Reading::update().set(Reading::value, 40_000).filter(Reading::id.eq(2)).execute(&mut conn)?;

        let mut stream = SmallReading::query().order_by(SmallReading::id).stream(&mut conn)?;

        assert_eq!(stream.next().unwrap()?, SmallReading { id: 1, value: 1 });
        let error = stream.next().unwrap().unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
        assert!(error.to_string().contains("`readings.value`"), "{error}");
        assert!(stream.next().is_none());
        Ok(())
    }

    fn a_query_that_cannot_run_is_refused_before_the_first_row(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let missing = values().stream(&mut conn).unwrap_err();
        readings(&mut conn, 1)?;
        let senseless = values().filter(Reading::unit.like("\0")).stream(&mut conn).unwrap_err();

        let Error::Database(missing) = missing else { panic!("{missing:?}") };
        assert_eq!(
            missing.sql.as_deref(),
            Some(r#"SELECT "value" FROM "readings" ORDER BY "id""#)
        );
        assert!(matches!(senseless, Error::Encode(_)), "{senseless:?}");
        assert_eq!(values().all(&mut conn)?, [1]);
        Ok(())
    }

    fn a_stream_is_one_statement(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 10)?;
        let before = conn.statement_count();

        assert_eq!(values().stream(&mut conn)?.yield_per(2).count(), 10);
        assert_eq!(conn.statement_count() - before, 1);
        assert_eq!(values().chunks(&mut conn, 3)?.count(), 4);
        assert_eq!(conn.statement_count() - before, 2);
        values().for_each(&mut conn, |_| Ok(()))?;
        assert_eq!(conn.statement_count() - before, 3);
        Ok(())
    }

    fn the_last_chunk_may_be_shorter(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 5)?;
        let mut chunks =
            |size| values().chunks(&mut conn, size)?.collect::<orm::Result<Vec<Vec<i64>>>>();

        assert_eq!(chunks(2)?, [vec![1, 2], vec![3, 4], vec![5]]);
        assert_eq!(chunks(5)?, [vec![1, 2, 3, 4, 5]]);
        assert_eq!(chunks(9)?, [vec![1, 2, 3, 4, 5]]);
        assert_eq!(chunks(0)?, [vec![1], vec![2], vec![3], vec![4], vec![5]]);
        Ok(())
    }

    fn there_is_no_chunk_without_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 0)?;

        assert_eq!(values().chunks(&mut conn, 2)?.count(), 0);
        Ok(())
    }

    fn a_chunk_with_an_error_is_the_last(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 9)?;
        fail_in_row(&mut conn, 5)?;

        let mut chunks = absolute_values().chunks(&mut conn, 3)?;

        assert_eq!(chunks.next().unwrap()?, [1, 2, 3]);
        assert!(matches!(chunks.next(), Some(Err(Error::Database(_)))));
        assert!(chunks.next().is_none());
        Ok(())
    }

    fn for_each_gives_every_row_to_the_closure(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 2_500)?;
        let (mut count, mut sum) = (0, 0);

        values().for_each(&mut conn, |value| {
            count += 1;
            sum += value;
            Ok(())
        })?;

        assert_eq!((count, sum), (2_500, 2_500 * 2_501 / 2));
        Ok(())
    }

    fn for_each_ends_with_the_first_error_of_the_closure(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        readings(&mut conn, 5)?;
        let calls = Cell::new(0);

        let ended = values().for_each(&mut conn, |value| {
            calls.set(calls.get() + 1);
            if value == 3 { Err(Error::configuration("enough")) } else { Ok(()) }
        });

        assert_eq!(ended.unwrap_err().to_string(), "enough");
        assert_eq!(calls.get(), 3);
        assert_eq!(values().all(&mut conn)?.len(), 5);
        Ok(())
    }
}
