//! Writes of many rows by one statement: inserts of a query's rows, updates and deletes that look at
//! other tables, updates of many rows to values of their own.

use orm::func::{count_all, max};
use orm::prelude::*;
use orm::{Error, IntegrityKind, Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, lacks, on_every_backend};
use rust_decimal::Decimal;

use crate::shared::refusal;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Shelf {
    Front,
    Back,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "products")]
struct Product {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 10)]
    name: String,
    #[orm(precision = 8, scale = 2)]
    price: Decimal,
    stock: Option<i32>,
    shelf: Shelf,
    #[orm(default = 0, on_update = next_revision)]
    revision: i32,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "changes")]
struct Change {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Product::id))]
    product_id: i64,
    #[orm(precision = 8, scale = 2)]
    new_price: Decimal,
    approved: bool,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "archive")]
struct Archived {
    #[orm(primary_key)]
    id: i64,
    title: String,
    stock: Option<i32>,
    #[orm(default = Shelf::Back)]
    shelf: Shelf,
    #[orm(default = "moved")]
    reason: String,
    #[orm(default = no_note)]
    note: Option<String>,
    #[orm(server_default = "7")]
    weight: i32,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "seats")]
struct Seat {
    #[orm(primary_key)]
    hall: String,
    #[orm(primary_key)]
    number: i32,
    guest: Option<String>,
}

fn next_revision() -> i32 {
    77
}

fn no_note() -> Option<String> {
    None
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// "nut" at 1.00 with 10 in stock, "bolt" at 2.00 with none known, "nail" at 3.00 with 30; changes of
/// the first two, of which one is approved.
fn shop(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Product, Change, Archived, Seat].create_all(&mut conn)?;
    let rows = [("nut", "1.00", Some(10)), ("bolt", "2.00", None), ("nail", "3.00", Some(30))];
    Product::insert_many(rows.map(|(name, price, stock)| {
        Product::builder().name(name).price(decimal(price)).stock(stock).shelf(Shelf::Front)
    }))
    .execute(&mut conn)?;
    Change::insert_many([(1, "1.50", true), (2, "9.99", false)].map(
        |(product, price, approved)| {
            Change::builder().product_id(product).new_price(decimal(price)).approved(approved)
        },
    ))
    .execute(&mut conn)?;
    Ok(conn)
}

fn prices(conn: &mut Connection) -> orm::Result<Vec<String>> {
    let prices = Product::query().order_by(Product::id).select(Product::price).all(conn)?;
    Ok(prices.into_iter().map(|price| price.to_string()).collect())
}

fn stocks(conn: &mut Connection) -> orm::Result<Vec<Option<i32>>> {
    Product::query().order_by(Product::id).select(Product::stock).all(conn)
}

fn names(conn: &mut Connection) -> orm::Result<Vec<String>> {
    Product::query().order_by(Product::id).select(Product::name).all(conn)
}

on_every_backend! {
    fn the_rows_of_a_query_are_inserted_with_the_defaults_of_other_columns(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        let before = conn.statement_count();

        let count = Archived::insert_from(
            (Archived::id, Archived::title, Archived::stock),
            Product::query().filter(Product::price.gt(decimal("1.50"))).select((
                Product::id,
                Product::name,
                Product::stock,
            )),
        )
        .execute(&mut conn)?;

        assert_eq!((count, conn.statement_count() - before), (2, 1));
        let archived = |id, title: &str, stock| Archived {
            id,
            title: title.to_owned(),
            stock,
            shelf: Shelf::Back,
            reason: "moved".to_owned(),
            note: None,
            weight: 7,
        };
        assert_eq!(Archived::query().order_by(Archived::id).all(&mut conn)?, [
            archived(2, "bolt", None),
            archived(3, "nail", Some(30)),
        ]);
        Ok(())
    }

    fn unions_groups_and_distinct_rows_are_inserted_with_defaults_too(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        let of = |name: &str| Product::query().filter(Product::name.eq(name)).select(Product::name);

        let union = Archived::insert_from(Archived::title, of("nut").union(of("bolt")).union(of("nut")));
        assert_eq!(union.execute(&mut conn)?, 2);
        let distinct = Product::query().distinct().select(Product::shelf);
        assert_eq!(
            Archived::insert_from((Archived::shelf, Archived::title), distinct.select((Product::shelf, orm::func::value("all"))))
                .execute(&mut conn)?,
            1
        );
        let grouped = Product::query().group_by(Product::shelf).select((max(Product::stock), count_all().cast::<String>()));
        let inserted: Vec<(Option<i32>, String, String)> =
            Archived::insert_from((Archived::stock, Archived::title), grouped)
                .returning((Archived::stock, Archived::title, Archived::reason))
                .all(&mut conn)?;
        assert_eq!(inserted, [(Some(30), "3".to_owned(), "moved".to_owned())]);
        let nothing = Archived::insert_from(Archived::title, of("none"));
        assert_eq!(nothing.execute(&mut conn)?, 0);
        Ok(())
    }

    fn a_row_of_a_query_that_a_constraint_refuses_is_an_error(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        let copy = Product::insert_from(
            (Product::id, Product::name, Product::price, Product::shelf),
            Product::query().select((Product::id, Product::name, Product::price, Product::shelf)),
        );

        let error = copy.execute(&mut conn).unwrap_err();

        let clash = error.integrity().unwrap();
        assert_eq!((clash.kind, clash.table.as_deref()), (IntegrityKind::Unique, Some("products")));
        Ok(())
    }

    fn a_column_is_set_to_one_of_another_table(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        let before = conn.statement_count();

        let count = Product::update()
            .set(Product::price, Change::new_price)
            .set(Product::stock, Product::stock + 1)
            .join(Change::product_id)
            .filter(Change::approved)
            .execute(&mut conn)?;

        assert_eq!((count, conn.statement_count() - before), (1, 1));
        assert_eq!(prices(&mut conn)?, ["1.50", "2.00", "3.00"]);
        assert_eq!(stocks(&mut conn)?, [Some(11), None, Some(30)]);
        let revisions = Product::query().order_by(Product::id).select(Product::revision);
        assert_eq!(revisions.all(&mut conn)?, [77, 0, 0]);
        Ok(())
    }

    fn an_update_joins_aliases_and_the_rows_of_queries(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        let other = Product::alias("other");
        let counts = Change::query()
            .select((Change::product_id, max(Change::new_price).label("highest")))
            .group_by(Change::product_id)
            .subquery("counts");
        let (product_id, highest) = counts.columns();

        let renamed = Product::update()
            .set(Product::name, other.column(Product::name))
            .join(other.on(other.column(Product::id).eq(Product::id + 1)))
            .execute(&mut conn)?;
        let priced = Product::update()
            .set(Product::price, highest.clone().coalesce(decimal("0.00")))
            .join(counts.on(product_id.eq(Product::id)))
            .join(other.on(other.column(Product::id).eq(Product::id) & other.column(Product::stock).is_null()))
            .execute(&mut conn)?;

        assert_eq!((renamed, priced), (2, 1));
        assert_eq!(names(&mut conn)?, ["bolt", "nail", "nail"]);
        assert_eq!(prices(&mut conn)?, ["1.00", "9.99", "3.00"]);
        Ok(())
    }

    fn writes_join_the_rows_of_common_table_expressions(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        let highest = || {
            let query = Change::query()
                .filter(Change::new_price.gt(decimal("1.00")))
                .select((Change::product_id, max(Change::new_price).label("highest")));
            query.group_by(Change::product_id).cte("highest")
        };

        let cte = highest();
        let (product_id, price) = cte.columns();
        let updated = Product::update()
            .set(Product::price, price.coalesce(decimal("0.00")))
            .join(cte.on(product_id.eq(Product::id)))
            .filter(Product::stock.is_null())
            .execute(&mut conn)?;
        let cte = highest();
        let (product_id, price) = cte.columns();
        let deleted = Change::delete()
            .join(cte.on(product_id.eq(Change::product_id)))
            .filter(price.lt(decimal("2.00")))
            .execute(&mut conn)?;
        let cte = highest();
        let (_, price) = cte.columns();
        let inserted = Archived::insert_from(
            Archived::title,
            cte.query().select(price.cast::<String>().coalesce("")),
        );

        assert_eq!((updated, deleted, inserted.execute(&mut conn)?), (1, 1, 1));
        assert_eq!(prices(&mut conn)?, ["1.00", "9.99", "3.00"]);
        assert_eq!(Change::query().select(Change::product_id).all(&mut conn)?, [2]);
        assert_eq!(Archived::query().select(Archived::title).all(&mut conn)?, ["9.99"]);
        Ok(())
    }

    fn rows_are_moved_by_one_statement_on_postgresql(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        Change::delete().all_rows().execute(&mut conn)?;
        let moved = Product::delete()
            .filter(Product::stock.is_null())
            .returning((Product::id, Product::name))
            .cte("moved");
        let insert = Archived::insert_from((Archived::id, Archived::title), moved.query())
            .returning((Archived::id, Archived::title))
            .cte("archived");

        let archived = insert.query().all(&mut conn);

        if db.dialect_name() == "sqlite" {
            assert!(matches!(archived, Err(Error::Unsupported { .. })));
            return Ok(());
        }
        assert_eq!(archived?, [(2, "bolt".to_owned())]);
        assert_eq!(names(&mut conn)?, ["nut", "nail"]);
        assert_eq!(Archived::query().count(&mut conn)?, 1);
        Ok(())
    }

    fn updated_rows_are_returned_without_those_they_were_joined_to(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        let update = || {
            Product::update().set(Product::price, Change::new_price).join(Change::product_id)
        };

        let mut changed = update().returning(Product::entity()).all(&mut conn)?;
        changed.sort_by_key(|product| product.id);
        let priced: Vec<_> = changed.iter().map(|product| product.price.to_string()).collect();
        assert_eq!(priced, ["1.50", "9.99"]);

        let both = update().filter(Change::approved).returning((Product::id, Change::id)).all(&mut conn);
        match db.dialect_name() {
            "sqlite" => {
                let feature = "the columns of joined tables in `returning`: return those of the table \
                               that is written, and query the others";
                assert_eq!(both.unwrap_err().to_string(), lacks(&Sqlite, feature));
            }
            _ => assert_eq!(both?, [(1, 1)]),
        }
        Ok(())
    }

    fn rows_are_deleted_by_what_belongs_to_them(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        let before = conn.statement_count();

        let count =
            Change::delete().join(Change::product_id).filter(Product::name.eq("bolt")).execute(&mut conn)?;
        assert_eq!((count, conn.statement_count() - before), (1, 1));
        assert_eq!(Change::query().select(Change::product_id).all(&mut conn)?, [1]);

        // In the other direction, and of every row that has any.
        Change::insert(Change::builder().product_id(1).new_price(decimal("5")).approved(false)).execute(&mut conn)?;
        let other = Change::alias("later");
        let deleted: Vec<i64> = Change::delete()
            .join(other.on(other.column(Change::product_id).eq(Change::product_id) & other.column(Change::id).gt(Change::id)))
            .returning(Change::id)
            .all(&mut conn)?;
        assert_eq!(deleted, [1]);
        Ok(())
    }

    fn many_rows_are_updated_to_values_of_their_own(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        let before = conn.statement_count();
        let rows = [
            (1, (decimal("1.10"), Some(1), Shelf::Back)),
            (3, (decimal("3.30"), None, Shelf::Back)),
            (99, (decimal("9.90"), Some(9), Shelf::Back)),
        ];

        let count = Product::update_many((Product::price, Product::stock, Product::shelf), rows)
            .execute(&mut conn)?;

        // A key that no row has is passed over; 2 + 1 rows on SQLite.
        let sent = if db.dialect_name() == "sqlite" { 2 } else { 1 };
        assert_eq!((count, conn.statement_count() - before), (2, sent));
        assert_eq!(prices(&mut conn)?, ["1.10", "2.00", "3.30"]);
        assert_eq!(stocks(&mut conn)?, [Some(1), None, None]);
        let rest = Product::query().order_by(Product::id).select((Product::shelf, Product::revision));
        assert_eq!(rest.all(&mut conn)?, [(Shelf::Back, 77), (Shelf::Front, 0), (Shelf::Back, 77)]);
        Ok(())
    }

    fn many_updates_are_few_statements(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        let row = || Product::builder().name("n").price(decimal("1.00")).shelf(Shelf::Front);
        let ids: Vec<i64> = Product::insert_many((0..5_000).map(|_| row()))
            .all(&mut conn)?
            .into_iter()
            .map(|product| product.id)
            .collect();

        // On SQLite 64 rows each and the rest in smaller powers of two; on PostgreSQL 2,000.
        for (rows, on_sqlite, on_postgres) in
            [(0, 0, 0), (1, 1, 1), (63, 6, 1), (64, 1, 1), (65, 2, 1), (1_000, 17, 1), (5_000, 79, 3)]
        {
            let before = conn.statement_count();
            let values = ids[..rows].iter().map(|id| (*id, i32::try_from(*id).unwrap() + 1));
            let count = Product::update_many(Product::stock, values).execute(&mut conn)?;
            let sent = conn.statement_count() - before;

            let expected = if db.dialect_name() == "sqlite" { on_sqlite } else { on_postgres };
            assert_eq!((count, sent), (rows as u64, expected), "{rows} rows");
        }
        let wrong = Product::query().filter(Product::name.eq("n")).filter(Product::stock.ne(Product::id.cast::<i32>() + 1));
        assert_eq!(wrong.count(&mut conn)?, 0);
        Ok(())
    }

    fn rows_are_found_by_composite_keys(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        Seat::insert_many([("A", 1), ("A", 2), ("B", 1)].map(|(hall, number)| {
            Seat::builder().hall(hall).number(number).guest("nobody".to_owned())
        }))
        .execute(&mut conn)?;

        let rows = [(("A", 2), Some("ann")), (("B", 1), None)];
        let count = Seat::update_many(Seat::guest, rows.map(|(key, guest)| (key, guest.map(str::to_owned))))
            .execute(&mut conn)?;

        assert_eq!(count, 2);
        let guests = Seat::query().order_by((Seat::hall, Seat::number)).select(Seat::guest).all(&mut conn)?;
        assert_eq!(guests, [Some("nobody".to_owned()), Some("ann".to_owned()), None]);
        Ok(())
    }

    fn a_key_that_comes_twice_is_refused_and_nothing_is_changed(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        let before = conn.statement_count();

        let error = Product::update_many(Product::stock, [(1, 5), (2, 6), (1, 7)]).execute(&mut conn);
        assert_eq!(
            refusal(error),
            "two of the rows for this update of `products` have the same primary key: give each one \
             once"
        );
        assert_eq!(conn.statement_count(), before);

        // Also where the first one was sent already.
        let rows = (1..=5_000).map(|id| if id == 4_000 { (1, 0) } else { (id, 0) });
        refusal(Product::update_many(Product::stock, rows).execute(&mut conn));
        assert_eq!(stocks(&mut conn)?, [Some(10), None, Some(30)]);
        Ok(())
    }

    fn a_refused_value_among_many_updates_changes_none(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;
        let rows = (1..=5_000).map(|id| (id, if id == 4_000 { "far too long" } else { "short" }));

        let error = Product::update_many(Product::name, rows).execute(&mut conn).unwrap_err();

        let Error::Encode(error) = error else { panic!("{error:?}") };
        assert_eq!(error.column.as_deref(), Some("products.name"));
        assert_eq!(names(&mut conn)?, ["nut", "bolt", "nail"]);
        Ok(())
    }
}

#[test]
fn writes_that_look_at_other_tables_read_as_if_written_by_hand() {
    let update = || {
        Product::update()
            .set(Product::price, Change::new_price)
            .set(Product::revision, Product::revision + 1)
            .join(Change::product_id)
            .filter(Change::approved | Product::stock.is_null())
    };
    assert_eq!(
        update().to_sql(&Postgres).unwrap(),
        r#"UPDATE "products" SET "price" = "changes"."new_price", "revision" = "products"."revision" + $1 FROM "changes" WHERE "changes"."product_id" = "products"."id" AND ("changes"."approved" OR "products"."stock" IS NULL)"#
    );
    assert_eq!(
        update().to_sql(&Sqlite).unwrap(),
        r#"UPDATE "products" SET "price" = "changes"."new_price", "revision" = "products"."revision" + ?1 FROM "changes" WHERE "changes"."product_id" = "products"."id" AND ("changes"."approved" OR "products"."stock" IS NULL)"#
    );

    let delete = || {
        Product::delete().join(Change::product_id).filter(Change::approved).returning(Product::id)
    };
    assert_eq!(
        delete().to_sql(&Postgres).unwrap(),
        r#"DELETE FROM "products" USING "changes" WHERE "changes"."product_id" = "products"."id" AND "changes"."approved" RETURNING "products"."id""#
    );
    assert_eq!(
        delete().to_sql(&Sqlite).unwrap(),
        r#"DELETE FROM "products" WHERE EXISTS (SELECT 1 FROM "changes" WHERE "changes"."product_id" = "products"."id" AND "changes"."approved") RETURNING "id""#
    );
}

#[test]
fn an_insert_of_a_query_gives_defaults_with_their_types() {
    let insert = || {
        Archived::insert_from(Archived::title, Product::query().distinct().select(Product::name))
    };

    assert_eq!(
        insert().to_sql(&Postgres).unwrap(),
        r#"INSERT INTO "archive" ("title", "shelf", "reason", "note") SELECT DISTINCT "name", CAST($1 AS "shelf"), $2::text, CAST($3 AS text) FROM "products""#
    );
    assert_eq!(
        insert().to_sql(&Sqlite).unwrap(),
        r#"INSERT INTO "archive" ("title", "shelf", "reason", "note") SELECT DISTINCT "name", ?1, ?2, CAST(?3 AS TEXT) FROM "products""#
    );
}

#[test]
fn what_cannot_be_written_is_refused_with_what_to_do() {
    let missing = Archived::insert_from(Archived::stock, Product::query().select(Product::stock));
    assert_eq!(
        refusal(missing.to_sql(&Sqlite)),
        "this insert into `archive` gives no value for the required column `title`: list it, and \
         select what it is to be"
    );

    let unjoined = Product::update().set(Product::price, Change::new_price).all_rows();
    assert_eq!(
        refusal(unjoined.to_sql(&Sqlite)),
        "the column `changes.new_price` is not in this query, which reads from `products`: join it \
         with `.join(Change::product_id)`"
    );

    let no_key = Product::update().set(Product::price, Change::new_price).join(Change::approved);
    assert_eq!(
        refusal(no_key.to_sql(&Sqlite)),
        "`changes.approved` is no foreign key, so it joins nothing"
    );

    let twice = Product::delete().join(Product::on(Product::stock.is_null()));
    assert_eq!(
        refusal(twice.to_sql(&Sqlite)),
        "`products` is in this query twice: give one of them another name, such as with \
         `User::alias(\"other\")`"
    );

    assert_eq!(
        refusal(Product::delete().to_sql(&Sqlite)),
        "this would delete every row of `products`: add a `.filter(…)`, or say `.all_rows()` if that \
         is meant"
    );
}

on_every_backend! {
    fn columns_that_cannot_be_set_by_key_are_refused(db: &TestDb) -> TestResult {
        let mut conn = shop(db)?;

        assert_eq!(
            refusal(Product::update_many(Product::id, [(1, 2)]).execute(&mut conn)),
            "`products.id` is of the primary key, by which this update finds its rows: set it by \
             `.update()`"
        );
        let twice = Product::update_many((Product::stock, Product::stock), [(1, (2, 3))]);
        assert_eq!(refusal(twice.execute(&mut conn)), "`products.stock` is set twice by one update");
        Ok(())
    }
}
