//! What it takes to load 100 users, 1,000 posts and 10,000 comments as nested structs, by the loaders
//! and by hand.

mod by_postgres;
mod by_rusqlite;
mod models;
mod nest;
mod strategy;

use std::cell::RefCell;
use std::env;
use std::hint::black_box;
use std::time::Instant;

use orm::prelude::*;
use orm::text;
use orm_benches::Result;
use orm_benches::measurement::cpu_seconds;

use models::{Comment, Post, User};
use strategy::Strategy;

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
    strategy: Strategy,
    is_by_hand: bool,
    load: Box<dyn FnMut() -> Result<Vec<User>> + 'c>,
    cpu: f64,
    clock: f64,
}

impl<'c> Way<'c> {
    fn by_orm(strategy: Strategy, load: impl FnMut() -> Result<Vec<User>> + 'c) -> Self {
        Self { is_by_hand: false, ..Self::by_hand("orm", strategy, load) }
    }

    fn by_hand(
        name: &'static str,
        strategy: Strategy,
        load: impl FnMut() -> Result<Vec<User>> + 'c,
    ) -> Self {
        let load = Box::new(load);
        Self { name, strategy, is_by_hand: true, load, cpu: f64::MAX, clock: f64::MAX }
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
    let url = arguments.next().ok_or("usage: loaders URL [ROUNDS [WAY]]")?;
    let rounds = arguments.next().map_or(Ok(25), |rounds| rounds.parse())?;

    let engine = Engine::connect(&url)?;
    let mut conn = engine.connect()?;
    fill(&mut conn)?;
    let conn = RefCell::new(conn);
    let mut ways = match url.strip_prefix("sqlite:") {
        Some(path) => by_rusqlite::ways(path)?,
        None => by_postgres::ways(&url)?,
    };
    for strategy in Strategy::ALL {
        let (query, conn) = (strategy.query(), &conn);
        ways.push(Way::by_orm(strategy, move || Ok(query.all(&mut *conn.borrow_mut())?)));
    }
    if let Some(only) = arguments.next() {
        ways.retain(|way| format!("{}, {}", way.strategy.name(), way.name).contains(&only));
    }
    check(&mut ways)?;
    for _ in 0..rounds {
        ways.iter_mut().try_for_each(Way::round)?;
    }
    report(&ways);
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
            let (name, strategy) = (way.name, way.strategy.name());
            return Err(format!("{name} loads something else by {strategy}: {bytes} bytes").into());
        }
    }
    Ok(())
}

/// Prints what each way took, and by how much more than the quickest by hand: of its own strategy, and of
/// all.
fn report(ways: &[Way<'_>]) {
    let by_hand = || ways.iter().filter(|way| way.is_by_hand);
    let cpu = by_hand().map(|way| way.cpu).fold(f64::MAX, f64::min);
    println!("| strategy | way | CPU ms | ratio | ms | ratio | CPU of the quickest |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
    for strategy in Strategy::ALL {
        let same = || by_hand().filter(|way| way.strategy == strategy);
        let same_cpu = same().map(|way| way.cpu).fold(f64::MAX, f64::min);
        let same_clock = same().map(|way| way.clock).fold(f64::MAX, f64::min);
        for way in ways.iter().filter(|way| way.strategy == strategy) {
            println!(
                "| {} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
                strategy.name(),
                way.name,
                way.cpu * 1e3,
                way.cpu / same_cpu,
                way.clock * 1e3,
                way.clock / same_clock,
                way.cpu / cpu
            );
        }
    }
}
