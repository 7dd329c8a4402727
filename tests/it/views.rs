//! Views that hold the views of related rows.

use orm::prelude::*;
use orm::{BelongsTo, Connection, HasMany, HasOne, KeysetRequest, ManyToMany, Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use crate::shared::refusal;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(foreign_key(User::id))]
    mentor_id: Option<i64>,
    #[orm(belongs_to(key = mentor_id, inverse = pupils))]
    mentor: BelongsTo<Option<User>>,
    #[orm(has_many(inverse = mentor, order_by = id))]
    pupils: HasMany<User>,
    #[orm(has_many(inverse = author, order_by = id.desc()))]
    posts: HasMany<Post>,
    #[orm(has_one(inverse = user))]
    profile: HasOne<Profile>,
}

#[derive(Model)]
#[orm(table = "profiles")]
struct Profile {
    #[orm(primary_key)]
    id: i64,
    bio: String,
    #[orm(foreign_key(User::id))]
    user_id: i64,
    #[orm(belongs_to(key = user_id, inverse = profile))]
    user: BelongsTo<User>,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
    #[orm(many_to_many(table = "post_tags", inverse = posts, order_by = name))]
    tags: ManyToMany<Tag>,
}

#[derive(Model)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(many_to_many(table = "post_tags", inverse = tags, order_by = id))]
    posts: ManyToMany<Post>,
}

#[derive(Model)]
#[orm(table = "flights")]
struct Flight {
    #[orm(primary_key)]
    carrier: String,
    #[orm(primary_key)]
    number: i32,
    #[orm(has_many(inverse = flight, order_by = id))]
    seats: HasMany<Seat>,
}

#[derive(Model)]
#[orm(
    table = "seats",
    foreign_key(columns(carrier, number), references(Flight::carrier, Flight::number))
)]
struct Seat {
    #[orm(primary_key, auto = false)]
    id: i64,
    carrier: String,
    number: i32,
    #[orm(belongs_to(key = (carrier, number), inverse = seats))]
    flight: BelongsTo<Flight>,
}

#[derive(View, Debug, PartialEq, serde::Serialize)]
#[orm(model = User)]
struct UserView {
    name: String,
    posts: Vec<PostView>,
    profile: Option<ProfileView>,
}

#[derive(View, Debug, PartialEq, serde::Serialize)]
#[orm(model = Profile)]
struct ProfileView {
    bio: String,
}

#[derive(View, Debug, PartialEq, serde::Serialize)]
#[orm(model = Post)]
struct PostView {
    title: String,
    author: AuthorView,
    tags: Vec<TagView>,
}

#[derive(View, Debug, PartialEq, serde::Serialize)]
#[orm(model = User)]
struct AuthorView {
    name: String,
    profile: Option<ProfileView>,
}

#[derive(View, Debug, PartialEq, serde::Serialize)]
#[orm(model = Tag)]
struct TagView {
    name: String,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = User)]
struct Pupil {
    name: String,
    mentor: Option<Mentor>,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = User)]
struct Mentor {
    name: String,
    mentor: Option<Name>,
    posts: Vec<Title>,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = User)]
struct Name {
    name: String,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = Post)]
struct Title {
    title: String,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = User)]
struct Tree {
    name: String,
    pupils: Vec<Tree>,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = Flight)]
struct FlightView {
    seats: Vec<SeatView>,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = Seat)]
struct SeatView {
    id: i64,
    flight: FlightNumber,
}

#[derive(View, Debug, PartialEq)]
#[orm(model = Flight)]
struct FlightNumber {
    number: i32,
}

/// Alice teaches bob, who teaches carol. Alice wrote "one" and "two", bob "three"; alice has a profile.
/// "one" is about rust and sql, "two" about rust.
fn blog(conn: &mut Connection) -> TestResult {
    metadata![User, Profile, Post, Tag].create_all(conn)?;
    for (name, mentor) in [("alice", None), ("bob", Some(1)), ("carol", Some(2))] {
        User::insert(User::builder().name(name).mentor_id(mentor)).execute(conn)?;
    }
    Profile::insert(Profile::builder().bio("likes tea").user_id(1)).execute(conn)?;
    let posts = [("one", 1), ("two", 1), ("three", 2)];
    Post::insert_many(posts.map(|(title, author)| Post::builder().title(title).author_id(author)))
        .execute(conn)?;
    Tag::insert_many(["rust", "sql"].map(|name| Tag::builder().name(name))).execute(conn)?;
    conn.execute_definition("INSERT INTO post_tags VALUES (1, 1), (1, 2), (2, 1)")?;
    Ok(())
}

fn tags(names: &[&str]) -> Vec<TagView> {
    names.iter().map(|&name| TagView { name: name.to_owned() }).collect()
}

fn tea() -> ProfileView {
    ProfileView { bio: "likes tea".to_owned() }
}

fn alice() -> AuthorView {
    AuthorView { name: "alice".to_owned(), profile: Some(tea()) }
}

on_every_backend! {
    fn a_view_holds_the_views_of_related_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let users = User::query().order_by(User::id).view::<UserView>().all(&mut conn)?;

        // Users, posts with their authors, the authors' profiles, tags, the users' profiles.
        assert_eq!(conn.statement_count() - before, 5);
        let two = PostView { title: "two".to_owned(), author: alice(), tags: tags(&["rust"]) };
        let one = PostView { title: "one".to_owned(), author: alice(), tags: tags(&["rust", "sql"]) };
        let bob = AuthorView { name: "bob".to_owned(), profile: None };
        let three = PostView { title: "three".to_owned(), author: bob, tags: Vec::new() };
        let expected = [
            UserView { name: "alice".to_owned(), posts: vec![two, one], profile: Some(tea()) },
            UserView { name: "bob".to_owned(), posts: vec![three], profile: None },
            UserView { name: "carol".to_owned(), posts: Vec::new(), profile: None },
        ];
        assert_eq!(users, expected);
        Ok(())
    }

    fn views_are_serialised_as_they_are(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let post = Post::query().filter(Post::title.eq("two")).view::<PostView>().one(&mut conn)?;

        assert_eq!(
            serde_json::to_string(&post)?,
            r#"{"title":"two","author":{"name":"alice","profile":{"bio":"likes tea"}},"tags":[{"name":"rust"}]}"#
        );
        Ok(())
    }

    fn rows_of_the_same_table_are_told_apart(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let query = User::query().order_by(User::id.desc()).view::<Pupil>();
        let users = query.all(&mut conn)?;

        assert_eq!(conn.statement_count() - before, 2);
        let name = |name: &str| Name { name: name.to_owned() };
        let title = |title: &str| Title { title: title.to_owned() };
        let bob = Mentor {
            name: "bob".to_owned(),
            mentor: Some(name("alice")),
            posts: vec![title("three")],
        };
        let alice = Mentor {
            name: "alice".to_owned(),
            mentor: None,
            posts: vec![title("two"), title("one")],
        };
        let expected = [
            Pupil { name: "carol".to_owned(), mentor: Some(bob) },
            Pupil { name: "bob".to_owned(), mentor: Some(alice) },
            Pupil { name: "alice".to_owned(), mentor: None },
        ];
        assert_eq!(users, expected);
        assert_eq!(query.first(&mut conn)?.as_ref(), expected.first());
        assert_eq!(query.count(&mut conn)?, 3);
        Ok(())
    }

    fn a_tree_is_read_level_by_level(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let roots = User::query().filter(User::mentor_id.is_null()).view::<Tree>();
        let trees = roots.all(&mut conn)?;

        assert_eq!(conn.statement_count() - before, 4);
        let carol = Tree { name: "carol".to_owned(), pupils: Vec::new() };
        let bob = Tree { name: "bob".to_owned(), pupils: vec![carol] };
        assert_eq!(trees, [Tree { name: "alice".to_owned(), pupils: vec![bob] }]);
        Ok(())
    }

    fn a_circle_of_rows_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        User::update().set(User::mentor_id, Some(3)).filter(User::id.eq(1)).execute(&mut conn)?;

        let message = refusal(User::query().view::<Tree>().all(&mut conn));

        assert!(message.starts_with("`User::pupils` leads on for more than 100 levels"), "{message}");
        Ok(())
    }

    fn keys_of_several_columns_lead_to_views(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Flight, Seat].create_all(&mut conn)?;
        Flight::insert_many([("LH", 1), ("LH", 2)].map(|(carrier, number)| {
            Flight::builder().carrier(carrier).number(number)
        }))
        .execute(&mut conn)?;
        Seat::insert_many([(7, 2), (8, 1), (9, 2)].map(|(id, number)| {
            Seat::builder().id(id).carrier("LH").number(number)
        }))
        .execute(&mut conn)?;

        let flights = Flight::query().order_by(Flight::number).view::<FlightView>().all(&mut conn)?;

        let seat = |id, number| SeatView { id, flight: FlightNumber { number } };
        let expected = [
            FlightView { seats: vec![seat(8, 1)] },
            FlightView { seats: vec![seat(7, 2), seat(9, 2)] },
        ];
        assert_eq!(flights, expected);
        Ok(())
    }

    fn without_rows_nothing_more_is_asked(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let before = conn.statement_count();
        let users = User::query().filter(User::id.eq(99)).view::<UserView>().all(&mut conn)?;

        assert!(users.is_empty());
        assert_eq!(conn.statement_count() - before, 1);
        Ok(())
    }

    fn several_rows_have_no_place_in_a_field_for_one(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        Profile::insert(Profile::builder().bio("likes milk").user_id(1)).execute(&mut conn)?;

        let message = refusal(User::query().view::<AuthorView>().all(&mut conn));

        assert!(message.starts_with("several rows belong to one by `User::profile`"), "{message}");
        Ok(())
    }

    fn a_view_of_an_alias_joins_to_it(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let post = Post::alias("p");

        let query = post.query().filter(post.column(Post::id).eq(3)).limit(1).view::<PostView>();

        assert_eq!(query.one(&mut conn)?.author.name, "bob");
        Ok(())
    }

    fn pages_hold_views(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;

        let query = Post::query().order_by(Post::id).offset(1).limit(1).view::<PostView>();

        assert_eq!(query.all(&mut conn)?[0].tags, tags(&["rust"]));
        Ok(())
    }

    fn pages_by_key_hold_views(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        let all = Post::query().order_by(Post::id).view::<PostView>().all(&mut conn)?;
        let query = Post::query().order_by((Post::author_id.desc(), Post::id)).view::<PostView>();

        let before = conn.statement_count();
        let first = query.paginate_by_key(&mut conn, 2)?;
        // The page, tags, and the profiles of authors.
        assert_eq!(conn.statement_count() - before, 3);
        let request = KeysetRequest::new(2).after(first.next);
        let second = query.paginate_by_key(&mut conn, request)?;
        let request = KeysetRequest::new(2).before(second.previous);
        let back = query.paginate_by_key(&mut conn, request)?;

        // Bob wrote the third.
        assert_eq!(first.items.iter().collect::<Vec<_>>(), [&all[2], &all[0]]);
        assert_eq!(second.items.iter().collect::<Vec<_>>(), [&all[1]]);
        assert_eq!(back.items, first.items);
        Ok(())
    }
}

#[test]
fn only_what_the_fields_need_is_selected() -> TestResult {
    let posts = Post::query().filter(Post::id.gt(7)).view::<PostView>();
    let users = User::query().view::<UserView>();

    let sql = r#"SELECT "posts"."title", "author_1"."id", "author_1"."name", "author_1"."id", "posts"."id" FROM "posts" LEFT JOIN "users" AS "author_1" ON "author_1"."id" = "posts"."author_id" WHERE "posts"."id" > "#;
    assert_eq!(posts.to_sql(&Sqlite)?, format!("{sql}?1"));
    assert_eq!(posts.to_sql(&Postgres)?, format!("{sql}$1"));
    let sql = r#"SELECT "name", "id", "id" FROM "users""#;
    assert_eq!(users.to_sql(&Sqlite)?, sql);
    assert_eq!(users.to_sql(&Postgres)?, sql);
    Ok(())
}

#[test]
fn rows_of_a_statement_by_hand_are_no_nested_views() -> TestResult {
    let mut conn = Engine::connect("sqlite::memory:")?.connect()?;

    let message = refusal(orm::text("SELECT 'x' AS name").query::<UserView>().all(&mut conn));

    assert!(message.starts_with("`UserView` needs a column `User::posts`"), "{message}");
    Ok(())
}

#[test]
fn a_nested_view_is_read_row_after_row_into_a_list_only() -> TestResult {
    let mut conn = Engine::connect("sqlite::memory:")?.connect()?;

    let message = refusal(User::query().view::<UserView>().into_map(User::id).all(&mut conn));

    assert!(
        message.starts_with("`view::<UserView>` loads what belongs to whole rows"),
        "{message}"
    );
    Ok(())
}
