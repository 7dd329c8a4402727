//! Joins: by a foreign key, on a condition, of aliases and of derived tables.

use orm::func::{count_all, max};
use orm::prelude::*;
use orm::{Connection, Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, on_every_backend};

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
    #[orm(foreign_key(User::id))]
    editor_id: Option<i64>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "employees")]
struct Employee {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(foreign_key(Employee::id))]
    manager_id: Option<i64>,
}

/// Alice wrote posts 1 and 2, bob wrote 3, carol nothing; bob edited 1, carol edited 3.
fn blog(conn: &mut Connection) -> TestResult {
    metadata![User, Post].create_all(conn)?;
    let users = ["alice", "bob", "carol"].map(|name| User::builder().name(name));
    User::insert_many(users).execute(conn)?;
    let posts = [("one", 1, Some(2)), ("two", 1, None), ("three", 2, Some(3))];
    let posts = posts.map(|(title, author, editor)| {
        Post::builder().title(title).author_id(author).editor_id(editor)
    });
    Post::insert_many(posts).execute(conn)?;
    Ok(())
}

/// Ada leads ben and cem; ben leads dan.
fn staff(conn: &mut Connection) -> TestResult {
    metadata![Employee].create_all(conn)?;
    for (name, manager) in [("ada", None), ("ben", Some(1)), ("cem", Some(1)), ("dan", Some(2))] {
        Employee::insert(Employee::builder().name(name).manager_id(manager)).execute(conn)?;
    }
    Ok(())
}

on_every_backend! {
    fn a_foreign_key_joins_the_table_at_its_other_end(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let authors = Post::query()
            .join(Post::author_id)
            .select((Post::title, User::name))
            .order_by(Post::id);

        assert_eq!(
            authors.all(&mut conn)?,
            [
                (text("one"), text("alice")),
                (text("two"), text("alice")),
                (text("three"), text("bob")),
            ]
        );
        Ok(())
    }

    fn a_foreign_key_joins_from_either_end(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let titles = User::query()
            .join(Post::author_id)
            .filter(User::name.eq("alice"))
            .select(Post::title)
            .order_by(Post::title);

        assert_eq!(titles.all(&mut conn)?, ["one", "two"]);
        Ok(())
    }

    fn a_left_join_keeps_the_rows_without_a_partner(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let titles = User::query()
            .left_join(Post::author_id)
            .select((User::name, Post::title.nullable()))
            .order_by((User::id, Post::id));

        assert_eq!(
            titles.all(&mut conn)?,
            [
                (text("alice"), Some(text("one"))),
                (text("alice"), Some(text("two"))),
                (text("bob"), Some(text("three"))),
                (text("carol"), None),
            ]
        );
        Ok(())
    }

    fn whole_rows_of_an_outer_join_are_read_as_options(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let rows = Post::query()
            .left_join(User::on(User::id.eq(Post::editor_id)))
            .select((Post::title, User::entity().nullable()))
            .order_by(Post::id)
            .all(&mut conn)?;

        let bob = User { id: 2, name: text("bob") };
        let carol = User { id: 3, name: text("carol") };
        assert_eq!(
            rows,
            [(text("one"), Some(bob)), (text("two"), None), (text("three"), Some(carol))]
        );
        Ok(())
    }

    fn a_right_join_keeps_all_rows_of_what_is_joined(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let rows = Post::query()
            .right_join(Post::author_id)
            .select((Post::entity().nullable(), User::name))
            .order_by((User::id, Post::id))
            .all(&mut conn)?;

        let rows = rows.into_iter().map(|(post, name)| (post.map(|post| post.id), name));
        assert_eq!(
            rows.collect::<Vec<_>>(),
            [
                (Some(1), text("alice")),
                (Some(2), text("alice")),
                (Some(3), text("bob")),
                (None, text("carol")),
            ]
        );
        Ok(())
    }

    fn a_full_join_keeps_all_rows_of_both_sides(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let rows = Post::query()
            .full_join(User::on(User::id.eq(Post::editor_id)))
            .select((Post::id.nullable(), User::id.nullable()))
            .order_by((Post::id.asc().nulls_last(), User::id));

        // Alice edited nothing, and nobody edited the second post.
        assert_eq!(
            rows.all(&mut conn)?,
            [(Some(1), Some(2)), (Some(2), None), (Some(3), Some(3)), (None, Some(1))]
        );
        Ok(())
    }

    fn a_table_is_joined_to_itself_by_an_alias(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        staff(&mut conn)?;
        let (manager, top) = (Employee::alias("manager"), Employee::alias("top"));

        let pairs = Employee::query()
            .join(manager.on(Employee::manager_id.eq(manager.column(Employee::id))))
            .left_join(
                top.on(manager.column(Employee::manager_id).eq(top.column(Employee::id))),
            )
            .select((Employee::name, manager.entity(), top.column(Employee::name).nullable()))
            .order_by(Employee::id)
            .all(&mut conn)?;

        let pairs = pairs.into_iter().map(|(name, manager, top)| (name, manager.name, top));
        assert_eq!(
            pairs.collect::<Vec<_>>(),
            [
                (text("ben"), text("ada"), None),
                (text("cem"), text("ada"), None),
                (text("dan"), text("ben"), Some(text("ada"))),
            ]
        );
        Ok(())
    }

    fn one_table_is_joined_twice_under_two_names(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let editor = User::alias("editor");

        let rows = Post::query()
            .join(Post::author_id)
            .left_join(editor.on(editor.column(User::id).eq(Post::editor_id)))
            .select((Post::title, User::name, editor.column(User::name).nullable()))
            .order_by(Post::id);

        assert_eq!(
            rows.all(&mut conn)?,
            [
                (text("one"), text("alice"), Some(text("bob"))),
                (text("two"), text("alice"), None),
                (text("three"), text("bob"), Some(text("carol"))),
            ]
        );
        Ok(())
    }

    fn a_derived_table_is_joined_on_its_columns(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let counts = Post::query()
            .select((Post::author_id, count_all()))
            .group_by(Post::author_id)
            .subquery("counts");
        let (author, posts) = counts.columns();

        let rows = User::query()
            .left_join(counts.on(author.eq(User::id)))
            .select((User::name, posts.clone().nullable(), posts.coalesce(0)))
            .order_by(User::id);

        assert_eq!(
            rows.all(&mut conn)?,
            [
                (text("alice"), Some(2), 2),
                (text("bob"), Some(1), 1),
                (text("carol"), None, 0),
            ]
        );
        Ok(())
    }

    fn a_derived_table_is_queried_itself(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let counts = Post::query()
            .select((Post::author_id, count_all().label("posts"), max(Post::title)))
            .group_by(Post::author_id)
            .subquery("counts");
        let (author, posts, _) = counts.columns();

        let busy = counts.query().filter(posts.gt(1)).order_by(author);

        assert_eq!(
            busy.to_sql(&Sqlite)?,
            r#"SELECT "author_id", "posts", "column_3" FROM (SELECT "author_id", count(*) AS "posts", max("title") AS "column_3" FROM "posts" GROUP BY "author_id") AS "counts" WHERE "posts" > ?1 ORDER BY "author_id""#
        );
        assert_eq!(busy.all(&mut conn)?, [(1, 2, Some(text("two")))]);
        assert_eq!(busy.count(&mut conn)?, 1);
        Ok(())
    }

    fn a_derived_table_of_two_tables_keeps_equal_names_apart(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let editor = User::alias("editor");
        let pairs = Post::query()
            .join(Post::author_id)
            .join(editor.on(editor.column(User::id).eq(Post::editor_id)))
            .select((Post::entity(), User::entity(), editor.entity()))
            .subquery("pairs");

        let rows = pairs.query().all(&mut conn)?;

        let mut names: Vec<_> = rows
            .into_iter()
            .map(|(post, author, editor)| (post.id, author.id, author.name, editor.name))
            .collect();
        names.sort();
        assert_eq!(
            names,
            [(1, 1, text("alice"), text("bob")), (3, 2, text("bob"), text("carol"))]
        );
        Ok(())
    }

    fn a_wide_derived_table_keeps_equal_names_apart(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let (second, third) = (Post::alias("second"), Post::alias("third"));
        let (editor, other) = (User::alias("editor"), User::alias("other"));
        // Sixteen columns of four names.
        let wide = Post::query()
            .filter(Post::id.eq(1))
            .join(second.on(second.column(Post::id).eq(2)))
            .join(third.on(third.column(Post::id).eq(3)))
            .join(editor.on(editor.column(User::id).eq(2)))
            .join(other.on(other.column(User::id).eq(3)))
            .select((
                Post::entity(),
                second.entity(),
                third.entity(),
                editor.entity(),
                other.entity(),
            ))
            .subquery("wide");

        let rows = wide.query().all(&mut conn)?;

        let [(first, second, third, editor, other)] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!([first.id, second.id, third.id, editor.id, other.id], [1, 2, 3, 2, 3]);
        assert_eq!([&editor.name, &other.name], ["bob", "carol"]);
        Ok(())
    }

    fn two_derived_tables_need_two_names(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let posts = || Post::query().select((Post::id, Post::author_id));
        let (first, second) = (posts().subquery("p"), posts().subquery("p"));

        let error = refusal(
            User::query()
                .join(first.on(first.columns().1.eq(User::id)))
                .join(second.on(second.columns().1.eq(User::id)))
                .all(&mut conn),
        );

        assert_eq!(
            error,
            "`p` is in this query twice: give one of them another name, such as with \
             `User::alias(\"other\")`"
        );
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn a_column_that_may_be_missing_is_not_read_as_one_that_is_there(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let conn = &mut conn;
        let left = User::query().left_join(Post::author_id);
        let right = Post::query().right_join(Post::author_id);
        let full = Post::query().full_join(Post::author_id);

        assert_eq!(
            refusal(left.clone().select((User::name, Post::title)).all(conn)),
            "`posts.title` may be NULL here, but it is selected as a value that may not: add \
             `.nullable()` to select it as an `Option`"
        );
        refusal(left.clone().select((User::name, Post::entity())).all(conn));
        refusal(left.clone().select(Post::title.concat("!")).all(conn));
        refusal(left.clone().select(Post::author_id + 1).first(conn));
        assert_eq!(
            refusal(right.clone().all(conn)),
            "the rows of `posts` may be missing because of an outer join: select \
             `Post::entity().nullable()` to read them as `Option<Post>`"
        );
        refusal(right.select(Post::title).all(conn));
        refusal(full.select((Post::title.nullable(), User::name)).all(conn));
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn joined_rows_are_counted_and_tested_for(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let by = |name: &str| Post::query().join(Post::author_id).filter(User::name.eq(name));

        assert_eq!(by("alice").count(&mut conn)?, 2);
        assert_eq!(by("carol").count(&mut conn)?, 0);
        assert!(by("bob").exists(&mut conn)?);
        assert!(!by("carol").exists(&mut conn)?);
        assert_eq!(User::query().left_join(Post::author_id).count(&mut conn)?, 4);
        assert_eq!(by("alice").limit(1).count(&mut conn)?, 1);
        assert!(!by("alice").limit(0).exists(&mut conn)?);
        Ok(())
    }

    fn one_row_of_a_join_is_got_by_its_key(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let of_alice = Post::query().join(Post::author_id).filter(User::name.eq("alice"));

        let second = of_alice.get(&mut conn, 2)?;
        let third = of_alice.get(&mut conn, 3)?;

        assert_eq!(second.map(|post| post.title), Some(text("two")));
        assert_eq!(third, None);
        Ok(())
    }
}

#[test]
fn a_join_on_conditions_is_written_as_a_person_would() -> TestResult {
    let query = Post::query()
        .join(User::on(User::id.eq(Post::author_id) & (User::name.eq("a") | Post::id.lt(9))))
        .filter(User::name.ne("b"))
        .select(Post::id)
        .order_by((User::name, Post::id.desc()))
        .limit(5);

    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT "posts"."id" FROM "posts" JOIN "users" ON "users"."id" = "posts"."author_id" AND ("users"."name" = $1 OR "posts"."id" < $2) WHERE "users"."name" <> $3 ORDER BY "users"."name", "posts"."id" DESC LIMIT $4"#
    );
    Ok(())
}

#[test]
fn a_column_that_is_no_foreign_key_joins_nothing() {
    let error = refusal(Post::query().join(Post::title).to_sql(&Sqlite));

    assert_eq!(error, "`posts.title` is no foreign key, so it joins nothing");
}

#[test]
fn both_ends_of_a_key_in_the_query_ask_for_an_alias() {
    let error = refusal(Employee::query().join(Employee::manager_id).to_sql(&Sqlite));

    assert_eq!(
        error,
        "both ends of the foreign key `employees.manager_id` are in the query: join an alias on a \
         condition, such as `Employee::alias(\"other\").on(…)`"
    );
}

#[test]
fn a_key_between_other_tables_joins_nothing() {
    let error = refusal(Employee::query().join(Post::author_id).to_sql(&Sqlite));

    assert_eq!(
        error,
        "neither `posts` nor `users` is in the query, so the foreign key `posts.author_id` joins \
         nothing to it"
    );
}

#[test]
fn an_alias_that_was_not_joined_is_said_to_be_missing() {
    let manager = Employee::alias("manager");
    let query = Employee::query().filter(manager.column(Employee::name).eq("ada"));

    assert_eq!(
        refusal(query.to_sql(&Sqlite)),
        "the column `manager.name` is not in this query, which reads from `employees`: join the \
         alias with `.join(manager.on(…))`"
    );
}
