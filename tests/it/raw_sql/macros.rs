//! `sql!`: values between braces.

use std::collections::BTreeSet;

use orm::func::count;
use orm::prelude::*;
use orm::{Postgres, Sqlite, sql};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{User, users};
use crate::shared::refusal;

struct Search<'s> {
    name: &'s str,
    ages: Vec<i32>,
    email: Option<String>,
}

on_every_backend! {
    fn what_stands_between_braces_is_bound(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let all = users(&mut conn)?;
        let search = Search { name: "bob", ages: vec![30, 31], email: Some("bob@example.com".to_owned()) };
        let Search { name, ages, email } = &search;

        let found = [
            sql!("SELECT * FROM users WHERE name = {name}"),
            sql!("SELECT * FROM users WHERE name = {search.name} AND age IN {..search.ages}"),
            sql!("SELECT * FROM users WHERE name = {*name} AND age IN ({..ages})"),
            sql!("SELECT * FROM users WHERE email = {email}"),
            sql!("SELECT * FROM users WHERE email = {&search.email} AND age = {search.ages[0]}"),
            sql!("SELECT * FROM users WHERE age = {all[0].age + 10}"),
            sql!("SELECT * FROM users WHERE name = {name.to_lowercase()} OR name = {email.as_deref()}"),
            sql!("SELECT * FROM users WHERE age = {if name.is_empty() { 0 } else { 30 }}"),
        ];

        for found in found {
            assert_eq!(found.query::<User>().all(&mut conn)?, [all[1].clone()]);
        }
        // Nothing was moved.
        assert_eq!(search.ages.len(), 2);
        Ok(())
    }

    fn lists_are_slices_and_collections(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let vector = Vec::from([1_i64, 3]);
        let slice = &vector[..];
        let set: BTreeSet<i64> = vector.iter().copied().collect();
        let nothing: [i64; 0] = [];
        let options = [Some(1_i64), None];

        let lists = [
            sql!("SELECT id FROM users WHERE id IN {..vector} ORDER BY id"),
            sql!("SELECT id FROM users WHERE id IN {..slice} ORDER BY id"),
            sql!("SELECT id FROM users WHERE id IN {..&set} ORDER BY id"),
            sql!("SELECT id FROM users WHERE id IN {..[1, 3]} ORDER BY id"),
            sql!("SELECT id FROM users WHERE name IN {..[\"alice\", \"carol\"]} ORDER BY id"),
        ];
        for list in lists {
            assert_eq!(list.query::<i64>().all(&mut conn)?, [1, 3]);
        }
        let none = sql!("SELECT id FROM users WHERE id IN {..nothing}").query::<i64>().all(&mut conn)?;
        let all = sql!("SELECT id FROM users WHERE id NOT IN {..nothing}").query::<i64>().all(&mut conn)?;
        let one = sql!("SELECT id FROM users WHERE id IN {..options}").query::<i64>().all(&mut conn)?;
        let unknown = sql!("SELECT id FROM users WHERE id NOT IN {..options}");

        assert_eq!((none.len(), all.len(), one), (0, 3, vec![1]));
        // Whether an id differs from NULL is unknown.
        assert!(unknown.query::<i64>().all(&mut conn)?.is_empty());
        Ok(())
    }

    fn columns_and_expressions_are_written(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let adult = User::age.ge(25);

        let names = sql!("SELECT u.{User::name} FROM users u WHERE {adult} ORDER BY {User::age} DESC");
        let counted = sql!("SELECT {count(User::email)} FROM users");

        assert_eq!(names.query::<String>().all(&mut conn)?, ["carol", "bob"]);
        assert_eq!(counted.query::<i64>().one(&mut conn)?, 1);
        Ok(())
    }

    fn writes_are_run(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let (name, years) = (String::from("o'neil"), 5);

        let changed = sql!("UPDATE users SET {User::name} = {name}, age = age + {years} WHERE id = {1}")
            .execute(&mut conn)?;

        assert_eq!(changed, 1);
        assert_eq!(User::query().get(&mut conn, 1)?.map(|user| (user.name, user.age)), Some((name, 25)));
        Ok(())
    }

    fn braces_and_colons_are_text(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let literal = sql!("SELECT '{{\"a:b\": [{{}}]}}', ':a', {1}").query::<(String, String, i32)>();

        assert_eq!(
            literal.one(&mut conn)?,
            (r#"{"a:b": [{}]}"#.to_owned(), ":a".to_owned(), 1)
        );
        Ok(())
    }

    fn a_column_that_is_missing_is_told_as_with_text(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let refused = sql!("SELECT name FROM users WHERE id = {1}").query::<User>().all(&mut conn);

        assert_eq!(refusal(refused), "`User` needs a column `id`, but the statement returns `name`");
        Ok(())
    }
}

#[test]
fn values_never_become_text() -> TestResult {
    let (name, ids) = ("'; DROP TABLE users; --", [1, 2]);
    let query = sql!(
        "SELECT a[1:2], {User::email}
         FROM users WHERE name = {name} AND age::bigint > {7}::int AND id IN {..ids}",
    );

    assert_eq!(
        query.to_sql(&Postgres)?,
        "SELECT a[1:2], \"email\"
         FROM users WHERE name = $1 AND age::bigint > $2::integer::int AND id = ANY($3)"
    );
    assert_eq!(
        query.to_sql(&Sqlite)?,
        "SELECT a[1:2], \"email\"
         FROM users WHERE name = ?1 AND age::bigint > ?2::int AND id IN (SELECT value FROM json_each(?3))"
    );
    Ok(())
}
