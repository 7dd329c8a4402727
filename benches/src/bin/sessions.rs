//! What it takes a session to write 10,000 new rows of a graph with three levels, and to change 100 of
//! 10,000 rows that it loaded, beside plain driver code that does the same in batches.

use std::env;
use std::hint::black_box;

use orm::prelude::*;
use orm_benches::Result;
use orm_benches::measurement::cpu_seconds;
use rusqlite::{Connection as Sqlite, Row, Statement};

const USERS: usize = 100;
const POSTS: usize = 10;
const COMMENTS: usize = 9;

/// How many rows the statements by hand insert at a time, as the ORM does.
const BATCH: usize = 64;

const TABLES: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL,
        user_id INTEGER NOT NULL REFERENCES users (id));
    CREATE TABLE comments (id INTEGER PRIMARY KEY, body TEXT NOT NULL,
        post_id INTEGER NOT NULL REFERENCES posts (id));";

#[derive(Model, Debug)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = user))]
    posts: HasMany<Post>,
}

#[derive(Model, Debug)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(foreign_key(User::id))]
    user_id: i64,
    #[orm(belongs_to(key = user_id, inverse = posts))]
    user: BelongsTo<User>,
    #[orm(has_many(inverse = post))]
    comments: HasMany<Comment>,
}

#[derive(Model, Debug)]
#[orm(table = "comments")]
struct Comment {
    #[orm(primary_key)]
    id: i64,
    body: String,
    #[orm(foreign_key(Post::id))]
    post_id: i64,
    #[orm(belongs_to(key = post_id, inverse = comments))]
    post: BelongsTo<Post>,
}

fn user(number: usize) -> String {
    format!("The user with number {number}")
}

fn post(number: usize) -> String {
    format!("The title of the post with number {number}")
}

fn comment(number: usize) -> String {
    format!("What somebody had to say in comment {number}")
}

fn write_by_session(engine: &Engine) -> Result<()> {
    let mut session = engine.session();
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
    black_box(&session);
    Ok(())
}

/// A row by hand: what its statement inserts, and where its key goes.
trait Plain {
    const TABLE: &str;
    const COLUMNS: &[&str];

    fn bind(&self, statement: &mut Statement<'_>, first: usize) -> rusqlite::Result<()>;

    fn set_id(&mut self, id: i64);
}

struct PlainUser {
    id: i64,
    name: String,
}

struct PlainPost {
    id: i64,
    title: String,
    user_id: i64,
}

struct PlainComment {
    id: i64,
    body: String,
    post_id: i64,
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
    let mut users = (0..USERS)
        .map(|number| PlainUser { id: 0, name: user(number) })
        .collect::<Vec<_>>();
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

fn change_by_session(engine: &Engine, round: u32) -> Result<()> {
    let mut session = engine.session();
    let comments = Comment::query().order_by(Comment::id).all(&mut session)?;
    for &comment in comments.iter().step_by(90) {
        session[comment].body = format!("Changed in round {round}");
    }
    session.commit()?;
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

/// Returns the least processor time of a round, in milliseconds.
fn least(
    rounds: u32,
    mut prepare: impl FnMut() -> Result<()>,
    mut round: impl FnMut(u32) -> Result<()>,
) -> Result<f64> {
    let mut least = f64::MAX;
    for number in 0..rounds {
        prepare()?;
        let before = cpu_seconds()?;
        round(number)?;
        least = least.min((cpu_seconds()? - before) * 1000.0);
    }
    Ok(least)
}

fn main() -> Result<()> {
    let rounds = env::args().nth(1).map_or(Ok(100), |text| text.parse())?;
    let engine = Engine::connect("sqlite::memory:")?;
    metadata![User, Post, Comment].create_all(&mut engine.connect()?)?;
    let conn = Sqlite::open_in_memory()?;
    conn.execute_batch(TABLES)?;
    let clear = "DELETE FROM comments; DELETE FROM posts; DELETE FROM users;";
    let empty = || Ok(engine.connect()?.execute_definition(clear)?);

    let hand = least(rounds, || Ok(conn.execute_batch(clear)?), |_| write_by_hand(&conn))?;
    let session = least(rounds, empty, |_| write_by_session(&engine))?;
    println!(
        "write 10,100 new rows: by hand {hand:.2} ms, session {session:.2} ms, {:.2}x",
        session / hand
    );

    let hand = least(rounds, || Ok(()), |round| change_by_hand(&conn, round))?;
    let session = least(rounds, || Ok(()), |round| change_by_session(&engine, round))?;
    println!(
        "load 9,000, change 100: by hand {hand:.2} ms, session {session:.2} ms, {:.2}x",
        session / hand
    );
    Ok(())
}
