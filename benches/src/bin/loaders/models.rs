//! The nested structs.

use orm::prelude::*;

#[derive(Model, Debug)]
#[orm(table = "users")]
pub(crate) struct User {
    #[orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) name: String,
    #[orm(has_many(inverse = author))]
    pub(crate) posts: HasMany<Post>,
}

#[derive(Model, Debug)]
#[orm(table = "posts")]
pub(crate) struct Post {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(foreign_key(User::id), index)]
    pub(crate) author_id: i64,
    pub(crate) title: String,
    pub(crate) score: i32,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    pub(crate) author: BelongsTo<User>,
    #[orm(has_many(inverse = post))]
    pub(crate) comments: HasMany<Comment>,
}

#[derive(Model, Debug)]
#[orm(table = "comments")]
pub(crate) struct Comment {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(foreign_key(Post::id), index)]
    pub(crate) post_id: i64,
    pub(crate) body: String,
    pub(crate) likes: i32,
    #[orm(belongs_to(key = post_id, inverse = comments))]
    pub(crate) post: BelongsTo<Post>,
}
