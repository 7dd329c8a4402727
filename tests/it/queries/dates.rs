//! Dates and times in conditions and orders.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Event {
    #[orm(primary_key)]
    id: i64,
    day: NaiveDate,
    hour: NaiveTime,
    at: DateTime<Utc>,
}

on_every_backend! {
    fn dates_and_times_are_found(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Event].create_all(&mut conn)?;
        let day = NaiveDate::from_ymd_opt(1969, 12, 31).unwrap();
        let hour = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
        let at: DateTime<Utc> = "2024-02-29T12:30:00.000001Z".parse()?;
        let event = Event::builder().day(day).hour(hour).at(at);
        Event::insert(event).execute(&mut conn)?;
        let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();

        assert!(Event::query().filter(Event::day.in_([day])).exists(&mut conn)?);
        assert!(!Event::query().filter(Event::day.not_in([day])).exists(&mut conn)?);
        assert!(Event::query().filter(Event::hour.in_([noon, hour])).exists(&mut conn)?);
        assert!(!Event::query().filter(Event::hour.in_([noon])).exists(&mut conn)?);
        assert!(Event::query().filter(Event::at.in_([at])).exists(&mut conn)?);
        assert!(!Event::query().filter(Event::at.not_in([at])).exists(&mut conn)?);
        Ok(())
    }

    fn dates_and_times_are_compared(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Event].create_all(&mut conn)?;
        let days = ["1899-12-31", "1969-12-31", "1970-01-01", "2024-02-29"];
        for day in days {
            let event = Event::builder()
                .day(day.parse::<NaiveDate>()?)
                .hour(NaiveTime::MIN)
                .at(format!("{day}T00:00:00Z").parse::<DateTime<Utc>>()?);
            Event::insert(event).execute(&mut conn)?;
        }
        let epoch: NaiveDate = "1970-01-01".parse()?;

        let before = Event::query().filter(Event::day.lt(epoch)).count(&mut conn)?;
        let since = Event::query().filter(Event::at.ge(DateTime::UNIX_EPOCH)).count(&mut conn)?;
        let latest = Event::query().order_by(Event::at.desc()).first(&mut conn)?.unwrap();

        assert_eq!((before, since), (2, 2));
        assert_eq!(latest.day.to_string(), "2024-02-29");
        Ok(())
    }
}
