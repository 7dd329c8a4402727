//! Which clashes an upsert is about.

use crate::ast::ConflictTarget;
use crate::error::{Error, Result};
use crate::schema::Table;

/// Returns the clashes of rows with equal values in these columns of `table`.
///
/// # Errors
///
/// [`Error::InvalidQuery`] if several rows may have them.
pub(in crate::query) fn columns(
    table: &'static Table,
    columns: Vec<usize>,
) -> Result<ConflictTarget> {
    let is_key = is_same(&columns, &table.primary_key);
    let is_unique = table.uniques.iter().any(|unique| is_named(table, &columns, &unique.columns));
    if is_key || is_unique {
        return Ok(ConflictTarget::Columns { columns, condition: None });
    }
    let indexes = table.indexes.iter().filter(|index| index.unique);
    let mut indexes = indexes.filter(|index| is_named(table, &columns, &index.columns));
    let Some(first) = indexes.next() else { return Err(not_unique(table, &columns)) };
    // An index over all rows needs no condition, one over some is only found by its own.
    let whole = first.condition.is_none() || indexes.any(|index| index.condition.is_none());
    let condition = first.condition.as_deref().filter(|_| !whole);
    Ok(ConflictTarget::Columns { columns, condition })
}

/// Whether both are the same columns, in any order.
fn is_same(columns: &[usize], others: &[usize]) -> bool {
    columns.len() == others.len() && columns.iter().all(|column| others.contains(column))
}

fn is_named(table: &Table, columns: &[usize], names: &[String]) -> bool {
    columns.len() == names.len()
        && columns.iter().all(|&column| names.contains(&table.columns[column].name))
}

#[cold]
fn not_unique(table: &Table, columns: &[usize]) -> Error {
    let name = |&column: &usize| table.columns[column].name.clone();
    let key: Vec<String> = table.primary_key.iter().map(name).collect();
    let uniques = table.uniques.iter().map(|unique| &unique.columns);
    let indexes = table.indexes.iter().filter(|index| index.unique).map(|index| &index.columns);
    let known = std::iter::once(&key).chain(uniques).chain(indexes).map(|names| quoted(names));
    let known = known.collect::<Vec<_>>().join(", ");
    let wanted: Vec<String> = columns.iter().map(name).collect();
    Error::invalid_query(format!(
        "{wanted} is not unique in `{table}`, so a clash would not be with one row: name the primary key \
         or the columns of a unique constraint: {known}",
        wanted = quoted(&wanted),
        table = table.name,
    ))
}

fn quoted(names: &[String]) -> String {
    match names {
        [name] => format!("`{name}`"),
        names => format!("(`{}`)", names.join("`, `")),
    }
}
