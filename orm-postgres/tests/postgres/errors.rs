//! What the server reports, as errors with names and without values.

use orm_core::driver::DriverConnection;
use orm_core::error::{DatabaseError, Error, IntegrityError, IntegrityKind};
use orm_core::value::Value;

use crate::server::{connect, number};

fn violation(conn: &mut dyn DriverConnection, sql: &str, binds: &[Value<'_>]) -> IntegrityError {
    let error = conn.execute(sql, binds).unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
    let clash = error.integrity().unwrap_or_else(|| panic!("{error:?}")).clone();
    assert_eq!(clash.sql.as_deref(), Some(sql));
    assert!(!clash.message.contains("secret"), "{}", clash.message);
    clash
}

fn refused(sql: &str) -> DatabaseError {
    match connect().execute(sql, &[]).unwrap_err() {
        Error::Database(error) => *error,
        other => panic!("{other:?}"),
    }
}

fn with_tables() -> Box<dyn DriverConnection> {
    let mut conn = connect();
    conn.execute_script(
        "CREATE TEMP TABLE users (
             id bigint CONSTRAINT pk_users PRIMARY KEY,
             email text NOT NULL CONSTRAINT uq_users_email UNIQUE,
             \"First name\" text, name text,
             age integer CONSTRAINT ck_users_age CHECK (age >= 0),
             CONSTRAINT uq_names UNIQUE (\"First name\", name));
         CREATE TEMP TABLE posts (
             id bigint PRIMARY KEY,
             author_id bigint CONSTRAINT fk_posts_author REFERENCES users);
         INSERT INTO users VALUES (1, 'secret@x', 'secret', 'secret', 1);
         INSERT INTO posts VALUES (1, 1)",
    )
    .unwrap();
    conn
}

fn names(error: &IntegrityError) -> (IntegrityKind, Option<&str>, Option<&str>, Vec<&str>) {
    (
        error.kind,
        error.table.as_deref(),
        error.constraint.as_deref(),
        error.columns.iter().map(String::as_str).collect(),
    )
}

#[test]
fn a_duplicate_names_its_constraint_and_columns() {
    let mut conn = with_tables();

    let one = violation(&mut *conn, "INSERT INTO users VALUES (2, $1)", &["secret@x".into()]);
    let two = violation(
        &mut *conn,
        "INSERT INTO users VALUES (2, 'b', $1, $2)",
        &["secret".into(), "secret".into()],
    );
    let key = violation(&mut *conn, "INSERT INTO users VALUES ($1, 'c')", &[Value::I64(1)]);

    let users = Some("users");
    assert_eq!(names(&one), (IntegrityKind::Unique, users, Some("uq_users_email"), vec!["email"]));
    let both = vec!["First name", "name"];
    assert_eq!(names(&two), (IntegrityKind::Unique, users, Some("uq_names"), both));
    assert_eq!(names(&key), (IntegrityKind::Unique, users, Some("pk_users"), vec!["id"]));
}

#[test]
fn a_reference_to_nothing_names_the_referring_columns() {
    let error =
        violation(&mut *with_tables(), "INSERT INTO posts VALUES (2, $1)", &[Value::I64(99)]);

    let expected =
        (IntegrityKind::ForeignKey, Some("posts"), Some("fk_posts_author"), vec!["author_id"]);
    assert_eq!(names(&error), expected);
}

#[test]
fn a_row_that_is_still_referred_to_names_the_referring_table() {
    let error = violation(&mut *with_tables(), "DELETE FROM users", &[]);

    // The report has the columns of the other table only.
    let expected = (IntegrityKind::ForeignKey, Some("posts"), Some("fk_posts_author"), vec![]);
    assert_eq!(names(&error), expected);
}

#[test]
fn a_missing_value_names_its_column() {
    let error = violation(&mut *with_tables(), "INSERT INTO users (id) VALUES (2)", &[]);

    assert_eq!(names(&error), (IntegrityKind::NotNull, Some("users"), None, vec!["email"]));
}

#[test]
fn a_check_names_its_constraint() {
    let error = violation(&mut *with_tables(), "UPDATE users SET age = -1", &[]);

    let expected = (IntegrityKind::Check, Some("users"), Some("ck_users_age"), vec![]);
    assert_eq!(names(&error), expected);
}

#[test]
fn an_exclusion_names_its_constraint() {
    let mut conn = connect();
    conn.execute_script(
        "CREATE TEMP TABLE stays (during int4range,
             CONSTRAINT ex_stays EXCLUDE USING gist (during WITH &&));
         INSERT INTO stays VALUES ('[1,5)')",
    )
    .unwrap();

    let error = violation(&mut *conn, "INSERT INTO stays VALUES ('[4,9)')", &[]);

    let expected = (IntegrityKind::Exclusion, Some("stays"), Some("ex_stays"), vec!["during"]);
    assert_eq!(names(&error), expected);
}

#[test]
fn a_missing_table_comes_with_what_to_do() {
    let error = refused("SELECT * FROM no_such_table");

    assert_eq!(
        error.to_string(),
        "relation \"no_such_table\" does not exist (42P01)\n\
         in: SELECT * FROM no_such_table\n\
         help: create it first: `metadata![…].create_all(&mut conn)`"
    );
}

#[test]
fn a_missing_column_comes_with_what_to_do() {
    let error = refused("SELECT nothing FROM pg_class");

    assert_eq!(error.code.as_deref(), Some("42703"));
    assert!(error.help.unwrap().contains("the table was made from an earlier one"));
}

#[test]
fn a_wrong_value_is_not_quoted() {
    let error = refused("SELECT ('sec' || 'ret \"quoted\"')::int");
    assert_eq!(error.message, "invalid input syntax for type integer: \"…\"");

    let error = refused("SELECT ('99999999' || '99999')::int");
    assert_eq!(error.message, "value \"…\" is out of range for type integer");
}

#[test]
fn text_that_is_too_long_is_refused_with_its_code() {
    let mut conn = connect();
    conn.execute_script("CREATE TEMP TABLE t (short varchar(3))").unwrap();

    let error = conn.execute("INSERT INTO t VALUES ($1)", &["secret".into()]).unwrap_err();

    let Error::Database(error) = error else { panic!("{error:?}") };
    assert_eq!(error.code.as_deref(), Some("22001"));
    assert!(!error.message.contains("secret"));
}

#[test]
fn a_statement_that_takes_too_long_fails_alone() {
    let mut conn = connect();
    conn.execute_script("SET statement_timeout = '30ms'").unwrap();

    let error = conn.execute("SELECT pg_sleep(5)", &[]).unwrap_err();

    assert!(error.to_string().contains("57014"), "{error}");
    assert!(!conn.is_broken());
    assert_eq!(number(&mut *conn, "SELECT 7"), 7);
}

#[test]
fn a_connection_that_the_server_ends_is_broken() {
    let mut conn = connect();
    let backend = number(&mut *conn, "SELECT pg_backend_pid()");
    assert!(!conn.is_broken());

    connect().execute("SELECT pg_terminate_backend($1)", &[Value::I64(backend)]).unwrap();
    let error = conn.execute("SELECT 1", &[]).unwrap_err();

    assert!(error.is_disconnect(), "{error:?}");
    assert!(conn.is_broken());
    let again = conn.execute("SELECT 1", &[]).unwrap_err();
    assert!(again.is_disconnect(), "{again:?}");
    assert!(conn.rollback().unwrap_err().is_disconnect());
}

#[test]
fn a_protocol_that_the_driver_does_not_speak_ends_the_connection() {
    let mut conn = connect();
    conn.execute_script("CREATE TEMP TABLE t (id bigint)").unwrap();

    let error = conn.execute("COPY t FROM STDIN", &[]).unwrap_err();

    assert!(error.is_disconnect(), "{error:?}");
    assert!(conn.is_broken());
    assert!(conn.execute("SELECT 1", &[]).unwrap_err().is_disconnect());
}
