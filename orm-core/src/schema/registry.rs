//! The tables of all models used so far, by name: how an error that names a constraint of another
//! table than the statement's finds that table's columns.

use std::sync::{PoisonError, RwLock};

use super::Table;

static TABLES: RwLock<Vec<&'static Table>> = RwLock::new(Vec::new());

pub(super) fn register(table: &'static Table) {
    let mut tables = TABLES.write().unwrap_or_else(PoisonError::into_inner);
    if !tables.iter().any(|known| std::ptr::eq(*known, table)) {
        tables.push(table);
    }
}

/// Returns the table of a model used so far that is called `name` and that `wanted` accepts.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct User { #[orm(primary_key)] id: i64 }
/// use orm_core::schema::table_named;
///
/// let table = User::table(); // used from here on
/// assert!(std::ptr::eq(table_named("user", |_| true).unwrap(), table));
/// ```
pub fn table_named(name: &str, wanted: impl Fn(&Table) -> bool) -> Option<&'static Table> {
    let tables = TABLES.read().unwrap_or_else(PoisonError::into_inner);
    tables.iter().find(|table| table.name == name && wanted(table)).copied()
}
