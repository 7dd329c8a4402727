//! The models, with every kind of relation, and their rows.

use orm::Connection;
use orm::prelude::*;
use orm_testkit::TestResult;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "users")]
pub(super) struct User {
    #[orm(primary_key)]
    pub(super) id: i64,
    pub(super) name: String,
    #[orm(has_many(inverse = author, order_by = id))]
    pub(super) posts: HasMany<Post>,
    #[orm(has_many(inverse = editor, order_by = id.desc()))]
    pub(super) edited: HasMany<Post>,
    #[orm(has_one(inverse = user))]
    pub(super) profile: HasOne<Profile>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "profiles")]
pub(super) struct Profile {
    #[orm(primary_key)]
    pub(super) id: i64,
    pub(super) bio: String,
    #[orm(unique, foreign_key(User::id))]
    pub(super) user_id: i64,
    #[orm(belongs_to(key = user_id, inverse = profile))]
    pub(super) user: BelongsTo<User>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "posts")]
pub(super) struct Post {
    #[orm(primary_key)]
    pub(super) id: i64,
    pub(super) title: String,
    #[orm(foreign_key(User::id))]
    pub(super) author_id: i64,
    #[orm(foreign_key(User::id))]
    pub(super) editor_id: Option<i64>,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    pub(super) author: BelongsTo<User>,
    #[orm(belongs_to(key = editor_id, inverse = edited))]
    pub(super) editor: BelongsTo<Option<User>>,
    #[orm(many_to_many(table = "post_tags", inverse = posts, order_by = name))]
    pub(super) tags: ManyToMany<Tag>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "tags")]
pub(super) struct Tag {
    #[orm(primary_key)]
    pub(super) id: i64,
    pub(super) name: String,
    #[orm(many_to_many(table = "post_tags", inverse = tags, order_by = id))]
    pub(super) posts: ManyToMany<Post>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "employees")]
pub(super) struct Employee {
    #[orm(primary_key)]
    pub(super) id: i64,
    pub(super) name: String,
    #[orm(foreign_key(Employee::id))]
    pub(super) manager_id: Option<i64>,
    #[orm(belongs_to(key = manager_id, inverse = reports))]
    pub(super) manager: BelongsTo<Option<Employee>>,
    #[orm(has_many(inverse = manager, order_by = id))]
    pub(super) reports: HasMany<Employee>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "flights")]
pub(super) struct Flight {
    #[orm(primary_key)]
    pub(super) carrier: String,
    #[orm(primary_key)]
    pub(super) number: i32,
    #[orm(has_many(inverse = flight, order_by = id))]
    pub(super) seats: HasMany<Seat>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(
    table = "seats",
    foreign_key(columns(carrier, number), references(Flight::carrier, Flight::number))
)]
pub(super) struct Seat {
    #[orm(primary_key, auto = false)]
    pub(super) id: i64,
    pub(super) carrier: String,
    pub(super) number: i32,
    #[orm(belongs_to(key = (carrier, number), inverse = seats))]
    pub(super) flight: BelongsTo<Flight>,
}

#[derive(Model, Debug, serde::Serialize)]
#[orm(table = "authors")]
pub(super) struct Author {
    #[orm(primary_key)]
    pub(super) id: i64,
    pub(super) name: String,
    #[orm(has_many(inverse = author))]
    #[serde(skip_serializing_if = "HasMany::is_unloaded")]
    pub(super) books: HasMany<Book>,
}

#[derive(Model, Debug, serde::Serialize)]
#[orm(table = "books")]
pub(super) struct Book {
    #[orm(primary_key)]
    pub(super) id: i64,
    pub(super) title: String,
    #[orm(foreign_key(Author::id))]
    pub(super) author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = books))]
    #[serde(skip_serializing_if = "BelongsTo::is_unloaded")]
    pub(super) author: BelongsTo<Author>,
}

#[derive(Model, Debug)]
#[orm(table = "writers")]
pub(super) struct Writer {
    #[orm(primary_key, auto = false)]
    pub(super) id: i64,
    #[orm(has_many(key = author_id, inverse = editor))]
    pub(super) written: HasMany<Article>,
    #[orm(has_many(key = author_id, inverse = editor))]
    pub(super) edited: HasMany<Article>,
}

#[derive(Model, Debug)]
#[orm(table = "articles")]
pub(super) struct Article {
    #[orm(primary_key)]
    pub(super) id: i64,
    #[orm(foreign_key(Writer::id))]
    pub(super) author_id: i64,
    #[orm(foreign_key(Writer::id))]
    pub(super) editor_id: i64,
    #[orm(belongs_to(key = editor_id, inverse = edited))]
    pub(super) editor: BelongsTo<Writer>,
}

/// Ada leads ben and cem; ben leads dan; dan leads eve.
pub(super) fn staff(conn: &mut Connection) -> TestResult {
    metadata![Employee].create_all(conn)?;
    let staff =
        [("ada", None), ("ben", Some(1)), ("cem", Some(1)), ("dan", Some(2)), ("eve", Some(4))];
    for (name, manager) in staff {
        Employee::insert(Employee::builder().name(name).manager_id(manager)).execute(conn)?;
    }
    Ok(())
}

/// Alice wrote "one" and "two", bob "three", carol nothing; bob edited "one". Alice and bob have
/// profiles. "one" is about rust and sql, "two" about rust.
pub(super) fn blog(conn: &mut Connection) -> TestResult {
    metadata![User, Profile, Post, Tag].create_all(conn)?;
    User::insert_many(["alice", "bob", "carol"].map(|name| User::builder().name(name)))
        .execute(conn)?;
    let profiles = [("likes tea", 1), ("likes rust", 2)];
    Profile::insert_many(profiles.map(|(bio, user)| Profile::builder().bio(bio).user_id(user)))
        .execute(conn)?;
    let posts = [("one", 1, Some(2)), ("two", 1, None), ("three", 2, None)];
    let posts = posts.map(|(title, author, editor)| {
        Post::builder().title(title).author_id(author).editor_id(editor)
    });
    Post::insert_many(posts).execute(conn)?;
    Tag::insert_many(["rust", "sql"].map(|name| Tag::builder().name(name))).execute(conn)?;
    conn.execute_definition("INSERT INTO post_tags VALUES (1, 1), (1, 2), (2, 1)")?;
    Ok(())
}

pub(super) fn titles(posts: &[Post]) -> Vec<&str> {
    posts.iter().map(|post| post.title.as_str()).collect()
}
