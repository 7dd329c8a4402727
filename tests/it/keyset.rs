//! Pages by key: walked from start to end and back, they hold each row once, whatever the order and
//! wherever NULL goes.

mod refusals;
mod sent;
mod types;

use std::fmt::Debug;

use orm::prelude::*;
use orm::{Executor, KeysetRequest, Output, Plain, Select};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "tasks")]
struct Task {
    #[orm(primary_key)]
    id: i64,
    priority: i32,
    due: Option<i32>,
    owner: Option<String>,
}

/// Tasks 1 to 9: every priority, date and owner occurs several times, and NULL does.
fn tasks(conn: &mut Connection) -> orm::Result<()> {
    metadata![Task].create_all(conn)?;
    let rows = [
        (2, Some(10), Some("bob")),
        (1, None, None),
        (2, Some(10), Some("alice")),
        (1, Some(20), Some("bob")),
        (2, None, Some("alice")),
        (2, None, None),
        (1, None, None),
        (2, Some(20), None),
        (1, Some(10), Some("alice")),
    ];
    let rows = rows.map(|(priority, due, owner)| {
        Task::builder().priority(priority).due(due).owner(owner.map(str::to_owned))
    });
    Task::insert_many(rows).execute(conn)?;
    Ok(())
}

/// Walks through all pages, forwards, back again, and from the end, and returns what it met forwards.
///
/// Asserts that each way meets the same rows, on pages that are full but for the last.
fn walk<O>(
    query: &Select<O>,
    conn: &mut Connection,
    per_page: u64,
) -> orm::Result<Vec<O::Out<Plain>>>
where
    O: Output<Out<Plain>: Debug + Clone + PartialEq>,
{
    let mut forwards = Vec::new();
    let mut request = KeysetRequest::new(per_page);
    let mut last = loop {
        let page = query.paginate_by_key(conn, request)?;
        assert_eq!(page.has_previous(), !forwards.is_empty());
        assert!(!page.has_next() || page.items.len() as u64 == per_page);
        forwards.extend(page.items.iter().cloned());
        match &page.next {
            Some(next) => request = KeysetRequest::new(per_page).after(next.clone()),
            None => break page,
        }
    };
    let mut pages = vec![last.items];
    while let Some(previous) = last.previous {
        last = query.paginate_by_key(conn, KeysetRequest::new(per_page).before(previous))?;
        assert!(last.has_next());
        pages.push(last.items);
    }
    assert_eq!(pages.into_iter().rev().flatten().collect::<Vec<_>>(), forwards, "back again");
    let mut pages = Vec::new();
    let mut request = KeysetRequest::new(per_page).from_end();
    loop {
        let page = query.paginate_by_key(conn, request)?;
        assert_eq!(page.has_next(), !pages.is_empty());
        assert!(!page.has_previous() || page.items.len() as u64 == per_page);
        pages.push(page.items);
        match page.previous {
            Some(previous) => request = KeysetRequest::new(per_page).before(previous),
            None => break,
        }
    }
    assert_eq!(pages.into_iter().rev().flatten().collect::<Vec<_>>(), forwards, "from the end");
    Ok(forwards)
}

/// Asserts that pages of any size hold the rows of the query in its order, which has to be total.
fn assert_walks_like_all<O>(query: &Select<O>, conn: &mut Connection) -> TestResult
where
    O: Output<Out<Plain>: Debug + Clone + PartialEq>,
{
    let all = query.all(conn)?;
    for per_page in [1, 2, 3, 5, all.len().max(1) as u64, 100] {
        assert_eq!(walk(query, conn, per_page)?, all, "{per_page} rows a page");
    }
    Ok(())
}

fn ids(tasks: &[Task]) -> Vec<i64> {
    tasks.iter().map(|task| task.id).collect()
}

on_every_backend! {
    fn pages_hold_every_row_once_in_any_order(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;
        let (id, priority) = (Task::id, Task::priority);
        let query = Task::query();

        for query in [
            query.clone().order_by(id),
            query.clone().order_by(id.desc()),
            query.clone().order_by((priority, id)),
            query.clone().order_by((priority.desc(), id.desc())),
            query.clone().order_by((priority.desc(), id)),
            query.clone().order_by((priority, id.desc())),
            query.clone().order_by((id, priority)),
        ] {
            assert_walks_like_all(&query, &mut conn)?;
        }
        Ok(())
    }

    fn null_is_where_the_query_or_the_backend_puts_it(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;
        let (id, due, owner) = (Task::id, Task::due, Task::owner);
        let query = Task::query();

        for query in [
            query.clone().order_by((due, id)),
            query.clone().order_by((due.desc(), id.desc())),
            query.clone().order_by((due.asc().nulls_first(), id)),
            query.clone().order_by((due.asc().nulls_last(), id.desc())),
            query.clone().order_by((due.desc().nulls_first(), id)),
            query.clone().order_by((due.desc().nulls_last(), id.desc())),
            query.clone().order_by((due, owner.desc(), id)),
            query.clone().order_by((due.desc().nulls_last(), owner.asc().nulls_first(), id)),
            query.clone().order_by((due.asc().nulls_first(), owner.desc().nulls_last(), id)),
            query.clone().order_by((owner, Task::priority.desc(), due, id)),
        ] {
            assert_walks_like_all(&query, &mut conn)?;
        }
        Ok(())
    }

    fn rows_that_the_order_leaves_equal_are_in_that_of_their_keys(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;

        let unordered = walk(&Task::query(), &mut conn, 2)?;
        let ascending = walk(&Task::query().order_by(Task::priority), &mut conn, 2)?;
        let descending = walk(&Task::query().order_by(Task::priority.desc()), &mut conn, 2)?;

        assert_eq!(ids(&unordered), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(ids(&ascending), [2, 4, 7, 9, 1, 3, 5, 6, 8]);
        assert_eq!(ids(&descending), [8, 6, 5, 3, 1, 9, 7, 4, 2]);
        Ok(())
    }

    fn a_page_has_the_rows_that_pass_the_filter(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;
        let either = Task::owner.is_null() | Task::priority.eq(1);

        let query = Task::query().filter(either).order_by((Task::due.desc().nulls_last(), Task::id));

        assert_eq!(ids(&walk(&query, &mut conn, 2)?), [4, 8, 9, 2, 6, 7]);
        Ok(())
    }

    fn a_table_without_rows_has_one_page_without_links(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Task].create_all(&mut conn)?;

        for request in [KeysetRequest::new(3), KeysetRequest::new(3).from_end()] {
            let page = Task::query().paginate_by_key(&mut conn, request)?;

            assert!(page.items.is_empty());
            assert!(!page.has_next() && !page.has_previous());
        }
        Ok(())
    }

    fn a_page_is_one_statement(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;
        let before = conn.statement_count();

        let page = Task::query().paginate_by_key(&mut conn, 2)?;
        Task::query().paginate_by_key(&mut conn, KeysetRequest::new(2).after(page.next))?;

        assert_eq!(conn.statement_count() - before, 2);
        Ok(())
    }

    fn rows_that_come_and_go_meanwhile_move_no_others(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;
        let query = Task::query().order_by(Task::priority);

        let first = query.paginate_by_key(&mut conn, 3)?;
        Task::delete().filter(Task::id.in_([2_i64, 7])).execute(&mut conn)?; // the cursor's row is 7
        Task::insert(Task::builder().priority(0)).execute(&mut conn)?;
        Task::insert(Task::builder().priority(1)).execute(&mut conn)?;
        let second = query.paginate_by_key(&mut conn, KeysetRequest::new(3).after(first.next))?;
        let back = KeysetRequest::new(3).before(second.previous.clone());
        let back = query.paginate_by_key(&mut conn, back)?;

        assert_eq!(ids(&first.items), [2, 4, 7]);
        assert_eq!(ids(&second.items), [9, 11, 1]);
        assert_eq!(ids(&back.items), [10, 4]);
        assert!(!back.has_previous());
        Ok(())
    }

    fn rows_between_two_cursors_are_read_from_the_first(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;
        let query = Task::query();
        let two = query.paginate_by_key(&mut conn, 2)?.next;
        let seven = query.paginate_by_key(&mut conn, KeysetRequest::new(2).from_end())?.previous;
        let between = |per_page| KeysetRequest::new(per_page).after(two.clone()).before(seven.clone());

        let some = query.paginate_by_key(&mut conn, between(3))?;
        let all = query.paginate_by_key(&mut conn, between(9))?;
        let last = query.paginate_by_key(&mut conn, between(3).from_end())?;

        assert_eq!((ids(&some.items), some.has_next()), (vec![3, 4, 5], true));
        assert_eq!((ids(&all.items), all.has_next()), (vec![3, 4, 5, 6, 7], false));
        assert_eq!((ids(&last.items), last.has_previous()), (vec![5, 6, 7], true));
        Ok(())
    }

    fn the_size_of_a_page_has_limits(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;
        let mut count = |request| {
            Task::query().paginate_by_key(&mut conn, request).map(|page| page.items.len())
        };

        assert_eq!(count(KeysetRequest::new(500).max_per_page(4))?, 4);
        assert_eq!(count(KeysetRequest::new(0))?, 1);
        assert_eq!(count(KeysetRequest::new(3).max_per_page(0))?, 1);
        assert_eq!(count(KeysetRequest::new(u64::MAX))?, 9);
        Ok(())
    }

    fn what_is_selected_need_not_hold_the_order(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        tasks(&mut conn)?;
        let query = Task::query().order_by((Task::due.desc().nulls_last(), Task::id));

        let ids = walk(&query.clone().select(Task::id), &mut conn, 2)?;
        let owners = query.clone().select((Task::owner, Task::priority * 10));
        let whole = query.select((Task::entity(), Task::owner.is_null()));

        assert_eq!(ids, [4, 8, 1, 3, 9, 2, 5, 6, 7]);
        assert_walks_like_all(&owners, &mut conn)?;
        assert_walks_like_all(&whole, &mut conn)?;
        Ok(())
    }

    fn any_executor_has_pages(db: &TestDb) -> TestResult {
        fn first_id(executor: &mut impl Executor<Hydrate = Plain>) -> orm::Result<i64> {
            let page = Task::query().select(Task::id).paginate_by_key(executor, 1)?;
            Ok(page.items[0])
        }
        let mut conn = db.connect()?;
        tasks(&mut conn)?;

        assert_eq!(first_id(&mut conn)?, 1);
        assert_eq!(first_id(&mut conn.begin()?)?, 1);
        Ok(())
    }
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "authors")]
struct Author {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(foreign_key(Author::id))]
    mentor_id: Option<i64>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "books")]
struct Book {
    #[orm(primary_key)]
    author_id: i64,
    #[orm(primary_key)]
    number: i32,
    title: String,
}

/// Alice and Bob are both called "A", carol is "C"; alice has three books, two of them of one title,
/// bob has none, carol has one; and there is one of an author who is unknown.
fn library(conn: &mut Connection) -> orm::Result<()> {
    metadata![Author, Book].create_all(conn)?;
    for (name, mentor_id) in [("A", None), ("A", Some(1)), ("C", Some(1))] {
        Author::insert(Author::builder().name(name).mentor_id(mentor_id)).execute(conn)?;
    }
    for (author_id, number, title) in
        [(1, 1, "x"), (1, 2, "y"), (1, 3, "x"), (3, 1, "x"), (9, 1, "z")]
    {
        let book = Book::builder().author_id(author_id).number(number).title(title);
        Book::insert(book).execute(conn)?;
    }
    Ok(())
}

on_every_backend! {
    fn rows_of_a_join_are_told_apart_by_all_keys(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        library(&mut conn)?;
        let by_author = Author::query()
            .left_join(Book::on(Book::author_id.eq(Author::id)))
            .select((Author::name, Book::title.nullable()));

        let query = by_author.clone().order_by(Author::name);
        let keys = (Author::id, Book::author_id, Book::number);
        let total = by_author.order_by((Author::name, keys.0, keys.1, keys.2));

        assert_eq!(walk(&query, &mut conn, 1)?, total.all(&mut conn)?);
        assert_walks_like_all(&total, &mut conn)?;
        Ok(())
    }

    fn rows_of_outer_joins_that_have_no_partner_have_their_page(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        library(&mut conn)?;
        let on = || Book::on(Book::author_id.eq(Author::id));
        let both = (Author::entity().nullable(), Book::entity().nullable());
        let full = Author::query().full_join(on()).select(both);
        let right = Author::query().right_join(on()).select(Book::entity());
        let keys = (Author::id, Book::author_id, Book::number);

        for order in [
            (Book::title.desc(), keys.0.desc(), keys.1.desc(), keys.2.desc()),
            (Book::title.asc().nulls_first(), keys.0.asc(), keys.1.asc(), keys.2.asc()),
            (Author::name.desc().nulls_last(), keys.0.asc().nulls_first(), keys.1.desc(), keys.2.asc()),
        ] {
            assert_walks_like_all(&full.clone().order_by(order.clone()), &mut conn)?;
            assert_walks_like_all(&right.clone().order_by(order), &mut conn)?;
        }
        assert_eq!(walk(&full, &mut conn, 2)?.len(), 6);
        Ok(())
    }

    fn an_alias_has_an_order_of_its_own(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        library(&mut conn)?;
        let mentor = Author::alias("mentor");
        let (mentor_id, mentor_name) = (mentor.column(Author::id), mentor.column(Author::name));
        let query = Author::query()
            .left_join(mentor.on(mentor_id.eq(Author::mentor_id)))
            .select((Author::id, mentor_name.clone().nullable()))
            .order_by((mentor_name.asc().nulls_first(), Author::name.desc()));

        let rows = walk(&query, &mut conn, 1)?;

        assert_eq!(rows, [(1, None), (3, Some("A".to_owned())), (2, Some("A".to_owned()))]);
        Ok(())
    }
}
