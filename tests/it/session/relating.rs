//! Relations of entities: loaded when asked for, set on either side, written in the right order.

use orm::prelude::*;
use orm::{Error, Relation};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::statements;

#[derive(Model, Debug)]
#[orm(table = "authors")]
struct Author {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many(inverse = author, order_by = id))]
    books: HasMany<Book>,
    #[orm(has_one(inverse = author, cascade = "all, delete-orphan"))]
    profile: HasOne<Profile>,
}

#[derive(Model, Debug)]
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

#[derive(Model, Debug)]
#[orm(table = "books")]
struct Book {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(foreign_key(Author::id))]
    author_id: i64,
    #[orm(belongs_to(key = author_id, inverse = books))]
    author: BelongsTo<Author>,
    #[orm(foreign_key(Author::id))]
    editor_id: Option<i64>,
    #[orm(belongs_to(key = editor_id))]
    editor: BelongsTo<Option<Author>>,
    #[orm(has_many(inverse = book, order_by = id, cascade = "all, delete-orphan"))]
    chapters: HasMany<Chapter>,
    #[orm(many_to_many(table = "book_tags", inverse = books))]
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug)]
#[orm(table = "chapters")]
struct Chapter {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(foreign_key(Book::id))]
    book_id: i64,
    #[orm(belongs_to(key = book_id, inverse = chapters))]
    book: BelongsTo<Book>,
}

#[derive(Model, Debug)]
#[orm(table = "tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(many_to_many(inverse = tags))]
    books: ManyToMany<Book>,
}

/// A ship, whose captain is one of its crew.
#[derive(Model, Debug)]
#[orm(table = "ships")]
struct Ship {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Sailor::id))]
    captain_id: Option<i64>,
    #[orm(belongs_to(key = captain_id))]
    captain: BelongsTo<Option<Sailor>>,
    #[orm(has_many(inverse = ship, cascade = "all"))]
    crew: HasMany<Sailor>,
}

#[derive(Model, Debug)]
#[orm(table = "sailors")]
struct Sailor {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Ship::id))]
    ship_id: i64,
    #[orm(belongs_to(key = ship_id, inverse = crew))]
    ship: BelongsTo<Ship>,
    #[orm(foreign_key(Sailor::id))]
    friend_id: Option<i64>,
    #[orm(belongs_to(key = friend_id))]
    friend: BelongsTo<Option<Sailor>>,
    #[orm(version)]
    version: i32,
}

/// A tree, whose roots have no parent.
#[derive(Model, Debug)]
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
    #[orm(many_to_many(table = "links", key = "one", target_key = "other", inverse = links_here))]
    links: ManyToMany<Node>,
    #[orm(many_to_many(inverse = links))]
    links_here: ManyToMany<Node>,
}

fn session(db: &TestDb) -> orm::Result<Session> {
    metadata![Author, Profile, Book, Chapter, Tag, Node, Ship, Sailor]
        .create_all(&mut db.connect()?)?;
    Ok(db.engine().session())
}

/// Returns what an author's relation holds, as far as it is known.
fn known<C>(
    session: &Session,
    author: Entity<Author>,
    relation: Relation<Author, HasMany<C>>,
) -> Option<Vec<Entity<C>>> {
    relation.of(&session[author]).entities().map(<[_]>::to_vec)
}

on_every_backend! {
    fn parents_are_inserted_before_their_children_and_keys_are_carried_over(
        db: &TestDb,
    ) -> TestResult {
        let mut session = session(db)?;

        let book = session.add(Book::builder().title("Emma").author(Author::builder().name("Jane")));
        let author = session[book].author.entity().flatten().unwrap();
        let chapter = session.push(book, Book::chapters, Chapter::builder().title("I"))?;
        let tag = session.push(book, Book::tags, Tag::builder().name("classic"))?;
        let sent = statements(|| session.commit())?;

        let tables = sent.iter().map(|sql| sql.split('"').nth(1).unwrap()).collect::<Vec<_>>();
        let position = |table| tables.iter().position(|known| *known == table);
        assert_eq!(sent.len(), 5, "{sent:#?}");
        assert!(position("authors") < position("books"));
        assert!(position("books") < position("chapters"));
        assert_eq!(position("book_tags"), Some(4));
        assert_eq!(session[book].author_id, session[author].id);
        assert_eq!(session[chapter].book_id, session[book].id);

        let mut conn = db.connect()?;
        let stored = Book::query().options(selectin(Book::tags)).one(&mut conn)?;
        assert_eq!((stored.author_id, stored.tags[0].id), (session[author].id, session[tag].id));
        assert_eq!(Chapter::query().one(&mut conn)?.book_id, stored.id);
        Ok(())
    }

    fn a_tree_of_new_rows_is_added_by_its_root(db: &TestDb) -> TestResult {
        let mut session = session(db)?;

        let author = session.add(
            Author::builder()
                .name("Jane")
                .profile(Profile::builder().text("English"))
                .books(["Emma", "Persuasion"].map(|title| Book::builder().title(title))),
        );
        session.commit()?;

        let books = known(&session, author, Author::books).unwrap();
        assert_eq!(books.len(), 2);
        assert_eq!(session[books[1]].title, "Persuasion");
        assert_eq!(session[books[1]].author_id, session[author].id);
        let mut conn = db.connect()?;
        let stored = Author::query()
            .options((selectin(Author::books), selectin(Author::profile)))
            .one(&mut conn)?;
        assert_eq!(stored.books.len(), 2);
        assert_eq!(stored.profile.as_ref().unwrap().text, "English");
        Ok(())
    }

    fn rows_of_one_table_are_inserted_parents_first(db: &TestDb) -> TestResult {
        let mut session = session(db)?;

        let leaf = session.add(Node::builder().name("leaf"));
        let middle = session.add(Node::builder().name("middle"));
        let root = session.add(Node::builder().name("root"));
        session.set(leaf, Node::parent, Some(middle))?;
        session.push(root, Node::children, middle)?;
        let sent = statements(|| session.commit())?;

        assert_eq!(sent.len(), 3, "{sent:#?}");
        assert_eq!([root, middle, leaf].map(|node| session[node].id), [1, 2, 3]);
        assert_eq!(session[middle].parent_id, Some(1));
        assert_eq!(session[leaf].parent_id, Some(2));
        Ok(())
    }

    fn rows_that_refer_to_each_other_are_inserted_and_then_updated(db: &TestDb) -> TestResult {
        let mut session = session(db)?;

        let one = session.add(Node::builder().name("one"));
        let two = session.add(Node::builder().name("two"));
        session.set(one, Node::parent, Some(two))?;
        session.set(two, Node::parent, Some(one))?;
        let sent = statements(|| session.commit())?;

        assert_eq!(sent.len(), 3, "{sent:#?}");
        assert!(sent[2].starts_with("UPDATE"));
        let mut conn = db.connect()?;
        let stored = Node::query().order_by(Node::name).all(&mut conn)?;
        assert_eq!(stored[0].parent_id, Some(stored[1].id));
        assert_eq!(stored[1].parent_id, Some(stored[0].id));
        Ok(())
    }

    fn a_relation_is_loaded_once_and_remembered(db: &TestDb) -> TestResult {
        let mut first = session(db)?;
        let books = ["a", "b"].map(|title| Book::builder().title(title));
        first.add(Author::builder().name("Jane").books(books));
        first.commit()?;
        let mut session = db.engine().session();
        let author = session.get_or_not_found::<Author>(1)?;

        let sent = statements(|| {
            let books = session.load(author, Author::books)?;
            assert_eq!(session[books[0]].title, "a");
            assert_eq!(session.load(author, Author::books)?, books);
            // What a row refers to is known, and nothing is sent for it.
            assert_eq!(session.load(books[1], Book::author)?, author);
            assert_eq!(session.load(books[1], Book::editor)?, None);
            Ok(())
        })?;

        assert_eq!(sent.len(), 1, "{sent:#?}");
        Ok(())
    }

    fn a_relation_of_many_is_loaded_by_one_statement(db: &TestDb) -> TestResult {
        let mut first = session(db)?;
        for number in 0..20 {
            let books = ["a", "b"].map(|title| Book::builder().title(title));
            first.add(Author::builder().name(format!("author {number}")).books(books));
        }
        first.commit()?;
        let mut session = db.engine().session();
        let authors = Author::query().order_by(Author::id).all(&mut session)?;

        let sent = statements(|| session.load_all(&authors, Author::books))?;

        assert_eq!(sent.len(), 1);
        for (author, first) in authors.into_iter().zip((1..).step_by(2)) {
            let books = known(&session, author, Author::books).unwrap();
            assert_eq!(books.iter().map(|&book| session[book].id).collect::<Vec<_>>(), [first, first + 1]);
        }
        Ok(())
    }

    fn what_a_query_loads_becomes_entities(db: &TestDb) -> TestResult {
        let mut first = session(db)?;
        for name in ["Jane", "Mary"] {
            let tag = first.add(Tag::builder().name(name));
            let book = Book::builder().title(name).tags([tag]);
            first.add(Author::builder().name(name).books([book]));
        }
        first.commit()?;

        for joins in [false, true] {
            let mut session = db.engine().session();
            let load = selectin(Author::books).then(selectin(Book::tags));
            let query = Author::query().order_by(Author::id);
            let query = if joins {
                query.options(joined(Author::books).then(joined(Book::author)).then(joined(Book::tags)))
            } else {
                query.options(load)
            };
            let authors = query.all(&mut session)?;

            let books = known(&session, authors[1], Author::books).unwrap();
            let tags = session[books[0]].tags.entities().unwrap();
            assert_eq!(session[tags[0]].name, "Mary");
            if joins {
                assert_eq!(session[books[0]].author.entity(), Some(Some(authors[1])));
            }
            assert_eq!(session.get::<Book>(2)?, Some(books[0]));
        }
        Ok(())
    }

    fn both_sides_agree_at_once(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let [jane, mary] = ["Jane", "Mary"].map(|name| session.add(Author::builder().name(name)));
        let book = session.push(jane, Author::books, Book::builder().title("Emma"))?;
        assert_eq!(session[book].author.entity(), Some(Some(jane)));

        session.set(book, Book::author, mary)?;

        assert_eq!(known(&session, jane, Author::books), Some(vec![]));
        assert_eq!(known(&session, mary, Author::books), Some(vec![book]));
        session.commit()?;
        assert_eq!(Book::query().one(&mut db.connect()?)?.author_id, session[mary].id);

        session.push(jane, Author::books, book)?;
        assert_eq!(session[book].author_id, session[jane].id);
        assert_eq!(known(&session, mary, Author::books), Some(vec![]));
        let sent = statements(|| session.commit())?;
        assert_eq!(sent, [r#"UPDATE "books" SET "author_id" = ?2 WHERE "id" = ?1"#]);
        Ok(())
    }

    fn a_change_is_seen_by_a_relation_that_is_loaded_afterwards(db: &TestDb) -> TestResult {
        let mut first = session(db)?;
        first.add(Author::builder().name("Jane").books([Book::builder().title("Emma")]));
        first.add(Author::builder().name("Mary"));
        first.commit()?;
        let mut session = db.engine().session();
        let jane = session.get_or_not_found::<Author>(1)?;
        let mary = session.get_or_not_found::<Author>(2)?;
        let emma = session.get_or_not_found::<Book>(1)?;

        session.set(emma, Book::author, mary)?;

        assert_eq!(session.load(jane, Author::books)?, []);
        assert_eq!(session.load(mary, Author::books)?, [emma]);
        session.rollback()?;
        assert_eq!(session.load(jane, Author::books)?, [emma]);
        assert_eq!(session.load(emma, Book::author)?, jane);
        Ok(())
    }

    fn pairs_are_written_as_differences(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let tags = session.add_all(["a", "b", "c", "d"].map(|name| Tag::builder().name(name)));
        let author = session.add(Author::builder().name("Jane"));
        let book = session
            .add(Book::builder().title("Emma").author(author).tags(tags[..3].iter().copied()));
        session.commit()?;

        session.replace(book, Book::tags, [tags[1], tags[3]])?;
        assert_eq!(session[tags[0]].books.entities(), Some(&[][..]));
        assert_eq!(session[tags[3]].books.entities(), Some(&[book][..]));
        let sent = statements(|| session.commit())?;

        assert_eq!(
            sent,
            [
                r#"DELETE FROM "book_tags" WHERE "book_id" = ?1 AND "tag_id" = ?2"#,
                r#"DELETE FROM "book_tags" WHERE "book_id" = ?1 AND "tag_id" = ?2"#,
                r#"INSERT INTO "book_tags" ("book_id", "tag_id") VALUES (?1, ?2)"#,
            ]
        );
        let stored = Book::query().options(selectin(Book::tags)).one(&mut db.connect()?)?;
        let mut names = stored.tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>();
        names.sort_unstable();
        assert_eq!(names, ["b", "d"]);
        Ok(())
    }

    fn a_row_that_is_named_twice_is_in_a_relation_once(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let jane = session.add(Author::builder().name("Jane"));
        let book = session.add(Book::builder().title("Emma").author(jane));
        let tag = session.add(Tag::builder().name("classic"));

        session.replace(book, Book::tags, [tag, tag])?;
        session.replace(jane, Author::books, [book, book])?;
        session.commit()?;

        assert_eq!(session[book].tags.entities(), Some(&[tag][..]));
        assert_eq!(known(&session, jane, Author::books), Some(vec![book]));
        Ok(())
    }

    fn a_pair_that_both_sides_make_is_inserted_once(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let author = session.add(Author::builder().name("Jane"));
        let book = session.add(Book::builder().title("Emma").author(author));
        let tag = session.add(Tag::builder().name("classic"));

        session.push(book, Book::tags, tag)?;
        session.push(tag, Tag::books, book)?;
        session.commit()?;

        assert_eq!(Book::query().filter(Book::tags.any(Tag::id.eq(1))).count(&mut db.connect()?)?, 1);
        Ok(())
    }

    fn a_pair_that_both_sides_make_is_inserted_once_though_neither_is_loaded(db: &TestDb) -> TestResult {
        let mut first = session(db)?;
        first.add(Book::builder().title("Emma").author(Author::builder().name("Jane")));
        first.add(Tag::builder().name("classic"));
        first.commit()?;
        let mut session = db.engine().session();
        let book = session.get_or_not_found::<Book>(1)?;
        let tag = session.get_or_not_found::<Tag>(1)?;

        session.push(book, Book::tags, tag)?;
        session.push(tag, Tag::books, book)?;
        let sent = statements(|| session.commit())?;

        assert_eq!(sent, [r#"INSERT INTO "book_tags" ("book_id", "tag_id") VALUES (?1, ?2)"#]);
        assert_eq!(session.load(tag, Tag::books)?, [book]);
        Ok(())
    }

    fn deleting_a_row_deletes_its_pairs_and_what_cascades(db: &TestDb) -> TestResult {
        let mut first = session(db)?;
        let tag = first.add(Tag::builder().name("classic"));
        let chapters = ["I", "II"].map(|title| Chapter::builder().title(title));
        let book = Book::builder().title("Emma").tags([tag]).chapters(chapters);
        first.add(Author::builder().name("Jane").books([book]));
        first.commit()?;
        let mut session = db.engine().session();
        let book = session.get_or_not_found::<Book>(1)?;

        session.delete(book)?;
        session.commit()?;

        let mut conn = db.connect()?;
        assert_eq!(Book::query().count(&mut conn)?, 0);
        assert_eq!(Chapter::query().count(&mut conn)?, 0);
        assert_eq!(Tag::query().count(&mut conn)?, 1);
        Ok(())
    }

    fn deleting_a_parent_whose_children_need_one_names_both(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let author =
            session.add(Author::builder().name("Jane").books([Book::builder().title("Emma")]));
        session.commit()?;

        session.delete(author)?;
        let error = session.commit().unwrap_err();

        assert!(matches!(error, Error::InvalidState(_)));
        assert_eq!(
            error.to_string(),
            "a `Book` has no `Author` any more, but `books.author_id` cannot be NULL: give it another one, \
             delete it, or declare `cascade = \"all, delete-orphan\"` on `Author::books`"
        );
        assert_eq!(session[author].name, "Jane");
        assert_eq!(known(&session, author, Author::books).map(|books| books.len()), Some(1));
        Ok(())
    }

    fn deleting_a_parent_makes_keys_null_that_can_be(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let root = session.add(Node::builder().name("root"));
        let child = session.push(root, Node::children, Node::builder().name("child"))?;
        session.commit()?;

        session.delete(root)?;
        session.commit()?;

        assert_eq!(session[child].parent_id, None);
        assert_eq!(session[child].parent.entity(), Some(None));
        assert_eq!(Node::query().one(&mut db.connect()?)?.parent_id, None);
        Ok(())
    }

    fn rows_that_refer_to_each_other_are_deleted(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let ship = session.add(Ship::builder());
        let [ann, bob] = [(); 2].map(|()| session.add(Sailor::builder().ship(ship)));
        session.set(ship, Ship::captain, Some(ann))?;
        session.set(ann, Sailor::friend, Some(bob))?;
        session.set(bob, Sailor::friend, Some(ann))?;
        session.commit()?;

        session.delete(ship)?;
        let sent = statements(|| session.commit())?;

        // The ship has no captain, and one of the friends none, before they go.
        let tables = sent.iter().filter_map(|sql| Some((&sql[..6], sql.split('"').nth(1)?)));
        let mut tables = tables.collect::<Vec<_>>();
        tables[..2].sort_unstable();
        let updates = [("UPDATE", "sailors"), ("UPDATE", "ships")];
        let deletes = [("DELETE", "sailors"), ("DELETE", "sailors"), ("DELETE", "ships")];
        assert_eq!(tables, [&updates[..], &deletes[..]].concat());
        let mut conn = db.connect()?;
        assert_eq!((Ship::query().count(&mut conn)?, Sailor::query().count(&mut conn)?), (0, 0));
        Ok(())
    }

    fn an_orphan_is_deleted_where_that_is_declared(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let author = session.add(Author::builder().name("Jane").profile(Profile::builder().text("a")));
        let book = session.add(
            Book::builder()
                .title("Emma")
                .author(author)
                .chapters(["I", "II"].map(|title| Chapter::builder().title(title))),
        );
        session.commit()?;
        let chapters = session.load(book, Book::chapters)?;

        assert!(session.remove(book, Book::chapters, chapters[0])?);
        let profile = session.add(Profile::builder().text("b").author(author));
        session.commit()?;

        let mut conn = db.connect()?;
        assert_eq!(Chapter::query().one(&mut conn)?.title, "II");
        assert_eq!(Profile::query().one(&mut conn)?.text, "b");
        assert_eq!(session[author].profile.entity(), Some(Some(profile)));
        assert!(session.try_get(chapters[0]).is_none());
        Ok(())
    }

    fn pairs_of_one_model_are_written_from_both_sides_and_deleted(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let [one, two] = ["one", "two"].map(|name| session.add(Node::builder().name(name)));
        session.push(one, Node::links, two)?;
        session.push(two, Node::links_here, one)?;
        session.push(one, Node::links, one)?;
        session.commit()?;
        let pairs = || orm::text("SELECT one_id, other_id FROM links ORDER BY 2").query::<(i64, i64)>();
        assert_eq!(pairs().all(&mut db.connect()?)?, [(1, 1), (1, 2)]);
        assert_eq!(session[one].links_here.entities(), Some(&[one][..]));

        session.delete(one)?;
        session.commit()?;

        assert_eq!(session[two].links_here.entities(), Some(&[][..]));
        assert!(pairs().all(&mut db.connect()?)?.is_empty());
        Ok(())
    }

    fn a_relation_is_put_back_by_a_rollback(db: &TestDb) -> TestResult {
        let mut session = session(db)?;
        let root = session.add(Node::builder().name("root"));
        let child = session.push(root, Node::children, Node::builder().name("child"))?;
        session.commit()?;

        session.set(child, Node::parent, None)?;
        session.push(root, Node::children, Node::builder().name("other"))?;
        session.flush()?;
        session.rollback()?;

        assert_eq!(session[root].children.entities(), Some(&[child][..]));
        assert_eq!(session[child].parent.entity(), Some(Some(root)));
        assert_eq!(session[child].parent_id, Some(session[root].id));
        Ok(())
    }

    fn a_relation_of_a_new_row_is_refused_without_a_session(db: &TestDb) -> TestResult {
        let session = session(db)?;
        drop(session);
        let book = Book::builder().title("Emma").author(Author::builder().name("Jane"));

        let error = Book::insert(book).execute(&mut db.connect()?).unwrap_err();

        assert_eq!(
            error.to_string(),
            "`author` of this `Book` is set, and only a session writes relations: give it to \
             `session.add(…)`, or set the key columns instead"
        );
        Ok(())
    }
}
