//! Violated constraints: which one, on which table, on which columns.

use orm_core::error::{IntegrityError, IntegrityKind};
use tokio_postgres::error::DbError;

/// Returns the violation that the server reported, if it is one.
pub(super) fn of_server(reported: &DbError) -> Option<IntegrityError> {
    let kind = match reported.code().code() {
        "23505" => IntegrityKind::Unique,
        // The second is what RESTRICT gives from PostgreSQL 18 on.
        "23503" | "23001" => IntegrityKind::ForeignKey,
        "23502" => IntegrityKind::NotNull,
        "23514" => IntegrityKind::Check,
        "23P01" => IntegrityKind::Exclusion,
        _ => return None,
    };
    let mut error = IntegrityError::new(kind, reported.message());
    // For a foreign key this is the referring table, whichever side the statement was about.
    error.table = reported.table().map(str::to_owned);
    error.constraint = reported.constraint().map(str::to_owned);
    error.columns = match kind {
        IntegrityKind::NotNull => reported.column().map(str::to_owned).into_iter().collect(),
        IntegrityKind::ForeignKey if is_about_the_target(reported) => Vec::new(),
        _ => reported.detail().map(key_columns).unwrap_or_default(),
    };
    Some(error)
}

/// Whether the row that is still referred to was refused, so that the detail has its columns.
///
/// The two messages differ in that this one quotes two tables; the language of both depends on the
/// server.
fn is_about_the_target(reported: &DbError) -> bool {
    const QUOTES: [char; 6] = ['"', '«', '»', '„', '“', '”'];
    reported.message().matches(QUOTES).count() >= 6
}

/// Returns the columns of a detail such as `Key (a, "b c")=(1, 2) already exists.`
///
/// The values are never looked at. A key of expressions has no columns.
fn key_columns(detail: &str) -> Vec<String> {
    let names = detail
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(")=("))
        .map_or("", |(names, _)| names);
    let columns: Option<Vec<_>> = names.split(", ").map(column_name).collect();
    columns.unwrap_or_default()
}

/// Returns the name without its quotes, or `None` if it is an expression.
fn column_name(name: &str) -> Option<String> {
    if let Some(quoted) = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Some(quoted.replace("\"\"", "\""));
    }
    let is_plain = |character: char| character.is_alphanumeric() || "_$".contains(character);
    (!name.is_empty() && name.chars().all(is_plain)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_a_key_are_read_without_its_values() {
        assert_eq!(key_columns("Key (email)=(a)=(b) already exists."), ["email"]);
        assert_eq!(key_columns("Key (a, \"Weird \"\"b\")=(1, 2) x"), ["a", "Weird \"b"]);
    }

    #[test]
    fn a_key_of_expressions_has_no_columns() {
        assert!(key_columns("Key (lower(email))=(a) already exists.").is_empty());
        assert!(key_columns("something else").is_empty());
    }
}
