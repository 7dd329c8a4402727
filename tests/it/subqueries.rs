//! Queries inside queries, unions of them, and locks on what they return.

use std::sync::mpsc;
use std::thread;

use orm::func::{avg, count_all, exists, lower, max, not_exists, value};
use orm::prelude::*;
use orm::{Connection, Postgres, Sqlite};
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};

use crate::shared::{refusal, text};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    age: i32,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(foreign_key(User::id))]
    editor_id: Option<i64>,
    score: i32,
}

/// Alice (20) wrote posts 1 and 2, bob (30) wrote 3, carol (40) nothing; bob edited 1.
fn blog(conn: &mut Connection) -> TestResult {
    metadata![User, Post].create_all(conn)?;
    for (name, age) in [("alice", 20), ("bob", 30), ("carol", 40)] {
        User::insert(User::builder().name(name).age(age)).execute(conn)?;
    }
    let posts = [("one", 1, Some(2), 5), ("two", 1, None, 9), ("three", 2, None, 7)];
    for (title, author, editor, score) in posts {
        let post = Post::builder().title(title).author_id(author).editor_id(editor).score(score);
        Post::insert(post).execute(conn)?;
    }
    Ok(())
}

on_every_backend! {
    fn rows_are_found_by_whether_others_refer_to_them(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let posts = || Post::query().filter(Post::author_id.eq(User::id));
        let names = |condition: orm::Expr<bool>| {
            User::query().filter(condition).order_by(User::id).select(User::name)
        };

        assert_eq!(names(exists(posts())).all(&mut conn)?, ["alice", "bob"]);
        assert_eq!(names(not_exists(posts())).all(&mut conn)?, ["carol"]);
        assert_eq!(names(!exists(posts())).all(&mut conn)?, ["carol"]);
        assert_eq!(names(exists(posts().filter(Post::score.gt(8)))).all(&mut conn)?, ["alice"]);
        assert_eq!(names(exists(posts()) & User::age.gt(20)).all(&mut conn)?, ["bob"]);
        assert!(names(not_exists(posts()).is_null()).all(&mut conn)?.is_empty());
        assert_eq!(names(not_exists(posts()).eq(false)).all(&mut conn)?, ["alice", "bob"]);
        Ok(())
    }

    fn whether_there_are_rows_is_selected(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let posts = || Post::query().filter(Post::author_id.eq(User::id));

        let users = User::query()
            .select((User::name, exists(posts()), not_exists(posts())))
            .order_by((exists(posts()), User::id));

        assert_eq!(
            users.all(&mut conn)?,
            [
                (text("carol"), false, true),
                (text("alice"), true, false),
                (text("bob"), true, false),
            ]
        );
        Ok(())
    }

    fn an_inner_query_can_have_joins_and_queries_of_its_own(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let editor = User::alias("editor");
        let edited_by_bob = Post::query()
            .join(editor.on(editor.column(User::id).eq(Post::editor_id)))
            .filter(Post::author_id.eq(User::id) & editor.column(User::name).eq("bob"));
        let other = Post::alias("other");
        let better = other.query().filter(other.column(Post::score).gt(Post::score));
        let best = Post::query().filter(Post::author_id.eq(User::id)).filter(not_exists(better));

        let edited = User::query().filter(exists(edited_by_bob)).select(User::name);
        let best = User::query().filter(exists(best)).select(User::name);

        assert_eq!(edited.all(&mut conn)?, ["alice"]);
        assert_eq!(best.all(&mut conn)?, ["alice"]);
        Ok(())
    }

    fn a_value_is_looked_for_among_the_rows_of_a_query(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let authors = || Post::query().select(Post::author_id);
        let editors = || Post::query().select(Post::editor_id);
        let names = |condition: orm::Expr<bool>| {
            User::query().filter(condition).order_by(User::id).select(User::name)
        };

        assert_eq!(names(User::id.in_query(authors())).all(&mut conn)?, ["alice", "bob"]);
        assert_eq!(names(User::id.not_in_query(authors())).all(&mut conn)?, ["carol"]);
        assert_eq!(names(User::id.in_query(editors())).all(&mut conn)?, ["bob"]);
        // One of the editors is NULL, so nobody is surely none of them.
        assert!(names(User::id.not_in_query(editors())).all(&mut conn)?.is_empty());
        let known = editors().filter(Post::editor_id.is_not_null());
        assert_eq!(names(User::id.not_in_query(known)).all(&mut conn)?, ["alice", "carol"]);
        let newest = authors().order_by(Post::id.desc()).limit(1);
        assert_eq!(names(User::id.in_query(newest)).all(&mut conn)?, ["bob"]);
        let both = authors().union(User::query().filter(User::age.eq(40)).select(User::id));
        assert_eq!(names(User::id.in_query(both)).count(&mut conn)?, 3);
        Ok(())
    }

    fn the_one_value_of_a_query_is_part_of_another(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let posts = || Post::query().filter(Post::author_id.eq(User::id));
        let count = || posts().select(count_all()).into_scalar();
        let best = || posts().select(max(Post::score)).into_scalar();

        let users = User::query()
            .select((User::name, count(), best(), best().coalesce(0)))
            .filter(User::age.gt(User::query().select(avg(User::age)).into_scalar().cast::<i32>())
                | count().gt(1))
            .order_by((best().desc().nulls_last(), User::id));

        assert_eq!(
            users.all(&mut conn)?,
            [(text("alice"), Some(2), Some(9), 9), (text("carol"), Some(0), None, 0)]
        );
        Ok(())
    }

    fn a_query_of_the_same_table_sees_its_own_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let oldest = User::query()
            .filter(User::age.nullable().eq(User::query().select(max(User::age)).into_scalar()))
            .select(User::name);

        assert_eq!(oldest.all(&mut conn)?, ["carol"]);
        Ok(())
    }

    fn an_inner_query_of_the_same_table_needs_another_name(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let conn = &mut conn;
        let rival = User::alias("rival");
        let statements = conn.statement_count();

        let itself = User::query().filter(exists(User::query().filter(User::age.gt(User::age))));
        let message = refusal(itself.all(conn));
        refusal(User::delete().filter(exists(User::query())).execute(conn));
        let sent = conn.statement_count() - statements;
        let older = rival.query().filter(rival.column(User::age).gt(User::age));
        let oldest = User::query().filter(not_exists(older)).select(User::name);

        assert_eq!(
            message,
            "`users` is both in an `exists` and in the query around it, so that its columns would \
             mean those of the inner one only: query an alias inside, such as \
             `User::alias(\"other\").query()`"
        );
        assert_eq!(sent, 0);
        assert_eq!(oldest.all(conn)?, ["carol"]);
        assert_eq!(rival.query().get(conn, 2)?.map(|user| user.name), Some(text("bob")));
        assert_eq!(rival.query().count(conn)?, 3);
        Ok(())
    }

    fn a_name_means_the_innermost_source_of_that_name(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let (user, post) = (User::alias("x"), Post::alias("x"));
        let inner = Post::query()
            .join(post.on(post.column(Post::id).eq(Post::id)))
            .filter(user.column(User::id).eq(Post::author_id));

        // In the inner query `x` are posts, so the users that are called so around it are hidden.
        let hidden = Post::query()
            .join(user.on(user.column(User::id).eq(Post::author_id)))
            .filter(Post::id.in_query(inner.select(post.column(Post::id))));

        refusal(hidden.all(&mut conn));
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn a_derived_table_does_not_see_what_is_beside_it(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let derived = Post::query().filter(Post::author_id.eq(User::id)).subquery("theirs");

        let beside = User::query().join(derived.on(User::id.gt(0)));

        refusal(beside.all(&mut conn));
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn rows_are_united_intersected_and_excepted(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let authors = || Post::query().select(Post::author_id);
        let users = || User::query().select(User::id);
        let old = || users().filter(User::age.gt(20));

        assert_eq!(authors().union(old()).order_by(Post::author_id).all(&mut conn)?, [1, 2, 3]);
        assert_eq!(
            authors().union_all(old()).order_by(Post::author_id.desc()).all(&mut conn)?,
            [3, 2, 2, 1, 1]
        );
        assert_eq!(authors().intersect(old()).all(&mut conn)?, [2]);
        assert_eq!(users().except(authors()).all(&mut conn)?, [3]);
        assert_eq!(authors().union(old()).count(&mut conn)?, 3);
        assert!(!authors().except(users()).exists(&mut conn)?);
        let second = authors().union(old()).order_by(Post::author_id).offset(1).limit(1);
        assert_eq!(second.one(&mut conn)?, 2);
        assert_eq!(second.count(&mut conn)?, 1);
        Ok(())
    }

    fn combined_queries_apply_in_the_order_they_are_given(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let age = |age: i32| User::query().filter(User::age.eq(age)).select(User::age);

        // (20 and 30), of which those that are 30: SQL alone would intersect first.
        let both = age(20).union(age(30)).intersect(age(30));
        let none = age(20).intersect(age(30)).union(age(40)).except(age(40));

        assert_eq!(both.all(&mut conn)?, [30]);
        assert_eq!(both.order_by(User::age).count(&mut conn)?, 1);
        assert!(none.all(&mut conn)?.is_empty());
        Ok(())
    }

    fn a_union_is_ordered_by_what_it_selects(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let posts = Post::query()
            .join(Post::author_id)
            .select((User::name, lower(Post::title), Post::score.label("points")));
        let users = User::query().select((User::name, value("-"), User::age));

        let all = posts.union_all(users).order_by((
            lower(Post::title),
            User::name.desc(),
            Post::score,
        ));

        let rows = all.all(&mut conn)?;
        let points: Vec<_> = rows.iter().map(|row| row.2).collect();
        // Bob, carol and alice by themselves in reverse; then one, three, two.
        assert_eq!(points, [40, 30, 20, 5, 7, 9]);
        Ok(())
    }

    fn a_union_is_not_ordered_by_anything_else(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let users = || User::query().select(User::name);

        refusal(users().union(users()).order_by(User::age).all(&mut conn));
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn a_part_of_a_union_has_no_order_or_limit(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let users = || User::query().select(User::name);

        let error = refusal(users().union(users().limit(1)).all(&mut conn));
        refusal(users().union(users().order_by(User::name)).all(&mut conn));
        refusal(users().union(users().union(users())).all(&mut conn));
        refusal(users().limit(1).union(users()).all(&mut conn));
        refusal(users().order_by(User::name).union(users()).all(&mut conn));

        assert_eq!(
            error,
            "a query that is combined with another cannot have an order, a limit, a lock or a union \
             of its own: give them to the whole, or make it a source by \
             `.subquery(\"name\").query()`"
        );
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn a_union_is_not_filtered_in_its_first_part_only(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let both = || User::query().union(User::query());

        refusal(both().filter(User::age.gt(20)).all(&mut conn));
        refusal(both().select(User::name).all(&mut conn));
        refusal(both().join(Post::author_id).all(&mut conn));
        refusal(both().get(&mut conn, 1));
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn a_limited_query_is_united_as_a_derived_table(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let youngest = User::query().select(User::age).order_by(User::age).limit(1);
        let oldest = User::query().select(User::age).order_by(User::age.desc()).limit(1);
        let (youngest, oldest) = (youngest.subquery("youngest"), oldest.subquery("oldest"));

        let ages = youngest.query().union(oldest.query()).order_by(youngest.columns());

        assert_eq!(ages.all(&mut conn)?, [20, 40]);
        Ok(())
    }

    fn writes_are_filtered_by_other_tables(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let posts = || Post::query().filter(Post::author_id.eq(User::id));
        let count = posts().select(count_all()).into_scalar().coalesce(0).cast::<i32>();

        let updated = User::update()
            .set(User::age, count + User::age)
            .filter(exists(posts()))
            .execute(&mut conn)?;
        let deleted = User::delete()
            .filter(not_exists(posts()))
            .filter(User::id.not_in_query(Post::query().select(Post::author_id)))
            .execute(&mut conn)?;

        assert_eq!((updated, deleted), (2, 1));
        let left = User::query().order_by(User::id).select((User::name, User::age));
        assert_eq!(left.all(&mut conn)?, [(text("alice"), 22), (text("bob"), 31)]);
        Ok(())
    }

    fn conditions_of_when_are_added_if_it_holds(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let count = |only_old: bool, limit: Option<u64>| {
            User::query()
                .when(only_old, |query| query.filter(User::age.gt(20)))
                .when(limit.is_some(), |query| query.limit(limit.unwrap_or(0)))
        };

        assert_eq!(count(true, None).count(&mut conn)?, 2);
        assert_eq!(count(false, None).count(&mut conn)?, 3);
        assert_eq!(count(true, Some(1)).count(&mut conn)?, 1);
        Ok(())
    }

    fn a_lock_changes_nothing_about_the_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let tx = conn.begin()?;
        let mut tx = tx;

        let users = User::query().order_by(User::id).select(User::name);

        assert_eq!(users.clone().for_update().all(&mut tx)?, ["alice", "bob", "carol"]);
        assert_eq!(users.clone().for_share().limit(1).count(&mut tx)?, 1);
        assert!(users.nowait().exists(&mut tx)?);
        tx.commit()?;
        Ok(())
    }
}

#[test]
fn rows_that_are_locked_are_left_out_or_refused() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let (mut first, mut second) = (db.connect()?, db.connect()?);
    blog(&mut first)?;
    let users = User::query().order_by(User::id).select(User::id);

    let mut holder = first.begin()?;
    User::query().filter(User::id.eq(2)).for_update().one(&mut holder)?;
    let mut other = second.begin()?;
    let free = users.clone().skip_locked().all(&mut other)?;
    let refused = users.clone().for_share().nowait().all(&mut other);

    assert_eq!(free, [1, 3]);
    assert!(refused.is_err());
    other.rollback()?;
    holder.commit()?;
    Ok(())
}

#[test]
fn a_lock_is_waited_for() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let (mut first, mut second) = (db.connect()?, db.connect()?);
    blog(&mut first)?;
    let (sender, receiver) = mpsc::channel();

    let mut holder = first.begin()?;
    User::query().filter(User::id.eq(1)).for_update().one(&mut holder)?;
    User::update().set(User::age, 21).filter(User::id.eq(1)).execute(&mut holder)?;
    let waiting = thread::spawn(move || -> orm::Result<i32> {
        let mut tx = second.begin()?;
        let _ = sender.send(());
        let age = User::query().filter(User::id.eq(1)).for_update().select(User::age);
        let age = age.one(&mut tx)?;
        tx.commit()?;
        Ok(age)
    });
    receiver.recv()?;
    holder.commit()?;

    // What it waited for, not what was there when it began.
    assert_eq!(waiting.join().map_err(|_| "the other thread panicked")??, 21);
    Ok(())
}

#[test]
fn locks_are_written_where_rows_have_them() -> TestResult {
    let users = || User::query().filter(User::id.eq(1)).select(User::id);

    assert_eq!(
        users().for_update().to_sql(&Sqlite)?,
        r#"SELECT "id" FROM "users" WHERE "id" = ?1"#
    );
    assert_eq!(
        users().limit(1).for_share().skip_locked().to_sql(&Postgres)?,
        r#"SELECT "id" FROM "users" WHERE "id" = $1 LIMIT $2 FOR SHARE SKIP LOCKED"#
    );
    assert!(users().nowait().to_sql(&Postgres)?.ends_with(" FOR UPDATE NOWAIT"));
    Ok(())
}

#[test]
fn rows_of_one_table_are_locked() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let (mut first, mut second) = (db.connect()?, db.connect()?);
    blog(&mut first)?;
    let editor = User::alias("editor");
    let posts = Post::query()
        .join(Post::author_id)
        .left_join(editor.on(editor.column(User::id).eq(Post::editor_id)))
        .select(Post::id)
        .order_by(Post::id);

    let mut holder = first.begin()?;
    let locked = posts.clone().filter(Post::id.eq(1)).for_update().of(Post::entity());
    assert_eq!(locked.all(&mut holder)?, [1]);
    let mut other = second.begin()?;
    let free_posts = posts.clone().of(Post::entity()).skip_locked().all(&mut other)?;
    let free_users = User::query().order_by(User::id).select(User::id).skip_locked();

    assert_eq!(free_posts, [2, 3]);
    assert_eq!(free_users.all(&mut other)?, [1, 2, 3]);
    other.rollback()?;
    holder.commit()?;
    Ok(())
}

#[test]
fn locks_name_their_tables() -> TestResult {
    let editor = User::alias("editor");
    let posts = Post::query()
        .join(editor.on(editor.column(User::id).eq(Post::editor_id)))
        .select(Post::id)
        .for_share()
        .of(Post::entity())
        .of(editor);

    assert!(posts.to_sql(&Postgres)?.ends_with(r#" FOR SHARE OF "posts", "editor""#));
    assert!(posts.to_sql(&Sqlite)?.ends_with(r#""editor"."id" = "posts"."editor_id""#));
    for dialect in [&Sqlite as &dyn orm::Dialect, &Postgres] {
        assert_eq!(
            refusal(posts.clone().of(User::entity()).to_sql(dialect)),
            "`users` is to be locked, but it is no table of this query: join it, or leave out its \
             `.of(…)`"
        );
    }
    Ok(())
}

#[test]
fn columns_are_qualified_where_a_query_is_inside_another() -> TestResult {
    let other = User::alias("other");
    let namesakes = Post::query()
        .join(other.on(other.column(User::id).eq(Post::author_id)))
        .filter(other.column(User::name).eq(User::name));
    let query =
        User::query().filter(exists(namesakes) | not_exists(Post::query())).select(User::id);

    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT "id" FROM "users" WHERE EXISTS (SELECT 1 FROM "posts" JOIN "users" AS "other" ON "other"."id" = "posts"."author_id" WHERE "other"."name" = "users"."name") OR NOT EXISTS (SELECT 1 FROM "posts")"#
    );
    Ok(())
}

#[test]
fn a_union_is_written_as_a_person_would() -> TestResult {
    let users = || User::query().select((User::id, User::name));
    let query = users()
        .filter(User::age.lt(20))
        .union_all(users().filter(User::age.gt(30)))
        .order_by((User::name.desc(), User::id))
        .limit(3);

    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"SELECT "id", "name" FROM "users" WHERE "age" < ?1 UNION ALL SELECT "id", "name" FROM "users" WHERE "age" > ?2 ORDER BY "name" DESC, "id" LIMIT ?3"#
    );
    Ok(())
}
