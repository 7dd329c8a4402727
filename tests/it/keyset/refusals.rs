//! Cursors that are not the query's own, and queries whose rows have no key.

use orm::func::count_all;
use orm::prelude::*;
use orm::{Error, KeysetRequest, Output, Select};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{Task, tasks};

#[derive(Model, Debug)]
#[orm(table = "others")]
struct Other {
    #[orm(primary_key)]
    id: i64,
    priority: i32,
    due: Option<i32>,
}

fn refusal<O: Output>(query: &Select<O>, conn: &mut Connection, cursor: &str) -> Error {
    let after = KeysetRequest::new(2).after(cursor.to_owned());
    let before = KeysetRequest::new(2).before(cursor.to_owned());
    let refused = query.paginate_by_key(conn, after).err().unwrap();
    let backwards = query.paginate_by_key(conn, before).err().unwrap();
    assert_eq!(refused.to_string(), backwards.to_string());
    refused
}

fn message<O: Output>(query: &Select<O>, conn: &mut Connection) -> String {
    match query.paginate_by_key(conn, 2).err().unwrap() {
        Error::InvalidQuery(message) => message.into(),
        other => panic!("{other:?}"),
    }
}

on_every_backend! {
    fn a_cursor_that_was_changed_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;
        let query = Task::query().order_by((Task::owner, Task::due));
        let cursor = query.paginate_by_key(&mut conn, 4)?.next.unwrap();
        let before = conn.statement_count();

        for (position, character) in cursor.char_indices() {
            let other = if character == 'A' { 'B' } else { 'A' };
            let changed = format!("{}{other}{}", &cursor[..position], &cursor[position + 1..]);
            let cut = &cursor[..position];
            for wrong in [&changed, cut] {
                let error = refusal(&query, &mut conn, wrong);
                assert!(matches!(error, Error::InvalidCursor(_)), "{wrong}: {error:?}");
            }
        }
        for wrong in ["", " ", "%00", "é", "2", &format!("{cursor}="), &format!("{cursor}A")] {
            assert_eq!(
                refusal(&query, &mut conn, wrong).to_string(),
                "the cursor of the page is damaged: it is no text that a page returned",
            );
        }
        assert_eq!(conn.statement_count(), before);
        Ok(())
    }

    fn a_cursor_of_another_order_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;
        metadata![Other].create_all(&mut conn)?;
        let query = Task::query().order_by((Task::priority, Task::due));
        let cursor = query.paginate_by_key(&mut conn, 4)?.next.unwrap();

        let tasks = Task::query();
        for other in [
            tasks.clone(),
            tasks.clone().order_by(Task::priority),
            tasks.clone().order_by((Task::due, Task::priority)),
            tasks.clone().order_by((Task::priority, Task::due.desc())),
            tasks.clone().order_by((Task::priority, Task::due, Task::owner)),
            tasks.clone().order_by((Task::priority, Task::due.asc().nulls_first(), Task::id.desc())),
        ] {
            assert_eq!(
                refusal(&other, &mut conn, &cursor).to_string(),
                "the cursor of the page is of a query with another order: begin again without it",
            );
        }
        let other = Other::query().order_by((Other::priority, Other::due));
        assert!(matches!(refusal(&other, &mut conn, &cursor), Error::InvalidCursor(_)));
        Ok(())
    }

    fn a_cursor_fits_the_same_order_with_another_filter(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;
        let query = Task::query().order_by(Task::id);
        let cursor = query.paginate_by_key(&mut conn, 4)?.next;

        let filtered = query.filter(Task::priority.eq(1)).select(Task::id);
        let page = filtered.paginate_by_key(&mut conn, KeysetRequest::new(9).after(cursor))?;

        assert_eq!(page.items, [7, 9]);
        Ok(())
    }

    fn a_query_whose_rows_have_no_key_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;
        let query = Task::query();
        let owners = || Task::query().select((Task::owner, count_all())).group_by(Task::owner);

        assert_eq!(
            message(&query.clone().limit(5), &mut conn),
            "a query with a limit or an offset of its own has no pages by key: the request says how \
             many rows a page has"
        );
        assert!(message(&query.clone().offset(5), &mut conn).starts_with("a query with a limit"));
        assert_eq!(
            message(&owners(), &mut conn),
            "rows that are made of several have no key to tell where a page begins: use \
             `.paginate(…)`, which counts"
        );
        assert!(message(&query.clone().select(Task::owner).distinct(), &mut conn).contains("no key"));
        assert!(message(&query.clone().union(Task::query()), &mut conn).contains("of a union"));
        assert!(message(&owners().subquery("o").query(), &mut conn).contains("of a subquery"));
        assert_eq!(
            message(&query.order_by(Task::priority * 2), &mut conn),
            "pages by key are ordered by columns, not by what is calculated: order by a column that \
             holds the value, or use `.paginate(…)`, which counts"
        );
        assert!(message(&Task::query().select(count_all()), &mut conn).contains("group"));
        Ok(())
    }
}
