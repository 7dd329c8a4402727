//! CHECK constraints of columns, of tables, and of enums that are stored as text.

use orm::IntegrityKind::Check;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::Clash;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
#[orm(native = false)]
enum Grade {
    Good,
    Bad,
}

#[derive(Model, Debug, PartialEq)]
#[orm(
    table = "wines",
    check("year > 1800 OR price IS NULL"),
    check("price < 1000 OR year < 2000", name = "ck_dear_ones_are_old")
)]
struct Wine {
    #[orm(primary_key)]
    id: i64,
    #[orm(check = "price > 0")]
    price: Option<i32>,
    #[orm(default = 1990)]
    year: i32,
    #[orm(default = Grade::Good)]
    grade: Grade,
}

/// The same table without its rules.
#[derive(Model, Debug, PartialEq)]
#[orm(table = "wines")]
struct LooseWine {
    #[orm(primary_key)]
    id: i64,
    price: Option<i32>,
    year: i32,
    grade: String,
}

fn connect(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Wine].create_all(&mut conn)?;
    Ok(conn)
}

on_every_backend! {
    fn the_check_of_a_column_names_it(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let refused = Wine::insert(Wine::builder().price(-5)).one(&mut conn);

        assert_eq!(
            Clash::of(refused),
            Clash::new(Check, "wines", &["price"], Some("ck_wines_price"))
        );
        Ok(())
    }

    fn the_check_of_a_table_names_no_column(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let unnamed = Wine::insert(Wine::builder().price(5).year(1700)).execute(&mut conn);
        let named = Wine::insert(Wine::builder().price(5000).year(2010)).execute(&mut conn);

        assert_eq!(Clash::of(unnamed), Clash::new(Check, "wines", &[], Some("ck_wines_1")));
        assert_eq!(
            Clash::of(named),
            Clash::new(Check, "wines", &[], Some("ck_dear_ones_are_old"))
        );
        Ok(())
    }

    fn null_passes_every_check(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let wine = Wine::insert(Wine::builder().year(1700)).one(&mut conn)?;

        assert_eq!((wine.price, wine.grade), (None, Grade::Good));
        Ok(())
    }

    fn an_update_and_one_of_many_rows_are_refused_alike(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let rows = (0..100).map(|number| Wine::builder().price(80 - number));
        Wine::insert(Wine::builder().price(1)).execute(&mut conn)?;

        let inserted = Wine::insert_many(rows).execute(&mut conn);
        let updated = Wine::update().set(Wine::price, 0).all_rows().execute(&mut conn);

        let expected = || Clash::new(Check, "wines", &["price"], Some("ck_wines_price"));
        assert_eq!(Clash::of(inserted), expected());
        assert_eq!(Clash::of(updated), expected());
        Ok(())
    }

    fn the_check_of_an_enum_names_its_column(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        Wine::insert(Wine::builder()).execute(&mut conn)?;

        let update = LooseWine::update().set(LooseWine::grade, "ugly").all_rows();

        assert_eq!(
            Clash::of(update.execute(&mut conn)),
            Clash::new(Check, "wines", &["grade"], Some("ck_wines_grade_values"))
        );
        Ok(())
    }

    fn a_check_that_the_model_does_not_declare_is_named_too(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let row = LooseWine::builder().price(-1).year(2000).grade("good");

        assert_eq!(
            Clash::of(LooseWine::insert(row).execute(&mut conn)),
            Clash::new(Check, "wines", &["price"], Some("ck_wines_price"))
        );
        Ok(())
    }

    fn the_message_names_the_constraint_and_no_value(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let error = Wine::insert(Wine::builder().price(-987_654)).execute(&mut conn).unwrap_err();

        assert_eq!(
            error.to_string(),
            "check constraint `ck_wines_price` of table `wines` on `price` refused the write"
        );
        assert!(!format!("{error:?}").contains("987654"), "{error:?}");
        Ok(())
    }
}
