//! Values and lists that are bound by name.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use orm::prelude::*;
use orm::{Error, Postgres, Sqlite, sql, text};
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{User, users};

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
enum State {
    Open,
    Done,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "tasks")]
struct Task {
    #[orm(primary_key)]
    id: i64,
    small: i16,
    price: Decimal,
    ratio: f64,
    is_urgent: bool,
    state: State,
    day: NaiveDate,
    local: NaiveDateTime,
    at: DateTime<Utc>,
    token: Uuid,
    data: Vec<u8>,
    details: serde_json::Value,
    note: Option<String>,
}

fn task() -> Task {
    let at = DateTime::from_timestamp(1_700_000_000, 123_456_000).unwrap();
    Task {
        id: 1,
        small: -7,
        price: Decimal::new(1999, 2),
        ratio: 0.1,
        is_urgent: true,
        state: State::Done,
        day: NaiveDate::from_ymd_opt(2024, 2, 29).unwrap(),
        local: at.naive_utc(),
        at,
        token: Uuid::from_u128(7),
        data: vec![0, 255],
        details: serde_json::json!({"a": [1, "x"]}),
        note: None,
    }
}

on_every_backend! {
    fn values_of_every_type_go_in_and_are_found_again(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Task].create_all(&mut conn)?;
        let task = task();

        let inserted = text(
            "INSERT INTO tasks (id, small, price, ratio, is_urgent, state, day, local, at, token, data, details, note)
             VALUES (:id, :small, :price, :ratio, :is_urgent, :state, :day, :local, :at, :token, :data, :details, :note)",
        )
        .bind("id", task.id)
        .bind("small", task.small)
        .bind("price", task.price)
        .bind("ratio", task.ratio)
        .bind("is_urgent", task.is_urgent)
        .bind("state", task.state)
        .bind("day", task.day)
        .bind("local", task.local)
        .bind("at", task.at)
        .bind("token", task.token)
        .bind("data", &task.data)
        .bind("details", &task.details)
        .bind("note", &task.note)
        .execute(&mut conn)?;
        let found = text(
            "SELECT * FROM tasks WHERE small = :small AND price = :price AND ratio = :ratio
             AND is_urgent = :is_urgent AND state = :state AND day = :day AND local = :local AND at = :at
             AND token = :token AND data = :data",
        )
        .bind("small", task.small)
        .bind("price", Decimal::new(19990, 3))
        .bind("ratio", task.ratio)
        .bind("is_urgent", task.is_urgent)
        .bind("state", "done")
        .bind("day", task.day)
        .bind("local", task.local)
        .bind("at", Some(task.at))
        .bind("token", task.token)
        .bind("data", task.data.as_slice());

        assert_eq!(inserted, 1);
        assert_eq!(found.query::<Task>().all(&mut conn)?, [task]);
        Ok(())
    }

    fn integers_go_beside_columns_of_any_width(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Task].create_all(&mut conn)?;
        users(&mut conn)?;

        let narrow = text("SELECT id FROM users WHERE age > :n AND id < :n ORDER BY id LIMIT :n");
        let wide = narrow.clone().bind("n", 20_i64).query::<i64>().all(&mut conn)?;
        let narrow = narrow.bind("n", 20_i16).query::<i64>().all(&mut conn)?;
        let updated = text("UPDATE users SET age = age + :years").bind("years", 1_i64).execute(&mut conn)?;

        assert_eq!((wide, narrow), (vec![2, 3], vec![2, 3]));
        assert_eq!(updated, 3);
        Ok(())
    }

    fn values_that_nothing_stands_beside_have_their_own_type(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let row = text("SELECT :a, :b, :c, :a + :a, :d, CASE WHEN :c THEN :a ELSE 0 END")
            .bind("a", 7)
            .bind("b", 0.5)
            .bind("c", true)
            .bind("d", "text")
            .query::<(i32, f64, bool, i64, String, i32)>()
            .one(&mut conn)?;
        let null = text("SELECT coalesce(:a, :b)").bind("a", None::<i32>).bind("b", 8);

        assert_eq!(row, (7, 0.5, true, 14, "text".to_owned(), 7));
        assert_eq!(null.query::<i32>().one(&mut conn)?, 8);
        Ok(())
    }

    fn a_filter_that_is_off_for_null(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let named = text("SELECT id FROM users WHERE :name IS NULL OR name = :name ORDER BY id");
        let aged = text("SELECT id FROM users WHERE age = :age OR :age IS NULL ORDER BY id");

        let bob = named.clone().bind("name", Some("bob")).query::<i64>().all(&mut conn)?;
        let all = named.bind("name", None::<&str>).query::<i64>().all(&mut conn)?;
        let old = aged.clone().bind("age", Some(40)).query::<i64>().all(&mut conn)?;
        let any = aged.bind("age", None::<i32>).query::<i64>().all(&mut conn)?;

        assert_eq!((bob, all), (vec![2], vec![1, 2, 3]));
        assert_eq!((old, any), (vec![3], vec![1, 2, 3]));
        Ok(())
    }

    fn lists_are_one_value(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        users(&mut conn)?;
        let mut found = |sql: &'static str, names: &[&str]| {
            text(sql).bind_list("names", names).query::<i64>().all(&mut conn)
        };
        let within = "SELECT id FROM users WHERE name IN :names ORDER BY id";
        let in_parentheses = "SELECT id FROM users WHERE name in ( :names ) ORDER BY id";
        let outside = "SELECT id FROM users WHERE name NOT IN :names ORDER BY id";

        let names = ["bob", "carol", "o'neil"];
        assert_eq!(found(within, &names)?, [2, 3]);
        assert_eq!(found(in_parentheses, &names)?, [2, 3]);
        assert_eq!(found(outside, &names)?, [1]);
        assert_eq!(found(within, &[])?, [0; 0]);
        assert_eq!(found(outside, &[])?, [1, 2, 3]);
        Ok(())
    }

    fn lists_of_every_type_are_bound(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Task].create_all(&mut conn)?;
        let task = task();
        Task::insert(
            Task::builder()
                .id(task.id)
                .small(task.small)
                .price(task.price)
                .ratio(task.ratio)
                .is_urgent(true)
                .state(State::Done)
                .day(task.day)
                .local(task.local)
                .at(task.at)
                .token(task.token)
                .data(task.data.clone())
                .details(task.details.clone()),
        )
        .execute(&mut conn)?;

        let found = text(
            "SELECT count(*) FROM tasks WHERE small IN :smalls AND price IN :prices AND day IN :days
             AND at IN :times AND token IN :tokens AND data IN :data AND state IN :states
             AND id NOT IN :ids",
        )
        .bind_list("smalls", [1_i64, -7])
        .bind_list("prices", vec![Decimal::new(19990, 3)])
        .bind_list("days", [task.day])
        .bind_list("times", [Some(task.at), None])
        .bind_list("tokens", std::iter::once(task.token))
        .bind_list("data", [task.data.as_slice()])
        .bind_list("states", [State::Done, State::Open])
        .bind_list("ids", Vec::<i64>::new());

        assert_eq!(found.query::<i64>().one(&mut conn)?, 1);
        Ok(())
    }

    fn a_list_is_an_argument_of_what_the_database_has_for_lists(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let all = match db.backend() {
            Backend::Postgres => "SELECT unnest(:ids::bigint[]) * 2",
            _ => "SELECT value * 2 FROM json_each(:ids)",
        };

        let doubled = text(all).bind_list("ids", [1_i64, 5]).query::<i64>().all(&mut conn)?;

        assert_eq!(doubled, [2, 10]);
        Ok(())
    }

    fn a_value_that_cannot_be_stored_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let before = conn.statement_count();
        let leap_second = chrono::NaiveTime::from_hms_nano_opt(23, 59, 59, 1_500_000_000);

        let value = text("SELECT 1 WHERE :t IS NULL").bind("t", leap_second).execute(&mut conn);
        let list = text("SELECT 1 WHERE '' IN :t").bind_list("t", [leap_second]).execute(&mut conn);

        for refused in [value.unwrap_err(), list.unwrap_err()] {
            assert!(matches!(refused, Error::Encode(_)), "{refused:?}");
            assert!(refused.to_string().starts_with("`:t`: expected "), "{refused}");
        }
        assert_eq!(conn.statement_count(), before);
        Ok(())
    }
}

#[test]
fn postgres_reads_text_as_what_it_is_cast_to() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let mut conn = db.connect()?;

    let row =
        text("SELECT :day::date + :days, CAST(:n AS integer), :gap::interval > :other::interval")
            .bind("day", "2024-02-28")
            .bind("days", 2)
            .bind("n", "42")
            .bind("gap", "1 hour")
            .bind("other", "59 minutes")
            .query::<(NaiveDate, i32, bool)>()
            .one(&mut conn)?;

    assert_eq!(row, (NaiveDate::from_ymd_opt(2024, 3, 1).unwrap(), 42, true));
    Ok(())
}

#[test]
fn postgres_is_not_told_the_zone_of_a_time_by_chance() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let mut conn = db.connect()?;
    metadata![Task].create_all(&mut conn)?;
    let at = task().at;

    // It would be compared in the time zone of the session.
    let refused = text("SELECT id FROM tasks WHERE local < :at").bind("at", at);
    let refused = refused.query::<i64>().all(&mut conn).unwrap_err();
    let alone = text("SELECT :at::timestamptz").bind("at", at).query::<DateTime<Utc>>();

    assert_eq!(
        refused.to_string(),
        "`:at`: expected a value for the type `timestamp`, found a timestamp"
    );
    assert_eq!(alone.one(&mut conn)?, at);
    Ok(())
}

#[test]
fn a_value_that_does_not_fit_is_named() -> TestResult {
    let db = TestDb::create(Backend::Postgres)?;
    let mut conn = db.connect()?;
    users(&mut conn)?;
    let (age, name) = (7, 8.5);

    let named = text("SELECT id FROM users WHERE age = :age OR age = :age OR name = :name || :day")
        .bind("age", age)
        .bind("name", "bob")
        .bind("day", NaiveDate::MIN);
    let between =
        sql!("INSERT INTO users (name, age) VALUES ({\"x\"}, {age}), ({name}::text, {..[1]})");

    assert_eq!(
        named.query::<i64>().all(&mut conn).unwrap_err().to_string(),
        "`:day`: expected a value for the type `text`, found a date"
    );
    assert!(between.execute(&mut conn).is_err());
    Ok(())
}

#[test]
fn values_are_numbered_in_the_order_of_the_text() -> TestResult {
    let query = text(
        "SELECT ':no', name FROM users WHERE (age > :age OR :name = name) AND age < :age::int AND id NOT IN (:ids)",
    )
    .bind_list("ids", [1])
    .bind("name", "alice")
    .bind("age", 7);

    assert_eq!(
        query.to_sql(&Sqlite)?,
        "SELECT ':no', name FROM users WHERE (age > ?1 OR ?2 = name) AND age < ?1::int AND id NOT IN (SELECT value FROM json_each(?3))"
    );
    assert_eq!(
        query.to_sql(&Postgres)?,
        "SELECT ':no', name FROM users WHERE (age > $1::integer OR $2 = name) AND age < $1::integer::int AND id <> ALL($3)"
    );
    Ok(())
}

#[test]
fn a_name_bound_twice_keeps_the_last_value() -> TestResult {
    let db = TestDb::create(Backend::SqliteMemory)?;
    let mut conn = db.connect()?;

    let last = text("SELECT :a").bind("a", 1).bind("a", 2).query::<i64>().one(&mut conn)?;

    assert_eq!(last, 2);
    Ok(())
}

#[test]
fn columns_and_expressions_are_written() -> TestResult {
    let odd = (User::age % 2).eq(1);
    let query = text("SELECT :column FROM users AS u WHERE u.:column = :name OR :odd")
        .bind("column", User::name)
        .bind("name", "alice")
        .bind("odd", odd);
    let other = User::alias("other");

    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT "name" FROM users AS u WHERE u."name" = $1 OR ("age" % $2 = $3::integer)"#
    );
    assert_eq!(
        sql!("SELECT {other.column(User::id)} FROM users AS other").to_sql(&Sqlite)?,
        r#"SELECT "other"."id" FROM users AS other"#
    );
    let ages = User::query().select(User::age.label("years")).subquery("ages");
    assert_eq!(
        sql!("SELECT max({ages.columns()}) FROM ages").to_sql(&Sqlite)?,
        r#"SELECT max("ages"."years") FROM ages"#
    );
    Ok(())
}
