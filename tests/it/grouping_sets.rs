//! Several ways of grouping at once: subtotals by `rollup`, `cube` and `grouping_sets`.

use orm::func::{count_all, cube, grouping, grouping_sets, lower, rollup, sum};
use orm::prelude::*;
use orm::{Connection, Error, Postgres, Sqlite};
use orm_testkit::{Backend, TestDb, TestResult, lacks, on_every_backend};

use crate::shared::refusal;

#[derive(Model, Debug)]
#[orm(table = "sales")]
struct Sale {
    #[orm(primary_key)]
    id: i64,
    region: String,
    shop: String,
    amount: i32,
}

/// In the east, shop a sold 1 and 2, shop b sold 4; in the west, shop a sold 8.
fn sales() -> Result<(TestDb, Connection), Box<dyn std::error::Error>> {
    let db = TestDb::create(Backend::Postgres)?;
    let mut conn = db.connect()?;
    metadata![Sale].create_all(&mut conn)?;
    for (region, shop, amount) in
        [("east", "a", 1), ("east", "a", 2), ("east", "b", 4), ("west", "a", 8)]
    {
        let sale = Sale::builder().region(region).shop(shop).amount(amount);
        Sale::insert(sale).execute(&mut conn)?;
    }
    Ok((db, conn))
}

type Total = (Option<String>, Option<String>, Option<i64>);

fn totals(by: impl orm::GroupBy) -> orm::Select<Total> {
    Sale::query()
        .select((Sale::region.nullable(), Sale::shop.nullable(), sum(Sale::amount)))
        .group_by(by)
        .order_by((Sale::region.asc().nulls_last(), Sale::shop.asc().nulls_last()))
}

fn rows<const N: usize>(rows: [(&str, &str, i64); N]) -> [Total; N] {
    let name = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    rows.map(|(region, shop, amount)| (name(region), name(shop), Some(amount)))
}

#[test]
fn a_rollup_adds_subtotals_from_the_right() -> TestResult {
    let (_db, mut conn) = sales()?;

    let totals = totals(rollup((Sale::region, Sale::shop))).all(&mut conn)?;

    assert_eq!(
        totals,
        rows([
            ("east", "a", 3),
            ("east", "b", 4),
            ("east", "", 7),
            ("west", "a", 8),
            ("west", "", 8),
            ("", "", 15),
        ])
    );
    Ok(())
}

#[test]
fn a_cube_adds_all_subtotals() -> TestResult {
    let (_db, mut conn) = sales()?;

    let totals = totals(cube((Sale::region, Sale::shop))).all(&mut conn)?;

    assert_eq!(
        totals,
        rows([
            ("east", "a", 3),
            ("east", "b", 4),
            ("east", "", 7),
            ("west", "a", 8),
            ("west", "", 8),
            ("", "a", 11),
            ("", "b", 4),
            ("", "", 15),
        ])
    );
    Ok(())
}

#[test]
fn grouping_sets_are_those_that_are_given() -> TestResult {
    let (_db, mut conn) = sales()?;

    let totals = totals(grouping_sets((Sale::region, Sale::shop, ()))).all(&mut conn)?;

    assert_eq!(
        totals,
        rows([("east", "", 7), ("west", "", 8), ("", "a", 11), ("", "b", 4), ("", "", 15)])
    );
    Ok(())
}

#[test]
fn a_group_tells_what_it_is_not_grouped_by() -> TestResult {
    let (_db, mut conn) = sales()?;
    let level = || grouping((Sale::region, Sale::shop));

    let levels = Sale::query()
        .select((level(), count_all()))
        .group_by(rollup((Sale::region, Sale::shop)))
        .having(level().gt(0))
        .order_by((level(), count_all()))
        .all(&mut conn)?;

    // The shop is the lowest bit: 1 is a region, 3 is everything.
    assert_eq!(levels, [(1, 1), (1, 3), (3, 4)]);
    Ok(())
}

#[test]
fn what_is_always_grouped_by_is_never_null() -> TestResult {
    let (_db, mut conn) = sales()?;

    let beside = Sale::query()
        .select((Sale::region, Sale::shop.nullable(), sum(Sale::amount)))
        .group_by(Sale::region)
        .group_by(rollup(Sale::shop))
        .order_by((Sale::region, Sale::shop.asc().nulls_last()));
    let in_all = Sale::query()
        .select((Sale::region, count_all()))
        .group_by(grouping_sets(((Sale::region, Sale::shop), Sale::region)))
        .order_by((Sale::region, count_all()));

    let beside: Vec<_> = beside.all(&mut conn)?.into_iter().map(|row| row.2).collect();
    assert_eq!(beside, [Some(3), Some(4), Some(7), Some(8), Some(8)]);
    let in_all: Vec<_> = in_all.all(&mut conn)?.into_iter().map(|row| row.1).collect();
    assert_eq!(in_all, [1, 2, 3, 1, 1]);
    Ok(())
}

#[test]
fn what_depends_on_a_key_of_every_group_is_known_in_it() -> TestResult {
    let (_db, mut conn) = sales()?;

    let sales = Sale::query()
        .select((Sale::id, Sale::shop, Sale::amount.nullable(), count_all()))
        .filter(Sale::id.eq(3))
        .group_by(Sale::id)
        .group_by(rollup(Sale::amount))
        .order_by(Sale::amount.asc().nulls_last());

    let shop = || "b".to_owned();
    assert_eq!(sales.all(&mut conn)?, [(3, shop(), Some(4), 1), (3, shop(), None, 1)]);
    Ok(())
}

#[test]
fn what_some_groups_lack_is_read_as_an_option() -> TestResult {
    let (_db, mut conn) = sales()?;
    let by_region = || Sale::query().group_by(rollup(Sale::region));
    let by_lower = || Sale::query().group_by(cube(lower(Sale::region)));
    let statements = conn.statement_count();

    let message = refusal(by_region().select(Sale::region).all(&mut conn));
    refusal(by_region().select(Sale::region.concat("!")).all(&mut conn));
    let expression = refusal(by_lower().select(lower(Sale::region)).all(&mut conn));
    let all = (Sale::id, Sale::region, Sale::shop, Sale::amount);
    refusal(Sale::query().group_by(rollup(all)).all(&mut conn));
    // Its other columns are those of one row in some of the groups only.
    refusal(Sale::query().select(Sale::shop).group_by(rollup(Sale::id)).all(&mut conn));
    assert_eq!(conn.statement_count(), statements);

    assert_eq!(
        message,
        "`sales.region` may be NULL here, but it is selected as a value that may not: add \
         `.nullable()` to select it as an `Option`"
    );
    assert!(
        expression.starts_with("`an expression of a grouping set` may be NULL"),
        "{expression}"
    );
    let names = by_region()
        .select(Sale::region.nullable().coalesce("all"))
        .order_by(Sale::region.asc().nulls_last());
    assert_eq!(names.all(&mut conn)?, ["east", "west", "all"]);
    let lower = by_lower().select(lower(Sale::region).nullable()).order_by(count_all());
    assert_eq!(lower.all(&mut conn)?, [Some("west".to_owned()), Some("east".to_owned()), None]);
    Ok(())
}

#[test]
fn values_of_a_key_are_the_same_wherever_it_stands() -> TestResult {
    let (_db, mut conn) = sales()?;
    let place = || Sale::region.concat("-").concat(Sale::shop);

    let totals = Sale::query()
        .select((place().nullable(), sum(Sale::amount)))
        .group_by(rollup(place()))
        .order_by(place().asc().nulls_last());

    let amounts: Vec<_> = totals.all(&mut conn)?.into_iter().map(|row| row.1).collect();
    assert_eq!(amounts, [Some(3), Some(4), Some(8), Some(15)]);
    Ok(())
}

#[test]
fn grouped_rows_are_counted_and_derived_from() -> TestResult {
    let (_db, mut conn) = sales()?;
    let totals = totals(rollup((Sale::region, Sale::shop)));

    let derived = totals.clone().subquery("totals");
    let (region, shop, _) = derived.columns();
    let regions = derived
        .query()
        .filter(shop.is_null() & region.clone().is_not_null())
        .select(region.clone())
        .order_by(region);

    assert_eq!(totals.count(&mut conn)?, 6);
    assert_eq!(regions.all(&mut conn)?, [Some("east".to_owned()), Some("west".to_owned())]);
    Ok(())
}

#[test]
fn grouping_sets_are_written_as_a_person_would() -> TestResult {
    let query = Sale::query()
        .select((count_all(), grouping(Sale::shop)))
        .group_by(Sale::region)
        .group_by(cube((Sale::shop, Sale::amount)))
        .group_by(grouping_sets(((Sale::shop, Sale::id), Sale::shop, ())))
        .having(count_all().gt(1));

    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT count(*), grouping("shop") FROM "sales" GROUP BY "region", CUBE ("shop", "amount"), GROUPING SETS (("shop", "id"), "shop", ()) HAVING count(*) > $1::bigint"#
    );
    Ok(())
}

on_every_backend! {
    fn grouping_sets_are_refused_where_there_are_none(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Sale].create_all(&mut conn)?;
        let statements = conn.statement_count();

        let totals = totals(rollup(Sale::region).clone());
        let level = Sale::query().select(grouping(Sale::region)).group_by(Sale::region);

        for error in [
            Sale::query().select(count_all()).group_by(rollup(Sale::region)).all(&mut conn).err(),
            level.all(&mut conn).err(),
        ] {
            match error {
                None => assert_eq!(db.dialect_name(), "postgresql"),
                Some(error) => {
                    assert_eq!(error.to_string(), lacks(&Sqlite, "grouping sets"));
                    assert!(matches!(error, Error::Unsupported { backend: "sqlite", .. }));
                    assert_eq!(conn.statement_count(), statements);
                }
            }
        }
        // Its shops are not grouped by, on any backend.
        refusal(totals.all(&mut conn));
        Ok(())
    }
}
