//! The session: one entity a row, what changed written back, and memory put back when it is undone.

mod access;
mod cascades;
mod events;
mod faults;
mod flushing;
mod json_trees;
mod keys;
mod lazy_policy;
mod meetings;
mod merging;
mod mistakes;
mod one_to_one;
mod options;
mod orders;
mod pending;
mod random;
mod reading;
mod relating;
mod rules;
mod synchronizing;
mod undoing;
mod validators;

use orm::prelude::*;
use orm_testkit::{TestDb, logged};

#[derive(Model, Debug, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    name: String,
    age: Option<i32>,
    #[orm(default = 0, on_update = 1)]
    updates: i32,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "documents")]
struct Document {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(version)]
    version: i32,
}

#[derive(Model, Debug, PartialEq)]
#[orm(table = "memberships")]
struct Membership {
    #[orm(primary_key)]
    user_id: i64,
    #[orm(primary_key)]
    group_id: i64,
    role: String,
}

fn session(db: &TestDb) -> orm::Result<Session> {
    metadata![User, Document, Membership].create_all(&mut db.connect()?)?;
    Ok(db.engine().session())
}

/// Returns the statements that `work` sends, with the placeholders of SQLite and without BEGIN and COMMIT.
pub(crate) fn statements<T>(work: impl FnOnce() -> orm::Result<T>) -> orm::Result<Vec<String>> {
    let (result, events) = logged("orm::sql", work);
    result?;
    let sent = events.iter().filter_map(|event| event.strip_prefix("DEBUG sql="));
    let sent = sent.filter(|sql| !matches!(*sql, "BEGIN" | "COMMIT" | "ROLLBACK"));
    Ok(sent.map(|sql| sql.replace('$', "?")).collect())
}
