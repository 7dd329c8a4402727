//! What it takes a session to write 10,000 new rows of a graph with three levels, and to change 100 of
//! 10,000 rows that it loaded, beside plain driver code that does the same in batches.

use std::env;
use std::hint::black_box;

use orm::prelude::*;
use orm_benches::Result;
use orm_benches::measurement::cpu_seconds;
use rusqlite::types::Value;
use rusqlite::{Connection as Sqlite, params_from_iter};

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

/// Inserts rows of two or three columns in batches, and returns their keys.
fn insert(conn: &Sqlite, table: &str, columns: &[&str], rows: &[Vec<Value>]) -> Result<Vec<i64>> {
    let mut ids = Vec::with_capacity(rows.len());
    for batch in rows.chunks(BATCH) {
        let places = vec!["?"; columns.len()].join(", ");
        let values = vec![format!("({places})"); batch.len()].join(", ");
        let columns = columns.join(", ");
        let sql = format!("INSERT INTO {table} ({columns}) VALUES {values} RETURNING id");
        let mut statement = conn.prepare_cached(&sql)?;
        let found =
            statement.query_map(params_from_iter(batch.iter().flatten()), |row| row.get(0))?;
        for id in found {
            ids.push(id?);
        }
    }
    Ok(ids)
}

fn write_by_hand(conn: &Sqlite) -> Result<()> {
    conn.execute_batch("BEGIN")?;
    let rows = (0..USERS).map(|number| vec![user(number).into()]).collect::<Vec<_>>();
    let users = insert(conn, "users", &["name"], &rows)?;
    let rows =
        (0..USERS * POSTS).map(|number| vec![post(number).into(), users[number / POSTS].into()]);
    let posts = insert(conn, "posts", &["title", "user_id"], &rows.collect::<Vec<_>>())?;
    let rows = (0..USERS * POSTS * COMMENTS)
        .map(|number| vec![comment(number).into(), posts[number / COMMENTS].into()]);
    insert(conn, "comments", &["body", "post_id"], &rows.collect::<Vec<_>>())?;
    conn.execute_batch("COMMIT")?;
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
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let mut comments =
        statement.query_map([], read)?.collect::<rusqlite::Result<Vec<(i64, String, i64)>>>()?;
    let mut update = conn.prepare_cached("UPDATE comments SET body = ? WHERE id = ?")?;
    for (id, body, _) in comments.iter_mut().step_by(90) {
        *body = format!("Changed in round {round}");
        update.execute((&*body, *id))?;
    }
    black_box(comments);
    conn.execute_batch("COMMIT")?;
    Ok(())
}

/// Returns the least processor time of a round, in milliseconds.
fn least(rounds: u32, mut round: impl FnMut(u32) -> Result<()>) -> Result<f64> {
    let mut least = f64::MAX;
    for number in 0..rounds {
        let before = cpu_seconds()?;
        // The kernel counts in steps of 10 ms.
        for _ in 0..5 {
            round(number)?;
        }
        least = least.min((cpu_seconds()? - before) / 5.0 * 1000.0);
    }
    Ok(least)
}

fn main() -> Result<()> {
    let rounds = env::args().nth(1).map_or(Ok(20), |text| text.parse())?;
    let engine = Engine::connect("sqlite::memory:")?;
    metadata![User, Post, Comment].create_all(&mut engine.connect()?)?;
    let conn = Sqlite::open_in_memory()?;
    conn.execute_batch(TABLES)?;
    let clear = "DELETE FROM comments; DELETE FROM posts; DELETE FROM users;";

    let hand = least(rounds, |_| {
        conn.execute_batch(clear)?;
        write_by_hand(&conn)
    })?;
    let session = least(rounds, |_| {
        engine.connect()?.execute_definition(clear)?;
        write_by_session(&engine)
    })?;
    println!(
        "write 10,100 new rows: by hand {hand:.2} ms, session {session:.2} ms, {:.2}x",
        session / hand
    );

    let hand = least(rounds, |round| change_by_hand(&conn, round))?;
    let session = least(rounds, |round| change_by_session(&engine, round))?;
    println!(
        "load 9,000, change 100: by hand {hand:.2} ms, session {session:.2} ms, {:.2}x",
        session / hand
    );
    Ok(())
}
