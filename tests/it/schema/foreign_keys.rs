//! Foreign keys are enforced on every connection, and do what they say.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
struct Owner {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model, Debug, PartialEq)]
struct Thing {
    #[orm(primary_key)]
    id: i64,
    #[orm(foreign_key(Owner::id, on_delete = "cascade", on_update = "cascade"))]
    cascading: Option<i64>,
    #[orm(foreign_key(Owner::id, on_delete = "set null", on_update = "set null"))]
    nulled: Option<i64>,
    #[orm(
        server_default = "1",
        foreign_key(Owner::id, on_delete = "set default", on_update = "set default")
    )]
    defaulted: Option<i64>,
}

/// Owners 1 and 2.
fn connect(db: &TestDb) -> orm::Result<Connection> {
    let mut conn = db.connect()?;
    metadata![Owner, Thing].create_all(&mut conn)?;
    Owner::insert_many([1, 2].map(|id| Owner::builder().id(id))).execute(&mut conn)?;
    Ok(conn)
}

/// A thing that refers to nothing.
fn thing() -> ThingBuilder {
    Thing::builder().cascading(None).nulled(None).defaulted(None)
}

on_every_backend! {
    fn every_connection_enforces_them(db: &TestDb) -> TestResult {
        drop(connect(db)?);

        for mut conn in [db.connect()?, Engine::connect(db.url())?.connect()?] {
            if db.backend() == orm_testkit::Backend::SqliteMemory {
                // A second engine is a second database.
                metadata![Owner, Thing].create_all(&mut conn)?;
            }
            assert!(Thing::insert(thing().cascading(99)).execute(&mut conn).is_err());
        }
        Ok(())
    }

    fn a_delete_cascades_sets_null_and_sets_the_default(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let rows = [thing().cascading(2), thing().nulled(2), thing().defaulted(2)];
        Thing::insert_many(rows).execute(&mut conn)?;

        Owner::delete().filter(Owner::id.eq(2)).execute(&mut conn)?;

        let left = Thing::query().order_by(Thing::id).select((Thing::nulled, Thing::defaulted));
        assert_eq!(left.all(&mut conn)?, [(None, None), (None, Some(1))]);
        Ok(())
    }

    fn a_changed_key_cascades_sets_null_and_sets_the_default(db: &TestDb) -> TestResult {
        let mut conn = connect(db)?;
        let rows = [thing().cascading(2), thing().nulled(2), thing().defaulted(2)];
        Thing::insert_many(rows).execute(&mut conn)?;

        Owner::update().set(Owner::id, 20).filter(Owner::id.eq(2)).execute(&mut conn)?;

        let left = Thing::query().order_by(Thing::id).select((
            Thing::cascading,
            Thing::nulled,
            Thing::defaulted,
        ));
        assert_eq!(
            left.all(&mut conn)?,
            [(Some(20), None, None), (None, None, None), (None, None, Some(1))]
        );
        Ok(())
    }
}
