//! Errors of the database, completed with what the metadata of the models knows: a driver reports
//! the table and the columns on one backend, and the constraint on another.

use std::borrow::Cow;

use crate::error::{Error, IntegrityError, IntegrityKind};
use crate::schema::{Table, table_named};
use crate::sql::Sql;

/// Returns `error` with the names of table, columns and constraint, and the text of the statement.
#[cold]
pub(super) fn named(error: Error, sql: Option<&Sql<'_>>) -> Error {
    let error = match error {
        Error::Integrity(mut clash) => {
            complete(&mut clash, sql.and_then(|sql| sql.table));
            Error::Integrity(clash)
        }
        Error::Encode(refused) => {
            let column = refused.bind.zip(sql).and_then(|(bind, sql)| sql.bind_column(bind));
            let error = Error::Encode(refused);
            match column {
                Some(column) => error.in_column(|| column.table.name_of(column.position)),
                None => error,
            }
        }
        other => other,
    };
    match sql {
        Some(sql) => error.in_statement(&sql.text),
        None => error,
    }
}

fn complete(clash: &mut IntegrityError, about: Option<&'static Table>) {
    let Some(table) = table_of(clash, about) else { return };
    clash.table.get_or_insert_with(|| table.name.clone());
    let constraints = constraints(table, clash.kind);
    let found = match &clash.constraint {
        Some(name) => constraints.iter().find(|constraint| constraint.name == *name),
        None => over_columns(&constraints, &clash.columns),
    };
    if let Some(constraint) = found {
        clash.constraint = Some(constraint.name.to_string());
        clash.columns = constraint.columns.iter().map(|&name| name.to_owned()).collect();
    }
}

/// Finds the table whose constraint it is: the statement's own, another model of the same table, or
/// another table that a foreign key or a trigger reached.
fn table_of(clash: &IntegrityError, about: Option<&'static Table>) -> Option<&'static Table> {
    let has_constraint = |table: &Table| match &clash.constraint {
        Some(name) => constraints(table, clash.kind).iter().any(|known| known.name == *name),
        None => {
            !clash.columns.is_empty()
                && clash.columns.iter().all(|column| table.position(column).is_some())
        }
    };
    let name = clash.table.as_ref().or(about.map(|table| &table.name))?;
    let is_known = clash.table.is_some();
    let own = about.filter(|table| table.name == *name);
    own.filter(|table| has_constraint(table))
        .or_else(|| table_named(name, has_constraint))
        .or(own.filter(|_| is_known))
}

struct Constraint<'t> {
    name: Cow<'t, str>,
    columns: Vec<&'t str>,
    /// Whether it holds for some rows only.
    is_partial: bool,
}

/// Finds the constraint over these columns: one for all rows, which is violated whatever others say,
/// or else the only one for some rows.
fn over_columns<'c, 't>(
    constraints: &'c [Constraint<'t>],
    columns: &[String],
) -> Option<&'c Constraint<'t>> {
    let over: Vec<_> =
        constraints.iter().filter(|constraint| is_over(constraint, columns)).collect();
    let for_all_rows = over.iter().find(|constraint| !constraint.is_partial);
    let only = if over.len() == 1 { over.first() } else { None };
    for_all_rows.or(only).copied()
}

fn is_over(constraint: &Constraint<'_>, columns: &[String]) -> bool {
    constraint.columns.len() == columns.len()
        && constraint.columns.iter().all(|name| columns.iter().any(|column| column == name))
        && !columns.is_empty()
}

/// Returns the named constraints of `table` that a violation of this kind can be about.
fn constraints(table: &Table, kind: IntegrityKind) -> Vec<Constraint<'_>> {
    fn of<'t>(name: &'t str, columns: &'t [String]) -> Constraint<'t> {
        Constraint {
            name: name.into(),
            columns: columns.iter().map(String::as_str).collect(),
            is_partial: false,
        }
    }
    match kind {
        IntegrityKind::Unique => {
            let primary_key = Constraint {
                name: table.primary_key_name.as_str().into(),
                columns: table.primary_key_columns().collect(),
                is_partial: false,
            };
            let uniques = table.uniques.iter().map(|unique| of(&unique.name, &unique.columns));
            let indexes = table.indexes.iter().filter(|index| index.unique);
            let indexes = indexes.map(|index| Constraint {
                is_partial: index.condition.is_some(),
                ..of(&index.name, &index.columns)
            });
            std::iter::once(primary_key).chain(uniques).chain(indexes).collect()
        }
        IntegrityKind::ForeignKey => {
            table.foreign_keys.iter().map(|key| of(&key.name, &key.columns)).collect()
        }
        IntegrityKind::Check => {
            let checks = table.checks.iter().map(|check| of(&check.name, &check.columns));
            let enums = table.enum_columns().map(|column| Constraint {
                name: column.check_name.into(),
                columns: vec![&column.column.name],
                is_partial: false,
            });
            checks.chain(enums).collect()
        }
        IntegrityKind::NotNull | IntegrityKind::Exclusion => Vec::new(),
    }
}
