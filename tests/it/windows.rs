//! Window functions: numbers, ranks, neighbours and running totals beside the rows.

use orm::func::{
    Bound, NamedWindow, aggregate, avg, count_all, cume_dist, dense_rank, first_value, lag, lag_by,
    last_value, lead, lead_by, max, nth_value, ntile, percent_rank, rank, row_number, sum, window,
};
use orm::prelude::*;
use orm::{Connection, Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "sales")]
struct Sale {
    #[orm(primary_key)]
    id: i64,
    shop: String,
    amount: i32,
    price: Decimal,
}

/// North sold 10, 20 and 20, south 5 and 15, for a tenth of that and a bit.
fn sales(conn: &mut Connection) -> TestResult {
    metadata![Sale].create_all(conn)?;
    let sales = [
        ("north", 10, "1.10"),
        ("north", 20, "2.05"),
        ("south", 5, "0.5"),
        ("north", 20, "10.00"),
        ("south", 15, "9.95"),
    ];
    for (shop, amount, price) in sales {
        let price = price.parse::<Decimal>()?;
        Sale::insert(Sale::builder().shop(shop).amount(amount).price(price)).execute(conn)?;
    }
    Ok(())
}

on_every_backend! {
    fn rows_are_numbered_within_their_partition(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let by_shop = window().partition_by(Sale::shop).order_by(Sale::id.desc());

        let numbers = Sale::query().select((Sale::id, row_number().over(by_shop))).order_by(Sale::id);

        assert_eq!(numbers.all(&mut conn)?, [(1, 3), (2, 2), (3, 2), (4, 1), (5, 1)]);
        Ok(())
    }

    fn equal_rows_have_the_same_rank(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let by_amount = || window().order_by(Sale::amount.desc());

        let ranks = Sale::query()
            .select((Sale::id, rank().over(by_amount()), dense_rank().over(by_amount())))
            .order_by(Sale::id);

        assert_eq!(ranks.all(&mut conn)?, [(1, 4, 3), (2, 1, 1), (3, 5, 4), (4, 1, 1), (5, 3, 2)]);
        Ok(())
    }

    fn ranks_are_parts_of_one_too(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let by_amount = || window().order_by(Sale::amount);

        let ranks = Sale::query()
            .select((
                Sale::id,
                percent_rank().over(by_amount()),
                cume_dist().over(by_amount()),
                ntile(2).over(window().order_by(Sale::id)),
            ))
            .order_by(Sale::id);

        assert_eq!(
            ranks.all(&mut conn)?,
            [(1, 0.25, 0.4, 1), (2, 0.75, 1.0, 1), (3, 0.0, 0.2, 1), (4, 0.75, 1.0, 2), (5, 0.5, 0.6, 2)]
        );
        Ok(())
    }

    fn values_are_those_of_rows_at_a_distance_and_of_the_frame(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let by_id = || window().order_by(Sale::id);
        let by_shop = || by_id().partition_by(Sale::shop);
        let whole = by_shop().rows(Bound::UnboundedPreceding, Bound::UnboundedFollowing);

        let apart = Sale::query().order_by(Sale::id).select((
            lag_by(Sale::amount, 2).over(by_id()),
            lead_by(Sale::amount, 2).over(by_id()),
        ));
        let framed = Sale::query().order_by(Sale::id).select((
            first_value(Sale::amount).over(by_shop()),
            nth_value(Sale::amount, 2).over(by_shop()),
            last_value(Sale::amount).over(whole),
        ));

        assert_eq!(
            apart.all(&mut conn)?,
            [(None, Some(5)), (None, Some(20)), (Some(10), Some(15)), (Some(20), None), (Some(5), None)]
        );
        assert_eq!(
            framed.all(&mut conn)?,
            [
                (Some(10), None, Some(20)),
                (Some(10), Some(20), Some(20)),
                (Some(5), None, Some(15)),
                (Some(10), Some(20), Some(20)),
                (Some(5), Some(15), Some(15)),
            ]
        );
        Ok(())
    }

    fn an_aggregate_without_a_wrapper_is_called_by_its_name(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let most = || aggregate::<Option<i32>>("max", Sale::amount);
        let by_shop = Sale::query().group_by(Sale::shop).order_by(Sale::shop);
        let amounts = aggregate::<i64>("count", Sale::amount).distinct();

        let groups = by_shop.select((Sale::shop, amounts, most().filter(Sale::id.lt(3))));
        let beside = most().over(window().partition_by(Sale::shop));
        let rows = Sale::query().select(beside).order_by(Sale::id);

        assert_eq!(
            groups.all(&mut conn)?,
            [("north".to_owned(), 2, Some(20)), ("south".to_owned(), 2, None)]
        );
        assert_eq!(rows.all(&mut conn)?, [Some(20), Some(20), Some(15), Some(20), Some(15)]);
        Ok(())
    }

    fn the_first_row_has_none_before_it_and_the_last_none_after(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let by_shop = || window().partition_by(Sale::shop).order_by(Sale::id);

        let neighbours = Sale::query()
            .select((
                Sale::id,
                lag(Sale::amount).over(by_shop()),
                lead(Sale::amount).over(by_shop()),
            ))
            .order_by(Sale::id);

        assert_eq!(
            neighbours.all(&mut conn)?,
            [
                (1, None, Some(20)),
                (2, Some(10), Some(20)),
                (3, None, Some(15)),
                (4, Some(20), None),
                (5, Some(5), None),
            ]
        );
        Ok(())
    }

    fn a_sum_runs_from_the_start_of_its_partition(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let running = window().partition_by(Sale::shop).order_by(Sale::id);
        let whole = window().partition_by(Sale::shop);

        let sums = Sale::query()
            .select((
                Sale::id,
                sum(Sale::amount).over(running),
                sum(Sale::amount).over(whole),
                count_all().over(window()),
            ))
            .order_by(Sale::id);

        assert_eq!(
            sums.all(&mut conn)?,
            [
                (1, Some(10), Some(50), 5),
                (2, Some(30), Some(50), 5),
                (3, Some(5), Some(20), 5),
                (4, Some(50), Some(50), 5),
                (5, Some(20), Some(20), 5),
            ]
        );
        Ok(())
    }

    fn a_frame_looks_at_the_rows_around(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let around = window().order_by(Sale::id).rows(Bound::Preceding(1), Bound::Following(1));

        let frames = Sale::query()
            .select((
                Sale::id,
                avg(Sale::amount).over(around.clone()),
                max(Sale::amount).filter(Sale::shop.eq("north")).over(around),
            ))
            .order_by(Sale::id);

        // 10 20 5 20 15
        assert_eq!(
            frames.all(&mut conn)?,
            [
                (1, Some(15.0), Some(20)),
                (2, Some(35.0 / 3.0), Some(20)),
                (3, Some(15.0), Some(20)),
                (4, Some(40.0 / 3.0), Some(20)),
                (5, Some(17.5), Some(20)),
            ]
        );
        Ok(())
    }

    fn a_running_sum_of_decimals_is_exact(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let running = sum(Sale::price).over(window().order_by(Sale::id));
        let sums = Sale::query().select(running).order_by(Sale::id).all(&mut conn)?;

        let expected = ["1.10", "3.15", "3.65", "13.65", "23.60"];
        let expected: Vec<_> = expected.iter().map(|sum| sum.parse::<Decimal>().ok()).collect();
        assert_eq!(sums, expected);
        Ok(())
    }

    fn a_window_runs_over_groups(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let shops = Sale::query()
            .select((Sale::shop, rank().over(window().order_by(sum(Sale::amount).desc()))))
            .group_by(Sale::shop)
            .order_by(Sale::shop);

        assert_eq!(shops.all(&mut conn)?, [("north".to_owned(), 1), ("south".to_owned(), 2)]);
        Ok(())
    }

    fn the_best_of_each_partition_are_found_through_a_derived_table(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let place = row_number()
            .over(window().partition_by(Sale::shop).order_by((Sale::amount.desc(), Sale::id)));
        let ranked = Sale::query().select((Sale::id, place.label("place"))).subquery("ranked");
        let (id, place) = ranked.columns();

        let best = ranked.query().filter(place.eq(1)).select(id.clone()).order_by(id);

        assert_eq!(best.all(&mut conn)?, [2, 5]);
        Ok(())
    }

    fn functions_share_a_window_by_its_name(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let best = window()
            .partition_by(Sale::shop)
            .order_by((Sale::amount.desc(), Sale::id))
            .named("best");

        let places = Sale::query()
            .select((Sale::id, row_number().over(&best), sum(Sale::amount).over(&best)))
            .order_by((row_number().over(&best), Sale::id));

        // North sold 20, 20 and 10, south 15 and 5.
        assert_eq!(
            places.all(&mut conn)?,
            [
                (2, 1, Some(20)),
                (5, 1, Some(15)),
                (3, 2, Some(20)),
                (4, 2, Some(40)),
                (1, 3, Some(50)),
            ]
        );
        Ok(())
    }

    fn a_window_that_only_the_order_names_is_written_there(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let best = window().order_by((Sale::amount.desc(), Sale::id)).named("best");

        let sales = Sale::query().select(Sale::id).order_by(row_number().over(&best));

        assert_eq!(sales.all(&mut conn)?, [2, 4, 5, 1, 3]);
        Ok(())
    }

    fn each_part_of_a_union_has_windows_of_its_own(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;
        let by_id = window().order_by(Sale::id).named("w");
        let by_amount = window().order_by((Sale::amount, Sale::id)).named("w");
        let numbers = |by: &NamedWindow, id: i64| {
            let numbered = Sale::query().select((Sale::id, row_number().over(by).label("place")));
            let numbered = numbered.subquery("numbered");
            let (known, place) = numbered.columns();
            numbered.query().filter(known.eq(id)).select(place)
        };
        let direct = |by: &NamedWindow| Sale::query().select(row_number().over(by));

        assert_eq!(numbers(&by_id, 3).union_all(numbers(&by_amount, 3)).all(&mut conn)?, [3, 1]);
        assert_eq!(direct(&by_id).union(direct(&by_amount)).count(&mut conn)?, 5);
        Ok(())
    }

    fn windowed_rows_are_counted(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        sales(&mut conn)?;

        let numbered = Sale::query().select(row_number().over(window().order_by(Sale::id)));

        assert_eq!(numbered.count(&mut conn)?, 5);
        Ok(())
    }
}

#[test]
fn windows_are_written_as_a_person_would() -> TestResult {
    let frame = window()
        .partition_by((Sale::shop, Sale::price))
        .order_by(Sale::id.desc())
        .rows(Bound::UnboundedPreceding, Bound::CurrentRow);
    let only_frame = window().rows(Bound::Preceding(2), Bound::UnboundedFollowing);
    let query = Sale::query().select((
        sum(Sale::amount).filter(Sale::amount.gt(3)).over(frame),
        avg(Sale::amount).over(only_frame),
        count_all().over(window()),
    ));

    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"SELECT sum("amount") FILTER (WHERE "amount" > ?1) OVER (PARTITION BY "shop", "price" ORDER BY "id" DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), avg("amount") OVER (ROWS BETWEEN 2 PRECEDING AND UNBOUNDED FOLLOWING), count(*) OVER () FROM "sales""#
    );
    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT sum("amount") FILTER (WHERE "amount" > $1) OVER (PARTITION BY "shop", "price" ORDER BY "id" DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), CAST(avg("amount") OVER (ROWS BETWEEN 2 PRECEDING AND UNBOUNDED FOLLOWING) AS double precision), count(*) OVER () FROM "sales""#
    );
    Ok(())
}

#[test]
fn a_named_window_is_written_once() -> TestResult {
    let by_shop = window().partition_by(Sale::shop).order_by(Sale::amount + 1).named("by_shop");
    let query = Sale::query()
        .filter(Sale::amount.gt(3))
        .select((rank().over(&by_shop), sum(Sale::amount).over(&by_shop), rank().over(window())))
        .order_by(rank().over(&by_shop));

    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"SELECT rank() OVER "by_shop", sum("amount") OVER "by_shop", rank() OVER () FROM "sales" WHERE "amount" > ?1 WINDOW "by_shop" AS (PARTITION BY "shop" ORDER BY "amount" + ?2) ORDER BY rank() OVER "by_shop""#
    );
    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT rank() OVER "by_shop", sum("amount") OVER "by_shop", rank() OVER () FROM "sales" WHERE "amount" > $1 WINDOW "by_shop" AS (PARTITION BY "shop" ORDER BY "amount" + $2) ORDER BY rank() OVER "by_shop""#
    );
    Ok(())
}

#[test]
fn distances_and_numbers_of_rows_are_bound() -> TestResult {
    let by_id = || window().order_by(Sale::id);
    let query = Sale::query().select((
        ntile(4).over(by_id()),
        lag_by(Sale::amount, 2).over(by_id()),
        nth_value(Sale::amount, 3).over(by_id()),
    ));

    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"SELECT ntile(?1) OVER (ORDER BY "id"), lag("amount", ?2) OVER (ORDER BY "id"), nth_value("amount", ?3) OVER (ORDER BY "id") FROM "sales""#
    );
    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT ntile($1::integer) OVER (ORDER BY "id"), lag("amount", $2::integer) OVER (ORDER BY "id"), nth_value("amount", $3::integer) OVER (ORDER BY "id") FROM "sales""#
    );
    Ok(())
}

#[test]
fn two_windows_of_one_name_are_refused() {
    let one = window().order_by(Sale::id).named("w");
    let other = window().order_by(Sale::amount).named("w");
    let query = Sale::query().select((rank().over(&one), rank().over(&other)));

    let error = query.to_sql(&Sqlite).err().map(|error| error.to_string());

    assert_eq!(
        error.as_deref(),
        Some(
            "two windows of this query are called `w`: make it once and use it everywhere, or give \
             one of them another name"
        )
    );
}
