//! What the database itself says it has, through models of its catalog.

use orm::prelude::*;
use orm_testkit::TestDb;

#[derive(Model, Debug, PartialEq)]
#[orm(table = "sqlite_schema")]
struct SqliteObject {
    #[orm(primary_key)]
    name: String,
    #[orm(rename = "type")]
    kind: String,
    tbl_name: String,
    sql: Option<String>,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "pg_indexes", schema = "pg_catalog")]
struct PostgresIndex {
    #[orm(primary_key)]
    indexname: String,
    tablename: String,
    schemaname: String,
    indexdef: String,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "pg_tables", schema = "pg_catalog")]
struct PostgresTable {
    #[orm(primary_key)]
    tablename: String,
    schemaname: String,
}

/// Returns the names of all tables, in alphabetical order, over a connection of its own.
pub(super) fn tables(db: &TestDb) -> orm::Result<Vec<String>> {
    let mut conn = db.connect()?;
    if db.dialect_name() == "sqlite" {
        let tables = SqliteObject::query().filter(SqliteObject::kind.eq("table"));
        tables.order_by(SqliteObject::name).select(SqliteObject::name).all(&mut conn)
    } else {
        let tables = PostgresTable::query().filter(PostgresTable::schemaname.eq("public"));
        tables.order_by(PostgresTable::tablename).select(PostgresTable::tablename).all(&mut conn)
    }
}

/// Returns the names and definitions of the indexes that were created by name on `table`.
pub(super) fn indexes(db: &TestDb, table: &str) -> orm::Result<Vec<(String, String)>> {
    let mut conn = db.connect()?;
    if db.dialect_name() == "sqlite" {
        SqliteObject::query()
            .filter(SqliteObject::kind.eq("index") & SqliteObject::tbl_name.eq(table))
            .filter(SqliteObject::sql.is_not_null())
            .order_by(SqliteObject::name)
            .select((SqliteObject::name, SqliteObject::sql))
            .all(&mut conn)
            .map(|rows| {
                rows.into_iter().map(|(name, sql)| (name, sql.unwrap_or_default())).collect()
            })
    } else {
        PostgresIndex::query()
            .filter(PostgresIndex::tablename.eq(table))
            .filter(PostgresIndex::indexname.starts_with("ix_"))
            .order_by(PostgresIndex::indexname)
            .select((PostgresIndex::indexname, PostgresIndex::indexdef))
            .all(&mut conn)
    }
}

/// Returns the definitions as SQLite keeps them: the statements word by word.
pub(super) fn sqlite_statements(db: &TestDb) -> orm::Result<Vec<String>> {
    let statements = SqliteObject::query().filter(SqliteObject::sql.is_not_null());
    let statements = statements.select(SqliteObject::sql).all(&mut db.connect()?)?;
    Ok(statements.into_iter().flatten().collect())
}
