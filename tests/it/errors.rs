//! What is said of a write that a constraint refuses, and of a statement that fails: the same on
//! every backend.

mod check;
mod database;
mod foreign_key;
mod not_null;
mod parameters;
mod unique;

use std::fmt::Debug;

use orm::{Error, IntegrityKind};

/// What every backend says alike of a refused write.
#[derive(Debug, PartialEq)]
struct Clash {
    kind: IntegrityKind,
    table: Option<String>,
    columns: Vec<String>,
    constraint: Option<String>,
}

impl Clash {
    fn new(kind: IntegrityKind, table: &str, columns: &[&str], constraint: Option<&str>) -> Self {
        Self {
            kind,
            table: Some(table.to_owned()),
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            constraint: constraint.map(str::to_owned),
        }
    }

    /// Takes the clash out of the result of a write that was refused.
    fn of<T: Debug>(result: orm::Result<T>) -> Self {
        match result {
            Err(Error::Integrity(error)) => Self {
                kind: error.kind,
                table: error.table,
                columns: error.columns,
                constraint: error.constraint,
            },
            other => panic!("expected an integrity error, got {other:?}"),
        }
    }
}
