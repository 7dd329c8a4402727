use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many(inverse = autor))]
    posts: HasMany<Post>,
}

#[derive(Model)]
struct Group {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many(inverse = author))]
    posts: HasMany<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id))]
    author: BelongsTo<User>,
}

fn main() {}
