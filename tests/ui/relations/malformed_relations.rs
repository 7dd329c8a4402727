use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    posts: HasMany<Post>,
    #[orm(has_many)]
    drafts: HasMany<Post>,
    #[orm(has_many())]
    notes: HasMany<Post>,
    #[orm(has_many(inverse = author))]
    profile: HasOne<Post>,
    #[orm(has_one(invers = author))]
    other: HasOne<Post>,
    #[orm(many_to_many(inverse = authors, table = "a", through = Post))]
    joint: ManyToMany<Post>,
    #[orm(many_to_many(table = "follows"))]
    following: ManyToMany<User>,
    #[orm(unique, has_many(inverse = author))]
    last: HasMany<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(belongs_to(inverse = posts))]
    author: BelongsTo<User>,
}

fn main() {}
