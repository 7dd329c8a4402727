//! `select` and `distinct`: parts of rows, as values and tuples.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Sale {
    #[orm(primary_key)]
    id: i64,
    city: String,
    buyer: Option<String>,
    amount: f64,
    paid: bool,
}

/// Row 1 is ("Oslo", NULL, 1.5, true), row 2 ("Oslo", "ann", 1.5, false), row 3 ("Rome", NULL, 2.0,
/// true).
fn with_sales(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Sale].create_all(&mut conn)?;
    let rows =
        [("Oslo", None, 1.5, true), ("Oslo", Some("ann"), 1.5, false), ("Rome", None, 2.0, true)];
    let rows = rows.map(|(city, buyer, amount, paid)| {
        Sale::builder().city(city).buyer(buyer.map(str::to_owned)).amount(amount).paid(paid)
    });
    Sale::insert_many(rows).execute(&mut conn)?;
    Ok(conn)
}

on_every_backend! {
    fn one_column_is_read_as_its_type(db: &TestDb) -> TestResult {
        let mut conn = with_sales(db)?;

        let cities: Vec<String> =
            Sale::query().order_by(Sale::id).select(Sale::city).all(&mut conn)?;
        let buyers: Vec<Option<String>> =
            Sale::query().order_by(Sale::id).select(Sale::buyer).all(&mut conn)?;

        assert_eq!(cities, ["Oslo", "Oslo", "Rome"]);
        assert_eq!(buyers, [None, Some("ann".to_owned()), None]);
        Ok(())
    }

    fn several_columns_are_read_as_a_tuple(db: &TestDb) -> TestResult {
        let mut conn = with_sales(db)?;

        let rows: Vec<(Option<String>, f64, i64)> = Sale::query()
            .order_by(Sale::id)
            .select((Sale::buyer, Sale::amount, Sale::id))
            .all(&mut conn)?;

        assert_eq!(rows, [(None, 1.5, 1), (Some("ann".to_owned()), 1.5, 2), (None, 2.0, 3)]);
        Ok(())
    }

    fn a_tuple_may_have_one_part_or_twelve(db: &TestDb) -> TestResult {
        let mut conn = with_sales(db)?;
        let second = Sale::query().filter(Sale::id.eq(2));

        let one: (i64,) = second.clone().select((Sale::id,)).one(&mut conn)?;
        let twelve = second
            .select((
                Sale::id,
                Sale::city,
                Sale::buyer,
                Sale::amount,
                Sale::paid,
                Sale::id,
                Sale::city,
                Sale::buyer,
                Sale::amount,
                Sale::paid,
                Sale::buyer.is_null(),
                Sale::amount.gt(1.0),
            ))
            .one(&mut conn)?;

        let (city, buyer) = (|| "Oslo".to_owned(), || Some("ann".to_owned()));
        assert_eq!(one, (2,));
        assert_eq!(
            twelve,
            (2, city(), buyer(), 1.5, false, 2, city(), buyer(), 1.5, false, false, true)
        );
        Ok(())
    }

    fn an_expression_is_selected_beside_columns(db: &TestDb) -> TestResult {
        let mut conn = with_sales(db)?;

        let rows: Vec<(i64, bool)> = Sale::query()
            .order_by(Sale::id)
            .select((Sale::id, Sale::city.eq("Oslo") & !Sale::paid))
            .all(&mut conn)?;

        assert_eq!(rows, [(1, false), (2, true), (3, false)]);
        Ok(())
    }

    fn a_part_is_selected_before_or_after_the_other_clauses(db: &TestDb) -> TestResult {
        let mut conn = with_sales(db)?;

        let early =
            Sale::query().select(Sale::id).filter(Sale::paid).order_by(Sale::id.desc()).limit(1);
        let late =
            Sale::query().filter(Sale::paid).order_by(Sale::id.desc()).limit(1).select(Sale::id);

        assert_eq!(early.all(&mut conn)?, [3]);
        assert_eq!(late.all(&mut conn)?, [3]);
        Ok(())
    }

    fn rows_can_be_ordered_by_what_is_not_selected(db: &TestDb) -> TestResult {
        let mut conn = with_sales(db)?;

        let ids = Sale::query().order_by((Sale::amount.desc(), Sale::paid)).select(Sale::id);

        assert_eq!(ids.all(&mut conn)?, [3, 2, 1]);
        Ok(())
    }

    fn distinct_returns_equal_parts_once(db: &TestDb) -> TestResult {
        let mut conn = with_sales(db)?;

        let cities = Sale::query().distinct().order_by(Sale::city).select(Sale::city);
        let pairs = Sale::query()
            .select((Sale::city, Sale::amount))
            .distinct()
            .order_by(Sale::city);
        let buyers = Sale::query().select(Sale::buyer).distinct();

        assert_eq!(cities.all(&mut conn)?, ["Oslo", "Rome"]);
        assert_eq!(pairs.all(&mut conn)?, [("Oslo".to_owned(), 1.5), ("Rome".to_owned(), 2.0)]);
        assert_eq!(buyers.all(&mut conn)?.len(), 2);
        Ok(())
    }

    fn whole_rows_are_distinct_by_their_key(db: &TestDb) -> TestResult {
        let mut conn = with_sales(db)?;

        assert_eq!(Sale::query().distinct().all(&mut conn)?.len(), 3);
        Ok(())
    }

    fn whole_rows_come_back_as_they_were_written(db: &TestDb) -> TestResult {
        let mut conn = with_sales(db)?;

        let sale = Sale::query().filter(Sale::buyer.eq("ann")).one(&mut conn)?;

        let city = "Oslo".to_owned();
        let buyer = Some("ann".to_owned());
        assert_eq!(sale, Sale { id: 2, city, buyer, amount: 1.5, paid: false });
        Ok(())
    }
}
