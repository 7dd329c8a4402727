//! Types of one's own: enums, newtypes, and an implementation of `ColumnType` by hand.

use orm::prelude::*;
use orm::{ColumnType, DbEnum, Row, SqlType, Value};
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::stored::{assert_ordered, assert_round_trips};

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
enum State {
    New,
    InTransit,
    #[orm(rename = "it's \"done\"; \\ \u{1F600}")]
    Done,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
#[orm(native = false, rename_all = "SCREAMING-KEBAB-CASE")]
enum Level {
    Low,
    VeryHigh,
}

#[derive(ColumnType, Debug, Clone, PartialEq)]
struct Email(String);

#[derive(ColumnType, Debug, Clone, Copy, PartialEq)]
struct OrderId(i32);

#[derive(ColumnType, Debug, Clone, Copy, PartialEq)]
struct Token {
    id: Uuid,
}

#[derive(ColumnType, Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Money(Decimal);

#[derive(ColumnType, Debug, Clone, Copy, PartialEq)]
struct OrderState(State);

/// A duration of whole seconds, stored as ISO 8601 has it: `PT90S`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seconds(u32);

impl ColumnType for Seconds {
    const SQL_TYPE: SqlType = SqlType::Text { length: Some(13) };

    fn read(row: &dyn Row, index: usize) -> orm::Result<Self> {
        let digits = row.text(index)?.strip_prefix("PT").and_then(|text| text.strip_suffix('S'));
        let seconds = digits.and_then(|digits| digits.parse().ok());
        let expected = "a duration as `PT90S`";
        seconds.map(Self).ok_or_else(|| orm::Error::decode(index, expected, "other text"))
    }

    fn to_value(&self) -> orm::Result<Value<'_>> {
        Ok(Value::Text(format!("PT{}S", self.0).into()))
    }
}

stored! {
    Parcel: State,
    Alarm: Level,
    Contact: Email,
    Order: OrderId,
    Login: Token,
    Invoice: Money,
    Delivery: OrderState,
    Track: Seconds,
}

on_every_backend! {
    fn an_enum_round_trips(db: &TestDb) -> TestResult {
        assert_round_trips::<Parcel>(db, &[State::New, State::InTransit, State::Done])
    }

    fn an_enum_that_is_text_everywhere_round_trips(db: &TestDb) -> TestResult {
        assert_round_trips::<Alarm>(db, &[Level::Low, Level::VeryHigh])
    }

    fn a_native_enum_is_ordered_by_declaration_and_another_by_its_text(
        db: &TestDb,
    ) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Parcel, Alarm].create_all(&mut conn)?;
        let states = [State::InTransit, State::New, State::Done];
        Parcel::insert_many(states.map(|state| Parcel::builder().value(state))).execute(&mut conn)?;
        let levels = [Level::VeryHigh, Level::Low];
        Alarm::insert_many(levels.map(|level| Alarm::builder().value(level))).execute(&mut conn)?;

        let states: Vec<State> =
            Parcel::query().order_by(Parcel::value).select(Parcel::value).all(&mut conn)?;
        let levels: Vec<Level> =
            Alarm::query().order_by(Alarm::value).select(Alarm::value).all(&mut conn)?;

        let expected = match db.backend() {
            Backend::Postgres => [State::New, State::InTransit, State::Done],
            // in_transit, it's …, new
            _ => [State::InTransit, State::Done, State::New],
        };
        assert_eq!(states, expected);
        assert_eq!(levels, [Level::Low, Level::VeryHigh]);
        Ok(())
    }

    fn newtypes_round_trip_as_what_they_wrap(db: &TestDb) -> TestResult {
        assert_round_trips::<Contact>(db, &[Email(String::new()), Email("a@b.c".to_owned())])?;
        assert_round_trips::<Order>(db, &[OrderId(i32::MIN), OrderId(0), OrderId(i32::MAX)])?;
        assert_round_trips::<Login>(db, &[Token { id: Uuid::nil() }, Token { id: Uuid::max() }])?;
        assert_round_trips::<Invoice>(db, &[Money(Decimal::new(150, 2)), Money(Decimal::MIN)])?;
        assert_round_trips::<Delivery>(db, &[OrderState(State::New), OrderState(State::Done)])
    }

    fn a_newtype_of_a_decimal_is_ordered_as_a_number(db: &TestDb) -> TestResult {
        let values = [-20, -3, 5, 10, 20].map(|cents| Money(Decimal::new(cents, 1)));

        assert_ordered::<Invoice>(db, &values)
    }

    fn a_type_implemented_by_hand_round_trips(db: &TestDb) -> TestResult {
        assert_round_trips::<Track>(db, &[Seconds(0), Seconds(90), Seconds(u32::MAX)])
    }

    fn a_text_of_no_variant_is_refused_by_the_database(db: &TestDb) -> TestResult {
        #[derive(Model, Debug)]
        #[orm(table = "alarm")]
        struct LooseAlarm {
            #[orm(primary_key)]
            id: i64,
            value: String,
        }
        let mut conn = db.connect()?;
        metadata![Alarm].create_all(&mut conn)?;

        let error = LooseAlarm::insert(LooseAlarm::builder().value("MEDIUM"))
            .one(&mut conn)
            .unwrap_err();

        let clash = error.integrity().expect("an integrity error");
        assert_eq!(clash.kind, orm::IntegrityKind::Check);
        assert_eq!(clash.constraint.as_deref(), Some("ck_alarm_value_values"));
        Ok(())
    }
}
