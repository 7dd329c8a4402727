//! What the server reports, as the library's error: kinds, names and help, and never a value.

mod integrity;

use std::error::Error as _;

use orm_core::error::{DatabaseError, Error, OperationalError};
use tokio_postgres::error::DbError;

/// Where PostgreSQL refuses a prepared statement whose result has another shape than it had.
const REVALIDATION: &str = "RevalidateCachedQuery";

/// Returns the error of a statement.
pub(crate) fn of_statement(error: tokio_postgres::Error, sql: &str) -> Error {
    if let Some(reported) = error.as_db_error() {
        return of_server(reported).in_statement(sql);
    }
    let text = detail_of(&error);
    match error.into_source().and_then(|source| source.downcast::<Error>().ok()) {
        Some(refused_by_us) => *refused_by_us,
        _ => lost(format!("the connection to PostgreSQL is lost: {text}")),
    }
}

/// Whether a statement that is prepared may succeed when it is prepared again.
///
/// Errors of syntax and names (class 42) come up when a statement is prepared; from a prepared one they
/// mean that tables have changed since. A type that is gone is an internal error to the server.
pub(crate) fn is_stale(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|reported| match reported.code().code() {
        "26000" | "XX000" => true,
        "0A000" => reported.routine() == Some(REVALIDATION),
        code => code.starts_with("42"),
    })
}

/// Returns the error that the server reported.
pub(crate) fn of_server(reported: &DbError) -> Error {
    let code = reported.code().code();
    if let Some(error) = integrity::of_server(reported) {
        return error.into();
    }
    if matches!(code, "57P01" | "57P02" | "57P05" | "25P03" | "25P04") || code.starts_with("08") {
        return lost(format!("PostgreSQL closed the connection: {}", reported.message()));
    }
    let mut error = DatabaseError::new(without_values(reported));
    error.code = Some(code.to_owned());
    error.retryable = matches!(code, "40001" | "40P01" | "55P03");
    error.help = help_for(code).map(str::to_owned).or_else(|| reported.hint().map(str::to_owned));
    error.into()
}

/// Returns the error of a connection that is no more.
pub(crate) fn lost(message: String) -> Error {
    let mut error = OperationalError::new(message);
    error.disconnected = true;
    error.into()
}

/// What the driver says, with its causes.
pub(crate) fn detail_of(error: &tokio_postgres::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn help_for(code: &str) -> Option<&'static str> {
    match code {
        "42P01" => Some("create it first: `metadata![…].create_all(&mut conn)`"),
        "42703" => Some(
            "if the column is one of a model, the table was made from an earlier one: add the \
             column, or drop the table and create it again",
        ),
        "25P02" => Some(
            "an earlier statement of the transaction failed: roll back, or run what may fail in a \
             savepoint",
        ),
        "22P02" => Some(
            "if it is the text of an enum, the type was made from an earlier one: add the variant with \
             `ALTER TYPE … ADD VALUE`",
        ),
        "42P18" => Some("give the value a type: `$1::bigint`"),
        _ => None,
    }
}

/// The server's message; the value that it quotes where a value was wrong (class 22) is left out.
fn without_values(reported: &DbError) -> String {
    const QUOTES: [char; 6] = ['"', '«', '»', '„', '“', '”'];
    let message = reported.message();
    if !reported.code().code().starts_with("22") {
        return message.to_owned();
    }
    match (message.find(QUOTES), message.rfind(QUOTES)) {
        (Some(from), Some(to)) if from < to => {
            let (_, rest) = message.split_at(to);
            format!("{}\"…\"{}", &message[..from], rest.trim_start_matches(QUOTES))
        }
        _ => message.to_owned(),
    }
}
