//! A flush of which any statement fails: the database holds all of it or nothing, memory is as it was, and
//! the next try succeeds.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use orm::prelude::*;
use orm::{Error, Row, Value};
use orm_core::dialect::Dialect;
use orm_core::driver::{Cursor, Database, Driver, DriverConnection, EachRow, KeyedInsert};
use orm_core::error::{DatabaseError, OperationalError, Result};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug)]
#[orm(table = "shelves")]
struct Shelf {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = shelf, order_by = id, cascade = "all, delete-orphan"))]
    books: HasMany<Book>,
}

#[derive(Model, Debug)]
#[orm(table = "books")]
struct Book {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(version)]
    version: i32,
    #[orm(foreign_key(Shelf::id))]
    shelf_id: i64,
    #[orm(belongs_to(key = shelf_id, inverse = books))]
    shelf: BelongsTo<Shelf>,
    #[orm(many_to_many(table = "book_words", inverse = books))]
    words: ManyToMany<Word>,
}

#[derive(Model, Debug)]
#[orm(table = "words")]
struct Word {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    text: String,
    #[orm(many_to_many(inverse = words))]
    books: ManyToMany<Book>,
}

/// How a statement fails.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// The database refuses it.
    Refused,
    /// The connection is lost before it is sent.
    Lost,
}

/// A driver whose statements fail from a certain one on, or do not.
#[derive(Debug, Clone)]
struct Faulty {
    inner: &'static dyn Driver,
    fault: Fault,
    /// How many statements are sent before one fails; less than 0 is all.
    left: Arc<AtomicI64>,
}

#[derive(Debug)]
struct FaultyDatabase(Box<dyn Database>, Faulty);

#[derive(Debug)]
struct FaultyConnection {
    inner: Box<dyn DriverConnection>,
    faulty: Faulty,
    is_lost: bool,
}

impl Driver for Faulty {
    fn schemes(&self) -> &'static [&'static str] {
        self.inner.schemes()
    }

    fn open(&self, url: &str) -> Result<Box<dyn Database>> {
        Ok(Box::new(FaultyDatabase(self.inner.open(url)?, self.clone())))
    }
}

impl Database for FaultyDatabase {
    fn dialect(&self) -> &'static dyn Dialect {
        self.0.dialect()
    }

    fn connect(&self) -> Result<Box<dyn DriverConnection>> {
        let inner = self.0.connect()?;
        Ok(Box::new(FaultyConnection { inner, faulty: self.1.clone(), is_lost: false }))
    }
}

impl FaultyConnection {
    fn count(&mut self) -> Result<()> {
        if self.is_lost {
            return Err(OperationalError::new("the connection is gone").into());
        }
        // Only one statement fails, unless its connection is lost.
        if self.faulty.left.fetch_sub(1, Ordering::Relaxed) != 0 {
            return Ok(());
        }
        match self.faulty.fault {
            Fault::Refused => Err(DatabaseError::new("this statement was to fail").into()),
            Fault::Lost => {
                self.is_lost = true;
                let _ = self.inner.rollback();
                Err(OperationalError::new("the connection was to be lost").into())
            }
        }
    }
}

impl DriverConnection for FaultyConnection {
    fn dialect(&self) -> &'static dyn Dialect {
        self.inner.dialect()
    }

    fn query(&mut self, sql: &str, binds: &[Value<'_>], each: &mut EachRow<'_>) -> Result<()> {
        self.count()?;
        self.inner.query(sql, binds, &mut |row: &dyn Row| -> Result<ControlFlow<()>> { each(row) })
    }

    fn open<'c>(&'c mut self, sql: &str, binds: &[Value<'_>]) -> Result<Box<dyn Cursor + 'c>> {
        self.count()?;
        self.inner.open(sql, binds)
    }

    fn columns(&mut self, sql: &str) -> Result<Vec<String>> {
        self.inner.columns(sql)
    }

    fn execute(&mut self, sql: &str, binds: &[Value<'_>]) -> Result<u64> {
        self.count()?;
        self.inner.execute(sql, binds)
    }

    fn insert_with_keys(&mut self, insert: &KeyedInsert<'_>, keys: &mut Vec<i64>) -> Result<()> {
        self.count()?;
        self.inner.insert_with_keys(insert, keys)
    }

    fn execute_script(&mut self, script: &str) -> Result<()> {
        self.count()?;
        self.inner.execute_script(script)
    }

    fn begin(&mut self) -> Result<()> {
        self.count()?;
        self.inner.begin()
    }

    fn commit(&mut self) -> Result<()> {
        if let Err(error) = self.count() {
            // As when the server refuses it: nothing of the transaction is kept.
            self.inner.rollback()?;
            return Err(error);
        }
        self.inner.commit()
    }

    fn rollback(&mut self) -> Result<()> {
        if self.is_lost {
            return Err(OperationalError::new("the connection is gone").into());
        }
        self.inner.rollback()
    }

    fn is_broken(&self) -> bool {
        self.is_lost || self.inner.is_broken()
    }
}

/// What is committed: shelf, title, version, words, one line a book.
fn stored(conn: &mut Connection) -> Result<Vec<String>> {
    let shelves = Shelf::query()
        .order_by(Shelf::name)
        .options(selectin(Shelf::books).then(selectin(Book::words)))
        .all(conn)?;
    let mut lines = Vec::new();
    for shelf in &shelves {
        lines.push(shelf.name.clone());
        for book in &shelf.books {
            let mut words: Vec<&str> = book.words.iter().map(|word| word.text.as_str()).collect();
            words.sort_unstable();
            lines.push(format!("  {} {} {words:?}", book.title, book.version));
        }
    }
    Ok(lines)
}

/// What the session has in memory, in the same form.
fn in_memory(session: &Session, shelves: &[Entity<Shelf>]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut shelves: Vec<_> = shelves.iter().filter_map(|&shelf| session.try_get(shelf)).collect();
    shelves.sort_by(|one, other| one.name.cmp(&other.name));
    for shelf in shelves {
        lines.push(shelf.name.clone());
        for &book in shelf.books.entities().unwrap() {
            let book = &session[book];
            let words = book.words.entities().unwrap();
            let mut words: Vec<&str> = words.iter().map(|&word| &*session[word].text).collect();
            words.sort_unstable();
            lines.push(format!("  {} {} {words:?}", book.title, book.version));
        }
    }
    lines
}

/// Puts three shelves into the database and the session.
fn fill(session: &mut Session) -> Result<Vec<Entity<Shelf>>> {
    let words = session.add_all(["a", "b", "c"].map(|text| Word::builder().text(text)));
    let shelves = (0..3).map(|number| {
        let books = (0..4).map(|book| {
            Book::builder().title(format!("book {number}{book}")).words([words[book % 3]])
        });
        session.add(Shelf::builder().name(format!("shelf {number}")).books(books))
    });
    let shelves = shelves.collect();
    session.commit()?;
    Ok(shelves)
}

/// Changes a bit of everything.
fn change(session: &mut Session, shelves: &[Entity<Shelf>]) -> Result<Entity<Shelf>> {
    let books = session.load(shelves[0], Shelf::books)?;
    let word = session.add(Word::builder().text("new"));
    session[books[0]].title = "renamed".into();
    session.push(books[1], Book::words, word)?;
    session.replace(books[2], Book::words, [])?;
    session.set(books[3], Book::shelf, shelves[1])?;
    session[shelves[1]].name = "shelf one".into();
    session.delete(shelves[2])?;
    let titles = ["x", "y"].map(|title| Book::builder().title(title).words([word]));
    Ok(session.add(Shelf::builder().name("shelf new").books(titles)))
}

fn expected_after() -> Vec<String> {
    let lines = [
        "shelf 0",
        r#"  renamed 2 ["a"]"#,
        r#"  book 01 1 ["b", "new"]"#,
        "  book 02 1 []",
        "shelf new",
        r#"  x 1 ["new"]"#,
        r#"  y 1 ["new"]"#,
        "shelf one",
    ];
    lines.map(str::to_owned).to_vec()
}

fn survives(db: &TestDb, fault: Fault) -> Result<()> {
    let inner: &'static dyn Driver = match db.dialect_name() {
        "sqlite" => &orm::Sqlite,
        _ => &orm::Postgres,
    };
    let metadata = metadata![Shelf, Book, Word];
    for fails_at in 0.. {
        let left = Arc::new(AtomicI64::new(-1));
        let faulty = Faulty { inner, fault, left: Arc::clone(&left) };
        let engine = orm_core::engine::Engine::open(db.url(), &[&faulty])?;
        let mut conn = engine.connect()?;
        metadata.drop_all(&mut conn)?;
        metadata.create_all(&mut conn)?;
        let mut session = engine.session();
        let shelves = fill(&mut session)?;
        let before = stored(&mut conn)?;
        assert_eq!(in_memory(&session, &shelves), before);

        left.store(fails_at, Ordering::Relaxed);
        let result = change(&mut session, &shelves).and_then(|shelf| {
            session.commit()?;
            Ok(shelf)
        });
        let did_fail = left.swap(-1, Ordering::Relaxed) < 0;

        assert_eq!(result.is_err(), did_fail, "at {fails_at}: {result:?}");
        let added = match result {
            Ok(added) => added,
            Err(Error::Database(_) | Error::Operational(_)) => {
                assert_eq!(stored(&mut conn)?, before, "at {fails_at}");
                assert_eq!(in_memory(&session, &shelves), before, "at {fails_at}");
                let added = change(&mut session, &shelves)?;
                session.commit()?;
                added
            }
            Err(error) => return Err(error),
        };
        let after = stored(&mut conn)?;
        let moved = r#"  book 03 2 ["a"]"#.to_owned();
        let mut expected = expected_after();
        expected.push(r#"  book 03 2 ["a"]"#.to_owned());
        expected.extend(
            (0..4).map(|book| format!("  book 1{book} 1 {:?}", [["a", "b", "c"][book % 3]])),
        );
        assert!(after.contains(&moved), "{after:#?}");
        assert_eq!(after, expected, "at {fails_at}");
        let shelves: Vec<_> = shelves.into_iter().chain([added]).collect();
        let mut known = in_memory(&session, &shelves);
        let mut after = after;
        // A book that was moved is the last of its new shelf in memory.
        known.sort();
        after.sort();
        assert_eq!(known, after, "at {fails_at}");
        if !did_fail {
            assert!(fails_at > 8, "{fails_at} statements were no large flush");
            return Ok(());
        }
    }
    Ok(())
}

on_every_backend! {
    fn a_flush_of_which_a_statement_is_refused_is_undone_and_can_be_repeated(
        db: &TestDb,
    ) -> TestResult {
        Ok(survives(db, Fault::Refused)?)
    }

    fn a_flush_that_loses_its_connection_is_undone_and_can_be_repeated(db: &TestDb) -> TestResult {
        Ok(survives(db, Fault::Lost)?)
    }
}
