//! Queries that make no sense are refused before the database sees them.

use orm::Error;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 5)]
    name: String,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    author_id: i64,
    published: bool,
}

fn is_invalid<T>(result: orm::Result<T>) -> bool {
    matches!(result.err(), Some(Error::InvalidQuery(_)))
}

on_every_backend! {
    fn a_column_of_another_table_is_refused_before_anything_is_sent(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let conn = &mut conn;
        let users = User::query();

        assert!(is_invalid(users.clone().filter(Post::published).all(conn)));
        assert!(is_invalid(users.clone().filter(Post::published).count(conn)));
        assert!(is_invalid(users.clone().filter(Post::published).exists(conn)));
        assert!(is_invalid(users.clone().filter(User::id.eq(Post::author_id)).first(conn)));
        assert!(is_invalid(users.clone().filter(!Post::id.in_([1])).one(conn)));
        assert!(is_invalid(users.clone().filter(Post::id.is_null()).get(conn, 1)));
        assert!(is_invalid(users.clone().order_by(Post::id).all(conn)));
        assert!(is_invalid(users.clone().select((User::id, Post::id)).all(conn)));
        let update = User::update().set(User::name, "x");
        assert!(is_invalid(update.filter(Post::published).execute(conn)));
        assert!(is_invalid(User::delete().filter(Post::published).execute(conn)));

        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn the_refusal_names_the_column_and_says_what_to_do(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let error = User::query().filter(Post::published).all(&mut conn).unwrap_err();

        assert_eq!(
            error.to_string(),
            "the column `posts.published` is not in this query, which reads from `users`: join it with \
             `.join(Post::on(…))`"
        );
        Ok(())
    }
}
