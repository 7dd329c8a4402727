//! Exact decimal numbers: every digit, the scale, and their order.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;

use super::stored::{assert_ordered, assert_round_trips};

stored! {
    Amount: Decimal,
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

on_every_backend! {
    fn a_decimal_keeps_its_digits_and_its_scale(db: &TestDb) -> TestResult {
        let values = [
            "0", "0.00", "1", "1.5", "1.50", "1.500", "-1.50", "10", "100.00", "0.1", "-0.1",
            "0.0000000000000000000000000001", "-0.0000000000000000000000000001",
            "1234567890123456789012345678", "12345678901234.56789012345678",
            "-9999999999999999999999999999", "9999999999999999999999999999.0",
            "0.1000000000000000000000000000", "10000", "100000000", "10000.0001", "9999.9999",
        ]
        .map(decimal);

        assert_round_trips::<Amount>(db, &values)
    }

    fn the_least_and_the_greatest_decimal_round_trip(db: &TestDb) -> TestResult {
        assert_round_trips::<Amount>(db, &[Decimal::MIN, Decimal::MAX, Decimal::ZERO])
    }

    fn decimals_are_ordered_as_numbers(db: &TestDb) -> TestResult {
        let values = [
            "-79228162514264337593543950335", "-100.5", "-20", "-3.0", "-3", "-0.5",
            "-0.0000000000000000000000000001", "0.0000000000000000000000000001", "0.5", "1.49",
            "1.5", "1.50", "2", "10", "9999999999999999999999999999",
        ]
        .map(decimal);
        // Equal numbers are told apart by their keys, which grow as the numbers fall.
        let mut distinct = values.to_vec();
        distinct.dedup();

        assert_ordered::<Amount>(db, &distinct)
    }

    fn a_decimal_of_limited_digits_is_the_same_number(db: &TestDb) -> TestResult {
        #[derive(Model, Debug)]
        struct Price {
            #[orm(primary_key)]
            id: i64,
            #[orm(precision = 6, scale = 2)]
            amount: Decimal,
        }
        let mut conn = db.connect()?;
        metadata![Price].create_all(&mut conn)?;
        let given = ["0", "1.5", "-1.50", "1.5000", "9999.99", "-9999.99", "0.01"].map(decimal);
        let rows = given.map(|amount| Price::builder().amount(amount));

        let prices = Price::insert_many(rows).all(&mut conn)?;

        let read: Vec<Decimal> = prices.iter().map(|price| price.amount).collect();
        assert_eq!(read, given);
        for (price, amount) in prices.iter().zip(given) {
            let found = Price::query().filter(Price::amount.eq(amount)).all(&mut conn)?;
            assert!(found.iter().any(|other| other.id == price.id), "{amount}");
        }
        Ok(())
    }
}
