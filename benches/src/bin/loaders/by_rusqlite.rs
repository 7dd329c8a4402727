//! By hand with `rusqlite`: prepared statements, the keys bound as one list.

use std::rc::Rc;

use orm::{BelongsTo, HasMany};
use orm_benches::Result;
use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Connection, Row, ToSql};

use crate::models::{Comment, Post, User};
use crate::nest::Tree;
use crate::strategy::{Statements, Strategy};
use crate::{ROWS, Way};

pub(crate) fn ways(path: &str) -> Result<Vec<Way<'static>>> {
    let rarray = List {
        name: "rusqlite, `rarray`",
        of: "IN (SELECT value FROM rarray(?1))",
        bind: |keys| {
            let keys: Vec<Value> = keys.iter().copied().map(Value::from).collect();
            Box::new(Rc::new(keys))
        },
    };
    let json = List {
        name: "rusqlite, `json_each`",
        of: "IN (SELECT value FROM json_each(?1))",
        bind: |keys| Box::new(Json::of(keys)),
    };
    let mut ways = Vec::new();
    for list in [rarray, json] {
        let conn = Rc::new(connect(path)?);
        for strategy in Strategy::ALL {
            let (conn, statements) = (Rc::clone(&conn), strategy.statements(list.of));
            let load = move || load(&conn, strategy, &statements, list.bind);
            ways.push(Way::by_hand(list.name, strategy, load));
        }
    }
    Ok(ways)
}

/// How keys are bound as one list.
#[derive(Clone, Copy)]
struct List {
    name: &'static str,
    of: &'static str,
    bind: fn(&[i64]) -> Box<dyn ToSql>,
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
    strategy: Strategy,
    statements: &Statements,
    bind: fn(&[i64]) -> Box<dyn ToSql>,
) -> Result<Vec<User>> {
    let mut tree = Tree::default();
    each(conn, &statements.users, &[], |row| {
        let user = tree.user(row.get(0)?, || user(row))?;
        if strategy.joins_posts() {
            posted(&mut tree, user, row, 2, strategy.joins_comments())?;
        }
        Ok(())
    })?;
    if let Some(posts) = &statements.posts {
        each(conn, posts, &[&*bind(&tree.user_keys())], |row| {
            let user = tree.user_number(row.get(1)?);
            posted(&mut tree, user, row, 0, strategy.joins_comments())
        })?;
    }
    if let Some(comments) = &statements.comments {
        each(conn, comments, &[&*bind(&tree.post_keys())], |row| {
            let comment = comment(row, 0)?;
            tree.comment(tree.post_number(comment.post_id), comment);
            Ok(())
        })?;
    }
    Ok(tree.into_users())
}

/// Takes the post of a row, if there is one, and the comment that is joined to it.
fn posted(
    tree: &mut Tree,
    user: usize,
    row: &Row<'_>,
    at: usize,
    with_comment: bool,
) -> rusqlite::Result<()> {
    let Some(id) = row.get(at)? else { return Ok(()) };
    let post = tree.post(id, user, || post(row, at))?;
    if with_comment && row.get::<_, Option<i64>>(at + 4)?.is_some() {
        tree.comment(post, comment(row, at + 4)?);
    }
    Ok(())
}

fn each(
    conn: &Connection,
    sql: &str,
    binds: &[&dyn ToSql],
    mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> Result<()> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(binds)?;
    while let Some(row) = rows.next()? {
        read(row)?;
    }
    Ok(())
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: row.get(0)?, name: row.get(1)?, posts: HasMany::default() })
}

fn post(row: &Row<'_>, at: usize) -> rusqlite::Result<Post> {
    Ok(Post {
        id: row.get(at)?,
        author_id: row.get(at + 1)?,
        title: row.get(at + 2)?,
        score: row.get(at + 3)?,
        author: BelongsTo::default(),
        comments: HasMany::default(),
    })
}

fn comment(row: &Row<'_>, at: usize) -> rusqlite::Result<Comment> {
    Ok(Comment {
        id: row.get(at)?,
        post_id: row.get(at + 1)?,
        body: row.get(at + 2)?,
        likes: row.get(at + 3)?,
        post: BelongsTo::default(),
    })
}
