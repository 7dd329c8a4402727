//! The rules of primary keys: there is one, it is never NULL, and who makes its values.

use syn::Ident;

use super::column::Column;
use super::fields::{is_integer, is_option};
use crate::report::Report;

/// The most columns of a primary key: longer tuples are no keys.
const MAX_COLUMNS: usize = 4;

/// Checks the primary key of the model `ident`, and decides which column is generated.
///
/// A column that cannot be in the key is taken out of it.
pub(super) fn check(ident: &Ident, columns: &mut [&mut Column], report: &mut Report) {
    let declared = columns.iter().filter(|column| column.primary_key.is_some()).count();
    // A misspelled `primary_key` is reported already.
    if declared == 0 && report.is_empty() {
        let message = format!("`{ident}` has no primary key: put `#[orm(primary_key)]` on a field");
        report.error(ident, message);
    }
    let mut accepted = 0;
    for column in columns.iter_mut() {
        if let Some(key) = &column.primary_key {
            accepted += 1;
            if accepted > MAX_COLUMNS {
                report.error(key, format!("a primary key has at most {MAX_COLUMNS} columns"));
                column.primary_key = None;
            } else if is_option(&column.ty) {
                let message = "a primary key is never NULL: its type cannot be an `Option`";
                report.error(&column.ty, message);
                column.primary_key = None;
            } else {
                column.generated = is_generated(column, declared);
                refuse_auto(column, declared, report);
            }
        } else if let Some(auto) = &column.auto {
            report.error(auto, "`auto` is for primary keys: add `primary_key`");
        }
    }
}

/// A single integer that nothing else gives a value to is generated, unless the user says otherwise.
fn is_generated(column: &Column, declared: usize) -> bool {
    match &column.auto {
        Some(auto) => auto.value && declared == 1,
        None => {
            declared == 1
                && is_integer(&column.ty)
                && column.default.is_none()
                && column.server_default.is_none()
                && column.foreign_key.is_none()
        }
    }
}

/// The database generates the value of a single column, and only where nothing else gives it one.
fn refuse_auto(column: &Column, declared: usize, report: &mut Report) {
    let Some(auto) = column.auto.as_ref().filter(|auto| auto.value) else {
        return;
    };
    if declared > 1 {
        let message = "the database generates a key of one column only; this one has several";
        report.error(auto, message);
    }
    let sources = [
        ("default", column.default.is_some()),
        ("server_default", column.server_default.is_some()),
        ("foreign_key", column.foreign_key.is_some()),
    ];
    for (source, _) in sources.iter().filter(|(_, given)| *given) {
        let message = format!("`auto = true` and `{source}` cannot both give the key its value");
        report.error(auto, message);
    }
}
