//! Statements that are seen only when they are sent: here by the error of a missing table.

use insta::assert_snapshot;
use orm::Error;
use orm::prelude::*;
use orm_testkit::Backend;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "ghosts")]
struct Ghost {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(length = 10)]
    tag: Option<String>,
}

fn sql_of<T: std::fmt::Debug>(result: orm::Result<T>) -> String {
    match result {
        Err(Error::Database(error)) => error.sql.unwrap().into(),
        other => panic!("expected an error of the database, got {other:?}"),
    }
}

/// Sends one statement of each kind, and returns their texts, a line each.
fn statements(backend: Backend) -> String {
    orm_testkit::run(backend, |db| {
        let mut conn = db.connect().unwrap();
        let conn = &mut conn;
        let query = Ghost::query().filter(Ghost::name.eq("boo"));
        let names = Ghost::query().select(Ghost::name);
        let row = || Ghost::builder().name("boo").tag("t");
        let sent = [
            sql_of(query.first(conn)),
            sql_of(query.one(conn)),
            sql_of(query.get(conn, 1)),
            sql_of(query.count(conn)),
            sql_of(names.clone().distinct().limit(5).count(conn)),
            sql_of(query.exists(conn)),
            sql_of(names.offset(5).exists(conn)),
            sql_of(Ghost::insert(row()).execute(conn)),
            sql_of(Ghost::insert_many([row()]).all(conn)),
            sql_of(Ghost::insert_many([row(), row(), row()]).execute(conn)),
        ];
        sent.join("\n")
    })
}

#[test]
fn statements_for_sqlite() {
    assert_snapshot!(statements(Backend::SqliteMemory), @r#"
    SELECT "id", "name", "tag" FROM "ghosts" WHERE "name" = ?1 LIMIT ?2
    SELECT "id", "name", "tag" FROM "ghosts" WHERE "name" = ?1 LIMIT ?2
    SELECT "id", "name", "tag" FROM "ghosts" WHERE "name" = ?1 AND "id" = ?2
    SELECT count(*) FROM "ghosts" WHERE "name" = ?1
    SELECT count(*) FROM (SELECT DISTINCT "name" FROM "ghosts" LIMIT ?1) AS "counted"
    SELECT EXISTS (SELECT 1 FROM "ghosts" WHERE "name" = ?1)
    SELECT EXISTS (SELECT "name" FROM "ghosts" LIMIT -1 OFFSET ?1)
    INSERT INTO "ghosts" ("name", "tag") VALUES (?1, ?2)
    INSERT INTO "ghosts" ("name", "tag") VALUES (?1, ?2) RETURNING "id", "name", "tag"
    INSERT INTO "ghosts" ("name", "tag") VALUES (?1, ?2), (?3, ?4)
    "#);
}

#[test]
fn statements_for_postgres() {
    assert_snapshot!(statements(Backend::Postgres), @r#"
    SELECT "id", "name", "tag" FROM "ghosts" WHERE "name" = $1 LIMIT $2
    SELECT "id", "name", "tag" FROM "ghosts" WHERE "name" = $1 LIMIT $2
    SELECT "id", "name", "tag" FROM "ghosts" WHERE "name" = $1 AND "id" = $2
    SELECT count(*) FROM "ghosts" WHERE "name" = $1
    SELECT count(*) FROM (SELECT DISTINCT "name" FROM "ghosts" LIMIT $1) AS "counted"
    SELECT EXISTS (SELECT 1 FROM "ghosts" WHERE "name" = $1)
    SELECT EXISTS (SELECT "name" FROM "ghosts" OFFSET $1)
    INSERT INTO "ghosts" ("name", "tag") VALUES ($1, $2)
    INSERT INTO "ghosts" ("name", "tag") VALUES ($1, $2) RETURNING "id", "name", "tag"
    INSERT INTO "ghosts" ("name", "tag") SELECT * FROM unnest($1::text[], $2::varchar[])
    "#);
}
