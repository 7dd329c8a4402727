//! Relations that a model loads by default, and how a query says otherwise.

use orm::prelude::*;
use orm::{
    BelongsTo, Connection, HasMany, HasOne, ManyToMany, Postgres, Sqlite, joined, noload, raise,
    selectin,
};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = author, order_by = id, lazy = "selectin"))]
    posts: HasMany<Post>,
    #[orm(has_one(inverse = user, lazy = "joined"))]
    profile: HasOne<Profile>,
    #[orm(has_many(key = editor_id, lazy = "select"))]
    edited: HasMany<Post>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "profiles")]
struct Profile {
    #[orm(primary_key)]
    id: i64,
    bio: String,
    #[orm(unique, foreign_key(User::id))]
    user_id: i64,
    #[orm(belongs_to(key = user_id, inverse = profile, lazy = "joined"))]
    user: BelongsTo<User>,
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
    #[orm(belongs_to(key = author_id, inverse = posts, lazy = "joined"))]
    author: BelongsTo<User>,
    #[orm(belongs_to(key = editor_id, lazy = "raise"))]
    editor: BelongsTo<Option<User>>,
    #[orm(many_to_many(table = "post_tags", inverse = posts, order_by = id, lazy = "subquery"))]
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(many_to_many(table = "post_tags", inverse = tags, order_by = id, lazy = "noload"))]
    posts: ManyToMany<Post>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "employees")]
struct Employee {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Employee::id))]
    manager_id: Option<i64>,
    #[orm(belongs_to(key = manager_id, inverse = reports, lazy = "joined"))]
    manager: BelongsTo<Option<Employee>>,
    #[orm(has_many(inverse = manager, order_by = id, lazy = "selectin"))]
    reports: HasMany<Employee>,
}

/// Alice wrote "one" and "two", bob "three"; alice has a profile. "one" is about rust and sql, "two"
/// about rust; alice edited "three".
fn blog(conn: &mut Connection) -> TestResult {
    metadata![User, Profile, Post, Tag].create_all(conn)?;
    User::insert_many(["alice", "bob"].map(|name| User::builder().name(name))).execute(conn)?;
    Profile::insert(Profile::builder().bio("likes tea").user_id(1)).execute(conn)?;
    let posts = [("one", 1, None), ("two", 1, None), ("three", 2, Some(1))];
    let posts = posts.map(|(title, author, editor)| {
        Post::builder().title(title).author_id(author).editor_id(editor)
    });
    Post::insert_many(posts).execute(conn)?;
    Tag::insert_many(["rust", "sql"].map(|name| Tag::builder().name(name))).execute(conn)?;
    conn.execute_definition("INSERT INTO post_tags VALUES (1, 1), (1, 2), (2, 1)")?;
    Ok(())
}

fn titles(posts: &[Post]) -> Vec<&str> {
    posts.iter().map(|post| post.title.as_str()).collect()
}

#[test]
fn a_joined_default_is_part_of_the_query() {
    let query = User::query();

    for sql in [query.to_sql(&Sqlite).unwrap(), query.to_sql(&Postgres).unwrap()] {
        assert_eq!(
            sql,
            "SELECT \"users\".\"id\", \"users\".\"name\", \"profile_1\".\"id\", \
             \"profile_1\".\"bio\", \"profile_1\".\"user_id\" FROM \"users\" LEFT JOIN \"profiles\" \
             AS \"profile_1\" ON \"profile_1\".\"user_id\" = \"users\".\"id\""
        );
    }
    let plain = query.options(raise(User::profile));
    assert_eq!(plain.to_sql(&Sqlite).unwrap(), "SELECT \"id\", \"name\" FROM \"users\"");
}

on_every_backend! {
    fn a_query_loads_what_its_model_declares(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let users = User::query().order_by(User::id).all(&mut conn)?;

        // The users with their profiles, the posts, and the tags of those.
        assert_eq!(conn.statement_count() - before, 3);
        assert_eq!(titles(&users[0].posts), ["one", "two"]);
        assert_eq!(titles(&users[1].posts), ["three"]);
        assert_eq!(users[0].profile.as_ref().map(|profile| &*profile.bio), Some("likes tea"));
        assert!(users[1].profile.is_none());
        assert!(!users[0].edited.is_loaded());
        let tags: Vec<&str> = users[0].posts[0].tags.iter().map(|tag| &*tag.name).collect();
        assert_eq!(tags, ["rust", "sql"]);
        Ok(())
    }

    fn defaults_that_lead_back_are_not_followed(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let user = User::query().order_by(User::id).first_or_not_found(&mut conn)?;
        assert!(!user.posts[0].author.is_loaded());
        assert!(user.profile.as_ref().is_some_and(|profile| !profile.user.is_loaded()));
        // Left empty, which asks for nothing.
        assert!(user.posts[0].tags[0].posts.is_empty());

        let post = Post::query().order_by(Post::id).first_or_not_found(&mut conn)?;
        assert_eq!(post.author.name, "alice");
        assert!(post.author.profile.is_some());
        assert!(!post.author.posts.is_loaded() && !post.editor.is_loaded());
        Ok(())
    }

    fn a_relation_to_its_own_table_is_loaded_if_it_is_asked_for(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Employee].create_all(&mut conn)?;
        for manager in [None, Some(1), Some(1)] {
            Employee::insert(Employee::builder().manager_id(manager)).execute(&mut conn)?;
        }

        let before = conn.statement_count();
        let staff = Employee::query().order_by(Employee::id).all(&mut conn)?;
        assert_eq!(conn.statement_count() - before, 1);
        assert!(staff.iter().all(|one| !one.manager.is_loaded() && !one.reports.is_loaded()));

        let top = Employee::query().order_by(Employee::id).with(Employee::reports);
        let top = top.first_or_not_found(&mut conn)?;
        assert_eq!(top.reports.len(), 2);
        assert!(!top.reports[0].manager.is_loaded() && !top.reports[0].reports.is_loaded());
        Ok(())
    }

    fn an_option_of_the_query_replaces_a_default(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let query = User::query().order_by(User::id);

        let before = conn.statement_count();
        let users = query
            .clone()
            .options((selectin(User::posts).filter(Post::title.eq("two")).then(raise(Post::tags)),
                noload(User::profile)))
            .all(&mut conn)?;
        assert_eq!(conn.statement_count() - before, 2);
        assert_eq!(titles(&users[0].posts), ["two"]);
        assert!(users[0].profile.is_none() && !users[0].posts[0].tags.is_loaded());

        let before = conn.statement_count();
        let users = query
            .options(joined(User::posts).then(joined(Post::tags)))
            .all(&mut conn)?;
        assert_eq!(conn.statement_count() - before, 1);
        assert_eq!(titles(&users[0].posts), ["one", "two"]);
        assert_eq!(users[0].posts[0].tags.len(), 2);
        Ok(())
    }

    fn an_option_keeps_the_defaults_below_the_one_it_replaces(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        // Tags are loaded by a statement of their own, whatever loads the posts.
        for (posts, statements) in [
            (joined(User::posts), 2),
            (selectin(User::posts), 3),
            (subquery(User::posts), 3),
            (selectin(User::posts).limit(2), 3),
        ] {
            let before = conn.statement_count();
            let users = User::query().order_by(User::id).options(posts).all(&mut conn)?;
            assert_eq!(conn.statement_count() - before, statements);
            assert_eq!(users[0].posts[0].tags.len(), 2);
            assert!(users[0].profile.is_some());
        }
        let found = User::query().join(User::posts).options(contains_eager(User::posts));
        assert_eq!(found.order_by(Post::id).all(&mut conn)?[0].posts[0].tags.len(), 2);
        Ok(())
    }

    fn raise_leaves_a_default_out(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let options = (raise(User::posts), raise(User::profile), raise(User::edited));
        let user = User::query().options(options).first_or_not_found(&mut conn)?;

        assert_eq!(conn.statement_count() - before, 1);
        assert!(!user.posts.is_loaded() && !user.profile.is_loaded());
        let read = std::panic::catch_unwind(|| user.posts.len());
        let message = read.unwrap_err();
        let message = message.downcast_ref::<String>().map_or("", String::as_str);
        assert!(message.starts_with("`User::posts` is not loaded: add `.with(User::posts)`"));
        Ok(())
    }

    fn the_last_option_for_a_relation_counts(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let query = User::query().options((raise(User::posts), raise(User::profile)));
        let users = query.with(User::posts).options(raise(User::posts)).with(User::edited);
        let users = users.order_by(User::id).all(&mut conn)?;

        // The users, the posts they edited, with their authors' profiles, and the tags of those.
        assert_eq!(conn.statement_count() - before, 3);
        assert!(!users[0].posts.is_loaded());
        assert_eq!(titles(&users[0].edited), ["three"]);
        Ok(())
    }

    fn defaults_do_not_disturb_queries_of_other_things(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let query = User::query().order_by(User::id);

        let before = conn.statement_count();
        assert_eq!(query.clone().select(User::name).all(&mut conn)?, ["alice", "bob"]);
        assert_eq!(query.count(&mut conn)?, 2);
        assert!(query.exists(&mut conn)?);
        let names = query.clone().subquery("named").query().all(&mut conn)?;
        assert_eq!(names.len(), 2);
        let found = Post::query()
            .options((raise(Post::author), raise(Post::tags)))
            .filter(Post::author_id.in_query(User::query().select(User::id)))
            .all(&mut conn)?;
        assert_eq!(found.len(), 3);
        assert_eq!(conn.statement_count() - before, 5);
        Ok(())
    }

    fn pages_and_single_rows_have_what_is_loaded_by_default(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let user = User::query().get(&mut conn, 1)?.ok_or("no user")?;
        assert_eq!(titles(&user.posts), ["one", "two"]);
        let posts = User::edited.query(&user).all(&mut conn)?;
        assert_eq!(posts[0].author.name, "bob");
        let query = User::query().order_by(User::id);
        let page = query.paginate_by_key(&mut conn, 1_u64)?;
        assert_eq!(titles(&page.items[0].posts), ["one", "two"]);
        assert!(page.items[0].profile.is_some());
        let alias = User::alias("writers").query().filter(User::alias("writers").column(User::id).eq(2));
        assert_eq!(titles(&alias.one(&mut conn)?.posts), ["three"]);
        Ok(())
    }

    fn a_stream_loads_the_defaults_or_says_how_to_leave_them_out(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let users: orm::Result<Vec<User>> =
            User::query().order_by(User::id).stream(&mut conn)?.yield_per(1).collect();
        let error = Post::query().stream(&mut conn).map(drop).unwrap_err().to_string();

        assert_eq!(titles(&users?[0].posts), ["one", "two"]);
        assert!(error.contains("`subquery(Post::tags)`") && error.contains("`raise`"), "{error}");
        let plain = Post::query().options(raise(Post::tags));
        assert_eq!(plain.stream(&mut conn)?.count(), 3);
        Ok(())
    }
}
