//! Dates, times and timestamps of `chrono`, to the microsecond and far from 1970.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use orm::prelude::*;
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};

use super::stored::{Filter, Stored as _, assert_ordered, assert_round_trips};

stored! {
    Date: NaiveDate,
    Time: NaiveTime,
    Local: NaiveDateTime,
    Instant: DateTime<Utc>,
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn time(text: &str) -> NaiveTime {
    text.parse().unwrap()
}

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

on_every_backend! {
    fn a_date_round_trips_from_the_first_year_to_the_last(db: &TestDb) -> TestResult {
        let values = [
            "1970-01-01", "1969-12-31", "2024-02-29", "2000-02-29", "1900-03-01", "0001-01-01",
            "1582-10-10", "9999-12-31",
        ]
        .map(date);

        assert_round_trips::<Date>(db, &values)
    }

    fn a_time_round_trips_to_the_microsecond(db: &TestDb) -> TestResult {
        let values = [
            "00:00:00", "00:00:00.000001", "12:34:56", "12:34:56.5", "12:34:56.123456", "23:59:59",
            "23:59:59.999999",
        ]
        .map(time);

        assert_round_trips::<Time>(db, &values)
    }

    fn a_local_time_round_trips_to_the_microsecond(db: &TestDb) -> TestResult {
        let values = [
            "1970-01-01T00:00:00", "1969-12-31T23:59:59.999999", "2024-02-29T12:34:56.123456",
            "0001-01-01T00:00:00", "0001-01-01T00:00:00.000001", "9999-12-31T23:59:59.999999",
        ]
        .map(local);

        assert_round_trips::<Local>(db, &values)
    }

    fn an_instant_round_trips_to_the_microsecond(db: &TestDb) -> TestResult {
        let values = [
            "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "2024-02-29T12:34:56.123456Z",
            "2024-02-29T12:34:56Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
        ]
        .map(instant);

        assert_round_trips::<Instant>(db, &values)
    }

    fn dates_and_times_are_ordered_as_in_rust(db: &TestDb) -> TestResult {
        assert_ordered::<Date>(
            db,
            &["0001-01-01", "0999-12-31", "1000-01-01", "1969-12-31", "1970-01-01", "9999-12-31"]
                .map(date),
        )?;
        assert_ordered::<Time>(
            db,
            &["00:00:00", "00:00:00.000001", "09:59:59.999999", "10:00:00", "10:00:00.1"].map(time),
        )?;
        assert_ordered::<Local>(
            db,
            &[
                "0001-01-01T00:00:00", "1969-12-31T23:59:59", "1969-12-31T23:59:59.000001",
                "1969-12-31T23:59:59.999999", "1970-01-01T00:00:00", "2024-10-01T00:00:00",
            ]
            .map(local),
        )?;
        assert_ordered::<Instant>(
            db,
            &[
                "0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z",
                "1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:01Z", "9999-12-31T23:59:59Z",
            ]
            .map(instant),
        )
    }

    fn what_is_finer_than_a_microsecond_is_cut_off(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        Time::create_table(&mut tx)?;
        Local::create_table(&mut tx)?;
        Instant::create_table(&mut tx)?;
        let given = instant("1969-12-31T23:59:59.123456789Z");
        let kept = instant("1969-12-31T23:59:59.123456Z");

        let time = Time::store(&mut tx, given.time(), None)?;
        let local = Local::store(&mut tx, given.naive_utc(), None)?;
        let instant = Instant::store(&mut tx, given, None)?;

        assert_eq!(time.value, kept.time());
        assert_eq!(local.value, kept.naive_utc());
        assert_eq!(instant.value, kept);
        assert_eq!(Instant::ids(&mut tx, Filter::Equal(&given))?, [instant.id]);
        assert_eq!(Instant::stored(&mut tx)?[0].value, kept);
        Ok(())
    }

    fn the_time_now_is_a_default(db: &TestDb) -> TestResult {
        #[derive(Model, Debug)]
        struct Visit {
            #[orm(primary_key)]
            id: i64,
            #[orm(default = Utc::now)]
            at: DateTime<Utc>,
        }
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        metadata![Visit].create_all(&mut tx)?;
        let microsecond = TimeDelta::microseconds(1);
        let before = Utc::now() - microsecond;

        let visit = Visit::insert(Visit::builder()).one(&mut tx)?;

        assert!(before <= visit.at && visit.at <= Utc::now(), "{visit:?}");
        assert_eq!(visit.at.timestamp_subsec_nanos() % 1_000, 0);
        assert_eq!(Visit::query().get_or_not_found(&mut tx, visit.id)?.at, visit.at);
        Ok(())
    }

    fn a_leap_second_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        Time::create_table(&mut tx)?;
        Local::create_table(&mut tx)?;
        Instant::create_table(&mut tx)?;
        let leap = local("2016-12-31T23:59:60.5");

        let errors = [
            Time::store(&mut tx, leap.time(), None).unwrap_err(),
            Local::store(&mut tx, leap, None).unwrap_err(),
            Instant::store(&mut tx, leap.and_utc(), None).unwrap_err(),
            Instant::ids(&mut tx, Filter::Greater(&leap.and_utc())).unwrap_err(),
        ];

        for (error, column) in errors.iter().zip(["time", "local", "instant", "instant"]) {
            assert_eq!(
                error.to_string(),
                format!(
                    "column `{column}.value`: expected a time without leap seconds, found a leap \
                     second"
                )
            );
        }
        Ok(())
    }

    fn a_date_beyond_what_the_database_holds_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let mut tx = conn.begin()?;
        Date::create_table(&mut tx)?;
        Instant::create_table(&mut tx)?;
        let first = NaiveDate::MIN;

        let errors = [
            Date::store(&mut tx, first, None).unwrap_err(),
            Date::store_all(&mut tx, vec![(date("2024-01-01"), None), (first, None)])
                .unwrap_err(),
            Date::ids(&mut tx, Filter::Equal(&first)).unwrap_err(),
            Date::ids(&mut tx, Filter::In(&[first])).unwrap_err(),
        ];

        let found = match db.backend() {
            Backend::Postgres => "a value in the range of the type `date`, found one beyond it",
            _ => "a date between the years 0 and 9999, found an earlier date",
        };
        for error in errors {
            assert_eq!(error.to_string(), format!("column `date.value`: expected {found}"));
        }
        let error = Instant::store(&mut tx, DateTime::<Utc>::MIN_UTC, None).unwrap_err();
        assert!(error.to_string().starts_with("column `instant.value`: expected "), "{error}");
        Ok(())
    }
}
