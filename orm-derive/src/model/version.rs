//! The rules of the column that counts the updates of its row.

use super::column::Column;
use super::fields::last_segment;
use crate::report::Report;

/// Types in which nothing can be counted.
const NO_INTEGERS: [&str; 10] = [
    "Option",
    "String",
    "bool",
    "f32",
    "f64",
    "Vec",
    "Uuid",
    "Decimal",
    "DateTime",
    "NaiveDateTime",
];

/// Checks the columns that are to count updates, of which there may be one.
pub(super) fn check(columns: &mut [&mut Column], report: &mut Report) {
    let mut known = false;
    for column in columns.iter_mut().filter(|column| column.version) {
        if std::mem::replace(&mut known, true) {
            let message = "a row has one `version`, and another field is it already";
            report.error(&column.ident, message);
        }
        let is_integer = last_segment(&column.ty)
            .is_none_or(|ty| NO_INTEGERS.iter().all(|no_integer| ty.ident != no_integer));
        if !is_integer {
            let message = "a `version` counts updates: its type is an integer, such as `i32`";
            report.error(&column.ty, message);
            // Its first value is an integer, of which the compiler would complain, too.
            column.default = None;
        }
    }
}
