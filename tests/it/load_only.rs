//! Which columns whole rows are read with: those named, all but those named.

use orm::prelude::*;
use orm::{
    BelongsTo, Column, ColumnLoading, Connection, Deferred, HasMany, Postgres, Sqlite,
    contains_eager,
};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug)]
#[orm(table = "authors")]
struct Author {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(deferred = false)]
    bio: Deferred<Option<String>>,
    #[orm(has_many(inverse = author, order_by = id))]
    books: HasMany<Book>,
}

#[derive(Model, Debug, Clone)]
#[orm(table = "books")]
struct Book {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(deferred = false)]
    summary: Deferred<String>,
    #[orm(deferred = false)]
    notes: Deferred<Option<String>>,
    text: Deferred<String>,
    #[orm(foreign_key(Author::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = books))]
    author: BelongsTo<Author>,
}

/// Ada wrote two books.
fn library(conn: &mut Connection) -> TestResult {
    metadata![Author, Book].create_all(conn)?;
    Author::insert(Author::builder().name("Ada").bio("long".to_owned())).execute(conn)?;
    let book = |title: &str| {
        Book::builder()
            .title(title)
            .summary(format!("summary of {title}"))
            .text(format!("text of {title}"))
            .author_id(1)
    };
    Book::insert_many([book("one"), book("two")]).execute(conn)?;
    Ok(())
}

/// Which of the columns that can be left out a book has: `s`ummary, `n`otes, `t`ext.
fn loaded(book: &Book) -> String {
    let fields = [
        (book.summary.is_loaded(), 's'),
        (book.notes.is_loaded(), 'n'),
        (book.text.is_loaded(), 't'),
    ];
    fields.iter().filter_map(|(is_loaded, name)| is_loaded.then_some(*name)).collect()
}

#[test]
fn a_query_leaves_out_what_it_is_told_to() {
    let query = Book::query().defer(Book::summary).order_by(Book::id);

    assert_eq!(
        query.to_sql(&Sqlite).unwrap(),
        "SELECT \"id\", \"title\", NULL AS \"(deferred)\", \"notes\", NULL AS \"(deferred)\", \
         \"author_id\" FROM \"books\" ORDER BY \"id\""
    );
    assert_eq!(
        query.load_only((Book::id, Book::text)).to_sql(&Postgres).unwrap(),
        "SELECT \"id\", \"title\", NULL AS \"(deferred)\", NULL AS \"(deferred)\", \"text\", \
         \"author_id\" FROM \"books\" ORDER BY \"id\""
    );
}

#[test]
fn a_column_says_when_it_is_read() {
    assert_eq!(Book::title.def().loading, ColumnLoading::Always);
    assert_eq!(Book::summary.def().loading, ColumnLoading::ByDefault);
    assert_eq!(Book::text.def().loading, ColumnLoading::OnRequest);
}

#[test]
fn a_column_that_always_has_a_value_cannot_be_left_out() {
    let message = "`Book::title` cannot be left out: its field always has a value; declare it as \
                   `Deferred<…>`, or read a `View` without it";

    let refused = Book::query().defer((Book::summary, Book::title)).to_sql(&Sqlite).unwrap_err();
    assert!(refused.to_string().contains(message), "{refused}");
    for load in [selectin::<Author, _, _>, joined::<Author, _, _>, subquery::<Author, _, _>] {
        let query = Author::query().options(load(Author::books).then(defer(Book::title)));
        let mut conn = Engine::connect("sqlite::memory:").unwrap().connect().unwrap();
        library(&mut conn).unwrap();
        let refused = query.all(&mut conn).unwrap_err();
        assert!(refused.to_string().contains(message), "{refused}");
    }
}

on_every_backend! {
    fn what_was_said_last_counts(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        library(&mut conn)?;
        let one = Book::query().filter(Book::id.eq(1));

        assert_eq!(loaded(&one.one(&mut conn)?), "sn");
        assert_eq!(loaded(&one.clone().defer(Book::summary).one(&mut conn)?), "n");
        assert_eq!(loaded(&one.clone().defer((Book::summary, Book::notes)).one(&mut conn)?), "");
        assert_eq!(loaded(&one.clone().defer(Book::notes).undefer(Book::text).one(&mut conn)?), "st");
        assert_eq!(loaded(&one.clone().load_only(Book::text).one(&mut conn)?), "t");
        let again = one.clone().load_only(Book::text).undefer(Book::summary).defer(Book::text);
        assert_eq!(loaded(&again.one(&mut conn)?), "s");
        assert_eq!(loaded(&one.load_only(Book::title).get(&mut conn, 1)?.ok_or("none")?), "");
        Ok(())
    }

    fn what_is_left_out_can_be_filtered_by_and_loaded_later(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        library(&mut conn)?;

        let query = Book::query().load_only(Book::id).filter(Book::summary.ends_with("two"));
        let mut books = query.order_by(Book::notes).all(&mut conn)?;
        assert_eq!((books.len(), books[0].id, books[0].summary.get()), (1, 2, None));

        let before = conn.statement_count();
        Book::summary.load_all(&mut conn, &mut books)?;
        assert_eq!((books[0].summary.as_str(), conn.statement_count() - before), ("summary of two", 1));
        Ok(())
    }

    fn related_rows_are_read_with_the_columns_that_are_named(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        library(&mut conn)?;

        for load in [selectin::<Author, _, _>, joined::<Author, _, _>, subquery::<Author, _, _>] {
            for limit in [None, Some(1)] {
                let authors = Author::query().when(limit.is_some(), |query| query.limit(1));
                let only = load(Author::books).then(load_only(Book::text));
                let author = authors.clone().defer(Author::bio).options(only).one(&mut conn)?;
                assert!(author.bio.is_unloaded());
                assert_eq!(author.books.iter().map(loaded).collect::<Vec<_>>(), ["t", "t"]);

                let without = load(Author::books).then((defer(Book::summary), undefer(Book::text)));
                let author = authors.options(without).one(&mut conn)?;
                assert_eq!(author.bio.as_deref(), Some("long"));
                assert_eq!(author.books.iter().map(loaded).collect::<Vec<_>>(), ["nt", "nt"]);
            }
        }
        let first = selectin(Author::books).limit(1).then(load_only(Book::title));
        let author = Author::query().options(first).one(&mut conn)?;
        assert_eq!(author.books.iter().map(loaded).collect::<Vec<_>>(), [""]);

        let books = Book::query().load_only(Book::notes).options((
            joined(Book::author).then(load_only(Author::name)),
        ));
        let books = books.order_by(Book::id).all(&mut conn)?;
        assert!(books[1].author.bio.is_unloaded());
        assert_eq!((books[1].author.name.as_str(), loaded(&books[1])), ("Ada", "n".to_owned()));

        let found = Author::query()
            .join(Book::author_id)
            .options(contains_eager(Author::books).then(load_only(Book::summary)));
        assert_eq!(found.one(&mut conn)?.books.iter().map(loaded).collect::<Vec<_>>(), ["s", "s"]);
        Ok(())
    }

    fn streams_pages_and_maps_read_what_is_named(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        library(&mut conn)?;
        let query = Book::query().load_only(Book::text).order_by((Book::summary, Book::id));

        let books = query.stream(&mut conn)?.collect::<orm::Result<Vec<_>>>()?;
        assert_eq!(books.iter().map(loaded).collect::<Vec<_>>(), ["t", "t"]);
        let page = query.paginate_by_key(&mut conn, 1_u64)?;
        assert_eq!((loaded(&page.items[0]), page.items[0].id), ("t".to_owned(), 1));
        assert!(page.next.is_some());
        let by_summary = query.into_map(Book::summary).all(&mut conn)?;
        assert_eq!(loaded(&by_summary["summary of two"]), "t");
        Ok(())
    }

    fn a_session_keeps_what_it_has_and_reads_what_it_lacks(db: &TestDb) -> TestResult {
        library(&mut db.connect()?)?;
        let mut session = db.engine().session();
        let books = Book::query().load_only(Book::title).order_by(Book::id).all(&mut session)?;
        assert_eq!(loaded(&session[books[0]]), "");
        session[books[0]].title = "uno".into();

        let before = session.connection()?.statement_count();
        session.undefer(&books, (Book::summary, Book::text))?;
        assert_eq!(session.connection()?.statement_count() - before, 1);
        assert_eq!(*session[books[0]].summary, "summary of one");
        assert_eq!((session[books[0]].title.as_str(), loaded(&session[books[1]])), ("uno", "st".into()));

        // Nothing is asked for twice, nor taken away.
        session.undefer(&books, Book::text)?;
        assert_eq!(session.connection()?.statement_count() - before, 1);
        let again = Book::query().load_only(Book::title).order_by(Book::id).all(&mut session)?;
        assert_eq!((again, loaded(&session[books[1]])), (books.clone(), "st".to_owned()));

        // What was read is not a change, what was written is.
        assert!(!session.is_modified(books[1]));
        session[books[1]].text = "new".to_owned().into();
        session[books[1]].notes = Some("noted".to_owned()).into();
        session.commit()?;
        let stored = Book::query().undefer(Book::text).get(&mut db.connect()?, 2)?.ok_or("none")?;
        assert_eq!((stored.text.as_str(), stored.notes.as_deref()), ("new", Some("noted")));
        assert_eq!(stored.summary.as_str(), "summary of two");
        Ok(())
    }
}

/// Columns that belong together are named together.
const HEAVY: (Column<Book, String>, Column<Book, String>) = (Book::summary, Book::text);

#[test]
fn columns_that_belong_together_are_a_constant() {
    let sql = Book::query().undefer(HEAVY).defer(Book::notes).to_sql(&Sqlite).unwrap();

    assert!(sql.starts_with("SELECT \"id\", \"title\", \"summary\", NULL AS"), "{sql}");
    assert!(sql.contains("\"text\", \"author_id\""), "{sql}");
}
