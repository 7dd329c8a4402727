//! Lateral joins: a query for each row of the sources before it.

use orm::func::{count_all, not_exists, sum};
use orm::prelude::*;
use orm::{Connection, Error, Postgres, Sqlite};
use orm_testkit::{Backend, TestDb, TestResult, lacks, on_every_backend};

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
}

/// Alice wrote posts 1 to 5, bob wrote 6, carol nothing.
fn blog() -> Result<(TestDb, Connection), Box<dyn std::error::Error>> {
    let db = TestDb::create(Backend::Postgres)?;
    let mut conn = db.connect()?;
    metadata![User, Post].create_all(&mut conn)?;
    for name in ["alice", "bob", "carol"] {
        User::insert(User::builder().name(name)).execute(&mut conn)?;
    }
    for (title, author) in [("a", 1), ("b", 1), ("c", 1), ("d", 1), ("e", 1), ("f", 2)] {
        Post::insert(Post::builder().title(title).author_id(author)).execute(&mut conn)?;
    }
    Ok((db, conn))
}

fn newest(count: u64) -> orm::Select<Post> {
    Post::query().filter(Post::author_id.eq(User::id)).order_by(Post::id.desc()).limit(count)
}

#[test]
fn the_newest_rows_of_each_are_found() -> TestResult {
    let (_db, mut conn) = blog()?;
    let newest = newest(3).select((Post::id, Post::title)).lateral("newest");
    let (id, title) = newest.columns();

    let rows = User::query()
        .join(newest.on(true))
        .select((User::name, title))
        .order_by((User::id, id.desc()));

    let expected = [("alice", "e"), ("alice", "d"), ("alice", "c"), ("bob", "f")];
    assert_eq!(rows.all(&mut conn)?, expected.map(|(name, title)| (text(name), text(title))));
    Ok(())
}

#[test]
fn who_has_none_is_kept_by_an_outer_join() -> TestResult {
    let (_db, mut conn) = blog()?;
    let newest = newest(1).lateral("newest");
    let joined = User::query().left_join(newest.on(true)).order_by(User::id);

    let rows = joined.clone().select((User::name, newest.row().nullable()));

    let post = |id, title, author_id| Some(Post { id, title: text(title), author_id });
    assert_eq!(
        rows.all(&mut conn)?,
        [(text("alice"), post(5, "e", 1)), (text("bob"), post(6, "f", 2)), (text("carol"), None)]
    );
    let message = refusal(joined.select((User::name, newest.row())).all(&mut conn));
    assert!(message.starts_with("`newest.id` may be NULL here"), "{message}");
    Ok(())
}

#[test]
fn a_condition_chooses_among_the_rows_of_each() -> TestResult {
    let (_db, mut conn) = blog()?;
    let second = newest(2).lateral("second");
    let is_b_or_later = second.column(Post::title).ge("e");

    let rows = User::query()
        .join(second.on(is_b_or_later))
        .select(second.column(Post::title))
        .order_by(second.column(Post::title));

    assert_eq!(rows.all(&mut conn)?, ["e", "f"]);
    Ok(())
}

#[test]
fn a_lateral_query_uses_the_one_before_it() -> TestResult {
    let (_db, mut conn) = blog()?;
    let counts = Post::query()
        .filter(Post::author_id.eq(User::id))
        .select(count_all().label("posts"))
        .lateral("counts");
    let others = User::alias("others");
    let less = others
        .query()
        .filter(others.column(User::id).nullable().lt(counts.columns()))
        .select(sum(others.column(User::id)).label("ids"))
        .lateral("less");

    let rows = User::query()
        .join(counts.on(true))
        .join(less.on(true))
        .select((User::name, counts.columns(), less.columns()))
        .order_by(User::id);

    assert_eq!(
        rows.all(&mut conn)?,
        [(text("alice"), 5, Some(1 + 2 + 3)), (text("bob"), 1, None), (text("carol"), 0, None),]
    );
    Ok(())
}

#[test]
fn a_lateral_query_is_part_of_a_named_or_inner_one() -> TestResult {
    let (_db, mut conn) = blog()?;
    let newest = newest(1).lateral("newest");
    let latest = User::query()
        .join(newest.on(true))
        .select((User::name, newest.column(Post::title)))
        .cte("latest");
    let (name, title) = latest.columns();
    let editor = User::alias("editor");
    let lonely = editor.query().join(newest.on(true)).filter(editor.column(User::id).eq(User::id));
    let lonely = User::query().filter(not_exists(lonely));

    assert_eq!(latest.query().filter(title.eq("f")).select(name).all(&mut conn)?, ["bob"]);
    assert_eq!(lonely.select(User::name).all(&mut conn)?, ["carol"]);
    Ok(())
}

#[test]
fn a_lateral_query_sees_what_is_before_it_only() -> TestResult {
    let newest = newest(1).lateral("newest");
    let (mine, later) = (User::alias("mine"), User::alias("later"));
    let early = Post::query().filter(Post::author_id.eq(later.column(User::id))).lateral("early");

    let first = newest.query().join(User::on(newest.column(Post::author_id).eq(User::id)));
    let before = mine.query().join(early.on(true)).join(later.on(true));
    let after = mine.query().join(later.on(true)).join(early.on(true));

    let message = refusal(first.to_sql(&Postgres));
    assert!(message.starts_with("the column `users.id` is not in this query"), "{message}");
    refusal(before.to_sql(&Postgres));
    after.to_sql(&Postgres)?;
    Ok(())
}

#[test]
fn a_lateral_query_of_the_same_table_needs_another_name() -> TestResult {
    let other = User::alias("other");
    let same = User::query().filter(User::id.gt(User::id)).lateral("next");
    let next = other.query().filter(other.column(User::id).gt(User::id)).lateral("next");

    let message = refusal(User::query().join(same.on(true)).to_sql(&Postgres));

    assert!(
        message.starts_with("`users` is both in a lateral query and in the query around it"),
        "{message}"
    );
    User::query().join(next.on(true)).to_sql(&Postgres)?;
    Ok(())
}

#[test]
fn a_lateral_query_is_not_joined_to_missing_rows() {
    let newest = newest(1).lateral("newest");

    let users = || User::query().select(User::name.nullable());

    let right = refusal(users().right_join(newest.on(true)).to_sql(&Postgres));
    let full = refusal(users().full_join(newest.on(true)).to_sql(&Postgres));

    assert_eq!(
        right,
        "the lateral query `newest` is about rows of the sources before it, so it has none without \
         them: use `join` or `left_join`"
    );
    assert_eq!(full, right);
}

#[test]
fn a_lateral_query_is_written_as_a_person_would() -> TestResult {
    let newest = newest(3).select((Post::id, Post::title)).lateral("newest");
    let (_, title) = newest.columns();
    let query = User::query()
        .left_join(newest.on(true))
        .filter(User::name.ne("bob"))
        .select((User::name, title.nullable()));

    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT "users"."name", "newest"."title" FROM "users" LEFT JOIN LATERAL (SELECT "posts"."id", "posts"."title" FROM "posts" WHERE "posts"."author_id" = "users"."id" ORDER BY "posts"."id" DESC LIMIT $1) AS "newest" ON TRUE WHERE "users"."name" <> $2"#
    );
    Ok(())
}

on_every_backend! {
    fn lateral_joins_are_refused_where_there_are_none(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![User, Post].create_all(&mut conn)?;
        let newest = newest(1).lateral("newest");

        let result = User::query().join(newest.on(true)).select(newest.row()).all(&mut conn);

        match result {
            Ok(rows) => assert!(db.dialect_name() == "postgresql" && rows.is_empty()),
            Err(error) => {
                assert_eq!(error.to_string(), lacks(&Sqlite, "lateral joins"));
                assert!(matches!(error, Error::Unsupported { backend: "sqlite", .. }));
            }
        }
        Ok(())
    }

    fn any_source_is_joined_on_no_condition(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![User, Post].create_all(&mut conn)?;
        User::insert_many(["alice", "bob"].map(|name| User::builder().name(name)))
            .execute(&mut conn)?;
        let total = User::query().select(count_all()).subquery("total");

        let rows = User::query()
            .join(total.on(true))
            .select((User::name, total.columns()))
            .order_by(User::id);

        assert_eq!(rows.all(&mut conn)?, [(text("alice"), 2), (text("bob"), 2)]);
        Ok(())
    }
}
