//! By hand with `rusqlite`: three prepared statements, the keys bound as one list.

use std::rc::Rc;

use orm::{BelongsTo, HasMany};
use orm_benches::Result;
use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Connection, Row, ToSql};

use crate::models::{Comment, Post, User};
use crate::nest::{USERS, nested};
use crate::{ROWS, Way};

pub(crate) fn ways(path: &str) -> Result<Vec<Way<'static>>> {
    let connect = || connect(path);
    let (by_array, by_json) = (connect()?, connect()?);
    Ok(vec![
        Way::new("rusqlite, `rarray`", move || {
            let list = |keys: &[i64]| {
                let keys: Vec<Value> = keys.iter().copied().map(Value::from).collect();
                Box::new(Rc::new(keys)) as Box<dyn ToSql>
            };
            load(&by_array, "SELECT value FROM rarray(?1)", list)
        }),
        Way::new("rusqlite, `json_each`", move || {
            let list = |keys: &[i64]| Box::new(Json::of(keys)) as Box<dyn ToSql>;
            load(&by_json, "SELECT value FROM json_each(?1)", list)
        }),
    ])
}

/// A list of keys as the text of a JSON array.
struct Json(String);

impl Json {
    fn of(keys: &[i64]) -> Self {
        let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
        Self(format!("[{}]", keys.join(",")))
    }
}

impl ToSql for Json {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

/// A database in memory is filled anew: it belongs to one connection.
fn connect(path: &str) -> Result<Connection> {
    let conn = Connection::open(path)?;
    rusqlite::vtab::array::load_module(&conn)?;
    if path == ":memory:" {
        conn.execute_batch(
            "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL);
             CREATE TABLE posts (id INTEGER NOT NULL PRIMARY KEY, author_id INTEGER NOT NULL,
                 title TEXT NOT NULL, score INTEGER NOT NULL);
             CREATE INDEX posts_author_id ON posts (author_id);
             CREATE TABLE comments (id INTEGER NOT NULL PRIMARY KEY, post_id INTEGER NOT NULL,
                 body TEXT NOT NULL, likes INTEGER NOT NULL);
             CREATE INDEX comments_post_id ON comments (post_id);",
        )?;
        for rows in ROWS {
            conn.execute_batch(rows)?;
        }
        conn.execute_batch("ANALYZE")?;
    }
    Ok(conn)
}

fn load(
    conn: &Connection,
    list: &str,
    bind: impl Fn(&[i64]) -> Box<dyn ToSql>,
) -> Result<Vec<User>> {
    nested(
        || rows(conn, USERS, &[], user),
        |keys| {
            let sql = "SELECT id, author_id, title, score FROM posts WHERE author_id IN";
            rows(conn, &format!("{sql} ({list})"), &[&*bind(keys)], post)
        },
        |keys, of_posts| {
            let sql = "SELECT id, post_id, body, likes FROM comments WHERE post_id IN";
            let mut statement = conn.prepare_cached(&format!("{sql} ({list})"))?;
            let keys = bind(keys);
            let mut rows = statement.query([&*keys])?;
            while let Some(row) = rows.next()? {
                let comment = comment(row)?;
                of_posts.push(comment.post_id, comment);
            }
            Ok(())
        },
    )
}

fn rows<T>(
    conn: &Connection,
    sql: &str,
    binds: &[&dyn ToSql],
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_map(binds, read)?.collect::<rusqlite::Result<_>>()?)
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: row.get(0)?, name: row.get(1)?, posts: HasMany::default() })
}

fn post(row: &Row<'_>) -> rusqlite::Result<Post> {
    Ok(Post {
        id: row.get(0)?,
        author_id: row.get(1)?,
        title: row.get(2)?,
        score: row.get(3)?,
        author: BelongsTo::default(),
        comments: HasMany::default(),
    })
}

fn comment(row: &Row<'_>) -> rusqlite::Result<Comment> {
    Ok(Comment {
        id: row.get(0)?,
        post_id: row.get(1)?,
        body: row.get(2)?,
        likes: row.get(3)?,
        post: BelongsTo::default(),
    })
}
