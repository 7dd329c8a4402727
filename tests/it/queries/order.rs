//! ORDER BY, LIMIT and OFFSET.

use orm::Select;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Task {
    #[orm(primary_key)]
    id: i64,
    due: Option<i32>,
    title: String,
}

/// Row 1 is (30, "b"), row 2 (NULL, "a"), row 3 (10, "b"), row 4 (NULL, "c"), row 5 (20, "a").
fn with_tasks(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Task].create_all(&mut conn)?;
    let rows = [(Some(30), "b"), (None, "a"), (Some(10), "b"), (None, "c"), (Some(20), "a")];
    let rows = rows.map(|(due, title)| Task::builder().due(due).title(title));
    Task::insert_many(rows).execute(&mut conn)?;
    Ok(conn)
}

fn ids(conn: &mut Connection, query: Select<Task>) -> orm::Result<Vec<i64>> {
    query.select(Task::id).all(conn)
}

on_every_backend! {
    fn rows_are_ordered_upwards_and_downwards(db: &TestDb) -> TestResult {
        let mut conn = with_tasks(db)?;
        let dated = || Task::query().filter(Task::due.is_not_null());

        assert_eq!(ids(&mut conn, dated().order_by(Task::due))?, [3, 5, 1]);
        assert_eq!(ids(&mut conn, dated().order_by(Task::due.asc()))?, [3, 5, 1]);
        assert_eq!(ids(&mut conn, dated().order_by(Task::due.desc()))?, [1, 5, 3]);
        Ok(())
    }

    fn null_goes_where_it_is_told_to(db: &TestDb) -> TestResult {
        let mut conn = with_tasks(db)?;
        let by = |order| Task::query().order_by((order, Task::id));

        assert_eq!(ids(&mut conn, by(Task::due.asc().nulls_first()))?, [2, 4, 3, 5, 1]);
        assert_eq!(ids(&mut conn, by(Task::due.asc().nulls_last()))?, [3, 5, 1, 2, 4]);
        assert_eq!(ids(&mut conn, by(Task::due.desc().nulls_first()))?, [2, 4, 1, 5, 3]);
        assert_eq!(ids(&mut conn, by(Task::due.desc().nulls_last()))?, [1, 5, 3, 2, 4]);
        Ok(())
    }

    fn a_tuple_orders_by_its_parts_in_turn(db: &TestDb) -> TestResult {
        let mut conn = with_tasks(db)?;

        let query = Task::query().order_by((Task::title, Task::id.desc()));

        assert_eq!(ids(&mut conn, query)?, [5, 2, 3, 1, 4]);
        Ok(())
    }

    fn a_later_order_decides_among_equals(db: &TestDb) -> TestResult {
        let mut conn = with_tasks(db)?;

        let query = Task::query().order_by(Task::title.desc()).order_by(Task::id);

        assert_eq!(ids(&mut conn, query)?, [4, 1, 3, 2, 5]);
        Ok(())
    }

    fn rows_are_ordered_by_an_expression(db: &TestDb) -> TestResult {
        let mut conn = with_tasks(db)?;

        let query = Task::query().order_by((Task::title.eq("b").desc(), Task::id));

        assert_eq!(ids(&mut conn, query)?, [1, 3, 2, 4, 5]);
        Ok(())
    }

    fn a_limit_returns_the_first_rows(db: &TestDb) -> TestResult {
        let mut conn = with_tasks(db)?;
        let query = Task::query().order_by(Task::id);

        assert_eq!(ids(&mut conn, query.clone().limit(2))?, [1, 2]);
        assert_eq!(ids(&mut conn, query.clone().limit(0))?, Vec::<i64>::new());
        assert_eq!(ids(&mut conn, query.clone().limit(100))?, [1, 2, 3, 4, 5]);
        assert_eq!(ids(&mut conn, query.limit(u64::MAX))?, [1, 2, 3, 4, 5]);
        Ok(())
    }

    fn an_offset_passes_over_rows_with_and_without_a_limit(db: &TestDb) -> TestResult {
        let mut conn = with_tasks(db)?;
        let query = Task::query().order_by(Task::id);

        assert_eq!(ids(&mut conn, query.clone().offset(3))?, [4, 5]);
        assert_eq!(ids(&mut conn, query.clone().limit(2).offset(1))?, [2, 3]);
        assert_eq!(ids(&mut conn, query.clone().offset(1).limit(2))?, [2, 3]);
        assert_eq!(ids(&mut conn, query.clone().offset(5))?, Vec::<i64>::new());
        assert_eq!(ids(&mut conn, query.offset(0))?, [1, 2, 3, 4, 5]);
        Ok(())
    }

    fn the_last_limit_counts(db: &TestDb) -> TestResult {
        let mut conn = with_tasks(db)?;

        let query = Task::query().order_by(Task::id).limit(4).limit(1);

        assert_eq!(ids(&mut conn, query)?, [1]);
        Ok(())
    }
}
