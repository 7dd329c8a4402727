//! What a session does when a relation is asked for that is not loaded: one by one, for all rows of the
//! query, or not at all; and the warning of too many statements.

use orm::prelude::*;
use orm::{Error, Lazy};
use orm_testkit::{TestDb, TestResult, logged, on_every_backend};

use super::statements;

#[derive(Model, Debug)]
#[orm(table = "authors")]
struct Author {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = author, order_by = id))]
    posts: HasMany<Post>,
    #[orm(has_many(key = editor_id, lazy = "raise"))]
    edited: HasMany<Post>,
}

#[derive(Model, Debug)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(foreign_key(Author::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = posts))]
    author: BelongsTo<Author>,
    #[orm(foreign_key(Author::id))]
    editor_id: Option<i64>,
    #[orm(belongs_to(key = editor_id))]
    editor: BelongsTo<Option<Author>>,
    #[orm(many_to_many(table = "post_tags", inverse = posts, order_by = id))]
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(many_to_many(table = "post_tags", inverse = tags, order_by = id))]
    posts: ManyToMany<Post>,
}

/// Authors with two posts each, which have the same tag; the first author edits all of the others.
fn filled(db: &TestDb, authors: i64) -> orm::Result<()> {
    metadata![Author, Post, Tag].create_all(&mut db.connect()?)?;
    db.engine().transaction(|session| {
        let tag = session.add(Tag::builder().name("rust"));
        let mut editor = None;
        for number in 1..=authors {
            let author = session.add(Author::builder().name(format!("author {number}")));
            for title in ["one", "two"] {
                let post = session.add(Post::builder().title(title).author(author).tags([tag]));
                session.set(post, Post::editor, editor)?;
            }
            editor.get_or_insert(author);
        }
        Ok(())
    })
}

fn authors(session: &mut Session) -> orm::Result<Vec<Entity<Author>>> {
    Author::query().order_by(Author::id).all(session)
}

on_every_backend! {
    fn select_loads_one_by_one(db: &TestDb) -> TestResult {
        filled(db, 3)?;
        let mut session = db.engine().session().lazy(Lazy::Select);
        let authors = authors(&mut session)?;

        let sent = statements(|| {
            authors.iter().try_for_each(|&author| session.load(author, Author::posts).map(drop))
        })?;

        assert_eq!(sent.len(), 3);
        Ok(())
    }

    fn batch_loads_for_all_rows_of_the_query_by_one_statement(db: &TestDb) -> TestResult {
        filled(db, 30)?;
        let mut session = db.engine().session().lazy(Lazy::Batch);
        let authors = authors(&mut session)?;

        let mut titles = Vec::new();
        let sent = statements(|| {
            for &author in authors.iter().rev() {
                for post in session.load(author, Author::posts)? {
                    titles.push(session[post].title.clone());
                    assert_eq!(session.load(post, Post::author)?, author);
                    assert_eq!(session.load(post, Post::tags)?.len(), 1);
                }
            }
            Ok(())
        })?;

        assert_eq!(titles.len(), 60);
        // Posts of all authors, and tags of all posts; the authors are known.
        assert_eq!(sent.len(), 2, "{sent:#?}");
        Ok(())
    }

    fn batch_asks_for_a_row_that_many_belong_to_once(db: &TestDb) -> TestResult {
        filled(db, 4)?;
        let mut session = db.engine().session().lazy(Lazy::Batch);
        let posts = Post::query().order_by(Post::id).all(&mut session)?;

        let sent = statements(|| {
            for &post in &posts {
                session.load(post, Post::editor)?;
            }
            Ok(())
        })?;

        assert_eq!(sent.len(), 1, "{sent:#?}");
        let (first, last) = (posts[0], posts[7]);
        assert_eq!(session.load(first, Post::editor)?, None);
        let editor = session.load(last, Post::editor)?.unwrap();
        assert_eq!(session[editor].id, 1);
        assert_eq!(session.load(posts[1], Post::author)?, editor);
        Ok(())
    }

    fn batch_keeps_to_the_rows_of_the_last_query_that_met_them(db: &TestDb) -> TestResult {
        filled(db, 5)?;
        let mut session = db.engine().session().lazy(Lazy::Batch);
        let all = authors(&mut session)?;
        let few = Author::query().filter(Author::id.in_([2, 4])).all(&mut session)?;
        let alone = session.get_or_not_found::<Author>(3)?;

        let of_few = statements(|| session.load(few[0], Author::posts))?;
        let of_all = statements(|| session.load(all[0], Author::posts))?;
        let known = statements(|| {
            session.load(few[1], Author::posts)?;
            session.load(alone, Author::posts)?;
            session.load(all[4], Author::posts)
        })?;

        assert_eq!((of_few.len(), of_all.len(), known.len()), (1, 1, 0));
        let fresh = Author::builder().name("fresh");
        let fresh = session.add(fresh);
        assert!(statements(|| session.load(fresh, Author::posts))?.len() <= 1);
        Ok(())
    }

    fn batch_passes_over_rows_that_are_gone(db: &TestDb) -> TestResult {
        filled(db, 4)?;
        let mut session = db.engine().session().lazy(Lazy::Batch);
        let tags = Tag::query().all(&mut session)?;
        let authors = authors(&mut session)?;
        session.expunge(authors[1])?;
        session.expire(authors[2])?;
        session.delete(tags[0])?;

        let posts = session.load(authors[0], Author::posts)?;
        let sent = statements(|| session.load(authors[2], Author::posts))?;

        assert_eq!((posts.len(), sent.len()), (2, 0));
        assert!(session.try_get(authors[1]).is_none());
        Ok(())
    }

    fn what_a_batch_loaded_is_unloaded_by_a_rollback(db: &TestDb) -> TestResult {
        filled(db, 3)?;
        let mut session = db.engine().session().lazy(Lazy::Batch);
        let authors = authors(&mut session)?;
        session.load(authors[0], Author::posts)?;

        session.rollback()?;
        let sent = statements(|| {
            session.load(authors[2], Author::posts)?;
            session.load(authors[1], Author::posts)
        })?;

        assert_eq!(sent.len(), 1);
        Ok(())
    }

    fn raise_refuses_what_is_not_loaded(db: &TestDb) -> TestResult {
        filled(db, 2)?;
        let mut session = db.engine().session().lazy(Lazy::Raise);
        let author = authors(&mut session)?[0];

        let (refused, sent) = logged("orm::sql", || session.load(author, Author::posts));

        assert_eq!(
            refused.unwrap_err().to_string(),
            "`Author::posts` is not loaded, and the session has `Lazy::Raise`: add \
             `.with(Author::posts)` to the query, or load it for all rows that need it with \
             `session.load_all(&entities, Author::posts)`"
        );
        assert!(sent.is_empty());
        session.load_all(&[author], Author::posts)?;
        assert_eq!(session.load(author, Author::posts)?.len(), 2);
        let with = Author::query().with(Author::posts).filter(Author::id.eq(2)).one(&mut session)?;
        assert_eq!(session.load(with, Author::posts)?.len(), 2);
        // What a session has to know to write is loaded all the same.
        let post = session[with].posts.entities().unwrap()[0];
        session.delete(post)?;
        session.flush()?;
        Ok(())
    }

    fn what_a_relation_declares_holds_over_the_session(db: &TestDb) -> TestResult {
        filled(db, 2)?;
        let mut session = db.engine().session().lazy(Lazy::Batch);
        let author = authors(&mut session)?[0];

        let refused = session.load(author, Author::edited).unwrap_err();

        assert!(matches!(refused, Error::InvalidState(_)));
        assert_eq!(
            refused.to_string(),
            "`Author::edited` is not loaded, and it declares `lazy = \"raise\"`: add \
             `.with(Author::edited)` to the query, or load it for all rows that need it with \
             `session.load_all(&entities, Author::edited)`"
        );
        session.load_all(&[author], Author::edited)?;
        assert_eq!(session.load(author, Author::edited)?.len(), 2);
        Ok(())
    }

    fn too_many_statements_for_rows_of_one_query_are_warned_of_once(db: &TestDb) -> TestResult {
        filled(db, 14)?;
        let mut session = db.engine().session();
        let authors = authors(&mut session)?;

        let (loaded, few) = logged("orm::session", || {
            authors[..10].iter().try_for_each(|&author| session.load(author, Author::posts).map(drop))
        });
        loaded?;
        let (loaded, many) = logged("orm::session", || {
            authors.iter().try_for_each(|&author| session.load(author, Author::posts).map(drop))
        });
        loaded?;

        assert!(few.is_empty(), "{few:?}");
        assert_eq!(
            many,
            ["WARN message=`Author::posts` was loaded for 11 rows of one query, by a statement for each: \
              add `.with(Author::posts)` to the query, or begin with \
              `engine.session().lazy(Lazy::Batch)` relation=Author::posts"]
        );
        Ok(())
    }

    fn each_query_and_relation_is_counted_by_itself(db: &TestDb) -> TestResult {
        filled(db, 4)?;
        let mut session = db.engine().session().lazy_warning(2);

        let (loaded, warnings) = logged("orm::session", || -> orm::Result<()> {
            for id in [1, 2, 3, 4] {
                // Alone, it could not be loaded otherwise.
                let author = session.get_or_not_found::<Author>(id)?;
                session.load(author, Author::posts)?;
            }
            for post in Post::query().order_by(Post::id).all(&mut session)? {
                session.load(post, Post::author)?; // known
                session.load(post, Post::tags)?;
                session.load(post, Post::tags)?;
            }
            Ok(())
        });
        loaded?;

        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("`Post::tags` was loaded for 3 rows"), "{warnings:?}");
        Ok(())
    }

    fn the_warning_can_be_turned_off(db: &TestDb) -> TestResult {
        filled(db, 12)?;
        let mut session = db.engine().session().lazy_warning(0);
        let authors = authors(&mut session)?;

        let (loaded, warnings) = logged("orm::session", || {
            authors.iter().try_for_each(|&author| session.load(author, Author::posts).map(drop))
        });

        loaded?;
        assert!(warnings.is_empty(), "{warnings:?}");
        Ok(())
    }
}
