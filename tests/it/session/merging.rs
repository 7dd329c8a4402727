//! Trees of owned values: out of a session, into one, and copied onto its entities.

use std::sync::Arc;

use orm::prelude::*;
use orm::{EntityState, Error};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::statements;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "authors")]
struct Author {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = author, order_by = id, cascade = "all, delete-orphan"))]
    books: HasMany<Book>,
    #[orm(has_one(inverse = author))]
    profile: HasOne<Profile>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "profiles")]
struct Profile {
    #[orm(primary_key)]
    id: i64,
    text: String,
    #[orm(foreign_key(Author::id))]
    author_id: Option<i64>,
    #[orm(belongs_to(key = author_id, inverse = profile))]
    author: BelongsTo<Option<Author>>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "books")]
struct Book {
    #[orm(primary_key)]
    id: i64,
    title: String,
    text: Deferred<Option<String>>,
    #[orm(foreign_key(Author::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = books))]
    author: BelongsTo<Author>,
    #[orm(foreign_key(Author::id))]
    editor_id: Option<i64>,
    #[orm(belongs_to(key = editor_id))]
    editor: BelongsTo<Option<Author>>,
    #[orm(many_to_many(table = "book_tags", inverse = books, order_by = id))]
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    name: String,
    #[orm(many_to_many(inverse = tags))]
    books: ManyToMany<Book>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "nodes")]
struct Node {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(foreign_key(Node::id))]
    parent_id: Option<i64>,
    #[orm(belongs_to(key = parent_id, inverse = children))]
    parent: BelongsTo<Option<Node>>,
    #[orm(has_many(inverse = parent, order_by = id))]
    children: HasMany<Node>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "notes")]
struct Note {
    #[orm(primary_key)]
    id: i64,
    text: String,
    #[orm(version)]
    version: i32,
    #[orm(has_many(inverse = note, order_by = line))]
    lines: HasMany<Line>,
}

/// A part of its note's key.
#[derive(Model, Debug, PartialEq)]
#[orm(table = "note_lines")]
struct Line {
    #[orm(primary_key, foreign_key(Note::id))]
    note_id: i64,
    #[orm(primary_key)]
    line: i32,
    text: String,
    #[orm(belongs_to(key = note_id, inverse = lines))]
    note: BelongsTo<Note>,
}

/// Stores Jane (1) with a profile and the books Emma (1), tagged classic (1), and Persuasion (2), tagged classic
/// and sea (2); returns a session that knows nothing of them.
fn stored(db: &TestDb) -> orm::Result<Session> {
    metadata![Author, Profile, Book, Tag, Node, Note, Line].create_all(&mut db.connect()?)?;
    let mut session = db.engine().session();
    let [classic, sea] = ["classic", "sea"].map(|name| session.add(Tag::builder().name(name)));
    session.add(Author::builder().name("Jane").profile(Profile::builder().text("English")).books(
        [
            Book::builder().title("Emma").tags([classic]),
            Book::builder().title("Persuasion").tags([classic, sea]),
        ],
    ));
    session.commit()?;
    Ok(db.engine().session())
}

/// Reads Jane with all that belongs to her, by a connection.
fn jane(db: &TestDb) -> orm::Result<Author> {
    let mut conn = db.connect()?;
    let below = (selectin(Author::books).then(selectin(Book::tags)), selectin(Author::profile));
    Author::query().options(below).filter(Author::id.eq(1)).one(&mut conn)
}

fn titles(author: &Author) -> Vec<&str> {
    author.books.iter().map(|book| book.title.as_str()).collect()
}

fn new_book(title: &str) -> Book {
    Book {
        id: 0,
        title: title.into(),
        text: None.into(),
        author_id: 0,
        author: BelongsTo::default(),
        editor_id: None,
        editor: BelongsTo::default(),
        tags: ManyToMany::default(),
    }
}

on_every_backend! {
    fn a_tree_is_what_a_connection_would_have_read(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let author = session.get_or_not_found::<Author>(1)?;
        let books = session.load(author, Author::books)?;
        session.load_all(&books, Book::tags)?;
        session.load(author, Author::profile)?;

        let mut trees = Vec::new();
        let sent = statements(|| {
            trees.push(session.tree(author)?);
            Ok(())
        })?;

        assert_eq!(sent, Vec::<String>::new());
        assert_eq!(trees[0], jane(db)?);
        assert_eq!(session.state(author), EntityState::Persistent);
        Ok(())
    }

    fn a_tree_does_not_lead_back_to_where_it_came_from(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let author = session.get_or_not_found::<Author>(1)?;
        let books = session.load(author, Author::books)?;
        session.load_all(&books, Book::author)?;
        session.load_all(&books, Book::tags)?;
        let tags = Tag::query().all(&mut session)?;
        session.load_all(&tags, Tag::books)?;
        session.set(books[0], Book::editor, Some(author))?;

        let tree = session.tree(author)?;
        let below = session.tree(tags[0])?;

        assert!(!tree.books[0].author.is_loaded());
        assert!(!tree.books[1].tags[0].books.is_loaded());
        // Another relation to the same row goes on, but not over books again.
        let editor = tree.books[0].editor.as_ref().unwrap();
        assert_eq!(editor.name, "Jane");
        assert!(!editor.books.is_loaded());
        assert_eq!(below.books[0].author.name, "Jane");
        session.rollback()?;
        Ok(())
    }

    fn rows_of_a_tree_share_what_they_belong_to(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let tag = session.get_or_not_found::<Tag>(1)?;
        let books = session.load(tag, Tag::books)?;
        session.load_all(&books, Book::author)?;

        let tree = session.tree(tag)?;

        let authors: Vec<_> = tree.books.iter().map(|book| book.author.shared().unwrap()).collect();
        assert_eq!(authors.len(), 2);
        assert!(Arc::ptr_eq(&authors[0], &authors[1]));
        Ok(())
    }

    fn a_tree_of_one_table_ends_where_a_row_comes_again(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let root = session.add(
            Node::builder()
                .name("root")
                .children([Node::builder().name("middle").children([Node::builder().name("leaf")])]),
        );
        let one = session.add(Node::builder().name("one"));
        let two = session.add(Node::builder().name("two").parent(one));
        session.set(one, Node::parent, Some(two))?;
        session.commit()?;
        let middle = session.load(root, Node::children)?[0];
        let leaf = session.load(middle, Node::children)?[0];

        let down = session.tree(root)?;
        let up = session.tree(leaf)?;
        let circle = session.tree(one)?;

        assert_eq!(down.children[0].children[0].name, "leaf");
        let above = up.parent.as_ref().unwrap();
        assert_eq!(above.parent.as_ref().unwrap().name, "root");
        let two = circle.parent.as_ref().unwrap();
        assert_eq!(two.name, "two");
        assert!(!two.parent.is_loaded());
        Ok(())
    }

    fn a_row_that_was_changed_or_is_new_is_in_the_tree_as_it_is(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let author = session.get_or_not_found::<Author>(1)?;
        session[author].name = "Jane Austen".into();
        session.load(author, Author::books)?;
        session.push(author, Author::books, Book::builder().title("Sanditon"))?;

        let tree = session.tree(author)?;

        assert_eq!(tree.name, "Jane Austen");
        assert_eq!((tree.books[2].id, tree.books[2].title.as_str()), (0, "Sanditon"));
        session.rollback()?;
        Ok(())
    }

    fn what_is_detached_is_taken_out_with_its_own_and_the_rest_is_copied(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let author = session.get_or_not_found::<Author>(1)?;
        let books = session.load(author, Author::books)?;
        let tags = session.load(books[0], Book::tags)?;
        let profile = session.load(author, Author::profile)?.unwrap();
        session[author].name = "never written".into();

        let tree = session.detach(author)?;
        session.commit()?;

        assert_eq!(tree.name, "never written");
        assert_eq!(titles(&tree), ["Emma", "Persuasion"]);
        assert_eq!(tree.books[0].tags[0].name, "classic");
        assert_eq!(session.state(author), EntityState::Detached);
        assert_eq!(session.state(books[0]), EntityState::Detached);
        assert_eq!(session.state(tags[0]), EntityState::Persistent);
        assert_eq!(session.state(profile), EntityState::Persistent);
        assert_eq!(jane(db)?.name, "Jane");
        // What led to it is read anew.
        let again = session.load(profile, Profile::author)?.unwrap();
        assert_eq!(session[again].name, "Jane");
        Ok(())
    }

    fn a_rollback_puts_back_what_was_detached(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let author = session.get_or_not_found::<Author>(1)?;
        let books = session.load(author, Author::books)?;
        session.commit()?;
        session[author].name = "changed".into();

        session.detach(author)?;
        session.rollback()?;

        assert_eq!(session[author].name, "Jane");
        assert_eq!(session[author].books.entities(), Some(&books[..]));
        assert_eq!(session.get::<Author>(1)?, Some(author));
        Ok(())
    }

    fn what_was_read_again_stays_when_what_was_detached_is_rolled_back(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let tag = session.get_or_not_found::<Tag>(1)?;

        session.detach(tag)?;
        let again = session.get_or_not_found::<Tag>(1)?;
        session.rollback()?;

        assert_ne!(again, tag);
        assert_eq!(session.state(tag), EntityState::Detached);
        assert_eq!(session.get::<Tag>(1)?, Some(again));
        Ok(())
    }

    fn a_new_row_is_detached_and_added_again_by_a_merge(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let tag = session.add(Tag::builder().name("new"));

        let value = session.detach(tag)?;
        session.commit()?;
        assert_eq!(Tag::query().count(&mut session)?, 2);
        let tag = session.merge(&value)?;
        session.commit()?;

        assert_eq!(session[tag].id, 3);
        assert_eq!(Tag::query().count(&mut session)?, 3);
        Ok(())
    }

    fn a_tree_is_attached_without_a_statement(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let tree = jane(db)?;

        let mut attached = Vec::new();
        let sent = statements(|| {
            let author = session.attach(tree)?;
            let books = session.load(author, Author::books)?;
            assert_eq!(session.load(books[1], Book::author)?, author);
            let tags = session.load(books[1], Book::tags)?;
            assert_eq!(session.load(books[0], Book::tags)?, [tags[0]]);
            session.load(author, Author::profile)?;
            attached.push((author, books[0]));
            Ok(())
        })?;

        assert_eq!(sent, Vec::<String>::new());
        let (author, emma) = attached[0];
        assert_eq!(session.state(author), EntityState::Persistent);
        assert!(session.dirty::<Author>().is_empty());
        session[emma].title = "Emma!".into();
        let sent = statements(|| session.commit())?;
        assert_eq!(sent, [r#"UPDATE "books" SET "title" = ?2 WHERE "id" = ?1"#]);
        Ok(())
    }

    fn what_is_in_the_session_is_not_attached_again(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let tag = session.get_or_not_found::<Tag>(1)?;
        let value = session.tree(tag)?;
        let mut tree = jane(db)?;
        let other = |value: &str| Tag { id: 1, name: value.into(), books: ManyToMany::default() };

        let again = session.attach(value).unwrap_err();
        tree.books.get_mut().unwrap()[1].tags = ManyToMany::loaded(vec![other("other")]);
        let differs = session.attach(tree).unwrap_err();
        let unstored = session.attach(Tag { id: 0, ..other("new") }).unwrap_err();

        assert_eq!(
            again.to_string(),
            "a `Tag` with this primary key is in the session already: `merge` copies the value onto it"
        );
        assert!(differs.to_string().starts_with("a `Tag` in the tree differs from the one"), "{differs}");
        assert!(unstored.to_string().contains("without a primary key"), "{unstored}");
        // Nothing of the tree was attached, and the same rows are taken as they are.
        let author = session.attach(jane(db)?)?;
        let books = session.load(author, Author::books)?;
        assert_eq!(session.load(books[0], Book::tags)?, [tag]);
        Ok(())
    }

    fn a_rollback_takes_out_what_was_attached(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let tag = session.get_or_not_found::<Tag>(1)?;

        let author = session.attach(jane(db)?)?;
        session[author].name = "changed".into();
        session.rollback()?;

        assert_eq!(session.state(author), EntityState::Detached);
        assert_eq!(session.state(tag), EntityState::Persistent);
        let again = session.get_or_not_found::<Author>(1)?;
        assert_eq!(session[again].name, "Jane");
        Ok(())
    }

    fn a_value_is_copied_onto_the_entity_that_is_known(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let tag = session.get_or_not_found::<Tag>(1)?;
        let value = Tag { id: 1, name: "old".into(), books: ManyToMany::default() };

        let mut merged = Vec::new();
        let sent = statements(|| {
            merged.push(session.merge(&value)?);
            session.commit()
        })?;

        assert_eq!(merged, [tag]);
        assert_eq!(sent, [r#"UPDATE "tags" SET "name" = ?2 WHERE "id" = ?1"#]);
        assert_eq!(session[tag].name, "old");
        Ok(())
    }

    fn a_value_that_is_the_same_writes_nothing(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let tree = jane(db)?;

        let sent = statements(|| {
            session.merge(&tree)?;
            session.commit()
        })?;

        // Authors by key; profiles, books and tags by relation: which finds all rows of the tree.
        assert_eq!(sent.len(), 4, "{sent:#?}");
        assert!(sent.iter().all(|sql| sql.starts_with("SELECT")), "{sent:#?}");
        Ok(())
    }

    fn a_tree_is_merged_with_what_is_new_changed_and_gone_in_it(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let mut tree = jane(db)?;
        tree.name = "Jane Austen".into();
        tree.profile = HasOne::loaded(None);
        let books = tree.books.get_mut().unwrap();
        books.remove(0);
        books[0].title = "Persuasion!".into();
        let tags = books[0].tags.get_mut().unwrap();
        tags.remove(0);
        tags.push(Tag { id: 0, name: "navy".into(), books: ManyToMany::default() });
        books.push(new_book("Sanditon"));

        let author = session.merge(&tree)?;
        session.commit()?;

        let stored = jane(db)?;
        assert_eq!(stored.name, "Jane Austen");
        assert_eq!(titles(&stored), ["Persuasion!", "Sanditon"]);
        let tags: Vec<&str> = stored.books[0].tags.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(tags, ["sea", "navy"]);
        assert!(stored.profile.is_none());
        assert_eq!(Book::query().count(&mut session)?, 2);
        assert_eq!(Profile::query().one(&mut db.connect()?)?.author_id, None);
        assert_eq!(session.load(author, Author::books)?.len(), 2);
        Ok(())
    }

    fn rows_of_one_model_and_level_are_found_by_one_statement(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let tags = [1, 2, 3].map(|id| Tag {
            id,
            name: format!("tag {id}"),
            books: ManyToMany::default(),
        });

        let mut merged = Vec::new();
        let sent = statements(|| {
            merged = session.merge_all(&tags)?;
            session.commit()
        })?;

        // One SELECT; the update of both that are there; the insert of the third.
        assert_eq!(sent.len(), 3, "{sent:#?}");
        assert!(sent[0].starts_with("SELECT"));
        assert_eq!(session[merged[2]].id, 3);
        assert_eq!(Tag::query().filter(Tag::name.eq("tag 2")).one(&mut session)?, merged[1]);
        Ok(())
    }

    fn what_a_row_belongs_to_is_merged_before_it(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let charlotte = Arc::new(Author {
            id: 0,
            name: "Charlotte".into(),
            books: HasMany::default(),
            profile: HasOne::default(),
        });
        let books = ["Shirley", "Villette"].map(|title| Book {
            author: BelongsTo::loaded(Arc::clone(&charlotte)),
            ..new_book(title)
        });

        let merged = session.merge_all(&books)?;
        session.commit()?;

        // What they share is one new row.
        assert_eq!(Author::query().count(&mut session)?, 2);
        let author = session.load(merged[0], Book::author)?;
        assert_eq!(session.load(merged[1], Book::author)?, author);
        assert_eq!(session[merged[1]].author_id, session[author].id);
        Ok(())
    }

    fn a_relation_that_is_not_loaded_and_a_deferred_column_are_left_alone(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let mut conn = db.connect()?;
        Book::update().set(Book::text, "…").all_rows().execute(&mut conn)?;
        let mut book = Book::query().filter(Book::id.eq(1)).one(&mut conn)?;
        book.title = "Emma!".into();

        let merged = session.merge(&book)?;
        session.commit()?;
        let tags = session.load(merged, Book::tags)?;

        assert_eq!(tags.len(), 1);
        let stored = Book::query().undefer(Book::text).filter(Book::id.eq(1)).one(&mut conn)?;
        assert_eq!((stored.title.as_str(), stored.text.as_deref()), ("Emma!", Some("…")));
        Ok(())
    }

    fn a_key_in_a_value_moves_a_row_to_another_parent(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let jane = session.get_or_not_found::<Author>(1)?;
        let other = session.add(Author::builder().name("Emily"));
        session.commit()?;
        let books = session.load(jane, Author::books)?;
        let mut book = Book::query().filter(Book::id.eq(1)).one(&mut db.connect()?)?;
        book.author_id = session[other].id;

        let merged = session.merge(&book)?;

        assert_eq!(merged, books[0]);
        assert_eq!(session[jane].books.entities(), Some(&books[1..]));
        assert_eq!(session.load(other, Author::books)?, [merged]);
        session.commit()?;
        assert_eq!(session.load(merged, Book::author)?, other);
        Ok(())
    }

    fn a_value_with_another_version_is_stale_and_nothing_of_it_is_copied(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let note = session.add(Note::builder().text("first"));
        session.commit()?;
        let old = session.tree(note)?;
        session[note].text = "second".into();
        session.commit()?;

        let fresh = Note { id: 0, text: "fresh".into(), version: 0, lines: HasMany::default() };
        let stale = session.merge_all([&fresh, &old]).unwrap_err();

        assert!(matches!(stale, Error::StaleData { model: "Note" }), "{stale}");
        assert!(session.new_entities::<Note>().is_empty());
        assert_eq!(session[note].text, "second");
        let current = Note { text: "third".into(), version: 2, ..old };
        session.merge(&current)?;
        session.commit()?;
        assert_eq!((session[note].text.as_str(), session[note].version), ("third", 3));
        Ok(())
    }

    fn a_key_that_the_row_above_gives_finds_the_row(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let lines = |texts: &[&str]| {
            let line = |(line, text): (i32, &&str)| Line {
                note_id: 0,
                line,
                text: (*text).into(),
                note: BelongsTo::default(),
            };
            HasMany::loaded((1..).zip(texts).map(line).collect())
        };
        let text = || "text".to_owned();
        let first = Note { id: 0, text: text(), version: 0, lines: lines(&["a", "b"]) };
        let second = Note { id: 0, text: text(), version: 0, lines: lines(&["c"]) };

        let notes = session.merge_all([&first, &second])?;
        session.commit()?;
        session.expunge_all();
        let again = Note { id: 1, text: text(), version: 1, lines: lines(&["a", "B", "C"]) };
        let sent = statements(|| {
            session.merge(&again)?;
            session.commit()
        })?;

        assert_eq!(notes.len(), 2);
        // The note, its lines by relation, the third line by key; then what differs.
        assert_eq!(sent.len(), 5, "{sent:#?}");
        let stored = Line::query().order_by((Line::note_id, Line::line)).all(&mut db.connect()?)?;
        let stored: Vec<_> =
            stored.iter().map(|line| (line.note_id, line.line, line.text.as_str())).collect();
        assert_eq!(stored, [(1, 1, "a"), (1, 2, "B"), (1, 3, "C"), (2, 1, "c")]);
        Ok(())
    }

    fn a_row_that_comes_twice_in_a_tree_is_one(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let tag = |name: &str| Tag { id: 9, name: name.into(), books: ManyToMany::default() };
        let mut tree = jane(db)?;
        for book in tree.books.get_mut().unwrap() {
            book.tags = ManyToMany::loaded(vec![tag("new"), tag("new")]);
        }

        session.merge(&tree)?;
        session.commit()?;

        let stored = jane(db)?;
        assert_eq!(stored.books[0].tags.len(), 1);
        assert_eq!(stored.books[1].tags[0].id, 9);
        assert_eq!(Tag::query().count(&mut session)?, 3);
        Ok(())
    }

    fn a_rollback_undoes_a_merge(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let author = session.get_or_not_found::<Author>(1)?;
        let books = session.load(author, Author::books)?;
        session.commit()?;
        let mut tree = jane(db)?;
        tree.name = "changed".into();
        let books_of_tree = tree.books.get_mut().unwrap();
        books_of_tree.remove(0);
        books_of_tree.push(new_book("Sanditon"));

        let mut savepoint = session.begin_nested()?;
        savepoint.merge(&tree)?;
        savepoint.flush()?;
        savepoint.rollback()?;

        assert_eq!(session[author].name, "Jane");
        assert_eq!(session[author].books.entities(), Some(&books[..]));
        session.merge(&tree)?;
        session.rollback()?;
        assert_eq!(session[author].books.entities(), Some(&books[..]));
        assert_eq!(titles(&jane(db)?), ["Emma", "Persuasion"]);
        Ok(())
    }

    fn a_row_that_is_to_be_deleted_becomes_what_is_merged(db: &TestDb) -> TestResult {
        let mut session = stored(db)?.autoflush(false);
        let note = session.add(Note::builder().text("first"));
        session.commit()?;
        let mut value = session.tree(note)?;
        value.text = "again".into();

        session.delete(note)?;
        let merged = session.merge(&value)?;
        session.commit()?;

        assert_ne!(merged, note);
        assert_eq!(Note::query().one(&mut db.connect()?)?.text, "again");
        Ok(())
    }

    fn what_others_deleted_is_added_again(db: &TestDb) -> TestResult {
        let mut session = stored(db)?;
        let note = session.add(Note::builder().text("first"));
        session.commit()?;
        let value = session.tree(note)?;
        Note::delete().all_rows().execute(&mut db.connect()?)?;
        session.expire(note)?;

        let merged = session.merge(&value)?;
        session.commit()?;

        assert_eq!(session.state(note), EntityState::Detached);
        assert_eq!((session[merged].id, session[merged].version), (1, 1));
        assert_eq!(Note::query().one(&mut db.connect()?)?.text, "first");
        Ok(())
    }
}
