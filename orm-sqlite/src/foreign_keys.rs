//! Which foreign key a statement violates: SQLite says no more than that one did.
//!
//! The statement runs a second time with the keys checked later, `PRAGMA foreign_key_check` finds
//! what it broke, and all of it is rolled back. That costs a scan of the tables that have foreign
//! keys, twice, and is done only after a failure.

use std::collections::HashMap;

use orm_core::error::Error;
use orm_core::value::Value;
use rusqlite::config::DbConfig;

use crate::bind;
use crate::ffi::Connection;

/// A foreign key, as the referring table has it.
pub(crate) struct ForeignKey {
    pub(crate) table: String,
    pub(crate) columns: Vec<String>,
}

/// A row that refers to none: its table, its rowid if it has one, and the number of the key.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Violation {
    table: String,
    rowid: Option<i64>,
    key: i64,
}

/// Returns the key that `sql` failed for; `None` if that cannot be found out. The database stays as
/// it is.
pub(crate) fn violated_by(
    connection: &mut Connection,
    sql: &str,
    values: &[Value<'_>],
) -> Option<ForeignKey> {
    if !is_write(sql) {
        return None;
    }
    let was_deferred = is_deferred(connection.database()).ok()?;
    // Outside of a transaction a savepoint begins one, and its release ends it.
    connection.database().execute_batch("SAVEPOINT orm_foreign_keys").ok()?;
    let keys = violations_of(connection, sql, values);

    let database = connection.database();
    let _ = database.execute_batch("ROLLBACK TO orm_foreign_keys");
    let key = keys.and_then(|after| first_new(database, after));
    let _ = database.execute_batch("RELEASE orm_foreign_keys");
    let _ = defer(database, was_deferred);
    key
}

/// Returns a key that is violated in the database as it is, before a transaction that cannot commit
/// is rolled back.
pub(crate) fn violated_now(connection: &Connection) -> Option<ForeignKey> {
    let database = connection.database();
    let violations = check(database).ok()?;
    violations.first().and_then(|violation| key_of(database, violation).ok())
}

/// Whether running the text twice and rolling it back changes nothing. COMMIT and RELEASE fail for
/// foreign keys too, and must not run again.
fn is_write(sql: &str) -> bool {
    let word =
        sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"]
        .iter()
        .any(|write| write.eq_ignore_ascii_case(word))
}

/// Runs the statement again inside the savepoint, and returns what is violated then.
fn violations_of(
    connection: &mut Connection,
    sql: &str,
    values: &[Value<'_>],
) -> Option<Vec<Violation>> {
    defer(connection.database(), true).ok()?;
    match run(connection, sql, values) {
        Ok(()) => check(connection.database()).ok(),
        Err(Error::Integrity(_)) => violations_of_restricted(connection, sql, values),
        Err(_) => None,
    }
}

/// RESTRICT cannot be put off, so the keys are not enforced at all. Then no key cascades either:
/// only those that restrict can be the one.
fn violations_of_restricted(
    connection: &mut Connection,
    sql: &str,
    values: &[Value<'_>],
) -> Option<Vec<Violation>> {
    enforce(connection.database(), false).ok()?;
    let ran = run(connection, sql, values);
    let checked = check(connection.database());
    enforce(connection.database(), true).ok()?;
    ran.ok()?;
    let mut violations = checked.ok()?;
    violations.retain(|violation| restricts(connection.database(), violation).unwrap_or(false));
    Some(violations)
}

fn run(
    connection: &mut Connection,
    sql: &str,
    values: &[Value<'_>],
) -> orm_core::error::Result<()> {
    let mut statement = bind::start(connection, sql, values)?;
    while statement.step()? {}
    statement.finish()
}

/// Returns the key of the first violation that is not there without the statement.
fn first_new(database: &rusqlite::Connection, after: Vec<Violation>) -> Option<ForeignKey> {
    let mut before = HashMap::new();
    for violation in check(database).ok()? {
        *before.entry(violation).or_insert(0_u64) += 1;
    }
    let new = after.into_iter().find(|violation| match before.get_mut(violation) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    })?;
    key_of(database, &new).ok()
}

fn check(database: &rusqlite::Connection) -> rusqlite::Result<Vec<Violation>> {
    let mut statement =
        database.prepare(r#"SELECT "table", "rowid", "fkid" FROM pragma_foreign_key_check"#)?;
    let violations = statement.query_map([], |row| {
        Ok(Violation { table: row.get(0)?, rowid: row.get(1)?, key: row.get(2)? })
    })?;
    violations.collect()
}

fn key_of(database: &rusqlite::Connection, violation: &Violation) -> rusqlite::Result<ForeignKey> {
    let mut statement = database.prepare(
        r#"SELECT "from" FROM pragma_foreign_key_list(?1) WHERE "id" = ?2 ORDER BY "seq""#,
    )?;
    let columns = statement
        .query_map((&violation.table, violation.key), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ForeignKey { table: violation.table.clone(), columns })
}

fn restricts(database: &rusqlite::Connection, violation: &Violation) -> rusqlite::Result<bool> {
    database.query_row(
        r#"SELECT 'RESTRICT' IN ("on_delete", "on_update")
           FROM pragma_foreign_key_list(?1) WHERE "id" = ?2"#,
        (&violation.table, violation.key),
        |row| row.get(0),
    )
}

fn is_deferred(database: &rusqlite::Connection) -> rusqlite::Result<bool> {
    database.query_row("PRAGMA defer_foreign_keys", [], |row| row.get(0))
}

fn defer(database: &rusqlite::Connection, deferred: bool) -> rusqlite::Result<()> {
    database.execute_batch(if deferred {
        "PRAGMA defer_foreign_keys = ON"
    } else {
        "PRAGMA defer_foreign_keys = OFF"
    })
}

fn enforce(database: &rusqlite::Connection, enforced: bool) -> rusqlite::Result<()> {
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, enforced).map(|_| ())
}
