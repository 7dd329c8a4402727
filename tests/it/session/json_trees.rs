//! Trees of values as JSON: what a session gives out comes back by `merge`.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Model, Debug, Serialize, Deserialize)]
#[orm(table = "authors")]
struct Author {
    #[orm(primary_key)]
    id: i64,
    name: String,
    token: uuid::Uuid,
    rating: Option<Decimal>,
    born: Option<chrono::NaiveDate>,
    #[orm(has_many(inverse = author, order_by = id, cascade = "all, delete-orphan"))]
    books: HasMany<Book>,
    #[orm(has_one(inverse = author))]
    profile: HasOne<Profile>,
}

#[derive(Model, Debug, Serialize, Deserialize)]
#[orm(table = "profiles")]
struct Profile {
    #[orm(primary_key)]
    id: i64,
    text: String,
    #[orm(foreign_key(Author::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = profile))]
    author: BelongsTo<Author>,
}

#[derive(Model, Debug, Serialize, Deserialize)]
#[orm(table = "books")]
struct Book {
    #[orm(primary_key)]
    #[serde(default)]
    id: i64,
    title: String,
    text: Deferred<Option<String>>,
    #[serde(default)]
    #[orm(foreign_key(Author::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = books))]
    author: BelongsTo<Author>,
    #[orm(many_to_many(table = "book_tags", inverse = books, order_by = name))]
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug, Serialize, Deserialize)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(many_to_many(table = "book_tags", inverse = tags))]
    books: ManyToMany<Book>,
}

const TOKEN: &str = "6f5902ac-2371-41c1-8f5d-9f3c6e1a8d11";

/// Stores an author of two books, one of them with a tag, and a profile.
fn author(db: &TestDb) -> Result<Engine, Box<dyn std::error::Error>> {
    let engine = db.engine();
    metadata![Author, Profile, Book, Tag].create_all(&mut engine.connect()?)?;
    let mut session = engine.session();
    let books = [
        Book::builder().title("one").text("first").tags([Tag::builder().name("sea")]),
        Book::builder().title("two").text("second"),
    ];
    let author = Author::builder()
        .name("ann")
        .token(TOKEN.parse::<uuid::Uuid>()?)
        .rating("9.50".parse::<Decimal>()?)
        .born(chrono::NaiveDate::from_ymd_opt(1990, 5, 6))
        .books(books)
        .profile(Profile::builder().text("a bird"));
    session.add(author);
    session.commit()?;
    Ok(engine.clone())
}

#[test]
fn what_is_missing_or_null_in_json_is_not_loaded() -> TestResult {
    let book: Book = serde_json::from_value(json!({ "title": "one", "text": null, "tags": null }))?;
    let author: Author =
        serde_json::from_value(json!({ "id": 1, "name": "ann", "token": TOKEN, "profile": null }))?;

    assert!(book.text.is_unloaded() && book.tags.is_unloaded() && book.author.is_unloaded());
    assert!(author.books.is_unloaded() && author.profile.is_unloaded());
    Ok(())
}

#[test]
fn relations_in_json_are_loaded() -> TestResult {
    let ann = json!({ "id": 1, "name": "ann", "token": TOKEN, "books": [] });
    let book = json!({ "title": "one", "text": "first", "author": ann, "tags": [{ "id": 7, "name": "sea" }] });

    let book: Book = serde_json::from_value(book)?;

    assert_eq!(book.text.as_deref(), Some("first"));
    assert_eq!((book.author.name.as_str(), book.author.books.len()), ("ann", 0));
    assert_eq!(book.tags[0].name, "sea");
    Ok(())
}

on_every_backend! {
    fn a_tree_goes_out_as_json_and_is_merged_as_it_was(db: &TestDb) -> TestResult {
        let engine = author(db)?;
        let mut session = engine.session();
        let ann = Author::query()
            .options(selectin(Author::books).then(Book::tags))
            .with(Author::profile)
            .one(&mut session)?;

        let text = serde_json::to_string(&session.tree(ann)?)?;
        let value: Author = serde_json::from_str(&text)?;
        let mut session = engine.session();
        let merged = session.merge(&value)?;

        assert!(text.contains(r#""rating":"9.50","born":"1990-05-06""#), "{text}");
        assert!(!session.is_modified(merged));
        assert!(session.dirty::<Book>().is_empty());
        session.commit()?;
        let book = Book::query().with(Book::tags).options(undefer(Book::text)).get_or_not_found(&mut engine.connect()?, 1)?;
        assert_eq!(book.text.as_deref(), Some("first"));
        assert_eq!(book.tags.len(), 1);
        Ok(())
    }

    fn a_tree_that_json_changes_is_written(db: &TestDb) -> TestResult {
        let engine = author(db)?;
        let mut conn = engine.connect()?;
        let mut value = Author::query().options(selectin(Author::books).then(Book::tags)).one(&mut conn)?;
        value.books[0].title = "uno".into();
        let mut json = serde_json::to_value(&value)?;
        json["books"][1] = json!({ "title": "three" });
        json["books"][0]["tags"] = json!([]);

        let mut session = engine.session();
        let ann = session.merge(&serde_json::from_value::<Author>(json)?)?;
        session.commit()?;

        let books = Book::query().order_by(Book::id).with(Book::tags).all(&mut conn)?;
        let titles: Vec<_> = books.iter().map(|book| (book.id, book.title.as_str())).collect();
        assert_eq!(titles, [(1, "uno"), (3, "three")]);
        assert_eq!(books[0].tags.len(), 0);
        assert!(session.load(ann, Author::profile)?.is_some());
        Ok(())
    }
}

#[test]
fn loaded_rows_are_changed_in_place() {
    let tag = |name: &str| Tag { id: 1, name: name.to_owned(), books: ManyToMany::default() };
    let mut tags = ManyToMany::loaded(vec![tag("sea"), tag("air")]);

    tags[0].name.push('!');
    for tag in &mut tags {
        tag.id += 1;
    }

    let seen: Vec<_> = tags.iter().map(|tag| (tag.id, tag.name.as_str())).collect();
    assert_eq!(seen, [(2, "sea!"), (2, "air")]);
}

#[test]
#[should_panic(expected = "this relation is not loaded")]
fn rows_that_are_not_loaded_are_not_changed_in_place() {
    let mut tags = ManyToMany::<Tag>::default();

    tags.reverse();
}
