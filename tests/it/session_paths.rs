//! Paths over relations in a session: rows at their end are entities, and nothing is written along them.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = author))]
    posts: HasMany<Post>,
    #[orm(has_many(via = (posts, tags), order_by = id))]
    topics: HasMany<Tag>,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<User>,
    #[orm(many_to_many(table = "post_tags"))]
    tags: ManyToMany<Tag>,
    #[orm(has_many(inverse = post))]
    comments: HasMany<Comment>,
}

#[derive(Model)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model)]
#[orm(table = "comments")]
struct Comment {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Post::id))]
    post_id: i64,
    #[orm(belongs_to(key = post_id, inverse = comments))]
    post: BelongsTo<Post>,
    #[orm(belongs_to(via = (post, author)))]
    host: BelongsTo<User>,
}

/// User 1 wrote post 1, user 2 the posts 2 and 3, which both have tag 1; each post has a comment.
fn blog(conn: &mut Connection) -> TestResult {
    metadata![User, Post, Tag, Comment].create_all(conn)?;
    User::insert_many(["alice", "bob"].map(|name| User::builder().name(name))).execute(conn)?;
    let posts = Post::insert_many([1, 2, 2].map(|author| Post::builder().author_id(author)));
    let posts = posts.all(conn)?;
    let tag = Tag::insert(Tag::builder()).one(conn)?;
    for post in &posts {
        Post::comments.insert(post, Comment::builder()).execute(conn)?;
    }
    for post in &posts[1..] {
        Post::tags.link(conn, post, [&tag])?;
    }
    Ok(())
}

on_every_backend! {
    fn rows_at_the_end_of_a_path_are_entities(db: &TestDb) -> TestResult {
        blog(&mut db.connect()?)?;
        let mut session = db.engine().session();

        let users = User::query().order_by(User::id).all(&mut session)?;
        let tags = Tag::query().all(&mut session)?;
        let comments = Comment::query().order_by(Comment::id).all(&mut session)?;

        assert_eq!(session.load(users[0], User::topics)?, []);
        assert_eq!(session.load(users[1], User::topics)?, tags);
        assert_eq!(session.load(comments[0], Comment::host)?, users[0]);
        assert_eq!(session.load(comments[2], Comment::host)?, users[1]);
        Ok(())
    }

    fn a_query_brings_them(db: &TestDb) -> TestResult {
        blog(&mut db.connect()?)?;
        let mut session = db.engine().session();

        let users = User::query().with(User::topics).order_by(User::id).all(&mut session)?;
        let comments = Comment::query().with(Comment::host).order_by(Comment::id);
        let comments = comments.all(&mut session)?;

        let tags = Tag::query().all(&mut session)?;
        assert_eq!(session.load(users[1], User::topics)?, tags);
        assert_eq!(session.load(comments[0], Comment::host)?, users[0]);
        Ok(())
    }

    fn a_row_that_is_deleted_leaves_those_at_the_end_alone(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        blog(&mut conn)?;
        User::insert(User::builder().name("carol")).execute(&mut conn)?;
        let mut session = db.engine().session();

        let carol = User::query().filter(User::name.eq("carol")).one(&mut session)?;
        session.load(carol, User::topics)?;
        session.delete(carol)?;
        session.commit()?;

        assert_eq!(User::query().count(&mut conn)?, 2);
        assert_eq!(Tag::query().count(&mut conn)?, 1);
        Ok(())
    }

    fn a_session_streams_entities_with_their_relations(db: &TestDb) -> TestResult {
        blog(&mut db.connect()?)?;
        let mut session = db.engine().session();

        let mut users = Vec::new();
        let query = User::query().order_by(User::id).options(selectin(User::posts));
        for chunk in query.chunks(&mut session, 1)? {
            users.extend(chunk?);
        }

        assert_eq!(session.load(users[0], User::posts)?.len(), 1);
        assert_eq!(session.load(users[1], User::posts)?.len(), 2);
        Ok(())
    }
}
