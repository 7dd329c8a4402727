//! What a session tells about its entities.

use super::store::{Gone, Status};
use crate::error::Error;
use crate::value::Value;

/// The state of an entity, in the words of SQLAlchemy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntityState {
    /// It was added and is not inserted yet.
    Pending,
    /// It is a row of the database, as its transaction sees it.
    Persistent,
    /// It was deleted in the transaction, which is not committed yet.
    Deleted,
    /// It is not in the session: it was rolled back, deleted or taken out, or belongs to another session.
    Detached,
}

/// A column of an entity whose value differs from the database.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The name of the column in the database.
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

/// Returns why an entity cannot be used, and what would help.
pub(super) fn story(model: &str, status: Option<Status>) -> String {
    let why = match status {
        None => {
            "it belongs to another session, or this one has forgotten it (`close`, `expunge_all`): query \
             the row in this session"
        }
        Some(Status::Pending) => {
            "it is not inserted yet, and the database fills one of its columns: `flush` first"
        }
        Some(Status::Persistent | Status::Deleting) => "it has no value",
        Some(Status::Deleted | Status::Gone(Gone::Deleted)) => "it was deleted",
        Some(Status::Gone(Gone::RolledBack)) => "the transaction that added it was rolled back",
        Some(Status::Gone(Gone::Expunged)) => {
            "it was taken out of the session: query its row again, or `attach` or `merge` the value that \
             `detach` returned"
        }
    };
    format!("this entity of `{model}` cannot be used: {why}")
}

#[cold]
pub(super) fn without_value(model: &str) -> Error {
    Error::invalid_state(format!("this entity of `{model}` has no value"))
}
