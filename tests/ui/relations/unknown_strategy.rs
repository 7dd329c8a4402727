use orm::prelude::*;
use orm::{BelongsTo, HasMany};

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many(inverse = author, lazy = "select_in"))]
    posts: HasMany<Post>,
    #[orm(has_many(inverse = author, lazy = selectin))]
    drafts: HasMany<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, lazy = "dynamic"))]
    author: BelongsTo<User>,
}

fn main() {}
