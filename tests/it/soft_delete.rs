//! Rows that are marked as deleted: left out wherever they would be read, and back when they are asked for.

mod bulk;
mod queries;
mod sessions;

use chrono::{DateTime, NaiveDateTime, Utc};
use orm::prelude::*;
use orm::{Connection, Output, Select};
use orm_testkit::TestDb;

/// A writer; the notes about one do not go with it, the sessions do.
#[derive(Model, Debug)]
#[orm(table = "users", index(unique, columns(name), condition = "deleted_at IS NULL"))]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(default = 0, on_update = 1)]
    updates: i32,
    #[orm(soft_delete)]
    deleted_at: Option<DateTime<Utc>>,
    #[orm(has_many(inverse = author, order_by = id, cascade = "all, delete-orphan"))]
    posts: HasMany<Post>,
    #[orm(has_many(inverse = user, order_by = id, cascade = "all"))]
    logins: HasMany<Login>,
    #[orm(has_many(inverse = user, order_by = id))]
    notes: HasMany<Note>,
    #[orm(has_one(inverse = user, cascade = "all"))]
    profile: HasOne<Profile>,
}

#[derive(Model, Debug)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(soft_delete)]
    deleted_at: Option<NaiveDateTime>,
    #[orm(version)]
    version: i32,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(foreign_key(Post::id))]
    parent_id: Option<i64>,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
    #[orm(belongs_to(key = parent_id, inverse = replies))]
    parent: BelongsTo<Option<Post>>,
    #[orm(has_many(inverse = parent, order_by = id))]
    replies: HasMany<Post>,
    #[orm(many_to_many(table = "post_tags", inverse = posts, order_by = id))]
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(soft_delete = 7)]
    deleted_in: Option<i32>,
    #[orm(many_to_many(table = "post_tags", inverse = tags, order_by = id))]
    posts: ManyToMany<Post>,
}

#[derive(Model, Debug)]
#[orm(table = "logins")]
struct Login {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    user_id: i64,
    #[orm(belongs_to(key = user_id, inverse = logins))]
    user: BelongsTo<User>,
}

#[derive(Model, Debug)]
#[orm(table = "notes")]
struct Note {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    user_id: i64,
    #[orm(belongs_to(key = user_id, inverse = notes))]
    user: BelongsTo<User>,
}

#[derive(Model, Debug)]
#[orm(table = "profiles")]
struct Profile {
    #[orm(primary_key)]
    id: i64,
    #[orm(soft_delete)]
    deleted_at: Option<DateTime<Utc>>,
    #[orm(foreign_key(User::id))]
    user_id: i64,
    #[orm(belongs_to(key = user_id, inverse = profile))]
    user: BelongsTo<User>,
}

/// Alice (1) wrote 1, 2 (deleted) and 3, an answer to 2; bob (2, deleted) wrote 4, an answer to 1. Each
/// has a login and a note, alice two profiles of which the first is deleted. All posts have the tags 1
/// and 2 (deleted).
fn blog(conn: &mut Connection) -> orm::Result<()> {
    metadata![User, Post, Tag, Login, Note, Profile].create_all(conn)?;
    User::insert_many(["alice", "bob"].map(|name| User::builder().name(name))).execute(conn)?;
    for (title, author, parent) in
        [("a", 1, None), ("b", 1, None), ("c", 1, Some(2)), ("d", 2, Some(1))]
    {
        let post = Post::builder().title(title).author_id(author).parent_id(parent);
        Post::insert(post).execute(conn)?;
    }
    Tag::insert_many(["new", "old"].map(|name| Tag::builder().name(name))).execute(conn)?;
    Login::insert_many([1, 2].map(|user| Login::builder().user_id(user))).execute(conn)?;
    Note::insert_many([1, 2].map(|user| Note::builder().user_id(user))).execute(conn)?;
    Profile::insert_many([1, 1].map(|user| Profile::builder().user_id(user))).execute(conn)?;
    for post in 1..=4 {
        conn.execute_definition(&format!(
            "INSERT INTO post_tags (post_id, tag_id) VALUES ({post}, 1), ({post}, 2)"
        ))?;
    }
    User::delete().filter(User::name.eq("bob")).execute(conn)?;
    Post::delete().filter(Post::id.eq(2)).execute(conn)?;
    Tag::delete().filter(Tag::name.eq("old")).execute(conn)?;
    Profile::delete().filter(Profile::id.eq(1)).execute(conn)?;
    Ok(())
}

/// Returns a connection to a database with the blog.
fn connected(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    blog(&mut conn)?;
    Ok(conn)
}

fn ids(posts: &[Post]) -> Vec<i64> {
    posts.iter().map(|post| post.id).collect()
}

/// Returns the numbers of the posts that are there and of those that are marked.
fn posts(conn: &mut Connection) -> orm::Result<(Vec<i64>, Vec<i64>)> {
    let all = Post::query().order_by(Post::id).select(Post::id);
    let marked = Post::query().only_deleted().order_by(Post::id).select(Post::id);
    Ok((all.all(conn)?, marked.all(conn)?))
}

fn sqlite<O: Output>(query: &Select<O>) -> orm::Result<String> {
    query.to_sql(&orm::Sqlite)
}
