//! What it takes to load 100 users, 1,000 posts and 10,000 comments as nested structs, by the loaders
//! and by hand.

mod by_postgres;
mod by_rusqlite;
mod models;
mod nest;

use std::cell::RefCell;
use std::env;
use std::hint::black_box;
use std::time::Instant;

use orm::prelude::*;
use orm::text;
use orm_benches::Result;
use orm_benches::measurement::cpu_seconds;

use models::{Comment, Post, User};

/// Loads in one round: the kernel counts processor time in steps that one load could be shorter than.
const LOADS: u32 = 20;

/// The rows: what belongs together does not lie together.
const ROWS: [&str; 3] = [
    "INSERT INTO users (id, name) WITH RECURSIVE n(i) AS \
     (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) \
     SELECT i, 'The user with number ' || i FROM n",
    "INSERT INTO posts (id, author_id, title, score) WITH RECURSIVE n(i) AS \
     (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
     SELECT i, i % 100 + 1, 'The title of the post with number ' || i, i % 7 FROM n",
    "INSERT INTO comments (id, post_id, body, likes) WITH RECURSIVE n(i) AS \
     (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
     SELECT i, i % 1000 + 1, 'What somebody had to say in comment ' || i, i % 5 FROM n",
];

/// A way to load, and what it took at least.
struct Way<'c> {
    name: &'static str,
    load: Box<dyn FnMut() -> Result<Vec<User>> + 'c>,
    cpu: f64,
    clock: f64,
}

impl<'c> Way<'c> {
    fn new(name: &'static str, load: impl FnMut() -> Result<Vec<User>> + 'c) -> Self {
        Self { name, load: Box::new(load), cpu: f64::MAX, clock: f64::MAX }
    }

    fn round(&mut self) -> Result<()> {
        let (cpu, clock) = (cpu_seconds()?, Instant::now());
        for _ in 0..LOADS {
            drop(black_box((self.load)()?));
        }
        self.clock = self.clock.min(clock.elapsed().as_secs_f64() / f64::from(LOADS));
        self.cpu = self.cpu.min((cpu_seconds()? - cpu) / f64::from(LOADS));
        Ok(())
    }
}

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let url = arguments.next().ok_or("usage: loaders URL [ROUNDS]")?;
    let rounds = arguments.next().map_or(Ok(25), |rounds| rounds.parse())?;

    let engine = Engine::connect(&url)?;
    let mut conn = engine.connect()?;
    fill(&mut conn)?;
    let conn = RefCell::new(conn);
    let mut ways = match url.strip_prefix("sqlite:") {
        Some(path) => by_rusqlite::ways(path)?,
        None => by_postgres::ways(&url)?,
    };
    let by_hand = ways.len();
    for (name, query) in [
        (
            "orm, selectin ×2",
            User::query().options(selectin(User::posts).then(selectin(Post::comments))),
        ),
        ("orm, joined ×2", User::query().options(joined(User::posts).then(joined(Post::comments)))),
        (
            "orm, selectin, then joined",
            User::query().options(selectin(User::posts).then(joined(Post::comments))),
        ),
        (
            "orm, joined, then selectin",
            User::query().options(joined(User::posts).then(selectin(Post::comments))),
        ),
    ] {
        let conn = &conn;
        ways.push(Way::new(name, move || Ok(query.all(&mut *conn.borrow_mut())?)));
    }
    check(&mut ways)?;
    for _ in 0..rounds {
        ways.iter_mut().try_for_each(Way::round)?;
    }
    report(&ways, by_hand);
    Ok(())
}

fn fill(conn: &mut Connection) -> Result<()> {
    let metadata = metadata![User, Post, Comment];
    metadata.drop_all(conn)?;
    metadata.create_all(conn)?;
    for rows in ROWS {
        text(rows).execute(conn)?;
    }
    text("ANALYZE").execute(conn)?;
    Ok(())
}

/// All ways find the same rows.
fn check(ways: &mut [Way<'_>]) -> Result<()> {
    for way in ways {
        let users = (way.load)()?;
        let comments = users.iter().flat_map(|user| &user.posts).map(|post| post.comments.len());
        let bytes: usize = users
            .iter()
            .flat_map(|user| &user.posts)
            .flat_map(|post| &post.comments)
            .map(|comment| comment.body.len())
            .sum();
        let of_user = |user: &User| user.posts.iter().all(|post| post.author_id == user.id);
        if (users.len(), comments.sum(), bytes) != (100, 10_000, 398_894)
            || !users.iter().all(of_user)
        {
            return Err(format!("`{}` loads something else: {bytes} bytes", way.name).into());
        }
    }
    Ok(())
}

/// Prints what each way took, and by how much more than the quickest by hand.
fn report(ways: &[Way<'_>], by_hand: usize) {
    let least = |of: fn(&Way<'_>) -> f64| ways[..by_hand].iter().map(of).fold(f64::MAX, f64::min);
    let (cpu, clock) = (least(|way| way.cpu), least(|way| way.clock));
    println!("| way | CPU ms | ratio | ms | ratio |\n| --- | ---: | ---: | ---: | ---: |");
    for way in ways {
        println!(
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} |",
            way.name,
            way.cpu * 1e3,
            way.cpu / cpu,
            way.clock * 1e3,
            way.clock / clock
        );
    }
}
