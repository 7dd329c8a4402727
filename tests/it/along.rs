//! Inserts along a relation: the key of the new rows comes from the row they belong to.

use orm::prelude::*;
use orm::{Connection, Error, Sqlite};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use crate::shared::refusal;

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    email: String,
    #[orm(has_many(inverse = author, order_by = id))]
    posts: HasMany<Post>,
    #[orm(has_one(inverse = user))]
    profile: HasOne<Profile>,
}

#[derive(Model)]
#[orm(table = "profiles")]
struct Profile {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    user_email: String,
    #[orm(belongs_to(key = user_email, references = email, inverse = profile))]
    user: BelongsTo<User>,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    subtitle: Option<String>,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
    #[orm(many_to_many(table = "post_tags", order_by = id))]
    tags: ManyToMany<Tag>,
    #[orm(has_many(inverse = post))]
    comments: HasMany<Comment>,
}

#[derive(Model)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    name: String,
}

#[derive(Model)]
#[orm(table = "flights")]
struct Flight {
    #[orm(primary_key)]
    carrier: String,
    #[orm(primary_key)]
    number: i32,
    #[orm(has_many(inverse = flight, order_by = seat))]
    seats: HasMany<Seat>,
}

#[derive(Model)]
#[orm(table = "seats")]
struct Seat {
    #[orm(primary_key)]
    seat: String,
    carrier: String,
    number: i32,
    #[orm(belongs_to(key = (carrier, number), references = (carrier, number), inverse = seats))]
    flight: BelongsTo<Flight>,
}

/// Belongs to two rows.
#[derive(Model)]
#[orm(table = "comments")]
struct Comment {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Post::id))]
    post_id: i64,
    #[orm(belongs_to(key = post_id, inverse = comments))]
    post: BelongsTo<Post>,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id))]
    author: BelongsTo<User>,
}

fn alice(conn: &mut Connection) -> orm::Result<User> {
    metadata![User, Profile, Post, Tag, Comment].create_all(conn)?;
    User::insert(User::builder().email("bob@example.com")).execute(conn)?;
    User::insert(User::builder().email("alice@example.com")).one(conn)
}

on_every_backend! {
    fn a_row_is_inserted_with_the_key_of_its_parent(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let alice = alice(&mut conn)?;

        let before = conn.statement_count();
        let post = User::posts.insert(&alice, Post::builder().title("one")).one(&mut conn)?;
        User::profile.insert(&alice, Profile::builder()).execute(&mut conn)?;

        assert_eq!(conn.statement_count() - before, 2);
        assert_eq!(post.author_id, alice.id);
        let profile = User::profile.query(&alice).one(&mut conn)?;
        assert_eq!(profile.user_email, "alice@example.com");
        Ok(())
    }

    fn the_key_of_the_parent_goes_before_the_one_that_is_set(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let alice = alice(&mut conn)?;

        let post = Post::builder().title("one").author_id(1);
        let post = User::posts.insert(&alice, post).one(&mut conn)?;

        assert_eq!(post.author_id, 2);
        Ok(())
    }

    fn many_rows_are_inserted_by_one_statement(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let alice = alice(&mut conn)?;

        let before = conn.statement_count();
        let posts = ["one", "two"].map(|title| Post::builder().title(title));
        let count = User::posts.insert_many(&alice, posts).execute(&mut conn)?;

        assert_eq!((count, conn.statement_count() - before), (2, 1));
        let titles = User::posts.query(&alice).select(Post::title).all(&mut conn)?;
        assert_eq!(titles, ["one", "two"]);
        Ok(())
    }

    fn keys_of_several_columns_are_set(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Flight, Seat].create_all(&mut conn)?;
        let flight = Flight::builder().carrier("NZ").number(7);
        let flight = Flight::insert(flight).one(&mut conn)?;

        let seats = ["1A", "1B"].map(|seat| Seat::builder().seat(seat));
        Flight::seats.insert_many(&flight, seats).execute(&mut conn)?;

        let flights = Flight::query().with(Flight::seats).all(&mut conn)?;
        assert_eq!(flights[0].seats.len(), 2);
        Ok(())
    }

    fn a_row_is_inserted_with_its_pair(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let alice = alice(&mut conn)?;
        let post = User::posts.insert(&alice, Post::builder().title("one")).one(&mut conn)?;

        let before = conn.statement_count();
        let tag = Post::tags.insert(&post, Tag::builder().name("rust")).one(&mut conn)?;

        assert_eq!(conn.statement_count() - before, 2);
        assert_eq!(Post::tags.query(&post).one(&mut conn)?.id, tag.id);
        Ok(())
    }

    fn a_row_is_not_inserted_without_its_pair(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let alice = alice(&mut conn)?;
        let gone = User::posts.insert(&alice, Post::builder().title("one")).one(&mut conn)?;
        Post::delete().all_rows().execute(&mut conn)?;

        let refused = Post::tags.insert(&gone, Tag::builder().name("rust")).execute(&mut conn);

        assert!(matches!(refused, Err(Error::Integrity(_))), "{refused:?}");
        assert_eq!(Tag::query().count(&mut conn)?, 0);
        Ok(())
    }

    fn a_row_that_lacks_another_key_is_refused_before_it_is_sent(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let alice = alice(&mut conn)?;
        let post = User::posts.insert(&alice, Post::builder().title("one")).one(&mut conn)?;

        let before = conn.statement_count();
        let refused = Post::comments.insert(&post, Comment::builder()).execute(&mut conn);

        assert_eq!(
            refusal(refused),
            "the required column `author_id` of `Comment` has no value: set it on the builder"
        );
        assert_eq!(conn.statement_count(), before);
        Ok(())
    }
}

#[test]
fn the_insert_is_that_of_the_model() -> TestResult {
    let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    let alice = alice(&mut conn)?;

    let insert = User::posts.insert(&alice, Post::builder().title("one"));

    let sql = r#"INSERT INTO "posts" ("title", "author_id") VALUES (?1, ?2) RETURNING "id", "title", "subtitle", "author_id""#;
    assert_eq!(insert.to_sql(&Sqlite)?, sql);
    Ok(())
}
