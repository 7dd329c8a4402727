//! Mistakes that newcomers to sessions make and that show when the program runs, with the message of each.
//!
//! Those that the compiler finds are in `tests/ui/sessions`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug)]
#[orm(table = "authors")]
struct Author {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = author, order_by = id))]
    books: HasMany<Book>,
}

#[derive(Model, Debug)]
#[orm(table = "books")]
struct Book {
    #[orm(primary_key)]
    id: i64,
    #[orm(default = "")]
    text: Deferred<String>,
    #[orm(soft_delete)]
    deleted_at: Option<DateTime<Utc>>,
    #[orm(foreign_key(Author::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = books))]
    author: BelongsTo<Author>,
    #[orm(foreign_key(Book::id))]
    sequel_of_id: Option<i64>,
    #[orm(belongs_to(key = sequel_of_id))]
    sequel_of: BelongsTo<Option<Book>>,
}

/// Returns a session that has stored an author with one book.
fn stored(db: &TestDb) -> orm::Result<(Session, Entity<Author>, Entity<Book>)> {
    metadata![Author, Book].create_all(&mut db.connect()?)?;
    let mut session = db.engine().session();
    let author = session.add(Author::builder().name("Jane"));
    let book = session.push(author, Author::books, Book::builder())?;
    session.commit()?;
    Ok((session, author, book))
}

/// Returns the message with which `work` panics.
fn panic<T>(work: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).err().expect("a panic");
    let fixed = panic.downcast_ref::<&str>().map(ToString::to_string);
    fixed.or_else(|| panic.downcast_ref::<String>().cloned()).expect("a message")
}

on_every_backend! {
    fn reading_a_relation_of_an_entity_as_rows_says_how_entities_are_read(db: &TestDb) -> TestResult {
        let (session, author, book) = stored(db)?;

        let expected = "this relation belongs to a session, and holds entities instead of rows: read those \
                        that `session.load(entity, relation)` returns, as `session[related]`; \
                        `session.tree(entity)` copies everything into rows";
        assert_eq!(panic(|| session[author].books.len()), expected);
        assert_eq!(panic(|| session[book].author.name.len()), expected);
        Ok(())
    }

    fn what_is_not_loaded_says_what_loads_it_in_a_session(db: &TestDb) -> TestResult {
        let (mut session, ..) = stored(db)?;
        session.close()?;
        let author = session.get_or_not_found::<Author>(1)?;
        let book = session.get_or_not_found::<Book>(1)?;

        assert_eq!(
            panic(|| session[author].books.len()),
            "`Author::books` is not loaded: add `.with(Author::books)` to the query, or load it with \
             `Author::books.load_all(&mut conn, …)`; in a session, use what `session.load(entity, \
             Author::books)` returns; `.get()` tells whether it is loaded"
        );
        assert!(panic(|| session[book].text.len()).contains("`session.undefer(&[entity], Book::text)`"));
        Ok(())
    }

    fn relations_of_entities_are_shown_as_what_they_lead_to(db: &TestDb) -> TestResult {
        let (mut session, author, book) = stored(db)?;
        let sequel = session.add(Book::builder().author(author).sequel_of(book));
        session.commit()?;

        assert_eq!(
            format!("{:?}", session[author]),
            r#"Author { id: 1, name: "Jane", books: [Entity<Book>(0), Entity<Book>(1)] }"#
        );
        let shown = format!("{:?}", session[sequel]);
        assert!(shown.contains("author: Entity<Author>(0)"), "{shown}");
        assert!(shown.contains("sequel_of: Some(Entity<Book>(0))"), "{shown}");
        session.close()?;
        let author = session.get_or_not_found::<Author>(1)?;
        let shown = format!("{:?}", session[author]);
        assert_eq!(shown, r#"Author { id: 1, name: "Jane", books: unloaded }"#);
        Ok(())
    }

    fn an_entity_that_cannot_be_used_says_why_and_what_helps(db: &TestDb) -> TestResult {
        let (mut session, author, book) = stored(db)?;
        let mut other = db.engine().session();

        assert_eq!(
            other.delete(author).unwrap_err().to_string(),
            "this entity of `Author` cannot be used: it belongs to another session, or this one has \
             forgotten it (`close`, `expunge_all`): query the row in this session"
        );
        assert_eq!(
            other.add(Book::builder().author(author)),
            other.new_entities::<Book>()[0],
        );
        let refused = other.commit().unwrap_err().to_string();
        assert!(refused.starts_with("`Book::author` cannot be set: this entity of `Author`"), "{refused}");

        session.delete(book)?;
        session.commit()?;
        assert_eq!(
            session.restore(book).unwrap_err().to_string(),
            "this entity of `Book` cannot be used: it was deleted; if its row was only marked, a query \
             `with_deleted()` finds it"
        );
        session.expunge(author)?;
        assert_eq!(
            session.refresh(author).unwrap_err().to_string(),
            "this entity of `Author` cannot be used: it was taken out of the session: query its row again, \
             or `attach` or `merge` the value that `detach` returned"
        );
        assert_eq!(
            panic(|| session[author].id),
            "this entity of `Author` cannot be used: it was taken out of the session: query its row again, \
             or `attach` or `merge` the value that `detach` returned; `try_get` returns `None` instead of \
             panicking"
        );
        Ok(())
    }

    fn a_key_that_is_set_by_hand_is_written_and_moves_no_loaded_relation(db: &TestDb) -> TestResult {
        let (mut session, jane, book) = stored(db)?;
        let mary = session.add(Author::builder().name("Mary"));
        session.flush()?;

        session[book].author_id = session[mary].id;
        session.commit()?;

        assert_eq!(Book::query().one(&mut db.connect()?)?.author_id, 2);
        assert_eq!(session.load(book, Book::author)?, jane);
        session.refresh(book)?;
        assert_eq!(session.load(book, Book::author)?, mary);
        Ok(())
    }

    fn a_relation_decides_over_a_key_that_is_set_by_hand(db: &TestDb) -> TestResult {
        let (mut session, jane, book) = stored(db)?;
        let mary = session.add(Author::builder().name("Mary"));
        session.flush()?;

        session.set(book, Book::author, mary)?;
        session[book].author_id = session[jane].id;
        session.commit()?;

        assert_eq!(Book::query().one(&mut db.connect()?)?.author_id, 2);
        assert_eq!((session[book].author_id, session.load(book, Book::author)?), (2, mary));
        Ok(())
    }

    fn ending_the_transaction_within_a_savepoint_says_what_to_do_instead(db: &TestDb) -> TestResult {
        let (mut session, ..) = stored(db)?;

        let committed = session.savepoint(Session::commit);
        assert_eq!(
            committed.unwrap_err().to_string(),
            "a savepoint is open: commit it or roll it back before you commit the transaction"
        );
        let rolled_back = session.savepoint(Session::rollback);
        assert_eq!(
            rolled_back.unwrap_err().to_string(),
            "the savepoint cannot be committed, since the transaction around it has ended: in a \
             savepoint, return an error instead of calling `rollback`"
        );
        let begun = session.savepoint(|session| session.transaction(|_| Ok(())));
        assert_eq!(
            begun.unwrap_err().to_string(),
            "no transaction can begin while a savepoint is open: use `savepoint` for a part of the open one"
        );
        Ok(())
    }
}
