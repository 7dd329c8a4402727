//! Decimals in conditions and orders: compared by their value, whatever their digits.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;

#[derive(Model, Debug, PartialEq)]
struct Price {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique, precision = 30, scale = 10)]
    amount: Decimal,
}

on_every_backend! {
    fn decimals_are_found_and_ordered_by_their_value(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Price].create_all(&mut conn)?;
        let amounts = ["10", "9.5", "-3", "0.0000000001", "12345678901234567890.5"];
        for amount in amounts {
            Price::insert(Price::builder().amount(amount.parse::<Decimal>()?))
                .execute(&mut conn)?;
        }
        let (ten, half) = ("10.00".parse::<Decimal>()?, "9.50".parse::<Decimal>()?);
        let of = |query: orm::Select<Price>| query.order_by(Price::id).select(Price::id);

        let listed = of(Price::query().filter(Price::amount.in_([ten, half])));
        let others = of(Price::query().filter(Price::amount.not_in([ten, half])));
        let less = of(Price::query().filter(Price::amount.lt(ten)));
        let ordered = Price::query().order_by(Price::amount.desc()).select(Price::id);

        assert_eq!(listed.all(&mut conn)?, [1, 2]);
        assert_eq!(others.all(&mut conn)?, [3, 4, 5]);
        assert_eq!(less.all(&mut conn)?, [2, 3, 4]);
        assert_eq!(ordered.all(&mut conn)?, [5, 1, 2, 4, 3]);
        assert!(Price::query().filter(Price::amount.eq(half)).exists(&mut conn)?);
        assert!(Price::insert(Price::builder().amount(ten)).execute(&mut conn).is_err());
        Ok(())
    }
}
