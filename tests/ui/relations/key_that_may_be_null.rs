use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: Option<i64>,
    #[orm(belongs_to(key = author_id))]
    author: BelongsTo<User>,
}

#[derive(Model)]
struct Comment {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id))]
    author: BelongsTo<Option<User>>,
}

fn main() {}
