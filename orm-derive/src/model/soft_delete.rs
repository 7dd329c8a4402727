//! The rules of the column that marks rows as deleted.

use super::column::Column;
use crate::report::Report;

/// Checks the columns that are to mark rows as deleted, of which there may be one.
pub(super) fn check(columns: &[&mut Column], report: &mut Report) {
    let mut known = false;
    for column in columns {
        let Some(mark) = &column.soft_delete else { continue };
        let key = &mark.key;
        if std::mem::replace(&mut known, true) {
            report.error(key, "one column marks rows as deleted, and another does already");
        }
        if column.primary_key.is_some() {
            report.error(
                key,
                "a primary key is never NULL, and `soft_delete` is in rows that are there",
            );
        }
        if column.deferred.is_some() {
            let message =
                "whether a row is deleted is read with it: its field cannot be `Deferred`";
            report.error(key, message);
        }
        if mark.now.is_some() && !column.is_option() {
            let message =
                "a `soft_delete` column is NULL while its row is there: its type is an `Option`";
            report.error(&column.ty, message);
        }
    }
}
