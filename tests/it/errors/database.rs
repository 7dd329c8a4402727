//! Statements that the database refuses for another reason than a constraint.

use orm::prelude::*;
use orm::{DatabaseError, Error};
use orm_testkit::{Backend, TestDb, TestResult, on_every_backend};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "ghosts")]
struct Ghost {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "ghosts")]
struct OlderGhost {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "ghosts")]
struct MisreadGhost {
    #[orm(primary_key)]
    id: i64,
    name: i64,
}

fn refusal<T: std::fmt::Debug>(result: orm::Result<T>) -> DatabaseError {
    match result {
        Err(Error::Database(error)) => *error,
        other => panic!("expected an error of the database, got {other:?}"),
    }
}

on_every_backend! {
    fn a_missing_table_says_how_to_create_it(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;

        let error = refusal(Ghost::query().all(&mut conn));

        let on_sqlite = db.dialect_name() == "sqlite";
        let code = if on_sqlite { "SQLITE_ERROR" } else { "42P01" };
        assert_eq!(error.code.as_deref(), Some(code));
        assert_eq!(
            error.help.as_deref(),
            Some("create it first: `metadata![…].create_all(&mut conn)`")
        );
        assert_eq!(error.sql.as_deref(), Some(r#"SELECT "id", "name" FROM "ghosts""#));
        assert!(!error.retryable);
        let message =
            if on_sqlite { "no such table: ghosts" } else { "relation \"ghosts\" does not exist" };
        assert_eq!(
            error.to_string(),
            format!(
                "{message} ({code})\nin: SELECT \"id\", \"name\" FROM \"ghosts\"\nhelp: create it \
                 first: `metadata![…].create_all(&mut conn)`"
            )
        );
        Ok(())
    }

    fn every_kind_of_statement_says_so(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        let row = || Ghost::builder().name("secret");

        let errors = [
            refusal(Ghost::query().filter(Ghost::name.eq("secret")).count(&mut conn)),
            refusal(Ghost::query().filter(Ghost::name.in_(["secret"])).exists(&mut conn)),
            refusal(Ghost::insert(row()).one(&mut conn)),
            refusal(Ghost::insert(row()).execute(&mut conn)),
            refusal(Ghost::insert_many([row(), row()]).execute(&mut conn)),
            refusal(Ghost::update().set(Ghost::name, "secret").all_rows().execute(&mut conn)),
            refusal(Ghost::delete().filter(Ghost::name.eq("secret")).execute(&mut conn)),
        ];

        for error in errors {
            assert!(error.help.as_deref().unwrap().contains("create_all"), "{error}");
            assert!(error.sql.as_deref().unwrap().contains(r#""ghosts""#), "{error}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
        }
        Ok(())
    }

    fn a_missing_column_says_that_table_and_model_differ(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![OlderGhost].create_all(&mut conn)?;

        let error = refusal(Ghost::query().all(&mut conn));

        assert!(error.message.contains("name"), "{error}");
        assert!(error.help.is_some(), "{error}");
        Ok(())
    }

    fn a_value_of_another_type_names_the_column_and_not_the_value(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Ghost].create_all(&mut conn)?;
        Ghost::insert(Ghost::builder().name("secret")).execute(&mut conn)?;

        let whole = MisreadGhost::query().all(&mut conn).unwrap_err();
        let part = MisreadGhost::query().select(MisreadGhost::name).first(&mut conn).unwrap_err();
        let pair = MisreadGhost::query().select((MisreadGhost::id, MisreadGhost::name));
        let pair = pair.one(&mut conn).unwrap_err();

        for error in [whole, part, pair] {
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
            let Error::Decode(error) = error else { panic!("{error:?}") };
            assert_eq!(error.column.as_deref(), Some("ghosts.name"));
        }
        assert_eq!(Ghost::query().count(&mut conn)?, 1);
        Ok(())
    }

    fn the_connection_can_be_used_after_an_error(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        refusal(Ghost::query().all(&mut conn));

        metadata![Ghost].create_all(&mut conn)?;

        assert_eq!(Ghost::query().count(&mut conn)?, 0);
        assert!(!conn.is_broken());
        Ok(())
    }
}

#[test]
fn a_locked_sqlite_database_can_be_tried_again() {
    orm_testkit::run(Backend::SqliteFile, |db| {
        let mut first = db.connect().unwrap();
        metadata![Ghost].create_all(&mut first).unwrap();
        let engine = Engine::connect(&format!("{}?busy_timeout=10", db.url())).unwrap();
        let mut second = engine.connect().unwrap();
        let row = || Ghost::builder().name("boo");

        let mut tx = first.begin().unwrap();
        Ghost::insert(row()).execute(&mut tx).unwrap();
        let refused = Ghost::insert(row()).execute(&mut second).unwrap_err();
        tx.commit().unwrap();
        Ghost::insert(row()).execute(&mut second).unwrap();

        assert!(refused.is_retryable());
        assert!(!refused.is_disconnect());
        assert!(refused.to_string().contains("busy_timeout"), "{refused}");
        assert_eq!(Ghost::query().count(&mut first).unwrap(), 2);
    });
}

#[test]
fn a_lost_connection_to_postgres_is_told_from_a_refused_statement() {
    orm_testkit::run(Backend::Postgres, |db| {
        let mut conn = db.connect().unwrap();
        metadata![Ghost].create_all(&mut conn).unwrap();
        let mut tx = conn.begin().unwrap();
        Ghost::insert(Ghost::builder().name("boo")).execute(&mut tx).unwrap();

        let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()";
        db.connect().unwrap().execute_definition(ended).unwrap();
        let error = Ghost::query().count(&mut tx).unwrap_err();

        assert!(error.is_disconnect(), "{error:?}");
        assert!(tx.commit().is_err());
        assert!(conn.is_broken());
        assert!(Ghost::query().count(&mut conn).unwrap_err().is_disconnect());
        assert_eq!(Ghost::query().count(&mut db.connect().unwrap()).unwrap(), 0);
    });
}
