use orm::prelude::*;

#[derive(Model)]
struct User {
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

fn main() {
    let _ = User::query().with(Post::author);
    let _ = User::query().options(selectin(Post::author));
    let _ = User::query().options(selectin(User::posts).then(User::posts));
    let _ = User::query().options(User::id);
}
