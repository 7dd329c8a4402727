//! Structs of columns that several models share, with and without a prefix.

use chrono::{DateTime, Utc};
use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};
use rust_decimal::Decimal;

#[derive(Embed, Debug, Clone, PartialEq)]
struct Timestamps {
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
}

#[derive(Embed, Debug, Clone, PartialEq)]
struct Address {
    street: String,
    #[orm(length = 2)]
    country: Option<String>,
    distance: Option<Decimal>,
}

#[derive(Model, Debug, Clone, PartialEq)]
struct Customer {
    #[orm(primary_key)]
    id: i64,
    #[orm(flatten)]
    timestamps: Timestamps,
    #[orm(flatten(prefix = "home_"))]
    home: Address,
    name: String,
    #[orm(flatten(prefix = "work_"))]
    work: Address,
    #[orm(skip)]
    cached: Vec<String>,
}

fn address(street: &str, country: Option<&str>, distance: Option<Decimal>) -> Address {
    Address { street: street.to_owned(), country: country.map(str::to_owned), distance }
}

fn samples() -> [Customer; 2] {
    let created_at = "1969-07-20T20:17:40.000001Z".parse().unwrap();
    let full = Customer {
        id: 1,
        timestamps: Timestamps { created_at, updated_at: Some(created_at) },
        home: address("1 Main St", Some("NZ"), Some(Decimal::new(150, 2))),
        name: "alice".to_owned(),
        work: address("", Some(""), Some(Decimal::new(-1, 28))),
        cached: Vec::new(),
    };
    let sparse = Customer {
        id: 2,
        timestamps: Timestamps { created_at, updated_at: None },
        home: address("2 Main St", None, None),
        name: "bob".to_owned(),
        work: address("3 Main St", None, None),
        cached: Vec::new(),
    };
    [full, sparse]
}

fn new_row(customer: Customer) -> impl orm::IntoNewRow<Customer> {
    Customer::builder()
        .timestamps(customer.timestamps)
        .home(customer.home)
        .name(customer.name)
        .work(customer.work)
}

on_every_backend! {
    fn embedded_columns_round_trip(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Customer].create_all(&mut conn)?;
        let [full, sparse] = samples();

        let inserted = [
            Customer::insert(new_row(full.clone())).one(&mut conn)?,
            Customer::insert(new_row(sparse.clone())).one(&mut conn)?,
        ];
        let together =
            Customer::insert_many([new_row(full.clone()), new_row(sparse.clone())]).all(&mut conn)?;

        assert_eq!(inserted, [full.clone(), sparse.clone()]);
        assert_eq!(together, [Customer { id: 3, ..full.clone() }, Customer { id: 4, ..sparse.clone() }]);
        let read = Customer::query().order_by(Customer::id).limit(2).all(&mut conn)?;
        assert_eq!(read, [full, sparse]);
        Ok(())
    }

    fn embedded_columns_are_filtered_updated_and_ordered_by(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Customer].create_all(&mut conn)?;
        let [full, sparse] = samples();
        Customer::insert_many([new_row(full.clone()), new_row(sparse)]).execute(&mut conn)?;

        let in_new_zealand = Customer::query()
            .filter(Customer::home.country.eq("NZ") & Customer::work.country.ne("NZ"))
            .all(&mut conn)?;
        let created =
            Customer::query().filter(Customer::timestamps.created_at.lt(Utc::now())).count(&mut conn)?;
        Customer::update()
            .set(Customer::work.street, "4 Main St")
            .filter(Customer::timestamps.updated_at.is_null())
            .execute(&mut conn)?;
        let streets: Vec<(String, Option<Decimal>)> = Customer::query()
            .order_by(Customer::work.street.desc())
            .select((Customer::work.street, Customer::home.distance))
            .all(&mut conn)?;

        assert_eq!(in_new_zealand, [full]);
        assert_eq!(created, 2);
        let distance = Some(Decimal::new(15, 1));
        assert_eq!(streets, [("4 Main St".to_owned(), None), (String::new(), distance)]);
        Ok(())
    }

    fn a_limit_of_an_embedded_column_is_named_with_its_prefix(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Customer].create_all(&mut conn)?;
        let [mut customer, _] = samples();
        customer.work.country = Some("New Zealand".to_owned());

        let error = Customer::insert(new_row(customer)).one(&mut conn).unwrap_err();

        assert_eq!(
            error.to_string(),
            "column `customer.work_country`: expected a text of at most 2 characters, found one of \
             11 characters"
        );
        Ok(())
    }
}
