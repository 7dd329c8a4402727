//! The plans of queries, as the databases tell them.

use orm::prelude::*;
use orm::{Connection, Error, Sqlite, sql, text};
use orm_testkit::{Backend, TestDb, TestResult, lacks, on_every_backend};

#[derive(Model, Debug)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(index)]
    name: String,
    age: i32,
}

#[derive(Model, Debug)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
}

fn connect(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![User, Post].create_all(&mut conn)?;
    Ok(conn)
}

on_every_backend! {
    fn a_plan_is_told_in_lines(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let plan = User::query().filter(User::age.gt(18)).explain(&mut conn)?;

        let lines: Vec<_> = plan.lines().collect();
        match db.backend() {
            Backend::Postgres => {
                assert!(lines[0].starts_with("Seq Scan on users"), "{plan}");
                // The value was bound, and its placeholder is in the condition or was replaced by it.
                assert!(lines[1].trim_start().starts_with("Filter: (age > "), "{plan}");
            }
            _ => assert_eq!(lines, ["SCAN users"]),
        }
        Ok(())
    }

    fn the_plan_of_a_query_is_asked_for_in_one_statement(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let before = conn.statement_count();

        User::query().filter(User::name.in_(["alice", "bob"])).explain(&mut conn)?;

        assert_eq!(conn.statement_count() - before, 1);
        Ok(())
    }

    fn a_statement_written_by_hand_is_explained_too(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let least = 18;

        let update = text("UPDATE users SET age = age + 1 WHERE age > :least").bind("least", least);
        let delete = sql!("DELETE FROM users WHERE age > {least}");
        let (update, delete) = (update.explain(&mut conn)?, delete.explain(&mut conn)?);

        let words = match db.backend() {
            Backend::Postgres => ["Update on users", "Delete on users"],
            _ => ["SCAN users", "SCAN users"],
        };
        assert!(update.starts_with(words[0]), "{update}");
        assert!(delete.starts_with(words[1]), "{delete}");
        Ok(())
    }

    fn explaining_a_write_does_not_run_it(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        User::insert(User::builder().name("alice").age(20)).execute(&mut conn)?;

        text("DELETE FROM users").explain(&mut conn)?;

        assert_eq!(User::query().count(&mut conn)?, 1);
        Ok(())
    }

    fn a_query_that_makes_no_sense_is_not_explained(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let before = conn.statement_count();

        let refused = User::query().filter(Post::id.eq(1)).explain(&mut conn).unwrap_err();

        assert!(matches!(refused, Error::InvalidQuery(_)), "{refused:?}");
        assert_eq!(conn.statement_count(), before);
        Ok(())
    }

    fn a_query_is_run_and_measured_where_the_database_can(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        User::insert(User::builder().name("alice").age(20)).execute(&mut conn)?;

        let query = User::query().filter(User::age.gt(18)).explain_analyze(&mut conn);
        let write = text("DELETE FROM users WHERE age > :age").bind("age", 18);
        let write = write.explain_analyze(&mut conn);

        if db.backend() == Backend::Postgres {
            assert!(query?.contains("actual time="));
            assert!(write?.contains("Execution Time: "));
            assert_eq!(User::query().count(&mut conn)?, 0);
        } else {
            for refused in [query.unwrap_err(), write.unwrap_err()] {
                let feature = "EXPLAIN ANALYZE: ask for the plan by `explain`";
                assert_eq!(refused.to_string(), lacks(&Sqlite, feature));
            }
            assert_eq!(User::query().count(&mut conn)?, 1);
        }
        Ok(())
    }
}

#[test]
fn steps_are_indented_below_those_that_they_are_a_part_of() -> TestResult {
    let db = TestDb::create(Backend::SqliteMemory)?;
    let mut conn = connect(&db)?;
    let authors = || Post::query().select(Post::author_id);

    let plan = User::query()
        .filter(User::id.in_query(authors().filter(Post::id.gt(7))))
        .filter(User::name.eq("alice"))
        .explain(&mut conn)?;
    let union =
        authors().union_all(User::query().select(User::age.cast::<i64>())).explain(&mut conn)?;

    assert_eq!(
        plan,
        "SEARCH users USING INDEX ix_users_name (name=? AND rowid=?)\n\
         LIST SUBQUERY 1\n  \
           SEARCH posts USING INTEGER PRIMARY KEY (rowid>?)"
    );
    assert_eq!(
        union,
        "COMPOUND QUERY\n  \
           LEFT-MOST SUBQUERY\n    \
             SCAN posts\n  \
           UNION ALL\n    \
             SCAN users"
    );
    Ok(())
}
