//! What a session tells of its entities.

use super::store::{Gone, Status};
use crate::error::Error;
use crate::value::Value;

/// Where an entity is in its life, as SQLAlchemy calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntityState {
    /// Added, and not inserted yet.
    Pending,
    /// A row of the database, as far as the transaction sees it.
    Persistent,
    /// Deleted in the transaction, which is not committed yet.
    Deleted,
    /// Not of the session: rolled back, deleted for good, taken out, or of another session.
    Detached,
}

/// A column of an entity that has another value than the database.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The column, by its name in the database.
    pub column: &'static str,
    /// The value in the database; `None` if the column was not loaded.
    pub old: Option<Value<'static>>,
    /// The value that the next flush writes.
    pub new: Value<'static>,
}

impl From<Status> for EntityState {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Persistent | Status::Deleting => Self::Persistent,
            Status::Deleted => Self::Deleted,
            Status::Gone(_) => Self::Detached,
        }
    }
}

/// Returns why there is nothing to read.
pub(super) fn story(model: &str, status: Option<Status>) -> String {
    let why = match status {
        None => "it belongs to another session, or this one was told to forget it",
        Some(Status::Pending) => {
            "it is not inserted yet, and a column that the database fills has no value before: \
             `flush` first"
        }
        Some(Status::Persistent | Status::Deleting) => "it has no value",
        Some(Status::Deleted | Status::Gone(Gone::Deleted)) => "it was deleted",
        Some(Status::Gone(Gone::RolledBack)) => {
            "the transaction that it was added in was rolled back"
        }
        Some(Status::Gone(Gone::Expunged)) => "it was taken out of the session",
    };
    format!("this entity of `{model}` cannot be read: {why}; `try_get` asks without a panic")
}

#[cold]
pub(super) fn without_value(model: &str) -> Error {
    Error::invalid_state(format!("this entity of `{model}` has no value"))
}
