//! By hand with `rusqlite`: rows of `VALUES`, 64 at a time, in statements that stay prepared.

use std::hint::black_box;

use orm_benches::Result;
use orm_benches::graph::{PlainComment, PlainPost, PlainUser, TABLES};
use rusqlite::{Connection, Row, Statement};

use crate::plain::Graph;
use crate::{ByHand, EVERY, changed};

/// How many rows a statement inserts at a time, as those of the ORM do.
const BATCH: usize = 64;

/// A connection to a database of its own.
pub(crate) struct ByRusqlite {
    conn: Connection,
}

impl ByRusqlite {
    /// Opens a database of the kind that the ORM opens for this path.
    pub(crate) fn open(path: &str) -> Result<Self> {
        let conn = match path {
            ":memory:" => Connection::open("file:/by-hand?vfs=memdb")?,
            path => Connection::open(format!("{path}-by-hand"))?,
        };
        conn.execute_batch(
            "DROP TABLE IF EXISTS comments; DROP TABLE IF EXISTS posts; DROP TABLE IF EXISTS users;",
        )?;
        conn.execute_batch(TABLES)?;
        Ok(Self { conn })
    }
}

impl ByHand for ByRusqlite {
    fn clearing(&self) -> &'static str {
        "DELETE FROM comments; DELETE FROM posts; DELETE FROM users;"
    }

    fn clear(&mut self) -> Result<()> {
        Ok(self.conn.execute_batch(self.clearing())?)
    }

    fn write(&mut self) -> Result<()> {
        let mut graph = Graph::new();
        self.conn.execute_batch("BEGIN")?;
        insert(&self.conn, &mut graph.users)?;
        graph.refer_to_users();
        insert(&self.conn, &mut graph.posts)?;
        graph.refer_to_posts();
        insert(&self.conn, &mut graph.comments)?;
        self.conn.execute_batch("COMMIT")?;
        black_box(graph);
        Ok(())
    }

    fn change(&mut self, round: u32) -> Result<()> {
        let conn = &self.conn;
        conn.execute_batch("BEGIN")?;
        let mut statement =
            conn.prepare_cached("SELECT id, body, post_id FROM comments ORDER BY id")?;
        let read = |row: &Row<'_>| {
            Ok(PlainComment { id: row.get(0)?, body: row.get(1)?, post_id: row.get(2)? })
        };
        let mut comments = statement.query_map([], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut update = conn.prepare_cached("UPDATE comments SET body = ? WHERE id = ?")?;
        for comment in comments.iter_mut().step_by(EVERY) {
            comment.body = changed(round);
            update.execute((&comment.body, comment.id))?;
        }
        conn.execute_batch("COMMIT")?;
        black_box(comments);
        Ok(())
    }
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
fn insert<P: Plain>(conn: &Connection, rows: &mut [P]) -> Result<()> {
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
