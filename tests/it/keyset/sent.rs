//! The statements that pages send, seen by the error of a missing table.

use insta::assert_snapshot;
use orm::prelude::*;
use orm::{Error, KeysetRequest, Output, Plain, Select};
use orm_testkit::Backend;

use super::{Author, Book, Task, library, tasks};

/// Returns the statement for the page after the one of the first row.
fn second<O: Output<Out<Plain>: std::fmt::Debug>>(
    query: &Select<O>,
    request: fn(Option<String>) -> KeysetRequest,
    conn: &mut Connection,
) -> String {
    let mut tx = conn.begin().unwrap();
    tasks(&mut tx).unwrap();
    library(&mut tx).unwrap();
    let cursor = query.paginate_by_key(&mut tx, 1).unwrap().next;
    metadata![Task, Author, Book].drop_all(&mut tx).unwrap();
    let refused = query.paginate_by_key(&mut tx, request(cursor)).unwrap_err();
    tx.rollback().unwrap();
    match refused {
        Error::Database(error) => error.sql.unwrap().into(),
        other => panic!("expected an error of the database, got {other:?}"),
    }
}

fn statements(backend: Backend) -> String {
    fn after(cursor: Option<String>) -> KeysetRequest {
        KeysetRequest::new(5).after(cursor)
    }
    fn before(cursor: Option<String>) -> KeysetRequest {
        KeysetRequest::new(5).before(cursor)
    }
    orm_testkit::run(backend, |db| {
        let conn = &mut db.connect().unwrap();
        let query = Task::query().select(Task::id);
        let due =
            query.clone().filter(Task::priority.gt(0)).order_by(Task::due.desc().nulls_last());
        let titles = Book::query()
            .join(Author::on(Author::id.eq(Book::author_id)))
            .select(Book::title)
            .order_by(Author::name);
        let sent = [
            second(&query, after, conn),
            second(&query.clone().order_by(Task::priority.desc()), after, conn),
            second(&query.clone().order_by(Task::priority.desc()), before, conn),
            second(&due, after, conn),
            second(&due, before, conn),
            second(&titles, after, conn),
        ];
        sent.join("\n")
    })
}

#[test]
fn statements_for_sqlite() {
    assert_snapshot!(statements(Backend::SqliteMemory), @r#"
    SELECT "id" FROM "tasks" WHERE "id" > ?1 ORDER BY "id" LIMIT ?2
    SELECT "id", "priority" FROM "tasks" WHERE "priority" <= ?1 AND ("priority" < ?2 OR "id" < ?3) ORDER BY "priority" DESC, "id" DESC LIMIT ?4
    SELECT "id", "priority" FROM "tasks" WHERE "priority" >= ?1 AND ("priority" > ?2 OR "id" > ?3) ORDER BY "priority", "id" LIMIT ?4
    SELECT "id", "due" FROM "tasks" WHERE "priority" > ?1 AND ("due" <= ?2 OR "due" IS NULL) AND ("due" < ?3 OR "due" IS NULL OR "id" < ?4) ORDER BY "due" DESC NULLS LAST, "id" DESC LIMIT ?5
    SELECT "id", "due" FROM "tasks" WHERE "priority" > ?1 AND "due" >= ?2 AND ("due" > ?3 OR "id" > ?4) ORDER BY "due" NULLS FIRST, "id" LIMIT ?5
    SELECT "books"."title", "authors"."name", "books"."author_id", "books"."number" FROM "books" JOIN "authors" ON "authors"."id" = "books"."author_id" WHERE "authors"."name" >= ?1 AND ("authors"."name" > ?2 OR "books"."author_id" >= ?3 AND ("books"."author_id" > ?4 OR "books"."number" > ?5)) ORDER BY "authors"."name", "books"."author_id", "books"."number" LIMIT ?6
    "#);
}

#[test]
fn statements_for_postgres() {
    assert_snapshot!(statements(Backend::Postgres), @r#"
    SELECT "id" FROM "tasks" WHERE "id" > $1 ORDER BY "id" LIMIT $2
    SELECT "id", "priority" FROM "tasks" WHERE "priority" <= $1 AND ("priority" < $2 OR "id" < $3) ORDER BY "priority" DESC, "id" DESC LIMIT $4
    SELECT "id", "priority" FROM "tasks" WHERE "priority" >= $1 AND ("priority" > $2 OR "id" > $3) ORDER BY "priority", "id" LIMIT $4
    SELECT "id", "due" FROM "tasks" WHERE "priority" > $1 AND ("due" <= $2 OR "due" IS NULL) AND ("due" < $3 OR "due" IS NULL OR "id" < $4) ORDER BY "due" DESC NULLS LAST, "id" DESC LIMIT $5
    SELECT "id", "due" FROM "tasks" WHERE "priority" > $1 AND "due" >= $2 AND ("due" > $3 OR "id" > $4) ORDER BY "due" NULLS FIRST, "id" LIMIT $5
    SELECT "books"."title", "authors"."name", "books"."author_id", "books"."number" FROM "books" JOIN "authors" ON "authors"."id" = "books"."author_id" WHERE "authors"."name" >= $1 AND ("authors"."name" > $2 OR "books"."author_id" >= $3 AND ("books"."author_id" > $4 OR "books"."number" > $5)) ORDER BY "authors"."name", "books"."author_id", "books"."number" LIMIT $6
    "#);
}
