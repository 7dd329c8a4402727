//! SELECT.

use insta::assert_snapshot;
use orm::prelude::*;
use orm::{Expr, Postgres, Sqlite};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    email: String,
    bio: Option<String>,
    age: i32,
    is_active: bool,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "odd \"table\"", schema = "shop")]
struct Odd {
    #[orm(primary_key, rename = "the id")]
    id: i64,
}

/// Returns the SQL of a query for SQLite and for PostgreSQL.
macro_rules! sql {
    ($query:expr) => {{
        let query = $query;
        (query.to_sql(&Sqlite).unwrap(), query.to_sql(&Postgres).unwrap())
    }};
}

#[test]
fn all_columns_of_a_table() {
    let (sqlite, postgres) = sql!(User::query());

    assert_snapshot!(sqlite, @r#"SELECT "id", "email", "bio", "age", "is_active" FROM "users""#);
    assert_snapshot!(postgres, @r#"SELECT "id", "email", "bio", "age", "is_active" FROM "users""#);
}

#[test]
fn names_are_quoted_and_qualified_by_their_schema() {
    let (sqlite, postgres) = sql!(Odd::query().filter(Odd::id.eq(1)));

    assert_snapshot!(sqlite, @r#"SELECT "the id" FROM "shop"."odd ""table""" WHERE "the id" = ?1"#);
    assert_snapshot!(postgres, @r#"SELECT "the id" FROM "shop"."odd ""table""" WHERE "the id" = $1"#);
}

#[test]
fn every_clause_at_once() {
    let (sqlite, postgres) = sql!(
        User::query()
            .filter(User::is_active)
            .filter(User::age.ge(18))
            .order_by((User::bio.desc().nulls_last(), User::email))
            .limit(10)
            .offset(20)
            .distinct()
            .select((User::id, User::bio))
    );

    assert_snapshot!(sqlite, @r#"SELECT DISTINCT "id", "bio" FROM "users" WHERE "is_active" AND "age" >= ?1 ORDER BY "bio" DESC NULLS LAST, "email" LIMIT ?2 OFFSET ?3"#);
    assert_snapshot!(postgres, @r#"SELECT DISTINCT "id", "bio" FROM "users" WHERE "is_active" AND "age" >= $1 ORDER BY "bio" DESC NULLS LAST, "email" LIMIT $2 OFFSET $3"#);
}

#[test]
fn an_offset_without_a_limit() {
    let (sqlite, postgres) = sql!(User::query().select(User::id).offset(5));

    assert_snapshot!(sqlite, @r#"SELECT "id" FROM "users" LIMIT -1 OFFSET ?1"#);
    assert_snapshot!(postgres, @r#"SELECT "id" FROM "users" OFFSET $1"#);
}

#[test]
fn comparisons() {
    let (sqlite, postgres) = sql!(User::query().select((
        User::age.eq(1),
        User::age.ne(2),
        User::age.lt(3),
        User::age.le(4),
        User::age.gt(5),
        User::age.ge(6),
        User::id.eq(User::id),
        User::age.between(7, 8),
    )));

    assert_snapshot!(sqlite, @r#"SELECT "age" = ?1, "age" <> ?2, "age" < ?3, "age" <= ?4, "age" > ?5, "age" >= ?6, "id" = "id", "age" BETWEEN ?7 AND ?8 FROM "users""#);
    assert_snapshot!(postgres, @r#"SELECT "age" = $1, "age" <> $2, "age" < $3, "age" <= $4, "age" > $5, "age" >= $6, "id" = "id", "age" BETWEEN $7 AND $8 FROM "users""#);
}

#[test]
fn tests_for_null() {
    let (sqlite, postgres) = sql!(User::query().select((
        User::bio.is_null(),
        User::bio.is_not_null(),
        User::bio.eq(None),
        User::bio.ne(None),
    )));

    assert_snapshot!(sqlite, @r#"SELECT "bio" IS NULL, "bio" IS NOT NULL, "bio" IS NULL, "bio" IS NOT NULL FROM "users""#);
    assert_snapshot!(postgres, @r#"SELECT "bio" IS NULL, "bio" IS NOT NULL, "bio" IS NULL, "bio" IS NOT NULL FROM "users""#);
}

#[test]
fn lists_are_one_value() {
    let (sqlite, postgres) = sql!(
        User::query()
            .select(User::id)
            .filter(User::id.in_([1, 2, 3]))
            .filter(User::email.not_in(["a", "b"]))
    );

    assert_snapshot!(sqlite, @r#"SELECT "id" FROM "users" WHERE "id" IN (SELECT value FROM json_each(?1)) AND "email" NOT IN (SELECT value FROM json_each(?2))"#);
    assert_snapshot!(postgres, @r#"SELECT "id" FROM "users" WHERE "id" = ANY($1) AND "email" <> ALL($2)"#);
}

#[test]
fn patterns() {
    let (sqlite, postgres) = sql!(
        User::query()
            .select(User::id)
            .filter(User::email.like("a%") | User::email.ilike("A%"))
            .filter(!User::bio.contains("x"))
    );

    assert_snapshot!(sqlite, @r#"SELECT "id" FROM "users" WHERE ("email" LIKE ?1 ESCAPE '\' OR lower("email") LIKE lower(?2) ESCAPE '\') AND NOT "bio" LIKE ?3 ESCAPE '\'"#);
    assert_snapshot!(postgres, @r#"SELECT "id" FROM "users" WHERE ("email" LIKE $1 ESCAPE '\' OR "email" ILIKE $2 ESCAPE '\') AND NOT "bio" LIKE $3 ESCAPE '\'"#);
}

#[test]
fn parentheses_stand_only_where_they_are_needed() {
    let (a, b, c) = (User::id.eq(1), User::id.eq(2), User::is_active);
    let where_of = |condition: Expr<bool>| {
        let sql = User::query().filter(condition).to_sql(&Sqlite).unwrap();
        sql.split_once(" WHERE ").unwrap().1.to_owned()
    };

    assert_snapshot!(where_of(a.clone() & b.clone() & c), @r#""id" = ?1 AND "id" = ?2 AND "is_active""#);
    assert_snapshot!(where_of(a.clone() | b.clone() & c), @r#""id" = ?1 OR "id" = ?2 AND "is_active""#);
    assert_snapshot!(where_of((a.clone() | b.clone()) & c), @r#"("id" = ?1 OR "id" = ?2) AND "is_active""#);
    assert_snapshot!(where_of(!(a.clone() | b.clone())), @r#"NOT ("id" = ?1 OR "id" = ?2)"#);
    assert_snapshot!(where_of(!(a.clone() & b)), @r#"NOT ("id" = ?1 AND "id" = ?2)"#);
    assert_snapshot!(where_of(!c), @r#"NOT "is_active""#);
    assert_snapshot!(where_of(!!c), @r#"NOT (NOT "is_active")"#);
    assert_snapshot!(where_of(a.clone().eq(c)), @r#"("id" = ?1) = "is_active""#);
    assert_snapshot!(where_of(a.is_null()), @r#"("id" = ?1) IS NULL"#);
}

#[test]
fn an_order_by_an_expression() {
    let (sqlite, postgres) = sql!(
        User::query()
            .select(User::id)
            .order_by(User::bio.is_null())
            .order_by((User::age.asc().nulls_first(), User::id.desc()))
    );

    assert_snapshot!(sqlite, @r#"SELECT "id" FROM "users" ORDER BY "bio" IS NULL, "age" NULLS FIRST, "id" DESC"#);
    assert_snapshot!(postgres, @r#"SELECT "id" FROM "users" ORDER BY "bio" IS NULL, "age" NULLS FIRST, "id" DESC"#);
}
