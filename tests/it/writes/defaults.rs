//! Values that a row does not give: defaults of the program and of the database.

use std::cell::Cell;

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

thread_local! {
    // Each test has a thread of its own.
    static CALLS: Cell<i64> = const { Cell::new(0) };
}

fn next_call() -> i64 {
    CALLS.set(CALLS.get() + 1);
    CALLS.get()
}

#[derive(Model, Debug, PartialEq)]
struct Order {
    #[orm(primary_key)]
    id: i64,
    #[orm(default = "new")]
    state: String,
    #[orm(default = next_call)]
    number: i64,
    #[orm(default = 1)]
    quantity: Option<i32>,
    #[orm(server_default = "'shop'")]
    source: String,
    #[orm(server_default = "6 * 7")]
    priority: Option<i32>,
}

fn connect(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Order].create_all(&mut conn)?;
    Ok(conn)
}

on_every_backend! {
    fn a_row_that_gives_nothing_has_every_default(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let order = Order::insert(Order::builder()).one(&mut conn)?;

        assert_eq!(order, Order {
            id: 1,
            state: "new".to_owned(),
            number: 1,
            quantity: Some(1),
            source: "shop".to_owned(),
            priority: Some(42),
        });
        Ok(())
    }

    fn a_given_value_stands_before_every_default(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let row = Order::builder().state("paid").number(9).quantity(2).source("web").priority(3);
        let order = Order::insert(row).one(&mut conn)?;

        assert_eq!(order, Order {
            id: 1,
            state: "paid".to_owned(),
            number: 9,
            quantity: Some(2),
            source: "web".to_owned(),
            priority: Some(3),
        });
        assert_eq!(CALLS.get(), 0);
        Ok(())
    }

    fn a_given_none_stands_before_a_default_too(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let order =
            Order::insert(Order::builder().quantity(None).priority(None)).one(&mut conn)?;

        assert_eq!((order.quantity, order.priority), (None, None));
        Ok(())
    }

    fn a_function_is_called_for_each_row(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let orders = Order::insert_many((0..100).map(|_| Order::builder())).all(&mut conn)?;

        assert!(orders.iter().map(|order| order.number).eq(1..=100));
        Ok(())
    }

    fn rows_of_one_call_have_the_databases_default_where_they_give_no_value(
        db: &TestDb,
    ) -> TestResult {
        let mut conn = connect(db)?;

        let rows = [
            Order::builder().source("web"),
            Order::builder(),
            Order::builder().source("app").priority(None),
        ];
        let orders = Order::insert_many(rows).all(&mut conn)?;

        let stored: Vec<_> =
            orders.iter().map(|order| (order.source.as_str(), order.priority)).collect();
        assert_eq!(stored, [("web", Some(42)), ("shop", Some(42)), ("app", None)]);
        assert_eq!(orders.iter().map(|order| order.number).collect::<Vec<_>>(), [1, 2, 3]);
        Ok(())
    }
}

#[cfg(feature = "chrono")]
mod times {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;

    #[derive(Model, Debug, PartialEq)]
    struct Visit {
        #[orm(primary_key)]
        id: i64,
        #[orm(default = Utc::now)]
        began_at: DateTime<Utc>,
        #[orm(server_default = "CURRENT_TIMESTAMP")]
        stored_at: DateTime<Utc>,
        #[orm(default = Utc::now, on_update = Utc::now)]
        seen_at: DateTime<Utc>,
        pages: i32,
    }

    on_every_backend! {
        fn now_is_a_default_of_the_program_and_of_the_database(db: &TestDb) -> TestResult {
            let mut conn = db.connect()?;
            metadata![Visit].create_all(&mut conn)?;

            let visit = Visit::insert(Visit::builder().pages(1)).one(&mut conn)?;

            assert!((Utc::now() - visit.began_at).abs() < TimeDelta::minutes(1));
            assert!((Utc::now() - visit.stored_at).abs() < TimeDelta::minutes(1));
            Ok(())
        }

        fn an_update_sets_the_time_of_the_last_change(db: &TestDb) -> TestResult {
            let mut conn = db.connect()?;
            metadata![Visit].create_all(&mut conn)?;
            let old: DateTime<Utc> = "2001-01-01T00:00:00Z".parse()?;
            let row = Visit::builder().pages(1).began_at(old).seen_at(old);
            let visit = Visit::insert(row).one(&mut conn)?;

            Visit::update().set(Visit::pages, 2).filter(Visit::id.eq(1)).execute(&mut conn)?;

            let updated = Visit::query().get_or_not_found(&mut conn, visit.id)?;
            assert_eq!((updated.pages, updated.began_at), (2, old));
            assert!(updated.seen_at > old);
            Ok(())
        }
    }
}
