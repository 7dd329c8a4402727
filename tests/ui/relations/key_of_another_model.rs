use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model)]
struct Group {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id))]
    group: BelongsTo<Group>,
    #[orm(belongs_to(key = writer_id))]
    writer: BelongsTo<User>,
}

fn main() {}
