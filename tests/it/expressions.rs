//! Expressions: arithmetic, choices, conversions and functions, in conditions, selections and writes.

use orm::func::{abs, case, function, length, lower, max, sum, trim, upper, value};
use orm::prelude::*;
use orm::{Connection, DbEnum, Error, Postgres, Sqlite};
use orm_testkit::{TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::shared::text;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
enum State {
    Draft,
    Open,
    Closed,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "items")]
struct Item {
    #[orm(primary_key)]
    id: i64,
    name: String,
    note: Option<String>,
    small: i16,
    count: i32,
    bonus: Option<i32>,
    big: i64,
    weight: f64,
    price: Decimal,
    rebate: Option<Decimal>,
    is_active: bool,
    state: State,
    tag: Uuid,
}

/// Two items: one with everything, one with nothing that it need not have.
fn items(conn: &mut Connection) -> TestResult {
    metadata![Item].create_all(conn)?;
    let first = Item::builder()
        .name(" Ämter x ")
        .note("Kept")
        .small(7)
        .count(17)
        .bonus(3)
        .big(5_000_000_000)
        .weight(2.5)
        .price("12345678901234567890.25".parse::<Decimal>()?)
        .rebate("0.15".parse::<Decimal>()?)
        .is_active(true)
        .state(State::Open)
        .tag(Uuid::from_u128(1));
    let second = Item::builder()
        .name("bag")
        .note(None)
        .small(-2)
        .count(-5)
        .bonus(None)
        .big(2)
        .weight(-0.5)
        .price("-9.75".parse::<Decimal>()?)
        .rebate(None)
        .is_active(false)
        .state(State::Draft)
        .tag(Uuid::from_u128(2));
    Item::insert(first).execute(conn)?;
    Item::insert(second).execute(conn)?;
    Ok(())
}

fn decimal(text: &str) -> Result<Decimal, rust_decimal::Error> {
    text.parse()
}

fn items_in_order() -> orm::Select<Item> {
    Item::query().order_by(Item::id)
}

on_every_backend! {
    fn arithmetic_follows_the_usual_precedence(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;

        let numbers = items_in_order().select((
            Item::count + 2 * 3,
            (Item::count + 1) * 2 - (Item::count - 3),
            Item::count - (Item::count - 4) - 1,
            Item::count / 2 * 2,
            Item::count / (Item::small * 2).cast::<i32>(),
            Item::count % 5,
            Item::big * 1_000_000,
            Item::weight / 0.5,
        ));

        assert_eq!(
            numbers.all(&mut conn)?,
            [
                (23, 22, 3, 16, 1, 2, 5_000_000_000_000_000, 5.0),
                (1, 0, 3, -4, 1, 0, 2_000_000, -1.0),
            ]
        );
        Ok(())
    }

    fn arithmetic_with_what_may_be_null_may_be_null(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;

        let numbers = items_in_order().select((
            Item::count + Item::bonus,
            Item::bonus * 2,
            Item::count - Item::bonus.coalesce(0),
            (Item::bonus + Item::count).coalesce(-1) + 1,
        ));

        assert_eq!(
            numbers.all(&mut conn)?,
            [(Some(20), Some(6), 14, 21), (None, None, -5, 0)]
        );
        Ok(())
    }

    fn arithmetic_with_decimals_is_exact(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;

        let numbers = items_in_order().select((
            Item::price + decimal("0.01")?,
            Item::price - Item::rebate,
            (Item::price + Item::price) * decimal("0.5")?,
            value(decimal("1.10")?) + decimal("2.20")?,
        ));

        let rows = numbers.all(&mut conn)?;
        assert_eq!(
            rows[0],
            (
                decimal("12345678901234567890.26")?,
                Some(decimal("12345678901234567890.10")?),
                decimal("12345678901234567890.25")?,
                decimal("3.30")?,
            )
        );
        assert_eq!(rows[1], (decimal("-9.74")?, None, decimal("-9.75")?, decimal("3.30")?));
        Ok(())
    }

    fn computed_decimals_are_compared_and_ordered_by_their_value(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;
        let ids = |condition: orm::Expr<bool>| {
            items_in_order().filter(condition).select(Item::id)
        };
        let (zero, nine, ten) = (Decimal::ZERO, decimal("9")?, decimal("10.00")?);
        let shifted = || Item::price + decimal("19.75").unwrap_or_default();

        // 12345678901234567910.00 and 10.00
        assert_eq!(ids(shifted().gt(nine)).all(&mut conn)?, [1, 2]);
        assert_eq!(ids(shifted().eq(decimal("10")?)).all(&mut conn)?, [2]);
        assert_eq!(ids(shifted().between(nine, ten)).all(&mut conn)?, [2]);
        assert_eq!(ids(shifted().in_([decimal("10.0")?])).all(&mut conn)?, [2]);
        assert_eq!(ids(Item::rebate.coalesce(ten).gt(nine)).all(&mut conn)?, [2]);
        assert_eq!(ids(value(nine).lt(shifted())).all(&mut conn)?, [1, 2]);
        let chosen = case(Item::is_active, Item::price).otherwise(ten);
        assert_eq!(ids(chosen.gt(nine)).all(&mut conn)?, [1, 2]);
        assert_eq!(ids(Item::price.null_if(zero).lt(zero)).all(&mut conn)?, [2]);
        assert_eq!(ids(abs(Item::price).gt(nine)).all(&mut conn)?, [1, 2]);
        let order = Item::query().select(Item::id).order_by(shifted() - ten);
        assert_eq!(order.all(&mut conn)?, [2, 1]);
        Ok(())
    }

    fn functions_of_decimals_keep_their_digits(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;

        let numbers = items_in_order().select((
            abs(Item::price),
            Item::rebate.coalesce(decimal("1.50")?),
            case(Item::is_active, Item::price).otherwise(Decimal::ZERO),
            sum(Item::price).over(orm::func::window()),
        ));

        assert_eq!(
            numbers.all(&mut conn)?,
            [
                (
                    decimal("12345678901234567890.25")?,
                    decimal("0.15")?,
                    decimal("12345678901234567890.25")?,
                    Some(decimal("12345678901234567880.50")?),
                ),
                (
                    decimal("9.75")?,
                    decimal("1.50")?,
                    Decimal::ZERO,
                    Some(decimal("12345678901234567880.50")?),
                ),
            ]
        );
        Ok(())
    }

    fn numbers_lose_their_sign(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;

        let numbers =
            items_in_order().select((abs(Item::count), abs(Item::weight), abs(Item::bonus)));

        assert_eq!(numbers.all(&mut conn)?, [(17, 2.5, Some(3)), (5, 0.5, None)]);
        Ok(())
    }

    fn texts_are_joined_cut_and_measured(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;

        let texts = items_in_order().select((
            trim(Item::name).concat("/").concat(Item::id.cast::<String>()),
            Item::name.concat(Item::note),
            value("<").concat(trim(Item::name).concat(">")),
            length(Item::name),
            length(Item::note),
            upper(Item::note),
            lower(Item::note).coalesce("none"),
        ));

        assert_eq!(
            texts.all(&mut conn)?,
            [
                (
                    text("Ämter x/1"),
                    Some(text(" Ämter x Kept")),
                    text("<Ämter x>"),
                    9,
                    Some(4),
                    Some(text("KEPT")),
                    text("kept"),
                ),
                (text("bag/2"), None, text("<bag>"), 3, None, None, text("none")),
            ]
        );
        Ok(())
    }

    fn texts_that_are_joined_are_compared_as_one(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;
        let ids = |condition: orm::Expr<bool>| {
            items_in_order().filter(condition).select(Item::id)
        };

        assert_eq!(ids(Item::name.concat("!").eq("bag!")).all(&mut conn)?, [2]);
        assert_eq!(ids(Item::name.concat("!").ends_with("g!")).all(&mut conn)?, [2]);
        assert_eq!(ids(Item::name.concat("!").in_(["bag!"])).all(&mut conn)?, [2]);
        assert_eq!(ids(Item::name.concat(Item::note).is_null()).all(&mut conn)?, [2]);
        assert_eq!(ids(value("bag!").eq(Item::name.concat("!"))).all(&mut conn)?, [2]);
        assert_eq!(ids(lower(Item::note).like("k%")).all(&mut conn)?, [1]);
        Ok(())
    }

    fn a_choice_takes_the_first_branch_that_holds(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;

        let choices = items_in_order().select((
            case(Item::count.gt(100), "many").when(Item::count.gt(0), "some").otherwise("none"),
            case(Item::is_active, Item::count).end(),
            case(Item::bonus.gt(1), 1_i64).otherwise(Item::big),
            case(Item::is_active, true).otherwise(false),
            case(Item::is_active, Item::bonus).otherwise(0).nullable(),
            case(Item::is_active, 1.5).otherwise(Item::weight),
        ));

        assert_eq!(
            choices.all(&mut conn)?,
            [
                (text("some"), Some(17), 1, true, Some(3), 1.5),
                (text("none"), None, 2, false, Some(0), -0.5),
            ]
        );
        Ok(())
    }

    fn a_choice_is_a_condition(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;

        let either = case(Item::bonus.is_null(), Item::count.lt(0)).otherwise(Item::bonus.gt(5));
        let items = items_in_order().filter(either).select(Item::id);

        assert_eq!(items.all(&mut conn)?, [2]);
        Ok(())
    }

    fn enums_and_identifiers_are_chosen_and_defaulted(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;
        let nil = Uuid::nil();

        let rows = items_in_order().select((
            case(Item::is_active, State::Closed).otherwise(Item::state),
            case(Item::is_active, State::Closed).otherwise(State::Draft),
            Item::state.null_if(State::Draft),
            Item::state.nullable().coalesce(State::Open),
            case(Item::is_active, nil).otherwise(Item::tag),
            Item::state.cast::<String>().concat("!"),
        ));

        assert_eq!(
            rows.all(&mut conn)?,
            [
                (State::Closed, State::Closed, Some(State::Open), State::Open, nil, text("open!")),
                (
                    State::Draft,
                    State::Draft,
                    None,
                    State::Draft,
                    Uuid::from_u128(2),
                    text("draft!"),
                ),
            ]
        );
        Ok(())
    }

    fn calculated_enums_are_compared_with_their_values(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;
        let states = Item::query().select((Item::id, Item::state)).subquery("states");
        let (id, state) = states.columns();
        let ids = |condition: orm::Expr<bool>| {
            items_in_order().filter(condition).select(Item::id)
        };
        let chosen = case(Item::is_active, State::Closed).otherwise(State::Draft);
        let last = Item::query().select(max(Item::state)).into_scalar();

        assert_eq!(ids(chosen.eq(State::Closed)).all(&mut conn)?, [1]);
        assert_eq!(ids(Item::state.null_if(State::Draft).eq(State::Open)).all(&mut conn)?, [1]);
        assert_eq!(ids(Item::state.nullable().eq(last)).count(&mut conn)?, 1);
        assert_eq!(ids(value(State::Open).eq(Item::state)).all(&mut conn)?, [1]);
        assert_eq!(ids(Item::state.in_([State::Open])).all(&mut conn)?, [1]);
        let open = states.query().filter(state.clone().eq(State::Open)).select(id.clone());
        assert_eq!(open.all(&mut conn)?, [1]);
        let listed = states.query().filter(state.in_([State::Open, State::Closed])).select(id);
        assert_eq!(listed.all(&mut conn)?, [1]);
        let by_state = Item::query().select(Item::is_active).group_by(Item::is_active);
        let drafts = by_state.having(max(Item::state).eq(State::Draft));
        assert_eq!(drafts.all(&mut conn)?, [false]);
        Ok(())
    }

    fn an_enum_is_set_by_a_choice(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;

        Item::update()
            .set(Item::state, case(Item::state.eq(State::Open), State::Closed).otherwise(State::Open))
            .all_rows()
            .execute(&mut conn)?;

        let states = items_in_order().select(Item::state);
        assert_eq!(states.all(&mut conn)?, [State::Closed, State::Open]);
        Ok(())
    }

    fn the_database_converts_values(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;

        let values = items_in_order().select((
            Item::count.cast::<String>(),
            Item::bonus.cast::<i64>(),
            Item::count.cast::<f64>() / 2.0,
            value("42").cast::<i32>(),
            Item::count.cast::<Decimal>() + decimal("0.5")?,
        ));

        assert_eq!(
            values.all(&mut conn)?,
            [
                (text("17"), Some(3), 8.5, 42, decimal("17.5")?),
                (text("-5"), None, -2.5, 42, decimal("-4.5")?),
            ]
        );
        Ok(())
    }

    fn null_is_equal_to_null_where_that_is_asked(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;
        let ids = |condition: orm::Expr<bool>| {
            items_in_order().filter(condition).select(Item::id)
        };

        assert_eq!(ids(Item::bonus.is_not_distinct_from(None)).all(&mut conn)?, [2]);
        assert_eq!(ids(Item::bonus.is_not_distinct_from(3)).all(&mut conn)?, [1]);
        assert_eq!(ids(!Item::bonus.is_not_distinct_from(3)).all(&mut conn)?, [2]);
        assert_eq!(ids(Item::bonus.ne(3)).count(&mut conn)?, 0);
        assert_eq!(ids(Item::rebate.is_not_distinct_from(Item::rebate)).count(&mut conn)?, 2);
        let selected = items_in_order().select(Item::bonus.is_not_distinct_from(None));
        assert_eq!(selected.all(&mut conn)?, [false, true]);
        Ok(())
    }

    fn values_are_selected_and_given_to_functions(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;

        let row = Item::query().filter(Item::id.eq(2)).select((
            value("constant"),
            value(7_i64),
            value(1.5),
            value(true),
            value(decimal("1.50")?),
            value(Uuid::nil()),
            function::<String>("replace", (Item::name, value("b"), value("r"))),
            value(2) + Item::count,
            value(10) - 4,
            value(None::<i32>).coalesce(5),
        ));

        assert_eq!(
            row.one(&mut conn)?,
            (
                text("constant"),
                7,
                1.5,
                true,
                decimal("1.50")?,
                Uuid::nil(),
                text("rag"),
                -3,
                6,
                5,
            )
        );
        Ok(())
    }

    fn a_value_that_may_be_null_is_not_read_as_one_that_may_not(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let conn = &mut conn;
        let refused = |result: orm::Result<()>| matches!(result, Err(Error::InvalidQuery(_)));

        let choice = case(Item::is_active, Item::bonus).otherwise(0);
        assert!(refused(Item::query().select(choice).all(conn).map(drop)));
        assert!(refused(Item::query().select(Item::bonus.gt(1)).all(conn).map(drop)));
        assert!(refused(Item::query().select(value(None::<i32>)).all(conn).map(drop)));
        assert_eq!(conn.statement_count(), 0);
        Ok(())
    }

    fn columns_are_set_to_expressions_of_the_row(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;

        Item::update()
            .set(Item::count, Item::count * 2 + 1)
            .set(Item::bonus, Item::bonus + Item::count)
            .set(Item::price, Item::price - decimal("0.25")?)
            .set(Item::note, Item::name.concat("?"))
            .set(Item::rebate, Item::price)
            .set(Item::weight, case(Item::is_active, 0.0).otherwise(Item::weight))
            .filter((Item::count + 5).eq(0) | Item::is_active)
            .execute(&mut conn)?;

        // Every expression is of the row as it was.
        let rows = items_in_order().select((
            Item::count,
            Item::bonus,
            Item::price,
            Item::note,
            Item::rebate,
            Item::weight,
        ));
        assert_eq!(
            rows.all(&mut conn)?,
            [
                (
                    35,
                    Some(20),
                    decimal("12345678901234567890.00")?,
                    Some(text(" Ämter x ?")),
                    Some(decimal("12345678901234567890.25")?),
                    0.0,
                ),
                (
                    -9,
                    None,
                    decimal("-10.00")?,
                    Some(text("bag?")),
                    Some(decimal("-9.75")?),
                    -0.5,
                ),
            ]
        );
        Ok(())
    }

    fn computed_decimals_are_equal_whatever_their_zeros(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        items(&mut conn)?;
        let scaled = case(Item::is_active, decimal("1.5")?).otherwise(decimal("1.50")?);

        let distinct = Item::query().select(scaled).distinct();

        assert_eq!(distinct.count(&mut conn)?, 1);
        Ok(())
    }
}

#[test]
fn parentheses_are_only_where_they_change_something() -> TestResult {
    let sql = |expression: orm::Expr<i32>| Item::query().select(expression).to_sql(&Sqlite);
    let (a, b) = (Item::count, Item::count);

    assert_eq!(sql(a + b * 2)?, r#"SELECT "count" + "count" * ?1 FROM "items""#);
    assert_eq!(sql((a + b) * 2)?, r#"SELECT ("count" + "count") * ?1 FROM "items""#);
    assert_eq!(sql(a - (b - 2))?, r#"SELECT "count" - ("count" - ?1) FROM "items""#);
    assert_eq!(sql(a - b - 2)?, r#"SELECT "count" - "count" - ?1 FROM "items""#);
    assert_eq!(sql(a / (b * 2))?, r#"SELECT "count" / ("count" * ?1) FROM "items""#);
    Ok(())
}

#[test]
fn conditions_within_conditions_are_in_parentheses() -> TestResult {
    let sql = |condition: orm::Expr<bool>| -> orm::Result<String> {
        let sql = Item::query().filter(condition).select(Item::id).to_sql(&Postgres)?;
        Ok(sql.replace(r#"SELECT "id" FROM "items" WHERE "#, ""))
    };

    assert_eq!(sql(Item::count.gt(1).eq(true))?, r#"("count" > $1) = $2::boolean"#);
    assert_eq!(sql(Item::count.gt(1).is_null())?, r#"("count" > $1) IS NULL"#);
    assert_eq!(sql((Item::count + 1).is_null())?, r#""count" + $1 IS NULL"#);
    assert_eq!(
        sql(!(Item::is_active & Item::count.gt(1)))?,
        r#"NOT ("is_active" AND "count" > $1)"#
    );
    assert_eq!(
        sql((Item::is_active | Item::count.gt(1)) & !Item::is_active)?,
        r#"("is_active" OR "count" > $1) AND NOT "is_active""#
    );
    assert_eq!(sql((!Item::is_active).is_null())?, r#"(NOT "is_active") IS NULL"#);
    assert_eq!(sql(Item::name.concat("x").eq("y"))?, r#"("name" || $1::text) = $2::text"#);
    Ok(())
}

#[test]
fn values_have_a_type_where_nothing_beside_them_has_one() -> TestResult {
    let query = Item::query().select((
        case(Item::is_active, "yes").otherwise("no"),
        Item::bonus.coalesce(1),
        Item::bonus.null_if(0),
        (Item::count + 1) * 2,
        value(2) + Item::count,
        Item::count.cast::<String>(),
    ));

    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT CASE WHEN "is_active" THEN $1::text ELSE $2::text END, coalesce("bonus", $3), nullif("bonus", $4::integer), ("count" + $5) * $6::integer, $7 + "count", CAST("count" AS text) FROM "items""#
    );
    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"SELECT CASE WHEN "is_active" THEN ?1 ELSE ?2 END, coalesce("bonus", ?3), nullif("bonus", ?4), ("count" + ?5) * ?6, ?7 + "count", CAST("count" AS TEXT) FROM "items""#
    );
    Ok(())
}

#[test]
fn an_enum_says_its_type_only_where_no_column_does() -> TestResult {
    let query = Item::query()
        .filter(Item::state.eq(State::Open))
        .select(case(Item::is_active, State::Closed).otherwise(Item::state));

    assert_eq!(
        query.to_sql(&Postgres)?,
        r#"SELECT CASE WHEN "is_active" THEN CAST($1 AS "state") ELSE "state" END FROM "items" WHERE "state" = $2"#
    );
    assert_eq!(
        query.to_sql(&Sqlite)?,
        r#"SELECT CASE WHEN "is_active" THEN ?1 ELSE "state" END FROM "items" WHERE "state" = ?2"#
    );
    Ok(())
}
