//! Aggregates and groups: counts, sums and averages, whole and of groups.

use orm::func::{avg, case, count, count_all, lower, max, min, sum};
use orm::prelude::*;
use orm::{Connection, Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;

use crate::shared::{refusal, text};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "shops")]
struct Shop {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "sales")]
struct Sale {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Shop::id))]
    shop_id: i64,
    item: String,
    amount: i32,
    big: i64,
    small: i16,
    weight: f64,
    light: f32,
    discount: Option<i32>,
    price: Decimal,
}

/// Three sales of the shop north, two of south, none of west.
fn sales(conn: &mut Connection) -> TestResult {
    metadata![Shop, Sale].create_all(conn)?;
    Shop::insert_many(["north", "south", "west"].map(|name| Shop::builder().name(name)))
        .execute(conn)?;
    let sales = [
        (1, "Pen", 7, 0.5, Some(1), "9.50"),
        (1, "pen", 8, 1.5, None, "10"),
        (1, "Ink", 27, 2.5, Some(2), "0.1"),
        (2, "ink", 14, 0.25, None, "0.2"),
        (2, "Pen", 31, 0.25, None, "100.00"),
    ];
    for (shop, item, amount, weight, discount, price) in sales {
        let sale = Sale::builder()
            .shop_id(shop)
            .item(item)
            .amount(amount)
            .big(4_000_000_000_000_000_000 / i64::from(amount))
            .small(30_000)
            .weight(weight)
            .light(0.5)
            .discount(discount)
            .price(price.parse::<Decimal>()?);
        Sale::insert(sale).execute(conn)?;
    }
    Ok(())
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

on_every_backend! {
    fn all_rows_make_one_row_of_aggregates(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let totals = Sale::query().select((
            count_all(),
            count(Sale::discount),
            count(Sale::shop_id).distinct(),
            sum(Sale::amount),
            avg(Sale::amount),
            min(Sale::item),
            max(Sale::discount),
        ));

        // "Ink" is before "Pen" and both are before lower case, byte by byte.
        let least = totals.one(&mut conn)?;
        assert_eq!((least.0, least.1, least.2, least.3), (5, 2, 2, Some(87)));
        assert_eq!((least.4, least.6), (Some(17.4), Some(2)));
        assert!(least.5.is_some_and(|item| item.to_lowercase() == "ink"));
        assert_eq!(totals.count(&mut conn)?, 1);
        Ok(())
    }

    fn sums_are_wide_enough_for_what_they_add(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let sums = Sale::query().select((
            sum(Sale::small),
            avg(Sale::small),
            sum(Sale::weight),
            sum(Sale::light),
            avg(Sale::light),
            avg(Sale::discount),
            sum(Sale::big).filter(Sale::id.le(2)),
        ));

        assert_eq!(
            sums.one(&mut conn)?,
            (
                Some(150_000),
                Some(30_000.0),
                Some(5.0),
                Some(2.5),
                Some(0.5),
                Some(1.5),
                Some(1_071_428_571_428_571_428),
            )
        );
        Ok(())
    }

    fn sums_of_decimals_are_exact(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let sums = Sale::query()
            .select((sum(Sale::price), avg(Sale::price), min(Sale::price), max(Sale::price)));

        let (sum, avg, min, max) = sums.one(&mut conn)?;
        // 9.50 + 10 + 0.1 + 0.2 + 100.00
        assert_eq!(sum, decimal("119.80"));
        assert_eq!(avg, decimal("23.96"));
        assert_eq!((min, max), (decimal("0.1"), decimal("100")));
        Ok(())
    }

    fn no_rows_add_up_to_none_and_count_zero(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Shop, Sale].create_all(&mut conn)?;

        let totals = Sale::query().select((
            count_all(),
            sum(Sale::amount),
            avg(Sale::price),
            max(Sale::item),
            sum(Sale::amount).coalesce(0),
            sum(Sale::price).coalesce(Decimal::ZERO),
        ));

        assert_eq!(totals.one(&mut conn)?, (0, None, None, None, 0, Decimal::ZERO));
        Ok(())
    }

    fn groups_are_made_filtered_and_ordered(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let shops = Sale::query()
            .join(Sale::shop_id)
            .select((Shop::name, count_all(), sum(Sale::amount)))
            .group_by(Shop::name)
            .having(sum(Sale::amount).gt(42))
            .order_by(sum(Sale::amount).desc());

        assert_eq!(shops.all(&mut conn)?, [(text("south"), 2, Some(45))]);
        assert_eq!(shops.count(&mut conn)?, 1);
        assert!(shops.exists(&mut conn)?);
        assert!(!shops.having(count_all().gt(2)).exists(&mut conn)?);
        Ok(())
    }

    fn a_left_join_counts_zero_for_those_without(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let shops = Shop::query()
            .left_join(Sale::shop_id)
            .select((Shop::name, count(Sale::id), sum(Sale::discount)))
            .group_by(Shop::id)
            .order_by(Shop::id);

        // Grouped by its primary key, a shop has one name.
        assert_eq!(
            shops.all(&mut conn)?,
            [(text("north"), 3, Some(3)), (text("south"), 2, None), (text("west"), 0, None)]
        );
        Ok(())
    }

    fn an_aggregate_looks_at_the_rows_of_its_filter(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let shops = Sale::query()
            .select((
                Sale::shop_id,
                count_all().filter(Sale::amount.lt(10)),
                sum(Sale::price).filter(Sale::amount.lt(10)).filter(Sale::discount.is_null()),
            ))
            .group_by(Sale::shop_id)
            .order_by(Sale::shop_id);

        assert_eq!(shops.all(&mut conn)?, [(1, 2, decimal("10")), (2, 0, None)]);
        Ok(())
    }

    fn rows_are_grouped_by_an_expression(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let items = Sale::query()
            .select((lower(Sale::item), count_all()))
            .group_by(lower(Sale::item))
            .order_by(lower(Sale::item));

        assert_eq!(items.all(&mut conn)?, [(text("ink"), 2), (text("pen"), 3)]);
        Ok(())
    }

    fn rows_are_grouped_by_an_expression_with_values(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let tens = || Sale::amount / 10;

        let histogram = Sale::query()
            .select((tens(), count_all()))
            .group_by(tens())
            .having(tens().gt(0))
            .order_by(tens());

        // 7 8 | 14 | 27 | 31
        assert_eq!(histogram.all(&mut conn)?, [(1, 1), (2, 1), (3, 1)]);
        Ok(())
    }

    fn distinct_rows_are_ordered_by_an_expression_with_values(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let tens = || Sale::amount / 10;

        let distinct = Sale::query().select(tens()).distinct().order_by(tens().desc());

        assert_eq!(distinct.all(&mut conn)?, [3, 2, 1, 0]);
        Ok(())
    }

    fn rows_are_grouped_by_a_choice(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let size = || case(Sale::amount.lt(10), "small").otherwise("large");

        let sizes = Sale::query()
            .select((size(), count_all()))
            .group_by(size())
            .order_by(size().desc());

        assert_eq!(sizes.all(&mut conn)?, [(text("small"), 2), (text("large"), 3)]);
        Ok(())
    }

    fn sums_of_decimals_are_compared_and_ordered_by_their_value(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let shops = Sale::query().select(Sale::shop_id).group_by(Sale::shop_id);
        let at_least = |least: i64| shops.clone().having(sum(Sale::price).ge(Decimal::from(least)));

        // The sums are 19.6 and 100.20, of which the second is less as text.
        assert_eq!(at_least(20).all(&mut conn)?, [2]);
        assert_eq!(at_least(3).count(&mut conn)?, 2);
        assert_eq!(shops.clone().order_by(sum(Sale::price)).all(&mut conn)?, [1, 2]);
        assert_eq!(shops.order_by(max(Sale::price).desc()).all(&mut conn)?, [2, 1]);
        Ok(())
    }

    fn a_column_that_differs_within_a_group_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let conn = &mut conn;
        let by_shop = Sale::query().group_by(Sale::shop_id);

        assert_eq!(
            refusal(by_shop.clone().select((Sale::shop_id, Sale::item)).all(conn)),
            "the column `sales.item` differs within a group: add it to `group_by`, or put it into an \
             aggregate such as `max`"
        );
        refusal(by_shop.clone().all(conn));
        refusal(Sale::query().select((Sale::item, count_all())).all(conn));
        refusal(Sale::query().select(Sale::item).having(count_all().gt(1)).all(conn));
        refusal(Sale::query().select(Sale::item).order_by(count_all()).all(conn));
        let of_shop = by_shop.select(Sale::shop_id);
        refusal(of_shop.clone().order_by(Sale::item).all(conn));
        refusal(of_shop.clone().having(Sale::amount.gt(1)).all(conn));
        refusal(of_shop.clone().having(Sale::amount.gt(1)).count(conn));
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn the_sum_of_no_rows_is_not_read_as_a_number(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let none = Sale::query().filter(Sale::id.lt(0)).select(sum(Sale::amount));

        assert_eq!(none.one(&mut conn)?, None);
        Ok(())
    }

    fn groups_and_distinct_rows_are_counted_as_they_are_returned(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let shops = Sale::query().select(Sale::shop_id).distinct();
        let pairs = Sale::query().join(Sale::shop_id).select((Sale::id, Shop::id));

        assert_eq!(shops.count(&mut conn)?, 2);
        assert_eq!(pairs.clone().distinct().count(&mut conn)?, 5);
        assert_eq!(pairs.clone().limit(3).count(&mut conn)?, 3);
        assert_eq!(pairs.clone().offset(4).count(&mut conn)?, 1);
        assert!(!pairs.offset(5).exists(&mut conn)?);
        Ok(())
    }

    fn aggregates_are_compared_with_each_other(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let shops = Sale::query()
            .select((Sale::shop_id, max(Sale::amount) - min(Sale::amount)))
            .group_by(Sale::shop_id)
            .having(max(Sale::amount).gt(min(Sale::amount) * 3))
            .order_by(Sale::shop_id);

        // 27 and 7, 31 and 14.
        assert_eq!(shops.all(&mut conn)?, [(1, Some(20))]);
        Ok(())
    }
}

#[test]
fn a_grouped_query_is_written_as_a_person_would() -> TestResult {
    let query = Sale::query()
        .select((Sale::shop_id, sum(Sale::big).label("total"), avg(Sale::amount)))
        .filter(Sale::amount.gt(0))
        .group_by((Sale::shop_id, Sale::item))
        .having(count(Sale::item).distinct().ge(2) | max(Sale::price).is_null())
        .order_by((sum(Sale::big).desc(), Sale::shop_id));

    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"SELECT "shop_id", sum("big") AS "total", avg("amount") FROM "sales" WHERE "amount" > ?1 GROUP BY "shop_id", "item" HAVING count(DISTINCT "item") >= ?2 OR max("price") IS NULL ORDER BY sum("big") DESC, "shop_id""#
    );
    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT "shop_id", CAST(sum("big") AS bigint) AS "total", CAST(avg("amount") AS double precision) FROM "sales" WHERE "amount" > $1 GROUP BY "shop_id", "item" HAVING count(DISTINCT "item") >= $2::bigint OR max("price") IS NULL ORDER BY CAST(sum("big") AS bigint) DESC, "shop_id""#
    );
    Ok(())
}

#[test]
fn values_of_what_is_grouped_by_are_bound_once() -> TestResult {
    let size = || case(Sale::amount.lt(10), "small").otherwise("large");
    let query = Sale::query()
        .filter(Sale::amount.lt(10))
        .select((size(), count_all()))
        .group_by(size())
        .having(size().ne("small"))
        .order_by(size());

    // PostgreSQL knows an expression again only by the same placeholders.
    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT CASE WHEN "amount" < $1 THEN $2::text ELSE $3::text END, count(*) FROM "sales" WHERE "amount" < $4 GROUP BY CASE WHEN "amount" < $1 THEN $2::text ELSE $3::text END HAVING CASE WHEN "amount" < $1 THEN $2::text ELSE $3::text END <> $5::text ORDER BY CASE WHEN "amount" < $1 THEN $2::text ELSE $3::text END"#
    );
    Ok(())
}
