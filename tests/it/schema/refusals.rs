//! Schemas that one backend would refuse and another only when rows are written.

use orm::Error;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    age: i32,
}

#[derive(Model)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
}

#[derive(Model)]
#[orm(table = "peers")]
struct Peer {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::age))]
    age: i32,
}

#[derive(Model)]
#[orm(table = "a_name_of_a_table_that_is_so_long_that_postgresql_would_cut_it_off")]
struct Long {
    #[orm(primary_key)]
    id: i64,
}

fn refusal(conn: &mut Connection, metadata: &orm::Metadata) -> String {
    match metadata.create_all(conn) {
        Err(error @ Error::Configuration(_)) => error.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

on_every_backend! {
    fn a_model_that_is_missing_is_named(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let message = refusal(&mut conn, &metadata![Post]);

        assert_eq!(
            message,
            "the foreign key `fk_posts_author_id_users` refers to the table `users`, which does not \
             exist: add its model to `metadata![…]`"
        );
        metadata![User].create_all(&mut conn)?;
        metadata![Post].create_all(&mut conn)?;
        Ok(())
    }

    fn a_foreign_key_to_what_is_not_unique_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let message = refusal(&mut conn, &metadata![User, Peer]);

        assert_eq!(
            message,
            "the foreign key `fk_peers_age_users` of `peers` refers to `users.age`, which is not \
             unique: refer to the primary key, or make the column `#[orm(unique)]`"
        );
        Ok(())
    }

    fn a_name_that_postgresql_would_cut_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let message = refusal(&mut conn, &metadata![Long]);

        assert!(message.ends_with("has 66 bytes: PostgreSQL keeps 63"), "{message}");
        Ok(())
    }
}
