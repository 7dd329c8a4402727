//! The tables of a blog, and something in them.

use orm::Transaction;
use orm::prelude::*;

/// Who writes.
#[derive(Model, Debug)]
#[orm(table = "users")]
pub(crate) struct User {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(unique)]
    pub(crate) name: String,
    #[orm(has_one(inverse = user))]
    pub(crate) profile: HasOne<Profile>,
    #[orm(has_many(inverse = author, order_by = id))]
    pub(crate) posts: HasMany<Post>,
}

/// What a user says about himself.
#[derive(Model, Debug)]
#[orm(table = "profiles")]
pub(crate) struct Profile {
    #[orm(primary_key, foreign_key(User::id, on_delete = "cascade"))]
    pub(crate) user_id: i64,
    pub(crate) bio: String,
    #[orm(belongs_to(key = user_id, inverse = profile))]
    pub(crate) user: BelongsTo<User>,
}

/// What a user wrote.
#[derive(Model, Debug)]
#[orm(table = "posts")]
pub(crate) struct Post {
    #[orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) title: String,
    #[orm(foreign_key(User::id, on_delete = "cascade"))]
    pub(crate) author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    pub(crate) author: BelongsTo<User>,
    #[orm(has_many(inverse = post, order_by = id))]
    pub(crate) comments: HasMany<Comment>,
    #[orm(many_to_many(table = "post_tags", inverse = posts, order_by = name))]
    pub(crate) tags: ManyToMany<Tag>,
}

/// What others say to a post.
#[derive(Model, Debug)]
#[orm(table = "comments")]
pub(crate) struct Comment {
    #[orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) body: String,
    #[orm(foreign_key(Post::id, on_delete = "cascade"))]
    pub(crate) post_id: i64,
    #[orm(belongs_to(key = post_id, inverse = comments))]
    pub(crate) post: BelongsTo<Post>,
}

/// What posts are about.
#[derive(Model, Debug)]
#[orm(table = "tags")]
pub(crate) struct Tag {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(unique)]
    pub(crate) name: String,
    #[orm(many_to_many(table = "post_tags", inverse = tags))]
    pub(crate) posts: ManyToMany<Post>,
}

/// Fills the empty tables.
pub(crate) fn fill(tx: &mut Transaction<'_>) -> orm::Result<()> {
    let users = ["Alice", "Bob", "Carol"].map(|name| User::builder().name(name));
    let users = User::insert_many(users).all(tx)?;
    Profile::insert(Profile::builder().user_id(users[0].id).bio("likes tea")).execute(tx)?;

    let posts = [
        ("Ownership explained", &users[0]),
        ("Joins explained", &users[0]),
        ("A week in Lisbon", &users[1]),
    ];
    let posts = posts.map(|(title, author)| Post::builder().title(title).author_id(author.id));
    let posts = Post::insert_many(posts).all(tx)?;

    let comments = [
        ("Now I get it!", &posts[0]),
        ("What about cycles?", &posts[0]),
        ("Which tram?", &posts[2]),
    ];
    let comments = comments.map(|(body, post)| Comment::builder().body(body).post_id(post.id));
    Comment::insert_many(comments).execute(tx)?;

    let tags = ["rust", "sql"].map(|name| Tag::builder().name(name));
    let tags = Tag::insert_many(tags).all(tx)?;
    Post::tags.link(tx, &posts[0], &tags[..1])?;
    Post::tags.link(tx, &posts[1], &tags)?;
    Ok(())
}
