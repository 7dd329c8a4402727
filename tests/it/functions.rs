//! Functions that mean the same on every backend, operators by their names, and collations.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm::func::{
    DateUnit, avg, bool_and, bool_or, case, count_all, date_trunc, day, day_of_year, hour, minute,
    month, now, operator, position, random, replace, round, second, string_agg, substr, today,
    trim_end, trim_start, value, week, weekday, year,
};
use orm::prelude::*;
use orm::{Connection, Error, Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, lacks, on_every_backend};
use rust_decimal::Decimal;

#[derive(Model, Debug, PartialEq)]
struct Entry {
    #[orm(primary_key)]
    id: i64,
    name: String,
    note: Option<String>,
    ratio: f64,
    price: Decimal,
    is_done: Option<bool>,
    day: NaiveDate,
    local: NaiveDateTime,
    at: DateTime<Utc>,
}

#[derive(Model)]
struct Shift {
    #[orm(primary_key)]
    id: i64,
    day: NaiveDate,
    begins_at: NaiveTime,
}

fn entry(
    conn: &mut Connection,
    name: &str,
    ratio: f64,
    price: &str,
    is_done: Option<bool>,
    at: &str,
) -> TestResult {
    let at = DateTime::parse_from_rfc3339(at)?.to_utc();
    let entry = Entry::builder()
        .name(name)
        .note(is_done.map(|_| name.to_owned()))
        .ratio(ratio)
        .price(price.parse::<Decimal>()?)
        .is_done(is_done)
        .day(at.date_naive())
        .local(at.naive_utc())
        .at(at);
    Entry::insert(entry).execute(conn)?;
    Ok(())
}

fn entries(db: &TestDb) -> Result<Connection, Box<dyn std::error::Error>> {
    let mut conn = db.connect()?;
    metadata![Entry].create_all(&mut conn)?;
    // A Thursday, a Sunday and a Monday.
    entry(&mut conn, "  Über  ", 2.675, "2.345", Some(true), "2024-02-29T23:59:59.999999Z")?;
    entry(&mut conn, "b-b-B", -2.5, "-2.5", Some(false), "2023-12-31T12:30:00Z")?;
    entry(&mut conn, "apple", 1e300, "7", None, "2024-01-01T00:00:00Z")?;
    Ok(conn)
}

/// Reads the expressions in all rows.
macro_rules! read {
    ($conn:expr, $expressions:expr) => {
        Entry::query().order_by(Entry::id).select($expressions).all(&mut $conn)?
    };
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn time(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

on_every_backend! {
    fn spaces_are_trimmed_from_one_end(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;

        let texts = read!(conn, (trim_start(Entry::name), trim_end(Entry::name)));

        assert_eq!(texts[0], ("Über  ".to_owned(), "  Über".to_owned()));
        Ok(())
    }

    fn parts_of_texts_are_replaced_cut_and_found(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;

        let texts = read!(conn, (
            replace(Entry::name, "b", ""),
            replace(Entry::name, "", "x"),
            substr(Entry::name, 3, 2),
            substr(Entry::name, 4, u32::MAX),
            substr(Entry::name, 90, 1),
            position(Entry::name, "b"),
            position(Entry::name, Entry::name),
            position(Entry::note, "b"),
            position(Entry::name, ""),
        ));

        let owned = str::to_owned;
        let first = (
            owned("  Üer  "), owned("  Über  "), owned("Üb"), owned("ber  "), owned(""), 4, 1, Some(4), 1,
        );
        let second = (owned("--B"), owned("b-b-B"), owned("b-"), owned("-B"), owned(""), 1, 1, Some(1), 1);
        assert_eq!(texts[..2], [first, second]);
        assert_eq!(texts[2].7, None);
        Ok(())
    }

    fn there_is_no_character_before_the_first(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;

        let error = Entry::query().select(substr(Entry::name, 0, 1)).all(&mut conn).unwrap_err();

        assert_eq!(error.to_string(), "`substr` counts characters from 1, so none has the number 0");
        Ok(())
    }

    fn numbers_are_rounded_half_away_from_zero(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;

        let floats = read!(conn, (round(Entry::ratio, 2), round(Entry::ratio, 0)));
        let decimals = read!(conn, (round(Entry::price, 2), round(Entry::price, 0)));
        let average = Entry::query()
            .filter(Entry::id.le(2))
            .select((round(avg(Entry::ratio), 1), round(avg(Entry::price), 2)))
            .one(&mut conn)?;

        assert_eq!(floats, [(2.68, 3.0), (-2.5, -3.0), (1e300, 1e300)]);
        let texts = |(left, right): &(Decimal, Decimal)| (left.to_string(), right.to_string());
        assert_eq!(
            decimals.iter().map(texts).collect::<Vec<_>>(),
            [("2.35", "2"), ("-2.50", "-3"), ("7.00", "7")].map(|(left, right)| (left.to_owned(), right.to_owned()))
        );
        // (2.675 - 2.5) / 2 = 0.0875, and (2.345 - 2.5) / 2 = -0.0775.
        assert_eq!(average, (Some(0.1), Some("-0.08".parse()?)));
        Ok(())
    }

    fn rounded_decimals_are_compared_as_numbers(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;

        let query = Entry::query().filter(round(Entry::price, 1).lt("10".parse::<Decimal>()?));
        assert_eq!(query.count(&mut conn)?, 3);
        let order = Entry::query().order_by(round(Entry::price, 0)).select(Entry::id);
        assert_eq!(order.all(&mut conn)?, [2, 1, 3]);
        Ok(())
    }

    fn random_numbers_are_below_one_and_differ(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;

        let numbers = read!(conn, random());

        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)), "{numbers:?}");
        assert_ne!(numbers[0].to_bits(), numbers[1].to_bits());
        assert_eq!(Entry::query().order_by(random()).limit(2).all(&mut conn)?.len(), 2);
        Ok(())
    }

    fn now_is_the_time_of_the_statement(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;
        let before = Utc::now() - Duration::seconds(1);

        let (at, day) = Entry::query().limit(1).select((now(), today())).one(&mut conn)?;

        let after = Utc::now() + Duration::seconds(1);
        assert!(before < at && at < after, "{before} {at} {after}");
        assert!(before.date_naive() <= day && day <= after.date_naive());
        assert_eq!(Entry::query().filter(Entry::at.lt(now()) & Entry::day.lt(today())).count(&mut conn)?, 3);
        Ok(())
    }

    fn now_is_stored_as_every_other_time(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;
        Entry::update().set(Entry::at, now()).filter(Entry::id.eq(1)).execute(&mut conn)?;

        let stored = Entry::query().filter(Entry::id.eq(1)).select(Entry::at).one(&mut conn)?;

        assert_eq!(Entry::query().filter(Entry::at.eq(stored)).count(&mut conn)?, 1);
        Ok(())
    }

    fn parts_of_dates_and_times_are_numbers(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;
        let none = || case(Entry::is_done.is_null(), Entry::at).end();

        let dates = read!(conn, (year(Entry::day), month(Entry::day), day(Entry::day), weekday(Entry::day)));
        let times = read!(conn, (hour(Entry::local), minute(Entry::local), weekday(Entry::local)));
        let instants = read!(conn, (day(Entry::at), hour(Entry::at), minute(Entry::at)));
        let missing = read!(conn, (year(none()), hour(none())));

        // A Thursday, a Sunday and a Monday.
        assert_eq!(dates, [(2024, 2, 29, 4), (2023, 12, 31, 0), (2024, 1, 1, 1)]);
        assert_eq!(times, [(23, 59, 4), (12, 30, 0), (0, 0, 1)]);
        assert_eq!(instants, [(29, 23, 59), (31, 12, 30), (1, 0, 0)]);
        assert_eq!(missing, [(None, None), (None, None), (Some(2024), Some(0))]);
        Ok(())
    }

    fn seconds_are_whole_and_days_and_weeks_are_counted_in_the_year(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;

        let seconds = read!(conn, (second(Entry::local), second(Entry::at), minute(Entry::at)));
        let days = read!(conn, (day_of_year(Entry::day), day_of_year(Entry::local), day_of_year(Entry::at)));
        let weeks = read!(conn, (week(Entry::day), week(Entry::local), week(Entry::at)));

        // Of 59.999999 seconds, 59 are over.
        assert_eq!(seconds, [(59, 59, 59), (0, 0, 30), (0, 0, 0)]);
        // 31 + 29, and the last one of a year without a 29th of February.
        assert_eq!(days, [(60, 60, 60), (365, 365, 365), (1, 1, 1)]);
        // The first week of 2024 begins on Monday, the 1st of January.
        assert_eq!(weeks, [(9, 9, 9), (52, 52, 52), (1, 1, 1)]);
        Ok(())
    }

    fn a_year_may_begin_in_the_last_week_of_the_one_before(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Shift].create_all(&mut conn)?;
        // Friday, the 1st of January 2021, is in week 53 of 2020; Monday, the 30th of December 2024, in
        // week 1 of 2025.
        for (day, at) in [(date(2021, 1, 1), (6, 5, 4)), (date(2024, 12, 30), (23, 59, 59))] {
            let at = NaiveTime::from_hms_micro_opt(at.0, at.1, at.2, 999_999).unwrap();
            Shift::insert(Shift::builder().day(day).begins_at(at)).execute(&mut conn)?;
        }

        let begins_at = (hour(Shift::begins_at), minute(Shift::begins_at), second(Shift::begins_at));
        let (hour, minute, second) = begins_at;
        let shifts = Shift::query()
            .order_by(Shift::id)
            .select((week(Shift::day), year(Shift::day), hour, minute, second))
            .all(&mut conn)?;

        assert_eq!(shifts, [(53, 2021, 6, 5, 4), (1, 2024, 23, 59, 59)]);
        Ok(())
    }

    fn dates_are_cut_to_the_beginning_of_a_unit(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;
        let cut = |unit| date_trunc(unit, Entry::day);

        let dates = read!(conn, (
            cut(DateUnit::Year), cut(DateUnit::Month), cut(DateUnit::Week), cut(DateUnit::Day),
        ));

        assert_eq!(
            dates,
            [
                (date(2024, 1, 1), date(2024, 2, 1), date(2024, 2, 26), date(2024, 2, 29)),
                (date(2023, 1, 1), date(2023, 12, 1), date(2023, 12, 25), date(2023, 12, 31)),
                (date(2024, 1, 1), date(2024, 1, 1), date(2024, 1, 1), date(2024, 1, 1)),
            ]
        );
        Ok(())
    }

    fn times_are_cut_to_the_beginning_of_a_unit(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;
        let cut = |unit| date_trunc(unit, Entry::local);

        let times = read!(conn, (
            cut(DateUnit::Year),
            cut(DateUnit::Month),
            cut(DateUnit::Week),
            cut(DateUnit::Day),
            cut(DateUnit::Hour),
            cut(DateUnit::Minute),
        ));
        let instants = read!(conn, (date_trunc(DateUnit::Day, Entry::at), date_trunc(DateUnit::Minute, Entry::at)));

        assert_eq!(
            times[0],
            (
                time("2024-01-01T00:00:00"),
                time("2024-02-01T00:00:00"),
                time("2024-02-26T00:00:00"),
                time("2024-02-29T00:00:00"),
                time("2024-02-29T23:00:00"),
                time("2024-02-29T23:59:00"),
            )
        );
        assert_eq!(
            times[1],
            (
                time("2023-01-01T00:00:00"),
                time("2023-12-01T00:00:00"),
                time("2023-12-25T00:00:00"),
                time("2023-12-31T00:00:00"),
                time("2023-12-31T12:00:00"),
                time("2023-12-31T12:30:00"),
            )
        );
        assert_eq!(
            instants[0],
            (time("2024-02-29T00:00:00").and_utc(), time("2024-02-29T23:59:00").and_utc())
        );
        Ok(())
    }

    fn instants_are_cut_in_utc_whatever_the_session_says(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;
        if db.dialect_name() == "postgresql" {
            conn.execute(&orm_core::sql::Sql::plain("SET TIME ZONE 'Asia/Tokyo'"))?;
        }

        let instants = read!(conn, (date_trunc(DateUnit::Day, Entry::at), date_trunc(DateUnit::Month, Entry::day)));

        assert_eq!(instants[0], (time("2024-02-29T00:00:00").and_utc(), date(2024, 2, 1)));
        Ok(())
    }

    fn rows_are_grouped_by_what_dates_are_cut_to(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;
        let month = || date_trunc(DateUnit::Year, Entry::at);

        let counts = Entry::query()
            .select((month(), count_all()))
            .group_by(month())
            .order_by(month())
            .all(&mut conn)?;

        assert_eq!(counts, [(time("2023-01-01T00:00:00").and_utc(), 1), (time("2024-01-01T00:00:00").and_utc(), 2)]);
        Ok(())
    }

    fn texts_are_put_together_in_order(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;
        let trimmed = || orm::func::trim(Entry::name);

        let (up, down, notes, none) = Entry::query()
            .select((
                string_agg(trimmed(), ", ").order_by(Entry::id),
                string_agg(trimmed(), "").order_by(Entry::id.desc()),
                string_agg(Entry::note, "|").filter(Entry::id.gt(1)),
                string_agg(Entry::note, "|").filter(Entry::id.gt(9)),
            ))
            .one(&mut conn)?;

        assert_eq!(up.as_deref(), Some("Über, b-b-B, apple"));
        assert_eq!(down.as_deref(), Some("appleb-b-BÜber"));
        assert_eq!(notes.as_deref(), Some("b-b-B"));
        assert_eq!(none, None);
        Ok(())
    }

    fn each_text_is_put_in_once_where_the_backend_can(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;
        let query = Entry::query().select(string_agg(value("x"), ",").distinct());

        if db.dialect_name() == "sqlite" {
            let feature = "`distinct` of an aggregate with several arguments, such as `string_agg`";
            assert_eq!(query.one(&mut conn).unwrap_err().to_string(), lacks(&Sqlite, feature));
            return Ok(());
        }
        assert_eq!(query.one(&mut conn)?.as_deref(), Some("x"));
        Ok(())
    }

    fn conditions_hold_in_every_row_or_in_any(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;

        let all = Entry::query().select((bool_and(Entry::is_done), bool_or(Entry::is_done))).one(&mut conn)?;
        let some = Entry::query()
            .filter(Entry::id.ne(2))
            .select((bool_and(Entry::is_done), bool_and(Entry::ratio.gt(2.0))))
            .one(&mut conn)?;
        let none = Entry::query()
            .filter(Entry::id.eq(3))
            .select((bool_and(Entry::is_done), bool_or(Entry::is_done)))
            .one(&mut conn)?;

        assert_eq!(all, (Some(false), Some(true)));
        assert_eq!(some, (Some(true), Some(true)));
        assert_eq!(none, (None, None));
        Ok(())
    }

    fn an_operator_is_used_by_its_name(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;
        let shifted = operator::<i64>(Entry::id, "<<", value(2_i32));
        let matches = match db.dialect_name() {
            "sqlite" => Entry::name.op::<bool>("GLOB", "b*"),
            _ => Entry::name.op::<bool>("~*", "^B"),
        };

        assert_eq!(read!(conn, shifted.clone() + 1), [5, 9, 13]);
        assert_eq!(Entry::query().filter(!matches).count(&mut conn)?, 2);
        assert_eq!(Entry::query().filter(shifted.eq(8)).select(Entry::id).all(&mut conn)?, [2]);
        Ok(())
    }

    fn a_collation_decides_what_is_equal_and_what_comes_first(db: &TestDb) -> TestResult {
        let mut conn = entries(db)?;
        Entry::update().set(Entry::name, "Berta").filter(Entry::id.eq(1)).execute(&mut conn)?;
        let names = |collation| {
            Entry::query().order_by(Entry::name.collate(collation).asc()).select(Entry::id)
        };

        if db.dialect_name() == "sqlite" {
            assert_eq!(names("BINARY").all(&mut conn)?, [1, 3, 2]);
            assert_eq!(names("NOCASE").all(&mut conn)?, [3, 2, 1]);
            let apple = Entry::query().filter(Entry::name.collate("NOCASE").eq("APPLE"));
            assert_eq!(apple.count(&mut conn)?, 1);
        } else {
            assert_eq!(names("C").all(&mut conn)?, [1, 3, 2]);
            assert_eq!(Entry::query().filter(Entry::name.collate("C").gt("a")).count(&mut conn)?, 2);
        }
        Ok(())
    }
}

#[test]
fn functions_are_spelled_as_the_backend_does() -> TestResult {
    let query = Entry::query().select((
        position(Entry::name, "x"),
        round(Entry::ratio, 2),
        round(Entry::price, 2),
        date_trunc(DateUnit::Month, Entry::day),
        date_trunc(DateUnit::Week, Entry::at),
        string_agg(Entry::name, ",").order_by(Entry::id.desc()),
        bool_and(Entry::is_done),
        now(),
        today(),
    ));
    let query = query.group_by(Entry::id);

    assert_eq!(
        query.to_sql(&Postgres)?,
        "SELECT strpos(\"name\", $1::text), \
         CAST(round(CAST(\"ratio\" AS numeric), $2::integer) AS double precision), \
         round(\"price\", $3::integer), \
         CAST(date_trunc('month', CAST(\"day\" AS timestamp)) AS date), \
         date_trunc('week', \"at\", 'UTC'), \
         string_agg(\"name\", $4::text ORDER BY \"id\" DESC), \
         bool_and(\"is_done\"), \
         statement_timestamp(), \
         CAST(statement_timestamp() AT TIME ZONE 'UTC' AS date) \
         FROM \"entry\" GROUP BY \"id\""
    );
    assert_eq!(
        query.to_sql(&Sqlite)?,
        "SELECT instr(\"name\", ?1), \
         float_round(\"ratio\", ?2), \
         decimal_round(\"price\", ?3) COLLATE \"decimal\", \
         strftime('%Y-%m-01', \"day\"), \
         datetime(\"at\", 'start of day', '-6 days', 'weekday 1'), \
         string_agg(\"name\", ?4 ORDER BY \"id\" DESC), \
         min(\"is_done\"), \
         replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', ''), \
         date('now') \
         FROM \"entry\" GROUP BY \"id\""
    );
    Ok(())
}

#[test]
fn operators_stand_in_parentheses_and_are_checked() -> TestResult {
    let ids = Entry::query().select(Entry::id);

    let plain = ids
        .clone()
        .filter((Entry::id + 1).op::<bool>("=", Entry::id) | Entry::note.op::<bool>("~", "a"));
    assert_eq!(
        plain.to_sql(&Postgres)?,
        r#"SELECT "id" FROM "entry" WHERE (("id" + $1) = "id") OR ("note" ~ $2::text)"#
    );
    for symbol in ["", "; DROP TABLE entry", "= 1 --", "'", "/*", "OR 1=1"] {
        let error =
            ids.clone().filter(Entry::name.op::<bool>(symbol, "x")).to_sql(&Postgres).unwrap_err();
        assert!(matches!(error, Error::InvalidQuery(_)), "{symbol}");
        assert_eq!(
            error.to_string(),
            format!(
                "`{symbol}` is no operator: it is made of characters such as `~*` and `@>`, or of words such \
                 as `SIMILAR TO`"
            )
        );
    }
    Ok(())
}

#[test]
fn an_operator_that_may_be_null_is_not_selected_as_if_it_were_not() {
    let wrong = Entry::query()
        .select(case(Entry::id.gt(1), Entry::name.op::<Option<bool>>("~", "a")).otherwise(true));

    assert_eq!(
        wrong.to_sql(&Postgres).unwrap_err().to_string(),
        "`… ~ …` may be NULL here, but it is selected as a value that may not: add \
         `.nullable()` to select it as an `Option`"
    );
}

#[test]
fn a_collation_is_a_quoted_name() -> TestResult {
    let query = Entry::query()
        .filter(Entry::name.concat("x").collate("odd \"name").eq("y"))
        .order_by(Entry::name.collate("C").desc())
        .select(year(Entry::day));

    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT CAST(extract(year FROM "day") AS integer) FROM "entry" WHERE ("name" || $1::text) COLLATE "odd ""name" = $2::text ORDER BY "name" COLLATE "C" DESC"#
    );
    Ok(())
}

#[test]
fn seconds_days_and_weeks_are_spelled_as_the_backend_does() -> TestResult {
    let parts = Entry::query().select((
        second(Entry::local),
        second(Entry::at),
        minute(Entry::at),
        day_of_year(Entry::day),
        week(Entry::at),
    ));

    assert_eq!(
        parts.to_sql(&Sqlite)?,
        r#"SELECT CAST(strftime('%S', "local") AS INTEGER), CAST(strftime('%S', "at") AS INTEGER), CAST(strftime('%M', "at") AS INTEGER), CAST(strftime('%j', "day") AS INTEGER), CAST(strftime('%V', "at") AS INTEGER) FROM "entry""#
    );
    assert_eq!(
        parts.to_sql(&Postgres)?,
        r#"SELECT CAST(floor(extract(second FROM "local")) AS integer), CAST(floor(extract(second FROM "at" AT TIME ZONE 'UTC')) AS integer), CAST(extract(minute FROM "at" AT TIME ZONE 'UTC') AS integer), CAST(extract(doy FROM "day") AS integer), CAST(extract(week FROM "at" AT TIME ZONE 'UTC') AS integer) FROM "entry""#
    );
    Ok(())
}

#[test]
fn parts_of_dates_are_spelled_as_the_backend_does() -> TestResult {
    let parts = Entry::query().select((month(Entry::day), weekday(Entry::local), hour(Entry::at)));

    assert_eq!(
        parts.to_sql(&Sqlite)?,
        r#"SELECT CAST(strftime('%m', "day") AS INTEGER), CAST(strftime('%w', "local") AS INTEGER), CAST(strftime('%H', "at") AS INTEGER) FROM "entry""#
    );
    assert_eq!(
        parts.to_sql(&Postgres)?,
        r#"SELECT CAST(extract(month FROM "day") AS integer), CAST(extract(dow FROM "local") AS integer), CAST(extract(hour FROM "at" AT TIME ZONE 'UTC') AS integer) FROM "entry""#
    );
    Ok(())
}
