//! Foreign keys: the table that is named is always the referring one.

use orm::IntegrityKind::ForeignKey;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::Clash;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "authors")]
struct Author {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(foreign_key(Author::id))]
    mentor_id: Option<i64>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "books")]
struct Book {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Author::id))]
    author_id: i64,
    #[orm(foreign_key(Author::id, name = "fk_translator", on_delete = "restrict"))]
    translator_id: Option<i64>,
}

/// Authors 1 to 3; author 2 wrote book 1, which author 3 translated.
fn with_books(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Author, Book].create_all(&mut conn)?;
    let rows = ["ann", "bob", "cal"].map(|name| Author::builder().name(name));
    Author::insert_many(rows).execute(&mut conn)?;
    Book::insert(Book::builder().author_id(2).translator_id(3)).execute(&mut conn)?;
    Ok(conn)
}

fn authors_key() -> Clash {
    Clash::new(ForeignKey, "books", &["author_id"], Some("fk_books_author_id_authors"))
}

fn translators_key() -> Clash {
    Clash::new(ForeignKey, "books", &["translator_id"], Some("fk_translator"))
}

#[derive(Model, Debug, PartialEq)]
struct Shelf {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model, Debug, PartialEq)]
struct Carton {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Shelf::id, on_delete = "cascade", on_update = "cascade"))]
    shelf_id: i64,
}

#[derive(Model, Debug, PartialEq)]
struct Label {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Carton::id))]
    carton_id: i64,
}

#[derive(Model, Debug, PartialEq)]
struct Husband {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Wife::id))]
    wife_id: Option<i64>,
}

#[derive(Model, Debug, PartialEq)]
struct Wife {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Husband::id))]
    husband_id: Option<i64>,
}

on_every_backend! {
    fn an_insert_without_its_parent_is_refused(db: &TestDb) -> TestResult {
        let mut conn = with_books(db)?;

        let first = Book::insert(Book::builder().author_id(99)).one(&mut conn);
        let row = Book::builder().author_id(1).translator_id(99);
        let second = Book::insert(row).execute(&mut conn);

        assert_eq!(Clash::of(first), authors_key());
        assert_eq!(Clash::of(second), translators_key());
        assert_eq!(Book::query().count(&mut conn)?, 1);
        Ok(())
    }

    fn one_of_many_rows_without_its_parent_is_refused(db: &TestDb) -> TestResult {
        let mut conn = with_books(db)?;
        let rows = (0..200).map(|number| {
            let translator = if number == 150 { 99 } else { 1 };
            Book::builder().author_id(1).translator_id(translator)
        });

        let refused = Book::insert_many(rows).all(&mut conn);

        assert_eq!(Clash::of(refused), translators_key());
        assert_eq!(Book::query().count(&mut conn)?, 1);
        Ok(())
    }

    fn an_update_to_a_missing_parent_is_refused(db: &TestDb) -> TestResult {
        let mut conn = with_books(db)?;

        let update = Book::update().set(Book::author_id, 99).filter(Book::id.eq(1));

        assert_eq!(Clash::of(update.execute(&mut conn)), authors_key());
        Ok(())
    }

    fn a_delete_of_a_row_that_is_referred_to_names_the_referring_table(
        db: &TestDb,
    ) -> TestResult {
        let mut conn = with_books(db)?;

        let writer = Author::delete().filter(Author::id.eq(2)).execute(&mut conn);
        let translator = Author::delete().filter(Author::id.eq(3)).execute(&mut conn);
        let neither = Author::delete().filter(Author::id.eq(1)).execute(&mut conn)?;

        assert_eq!(Clash::of(writer), authors_key());
        assert_eq!(Clash::of(translator), translators_key());
        assert_eq!(neither, 1);
        Ok(())
    }

    fn an_update_of_a_key_that_is_referred_to_names_the_referring_table(
        db: &TestDb,
    ) -> TestResult {
        let mut conn = with_books(db)?;

        let update = Author::update().set(Author::id, 20).filter(Author::id.eq(2));

        assert_eq!(Clash::of(update.execute(&mut conn)), authors_key());
        Ok(())
    }

    fn a_table_that_refers_to_itself_is_named(db: &TestDb) -> TestResult {
        let mut conn = with_books(db)?;
        let key = || {
            Clash::new(ForeignKey, "authors", &["mentor_id"], Some("fk_authors_mentor_id_authors"))
        };
        let row = Author::builder().name("dan").mentor_id(1);
        Author::insert(row).execute(&mut conn)?;

        let missing = Author::insert(Author::builder().name("eve").mentor_id(99)).one(&mut conn);
        let referred_to = Author::delete().filter(Author::id.eq(1)).execute(&mut conn);

        assert_eq!(Clash::of(missing), key());
        assert_eq!(Clash::of(referred_to), key());
        Ok(())
    }

    fn a_key_that_a_cascade_meets_is_named_with_its_own_table(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Shelf, Carton, Label].create_all(&mut conn)?;
        let shelf = Shelf::insert(Shelf::builder()).one(&mut conn)?;
        let carton = Carton::insert(Carton::builder().shelf_id(shelf.id)).one(&mut conn)?;
        Label::insert(Label::builder().carton_id(carton.id)).execute(&mut conn)?;

        let refused = Shelf::delete().filter(Shelf::id.eq(shelf.id)).execute(&mut conn);

        let key = "fk_label_carton_id_carton";
        let expected = Clash::new(ForeignKey, "label", &["carton_id"], Some(key));
        assert_eq!(Clash::of(refused), expected);
        assert_eq!(Label::query().count(&mut conn)?, 1);
        Ok(())
    }

    fn tables_that_refer_to_each_other_are_told_apart(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Husband, Wife].create_all(&mut conn)?;
        let wife = Wife::insert(Wife::builder()).one(&mut conn)?;
        let husband = Husband::insert(Husband::builder().wife_id(wife.id)).one(&mut conn)?;
        Wife::update().set(Wife::husband_id, husband.id).all_rows().execute(&mut conn)?;

        let no_wife = Husband::insert(Husband::builder().wife_id(99)).execute(&mut conn);
        let no_husband = Wife::insert(Wife::builder().husband_id(99)).execute(&mut conn);
        let deleted = Wife::delete().all_rows().execute(&mut conn);

        let of_husband =
            || Clash::new(ForeignKey, "husband", &["wife_id"], Some("fk_husband_wife_id_wife"));
        let of_wife =
            Clash::new(ForeignKey, "wife", &["husband_id"], Some("fk_wife_husband_id_husband"));
        assert_eq!(Clash::of(no_wife), of_husband());
        assert_eq!(Clash::of(no_husband), of_wife);
        assert_eq!(Clash::of(deleted), of_husband());
        Ok(())
    }

    fn a_violation_inside_a_transaction_leaves_what_was_done_before(db: &TestDb) -> TestResult {
        let mut conn = with_books(db)?;
        let mut tx = conn.begin()?;
        Author::insert(Author::builder().name("dan")).execute(&mut tx)?;

        let mut savepoint = tx.begin()?;
        let refused = Book::insert(Book::builder().author_id(99)).execute(&mut savepoint);
        savepoint.rollback()?;
        tx.commit()?;

        assert_eq!(Clash::of(refused), authors_key());
        assert_eq!(Author::query().count(&mut conn)?, 4);
        assert_eq!(Book::query().count(&mut conn)?, 1);
        Ok(())
    }

    fn the_message_names_the_constraint_and_no_value(db: &TestDb) -> TestResult {
        let mut conn = with_books(db)?;

        let row = Book::builder().author_id(987_654);
        let error = Book::insert(row).execute(&mut conn).unwrap_err();

        assert_eq!(
            error.to_string(),
            "foreign key constraint `fk_books_author_id_authors` of table `books` on `author_id` \
             refused the write: the row it refers to does not exist, or other rows still refer to \
             this one"
        );
        assert!(!format!("{error:?}").contains("987654"), "{error:?}");
        Ok(())
    }
}
