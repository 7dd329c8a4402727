//! Updates and deletes of many rows through a session: the entities that it has follow.

use orm::prelude::*;
use orm::{EntityState, Error, Synchronize};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::statements;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "shelves")]
struct Shelf {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = shelf, order_by = id))]
    books: HasMany<Book>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "books")]
struct Book {
    #[orm(primary_key)]
    id: i64,
    title: String,
    pages: Option<i32>,
    #[orm(default = 0, on_update = 7)]
    updates: i32,
    #[orm(version)]
    version: i64,
    #[orm(foreign_key(Shelf::id, on_delete = "cascade"))]
    shelf_id: i64,
    #[orm(belongs_to(key = shelf_id, inverse = books))]
    shelf: BelongsTo<Shelf>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "codes")]
struct Code {
    #[orm(primary_key)]
    code: i32,
    name: String,
}

/// Three books of 100, 200 and no pages, on the first of two shelves; read by the session.
fn filled(db: &TestDb) -> orm::Result<(Session, [Entity<Book>; 3])> {
    metadata![Shelf, Book, Code].create_all(&mut db.connect()?)?;
    let mut session = db.engine().session();
    let shelves = session.add_all(["left", "right"].map(|name| Shelf::builder().name(name)));
    let books = [("one", Some(100)), ("two", Some(200)), ("three", None)].map(|(title, pages)| {
        session.add(Book::builder().title(title).pages(pages).shelf(shelves[0]))
    });
    session.commit()?;
    Book::query().all(&mut session)?;
    for book in books {
        session.refresh(book)?;
    }
    Ok((session, books))
}

fn pages(session: &Session, books: [Entity<Book>; 3]) -> [Option<i32>; 3] {
    books.map(|book| session[book].pages)
}

/// The values in memory are those of the database.
fn agrees(session: &mut Session, books: &[Entity<Book>]) -> orm::Result<()> {
    let stored = Book::query().order_by(Book::id).all(session.connection()?)?;
    let known: Vec<&Book> = books.iter().filter_map(|&book| session.try_get(book)).collect();
    assert_eq!(known.len(), stored.len());
    for (known, stored) in known.into_iter().zip(&stored) {
        let values = |book: &Book| {
            (book.id, book.title.clone(), book.pages, book.updates, book.version, book.shelf_id)
        };
        assert_eq!(values(known), values(stored));
    }
    Ok(())
}

on_every_backend! {
    fn an_update_that_can_be_evaluated_is_and_returns_nothing(db: &TestDb) -> TestResult {
        let (mut session, books) = filled(db)?;

        let sent = statements(|| {
            let count = Book::update()
                .set(Book::pages, Book::pages + 1)
                .filter(Book::pages.ge(150) & Book::title.ne("one"))
                .execute(&mut session)?;
            assert_eq!(count, 1);
            Ok(())
        })?;

        assert_eq!(
            sent,
            [r#"UPDATE "books" SET "pages" = "pages" + ?1, "version" = "version" + ?2, "updates" = ?3 WHERE "pages" >= ?4 AND "title" <> ?5"#]
        );
        assert_eq!(pages(&session, books), [Some(100), Some(201), None]);
        assert_eq!((session[books[1]].updates, session[books[1]].version), (7, 2));
        assert_eq!((session[books[0]].updates, session[books[0]].version), (0, 1));
        assert!(!session.is_modified(books[1]));
        agrees(&mut session, &books)?;
        // The version is known, so that it can be changed at once.
        session[books[1]].title = "TWO".into();
        session.commit()?;
        assert_eq!(session[books[1]].version, 3);
        Ok(())
    }

    fn an_update_that_only_the_database_understands_returns_keys_and_values(
        db: &TestDb,
    ) -> TestResult {
        let (mut session, books) = filled(db)?;

        let sent = statements(|| {
            Book::update()
                .set(Book::title, orm::func::upper(Book::title))
                .filter(Book::title.gt("p"))
                .execute(&mut session)
        })?;

        assert_eq!(
            sent,
            [r#"UPDATE "books" SET "title" = upper("title"), "version" = "version" + ?1, "updates" = ?2 WHERE "title" > ?3 RETURNING "id", "title", "version", "updates""#]
        );
        assert_eq!(books.map(|book| session[book].title.clone()), ["one", "TWO", "THREE"]);
        agrees(&mut session, &books)?;
        Ok(())
    }

    fn an_entity_of_an_earlier_transaction_is_not_trusted(db: &TestDb) -> TestResult {
        let (mut session, books) = filled(db)?;
        session.commit()?;
        Book::update().set(Book::pages, 5).filter(Book::id.eq(1)).execute(&mut db.connect()?)?;

        let sent = statements(|| {
            Book::update().set(Book::pages, 6).filter(Book::pages.eq(5)).execute(&mut session)
        })?;

        assert!(sent[0].ends_with(r#"RETURNING "id", "pages", "version", "updates""#), "{sent:?}");
        assert_eq!(pages(&session, books), [Some(6), Some(200), None]);
        assert_eq!(session[books[0]].version, 3);
        Ok(())
    }

    fn three_truth_values_decide_as_in_the_database(db: &TestDb) -> TestResult {
        type Condition = (&'static str, fn() -> orm::Expr<bool>);
        let conditions: [Condition; 20] = [
            ("equal", || Book::pages.eq(100)),
            ("not equal", || Book::pages.ne(100)),
            ("not", || !Book::pages.eq(100)),
            ("null", || Book::pages.is_null()),
            ("not null", || Book::pages.is_not_null()),
            ("none", || Book::pages.eq(None)),
            ("or null", || Book::pages.gt(150) | Book::pages.is_null()),
            ("not or", || !(Book::pages.gt(150) | Book::title.eq("three"))),
            ("and", || Book::pages.lt(150) & Book::title.ne("x")),
            ("between", || Book::pages.between(100, 199)),
            ("not between", || !Book::pages.between(100, 199)),
            ("in", || Book::pages.in_([100, 300])),
            ("not in", || Book::pages.not_in([100, 300])),
            ("in nothing", || Book::pages.in_([0_i32; 0])),
            ("not in nothing", || Book::pages.not_in([0_i32; 0])),
            ("like", || Book::title.like("t%_o")),
            ("starts with", || Book::title.starts_with("t")),
            ("not like", || !Book::title.contains("e")),
            ("sum", || (Book::pages + 100).eq(Book::pages * 2)),
            ("difference", || (Book::pages - 50).gt(Book::updates)),
        ];
        let (mut session, books) = filled(db)?;

        for (name, condition) in conditions {
            let sent = statements(|| {
                Book::update().set(Book::updates, 9).filter(condition()).execute(&mut session)
            })?;
            assert!(!sent[0].contains("RETURNING"), "{name}: {sent:?}");
            agrees(&mut session, &books)?;
            session.rollback()?;
            Book::query().all(&mut session)?;
        }
        Ok(())
    }

    fn what_cannot_be_evaluated_is_refused_under_evaluate(db: &TestDb) -> TestResult {
        let (mut session, _) = filled(db)?;
        let refused = |session: &mut Session, condition: orm::Expr<bool>| {
            let update = Book::update().set(Book::pages, 1).filter(condition);
            let refused = update.synchronize(Synchronize::Evaluate).execute(session);
            refused.unwrap_err().to_string()
        };

        let error = refused(&mut session, Book::title.lt("p"));

        assert_eq!(
            error,
            "this statement cannot be evaluated in memory, since only the database knows the order of \
             texts: use `Synchronize::Fetch`, or `Synchronize::Auto`, which does so by itself"
        );
        for (condition, what) in [
            (orm::func::length(Book::title).gt(3), "functions"),
            (Book::title.ilike("o%"), "upper and lower case"),
            (Book::shelf_id.in_query(Shelf::query().select(Shelf::id)), "subqueries"),
        ] {
            let error = refused(&mut session, condition);
            assert!(error.contains(&format!("knows {what}:")), "{error}");
        }
        // Nothing was sent, and the transaction goes on.
        assert_eq!(Book::query().count(&mut session)?, 3);
        Ok(())
    }

    fn each_way_of_following_is_what_was_asked_for(db: &TestDb) -> TestResult {
        let (mut session, books) = filled(db)?;
        let update = |session: &mut Session, pages: i32, synchronize| {
            statements(|| {
                let update = Book::update().set(Book::pages, pages).filter(Book::id.eq(1));
                update.synchronize(synchronize).execute(session)
            })
        };

        let fetched = update(&mut session, 1, Synchronize::Fetch)?;
        assert_eq!(session[books[0]].pages, Some(1));
        let evaluated = update(&mut session, 2, Synchronize::Evaluate)?;
        assert_eq!(session[books[0]].pages, Some(2));
        let alone = update(&mut session, 3, Synchronize::None)?;
        assert_eq!(session[books[0]].pages, Some(2));

        let returns = [fetched, evaluated, alone].map(|sent| sent[0].contains("RETURNING"));
        assert_eq!(returns, [true, false, false]);
        session.refresh(books[0])?;
        assert_eq!(session[books[0]].pages, Some(3));
        Ok(())
    }

    fn changes_that_are_not_flushed_survive(db: &TestDb) -> TestResult {
        for synchronize in [Synchronize::Evaluate, Synchronize::Fetch] {
            let (session, books) = filled(db)?;
            let mut session = session.autoflush(false);
            session[books[0]].title = "ONE".into();
            session[books[0]].pages = Some(1);

            Book::update()
                .set(Book::pages, 300)
                .set(Book::updates, 3)
                .filter(Book::pages.eq(100))
                .synchronize(synchronize)
                .execute(&mut session)?;

            let changes = session.changes(books[0]);
            let changes: Vec<_> = changes.iter().map(|change| (change.column, change.old.clone())).collect();
            assert_eq!(
                changes,
                [("title", Some("one".into())), ("pages", Some(orm::Value::I32(300)))],
                "{synchronize:?}"
            );
            assert_eq!((session[books[0]].updates, session[books[0]].version), (3, 2));
            session.commit()?;
            agrees(&mut session, &books)?;
            let book = &session[books[0]];
            assert_eq!((book.title.as_str(), book.pages, book.version), ("ONE", Some(1), 3));
            session.close()?;
            metadata![Shelf, Book, Code].drop_all(&mut db.connect()?)?;
        }
        Ok(())
    }

    fn a_rollback_puts_memory_back(db: &TestDb) -> TestResult {
        let (mut session, books) = filled(db)?;

        let mut savepoint = session.begin_nested()?;
        Book::update().set(Book::pages, 1).all_rows().execute(&mut *savepoint)?;
        Book::delete().filter(Book::id.eq(2)).execute(&mut *savepoint)?;
        assert_eq!(savepoint.state(books[1]), EntityState::Deleted);
        savepoint.rollback()?;

        assert_eq!(pages(&session, books), [Some(100), Some(200), None]);
        agrees(&mut session, &books)?;
        Book::update().set(Book::pages, 1).all_rows().execute(&mut session)?;
        Book::delete().filter(Book::pages.eq(1)).execute(&mut session)?;
        session.rollback()?;
        assert_eq!(pages(&session, books), [Some(100), Some(200), None]);
        assert_eq!(session.state(books[2]), EntityState::Persistent);
        assert_eq!(session.get::<Book>(3)?, Some(books[2]));
        agrees(&mut session, &books)?;
        Ok(())
    }

    fn deleted_rows_are_deleted_entities(db: &TestDb) -> TestResult {
        for synchronize in [Synchronize::Auto, Synchronize::Evaluate, Synchronize::Fetch] {
            let (mut session, books) = filled(db)?;
            let shelf = session.load(books[0], Book::shelf)?;
            session.load(shelf, Shelf::books)?;

            let delete = Book::delete().filter(Book::pages.gt(50)).synchronize(synchronize);
            let sent = statements(|| delete.execute(&mut session))?;

            assert_eq!(sent.len(), 1);
            assert_eq!(sent[0].contains("RETURNING"), synchronize == Synchronize::Fetch);
            assert_eq!(session.state(books[0]), EntityState::Deleted);
            assert_eq!(session.state(books[2]), EntityState::Persistent);
            assert_eq!(session[shelf].books.entities(), Some(&[books[2]][..]));
            assert_eq!(session.get::<Book>(1)?, None);
            session.commit()?;
            assert_eq!(session.state(books[0]), EntityState::Detached);
            agrees(&mut session, &books[2..])?;
            session.close()?;
            metadata![Shelf, Book, Code].drop_all(&mut db.connect()?)?;
        }
        Ok(())
    }

    fn what_was_to_be_deleted_anyway_is_deleted_once(db: &TestDb) -> TestResult {
        let (session, books) = filled(db)?;
        let mut session = session.autoflush(false);
        session.delete(books[0])?;

        Book::delete().filter(Book::id.le(2)).execute(&mut session)?;
        let sent = statements(|| session.commit())?;

        assert!(sent.is_empty(), "{sent:?}");
        assert_eq!(Book::query().count(&mut session)?, 1);
        Ok(())
    }

    fn rows_that_the_database_deletes_with_others_are_read_anew(db: &TestDb) -> TestResult {
        let (mut session, books) = filled(db)?;

        Shelf::delete().filter(Shelf::name.eq("left")).execute(&mut session)?;

        assert_eq!(session.get::<Book>(1)?, None);
        session.rollback()?;
        assert_eq!(session.get::<Book>(1)?, Some(books[0]));
        Ok(())
    }

    fn a_relation_by_a_key_that_was_set_is_loaded_again(db: &TestDb) -> TestResult {
        let (mut session, books) = filled(db)?;
        let left = session.load(books[0], Book::shelf)?;

        Book::update().set(Book::shelf_id, 2).filter(Book::id.eq(1)).execute(&mut session)?;

        let right = session.load(books[0], Book::shelf)?;
        assert_ne!(right, left);
        assert_eq!(session[right].name, "right");
        Ok(())
    }

    fn entities_are_found_by_their_new_keys(db: &TestDb) -> TestResult {
        filled(db)?;
        let mut session = db.engine().session();
        let codes = session.add_all([1, 2].map(|code| Code::builder().code(code).name("n")));
        session.flush()?;

        Code::update().set(Code::code, Code::code + 10).filter(Code::code.eq(1)).execute(&mut session)?;

        assert_eq!(session[codes[0]].code, 11);
        assert_eq!(statements(|| session.get::<Code>(11))?.len(), 0);
        assert_eq!(session.get::<Code>(11)?, Some(codes[0]));
        assert_eq!(session.get::<Code>(1)?, None);
        let refused = Code::update().set(Code::code, 5).filter(Code::code.eq(2));
        let refused = refused.synchronize(Synchronize::Fetch).execute(&mut session).unwrap_err();
        assert!(matches!(refused, Error::InvalidQuery(_)), "{refused}");
        session.rollback()?;
        Ok(())
    }

    fn what_is_returned_comes_besides(db: &TestDb) -> TestResult {
        let (mut session, books) = filled(db)?;

        let titles = Book::update()
            .set(Book::pages, 1)
            .filter(orm::func::length(Book::title).eq(3))
            .returning((Book::title, Book::pages))
            .all(&mut session)?;
        let entities = Book::update()
            .set(Book::pages, 2)
            .filter(Book::id.eq(3))
            .returning(Book::entity())
            .all(&mut session)?;

        assert_eq!(titles.len(), 2);
        assert!(titles.iter().all(|(_, pages)| *pages == Some(1)));
        assert_eq!(entities, [books[2]]);
        assert_eq!(pages(&session, books), [Some(1), Some(1), Some(2)]);
        agrees(&mut session, &books)?;
        Ok(())
    }

    fn an_update_that_looks_at_other_tables_is_fetched(db: &TestDb) -> TestResult {
        let (mut session, books) = filled(db)?;

        Book::update()
            .set(Book::title, Shelf::name)
            .join(Book::shelf_id)
            .filter(Shelf::name.eq("left") & Book::id.ne(2))
            .execute(&mut session)?;

        assert_eq!(books.map(|book| session[book].title.clone()), ["left", "two", "left"]);
        agrees(&mut session, &books)?;
        Ok(())
    }

    fn an_error_of_the_database_leaves_memory_as_it_was(db: &TestDb) -> TestResult {
        let (mut session, books) = filled(db)?;

        let refused = Book::update().set(Book::shelf_id, 99).all_rows().execute(&mut session);

        assert!(matches!(refused, Err(Error::Integrity(_))), "{refused:?}");
        assert!(books.iter().all(|&book| session[book].shelf_id == 1));
        agrees(&mut session, &books)?;
        Ok(())
    }

    fn a_statement_written_by_hand_has_rows_read_anew(db: &TestDb) -> TestResult {
        let (mut session, books) = filled(db)?;

        orm::text("UPDATE books SET pages = 9").execute(&mut session)?;

        assert_eq!(session[books[0]].pages, Some(100));
        Book::query().all(&mut session)?;
        assert_eq!(pages(&session, books), [Some(9); 3]);
        Ok(())
    }
}
