use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many(via = posts))]
    one_hop: HasMany<Post>,
    #[orm(has_many(via = (posts, comments, author)))]
    third: HasMany<User>,
    #[orm(has_many(via = (posts, "comments")))]
    text: HasMany<Post>,
    #[orm(has_many(via = (posts, comments), inverse = author))]
    other_side: HasMany<Post>,
    #[orm(has_many(via = (post, comments)))]
    unknown: HasMany<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
}

fn main() {}
