//! What the log says about queries that look like a mistake.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, logged, on_every_backend};

#[derive(Model, Debug)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
}

/// Runs `work`, and returns what it warned of.
fn warnings_of(
    work: impl FnOnce() -> TestResult,
) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let (result, warnings) = logged("orm::query", work);
    result.map(|()| warnings)
}

on_every_backend! {
    fn an_offset_without_an_order_is_warned_of(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![User].create_all(&mut conn)?;
        let query = User::query().limit(10).offset(20);

        let warnings = warnings_of(|| {
            query.all(&mut conn)?;
            User::query().paginate(&mut conn, (1, 10))?;
            query.stream(&mut conn)?.count();
            query.for_each(&mut conn, |_| Ok(()))?;
            Ok(())
        })?;

        assert_eq!(warnings.len(), 4);
        assert!(warnings[0].starts_with("WARN"));
        assert!(warnings[0].contains("an offset without an order passes over any rows"));
        assert!(warnings[0].contains(&query.to_sql(conn.dialect())?));
        Ok(())
    }

    fn an_order_or_a_limit_alone_is_no_mistake(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![User].create_all(&mut conn)?;

        let warnings = warnings_of(|| {
            User::query().order_by(User::id).limit(10).offset(20).all(&mut conn)?;
            User::query().limit(10).all(&mut conn)?;
            User::query().first(&mut conn)?;
            User::query().offset(20).count(&mut conn)?;
            User::query().order_by(User::id).paginate(&mut conn, (2, 10))?;
            User::query().offset(20).get(&mut conn, 1)?;
            Ok(())
        })?;

        assert_eq!(warnings, [""; 0]);
        Ok(())
    }
}
