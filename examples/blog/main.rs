//! One tree of rows, loaded in every way there is, with the SQL of each: `cargo run --example blog`.
//!
//! Runs on SQLite in memory; set `DATABASE_URL` to run it on PostgreSQL.

mod model;

use orm::prelude::*;
use orm::{Load, Relation, Select};

use crate::model::{Comment, Post, Profile, Tag, User};

fn main() -> orm::Result<()> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());
    let engine = Engine::connect(&url)?;
    let metadata = metadata![User, Profile, Post, Comment, Tag];
    metadata.drop_all(&mut engine.connect()?)?;
    metadata.create_all(&mut engine.connect()?)?;
    engine.begin(model::fill)?;

    // From here on, every statement is printed.
    let mut conn = engine.clone().echo(true).connect()?;
    for (name, users) in [
        ("selectin: one statement a relation", whole_tree(selectin, selectin, selectin)),
        ("joined: one statement, and one for the comments", whole_tree(joined, joined, joined)),
        (
            "subquery: the query again, but for the comments",
            whole_tree(subquery, subquery, subquery),
        ),
        ("mixed: joined profiles, the rest by selectin", whole_tree(selectin, joined, selectin)),
    ] {
        println!("\n# {name}");
        show(&users.all(&mut conn)?);
    }

    println!("\n# the newest post of each user, and only the comments that ask something");
    let newest = selectin(User::posts).order_by(Post::id.desc()).limit(1);
    let questions = selectin(Post::comments).filter(Comment::body.ends_with("?"));
    show(&User::query().order_by(User::id).options(newest.then(questions)).all(&mut conn)?);

    println!("\n# users by what they wrote, from the query's own join");
    let about_rust = User::query()
        .join(User::posts)
        .filter(Post::tags.any(Tag::name.eq("rust")))
        .order_by((User::name, Post::id))
        .options(contains_eager(User::posts));
    show(&about_rust.all(&mut conn)?);

    println!("\n# onto rows that are there");
    let mut users = User::query().order_by(User::id).all(&mut conn)?;
    User::posts.load_all(&mut conn, &mut users)?;
    show(&users);
    metadata.drop_all(&mut engine.connect()?)
}

/// A strategy, as a function that is given the relation.
type Strategy<P, F> = fn(Relation<P, F>) -> Load<P, F>;

/// Returns the query for users with their profile, and their posts with comments and tags.
fn whole_tree(
    posts: Strategy<User, HasMany<Post>>,
    profile: Strategy<User, HasOne<Profile>>,
    tags: Strategy<Post, ManyToMany<Tag>>,
) -> Select<User> {
    User::query().order_by(User::id).limit(2).options((
        profile(User::profile),
        posts(User::posts).then((Post::comments, tags(Post::tags))),
    ))
}

/// Prints what is loaded of the tree.
fn show(users: &[User]) {
    for user in users {
        let bio = user.profile.get().flatten().map(|profile| profile.bio.as_str());
        println!("{}{}", user.name, bio.map(|bio| format!(", {bio}")).unwrap_or_default());
        for post in user.posts.get().unwrap_or_default() {
            let tags: Vec<&str> =
                post.tags.get().unwrap_or_default().iter().map(|tag| tag.name.as_str()).collect();
            println!("  {} [{}]", post.title, tags.join(", "));
            for comment in post.comments.get().unwrap_or_default() {
                println!("    {}", comment.body);
            }
        }
    }
}
