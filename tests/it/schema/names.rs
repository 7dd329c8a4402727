//! What tables, columns and constraints are called.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::catalog::tables;

#[derive(Model, Debug, PartialEq)]
struct OrderLine {
    #[orm(primary_key)]
    id: i64,
    unit_price: i32,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "Order \"2\"", rename_all = "camelCase")]
struct Awkward {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    first_name: String,
    #[orm(rename = "select", index)]
    selected: Option<i32>,
    #[orm(rename = "größe 'x'", check = "\"größe 'x'\" > 0")]
    size: i32,
    r#type: Option<String>,
    #[orm(skip)]
    cached: Vec<String>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "a_table_whose_name_is_rather_long_for_a_table_of_a_database")]
struct LongNamed {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    a_column_whose_name_is_long_too: String,
    #[orm(index)]
    a_column_whose_name_is_long_as_well: String,
}

#[test]
fn a_table_is_called_after_its_struct() {
    assert_eq!(OrderLine::table().name, "order_line");
    assert_eq!(OrderLine::unit_price.def().name, "unit_price");
}

#[test]
fn columns_are_renamed_one_by_one_and_all_together() {
    let names: Vec<_> =
        Awkward::table().columns.iter().map(|column| column.name.as_str()).collect();

    assert_eq!(names, ["id", "firstName", "select", "größe 'x'", "type"]);
}

on_every_backend! {
    fn names_may_hold_any_character_and_be_keywords(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Awkward].create_all(&mut conn)?;
        assert_eq!(tables(db)?, ["Order \"2\""]);

        let row = || Awkward::builder().first_name("ann").selected(1).size(5).r#type("t");
        let inserted = Awkward::insert(row()).one(&mut conn)?;
        let clash = Awkward::insert(row()).execute(&mut conn).unwrap_err();
        Awkward::update().set(Awkward::size, 6).filter(Awkward::selected.eq(1)).execute(&mut conn)?;
        let refused = Awkward::update().set(Awkward::size, -1).all_rows().execute(&mut conn);

        let found = Awkward::query().filter(Awkward::size.eq(6)).one(&mut conn)?;
        assert_eq!(found.r#type.as_deref(), Some("t"));
        assert_eq!(inserted.cached, Vec::<String>::new());
        let clash = clash.integrity().unwrap();
        assert_eq!(clash.table.as_deref(), Some("Order \"2\""));
        assert_eq!(clash.columns, ["firstName"]);
        assert_eq!(clash.constraint.as_deref(), Some("uq_Order \"2\"_firstName"));
        let refused = refused.unwrap_err();
        assert_eq!(refused.integrity().unwrap().columns, ["größe 'x'"]);
        Ok(())
    }

    fn long_names_of_constraints_are_cut_alike_everywhere(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![LongNamed].create_all(&mut conn)?;
        let row = || {
            LongNamed::builder()
                .a_column_whose_name_is_long_too("a")
                .a_column_whose_name_is_long_as_well("b")
        };
        LongNamed::insert(row()).execute(&mut conn)?;

        let error = LongNamed::insert(row()).execute(&mut conn).unwrap_err();

        let clash = error.integrity().unwrap();
        assert_eq!(clash.columns, ["a_column_whose_name_is_long_too"]);
        assert_eq!(clash.constraint, Some(LongNamed::table().uniques[0].name.clone()));
        assert_eq!(LongNamed::table().uniques[0].name.len(), 63);
        Ok(())
    }
}
