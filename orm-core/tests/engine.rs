//! What a connection logs, and what becomes of a transaction whose connection is replaced.
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use orm::Error;
use orm::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber, subscriber};

#[derive(Model, Debug)]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

/// Keeps the fields of the events about statements, one event a line.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "orm::sql"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{field}={value:?};");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, "{field}={value};");
    }
}

/// Returns what is logged while a row is inserted in a transaction.
fn logged(engine: &Engine) -> Vec<String> {
    let mut conn = engine.connect().unwrap();
    metadata![Tag].create_all(&mut conn).unwrap();
    let log = Log::default();
    subscriber::with_default(log.clone(), || {
        let mut tx = conn.begin().unwrap();
        Tag::insert(Tag::builder().name("red")).execute(&mut tx).unwrap();
        tx.begin().unwrap().rollback().unwrap();
        tx.commit().unwrap();
    });
    log.0.lock().unwrap().clone()
}

#[test]
fn statements_are_logged_without_their_values() {
    let engine = Engine::connect("sqlite::memory:").unwrap();

    assert_eq!(
        logged(&engine),
        [
            "sql=BEGIN;",
            r#"sql=INSERT INTO "tag" ("name") VALUES (?1);"#,
            r#"sql=SAVEPOINT "orm_1";"#,
            r#"sql=ROLLBACK TO SAVEPOINT "orm_1"; RELEASE SAVEPOINT "orm_1";"#,
            "sql=COMMIT;",
        ]
    );
}

#[test]
fn a_stream_is_logged_as_the_query_that_it_reads() {
    let engine = Engine::connect("sqlite::memory:").unwrap();
    let mut conn = engine.connect().unwrap();
    metadata![Tag].create_all(&mut conn).unwrap();
    let log = Log::default();

    subscriber::with_default(log.clone(), || {
        let query = Tag::query().filter(Tag::name.eq("red"));
        assert_eq!(query.stream(&mut conn).unwrap().count(), 0);
        assert_eq!(query.select(Tag::id).chunks(&mut conn, 2).unwrap().count(), 0);
    });

    assert_eq!(
        *log.0.lock().unwrap(),
        [
            r#"sql=SELECT "id", "name" FROM "tag" WHERE "name" = ?1;"#,
            r#"sql=SELECT "id" FROM "tag" WHERE "name" = ?1;"#,
        ]
    );
}

#[test]
fn an_engine_that_shows_parameters_logs_them() {
    let engine = Engine::connect("sqlite::memory:").unwrap().show_parameters(true);

    assert_eq!(
        logged(&engine)[1],
        r#"sql=INSERT INTO "tag" ("name") VALUES (?1);parameters=["red"];"#
    );
}

#[test]
fn a_transaction_whose_connection_was_replaced_is_not_reported_as_committed() {
    let engine = Engine::connect("sqlite::memory:").unwrap();
    let mut conn = engine.connect().unwrap();
    metadata![Tag].create_all(&mut conn).unwrap();
    let mut tx = conn.begin().unwrap();
    Tag::insert(Tag::builder().name("red")).execute(&mut tx).unwrap();

    *tx = engine.connect().unwrap();
    let refused = tx.commit().unwrap_err();

    assert!(matches!(refused, Error::InvalidQuery(_)), "{refused:?}");
    assert_eq!(Tag::query().count(&mut conn).unwrap(), 0);
}
