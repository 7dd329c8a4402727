use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many(inverse = author))]
    posts: HasMany<Post>,
    #[orm(has_many(via = (posts, Comment::author)))]
    elsewhere: HasMany<User>,
    #[orm(has_many(via = (posts, comments)))]
    other_rows: HasMany<Post>,
    #[orm(has_one(via = (posts, comments)))]
    one_of_many: HasOne<Comment>,
    #[orm(has_many(via = (posts, Post::comments)))]
    commented: HasMany<Comment>,
    #[orm(has_many(via = (commented, author)))]
    over_a_path: HasMany<User>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
    #[orm(has_many(inverse = post))]
    comments: HasMany<Comment>,
}

#[derive(Model)]
struct Comment {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Post::id))]
    post_id: i64,
    #[orm(belongs_to(key = post_id, inverse = comments))]
    post: BelongsTo<Post>,
    #[orm(foreign_key(User::id))]
    author_id: Option<i64>,
    #[orm(belongs_to(key = author_id))]
    author: BelongsTo<Option<User>>,
    #[orm(belongs_to(via = (author, Comment::post)))]
    back: BelongsTo<Option<Post>>,
}

fn main() {}
