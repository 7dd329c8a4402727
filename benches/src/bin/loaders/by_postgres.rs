//! By hand with `postgres`: three prepared statements, the keys bound as one array.

use orm::{BelongsTo, HasMany};
use orm_benches::Result;
use postgres::fallible_iterator::FallibleIterator;
use postgres::{Client, NoTls, Row, Statement};

use crate::Way;
use crate::models::{Comment, Post, User};
use crate::nest::{USERS, nested};

pub(crate) fn ways(url: &str) -> Result<Vec<Way<'static>>> {
    let mut client = Client::connect(url, NoTls)?;
    let users = client.prepare(USERS)?;
    let posts = "SELECT id, author_id, title, score FROM posts WHERE author_id = ANY($1)";
    let posts = client.prepare(posts)?;
    let comments = "SELECT id, post_id, body, likes FROM comments WHERE post_id = ANY($1)";
    let comments = client.prepare(comments)?;
    let statements = [users, posts, comments];
    Ok(vec![Way::new("postgres, `= ANY($1)`", move || load(&mut client, &statements))])
}

fn load(client: &mut Client, [users, posts, comments]: &[Statement; 3]) -> Result<Vec<User>> {
    let client = std::cell::RefCell::new(client);
    nested(
        || {
            client
                .borrow_mut()
                .query_raw(users, [0_i64; 0])?
                .map(|row| user(&row))
                .collect()
                .map_err(Into::into)
        },
        |keys| {
            let mut client = client.borrow_mut();
            Ok(client.query_raw(posts, [keys])?.map(|row| post(&row)).collect()?)
        },
        |keys, of_posts| {
            let mut client = client.borrow_mut();
            let mut rows = client.query_raw(comments, [keys])?;
            while let Some(row) = rows.next()? {
                let comment = comment(&row)?;
                of_posts.push(comment.post_id, comment);
            }
            Ok(())
        },
    )
}

fn user(row: &Row) -> std::result::Result<User, postgres::Error> {
    Ok(User { id: row.try_get(0)?, name: row.try_get(1)?, posts: HasMany::default() })
}

fn post(row: &Row) -> std::result::Result<Post, postgres::Error> {
    Ok(Post {
        id: row.try_get(0)?,
        author_id: row.try_get(1)?,
        title: row.try_get(2)?,
        score: row.try_get(3)?,
        author: BelongsTo::default(),
        comments: HasMany::default(),
    })
}

fn comment(row: &Row) -> std::result::Result<Comment, postgres::Error> {
    Ok(Comment {
        id: row.try_get(0)?,
        post_id: row.try_get(1)?,
        body: row.try_get(2)?,
        likes: row.try_get(3)?,
        post: BelongsTo::default(),
    })
}
