//! What it takes a session to write 10,000 new rows of a graph with three levels, and to change 100 of
//! 10,000 rows that it loaded, beside plain driver code that does the same in batches.

use std::env;
use std::hint::black_box;

use orm::prelude::*;
use orm_benches::Result;
use orm_benches::graph::{
    COMMENTS, Comment, POSTS, PlainComment, PlainPost, PlainUser, Post, TABLES, USERS, User,
    comment, post, user,
};
use orm_benches::measurement::cpu_seconds;
use rusqlite::{Connection as Sqlite, Row, Statement};

/// How many rows the statements by hand insert at a time, as the ORM does.
const BATCH: usize = 64;

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

/// A row by hand: what its statement inserts, and where its key goes.
trait Plain {
    const TABLE: &str;
    const COLUMNS: &[&str];

    fn bind(&self, statement: &mut Statement<'_>, first: usize) -> rusqlite::Result<()>;

    fn set_id(&mut self, id: i64);
}

impl Plain for PlainUser {
    const TABLE: &str = "users";
    const COLUMNS: &[&str] = &["name"];

    fn bind(&self, statement: &mut Statement<'_>, first: usize) -> rusqlite::Result<()> {
        statement.raw_bind_parameter(first, &self.name)
    }

    fn set_id(&mut self, id: i64) {
        self.id = id;
    }
}

impl Plain for PlainPost {
    const TABLE: &str = "posts";
    const COLUMNS: &[&str] = &["title", "user_id"];

    fn bind(&self, statement: &mut Statement<'_>, first: usize) -> rusqlite::Result<()> {
        statement.raw_bind_parameter(first, &self.title)?;
        statement.raw_bind_parameter(first + 1, self.user_id)
    }

    fn set_id(&mut self, id: i64) {
        self.id = id;
    }
}

impl Plain for PlainComment {
    const TABLE: &str = "comments";
    const COLUMNS: &[&str] = &["body", "post_id"];

    fn bind(&self, statement: &mut Statement<'_>, first: usize) -> rusqlite::Result<()> {
        statement.raw_bind_parameter(first, &self.body)?;
        statement.raw_bind_parameter(first + 1, self.post_id)
    }

    fn set_id(&mut self, id: i64) {
        self.id = id;
    }
}

/// Inserts rows in batches, and reads their keys back into them.
fn insert<P: Plain>(conn: &Sqlite, rows: &mut [P]) -> Result<()> {
    let text = |rows: usize| {
        let places = format!("({})", vec!["?"; P::COLUMNS.len()].join(", "));
        let (table, columns) = (P::TABLE, P::COLUMNS.join(", "));
        let values = vec![places; rows].join(", ");
        format!("INSERT INTO {table} ({columns}) VALUES {values} RETURNING id")
    };
    let full = text(BATCH);
    for batch in rows.chunks_mut(BATCH) {
        let rest;
        let sql = if batch.len() == BATCH {
            &full
        } else {
            rest = text(batch.len());
            &rest
        };
        let mut statement = conn.prepare_cached(sql)?;
        for (index, row) in batch.iter().enumerate() {
            row.bind(&mut statement, 1 + index * P::COLUMNS.len())?;
        }
        let mut returned = statement.raw_query();
        for row in batch {
            let id = returned.next()?.ok_or("fewer rows than were inserted")?;
            row.set_id(id.get(0)?);
        }
    }
    Ok(())
}

fn write_by_hand(conn: &Sqlite) -> Result<()> {
    let mut users =
        (0..USERS).map(|number| PlainUser { id: 0, name: user(number) }).collect::<Vec<_>>();
    let mut posts = (0..USERS * POSTS)
        .map(|number| PlainPost { id: 0, title: post(number), user_id: 0 })
        .collect::<Vec<_>>();
    let mut comments = (0..USERS * POSTS * COMMENTS)
        .map(|number| PlainComment { id: 0, body: comment(number), post_id: 0 })
        .collect::<Vec<_>>();
    conn.execute_batch("BEGIN")?;
    insert(conn, &mut users)?;
    for (number, post) in posts.iter_mut().enumerate() {
        post.user_id = users[number / POSTS].id;
    }
    insert(conn, &mut posts)?;
    for (number, comment) in comments.iter_mut().enumerate() {
        comment.post_id = posts[number / COMMENTS].id;
    }
    insert(conn, &mut comments)?;
    conn.execute_batch("COMMIT")?;
    black_box((users, posts, comments));
    Ok(())
}

fn change_by_session(session: &mut Session, round: u32) -> Result<()> {
    let comments = Comment::query().order_by(Comment::id).all(session)?;
    for &comment in comments.iter().step_by(90) {
        session[comment].body = format!("Changed in round {round}");
    }
    session.commit()?;
    session.expunge_all();
    Ok(())
}

fn change_by_hand(conn: &Sqlite, round: u32) -> Result<()> {
    conn.execute_batch("BEGIN")?;
    let mut statement =
        conn.prepare_cached("SELECT id, body, post_id FROM comments ORDER BY id")?;
    let read = |row: &Row<'_>| {
        Ok(PlainComment { id: row.get(0)?, body: row.get(1)?, post_id: row.get(2)? })
    };
    let mut comments = statement.query_map([], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut update = conn.prepare_cached("UPDATE comments SET body = ? WHERE id = ?")?;
    for comment in comments.iter_mut().step_by(90) {
        comment.body = format!("Changed in round {round}");
        update.execute((&comment.body, comment.id))?;
    }
    conn.execute_batch("COMMIT")?;
    black_box(comments);
    Ok(())
}

/// Returns the processor time that something took, in milliseconds.
fn time(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let before = cpu_seconds()?;
    work()?;
    Ok((cpu_seconds()? - before) * 1000.0)
}

fn main() -> Result<()> {
    let rounds = env::args().nth(1).map_or(Ok(100), |text| text.parse())?;
    // Both keep their connection, and so the statements that are prepared on it.
    let engine = Engine::connect("sqlite::memory:")?;
    metadata![User, Post, Comment].create_all(&mut engine.connect()?)?;
    let mut session = engine.session();
    // The same kind of database that the ORM opens.
    let conn = Sqlite::open("file:/by-hand?vfs=memdb")?;
    conn.execute_batch(TABLES)?;
    let clear = "DELETE FROM comments; DELETE FROM posts; DELETE FROM users;";

    let (mut hand, mut tracked) = (f64::MAX, f64::MAX);
    for _ in 0..rounds {
        conn.execute_batch(clear)?;
        hand = hand.min(time(|| write_by_hand(&conn))?);
        session.connection()?.execute_definition(clear)?;
        session.commit()?;
        tracked = tracked.min(time(|| write_by_session(&mut session))?);
    }
    report("write 10,100 new rows", hand, tracked);

    let (mut hand, mut tracked) = (f64::MAX, f64::MAX);
    for round in 0..rounds {
        hand = hand.min(time(|| change_by_hand(&conn, round))?);
        tracked = tracked.min(time(|| change_by_session(&mut session, round))?);
    }
    report("load 9,000 rows, change 100", hand, tracked);
    Ok(())
}

fn report(what: &str, hand: f64, session: f64) {
    println!("{what}: by hand {hand:.2} ms, session {session:.2} ms, {:.2}x", session / hand);
}
