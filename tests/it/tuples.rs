//! Tuples of columns, compared as one.

use orm::func::lower;
use orm::prelude::*;
use orm::{ColumnType, Connection, DbEnum, Postgres, Row, SqlType, Sqlite, Value};
use orm_testkit::{TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
enum Colour {
    Red,
    Green,
}

/// A UUID without the crate for it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tag([u8; 16]);

impl ColumnType for Tag {
    const SQL_TYPE: SqlType = SqlType::Uuid;

    fn read(row: &dyn Row, index: usize) -> orm::Result<Self> {
        row.uuid(index).map(Self)
    }

    fn to_value(&self) -> orm::Result<Value<'_>> {
        Ok(Value::Uuid(self.0))
    }
}

#[derive(Model, Debug, PartialEq)]
struct Thing {
    #[orm(primary_key)]
    id: i64,
    first: String,
    #[orm(length = 20)]
    last: Option<String>,
    small: i16,
    big: i64,
    ratio: f64,
    price: Decimal,
    bytes: Vec<u8>,
    tag: Tag,
    colour: Colour,
    is_old: bool,
}

/// Three rows: two that differ in everything, and one like the first whose `last` is NULL.
fn things(db: &TestDb) -> Result<Connection, Box<dyn std::error::Error>> {
    let mut conn = db.connect()?;
    metadata![Thing].create_all(&mut conn)?;
    let first = || -> Result<_, Box<dyn std::error::Error>> {
        Ok(Thing::builder()
            .first("Ada")
            .small(i16::MIN)
            .big(i64::MIN)
            .ratio(0.1)
            .price("12345678901234567890.50".parse::<Decimal>()?)
            .bytes(vec![0, 255])
            .tag(Tag([0xab; 16]))
            .colour(Colour::Red)
            .is_old(true))
    };
    let second = Thing::builder()
        .first("it's \"b\\")
        .last("O'Neil")
        .small(7)
        .big(i64::MAX)
        .ratio(1e300)
        .price("-9.75".parse::<Decimal>()?)
        .bytes(Vec::new())
        .tag(Tag([1; 16]))
        .colour(Colour::Green)
        .is_old(false);
    Thing::insert(first()?.last("Lovelace")).execute(&mut conn)?;
    Thing::insert(second).execute(&mut conn)?;
    Thing::insert(first()?.last(None)).execute(&mut conn)?;
    Ok(conn)
}

/// Returns the ids of the rows for which the condition holds.
macro_rules! ids {
    ($conn:expr, $condition:expr) => {
        Thing::query().filter($condition).order_by(Thing::id).select(Thing::id).all(&mut $conn)?
    };
}

fn none() -> [(&'static str, &'static str); 0] {
    []
}

on_every_backend! {
    fn a_tuple_is_found_in_a_list(db: &TestDb) -> TestResult {
        let mut conn = things(db)?;
        let names = (Thing::first, Thing::last);

        assert_eq!(ids!(conn, names.in_([("Ada", "Lovelace"), ("Ada", "O'Neil")])), [1]);
        assert_eq!(ids!(conn, names.in_([("it's \"b\\", "O'Neil")])), [2]);
        assert!(ids!(conn, names.in_([("Ada", "O'Neil"), ("it's \"b\\", "Lovelace")])).is_empty());
        Ok(())
    }

    fn no_tuple_is_in_an_empty_list_and_every_one_is_not_null_included(db: &TestDb) -> TestResult {
        let mut conn = things(db)?;

        assert!(ids!(conn, (Thing::first, Thing::last).in_(none())).is_empty());
        assert!(ids!(conn, !(Thing::first, Thing::last).not_in(none())).is_empty());
        assert_eq!(ids!(conn, (Thing::first, Thing::last).not_in(none())), [1, 2, 3]);
        Ok(())
    }

    fn a_tuple_with_null_is_not_in_a_list_only_if_another_position_says_so(db: &TestDb) -> TestResult {
        let mut conn = things(db)?;
        let names = (Thing::first, Thing::last);

        // ('Ada', NULL) may be ('Ada', 'x'), so that neither is true.
        assert_eq!(ids!(conn, names.not_in([("Ada", "x")])), [1, 2]);
        assert!(ids!(conn, names.in_([("Ada", "x")])).is_empty());
        // It cannot be ('Bob', 'x').
        assert_eq!(ids!(conn, names.not_in([("Bob", "x")])), [1, 2, 3]);
        assert_eq!(ids!(conn, names.not_in([("Bob", "x"), ("Ada", "Lovelace")])), [2]);
        Ok(())
    }

    fn every_kind_of_value_is_found_exactly(db: &TestDb) -> TestResult {
        let mut conn = things(db)?;
        let price = "12345678901234567890.5".parse::<Decimal>()?;
        let other = "12345678901234567890.51".parse::<Decimal>()?;

        assert_eq!(ids!(conn, (Thing::big, Thing::small).in_([(i64::MIN, i16::MIN)])), [1, 3]);
        assert_eq!(ids!(conn, (Thing::big, Thing::small).in_([(i64::MAX, 7)])), [2]);
        assert!(ids!(conn, (Thing::big, Thing::small).in_([(i64::MAX - 1, 7)])).is_empty());
        assert_eq!(ids!(conn, (Thing::id, Thing::ratio).in_([(1, 0.1), (2, 1e300)])), [1, 2]);
        assert_eq!(ids!(conn, (Thing::id, Thing::price).in_([(1, price), (2, price)])), [1]);
        assert!(ids!(conn, (Thing::id, Thing::price).in_([(1, other)])).is_empty());
        assert_eq!(
            ids!(conn, (Thing::bytes, Thing::id).in_([(vec![0, 255], 1), (vec![], 2), (vec![], 3)])),
            [1, 2]
        );
        assert_eq!(ids!(conn, (Thing::tag, Thing::colour).in_([(Tag([1; 16]), Colour::Green)])), [2]);
        assert_eq!(ids!(conn, (Thing::is_old, Thing::colour).in_([(true, Colour::Red)])), [1, 3]);
        assert!(ids!(conn, (Thing::is_old, Thing::colour).in_([(true, Colour::Green)])).is_empty());
        Ok(())
    }

    fn expressions_can_be_in_a_tuple(db: &TestDb) -> TestResult {
        let mut conn = things(db)?;
        let half = "0.25".parse::<Decimal>()?;
        let sum = "-9.5".parse::<Decimal>()?;

        assert_eq!(ids!(conn, (lower(Thing::first), Thing::id + 1).in_([("ada", 2)])), [1]);
        assert_eq!(ids!(conn, (Thing::price + half, Thing::id).in_([(sum, 2)])), [2]);
        Ok(())
    }

    fn three_and_four_columns_are_compared(db: &TestDb) -> TestResult {
        let mut conn = things(db)?;
        let four = (Thing::first, Thing::last, Thing::small, Thing::is_old);

        assert_eq!(ids!(conn, (Thing::id, Thing::small, Thing::is_old).in_([(2, 7, false)])), [2]);
        assert_eq!(ids!(conn, four.in_([("Ada", "Lovelace", i16::MIN, true)])), [1]);
        assert!(ids!(conn, four.in_([("Ada", "Lovelace", i16::MIN, false)])).is_empty());
        Ok(())
    }

    fn a_list_of_many_thousands_of_rows_is_one_statement(db: &TestDb) -> TestResult {
        let mut conn = things(db)?;
        let before = conn.statement_count();

        let rows = (1..50_000_i64).map(|id| (id, if id == 2 { 7_i16 } else { 0 }));
        assert_eq!(ids!(conn, (Thing::id, Thing::small).in_(rows)), [2]);

        assert_eq!(conn.statement_count() - before, 1);
        Ok(())
    }

    fn a_list_can_be_of_references(db: &TestDb) -> TestResult {
        let mut conn = things(db)?;
        let owned = vec![("Ada".to_owned(), "Lovelace".to_owned())];

        assert_eq!(ids!(conn, (Thing::first, Thing::last).in_(&owned)), [1]);
        assert_eq!(ids!(conn, (Thing::first, Thing::last).in_(owned)), [1]);
        Ok(())
    }

    fn a_tuple_is_equal_if_all_its_positions_are(db: &TestDb) -> TestResult {
        let mut conn = things(db)?;
        let names = (Thing::first, Thing::last);

        assert_eq!(ids!(conn, names.eq(("Ada", "Lovelace"))), [1]);
        assert_eq!(ids!(conn, names.eq(("Ada", None))), [3]);
        assert_eq!(ids!(conn, names.ne(("Ada", "Lovelace"))), [2]);
        assert_eq!(ids!(conn, names.ne(("Ada", None))), [1, 2]);
        assert_eq!(ids!(conn, names.eq((Thing::first, Thing::last))), [1, 2]);
        Ok(())
    }

    fn tuples_are_ordered_by_the_first_difference(db: &TestDb) -> TestResult {
        let mut conn = things(db)?;
        let (one, two) = ("12345678901234567890.50".parse::<Decimal>()?, Decimal::from(100));

        assert_eq!(ids!(conn, (Thing::small, Thing::id).gt((i16::MIN, 1))), [2, 3]);
        assert_eq!(ids!(conn, (Thing::small, Thing::id).ge((i16::MIN, 1))), [1, 2, 3]);
        assert_eq!(ids!(conn, (Thing::small, Thing::id).lt((i16::MIN, 3))), [1]);
        assert_eq!(ids!(conn, (Thing::small, Thing::id).le((i16::MIN, 3))), [1, 3]);
        // As numbers, also where decimals are kept as text.
        assert_eq!(ids!(conn, (Thing::price, Thing::id).gt((two, 0))), [1, 3]);
        assert_eq!(ids!(conn, (Thing::price, Thing::id).gt((one, 1))), [3]);
        Ok(())
    }

    fn a_tuple_is_found_among_the_rows_of_a_query(db: &TestDb) -> TestResult {
        let mut conn = things(db)?;
        let other = Thing::alias("other");
        let old = other.query().filter(other.column(Thing::is_old).eq(true));
        let rows = old.select((other.column(Thing::first), other.column(Thing::last)));
        let names = (Thing::first, Thing::last);

        assert_eq!(ids!(conn, names.in_query(rows.clone())), [1]);
        // ('it''s…', 'O''Neil') differs in its first position from ('Ada', NULL).
        assert_eq!(ids!(conn, names.not_in_query(rows)), [2]);
        Ok(())
    }

    fn a_text_that_is_too_long_for_its_column_is_not_in_it(db: &TestDb) -> TestResult {
        let mut conn = things(db)?;

        let long = "x".repeat(21);
        assert!(ids!(conn, (Thing::first, Thing::last).in_([("Ada", long.as_str())])).is_empty());
        Ok(())
    }
}

#[test]
fn the_text_does_not_depend_on_the_number_of_rows() -> TestResult {
    let one =
        Thing::query().select(Thing::id).filter((Thing::first, Thing::last).in_([("a", "b")]));
    let none = Thing::query().select(Thing::id).filter((Thing::first, Thing::last).in_(none()));

    assert_eq!(
        one.to_sql(&Postgres)?,
        r#"SELECT "id" FROM "thing" WHERE ("first", "last") IN (SELECT * FROM unnest($1::text[], $2::text[]))"#
    );
    assert_eq!(
        one.to_sql(&Sqlite)?,
        r#"SELECT "id" FROM "thing" WHERE ("first", "last") IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))"#
    );
    assert_eq!(one.to_sql(&Postgres)?, none.to_sql(&Postgres)?);
    assert_eq!(one.to_sql(&Sqlite)?, none.to_sql(&Sqlite)?);
    Ok(())
}

#[test]
fn types_are_written_where_the_values_need_them() -> TestResult {
    let rows = [(vec![1_u8], Colour::Red, 1_i16)];
    let query = Thing::query()
        .select(Thing::id)
        .filter((Thing::bytes, Thing::colour, Thing::small).not_in(rows));

    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT "id" FROM "thing" WHERE ("bytes", "colour", "small") NOT IN (SELECT * FROM unnest($1::bytea[], $2::"colour"[], $3::smallint[]))"#
    );
    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"SELECT "id" FROM "thing" WHERE ("bytes", "colour", "small") NOT IN (SELECT unhex(value ->> 0), value ->> 1, value ->> 2 FROM json_each(?1))"#
    );
    Ok(())
}

#[test]
fn comparisons_are_written_by_position_or_as_tuples() -> TestResult {
    let names = (Thing::first, Thing::last);
    let query = Thing::query().select(Thing::id);

    assert_eq!(
        query.clone().filter(names.eq(("a", None))).to_sql(&Sqlite)?,
        r#"SELECT "id" FROM "thing" WHERE "first" = ?1 AND "last" IS NULL"#
    );
    assert_eq!(
        query.clone().filter(names.ne(("a", "b"))).to_sql(&Postgres)?,
        r#"SELECT "id" FROM "thing" WHERE "first" <> $1 OR "last" <> $2"#
    );
    assert_eq!(
        query.clone().filter((Thing::small, Thing::id + 1).lt((1, 2))).to_sql(&Postgres)?,
        r#"SELECT "id" FROM "thing" WHERE ("small", "id" + $1) < ($2, $3::bigint)"#
    );
    let inner = Thing::alias("other");
    let rows = inner.query().select((inner.column(Thing::first), inner.column(Thing::last)));
    assert_eq!(
        query.filter(names.in_query(rows)).to_sql(&Sqlite)?,
        r#"SELECT "id" FROM "thing" WHERE ("first", "last") IN (SELECT "other"."first", "other"."last" FROM "thing" AS "other")"#
    );
    Ok(())
}
