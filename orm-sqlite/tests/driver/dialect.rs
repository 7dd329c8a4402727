//! SQL as SQLite spells it, and what the declared types make SQLite do.

use orm_core::dialect::{BulkInsert, Dialect};
use orm_core::schema::{ColumnDef, ColumnLoading, FieldDef, FieldEntry, ModelDef, TableSlot};
use orm_core::types::{EnumDef, SqlType};
use orm_sqlite::Sqlite;

use crate::{integer, memory, texts};

/// Returns the column that a model's field of this type would have.
fn column(sql_type: SqlType, generated: bool) -> ColumnDef {
    let field = FieldDef {
        column: "v",
        sql_type,
        nullable: false,
        primary_key: generated,
        generated,
        loading: ColumnLoading::Always,
        soft_delete: None,
        version: false,
        unique: false,
        index: false,
        default: None,
        on_update: None,
        server_default: None,
        check: None,
        comment: None,
        foreign_key: None,
        validator: None,
    };
    let def: &'static ModelDef = Box::leak(Box::new(ModelDef {
        name: "T",
        table: "t",
        schema: None,
        comment: None,
        fields: Box::leak(Box::new([FieldEntry::Column(field)])),
        indexes: &[],
        uniques: &[],
        checks: &[],
        foreign_keys: &[],
        associations: &[],
    }));
    let slot: &'static TableSlot = Box::leak(Box::new(TableSlot::new(def)));
    slot.get().columns[0].clone()
}

fn declared(sql_type: SqlType, generated: bool) -> String {
    let mut sql = String::new();
    Sqlite.write_column_type(&mut sql, &column(sql_type, generated));
    sql
}

const STATE: EnumDef = EnumDef { name: "state", variants: &["new", "old"], native: true };

#[test]
fn every_type_is_declared_with_the_affinity_of_what_is_stored() {
    let types = [
        (SqlType::Boolean, "BOOLEAN"),
        (SqlType::SmallInt, "SMALLINT"),
        (SqlType::Integer, "INT"),
        (SqlType::BigInt, "BIGINT"),
        (SqlType::Real, "REAL"),
        (SqlType::Double, "DOUBLE PRECISION"),
        (SqlType::Text { length: None }, "TEXT"),
        (SqlType::Text { length: Some(80) }, "VARCHAR(80)"),
        (SqlType::Bytes, "BLOB"),
        (SqlType::Date, "DATE"),
        (SqlType::Time, "TIME"),
        (SqlType::DateTime, "DATETIME"),
        (SqlType::Timestamp, "TIMESTAMP"),
        (SqlType::Uuid, "UUID TEXT"),
        (SqlType::Decimal { precision: None }, "DECIMAL TEXT COLLATE \"decimal\""),
        (SqlType::Decimal { precision: Some((10, 2)) }, "DECIMAL TEXT(10, 2) COLLATE \"decimal\""),
        (SqlType::Json, "JSON TEXT"),
        (SqlType::Enum(&STATE), "TEXT"),
    ];
    for (sql_type, expected) in types {
        assert_eq!(declared(sql_type, false), expected);
        memory(&format!("CREATE TABLE t (v {expected} NOT NULL)"));
    }
}

#[test]
fn a_generated_key_is_the_rowid() {
    for sql_type in [SqlType::SmallInt, SqlType::Integer, SqlType::BigInt] {
        let mut connection = memory(&format!(
            "CREATE TABLE t (v {} NOT NULL, w TEXT, CONSTRAINT \"pk_t\" PRIMARY KEY (\"v\"))",
            declared(sql_type, true)
        ));

        connection.execute("INSERT INTO t (w) VALUES ('a'), ('b')", &[]).unwrap();

        assert_eq!(integer(&mut connection, "SELECT max(v) FROM t"), 2);
        let indexes = "SELECT count(*) FROM sqlite_schema WHERE type = 'index'";
        assert_eq!(integer(&mut connection, indexes), 0);
    }
}

#[test]
fn a_key_that_is_not_generated_must_be_given() {
    for sql_type in [SqlType::SmallInt, SqlType::Integer, SqlType::BigInt] {
        let mut connection = memory(&format!(
            "CREATE TABLE t (v {} NOT NULL, w TEXT, CONSTRAINT \"pk_t\" PRIMARY KEY (\"v\"))",
            declared(sql_type, false)
        ));

        let error = connection.execute("INSERT INTO t (w) VALUES ('a')", &[]).unwrap_err();

        assert!(error.integrity().is_some(), "{error:?}");
    }
}

#[test]
fn tables_are_listed_without_those_of_sqlite() {
    let mut connection = memory(
        "CREATE TABLE sqliteful (v INT); CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT);
         CREATE VIEW w AS SELECT 1; CREATE INDEX i ON a (id)",
    );

    let sql = Sqlite.tables_query();
    let names = crate::all(&mut connection, sql, &[], |row| {
        assert!(row.is_null(0));
        row.text(1).map(str::to_owned)
    });

    assert_eq!(names.unwrap(), ["a", "sqliteful"]);
}

#[test]
fn an_identifier_is_quoted_whatever_is_in_it() {
    let mut sql = "SELECT 'x' AS ".to_owned();
    Sqlite.write_identifier(&mut sql, "a\"b; --");

    assert_eq!(sql, "SELECT 'x' AS \"a\"\"b; --\"");
    assert_eq!(texts(&mut memory(""), &sql), ["x"]);
}

#[test]
fn an_offset_without_a_limit_is_understood() {
    let mut connection = memory("CREATE TABLE t (v INT); INSERT INTO t VALUES (1), (2), (3)");

    let sql = format!("SELECT CAST(v AS TEXT) FROM t ORDER BY v{} OFFSET 1", Sqlite.no_limit());

    assert_eq!(texts(&mut connection, &sql), ["2", "3"]);
}

#[test]
fn as_many_values_as_the_dialect_says_can_be_bound() {
    let mut connection = memory("");
    let most = Sqlite.max_binds();
    let values = vec![orm_core::value::Value::I64(1); most];

    assert!(connection.execute(&format!("SELECT ?{most}"), &values).is_ok());
    assert!(connection.execute(&format!("SELECT ?{}", most + 1), &values).is_err());
    assert_eq!(Sqlite.bulk_insert(), BulkInsert::Values { rows: 64 });
}
