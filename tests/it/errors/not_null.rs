//! NOT NULL, reached through a second model of the same table that allows NULL.

use orm::IntegrityKind::NotNull;
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

use super::Clash;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "guests")]
struct Guest {
    #[orm(primary_key)]
    id: i64,
    first_name: String,
    last_name: String,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "guests")]
struct LooseGuest {
    #[orm(primary_key)]
    id: i64,
    last_name: Option<String>,
    first_name: Option<String>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "guests")]
struct HalfGuest {
    #[orm(primary_key)]
    id: i64,
    last_name: Option<String>,
}

fn connect(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Guest].create_all(&mut conn)?;
    Ok(conn)
}

fn first_name() -> Clash {
    Clash::new(NotNull, "guests", &["first_name"], None)
}

on_every_backend! {
    fn an_insert_of_null_names_the_column(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let given = LooseGuest::builder().first_name(None).last_name("lee");
        let refused = LooseGuest::insert(given).one(&mut conn);

        assert_eq!(Clash::of(refused), first_name());
        Ok(())
    }

    fn a_column_that_is_left_out_is_named(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let left_out = LooseGuest::insert(LooseGuest::builder().last_name("lee"));
        let unknown = HalfGuest::insert(HalfGuest::builder().last_name("lee"));

        assert_eq!(Clash::of(left_out.execute(&mut conn)), first_name());
        assert_eq!(Clash::of(unknown.execute(&mut conn)), first_name());
        Ok(())
    }

    fn one_of_many_rows_with_null_names_the_column(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let rows = (0..100).map(|number| {
            let name = (number != 70).then(|| "ann".to_owned());
            LooseGuest::builder().first_name(name).last_name("lee")
        });

        let refused = LooseGuest::insert_many(rows).execute(&mut conn);

        assert_eq!(Clash::of(refused), first_name());
        assert_eq!(Guest::query().count(&mut conn)?, 0);
        Ok(())
    }

    fn an_update_to_null_names_the_column(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let row = Guest::builder().first_name("ann").last_name("lee");
        Guest::insert(row).execute(&mut conn)?;

        let update = LooseGuest::update().set(LooseGuest::first_name, None).all_rows();

        assert_eq!(Clash::of(update.execute(&mut conn)), first_name());
        Ok(())
    }

    fn the_message_names_the_column_and_no_value(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;

        let row = LooseGuest::builder().last_name("secret");
        let error = LooseGuest::insert(row).execute(&mut conn).unwrap_err();

        assert_eq!(
            error.to_string(),
            "not null constraint of table `guests` on `first_name` refused the write: the column \
             needs a value"
        );
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        Ok(())
    }
}
