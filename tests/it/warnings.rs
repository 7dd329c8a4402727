//! What the log says about queries that look like a mistake.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, on_every_backend};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

#[derive(Model, Debug)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
}

/// Keeps the events of the target `orm::query`.
#[derive(Debug, Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{field}={value:?} ").expect("a String can be written to");
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "orm::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        assert_eq!(*event.metadata().level(), Level::WARN);
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.0.lock().expect("no test panicked").push(fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Runs `work`, and returns what it warned of.
fn warnings_of(
    work: impl FnOnce() -> TestResult,
) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let warnings = Warnings::default();
    tracing::subscriber::with_default(warnings.clone(), work)?;
    let warnings = warnings.0.lock().expect("no test panicked").clone();
    Ok(warnings)
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
        assert!(warnings[0].contains("an offset without an order passes over any rows"));
        assert!(warnings[0].contains(&query.to_sql(conn.dialect())?.escape_debug().to_string()));
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
