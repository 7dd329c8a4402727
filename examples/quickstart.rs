//! Define two tables, fill them, and ask for rows: `cargo run --example quickstart`.
//!
//! Runs on SQLite in memory; set `DATABASE_URL` to run it on PostgreSQL.

use orm::prelude::*;

#[derive(Model, Debug)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique, length = 120)]
    email: String,
    bio: Option<String>,
    #[orm(default = true)]
    is_active: bool,
}

#[derive(Model, Debug)]
#[orm(table = "posts", index(columns(author_id, likes)))]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(default = 0)]
    likes: i32,
    #[orm(foreign_key(User::id, on_delete = "cascade"))]
    author_id: i64,
}

fn main() -> orm::Result<()> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());
    let engine = Engine::connect(&url)?;
    let mut conn = engine.connect()?;
    let metadata = metadata![User, Post];
    metadata.create_all(&mut conn)?;

    // One transaction: if anything fails, nothing of it is kept.
    let alice = engine.begin(|tx| {
        let alice = User::insert(User::builder().email("alice@example.com")).one(tx)?;
        let titles = [("Hello", 12), ("A second post", 3), ("Nobody reads this", 0)];
        let posts = titles
            .map(|(title, likes)| Post::builder().title(title).likes(likes).author_id(alice.id));
        Post::insert_many(posts).execute(tx)?;
        Ok(alice)
    })?;
    println!("{} has the id {} and is active: {}", alice.email, alice.id, alice.is_active);

    let liked = Post::query()
        .filter(Post::author_id.eq(alice.id) & Post::likes.gt(0))
        .order_by(Post::likes.desc())
        .all(&mut conn)?;
    for post in &liked {
        println!(
            "post {} of user {}: {} ({} likes)",
            post.id, post.author_id, post.title, post.likes
        );
    }

    User::update()
        .set(User::bio, "Writes about databases.")
        .filter(User::id.eq(alice.id))
        .execute(&mut conn)?;
    let alice = User::query().get_or_not_found(&mut conn, alice.id)?;
    println!("her bio: {}", alice.bio.as_deref().unwrap_or("none"));

    let twice = User::insert(User::builder().email("alice@example.com")).one(&mut conn);
    if let Err(error) = twice {
        println!("error: {error}");
    }

    let count = Post::delete().filter(Post::likes.eq(0)).execute(&mut conn)?;
    println!("{count} post deleted, {} left", Post::query().count(&mut conn)?);
    metadata.drop_all(&mut conn)
}
