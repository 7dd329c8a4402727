//! Values that do not fit: too long, too wide, missing, or of another kind. Stored through one model
//! and read through a stricter one of the same table.

use orm::prelude::*;
use orm::{ColumnType, DbEnum, DecimalValue, Error, Row, SqlType, Value};
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;

#[derive(ColumnType, Debug, Clone, PartialEq)]
struct Code(String);

#[derive(Model, Debug)]
struct Product {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 5)]
    name: String,
    #[orm(length = 3)]
    code: Option<Code>,
    #[orm(precision = 5, scale = 2)]
    price: Decimal,
}

fn product(name: &str) -> impl orm::IntoNewRow<Product> {
    Product::builder().name(name).price(Decimal::ONE)
}

/// As many digits as a `DecimalValue` has, which are more than a `Decimal` has.
#[derive(Debug)]
struct LongDecimal(i128);

impl ColumnType for LongDecimal {
    const SQL_TYPE: SqlType = SqlType::Decimal { precision: None };

    fn read(row: &dyn Row, index: usize) -> orm::Result<Self> {
        row.decimal(index).map(|number| Self(number.mantissa()))
    }

    fn to_value(&self) -> orm::Result<Value<'_>> {
        Ok(Value::Decimal(DecimalValue::new(self.0, 0)))
    }
}

/// Declares models of one table each time: what the table is created from, and the stricter ones.
macro_rules! models_of {
    ($table:literal: $($Model:ident: $Value:ty),+) => {$(
        #[derive(Model, Debug)]
        #[orm(table = $table)]
        struct $Model {
            #[orm(primary_key)]
            id: i64,
            value: $Value,
        }
    )+};
}

models_of!("wide": Wide: i64, Byte: u8, Short: i16, Unsigned: u16, Int: i32, UnsignedInt: u32);
models_of!("float": WideFloat: f64, NarrowFloat: f32);
models_of!("digits": Digits: LongDecimal, FewDigits: Decimal);

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
#[orm(native = false)]
enum Colour {
    Red,
    Green,
}

models_of!("paint": LoosePaint: String, Paint: Colour);

#[derive(Model, Debug)]
#[orm(table = "sparse")]
struct Sparse {
    #[orm(primary_key)]
    id: i64,
    truth: Option<bool>,
    number: Option<i32>,
    float: Option<f64>,
    text: Option<String>,
    bytes: Option<Vec<u8>>,
    day: Option<chrono::NaiveDate>,
    amount: Option<Decimal>,
    document: Option<serde_json::Value>,
}

/// Declares models that read one column of `sparse` each, as if it were never NULL.
macro_rules! dense {
    ($($Model:ident { $column:ident: $Value:ty })+) => {$(
        #[derive(Model, Debug)]
        #[orm(table = "sparse")]
        struct $Model {
            #[orm(primary_key)]
            id: i64,
            $column: $Value,
        }
    )+};
}

dense! {
    DenseTruth { truth: bool }
    DenseNumber { number: i32 }
    DenseFloat { float: f64 }
    DenseText { text: String }
    DenseBytes { bytes: Vec<u8> }
    DenseDay { day: chrono::NaiveDate }
    DenseAmount { amount: Decimal }
    DenseDocument { document: serde_json::Value }
}

fn assert_refused<T: std::fmt::Debug>(result: orm::Result<T>, message: &str) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Encode(_) | Error::Decode(_)), "{error:?}");
    assert_eq!(error.to_string(), message);
}

on_every_backend! {
    fn a_text_that_is_too_long_is_refused_before_it_is_sent(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Product].create_all(&mut conn)?;
        let kept = Product::insert(product("äöüßé")).one(&mut conn)?;
        let before = conn.statement_count();
        let message = "column `product.name`: expected a text of at most 5 characters, found one \
                       of 6 characters";

        assert_refused(Product::insert(product("secret")).one(&mut conn), message);
        assert_refused(Product::insert(product("secret")).execute(&mut conn), message);
        let several = ["short", "secret"].map(product);
        assert_refused(Product::insert_many(several).all(&mut conn), message);
        let update = Product::update().set(Product::name, "secret");
        assert_refused(update.all_rows().execute(&mut conn), message);
        assert_refused(
            Product::insert(Product::builder().name("a").code(Code("long".into())).price(Decimal::ONE))
                .one(&mut conn),
            "column `product.code`: expected a text of at most 3 characters, found one of 4 \
             characters",
        );

        assert_eq!(conn.statement_count(), before);
        assert_eq!(Product::query().one(&mut conn)?.name, kept.name);
        Ok(())
    }

    fn a_decimal_of_too_many_digits_is_refused_before_it_is_sent(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Product].create_all(&mut conn)?;
        let priced = |price: &str| {
            Product::builder().name("a").price(price.parse::<Decimal>().unwrap())
        };
        let expected = "column `product.price`: expected a number of at most 5 digits, 2 of them \
                        after the decimal point, found one of";

        for (price, found) in [
            ("1000", "4 digits, 0 of them after the decimal point"),
            ("-1000.00", "6 digits, 2 of them after the decimal point"),
            ("0.001", "3 digits, 3 of them after the decimal point"),
            ("1.999", "4 digits, 3 of them after the decimal point"),
        ] {
            let message = format!("{expected} {found}");
            assert_refused(Product::insert(priced(price)).one(&mut conn), &message);
            assert_refused(Product::insert_many([priced("1"), priced(price)]).all(&mut conn), &message);
        }
        assert_eq!(Product::query().count(&mut conn)?, 0);
        Ok(())
    }

    fn an_integer_beyond_the_fields_range_is_refused_when_read(db: &TestDb) -> TestResult {
        fn message(of: &str, found: i64) -> String {
            format!(
                "column `wide.value`: expected a number that fits `{of}`, found the integer {found}"
            )
        }
        let mut conn = db.connect()?;
        metadata![Wide].create_all(&mut conn)?;
        let mut store = |value| {
            Wide::delete().all_rows().execute(&mut conn)?;
            Wide::insert(Wide::builder().value(value)).execute(&mut conn)?;
            Ok::<_, Error>((
                Byte::query().all(&mut conn).map(|rows| rows[0].value),
                Short::query().all(&mut conn).map(|rows| rows[0].value),
                Unsigned::query().all(&mut conn).map(|rows| rows[0].value),
                Int::query().all(&mut conn).map(|rows| rows[0].value),
                UnsignedInt::query().all(&mut conn).map(|rows| rows[0].value),
            ))
        };

        let (byte, short, unsigned, int, unsigned_int) = store(255)?;
        assert_eq!((byte?, short?, unsigned?, int?, unsigned_int?), (255, 255, 255, 255, 255));
        let (byte, short, ..) = store(256)?;
        assert_refused(byte, &message("u8", 256));
        assert_eq!(short?, 256);
        let (byte, short, unsigned, int, unsigned_int) = store(-1)?;
        assert_refused(byte, &message("u8", -1));
        assert_refused(unsigned, &message("u16", -1));
        assert_refused(unsigned_int, &message("u32", -1));
        assert_eq!((short?, int?), (-1, -1));
        let (_, short, unsigned, int, unsigned_int) = store(i64::MAX)?;
        assert_refused(short, &message("i16", i64::MAX));
        assert_refused(unsigned, &message("u16", i64::MAX));
        assert_refused(int, &message("i32", i64::MAX));
        assert_refused(unsigned_int, &message("u32", i64::MAX));
        Ok(())
    }

    fn a_selected_column_is_named_as_well(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Wide].create_all(&mut conn)?;
        Wide::insert(Wide::builder().value(256)).execute(&mut conn)?;
        let message = "column `wide.value`: expected a number that fits `u8`, found the integer 256";

        assert_refused(Byte::query().select(Byte::value).all(&mut conn), message);
        assert_refused(Byte::query().select((Byte::id, Byte::value)).first(&mut conn), message);
        Ok(())
    }

    fn a_float_beyond_f32_is_refused_when_read(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![WideFloat].create_all(&mut conn)?;
        WideFloat::insert(WideFloat::builder().value(1e300)).execute(&mut conn)?;

        assert_refused(
            NarrowFloat::query().all(&mut conn),
            "column `float.value`: expected a number that fits `f32`, found a larger number",
        );
        Ok(())
    }

    fn a_decimal_beyond_28_digits_is_refused_when_read(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Digits].create_all(&mut conn)?;
        let long = 123_456_789_012_345_678_901_234_567_890;
        let row = Digits::insert(Digits::builder().value(LongDecimal(long))).one(&mut conn)?;
        assert_eq!(row.value.0, long);

        assert_refused(
            FewDigits::query().all(&mut conn),
            "column `digits.value`: expected a number of at most 28 decimal digits, found a longer \
             number",
        );
        Ok(())
    }

    fn a_text_of_no_variant_is_refused_when_read(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![LoosePaint].create_all(&mut conn)?;
        LoosePaint::insert(LoosePaint::builder().value("green")).execute(&mut conn)?;
        assert_eq!(Paint::query().one(&mut conn)?.value, Colour::Green);
        LoosePaint::insert(LoosePaint::builder().value("blue")).execute(&mut conn)?;

        assert_refused(
            Paint::query().all(&mut conn),
            "column `paint.value`: expected one of `red`, `green`, found another text",
        );
        Ok(())
    }

    fn a_null_in_a_field_that_is_no_option_is_refused(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Sparse].create_all(&mut conn)?;
        Sparse::insert(Sparse::builder()).execute(&mut conn)?;
        let message = |column: &str, expected: &str| {
            format!(
                "column `sparse.{column}`: expected {expected}, found NULL\n\
                 help: make the field an `Option`, or the column NOT NULL"
            )
        };

        assert_refused(DenseTruth::query().all(&mut conn), &message("truth", "a boolean"));
        assert_refused(DenseNumber::query().all(&mut conn), &message("number", "an integer"));
        let float = "a floating-point number";
        assert_refused(DenseFloat::query().all(&mut conn), &message("float", float));
        assert_refused(DenseText::query().all(&mut conn), &message("text", "text"));
        assert_refused(DenseBytes::query().all(&mut conn), &message("bytes", "bytes"));
        assert_refused(DenseDay::query().all(&mut conn), &message("day", "a date"));
        assert_refused(DenseAmount::query().all(&mut conn), &message("amount", "a decimal number"));
        assert_refused(DenseDocument::query().all(&mut conn), &message("document", "JSON"));
        Ok(())
    }

    fn a_value_of_another_kind_is_refused_without_showing_it(db: &TestDb) -> TestResult {
        #[derive(Model, Debug)]
        #[orm(table = "paint")]
        struct Misread {
            #[orm(primary_key)]
            id: i64,
            value: i64,
        }
        let mut conn = db.connect()?;
        metadata![LoosePaint].create_all(&mut conn)?;
        LoosePaint::insert(LoosePaint::builder().value("secret")).execute(&mut conn)?;

        let error = Misread::query().all(&mut conn).unwrap_err();

        let found = match db.backend() {
            Backend::Postgres => "`text`", // the type of the column
            _ => "text",
        };
        assert_eq!(
            error.to_string(),
            format!("column `paint.value`: expected an integer, found {found}")
        );
        Ok(())
    }
}
