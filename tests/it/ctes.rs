//! Common table expressions: named once, used anywhere; and writes among them.

use orm::func::{avg, count_all, exists, max, not_exists, sum, value};
use orm::prelude::*;
use orm::{Connection, Derived, Error, Postgres, Sqlite};
use orm_testkit::{Backend, TestDb, TestResult, lacks, on_every_backend};
use rust_decimal::Decimal;

use crate::shared::{refusal, text};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    score: i32,
}

#[derive(Model, Debug)]
#[orm(table = "prices")]
struct Price {
    #[orm(primary_key)]
    id: i64,
    amount: Decimal,
}

/// Alice wrote posts 1 (5 points) and 2 (9), bob wrote 3 (7), carol nothing.
fn blog(conn: &mut Connection) -> TestResult {
    metadata![User, Post].create_all(conn)?;
    for name in ["alice", "bob", "carol"] {
        User::insert(User::builder().name(name)).execute(conn)?;
    }
    for (title, author, score) in [("one", 1, 5), ("two", 1, 9), ("three", 2, 7)] {
        let post = Post::builder().title(title).author_id(author).score(score);
        Post::insert(post).execute(conn)?;
    }
    Ok(())
}

/// Each author's points: alice 14, bob 7.
fn points() -> Derived<(i64, Option<i64>)> {
    Post::query()
        .select((Post::author_id, sum(Post::score).label("points")))
        .group_by(Post::author_id)
        .cte("points")
}

on_every_backend! {
    fn a_name_used_several_times_is_written_once(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let totals = points();
        let (author_id, total) = totals.columns();
        let average = totals.query().select(avg(total.clone())).into_scalar();

        let query = User::query()
            .join(totals.on(author_id.eq(User::id)))
            .filter(total.clone().cast::<f64>().gt(average))
            .select((User::name, total));

        let sql = query.to_sql(conn.dialect())?;
        assert_eq!(sql.matches("GROUP BY").count(), 1, "{sql}");
        assert_eq!(query.all(&mut conn)?, [(text("alice"), Some(14))]);
        Ok(())
    }

    fn names_are_written_after_those_they_use(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let good = Post::query().filter(Post::score.gt(5)).cte("good");
        let titles = good.query().select(good.column(Post::title)).cte("titles");
        let authors = good.query().select(good.column(Post::author_id)).distinct().cte("authors");

        // `titles` is met first, though `good`, which both use, has to stand before it.
        let query = titles
            .query()
            .select((titles.columns(), authors.query().select(count_all()).into_scalar()))
            .order_by(titles.columns());

        assert_eq!(query.all(&mut conn)?, [(text("three"), Some(2)), (text("two"), Some(2))]);
        let sql = query.to_sql(conn.dialect())?;
        let places = ["good", "authors", "titles"].map(|name| sql.find(&format!("\"{name}\" AS (")));
        assert!(places.is_sorted() && places[0].is_some(), "{sql}");
        Ok(())
    }

    fn a_name_is_used_wherever_a_table_is(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let good = Post::query().filter(Post::score.gt(5)).cte("good");
        let by = |name: &str| User::query().filter(User::name.eq(name)).select(User::id);
        let authors = || good.query().select(good.column(Post::author_id));
        let theirs = || good.query().filter(good.column(Post::author_id).eq(User::id));
        let names = |condition: orm::Expr<bool>| {
            User::query().filter(condition).order_by(User::id).select(User::name)
        };

        assert_eq!(names(User::id.in_query(authors())).all(&mut conn)?, ["alice", "bob"]);
        assert_eq!(names(exists(theirs())).all(&mut conn)?, ["alice", "bob"]);
        assert_eq!(names(not_exists(theirs())).all(&mut conn)?, ["carol"]);
        let united = by("carol").union(authors()).order_by(User::id);
        assert_eq!(united.all(&mut conn)?, [1, 2, 3]);
        assert_eq!(authors().except(by("alice")).all(&mut conn)?, [2]);
        let nested = good.query().subquery("nested");
        assert_eq!(nested.query().order_by(nested.column(Post::id)).count(&mut conn)?, 2);
        assert_eq!(good.query().count(&mut conn)?, 2);
        assert_eq!(authors().distinct().limit(1).count(&mut conn)?, 1);
        assert!(good.query().exists(&mut conn)?);
        let best = good.query().order_by(good.column(Post::score).desc()).first(&mut conn)?;
        assert_eq!(best.map(|post| post.title), Some(text("two")));
        Ok(())
    }

    fn values_go_to_their_places(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let good = Post::query().filter(Post::score.between(6, 8)).limit(10).cte("good");
        let query = User::query()
            .join(good.on(good.column(Post::author_id).eq(User::id)))
            .filter(User::name.eq("bob"))
            .select((value("is"), User::name, good.column(Post::score) + 1))
            .limit(5);

        assert_eq!(query.all(&mut conn)?, [(text("is"), text("bob"), 8)]);
        Ok(())
    }

    fn rows_of_a_name_come_back_as_their_model(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let good = Post::query().filter(Post::score.gt(8)).cte("good");
        let rows = User::query()
            .left_join(good.on(good.column(Post::author_id).eq(User::id)))
            .select((User::name, good.row().nullable()))
            .order_by(User::id);

        let two = Post { id: 2, title: text("two"), author_id: 1, score: 9 };
        assert_eq!(
            rows.all(&mut conn)?,
            [(text("alice"), Some(two)), (text("bob"), None), (text("carol"), None)]
        );
        Ok(())
    }

    fn what_an_outer_join_may_leave_empty_is_read_as_an_option(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let good = Post::query().filter(Post::score.gt(8)).cte("good");
        let joined = User::query().left_join(good.on(good.column(Post::author_id).eq(User::id)));

        let message = refusal(joined.clone().select(good.column(Post::score)).all(&mut conn));
        refusal(joined.clone().select(good.row()).all(&mut conn));
        let scores = joined.select(good.column(Post::score).nullable()).order_by(User::id);

        assert!(message.starts_with("`good.score` may be NULL here"), "{message}");
        assert_eq!(scores.all(&mut conn)?, [Some(9), None, None]);
        Ok(())
    }

    fn a_name_is_joined_to_itself_by_an_alias(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let posts = Post::query().filter(Post::score.gt(4)).cte("all_posts");
        let better = posts.alias("better");
        let pairs = posts
            .query()
            .join(better.on(better.column(Post::score).gt(posts.column(Post::score))))
            .select((posts.column(Post::title), better.column(Post::title)))
            .order_by((posts.column(Post::score), better.column(Post::score)));

        assert_eq!(
            pairs.all(&mut conn)?,
            [(text("one"), text("three")), (text("one"), text("two")), (text("three"), text("two"))]
        );
        let twice = posts.query().join(posts.on(true));
        assert!(refusal(twice.all(&mut conn)).starts_with("`all_posts` is in this query twice"));
        let best = posts.query().filter(not_exists(
            better.query().filter(better.column(Post::score).gt(posts.column(Post::score))),
        ));
        assert_eq!(best.one(&mut conn)?.title, "two");
        Ok(())
    }

    fn a_name_without_rows_has_none(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let none = Post::query().filter(Post::score.gt(100)).cte("none");

        assert!(none.query().all(&mut conn)?.is_empty());
        assert_eq!(none.query().select(max(none.column(Post::score))).one(&mut conn)?, None);
        assert_eq!(none.query().select(count_all()).one(&mut conn)?, 0);
        Ok(())
    }

    fn hints_change_nothing_about_the_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let good = || Post::query().filter(Post::score.gt(5));

        assert_eq!(good().cte("good").materialized().query().count(&mut conn)?, 2);
        assert_eq!(good().cte("good").not_materialized().query().count(&mut conn)?, 2);
        assert_eq!(good().subquery("good").materialized().query().count(&mut conn)?, 2);
        Ok(())
    }

    fn writes_are_filtered_by_names(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let authors = Post::query().select(Post::author_id).distinct().cte("authors");
        let theirs = authors.query().filter(authors.columns().eq(User::id));

        let updated = User::update()
            .set(User::name, User::name.concat("!"))
            .filter(User::id.in_query(authors.query()))
            .execute(&mut conn)?;
        let deleted =
            User::delete().filter(not_exists(theirs)).returning(User::name).all(&mut conn)?;

        assert_eq!((updated, deleted), (2, vec![text("carol")]));
        let left = User::query().order_by(User::id).select(User::name);
        assert_eq!(left.all(&mut conn)?, ["alice!", "bob!"]);
        Ok(())
    }

    fn a_row_is_taken_and_locked_and_changed_in_one_statement(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let statements = conn.statement_count();
        let next = Post::query()
            .filter(Post::score.lt(10))
            .order_by(Post::score.desc())
            .limit(1)
            .skip_locked()
            .select(Post::id)
            .cte("next");

        let taken = Post::update()
            .set(Post::score, 10)
            .filter(Post::id.in_query(next.query()))
            .returning(Post::title)
            .all(&mut conn)?;

        assert_eq!(taken, ["two"]);
        assert_eq!(conn.statement_count() - statements, 1);
        Ok(())
    }

    fn decimals_of_a_name_are_compared_as_numbers(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Price].create_all(&mut conn)?;
        for amount in ["9", "10", "100.5"] {
            let amount = amount.parse::<Decimal>()?;
            Price::insert(Price::builder().amount(amount)).execute(&mut conn)?;
        }
        let nine = Decimal::from(9);
        let above = |prices: Derived<Decimal>| {
            let amount = prices.columns();
            prices.query().filter(amount.clone().gt(nine)).order_by(amount.desc())
        };
        let plain = || Price::query().select(Price::amount);
        let doubled = Price::query().select(Price::amount + Price::amount);
        let counted = plain().filter(Price::amount.lt(Decimal::TEN)).recursive("counted", |counted| {
            let amount = counted.columns();
            counted.query().filter(amount.clone().lt(Decimal::from(11))).select(amount + Decimal::ONE)
        });

        let sorted = |values: &[&str]| -> Result<Vec<Decimal>, _> {
            values.iter().map(|value| value.parse()).collect()
        };
        assert_eq!(above(plain().cte("amounts")).all(&mut conn)?, sorted(&["100.5", "10"])?);
        let kept = plain().cte("amounts").materialized();
        assert_eq!(above(kept).all(&mut conn)?, sorted(&["100.5", "10"])?);
        let doubled = above(doubled.cte("amounts").materialized()).all(&mut conn)?;
        assert_eq!(doubled, sorted(&["201", "20", "18"])?);
        assert_eq!(above(counted).all(&mut conn)?, sorted(&["11", "10"])?);
        Ok(())
    }

    fn two_meanings_of_one_name_are_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let (one, other) = (points(), points());
        let hinted = one.clone().materialized();
        let upper = Post::query().select(Post::author_id).cte("POINTS");

        let message = refusal(one.query().union(other.query()).all(&mut conn));
        refusal(one.query().union(hinted.query()).all(&mut conn));
        refusal(one.query().filter(one.columns().0.in_query(upper.query())).all(&mut conn));
        let same = one.query().union(one.clone().query());

        assert_eq!(
            message,
            "two common table expressions of this statement are called `points`: make it once and \
             use it (or its `.clone()`) everywhere, or give one of them another name"
        );
        assert_eq!(conn.statement_count(), 0);
        blog(&mut conn)?;
        assert_eq!(same.count(&mut conn)?, 2);
        Ok(())
    }

    fn a_name_does_not_hide_a_table(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let users = User::query().filter(User::id.gt(1)).cte("users");
        let posts = Post::query().filter(Post::score.gt(5)).select(Post::id).cte("Posts");

        let message = refusal(users.query().all(&mut conn));
        refusal(Post::query().filter(Post::id.in_query(posts.query())).all(&mut conn));
        refusal(Post::delete().filter(Post::id.in_query(posts.query())).execute(&mut conn));

        assert_eq!(
            message,
            "`users` is both a table and a common table expression of this statement, where it would \
             mean the latter only: call that something else than `.cte(\"users\")`"
        );
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn a_name_does_not_see_the_query_that_uses_it(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let theirs = Post::query().filter(Post::author_id.eq(User::id)).cte("theirs");

        let message = refusal(User::query().filter(exists(theirs.query())).all(&mut conn));
        let unjoined = User::query().filter(points().columns().0.eq(User::id));

        assert!(message.starts_with("the column `users.id` is not in this query"), "{message}");
        assert!(refusal(unjoined.all(&mut conn)).contains("`points` is not in this query"));
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }
}

#[test]
fn names_are_written_as_a_person_would() -> TestResult {
    let good = Post::query().filter(Post::score.gt(5)).cte("good").not_materialized();
    let authors = good
        .query()
        .filter(good.column(Post::title).ne("none"))
        .select((good.column(Post::author_id), count_all().label("posts")))
        .group_by(good.column(Post::author_id))
        .cte("authors")
        .materialized();
    let (author_id, posts) = authors.columns();
    let query = User::query()
        .join(authors.on(author_id.eq(User::id)))
        .filter(posts.clone().ge(2))
        .filter(User::id.in_query(good.query().select(good.column(Post::author_id))))
        .select((User::name, posts + 10))
        .limit(3);

    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"WITH "good" AS NOT MATERIALIZED (SELECT "id", "title", "author_id", "score" FROM "posts" WHERE "score" > ?1), "authors" AS MATERIALIZED (SELECT "author_id", count(*) AS "posts" FROM "good" WHERE "title" <> ?2 GROUP BY "author_id") SELECT "users"."name", "authors"."posts" + ?3 FROM "users" JOIN "authors" ON "authors"."author_id" = "users"."id" WHERE "authors"."posts" >= ?4 AND "users"."id" IN (SELECT "good"."author_id" FROM "good") LIMIT ?5"#
    );
    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"WITH "good" AS NOT MATERIALIZED (SELECT "id", "title", "author_id", "score" FROM "posts" WHERE "score" > $1), "authors" AS MATERIALIZED (SELECT "author_id", count(*) AS "posts" FROM "good" WHERE "title" <> $2::text GROUP BY "author_id") SELECT "users"."name", "authors"."posts" + $3::bigint FROM "users" JOIN "authors" ON "authors"."author_id" = "users"."id" WHERE "authors"."posts" >= $4::bigint AND "users"."id" IN (SELECT "good"."author_id" FROM "good") LIMIT $5"#
    );
    Ok(())
}

#[test]
fn rows_that_are_deleted_are_asked_for_in_the_same_statement() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let mut conn = db.connect()?;
    blog(&mut conn)?;
    let statements = conn.statement_count();
    let removed = Post::delete()
        .filter(Post::score.lt(8))
        .returning((Post::author_id, Post::title, Post::score))
        .cte("removed");
    let (author_id, title, score) = removed.columns();

    let rows = User::query()
        .join(removed.on(author_id.eq(User::id)))
        .select((User::name, title, score + 1))
        .order_by(User::id)
        .all(&mut conn)?;

    assert_eq!(rows, [(text("alice"), text("one"), 6), (text("bob"), text("three"), 8)]);
    assert_eq!(conn.statement_count() - statements, 1);
    assert_eq!(Post::query().select(Post::id).all(&mut conn)?, [2]);
    Ok(())
}

#[test]
fn a_query_sees_the_rows_as_they_were_before_its_writes() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let mut conn = db.connect()?;
    blog(&mut conn)?;
    let raised = Post::update()
        .set(Post::score, Post::score * 10)
        .filter(Post::author_id.eq(1))
        .returning(Post::entity())
        .cte("raised");

    let before_and_after = Post::query()
        .join(raised.on(raised.column(Post::id).eq(Post::id)))
        .select((Post::score, raised.column(Post::score)))
        .order_by(Post::id)
        .all(&mut conn)?;
    let all = Post::query().select(Post::score).order_by(Post::id).all(&mut conn)?;

    assert_eq!(before_and_after, [(5, 50), (9, 90)]);
    assert_eq!(all, [50, 90, 7]);
    Ok(())
}

#[test]
fn a_write_that_is_used_twice_is_done_once() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let mut conn = db.connect()?;
    blog(&mut conn)?;
    let raised = Post::update()
        .set(Post::score, Post::score + 1)
        .all_rows()
        .returning(Post::score)
        .cte("raised");
    let highest = raised.query().select(max(raised.columns())).into_scalar();

    let best = raised.query().filter(raised.columns().nullable().eq(highest)).all(&mut conn)?;

    assert_eq!(best, [10]);
    let sum = Post::query().select(sum(Post::score)).one(&mut conn)?;
    assert_eq!(sum, Some(5 + 9 + 7 + 3));
    Ok(())
}

#[test]
fn a_write_uses_the_rows_of_another() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let mut conn = db.connect()?;
    blog(&mut conn)?;
    let removed = Post::delete().filter(Post::author_id.eq(2)).returning(Post::author_id);
    let removed = removed.cte("removed");

    let updated = User::update()
        .set(User::name, "without posts")
        .filter(User::id.in_query(removed.query()))
        .execute(&mut conn)?;

    assert_eq!(updated, 1);
    assert_eq!(Post::query().count(&mut conn)?, 2);
    let bob = User::query().get(&mut conn, 2)?;
    assert_eq!(bob.map(|user| user.name), Some(text("without posts")));
    Ok(())
}

#[test]
fn writes_with_names_are_refused_where_there_are_none() -> TestResult {
    let db = TestDb::create(Backend::SqliteMemory)?;
    let mut conn = db.connect()?;
    let removed = Post::delete().filter(Post::id.eq(1)).returning(Post::id).cte("removed");

    let error = removed.query().all(&mut conn).err();

    assert!(matches!(error, Some(Error::Unsupported { backend: "sqlite", .. })));
    assert_eq!(
        error.map(|error| error.to_string()),
        Some(lacks(&Sqlite, "writes in common table expressions"))
    );
    assert_eq!(conn.statement_count(), 0);
    Ok(())
}

#[test]
fn what_is_wrong_with_a_write_is_said_by_the_query_that_uses_it() {
    let removed = Post::delete().returning((Post::id, Post::score)).cte("removed");
    let (id, score) = removed.columns();

    for dialect in [&Sqlite as &dyn orm::Dialect, &Postgres] {
        let message = refusal(removed.query().to_sql(dialect));
        assert_eq!(
            message,
            "this would delete every row of `posts`: add a `.filter(…)`, or say `.all_rows()` if \
             that is meant"
        );
        refusal(removed.query().select((id.clone(), score.clone() + 1)).to_sql(dialect));
    }
}

#[test]
fn writes_with_names_are_written_as_a_person_would() -> TestResult {
    let moved = Post::update()
        .set(Post::author_id, 2)
        .filter(Post::author_id.eq(1))
        .returning((Post::id, Post::score + 1))
        .cte("moved");
    let (id, score) = moved.columns();

    assert_eq!(
        moved.query().filter(score.gt(5)).select(id).to_sql(&Postgres)?,
        r#"WITH "moved" AS (UPDATE "posts" SET "author_id" = $1 WHERE "author_id" = $2 RETURNING "id", "score" + $3 AS "column_2") SELECT "id" FROM "moved" WHERE "column_2" > $4::integer"#
    );
    Ok(())
}
