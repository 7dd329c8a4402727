//! By hand with `postgres`: prepared statements, the keys bound as one array.

use std::cell::RefCell;
use std::rc::Rc;

use orm::{BelongsTo, HasMany};
use orm_benches::Result;
use postgres::fallible_iterator::FallibleIterator;
use postgres::{Client, NoTls, Row, Statement};

use crate::Way;
use crate::models::{Comment, Post, User};
use crate::nest::Tree;
use crate::strategy::{Statements, Strategy};

type Read<T> = std::result::Result<T, postgres::Error>;

pub(crate) fn ways(url: &str) -> Result<Vec<Way<'static>>> {
    let client = Rc::new(RefCell::new(Client::connect(url, NoTls)?));
    let mut ways = Vec::new();
    for strategy in Strategy::ALL {
        let statements = Prepared::new(&mut client.borrow_mut(), strategy)?;
        let client = Rc::clone(&client);
        let load = move || load(&mut client.borrow_mut(), strategy, &statements);
        ways.push(Way::by_hand("postgres, `= ANY($1)`", strategy, load));
    }
    Ok(ways)
}

/// The statements of a strategy, as the server knows them.
struct Prepared {
    users: Statement,
    posts: Option<Statement>,
    comments: Option<Statement>,
}

impl Prepared {
    fn new(client: &mut Client, strategy: Strategy) -> Result<Self> {
        let Statements { users, posts, comments } = strategy.statements("= ANY($1)");
        Ok(Self {
            users: client.prepare(&users)?,
            posts: posts.map(|posts| client.prepare(&posts)).transpose()?,
            comments: comments.map(|comments| client.prepare(&comments)).transpose()?,
        })
    }
}

fn load(client: &mut Client, strategy: Strategy, statements: &Prepared) -> Result<Vec<User>> {
    let mut tree = Tree::default();
    let mut rows = client.query_raw(&statements.users, [0_i64; 0])?;
    while let Some(row) = rows.next()? {
        let user = tree.user(row.try_get(0)?, || user(&row))?;
        if strategy.joins_posts() {
            posted(&mut tree, user, &row, 2, strategy.joins_comments())?;
        }
    }
    drop(rows);
    if let Some(posts) = &statements.posts {
        let mut rows = client.query_raw(posts, [tree.user_keys()])?;
        while let Some(row) = rows.next()? {
            let user = tree.user_number(row.try_get(1)?);
            posted(&mut tree, user, &row, 0, strategy.joins_comments())?;
        }
    }
    if let Some(comments) = &statements.comments {
        let mut rows = client.query_raw(comments, [tree.post_keys()])?;
        while let Some(row) = rows.next()? {
            let comment = comment(&row, 0)?;
            tree.comment(tree.post_number(comment.post_id), comment);
        }
    }
    Ok(tree.into_users())
}

/// Takes the post of a row, if there is one, and the comment that is joined to it.
fn posted(tree: &mut Tree, user: usize, row: &Row, at: usize, with_comment: bool) -> Read<()> {
    let Some(id) = row.try_get(at)? else { return Ok(()) };
    let post = tree.post(id, user, || post(row, at))?;
    if with_comment && row.try_get::<_, Option<i64>>(at + 4)?.is_some() {
        tree.comment(post, comment(row, at + 4)?);
    }
    Ok(())
}

fn user(row: &Row) -> Read<User> {
    Ok(User { id: row.try_get(0)?, name: row.try_get(1)?, posts: HasMany::default() })
}

fn post(row: &Row, at: usize) -> Read<Post> {
    Ok(Post {
        id: row.try_get(at)?,
        author_id: row.try_get(at + 1)?,
        title: row.try_get(at + 2)?,
        score: row.try_get(at + 3)?,
        author: BelongsTo::default(),
        comments: HasMany::default(),
    })
}

fn comment(row: &Row, at: usize) -> Read<Comment> {
    Ok(Comment {
        id: row.try_get(at)?,
        post_id: row.try_get(at + 1)?,
        body: row.try_get(at + 2)?,
        likes: row.try_get(at + 3)?,
        post: BelongsTo::default(),
    })
}
