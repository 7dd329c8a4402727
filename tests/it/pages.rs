//! Pages by number: their rows, how many there are, which come before and after, and links to them.

use orm::func::count_all;
use orm::prelude::*;
use orm::{Connection, Error, Page, PageRequest};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "items")]
struct Item {
    #[orm(primary_key)]
    id: i64,
    name: Option<String>,
}

/// So many items, of which only each second one has a name.
fn items(db: &TestDb, count: i64) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Item].create_all(&mut conn)?;
    let name = |id: i64| (id % 2 == 0).then(|| format!("item {id}"));
    let rows = (1..=count).map(|id| Item::builder().id(id).name(name(id)));
    Item::insert_many(rows).execute(&mut conn)?;
    Ok(conn)
}

fn page(conn: &mut Connection, request: impl Into<PageRequest>) -> orm::Result<Page<i64>> {
    Item::query().order_by(Item::id).select(Item::id).paginate(conn, request)
}

/// The number of the page before, whether there is one, and the same of the page after.
fn beside<T>(page: &Page<T>) -> (Option<u64>, bool, Option<u64>, bool) {
    (page.prev_num(), page.has_prev(), page.next_num(), page.has_next())
}

fn links<T>(page: &Page<T>) -> String {
    let links =
        page.iter_pages().map(|number| number.map_or("…".to_owned(), |it| it.to_string()));
    links.collect::<Vec<_>>().join(" ")
}

on_every_backend! {
    fn a_page_has_its_rows_and_knows_where_it_lies(db: &TestDb) -> TestResult {
        let mut conn = items(db, 5)?;

        let first = page(&mut conn, (1, 2))?;
        let second = page(&mut conn, (2, 2))?;
        let last = page(&mut conn, (3, 2))?;

        assert_eq!((&first.items[..], first.page, first.per_page), (&[1, 2][..], 1, 2));
        assert_eq!((second.items, last.items), (vec![3, 4], vec![5]));
        for (page, expected) in [
            (page(&mut conn, (1, 2))?, (None, false, Some(2), true)),
            (page(&mut conn, (2, 2))?, (Some(1), true, Some(3), true)),
            (page(&mut conn, (3, 2))?, (Some(2), true, None, false)),
        ] {
            assert_eq!((page.total, page.pages()), (5, 3));
            assert_eq!(beside(&page), expected);
        }
        Ok(())
    }

    fn the_last_page_may_be_full(db: &TestDb) -> TestResult {
        let mut conn = items(db, 4)?;

        let last = page(&mut conn, (2, 2))?;

        assert_eq!((&last.items[..], last.total, last.pages()), (&[3, 4][..], 4, 2));
        assert!(!last.has_next());
        Ok(())
    }

    fn no_rows_are_no_pages_of_which_the_first_is_empty(db: &TestDb) -> TestResult {
        let mut conn = items(db, 0)?;

        let first = page(&mut conn, PageRequest::new(1, 10).or_not_found())?;

        assert_eq!((first.items.len(), first.total, first.pages(), first.page), (0, 0, 0, 1));
        assert_eq!(beside(&first), (None, false, None, false));
        assert_eq!(first.iter_pages().count(), 0);
        Ok(())
    }

    fn a_page_behind_the_last_is_empty_or_not_found(db: &TestDb) -> TestResult {
        let mut conn = items(db, 3)?;

        let behind = page(&mut conn, (7, 2))?;
        let refused = page(&mut conn, PageRequest::new(7, 2).or_not_found());
        let farthest = page(&mut conn, (u64::MAX, u64::MAX))?;

        assert_eq!((behind.items.len(), behind.total, behind.page), (0, 3, 7));
        assert_eq!(beside(&behind), (Some(6), true, None, false));
        assert!(matches!(refused, Err(Error::NotFound { .. })));
        assert_eq!((farthest.items.len(), farthest.total, farthest.iter_pages().count()), (0, 3, 1));
        let whole = Item::query().order_by(Item::id);
        let refused = whole.paginate(&mut conn, PageRequest::new(2, 3).or_not_found());
        assert_eq!(
            refused.err().map(|error| error.to_string()).as_deref(),
            Some("no `Item` matches the query")
        );
        Ok(())
    }

    fn what_is_asked_for_is_kept_within_bounds(db: &TestDb) -> TestResult {
        let mut conn = items(db, 5)?;

        let zero = page(&mut conn, (0, 0))?;
        let large = page(&mut conn, PageRequest::new(2, 1000).max_per_page(3))?;

        assert_eq!((&zero.items[..], zero.page, zero.per_page), (&[1][..], 1, 1));
        assert_eq!((&large.items[..], large.per_page, large.pages()), (&[4, 5][..], 3, 2));
        Ok(())
    }

    fn rows_are_counted_only_if_the_page_does_not_show_their_number(db: &TestDb) -> TestResult {
        let mut conn = items(db, 5)?;
        let mut sent = |request: (u64, u64)| -> orm::Result<u64> {
            let before = conn.statement_count();
            page(&mut conn, request)?;
            Ok(conn.statement_count() - before)
        };

        assert_eq!((sent((1, 2))?, sent((3, 2))?, sent((1, 9))?, sent((9, 2))?), (2, 1, 1, 2));
        Ok(())
    }

    fn pages_are_of_the_rows_that_the_query_returns(db: &TestDb) -> TestResult {
        let mut conn = items(db, 5)?;
        let named = Item::query().filter(Item::name.is_not_null()).order_by(Item::id.desc());
        let names = Item::query().group_by(Item::name).select((Item::name, count_all()));
        let names = names.order_by(Item::name.asc().nulls_last());

        let named = named.paginate(&mut conn, (1, 1))?;
        let names = names.paginate(&mut conn, (3, 1))?;
        let distinct = Item::query().distinct().select(Item::name.is_null());
        let distinct = distinct.order_by(Item::name.is_null()).paginate(&mut conn, (1, 1))?;

        assert_eq!((named.items[0].id, named.total), (4, 2));
        assert_eq!((&names.items[..], names.total), (&[(None, 3)][..], 3));
        assert_eq!((&distinct.items[..], distinct.total), (&[false][..], 2));
        Ok(())
    }

    fn a_query_with_a_limit_has_no_pages(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        for query in [Item::query().limit(3), Item::query().offset(1)] {
            let refused = query.order_by(Item::id).paginate(&mut conn, (1, 2)).unwrap_err();
            assert_eq!(
                refused.to_string(),
                "a page has a limit and an offset of its own: leave out those of the query, or ask \
                 for pages of `.subquery(\"name\").query()`"
            );
        }
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn links_lead_to_both_ends_and_to_the_pages_around(db: &TestDb) -> TestResult {
        let mut conn = items(db, 20)?;
        let mut links = |number| page(&mut conn, (number, 1)).map(|page| links(&page));

        assert_eq!(links(1)?, "1 2 3 4 5 … 19 20");
        assert_eq!(links(5)?, "1 2 3 4 5 6 7 8 9 … 19 20");
        assert_eq!(links(10)?, "1 2 … 8 9 10 11 12 13 14 … 19 20");
        assert_eq!(links(20)?, "1 2 … 18 19 20");
        Ok(())
    }

    fn links_to_few_pages_have_no_gaps(db: &TestDb) -> TestResult {
        let mut conn = items(db, 4)?;

        assert_eq!(links(&page(&mut conn, (2, 2))?), "1 2");
        assert_eq!(links(&page(&mut conn, (1, 4))?), "1");
        Ok(())
    }
}
