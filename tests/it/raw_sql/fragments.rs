//! Texts as parts of queries that are built.

use orm::func::{count_all, max, value};
use orm::prelude::*;
use orm::{Postgres, Sqlite, sql, text};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{User, users};
use crate::shared::refusal;

#[derive(Model, Debug)]
#[orm(table = "posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(User::id))]
    author_id: i64,
}

on_every_backend! {
    fn a_text_filters_a_query(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let names = || User::query().order_by(User::id).select(User::name);
        let longer = |least: i32| text("length(name) > :least").bind("least", least);

        assert_eq!(names().filter(longer(3)).all(&mut conn)?, ["alice", "carol"]);
        assert_eq!(names().filter(!longer(3).into_expr::<bool>()).all(&mut conn)?, ["bob"]);
        assert_eq!(names().filter(User::age.gt(20) & longer(3)).all(&mut conn)?, ["carol"]);
        assert_eq!(names().filter(longer(3)).count(&mut conn)?, 2);
        assert!(names().filter(longer(9)).first(&mut conn)?.is_none());
        Ok(())
    }

    fn a_text_keeps_its_meaning_beside_others(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        // Without parentheses it would be: bob, or one of the others that are older than 35.
        let either = text("name = 'bob' OR name = 'alice'");
        let young = User::query().filter(either).filter(User::age.lt(25)).select(User::name);
        // A comment that is not ended by the text would swallow what follows.
        let noted = User::query().filter(text("age > 0 -- all")).filter(User::age.lt(25)).select(User::name);

        assert_eq!(young.all(&mut conn)?, ["alice"]);
        assert_eq!(noted.all(&mut conn)?, ["alice"]);
        Ok(())
    }

    fn a_text_is_selected_ordered_by_and_set(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let digit = || sql!("age / {10}").into_expr::<i32>();

        let rows = User::query().select((User::name, digit())).order_by(digit().desc()).limit(2);
        let emails = sql!("upper(email)").into_expr::<Option<String>>();
        let emails = User::query().select(emails).order_by(User::id);
        let updated = User::update().set(User::age, digit()).filter(digit().eq(3)).execute(&mut conn)?;

        assert_eq!(emails.all(&mut conn)?[1].as_deref(), Some("BOB@EXAMPLE.COM"));
        assert_eq!(updated, 1);
        assert_eq!(rows.all(&mut conn)?, [("carol".to_owned(), 4), ("alice".to_owned(), 2)]);
        Ok(())
    }

    fn a_text_groups_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let is_old = || sql!("age > {25}").into_expr::<bool>();

        let groups = User::query()
            .select((is_old(), count_all()))
            .group_by(is_old())
            .having(sql!("count(*) >= {1}"))
            .order_by(is_old());
        let greatest = User::query().select(text("max(age)").into_expr::<i32>());

        assert_eq!(groups.all(&mut conn)?, [(false, 1), (true, 2)]);
        assert_eq!(groups.count(&mut conn)?, 2);
        assert_eq!(greatest.one(&mut conn)?, 40);
        // One row of all, as nobody can tell from the outside.
        assert_eq!(greatest.count(&mut conn)?, 1);
        Ok(())
    }

    fn columns_in_a_text_are_those_of_the_query(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        metadata![Post].create_all(&mut conn)?;
        Post::insert(Post::builder().author_id(2)).execute(&mut conn)?;

        let authors = User::query()
            .join(Post::author_id)
            .filter(sql!("{User::id} = {Post::author_id} AND {User::age} + {Post::id} > {30}"))
            .select(User::name);
        let apart = User::query().filter(sql!("{Post::id} = 1")).all(&mut conn);

        assert_eq!(authors.all(&mut conn)?, ["bob"]);
        assert!(refusal(apart).starts_with("the column `posts.id` is not in this query"));
        Ok(())
    }

    fn queries_and_texts_stand_in_each_other(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let oldest = || User::query().select(max(User::age)).into_scalar();
        let named = sql!("name = {\"bob\"}").into_expr::<bool>();

        let found = sql!("SELECT name FROM users WHERE age = {oldest()} OR {named} ORDER BY id");
        let ids = User::query().filter(User::age.gt(25)).select(User::id);
        let ids = sql!("SELECT count(*) FROM users WHERE {User::id.in_query(ids)}");

        assert_eq!(found.query::<String>().all(&mut conn)?, ["bob", "carol"]);
        assert_eq!(ids.query::<i64>().one(&mut conn)?, 2);
        Ok(())
    }
}

#[test]
fn placeholders_are_numbered_through_the_whole_query() -> TestResult {
    let twice = text("age BETWEEN :a AND :b OR age = :a").bind("a", 1).bind("b", 2_i64);
    let names = ["x"];
    let query = User::query()
        .filter(User::name.eq("alice"))
        .filter(twice)
        .filter(sql!("name NOT IN {..names}"))
        .select((User::id, value(7)))
        .limit(5);

    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"SELECT "id", ?1 FROM "users" WHERE "name" = ?2 AND (age BETWEEN ?3 AND ?4 OR age = ?3) AND (name NOT IN (SELECT value FROM json_each(?5))) LIMIT ?6"#
    );
    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT "id", $1::integer FROM "users" WHERE "name" = $2 AND (age BETWEEN $3::integer AND $4::bigint OR age = $3::integer) AND (name <> ALL($5)) LIMIT $6"#
    );
    Ok(())
}

#[test]
fn a_text_alone_needs_no_parentheses() -> TestResult {
    let query = User::query().filter(sql!("a OR b")).select(User::id);

    assert_eq!(query.to_sql(&Sqlite)?, r#"SELECT "id" FROM "users" WHERE a OR b"#);
    Ok(())
}

#[test]
fn a_text_that_may_be_null_is_not_read_as_a_value_that_may_not() -> TestResult {
    let email = || text("email").into_expr::<Option<String>>();

    assert!(User::query().select(email()).to_sql(&Sqlite).is_ok());
    let coalesced = User::query().select(email().coalesce("none"));
    assert_eq!(coalesced.to_sql(&Sqlite)?, r#"SELECT coalesce(email, ?1) FROM "users""#);
    Ok(())
}
