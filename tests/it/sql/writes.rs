//! INSERT, UPDATE and DELETE.

use insta::assert_snapshot;
use orm::prelude::*;
use orm::{Postgres, Sqlite};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    email: String,
    bio: Option<String>,
    #[orm(default = true)]
    is_active: bool,
    #[orm(server_default = "1")]
    level: i32,
    #[orm(default = 0, on_update = 1)]
    revision: i32,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "tickets", schema = "shop")]
struct Ticket {
    #[orm(primary_key)]
    id: i64,
}

#[test]
fn an_insert_gives_what_is_known_and_returns_the_whole_row() {
    let insert = || User::insert(User::builder().email("a"));

    assert_snapshot!(insert().to_sql(&Sqlite).unwrap(), @r#"INSERT INTO "users" ("email", "is_active", "revision") VALUES (?1, ?2, ?3) RETURNING "id", "email", "bio", "is_active", "level", "revision""#);
    assert_snapshot!(insert().to_sql(&Postgres).unwrap(), @r#"INSERT INTO "users" ("email", "is_active", "revision") VALUES ($1, $2, $3) RETURNING "id", "email", "bio", "is_active", "level", "revision""#);
}

#[test]
fn an_insert_of_nothing_takes_every_default() {
    let insert = || Ticket::insert(Ticket::builder());

    assert_snapshot!(insert().to_sql(&Sqlite).unwrap(), @r#"INSERT INTO "shop"."tickets" DEFAULT VALUES RETURNING "id""#);
    assert_snapshot!(insert().to_sql(&Postgres).unwrap(), @r#"INSERT INTO "shop"."tickets" DEFAULT VALUES RETURNING "id""#);
}

#[test]
fn an_update_sets_what_is_said_and_what_every_update_sets() {
    let update =
        || User::update().set(User::bio, None).set(User::email, "b").filter(User::id.eq(1));

    assert_snapshot!(update().to_sql(&Sqlite).unwrap(), @r#"UPDATE "users" SET "bio" = ?1, "email" = ?2, "revision" = ?3 WHERE "id" = ?4"#);
    assert_snapshot!(update().to_sql(&Postgres).unwrap(), @r#"UPDATE "users" SET "bio" = $1, "email" = $2, "revision" = $3 WHERE "id" = $4"#);
}

#[test]
fn an_update_of_all_rows_has_no_condition() {
    let update = || User::update().set(User::level, 2).set(User::revision, 7).all_rows();

    assert_snapshot!(update().to_sql(&Sqlite).unwrap(), @r#"UPDATE "users" SET "level" = ?1, "revision" = ?2"#);
    assert_snapshot!(update().to_sql(&Postgres).unwrap(), @r#"UPDATE "users" SET "level" = $1, "revision" = $2"#);
}

#[test]
fn a_delete() {
    let some = || User::delete().filter(User::is_active & User::level.lt(3));
    let all = || Ticket::delete().all_rows();

    assert_snapshot!(some().to_sql(&Sqlite).unwrap(), @r#"DELETE FROM "users" WHERE "is_active" AND "level" < ?1"#);
    assert_snapshot!(some().to_sql(&Postgres).unwrap(), @r#"DELETE FROM "users" WHERE "is_active" AND "level" < $1"#);
    assert_snapshot!(all().to_sql(&Sqlite).unwrap(), @r#"DELETE FROM "shop"."tickets""#);
    assert_snapshot!(all().to_sql(&Postgres).unwrap(), @r#"DELETE FROM "shop"."tickets""#);
}

#[test]
fn what_would_be_refused_has_no_text() {
    assert!(User::update().set(User::level, 1).to_sql(&Sqlite).is_err());
    assert!(User::update().all_rows().to_sql(&Sqlite).is_err());
    assert!(User::delete().to_sql(&Sqlite).is_err());
    assert!(User::query().filter(Ticket::id.eq(1)).to_sql(&Sqlite).is_err());
}
