//! Indexes, as the database has them.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::catalog::indexes;

#[derive(Model, Debug, PartialEq)]
#[orm(
    table = "parcels",
    index(columns(city, street)),
    index(columns(weight), unique, name = "ix_heavy", condition = "weight > 100")
)]
struct Parcel {
    #[orm(primary_key)]
    id: i64,
    #[orm(index)]
    state: String,
    #[orm(index, unique)]
    code: Option<String>,
    city: String,
    street: String,
    weight: i32,
}

on_every_backend! {
    fn indexes_of_every_kind_exist(db: &TestDb) -> TestResult {
        metadata![Parcel].create_all(&mut db.connect()?)?;

        let found = indexes(db, "parcels")?;

        let expected = if db.dialect_name() == "sqlite" {
            [
                r#"CREATE UNIQUE INDEX "ix_heavy" ON "parcels" ("weight") WHERE weight > 100"#,
                r#"CREATE INDEX "ix_parcels_city_street" ON "parcels" ("city", "street")"#,
                r#"CREATE UNIQUE INDEX "ix_parcels_code" ON "parcels" ("code")"#,
                r#"CREATE INDEX "ix_parcels_state" ON "parcels" ("state")"#,
            ]
        } else {
            [
                "CREATE UNIQUE INDEX ix_heavy ON public.parcels USING btree (weight) WHERE (weight > 100)",
                "CREATE INDEX ix_parcels_city_street ON public.parcels USING btree (city, street)",
                "CREATE UNIQUE INDEX ix_parcels_code ON public.parcels USING btree (code)",
                "CREATE INDEX ix_parcels_state ON public.parcels USING btree (state)",
            ]
        };
        let names = ["ix_heavy", "ix_parcels_city_street", "ix_parcels_code", "ix_parcels_state"];
        assert!(found.iter().map(|(name, _)| name.as_str()).eq(names), "{found:?}");
        assert!(found.iter().map(|(_, definition)| definition.as_str()).eq(expected), "{found:?}");
        Ok(())
    }

    fn a_partial_unique_index_refuses_only_where_its_condition_holds(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Parcel].create_all(&mut conn)?;
        let parcel =
            |weight| Parcel::builder().state("new").city("Oslo").street("A").weight(weight);

        Parcel::insert_many([parcel(5), parcel(5), parcel(500)]).execute(&mut conn)?;

        assert!(Parcel::insert(parcel(500)).execute(&mut conn).is_err());
        Ok(())
    }
}
