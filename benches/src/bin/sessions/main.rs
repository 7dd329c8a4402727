//! What it takes a session to write 10,000 new rows of a graph with three levels, and to change 100 of
//! 9,000 rows that it loaded, beside plain driver code that does the same in batches.

mod by_postgres;
mod by_rusqlite;
mod plain;

use std::env;
use std::time::Instant;

use orm::prelude::*;
use orm_benches::Result;
use orm_benches::graph::{COMMENTS, Comment, POSTS, Post, USERS, User, comment, post, user};
use orm_benches::measurement::cpu_seconds;

use by_postgres::ByPostgres;
use by_rusqlite::ByRusqlite;

/// Of so many comments, one is changed.
const EVERY: usize = 90;

/// What a comment is changed to.
fn changed(round: u32) -> String {
    format!("Changed in round {round}")
}

/// The same by plain driver code, on a connection that stays open, to tables of its own.
trait ByHand {
    /// What empties the tables, those of the session as well.
    fn clearing(&self) -> &'static str;

    /// Empties its tables.
    fn clear(&mut self) -> Result<()>;

    /// Inserts the graph in a transaction, and reads the keys back.
    fn write(&mut self) -> Result<()>;

    /// Loads all comments, and changes some, in a transaction.
    fn change(&mut self, round: u32) -> Result<()>;
}

fn write_by_session(session: &mut Session) -> Result<()> {
    for number in 0..USERS {
        let owner = session.add(User::builder().name(user(number)));
        for number in (0..POSTS).map(|post| number * POSTS + post) {
            let written = Post::builder().title(post(number)).user(owner);
            let written = session.add(written);
            for number in (0..COMMENTS).map(|comment| number * COMMENTS + comment) {
                session.add(Comment::builder().body(comment(number)).post(written));
            }
        }
    }
    session.commit()?;
    session.expunge_all();
    Ok(())
}

fn change_by_session(session: &mut Session, round: u32) -> Result<()> {
    let comments = Comment::query().order_by(Comment::id).all(session)?;
    for &comment in comments.iter().step_by(EVERY) {
        session[comment].body = changed(round);
    }
    session.commit()?;
    session.expunge_all();
    Ok(())
}

/// The least that something took, in milliseconds.
#[derive(Clone, Copy)]
struct Least {
    cpu: f64,
    clock: f64,
}

impl Least {
    const NONE: Self = Self { cpu: f64::MAX, clock: f64::MAX };

    /// Does `work` once more.
    fn time(&mut self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let (cpu, clock) = (cpu_seconds()?, Instant::now());
        work()?;
        self.clock = self.clock.min(clock.elapsed().as_secs_f64() * 1e3);
        self.cpu = self.cpu.min((cpu_seconds()? - cpu) * 1e3);
        Ok(())
    }
}

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "sqlite::memory:".to_owned());
    let rounds = arguments.next().map_or(Ok(100), |rounds| rounds.parse())?;

    // Both keep their connection, and so the statements that are prepared on it.
    let engine = Engine::connect(&url)?;
    let metadata = metadata![User, Post, Comment];
    let mut conn = engine.connect()?;
    metadata.drop_all(&mut conn)?;
    metadata.create_all(&mut conn)?;
    drop(conn);
    let mut session = engine.session();
    let mut by_hand: Box<dyn ByHand> = match url.strip_prefix("sqlite:") {
        Some(path) => Box::new(ByRusqlite::open(path)?),
        None => Box::new(ByPostgres::connect(&url)?),
    };

    let (mut hand, mut tracked) = (Least::NONE, Least::NONE);
    for _ in 0..rounds {
        by_hand.clear()?;
        hand.time(|| by_hand.write())?;
        session.connection()?.execute_definition(by_hand.clearing())?;
        session.commit()?;
        tracked.time(|| write_by_session(&mut session))?;
    }
    report("write 10,100 new rows", hand, tracked);

    let (mut hand, mut tracked) = (Least::NONE, Least::NONE);
    for round in 0..rounds {
        hand.time(|| by_hand.change(round))?;
        tracked.time(|| change_by_session(&mut session, round))?;
    }
    report("load 9,000 rows, change 100", hand, tracked);
    Ok(())
}

fn report(what: &str, hand: Least, session: Least) {
    for (clock, hand, session) in
        [("CPU", hand.cpu, session.cpu), ("clock", hand.clock, session.clock)]
    {
        let ratio = session / hand;
        println!("{what}, {clock}: by hand {hand:.2} ms, session {session:.2} ms, {ratio:.2}x");
    }
}
