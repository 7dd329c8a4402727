//! What SQLite reports, as errors that say which table, columns and constraint.

use orm_core::error::{Error, IntegrityError, IntegrityKind};

use crate::{Connection, memory};

fn clash(connection: &mut Connection, sql: &str) -> IntegrityError {
    let error = connection.execute(sql, &[]).unwrap_err();
    error.integrity().unwrap_or_else(|| panic!("not an integrity error: {error:?}")).clone()
}

#[test]
fn a_unique_constraint_is_known_by_its_columns() {
    let mut connection = memory(
        "CREATE TABLE t (a INT, b INT, CONSTRAINT uq UNIQUE (a, b)); INSERT INTO t VALUES (1, 2)",
    );

    let clash = clash(&mut connection, "INSERT INTO t VALUES (1, 2)");

    assert_eq!(clash.kind, IntegrityKind::Unique);
    assert_eq!(clash.table.as_deref(), Some("t"));
    assert_eq!(clash.columns, ["a", "b"]);
    assert_eq!(clash.message, "UNIQUE constraint failed: t.a, t.b");
    assert_eq!(clash.sql.as_deref(), Some("INSERT INTO t VALUES (1, 2)"));
}

#[test]
fn a_primary_key_is_a_unique_constraint() {
    for key in ["id INTEGER PRIMARY KEY", "id TEXT PRIMARY KEY"] {
        let mut connection = memory(&format!("CREATE TABLE t ({key}); INSERT INTO t VALUES (1)"));

        let clash = clash(&mut connection, "INSERT INTO t VALUES (1)");

        assert_eq!(clash.kind, IntegrityKind::Unique);
        assert_eq!((clash.table.as_deref(), clash.columns), (Some("t"), vec!["id".to_owned()]));
    }
}

#[test]
fn a_unique_index_over_an_expression_is_known_by_its_name() {
    let mut connection = memory(
        "CREATE TABLE t (a TEXT); CREATE UNIQUE INDEX by_lower ON t (lower(a));
         INSERT INTO t VALUES ('x')",
    );

    let clash = clash(&mut connection, "INSERT INTO t VALUES ('X')");

    assert_eq!(clash.kind, IntegrityKind::Unique);
    assert_eq!(clash.constraint.as_deref(), Some("by_lower"));
}

#[test]
fn a_missing_value_is_known_by_its_column() {
    let mut connection = memory("CREATE TABLE t (a INT NOT NULL)");

    let clash = clash(&mut connection, "INSERT INTO t VALUES (NULL)");

    assert_eq!(clash.kind, IntegrityKind::NotNull);
    assert_eq!(clash.table.as_deref(), Some("t"));
    assert_eq!(clash.columns, ["a"]);
}

#[test]
fn a_check_is_known_by_its_name() {
    let mut connection = memory("CREATE TABLE t (a INT, CONSTRAINT ck_positive CHECK (a > 0))");

    let clash = clash(&mut connection, "INSERT INTO t VALUES (-1)");

    assert_eq!(clash.kind, IntegrityKind::Check);
    assert_eq!(clash.constraint.as_deref(), Some("ck_positive"));
}

#[test]
fn a_missing_table_is_an_error_with_help() {
    let error = memory("").execute("SELECT * FROM users", &[]).unwrap_err();

    assert_eq!(
        error.to_string(),
        "no such table: users (SQLITE_ERROR)\nin: SELECT * FROM users\n\
         help: create it first: `metadata![…].create_all(&mut conn)`"
    );
}

#[test]
fn a_wrong_type_in_a_key_is_an_error_with_its_code() {
    let mut connection = memory("CREATE TABLE t (id INTEGER PRIMARY KEY)");

    let error = connection.execute("INSERT INTO t VALUES ('x')", &[]).unwrap_err();

    let Error::Database(error) = error else { panic!("{error:?}") };
    assert_eq!(error.code.as_deref(), Some("SQLITE_MISMATCH"));
}

#[test]
fn an_error_raised_by_a_trigger_has_its_words() {
    let mut connection = memory(
        "CREATE TABLE t (a INT);
         CREATE TRIGGER guard BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'not today'); END",
    );

    let error = connection.execute("INSERT INTO t VALUES (1)", &[]).unwrap_err();

    let Error::Database(error) = error else { panic!("{error:?}") };
    assert_eq!(error.message, "not today");
    assert_eq!(error.code.as_deref(), Some("SQLITE_CONSTRAINT_TRIGGER"));
}

#[test]
fn no_value_is_in_a_message() {
    let mut connection = memory("CREATE TABLE t (a TEXT UNIQUE); INSERT INTO t VALUES ('secret')");

    let error = connection.execute("INSERT INTO t VALUES (?1)", &["secret".into()]).unwrap_err();

    assert!(!error.to_string().contains("secret"), "{error}");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}
