//! Mistakes that newcomers make and that show when the program runs, with the whole message of each.
//!
//! Those that the compiler finds are in `tests/ui/mistakes`.

use orm::prelude::*;
use orm::{Engine, Error};
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};

#[derive(Model, Debug)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    email: String,
    bio: Option<String>,
}

#[derive(Model, Debug)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
}

/// The table of `User`, mapped by somebody who thinks that everybody has a bio.
#[derive(Model, Debug)]
#[orm(table = "users")]
struct Author {
    #[orm(primary_key)]
    id: i64,
    email: String,
    bio: String,
}

#[test]
fn an_unknown_scheme_is_answered_with_those_there_are() {
    let error = Engine::connect("postgress://localhost/app").unwrap_err();

    assert!(matches!(error, Error::Configuration(_)));
    assert_eq!(
        error.to_string(),
        "unknown scheme `postgress:` of the database URL: expected `sqlite:` or `postgresql:` or \
         `postgres:`"
    );
}

#[test]
fn a_wrong_password_is_said_without_showing_it() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let (_, server) = db.url().split_once('@').ok_or("the URL has no user")?;
    let engine = Engine::connect(&format!("postgresql://orm_with_password:hunter2@{server}"))?;

    let error = engine.connect().unwrap_err();

    assert!(matches!(error, Error::Operational(_)));
    let message = error.to_string();
    let (place, reason) = message.split_once(": ").ok_or("the message has one part")?;
    assert!(place.starts_with("cannot connect to PostgreSQL at "));
    assert_eq!(
        reason,
        "password authentication failed for user \"orm_with_password\" (28P01)\n\
         help: check the user and the password of the URL"
    );
    Ok(())
}

on_every_backend! {
    fn a_column_of_another_table_is_refused_before_it_is_sent(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let error = User::query().filter(Post::title.eq("Hello")).all(&mut conn).unwrap_err();

        assert!(matches!(error, Error::InvalidQuery(_)));
        assert_eq!(
            error.to_string(),
            "the column `posts.title` is not in this query, which reads from `users`: join it with \
             `.join(Post::on(…))`"
        );
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn a_table_that_was_not_created_is_said_to_be_missing(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let error = User::query().all(&mut conn).unwrap_err();

        assert!(matches!(error, Error::Database(_)));
        let message = error.to_string();
        let (what, rest) = message.split_once('\n').ok_or("the message has one line")?;
        assert_eq!(
            what,
            match db.dialect_name() {
                "sqlite" => "no such table: users (SQLITE_ERROR)",
                _ => "relation \"users\" does not exist (42P01)",
            }
        );
        assert_eq!(
            rest,
            "in: SELECT \"id\", \"email\", \"bio\" FROM \"users\"\n\
             help: create it first: `metadata![…].create_all(&mut conn)`"
        );
        Ok(())
    }

    fn a_duplicate_key_is_said_with_its_constraint_and_column(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![User].create_all(&mut conn)?;
        User::insert(User::builder().email("alice@example.com")).execute(&mut conn)?;

        let twice = User::insert(User::builder().email("alice@example.com")).execute(&mut conn);

        assert_eq!(
            twice.unwrap_err().to_string(),
            "unique constraint `uq_users_email` of table `users` on `email` refused the write: a row \
             with these values exists"
        );
        Ok(())
    }

    fn null_in_a_field_that_is_no_option_is_said_with_its_column(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![User].create_all(&mut conn)?;
        User::insert(User::builder().email("alice@example.com")).execute(&mut conn)?;

        let error = Author::query().all(&mut conn).unwrap_err();

        assert!(matches!(error, Error::Decode(_)));
        assert_eq!(
            error.to_string(),
            "column `users.bio`: expected text, found NULL\n\
             help: make the field an `Option`, or the column NOT NULL"
        );
        Ok(())
    }
}
