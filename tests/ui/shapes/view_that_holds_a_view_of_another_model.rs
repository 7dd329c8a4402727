use orm::prelude::*;
use orm::{BelongsTo, HasMany};

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = author))]
    posts: HasMany<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
}

#[derive(View)]
#[orm(model = User)]
struct UserView {
    name: String,
    posts: Vec<UserName>,
}

#[derive(View)]
#[orm(model = User)]
struct UserName {
    name: String,
}

fn main() {}
