//! What a newcomer from another ORM tries first: to add and change values where a session has entities.

use orm::prelude::*;

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
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
}

fn main() -> orm::Result<()> {
    let mut session = Engine::connect("sqlite::memory:")?.session();
    let user = session.add(User::builder().name("ann"));
    let post = session.add(Post::builder().author(user));

    session.add(User { id: 0, name: "bob".into(), posts: HasMany::default() });
    session.push(post, Post::author, user)?;
    session.set(user, User::posts, post)?;
    session.delete(User { id: 1, name: "ann".into(), posts: HasMany::default() })?;
    let found: User = User::query().one(&mut session)?;
    Ok(())
}
