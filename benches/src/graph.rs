//! A graph of three levels: users, their posts, and the comments on these; as models, and as plain structs.

use orm::prelude::*;

/// How many users there are.
pub const USERS: usize = 100;
/// How many posts a user has.
pub const POSTS: usize = 10;
/// How many comments a post has.
pub const COMMENTS: usize = 9;

/// The tables of the graph.
pub const TABLES: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL,
        user_id INTEGER NOT NULL REFERENCES users (id));
    CREATE TABLE comments (id INTEGER PRIMARY KEY, body TEXT NOT NULL,
        post_id INTEGER NOT NULL REFERENCES posts (id));";

/// A user.
#[derive(Model, Debug)]
#[orm(table = "users")]
pub struct User {
    #[orm(primary_key)]
    pub id: i64,
    pub name: String,
    #[orm(has_many(inverse = user))]
    pub posts: HasMany<Post>,
}

/// A post of a user.
#[derive(Model, Debug)]
#[orm(table = "posts")]
pub struct Post {
    #[orm(primary_key)]
    pub id: i64,
    pub title: String,
    #[orm(foreign_key(User::id))]
    pub user_id: i64,
    #[orm(belongs_to(key = user_id, inverse = posts))]
    pub user: BelongsTo<User>,
    #[orm(has_many(inverse = post))]
    pub comments: HasMany<Comment>,
}

/// A comment on a post.
#[derive(Model, Debug)]
#[orm(table = "comments")]
pub struct Comment {
    #[orm(primary_key)]
    pub id: i64,
    pub body: String,
    #[orm(foreign_key(Post::id))]
    pub post_id: i64,
    #[orm(belongs_to(key = post_id, inverse = comments))]
    pub post: BelongsTo<Post>,
}

/// The name of a user.
pub fn user(number: usize) -> String {
    format!("The user with number {number}")
}

/// The title of a post.
pub fn post(number: usize) -> String {
    format!("The title of the post with number {number}")
}

/// What a comment says.
pub fn comment(number: usize) -> String {
    format!("What somebody had to say in comment {number}")
}

/// A user, by hand.
pub struct PlainUser {
    pub id: i64,
    pub name: String,
}

/// A post of a user, by hand.
pub struct PlainPost {
    pub id: i64,
    pub title: String,
    pub user_id: i64,
}

/// A comment on a post, by hand.
pub struct PlainComment {
    pub id: i64,
    pub body: String,
    pub post_id: i64,
}
