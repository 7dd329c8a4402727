//! Parts of queries inside each other: names, unions, texts, tuples, locks and shapes of rows, together.

use std::fmt::Debug;

use orm::func::{count_all, excluded, max, row_number, sum, window};
use orm::prelude::*;
use orm::{Connection, KeysetRequest, Output, Postgres, Select, Sqlite, Table, sql};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use crate::shared::text;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    email: String,
    name: Option<String>,
    #[orm(default = 0)]
    points: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    likes: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
}

#[derive(FromRow, Debug, PartialEq)]
struct Author {
    name: Option<String>,
    posts: i64,
}

#[derive(FromRow, Debug, PartialEq)]
struct Contact {
    id: i64,
    email: String,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = User)]
struct Card {
    id: i64,
    email: String,
}

/// Ann (1) wrote A with 3 likes, B with 5 and E with 1; bob (2) wrote C with 7 and D with 0; the third
/// user has no name and wrote nothing.
fn blog(conn: &mut Connection) -> TestResult {
    metadata![User, Post].create_all(conn)?;
    let users = [("a@x", Some("ann")), ("b@x", Some("bob")), ("c@x", None)];
    let users =
        users.map(|(email, name)| User::builder().email(email).name(name.map(str::to_owned)));
    User::insert_many(users).execute(conn)?;
    let posts = [("A", 3, 1), ("B", 5, 1), ("C", 7, 2), ("D", 0, 2), ("E", 1, 1)];
    let posts = posts
        .map(|(title, likes, author)| Post::builder().title(title).likes(likes).author_id(author));
    Post::insert_many(posts).execute(conn)?;
    Ok(())
}

fn contact(id: i64, email: &str) -> Contact {
    Contact { id, email: text(email) }
}

fn refusal<T>(result: orm::Result<T>) -> Option<String> {
    result.err().map(|error| error.to_string())
}

/// Asserts that the query returns `rows`, in this order, however they are read.
fn assert_reads<O>(query: &Select<O>, conn: &mut Connection, rows: &[O]) -> TestResult
where
    O: Output<Out<<Connection as Executor>::Hydrate> = O> + Debug + PartialEq,
{
    let count = u64::try_from(rows.len())?;

    assert_eq!(query.all(conn)?, rows);
    assert_eq!(query.count(conn)?, count);
    assert_eq!(query.exists(conn)?, count > 0);
    assert_eq!(query.first(conn)?.as_ref(), rows.first());
    let streamed: Vec<O> = query.stream(conn)?.yield_per(2).collect::<orm::Result<_>>()?;
    assert_eq!(streamed, rows);
    let chunks: Vec<Vec<O>> = query.chunks(conn, 2)?.collect::<orm::Result<_>>()?;
    assert_eq!(chunks.iter().flatten().collect::<Vec<_>>(), rows.iter().collect::<Vec<_>>());
    let page = query.paginate(conn, (1, 2))?;
    assert_eq!((page.total, &page.items[..]), (count, &rows[..rows.len().min(2)]));
    assert!(!query.explain(conn)?.is_empty());
    Ok(())
}

on_every_backend! {
    fn rows_of_names_and_unions_are_read_into_structs(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let counts = Post::query()
            .group_by(Post::author_id)
            .select((Post::author_id, count_all().label("posts")))
            .cte("counts");
        let (author, posts) = counts.columns();
        let authors = User::query()
            .left_join(counts.on(author.eq(User::id)))
            .select((User::name, posts.coalesce(0).label("posts")))
            .order_by(User::id)
            .into::<Author>();
        let contacts = |filter| User::query().filter(filter).select((User::id, User::email));
        let united = contacts(User::id.eq(3)).into::<Contact>();
        let united = united.union(contacts(User::id.lt(2)).into()).order_by(User::id);
        let named = User::query().filter(User::id.gt(1)).view::<Card>().cte("cards").query();

        assert_reads(
            &authors,
            &mut conn,
            &[
                Author { name: Some(text("ann")), posts: 3 },
                Author { name: Some(text("bob")), posts: 2 },
                Author { name: None, posts: 0 },
            ],
        )?;
        assert_reads(&united, &mut conn, &[contact(1, "a@x"), contact(3, "c@x")])?;
        assert_reads(
            &named,
            &mut conn,
            &[Card { id: 2, email: text("b@x") }, Card { id: 3, email: text("c@x") }],
        )
    }

    fn joined_distinct_and_grouped_rows_are_read_alike_in_every_way(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let liked = User::query().join(Post::author_id).filter(Post::likes.gt(2));
        let cards = liked.view::<Card>().distinct().order_by(User::id);
        let best = Post::query().group_by(Post::author_id).order_by(Post::author_id);
        let best = best.select((Post::author_id, max(Post::likes)));
        let numbered = window().partition_by(Post::author_id).order_by(Post::likes.desc());
        let numbered = Post::query().select((Post::title, row_number().over(numbered)));

        assert_reads(
            &cards,
            &mut conn,
            &[Card { id: 1, email: text("a@x") }, Card { id: 2, email: text("b@x") }],
        )?;
        assert_reads(&best, &mut conn, &[(1, Some(5)), (2, Some(7))])?;
        assert_reads(
            &numbered.order_by(Post::id),
            &mut conn,
            &[(text("A"), 2), (text("B"), 1), (text("C"), 1), (text("D"), 2), (text("E"), 3)],
        )?;
        assert_reads(&cards.filter(User::id.gt(9)), &mut conn, &[])
    }

    fn rows_of_names_are_upserted_and_set(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let likes = Post::query().group_by(Post::author_id);
        let likes = likes.select((Post::author_id, sum(Post::likes).label("likes"))).cte("likes");
        let (author, sum_of_likes) = likes.columns();
        let points = sum_of_likes.coalesce(0);
        let source = User::query()
            .join(likes.on(author.clone().eq(User::id)))
            .select((User::email, points.clone()));

        let upserted = User::insert_from((User::email, User::points), source)
            .on_conflict(User::email)
            .do_update()
            .set(User::points, User::points + excluded(User::points))
            .returning((User::id, User::email))
            .into::<Contact>()
            .all(&mut conn)?;
        let updated = User::update()
            .join(likes.on(author.eq(User::id)))
            .set(User::points, User::points * 10 + points)
            .filter(User::id.eq(2))
            .execute(&mut conn)?;

        assert_eq!(upserted, [contact(1, "a@x"), contact(2, "b@x")]);
        assert_eq!(updated, 1);
        let all = User::query().order_by(User::id).select(User::points).all(&mut conn)?;
        assert_eq!(all, [9, 77, 0]);
        Ok(())
    }

    fn texts_stand_wherever_an_expression_does(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let modulus = 2;
        let parity = || sql!("{Post::likes} % {modulus}").into_expr::<i64>();
        let groups = Post::query().group_by(parity()).select((parity(), count_all()));
        let ranked = window().partition_by(parity()).order_by(sql!("-{Post::likes}").into_expr::<i64>());
        let ranked = Post::query().select((Post::id, row_number().over(ranked)));
        let totals = Post::query().select(sum(sql!("{Post::likes} + 1").into_expr::<i64>()));
        let on = User::on(sql!("{User::id} = {Post::author_id}"));
        let joined = Post::query().join(on).select((Post::id, User::email)).order_by(Post::id);

        assert_reads(&groups.order_by(parity()), &mut conn, &[(0, 1), (1, 4)])?;
        assert_reads(
            &ranked.order_by(Post::id),
            &mut conn,
            &[(1, 3), (2, 2), (3, 1), (4, 1), (5, 4)],
        )?;
        assert_reads(&totals, &mut conn, &[Some(21)])?;
        assert_eq!(joined.all(&mut conn)?[2], (3, text("b@x")));
        Ok(())
    }

    fn tuples_are_compared_in_joins_and_with_groups(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let before = Post::alias("before");
        let is_before = (before.column(Post::likes), before.column(Post::id)).lt((Post::likes, Post::id));
        let places = Post::query()
            .join(before.on(is_before))
            .group_by(Post::id)
            .select((Post::id, count_all()))
            .order_by(Post::id);
        let best = Post::query().group_by(Post::author_id);
        let best = best.select((Post::author_id, max(Post::likes).into_expr()));
        let best = Post::query().filter((Post::author_id, Post::likes).in_query(best));

        assert_reads(&places, &mut conn, &[(1, 2), (2, 3), (3, 4), (5, 1)])?;
        assert_reads(&best.select(Post::id).order_by(Post::id), &mut conn, &[2, 3])
    }

    fn names_that_are_known_at_run_time_are_those_of_joined_tables(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let users: &Table = Table::reflect(&mut conn, "users")?;
        let by_user = (User::column_named("email")?.desc(), Post::column_named("id")?.asc());
        let posts = Post::query().join(Post::author_id).order_by(by_user).select(Post::id);
        let reflected = Post::query()
            .join(users.on(users.column::<i64>("id")?.eq(Post::author_id)))
            .select((Post::title, users.column::<String>("email")?))
            .filter(Post::likes.gt(4))
            .order_by(Post::id);

        assert_reads(&posts, &mut conn, &[3, 4, 1, 2, 5])?;
        assert_reads(
            &posts.filter(User::column_named("email")?.eq("b@x")),
            &mut conn,
            &[3, 4],
        )?;
        assert_reads(&reflected, &mut conn, &[(text("B"), text("a@x")), (text("C"), text("b@x"))])
    }

    fn pages_by_key_are_of_views_structs_and_joins(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let cards = User::query().view::<Card>().order_by(User::email.desc());
        let posts = Post::query()
            .join(Post::author_id)
            .select((Post::id, User::email))
            .order_by((User::name, Post::likes.desc()))
            .into::<Contact>();

        let first = cards.paginate_by_key(&mut conn, 2)?;
        let second = cards.paginate_by_key(&mut conn, KeysetRequest::new(2).after(first.next))?;
        let page = posts.paginate_by_key(&mut conn, 3)?;
        let last = posts.paginate_by_key(&mut conn, KeysetRequest::new(3).after(page.next))?;

        let ids = |cards: &[Card]| cards.iter().map(|card| card.id).collect::<Vec<_>>();
        assert_eq!((ids(&first.items), ids(&second.items)), (vec![3, 2], vec![1]));
        assert_eq!(page.items, [contact(2, "a@x"), contact(1, "a@x"), contact(5, "a@x")]);
        assert_eq!(last.items, [contact(3, "b@x"), contact(4, "b@x")]);
        Ok(())
    }

    fn maps_are_made_of_joins_structs_and_unions(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let likes = Post::query().select(Post::likes).into_map((Post::author_id, Post::id));
        let by_email = Post::query().join(Post::author_id).into_groups(User::email);
        let contacts = User::query().select((User::id, User::email)).into::<Contact>();
        let all = User::query().filter(User::id.eq(1)).union(User::query());

        assert_eq!(likes.all(&mut conn)?[&(2, 3)], 7);
        assert_eq!(by_email.all(&mut conn)?["a@x"].len(), 3);
        assert_eq!(contacts.into_map(User::id).all(&mut conn)?[&2], contact(2, "b@x"));
        assert_eq!(all.into_map(User::id).all(&mut conn)?.len(), 3);
        Ok(())
    }

    fn a_job_is_taken_from_a_queue_by_one_statement(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let next = Post::query().filter(Post::likes.lt(5)).order_by(Post::likes.desc()).limit(1);
        let next = next.select(Post::id).for_update().skip_locked();

        let taken = Post::update()
            .set(Post::likes, 100)
            .filter(Post::id.in_query(next))
            .returning((Post::id, Post::title.label("email")))
            .into::<Contact>()
            .one_or_none(&mut conn)?;

        assert_eq!(taken, Some(contact(1, "A")));
        Ok(())
    }

    fn rows_made_of_several_are_not_locked(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let conn = &mut conn;
        let of_many = "rows of a union, a group, a window or `distinct` are made of several, so they \
                       cannot be locked: lock those they are made of, such as by a filter \
                       `User::id.in_query(User::query().select(User::id).for_update())`";
        let posts = || Post::query().for_update();
        let grouped = posts().group_by(Post::author_id).select(Post::author_id);
        let numbered = posts().select(row_number().over(window().order_by(Post::id)));
        let outer = posts().left_join(Post::author_id).select(Post::id);

        assert_eq!(refusal(Post::query().union(Post::query()).for_share().all(conn)).as_deref(), Some(of_many));
        assert_eq!(refusal(posts().distinct().all(conn)).as_deref(), Some(of_many));
        assert_eq!(refusal(grouped.all(conn)).as_deref(), Some(of_many));
        assert_eq!(refusal(posts().select(count_all()).all(conn)).as_deref(), Some(of_many));
        assert_eq!(refusal(numbered.all(conn)).as_deref(), Some(of_many));
        assert_eq!(
            refusal(outer.all(conn)).as_deref(),
            Some(
                "the rows of `users` may be missing because of an outer join, so they cannot be \
                 locked: name the tables whose rows are to be, such as by `.of(User::entity())`"
            )
        );
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn rows_are_not_filtered_by_what_is_made_of_several(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let sent = conn.statement_count();
        let number = || row_number().over(window().order_by(Post::likes.desc()));

        let by_count = Post::query().filter(count_all().gt(1)).all(&mut conn);
        let by_number = Post::delete().filter(number().gt(2)).execute(&mut conn);

        assert_eq!(
            refusal(by_count).as_deref(),
            Some(
                "an aggregate is not known yet where rows are filtered: put a condition on groups \
                 into `.having(…)`, or compare with `.into_scalar()` of a query that selects the \
                 aggregate"
            )
        );
        assert_eq!(
            refusal(by_number).as_deref(),
            Some(
                "a window function is not known yet where rows are filtered: select it, and filter \
                 the rows of `.subquery(\"name\").query()`"
            )
        );
        assert_eq!(conn.statement_count(), sent);
        // What is inside of a query, and what a query inside of the filter has, is another matter.
        let grouped = Post::query().group_by(Post::author_id).having(count_all().gt(2));
        let authors = User::query().filter(User::id.in_query(grouped.select(Post::author_id)));
        assert_eq!(authors.select(User::id).all(&mut conn)?, [1]);
        let most = Post::query().select(max(Post::likes)).into_scalar();
        let best = Post::query().filter(Post::likes.eq(most)).select(Post::id);
        assert_eq!(best.all(&mut conn)?, [3]);
        Ok(())
    }

    fn a_count_of_other_rows_is_never_null(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let posts = || Post::query().filter(Post::author_id.eq(User::id));
        let count = posts().select(count_all()).into_scalar();
        let grouped = posts().group_by(Post::author_id).select(count_all()).into_scalar();

        let counts = User::query().select((User::id, count.coalesce(-1))).order_by(User::id);
        let grouped = User::query().select((User::id, grouped)).order_by(User::id);

        assert_eq!(counts.all(&mut conn)?, [(1, 3), (2, 2), (3, 0)]);
        assert_eq!(grouped.all(&mut conn)?, [(1, Some(3)), (2, Some(2)), (3, None)]);
        Ok(())
    }
}

#[test]
fn combined_parts_are_written_as_a_person_would() -> TestResult {
    let likes = Post::query().group_by(Post::author_id);
    let likes = likes.select((Post::author_id, sum(Post::likes).label("likes"))).cte("likes");
    let (author, sum_of_likes) = likes.columns();
    let source = User::query()
        .join(likes.on(author.eq(User::id)))
        .select((User::email, sum_of_likes.coalesce(0)));
    let upsert = || {
        User::insert_from((User::email, User::points), source.clone())
            .on_conflict(User::email)
            .do_update()
            .set(User::points, User::points + excluded(User::points))
    };
    let modulus = 2;
    let parity = || sql!("{Post::likes} % {modulus}").into_expr::<i64>();
    let groups = || Post::query().group_by(parity()).select((parity(), count_all()));
    let next = Post::query().filter(Post::likes.lt(5)).order_by(Post::likes.desc()).limit(1);
    let next = next.select(Post::id).for_update().skip_locked();
    let take = || Post::update().set(Post::likes, 100).filter(Post::id.in_query(next.clone()));

    assert_eq!(
        upsert().to_sql(&Sqlite)?,
        r#"WITH "likes" AS (SELECT "author_id", sum("likes") AS "likes" FROM "posts" GROUP BY "author_id") INSERT INTO "users" ("email", "points") SELECT "users"."email", coalesce("likes"."likes", ?1) FROM "users" JOIN "likes" ON "likes"."author_id" = "users"."id" LIMIT -1 ON CONFLICT ("email") DO UPDATE SET "points" = "users"."points" + "excluded"."points""#
    );
    assert_eq!(
        upsert().to_sql(&Postgres)?,
        r#"WITH "likes" AS (SELECT "author_id", CAST(sum("likes") AS bigint) AS "likes" FROM "posts" GROUP BY "author_id") INSERT INTO "users" ("email", "points") SELECT "users"."email", coalesce("likes"."likes", $1::bigint) FROM "users" JOIN "likes" ON "likes"."author_id" = "users"."id" ON CONFLICT ("email") DO UPDATE SET "points" = "users"."points" + "excluded"."points""#
    );
    assert_eq!(
        groups().order_by(parity()).to_sql(&Sqlite)?,
        r#"SELECT "likes" % ?1, count(*) FROM "posts" GROUP BY "likes" % ?1 ORDER BY "likes" % ?1"#
    );
    assert_eq!(
        groups().order_by(parity()).to_sql(&Postgres)?,
        r#"SELECT "likes" % $1::integer, count(*) FROM "posts" GROUP BY "likes" % $1::integer ORDER BY "likes" % $1::integer"#
    );
    assert_eq!(
        take().to_sql(&Sqlite)?,
        r#"UPDATE "posts" SET "likes" = ?1 WHERE "id" IN (SELECT "posts"."id" FROM "posts" WHERE "posts"."likes" < ?2 ORDER BY "posts"."likes" DESC LIMIT ?3)"#
    );
    assert_eq!(
        take().to_sql(&Postgres)?,
        r#"UPDATE "posts" SET "likes" = $1 WHERE "id" IN (SELECT "posts"."id" FROM "posts" WHERE "posts"."likes" < $2 ORDER BY "posts"."likes" DESC LIMIT $3 FOR UPDATE SKIP LOCKED)"#
    );
    Ok(())
}
