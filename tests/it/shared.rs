//! What tests of many areas say in the same way.

use orm::Error;

/// Returns why a query was refused before it was sent.
pub(crate) fn refusal<T>(result: orm::Result<T>) -> String {
    match result.err() {
        Some(Error::InvalidQuery(message)) => message.to_string(),
        other => panic!("not refused as an invalid query: {other:?}"),
    }
}

/// Returns the text as a value of a row.
pub(crate) fn text(value: &str) -> String {
    value.to_owned()
}
