//! What the rows of a statement written by hand are read as.

use orm::prelude::*;
use orm::{Error, Hydrate, Output, Record, Row, text, text_unchecked};
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};

use super::{User, users};
use crate::shared::refusal;

/// A struct that finds its columns by name.
#[derive(Debug, PartialEq)]
struct Decade {
    start: i64,
    names: String,
}

impl Output for Decade {
    type Out<H: Hydrate> = Self;

    const WIDTH: usize = 2;

    fn names() -> Option<Vec<&'static str>> {
        Some(vec!["start", "names"])
    }

    fn from_row<H: Hydrate>(hydrate: &mut H, row: &dyn Row, at: usize) -> orm::Result<Self> {
        let (start, names) = <(i64, String)>::from_row(hydrate, row, at)?;
        Ok(Self { start, names })
    }
}

on_every_backend! {
    fn models_find_their_columns_by_name(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let all = users(&mut conn)?;

        let in_order = text("SELECT * FROM users ORDER BY id").query::<User>();
        let mixed = text("SELECT 'x' AS more, email, age, name, age * 2 AS double, id FROM users ORDER BY id")
            .query::<User>();

        assert_eq!(in_order.all(&mut conn)?, all);
        assert_eq!(mixed.all(&mut conn)?, all);
        assert_eq!(mixed.first(&mut conn)?, Some(all[0].clone()));
        Ok(())
    }

    fn records_have_all_columns_by_name(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let ages = text("SELECT name, age * 2 AS double, email FROM users ORDER BY id");
        let ages = ages.query::<Record>().all(&mut conn)?;

        assert_eq!(ages.len(), 3);
        assert_eq!(ages[1].names().collect::<Vec<_>>(), ["name", "double", "email"]);
        assert_eq!(ages[1].get::<String>("name")?, "bob");
        assert_eq!(ages[1].get::<i32>("double")?, 60);
        assert_eq!(ages[2].get::<Option<String>>("email")?, None);
        Ok(())
    }

    fn structs_find_their_columns_by_name(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let decade = text("SELECT max(name) AS names, 7 AS other, min(age) AS start FROM users WHERE age > :age")
            .bind("age", 20)
            .query::<Decade>();

        // The least of two `integer`s is one; a field of 64 bits takes it.
        assert_eq!(decade.one(&mut conn)?, Decade { start: 30, names: "carol".to_owned() });
        Ok(())
    }

    fn tuples_and_values_take_the_columns_as_they_come(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let all = users(&mut conn)?;

        let pairs = text("SELECT name, email FROM users ORDER BY id DESC");
        let pairs = pairs.query::<(String, Option<String>)>().all(&mut conn)?;
        let beside = text("SELECT users.*, age + 1 FROM users ORDER BY id").query::<(User, i32)>();
        let count = text("SELECT count(*) FROM users").query::<i64>().one(&mut conn)?;
        let nothing = text("SELECT max(age) FROM users WHERE id > 99").query::<Option<i32>>();

        assert_eq!(pairs[1], ("bob".to_owned(), Some("bob@example.com".to_owned())));
        assert_eq!(beside.first(&mut conn)?, Some((all[0].clone(), 21)));
        assert_eq!(count, 3);
        assert_eq!(nothing.one(&mut conn)?, None);
        Ok(())
    }

    fn a_missing_column_is_an_error_before_the_first_row(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let before = conn.statement_count();

        // No row would have shown it.
        let model = text("SELECT id, name FROM users WHERE id > 99").query::<User>().all(&mut conn);
        let inserted = text("INSERT INTO users (name, age) VALUES ('dave', 50) RETURNING id, name");
        let inserted = inserted.query::<User>().all(&mut conn);
        let none = text("DELETE FROM users").query::<User>().all(&mut conn);

        assert_eq!(
            refusal(model),
            "`User` needs a column `age`, but the statement returns 2: `id`, `name`"
        );
        refusal(inserted);
        assert_eq!(refusal(none), "`User` needs a column `id`, but the statement returns none");
        assert_eq!(conn.statement_count(), before);
        assert_eq!(User::query().count(&mut conn)?, 3);
        Ok(())
    }

    fn a_column_that_is_there_twice_is_not_guessed(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let both = text("SELECT * FROM users JOIN users AS other ON other.id = users.id + 1");
        let both = both.query::<User>().all(&mut conn);
        let unused = text("SELECT *, 1 AS more, 2 AS more FROM users").query::<User>().all(&mut conn)?;

        assert_eq!(
            refusal(both),
            "`User` needs the column `id`, of which the statement returns two: give one of them \
             another name by AS, or leave it out"
        );
        assert_eq!(unused.len(), 3);
        Ok(())
    }

    fn a_tuple_is_as_wide_as_the_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let names = text("SELECT id, name FROM users WHERE id > 99");

        let wide = names.clone().query::<(i64, String, Option<i32>)>().all(&mut conn);
        let narrow = names.query::<i64>().all(&mut conn);

        assert_eq!(
            refusal(wide),
            "`(i64, String, Option<i32>)` is read from 3 columns, but the statement returns 2: `id`, \
             `name`"
        );
        assert_eq!(
            refusal(narrow),
            "`i64` is read from 1 column, but the statement returns 2: `id`, `name`"
        );
        Ok(())
    }

    fn an_error_about_a_value_names_its_column(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;

        let model = text("SELECT NULL AS more, NULL AS email, name, id, 'old' AS age FROM users");
        let model = model.query::<User>().all(&mut conn).unwrap_err();
        let tuple = text("SELECT id, email FROM users ORDER BY id").query::<(i64, String)>();
        let tuple = tuple.all(&mut conn).unwrap_err();

        let found = if db.backend() == Backend::Postgres { "`text`" } else { "text" };
        assert_eq!(model.to_string(), format!("column `age`: expected an integer, found {found}"));
        assert_eq!(
            tuple.to_string(),
            "column `email`: expected text, found NULL\n\
             help: make the field an `Option`, or the column NOT NULL"
        );
        Ok(())
    }

    fn the_terminals_are_those_of_other_queries(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let ids = |least: i64| text("SELECT id FROM users WHERE id >= :least ORDER BY id").bind("least", least);

        assert_eq!(ids(2).query::<i64>().all(&mut conn)?, [2, 3]);
        assert_eq!(ids(2).query::<i64>().first(&mut conn)?, Some(2));
        assert_eq!(ids(9).query::<i64>().first(&mut conn)?, None);
        assert_eq!(ids(3).query::<i64>().one(&mut conn)?, 3);
        assert_eq!(ids(9).query::<i64>().one_or_none(&mut conn)?, None);
        let several = ids(1).query::<i64>().one(&mut conn).unwrap_err();
        let missing = ids(9).query::<i64>().first_or_not_found(&mut conn).unwrap_err();
        let user = text("SELECT * FROM users WHERE id = 9").query::<User>().one(&mut conn).unwrap_err();
        assert!(matches!(several, Error::MultipleResults { .. }), "{several:?}");
        assert!(missing.is_not_found());
        assert_eq!(user.to_string(), "no `User` matches the query");
        // What was left unread is in nobody's way.
        assert_eq!(ids(1).query::<i64>().all(&mut conn)?, [1, 2, 3]);
        Ok(())
    }

    fn a_query_sends_one_statement_and_can_be_run_again(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let query = text("SELECT * FROM users WHERE age > :age").bind("age", 25).query::<User>();
        let before = conn.statement_count();

        let (first, again) = (query.all(&mut conn)?, query.clone().all(&mut conn)?);

        assert_eq!((first.len(), again), (2, first));
        assert_eq!(conn.statement_count() - before, 2);
        Ok(())
    }

    fn writes_return_their_count_or_their_rows(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let mut tx = conn.begin()?;

        let updated = text("UPDATE users SET age = age + :years WHERE age < :age")
            .bind("years", 1)
            .bind("age", 35)
            .execute(&mut tx)?;
        let inserted = text("INSERT INTO users (name, age, email) VALUES (:name, :age, :email) RETURNING *")
            .bind("name", "dave")
            .bind("age", 50)
            .bind("email", None::<String>)
            .query::<User>()
            .one(&mut tx)?;
        let deleted = text("DELETE FROM users WHERE id = 3 RETURNING name").query::<String>().all(&mut tx)?;
        tx.commit()?;

        assert_eq!(updated, 2);
        assert_eq!((inserted.id, inserted.age, inserted.email), (4, 50, None));
        assert_eq!(deleted, ["carol"]);
        assert_eq!(User::query().order_by(User::id).select(User::age).all(&mut conn)?, [21, 31, 50]);
        Ok(())
    }

    fn columns_that_change_between_two_runs_are_found_again(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let query = text("SELECT * FROM users ORDER BY id").query::<User>();
        let before = query.all(&mut conn)?;

        // The same statement returns its columns in another order from now on.
        conn.execute_definition("ALTER TABLE users RENAME TO old")?;
        conn.execute_definition(
            "CREATE TABLE users AS SELECT email, CAST(age AS INT) AS age, 1 AS more, name, id FROM old",
        )?;
        let mut after = query.all(&mut conn)?;
        conn.execute_definition("ALTER TABLE users RENAME COLUMN age TO years")?;
        let refused = query.all(&mut conn);

        after.sort_by_key(|user| user.id);
        assert_eq!(after, before);
        assert!(refusal(refused).starts_with("`User` needs a column `age`, but"));
        Ok(())
    }

    fn a_text_that_is_put_together_is_said_to_be_unchecked(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let columns = ["name", "id"];

        let query = text_unchecked(format!("SELECT {} FROM users WHERE age IN :ages ORDER BY id", columns.join(", ")))
            .bind_list("ages", [20, 40]);

        assert_eq!(
            query.query::<(String, i64)>().all(&mut conn)?,
            [("alice".to_owned(), 1), ("carol".to_owned(), 3)]
        );
        Ok(())
    }
}
