//! Expressions about the rows that relations lead to: their columns, and conditions on them.

use orm::func::count_all;
use orm::prelude::*;
use orm::{BelongsTo, Connection, Error, HasMany, HasOne, ManyToMany, Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model)]
#[orm(table = "countries")]
struct Country {
    #[orm(primary_key)]
    id: i64,
    code: String,
}

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    age: Option<i32>,
    #[orm(foreign_key(Country::id))]
    country_id: Option<i64>,
    #[orm(belongs_to(key = country_id))]
    country: BelongsTo<Option<Country>>,
    #[orm(has_many(inverse = author, order_by = id))]
    posts: HasMany<Post>,
    #[orm(has_one(key = user_id))]
    profile: HasOne<Profile>,
    #[orm(many_to_many(through = Follow, key = follower_id, target_key = followed_id))]
    follows: ManyToMany<User>,
}

#[derive(Model)]
#[orm(table = "follows")]
struct Follow {
    #[orm(primary_key, foreign_key(User::id))]
    follower_id: i64,
    #[orm(primary_key, foreign_key(User::id))]
    followed_id: i64,
}

#[derive(Model)]
#[orm(table = "profiles")]
struct Profile {
    #[orm(primary_key)]
    id: i64,
    bio: String,
    #[orm(unique, foreign_key(User::id))]
    user_id: i64,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: Option<String>,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
}

#[derive(Model)]
#[orm(table = "employees")]
struct Employee {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(foreign_key(Employee::id))]
    manager_id: Option<i64>,
    #[orm(belongs_to(key = manager_id, inverse = reports))]
    manager: BelongsTo<Option<Employee>>,
    #[orm(has_many(inverse = manager, order_by = id))]
    reports: HasMany<Employee>,
}

/// Alice, 30, of NZ, with a profile, wrote "one" and one without a title; bob, of nowhere and no age,
/// wrote "three"; carol, of FR, nothing. Alice follows bob, who follows carol.
fn blog(conn: &mut Connection) -> TestResult {
    metadata![Country, User, Profile, Post, Follow].create_all(conn)?;
    Country::insert_many(["NZ", "FR"].map(|code| Country::builder().code(code))).execute(conn)?;
    let users = [("alice", Some(30), Some(1)), ("bob", None, None), ("carol", Some(20), Some(2))];
    User::insert_many(
        users.map(|(name, age, country)| User::builder().name(name).age(age).country_id(country)),
    )
    .execute(conn)?;
    Profile::insert(Profile::builder().bio("likes tea").user_id(1)).execute(conn)?;
    let posts = [(Some("one"), 1), (None, 1), (Some("three"), 2)];
    Post::insert_many(
        posts.map(|(title, author)| {
            Post::builder().title(title.map(str::to_owned)).author_id(author)
        }),
    )
    .execute(conn)?;
    let follows = [(1, 2), (2, 3)];
    Follow::insert_many(
        follows.map(|(follower, followed)| {
            Follow::builder().follower_id(follower).followed_id(followed)
        }),
    )
    .execute(conn)?;
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

fn names(users: &[User]) -> Vec<&str> {
    users.iter().map(|user| user.name.as_str()).collect()
}

on_every_backend! {
    fn a_column_of_the_row_that_one_belongs_to_is_selected(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let query = Post::query()
            .order_by(Post::id)
            .select((Post::id, Post::author.column(User::name), Post::author.column(User::age)));

        let alice = "alice".to_owned();
        let expected: Vec<(i64, String, Option<i32>)> =
            vec![(1, alice.clone(), Some(30)), (2, alice, Some(30)), (3, "bob".to_owned(), None)];
        assert_eq!(query.all(&mut conn)?, expected);
        Ok(())
    }

    fn where_there_is_no_such_row_it_is_null(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let code = User::country.column(Country::code);
        let bio = User::profile.column(Profile::bio);
        let rows = User::query().order_by(User::id).select((code, bio)).all(&mut conn)?;

        let text = |text: &str| Some(text.to_owned());
        assert_eq!(rows, [(text("NZ"), text("likes tea")), (None, None), (text("FR"), None)]);
        Ok(())
    }

    fn a_path_goes_on(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let code = Post::author.column(User::country.column(Country::code));
        let posts = Post::author.column(User::posts.count());
        let rows: Vec<(Option<String>, i64)> =
            Post::query().order_by(Post::id).select((code, posts)).all(&mut conn)?;

        let nz = || Some("NZ".to_owned());
        assert_eq!(rows, [(nz(), 2), (nz(), 2), (None, 1)]);
        Ok(())
    }

    fn rows_are_filtered_and_ordered_by_a_path(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let ids = |posts: Vec<Post>| posts.iter().map(|post| post.id).collect::<Vec<_>>();

        let name = Post::author.column(User::name);
        let of_bob = Post::query().filter(name.clone().eq("bob")).all(&mut conn)?;
        let by_name = Post::query().order_by((name.desc(), Post::id.desc())).all(&mut conn)?;
        let of_no_age = Post::query().filter(Post::author.column(User::age).is_null());

        assert_eq!(ids(of_bob), [3]);
        assert_eq!(ids(by_name), [3, 2, 1]);
        assert_eq!(ids(of_no_age.all(&mut conn)?), [3]);
        Ok(())
    }

    fn a_count_of_related_rows_is_selected(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let counts = User::query().order_by(User::id).select(User::posts.count()).all(&mut conn)?;

        assert_eq!(counts, [2, 1, 0]);
        Ok(())
    }

    fn rows_are_grouped_by_a_path(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let name = Post::author.column(User::name);
        let counts: Vec<(String, i64)> = Post::query()
            .group_by(name.clone())
            .order_by(count_all().desc())
            .select((name, count_all()))
            .all(&mut conn)?;

        assert_eq!(counts, [("alice".to_owned(), 2), ("bob".to_owned(), 1)]);
        Ok(())
    }

    fn a_path_along_rows_of_one_table(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        staff(&mut conn)?;

        let manager = Employee::manager.column(Employee::name);
        let above = Employee::manager.column(Employee::manager.column(Employee::name));
        let rows = Employee::query().order_by(Employee::id).select((manager, above)).all(&mut conn)?;

        let name = |name: &str| Some(name.to_owned());
        let expected = [(None, None), (name("ada"), None), (name("ada"), None), (name("ben"), name("ada"))];
        assert_eq!(rows, expected);
        Ok(())
    }

    fn conditions_on_rows_of_one_table_hold_inside_of_each_other(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        staff(&mut conn)?;
        let mut named = |condition: orm::Expr<bool>| -> orm::Result<Vec<String>> {
            Employee::query().filter(condition).order_by(Employee::id).select(Employee::name).all(&mut conn)
        };
        let is = |name: &'static str| Employee::name.eq(name);

        assert_eq!(named(Employee::manager.has(Employee::manager.has(is("ada"))))?, ["dan"]);
        assert_eq!(named(Employee::reports.any(Employee::reports.any(is("dan"))))?, ["ada"]);
        assert_eq!(named(Employee::manager.has(Employee::reports.any(is("ben"))))?, ["ben", "cem"]);
        assert_eq!(named(Employee::reports.any(Employee::manager.has(is("ada"))))?, ["ada"]);
        assert_eq!(named(Employee::reports.is_empty())?, ["cem", "dan"]);
        assert_eq!(named(Employee::reports.count().gt(1))?, ["ada"]);
        assert_eq!(named(Employee::reports.any(Employee::reports.is_empty()))?, ["ada", "ben"]);
        Ok(())
    }

    fn pairs_of_one_table_lead_to_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let is = |name: &'static str| User::name.eq(name);

        let of_carol = User::query().filter(User::follows.any(is("carol"))).all(&mut conn)?;

        let two_steps = User::follows.any(User::follows.any(is("carol")));
        let of_bob = User::query().filter(two_steps).all(&mut conn)?;

        assert_eq!(names(&of_carol), ["bob"]);
        assert_eq!(names(&of_bob), ["alice"]);
        Ok(())
    }

    fn conditions_lead_back_to_the_rows_they_are_about(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let beside_one = Post::author.has(User::posts.any(Post::title.eq("one")));
        let beside = Post::query().filter(beside_one).order_by(Post::id).select(Post::id);
        let authors = User::posts.any(Post::author.has(User::name.eq("bob")));
        let authors = User::query().filter(authors).all(&mut conn)?;

        assert_eq!(beside.all(&mut conn)?, [1, 2]);
        assert_eq!(names(&authors), ["bob"]);
        Ok(())
    }

    fn null_is_neither_passed_nor_failed(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let mut found = |condition: orm::Expr<bool>| -> orm::Result<Vec<String>> {
            User::query().filter(condition).order_by(User::id).select(User::name).all(&mut conn)
        };
        let is_one = || Post::title.eq("one");

        // Alice has a post whose title is NULL.
        assert_eq!(found(User::posts.any(is_one()))?, ["alice"]);
        assert_eq!(found(User::posts.any(!is_one()))?, ["bob"]);
        assert_eq!(found(User::posts.none(is_one()))?, ["bob", "carol"]);
        assert_eq!(found(!User::posts.any(is_one()))?, ["bob", "carol"]);
        assert_eq!(found(User::posts.all(is_one()))?, ["carol"]);
        assert_eq!(found(User::posts.all(!is_one()))?, ["bob", "carol"]);
        assert_eq!(found(User::posts.is_empty())?, ["carol"]);
        assert_eq!(found(User::country.has(Country::code.ne("NZ")))?, ["carol"]);
        assert_eq!(found(!User::country.has(Country::code.eq("NZ")))?, ["bob", "carol"]);
        assert_eq!(found(User::profile.is_none())?, ["bob", "carol"]);
        assert_eq!(found(User::profile.has(Profile::bio.contains("tea")))?, ["alice"]);
        Ok(())
    }
}

#[test]
fn a_path_is_written_as_a_subquery() -> TestResult {
    let query = Post::query().filter(Post::author.column(User::name).eq("bob")).select(Post::id);

    let sql = r#"SELECT "id" FROM "posts" WHERE (SELECT "users"."name" FROM "users" WHERE "users"."id" = "posts"."author_id") = "#;
    assert_eq!(query.to_sql(&Sqlite)?, format!("{sql}?1"));
    assert_eq!(query.to_sql(&Postgres)?, format!("{sql}$1::text"));
    Ok(())
}

#[test]
fn each_step_along_one_table_has_a_name_of_its_own() -> TestResult {
    let above = Employee::manager.column(Employee::manager.column(Employee::name));
    let query = Employee::query().select(above);

    let sql = r#"SELECT (SELECT (SELECT "manager_1"."name" FROM "employees" AS "manager_1" WHERE "manager_1"."id" = "manager_2"."manager_id") FROM "employees" AS "manager_2" WHERE "manager_2"."id" = "employees"."manager_id") FROM "employees""#;
    assert_eq!(query.to_sql(&Sqlite)?, sql);
    assert_eq!(query.to_sql(&Postgres)?, sql);
    Ok(())
}

#[test]
fn a_path_from_a_row_that_may_be_missing_may_be_null() {
    let query = User::query().left_join(Post::on(Post::author_id.eq(User::id)));

    let refused = query.select(Post::author.column(User::id)).to_sql(&Sqlite);

    let message = match refused {
        Err(Error::InvalidQuery(message)) => message.to_string(),
        other => panic!("not refused: {other:?}"),
    };
    assert!(message.starts_with("`posts.author_id` may be NULL here"), "{message}");
}
