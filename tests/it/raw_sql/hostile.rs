//! Values that look like SQL.

use orm::prelude::*;
use orm::{sql, text};
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::{User, users};

const STRINGS: &[&str] = &[
    "",
    " ",
    "'",
    "''",
    "\"",
    "`",
    "\\",
    "\\'",
    "o'neil",
    "'; DROP TABLE users; --",
    "\"; DROP TABLE users; --",
    "' OR '1' = '1",
    "1; DELETE FROM users",
    "/* comment */",
    "-- comment",
    "*/ 1 /*",
    ":name",
    "::int",
    "\\:name",
    "$1",
    "?1",
    "?",
    "$$",
    "$tag$ x $tag$",
    "{name}",
    "{{}}",
    "%",
    "_",
    "100%",
    "[1:2]",
    "[\"a\", null]",
    "null",
    "NULL",
    "\n",
    "\r\n\t",
    "\u{1}\u{1f}\u{7f}",
    "\u{202e}abc",
    "\u{feff}",
    "\u{2019}\u{ff07}\u{2bc}",
    "e\u{301}\u{e9}",
    "\u{1f600}",
    "\u{10ffff}",
];

on_every_backend! {
    fn they_come_back_as_they_were(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        for &hostile in STRINGS {
            let named = text("SELECT 'a:b' || :value, ':value' /* :value */ -- :value\n").bind("value", hostile);
            let named = named.query::<(String, String)>().one(&mut conn)?;
            let between = sql!("SELECT name FROM users WHERE name = {hostile} UNION ALL SELECT {hostile}");
            let between = between.query::<String>().all(&mut conn)?;
            let listed = sql!("SELECT count(*) FROM users WHERE name IN {..[hostile, \"bob\"]}");

            assert_eq!(named, (format!("a:b{hostile}"), ":value".to_owned()));
            assert_eq!(between, [hostile]);
            assert_eq!(listed.query::<i64>().one(&mut conn)?, 1, "{hostile:?}");
        }
        assert_eq!(User::query().count(&mut conn)?, 3);
        Ok(())
    }

    fn they_are_found_where_they_are_stored(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![User].create_all(&mut conn)?;

        let insert = text("INSERT INTO users (name, age) VALUES (:name, :age)");
        for (age, &hostile) in (0_i32..).zip(STRINGS) {
            insert.clone().bind("name", hostile).bind("age", age).execute(&mut conn)?;
        }

        for (age, hostile) in (0_i32..).zip(STRINGS) {
            let found = User::query().filter(sql!("name = {hostile}")).one(&mut conn)?;
            let among = User::query().filter(sql!("name IN {..[hostile]}")).one(&mut conn)?;
            assert_eq!((found.age, among.age), (age, age), "{hostile:?}");
        }
        Ok(())
    }

    fn a_name_that_is_bound_is_not_read_as_sql(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        for hostile in STRINGS {
            let refused = text("SELECT 1 WHERE 1 = :a").bind("a", 1).bind(hostile, 1).execute(&mut conn);
            assert!(refused.is_err(), "{hostile:?}");
        }
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }
}
