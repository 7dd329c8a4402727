//! Relations are set to entities of the model that they lead to, and to none only where there may be none.

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
    title: String,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
}

fn main() -> orm::Result<()> {
    let mut session = Engine::connect("sqlite::memory:")?.session();
    let user = session.add(User::builder());
    let post = session.add(Post::builder().title("a").author(user));

    session.set(post, Post::author, None)?;
    session.set(post, Post::author, post)?;
    session.push(user, User::posts, user)?;
    session.push(user, User::posts, Post::builder())?;
    session.add(Post::builder().title("b"));
    session.load(post, User::posts)?;
    Ok(())
}
