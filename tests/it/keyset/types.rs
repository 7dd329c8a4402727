//! Pages ordered by columns of every type.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use orm::DbEnum;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::assert_walks_like_all;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
enum Mood {
    Sad,
    Glad,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "samples")]
struct Sample {
    #[orm(primary_key)]
    id: Uuid,
    truth: bool,
    small: i16,
    single: f32,
    double: f64,
    text: String,
    bytes: Vec<u8>,
    date: NaiveDate,
    time: NaiveTime,
    datetime: NaiveDateTime,
    timestamp: DateTime<Utc>,
    #[orm(precision = 12, scale = 4)]
    decimal: Decimal,
    json: serde_json::Value,
    mood: Mood,
}

/// Seven samples, whose values go up and down and repeat.
fn samples() -> impl Iterator<Item = impl orm::IntoNewRow<Sample>> {
    [3_i16, -1, 0, 3, 7, -1, 2].into_iter().zip(1_u128..).map(|(number, id)| {
        let start = NaiveDate::from_ymd_opt(2024, 2, 28).unwrap().and_hms_micro_opt(23, 59, 59, 1);
        let datetime = start.unwrap() + TimeDelta::seconds(i64::from(number));
        Sample::builder()
            .id(Uuid::from_u128(id << 120 | id))
            .truth(number > 0)
            .small(number)
            .single(f32::from(number) / 3.0)
            .double(f64::from(number) / 0.3)
            .text(format!("{number};'\"é\u{1F600}"))
            .bytes(vec![b';', number.unsigned_abs().to_be_bytes()[1], 0])
            .date(datetime.date())
            .time(datetime.time())
            .datetime(datetime)
            .timestamp(datetime.and_utc())
            .decimal(Decimal::new(i64::from(number) * 1_001, 4))
            .json(serde_json::json!({ "n": number }))
            .mood(if number % 2 == 0 { Mood::Sad } else { Mood::Glad })
    })
}

#[derive(Model, Debug)]
#[orm(table = "measures")]
struct Measure {
    #[orm(primary_key)]
    id: i64,
    value: Option<f64>,
}

on_every_backend! {
    fn a_page_begins_at_the_numbers_that_are_none(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Measure].create_all(&mut conn)?;
        let values = [f64::NAN, f64::INFINITY, -0.0, 0.0, 0.1, f64::NAN, f64::NEG_INFINITY];
        let values = values.map(Some).into_iter().chain([None]);
        let rows = values.map(|value| Measure::builder().value(value));
        Measure::insert_many(rows).execute(&mut conn)?;
        let ids = Measure::query().select(Measure::id);
        let in_order = [8_i64, 7, 3, 4, 5, 2, 1, 6];

        let query = ids.order_by((Measure::value.asc().nulls_first(), Measure::id));

        assert_eq!(query.all(&mut conn)?, in_order);
        assert_walks_like_all(&query, &mut conn)?;
        Ok(())
    }

    fn a_page_begins_where_the_value_of_any_type_says(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Sample].create_all(&mut conn)?;
        Sample::insert_many(samples()).execute(&mut conn)?;
        let (query, id) = (Sample::query(), Sample::id);

        for query in [
            query.clone().order_by(id.desc()),
            query.clone().order_by((Sample::truth.desc(), id)),
            query.clone().order_by((Sample::small, id)),
            query.clone().order_by((Sample::single, id)),
            query.clone().order_by((Sample::double.desc(), id)),
            query.clone().order_by((Sample::text, id)),
            query.clone().order_by((Sample::bytes.desc(), id)),
            query.clone().order_by((Sample::date, id)),
            query.clone().order_by((Sample::time.desc(), id)),
            query.clone().order_by((Sample::datetime, id)),
            query.clone().order_by((Sample::timestamp.desc(), id)),
            query.clone().order_by((Sample::decimal, id)),
            query.clone().order_by((Sample::json.desc(), id)),
            query.clone().order_by((Sample::mood, Sample::decimal.desc(), id.desc())),
        ] {
            assert_walks_like_all(&query, &mut conn)?;
        }
        Ok(())
    }
}
