//! Tables in a schema of their own, which is PostgreSQL's matter.

use orm::prelude::*;
use orm_testkit::Backend;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "customers", schema = "shop")]
struct Customer {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique, index)]
    name: String,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "customers")]
struct OtherCustomer {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Customer::id, on_delete = "cascade"))]
    customer_id: i64,
}

#[derive(Model, Debug, PartialEq)]
#[orm(schema = "public")]
struct Spelled {
    #[orm(primary_key)]
    id: i64,
}

#[test]
fn tables_of_one_name_in_two_schemas_are_told_apart() {
    orm_testkit::run(Backend::Postgres, |db| {
        let mut conn = db.connect().unwrap();
        conn.execute_definition("CREATE SCHEMA shop").unwrap();
        let metadata = metadata![OtherCustomer, Customer];

        metadata.create_all(&mut conn).unwrap();
        metadata.create_all(&mut conn).unwrap();
        let ann = Customer::insert(Customer::builder().name("ann")).one(&mut conn).unwrap();
        let other = OtherCustomer::builder().customer_id(ann.id);
        OtherCustomer::insert(other).execute(&mut conn).unwrap();
        let again = Customer::insert(Customer::builder().name("ann")).execute(&mut conn);

        let clash = again.unwrap_err();
        assert_eq!(clash.integrity().unwrap().columns, ["name"]);
        assert_eq!(Customer::query().count(&mut conn).unwrap(), 1);
        assert_eq!(OtherCustomer::query().count(&mut conn).unwrap(), 1);
        metadata.drop_all(&mut conn).unwrap();
        assert!(Customer::query().count(&mut conn).is_err());
        metadata.create_all(&mut conn).unwrap();
        assert_eq!(Customer::query().count(&mut conn).unwrap(), 0);
    });
}

#[test]
fn the_default_schema_can_be_named() {
    orm_testkit::run(Backend::Postgres, |db| {
        let mut conn = db.connect().unwrap();

        metadata![Spelled].create_all(&mut conn).unwrap();
        metadata![Spelled].create_all(&mut conn).unwrap();
        assert_eq!(Spelled::query().count(&mut conn).unwrap(), 0);
        metadata![Spelled].drop_all(&mut conn).unwrap();

        assert!(Spelled::query().count(&mut conn).is_err());
    });
}
