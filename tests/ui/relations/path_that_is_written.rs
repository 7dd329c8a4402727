use orm::prelude::*;
use orm::{Connection, Result};

#[derive(Model)]
struct Country {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Country::id))]
    country_id: i64,
    #[orm(belongs_to(key = country_id))]
    country: BelongsTo<Country>,
    #[orm(has_many(inverse = author))]
    posts: HasMany<Post>,
    #[orm(many_to_many(table = "follows", key = "follower", target_key = "followed"))]
    follows: ManyToMany<User>,
    #[orm(has_many(via = (follows, posts)))]
    feed: HasMany<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
    #[orm(belongs_to(via = (author, country)))]
    country: BelongsTo<Option<Country>>,
}

fn write(conn: &mut Connection, user: &User) -> Result<()> {
    User::feed.insert(user, Post::builder()).execute(conn)
}

fn main() {}
