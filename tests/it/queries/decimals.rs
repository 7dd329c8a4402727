//! Decimals in conditions and orders: compared by their value, whatever their digits.

use orm::func::{case, max, value};
use orm::prelude::*;
use orm::{Expr, Postgres, Sqlite};
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

    fn decimals_inside_of_expressions_are_compared_by_their_value(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Price].create_all(&mut conn)?;
        let amounts = ["1", "9", "10"].map(decimal);
        Price::insert_many(amounts.map(|amount| Price::builder().amount(amount))).execute(&mut conn)?;
        let nine = decimal("9.0");
        let mut ids = |condition: Expr<bool>| {
            Price::query().filter(condition).order_by(Price::id).select(Price::id).all(&mut conn)
        };

        let both_given = value::<Decimal>(nine).lt(decimal("10"));
        let chosen = case(Price::id.eq(1), nine).otherwise(decimal("10"));
        let last_only = case(Price::id.eq(1), None::<Decimal>).otherwise(Price::amount);
        let nothing_of_equals = value::<Decimal>(nine).null_if(decimal("9"));

        assert_eq!(ids(both_given)?, [1, 2, 3]);
        assert_eq!(ids(chosen.nullable().lt(decimal("10.0")))?, [1]);
        assert_eq!(ids(last_only.eq(nine))?, [2]);
        assert_eq!(ids(nothing_of_equals.is_null())?, [1, 2, 3]);
        assert_eq!(ids((Price::amount * decimal("1")).between(nine, decimal("9.9")))?, [2]);
        let most = Price::query().select(max(Price::amount * decimal("2"))).one(&mut conn)?;
        assert_eq!(most, Some(decimal("20")));
        Ok(())
    }

    fn texts_chosen_by_decimals_are_compared_as_texts(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Price].create_all(&mut conn)?;
        Price::insert(Price::builder().amount(decimal("3"))).execute(&mut conn)?;
        let size = || case((Price::amount * decimal("2")).gt(decimal("10")), "large").otherwise("small");

        let small = Price::query().filter(size().ge("s")).count(&mut conn)?;

        assert_eq!(small, 1);
        Ok(())
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// SQLite would take a collation found anywhere in an expression for that of the whole.
#[test]
fn a_comparison_says_how_only_where_it_must() {
    let size = case((Price::amount * decimal("2")).gt(decimal("10")), "large").otherwise("small");
    let query = Price::query()
        .filter(Price::amount.lt(decimal("5")))
        .filter(value::<Decimal>(decimal("1")).lt(decimal("2")))
        .filter(size.ge("s"))
        .select(Price::id);

    assert_eq!(
        query.to_sql(&Sqlite).unwrap(),
        r#"SELECT "id" FROM "price" WHERE "amount" < ?1 AND ?2 COLLATE "decimal" < ?3 AND CASE WHEN decimal_mul("amount", ?4) COLLATE "decimal" > ?5 THEN ?6 ELSE ?7 END COLLATE "BINARY" >= ?8"#
    );
    assert_eq!(
        query.to_sql(&Postgres).unwrap(),
        r#"SELECT "id" FROM "price" WHERE "amount" < $1 AND $2::numeric < $3::numeric AND CASE WHEN "amount" * $4 > $5::numeric THEN $6::text ELSE $7::text END >= $8::text"#
    );
}
