//! What a connection logs of its statements.

use orm::prelude::*;
use orm_testkit::{TestDb, TestResult, logged, on_every_backend};

#[derive(Model, Debug)]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

/// Returns what `work` logs about its statements, with the placeholders of SQLite.
fn statements(
    conn: &mut Connection,
    work: impl FnOnce(&mut Connection) -> orm::Result<()>,
) -> orm::Result<Vec<String>> {
    let (result, events) = logged("orm::sql", || work(conn));
    result?;
    Ok(events.iter().map(|event| event.replace("$1", "?1")).collect())
}

fn insert_red(conn: &mut Connection) -> orm::Result<()> {
    Tag::insert(Tag::builder().name("red")).execute(conn)
}

on_every_backend! {
    fn statements_are_logged_without_their_values(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Tag].create_all(&mut conn)?;

        let logged = statements(&mut conn, |conn| {
            let mut tx = conn.begin()?;
            insert_red(&mut tx)?;
            tx.begin()?.rollback()?;
            tx.commit()
        })?;

        assert_eq!(
            logged,
            [
                "DEBUG sql=BEGIN",
                r#"DEBUG sql=INSERT INTO "tag" ("name") VALUES (?1)"#,
                r#"DEBUG sql=SAVEPOINT "orm_1""#,
                r#"DEBUG sql=ROLLBACK TO SAVEPOINT "orm_1"; RELEASE SAVEPOINT "orm_1""#,
                "DEBUG sql=COMMIT",
            ]
        );
        Ok(())
    }

    fn an_engine_that_shows_parameters_logs_them(db: &TestDb) -> TestResult {
        let engine = db.engine().clone().show_parameters(true);
        let mut conn = engine.connect()?;
        metadata![Tag].create_all(&mut conn)?;

        let logged = statements(&mut conn, insert_red)?;

        assert_eq!(
            logged,
            [r#"DEBUG sql=INSERT INTO "tag" ("name") VALUES (?1) parameters=["red"]"#]
        );
        Ok(())
    }

    fn a_stream_is_logged_as_the_query_that_it_reads(db: &TestDb) -> TestResult {
        let mut conn = db.connect()?;
        metadata![Tag].create_all(&mut conn)?;
        let query = Tag::query().filter(Tag::name.eq("red"));

        let logged = statements(&mut conn, |conn| {
            query.stream(conn)?.count();
            query.clone().select(Tag::id).chunks(conn, 2)?.count();
            Ok(())
        })?;

        assert_eq!(
            logged,
            [
                r#"DEBUG sql=SELECT "id", "name" FROM "tag" WHERE "name" = ?1"#,
                r#"DEBUG sql=SELECT "id" FROM "tag" WHERE "name" = ?1"#,
            ]
        );
        Ok(())
    }
}
