//! `in_` and `not_in`: lists of any length and of every kind of value.

use orm::prelude::*;
use orm::{ColumnType, Row, SqlType, Value};
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
enum Colour {
    Red,
    Green,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
#[orm(native = false)]
enum Size {
    Small,
    Large,
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
    name: Option<String>,
    small: i16,
    middle: i32,
    big: i64,
    ratio: f64,
    bytes: Vec<u8>,
    tag: Tag,
    colour: Colour,
    size: Size,
    is_old: bool,
}

/// Two rows that differ in everything.
fn with_things(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Thing].create_all(&mut conn)?;
    let first = Thing::builder()
        .name("first")
        .small(i16::MIN)
        .middle(i32::MIN)
        .big(i64::MIN)
        .ratio(-0.1)
        .bytes(Vec::new())
        .tag(Tag([0; 16]))
        .colour(Colour::Red)
        .size(Size::Small)
        .is_old(false);
    let second = Thing::builder()
        .name(None::<String>)
        .small(i16::MAX)
        .middle(i32::MAX)
        .big(i64::MAX)
        .ratio(1e300)
        .bytes(vec![0, 39, 92, 255])
        .tag(Tag([0xab; 16]))
        .colour(Colour::Green)
        .size(Size::Large)
        .is_old(true);
    Thing::insert(first).execute(&mut conn)?;
    Thing::insert(second).execute(&mut conn)?;
    Ok(conn)
}

/// Returns the ids of the rows for which the condition holds.
macro_rules! ids {
    ($conn:expr, $condition:expr) => {
        Thing::query().filter($condition).order_by(Thing::id).select(Thing::id).all(&mut $conn)?
    };
}

on_every_backend! {
    fn nothing_is_in_an_empty_list(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;
        let none: [&str; 0] = [];

        assert!(ids!(conn, Thing::name.in_(none)).is_empty());
        assert!(ids!(conn, Thing::bytes.in_(Vec::<Vec<u8>>::new())).is_empty());
        assert!(ids!(conn, Thing::big.in_(Vec::<i64>::new())).is_empty());
        assert!(ids!(conn, Thing::colour.in_(Vec::<Colour>::new())).is_empty());
        Ok(())
    }

    fn everything_is_not_in_an_empty_list_null_included(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;
        let none: [&str; 0] = [];

        assert_eq!(ids!(conn, Thing::name.not_in(none)), [1, 2]);
        assert_eq!(ids!(conn, Thing::tag.not_in(Vec::<Tag>::new())), [1, 2]);
        Ok(())
    }

    fn null_is_in_no_list_and_out_of_no_list(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;

        assert_eq!(ids!(conn, Thing::name.in_(["first"])), [1]);
        assert!(ids!(conn, Thing::name.not_in(["first"])).is_empty());
        assert_eq!(ids!(conn, Thing::name.not_in(["other"])), [1]);
        Ok(())
    }

    fn a_list_of_many_thousands_is_one_statement(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;
        let before = conn.statement_count();

        assert_eq!(ids!(conn, Thing::id.in_(2..100_000_i64)), [2]);
        assert_eq!(ids!(conn, Thing::id.not_in(2..100_000_i64)), [1]);

        assert_eq!(conn.statement_count() - before, 2);
        Ok(())
    }

    fn integers_keep_their_extremes(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;

        assert_eq!(ids!(conn, Thing::small.in_([i16::MIN, -1])), [1]);
        assert_eq!(ids!(conn, Thing::middle.in_([i32::MIN, -1])), [1]);
        assert_eq!(ids!(conn, Thing::big.in_([i64::MIN, -1])), [1]);
        assert_eq!(ids!(conn, Thing::big.in_([i64::MAX])), [2]);
        assert!(ids!(conn, Thing::big.in_([i64::MAX - 1])).is_empty());
        Ok(())
    }

    fn floating_point_numbers_keep_all_their_digits(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;

        assert_eq!(ids!(conn, Thing::ratio.in_([-0.1])), [1]);
        assert_eq!(ids!(conn, Thing::ratio.in_([1e300, 2.0])), [2]);
        assert_eq!(ids!(conn, Thing::ratio.in_([-0.1, 1e300])), [1, 2]);
        Ok(())
    }

    fn bytes_are_found(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;

        assert_eq!(ids!(conn, Thing::bytes.in_([Vec::new()])), [1]);
        assert_eq!(ids!(conn, Thing::bytes.in_([vec![0, 39, 92, 255], vec![1]])), [2]);
        assert_eq!(ids!(conn, Thing::bytes.not_in([vec![0, 39, 92, 255]])), [1]);
        Ok(())
    }

    fn uuids_are_found(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;

        assert_eq!(ids!(conn, Thing::tag.in_([Tag([0xab; 16]), Tag([1; 16])])), [2]);
        assert_eq!(ids!(conn, Thing::tag.not_in([Tag([0xab; 16])])), [1]);
        Ok(())
    }

    fn enums_are_found(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;

        assert_eq!(ids!(conn, Thing::colour.in_([Colour::Green])), [2]);
        assert_eq!(ids!(conn, Thing::colour.not_in([Colour::Green])), [1]);
        assert_eq!(ids!(conn, Thing::size.in_([Size::Small, Size::Large])), [1, 2]);
        Ok(())
    }

    fn truth_values_are_found(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;

        assert_eq!(ids!(conn, Thing::is_old.in_([true])), [2]);
        assert_eq!(ids!(conn, Thing::is_old.not_in([true, false])), Vec::<i64>::new());
        Ok(())
    }

    fn texts_with_any_character_are_found(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;
        let texts =
            ["it's", "a \"b\"", r"back\slash", "two\nlines", "", "{a,b}", "NULL", "😀", "[1]"];

        for text in texts {
            Thing::update().set(Thing::name, text).filter(Thing::id.eq(2)).execute(&mut conn)?;
            assert_eq!(ids!(conn, Thing::name.in_([text])), [2], "{text:?}");
            assert_eq!(ids!(conn, Thing::name.in_(texts)), [2], "{text:?}");
            assert_eq!(ids!(conn, Thing::name.not_in(texts)), [1], "{text:?}");
        }
        Ok(())
    }

    fn a_list_can_be_of_references(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;
        let names = vec!["first".to_owned(), "second".to_owned()];
        let ids_wanted = vec![2_i64, 3];

        assert_eq!(ids!(conn, Thing::name.in_(&names)), [1]);
        assert_eq!(ids!(conn, Thing::id.in_(&ids_wanted)), [2]);
        assert_eq!(ids!(conn, Thing::name.in_(names)), [1]);
        Ok(())
    }

    fn a_list_is_combined_with_other_conditions(db: &TestDb) -> TestResult {
        let mut conn = with_things(db)?;

        assert_eq!(ids!(conn, Thing::id.in_([1, 2]) & Thing::is_old), [2]);
        assert_eq!(ids!(conn, !Thing::id.in_([1]) & Thing::small.gt(0)), [2]);
        assert_eq!(ids!(conn, Thing::id.in_([1]) | Thing::big.in_([i64::MAX])), [1, 2]);
        Ok(())
    }
}
