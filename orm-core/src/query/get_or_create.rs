//! One row, found by what is unique in it or else inserted, whoever inserts it at the same time.

use super::upsert::insert_one;
use super::{Output, Select};
use crate::ast::{
    Conflict, ConflictAction, ConflictTarget, DeletedRows, Fragment, Node, Piece, SelectStatement,
    TableRef,
};
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::model::{Model, NewRow};
use crate::schema::Table;
use crate::value::Value;

/// How often a row that clashes is looked for before it is given up: each time but the last, somebody
/// else has deleted it in between.
const ATTEMPTS: usize = 8;

/// The row that has the values of `row` in the unique columns of `target`, which is inserted if there is
/// none; and whether it was.
pub(super) fn get_or_create<M: Model + Output, E: Executor>(
    executor: &mut E,
    target: Result<ConflictTarget>,
    mut row: NewRow,
) -> Result<(M::Out<E::Hydrate>, bool)> {
    let table = M::table();
    let conflict = Conflict::new(target?, ConflictAction::Nothing);
    row.complete(table)?;
    let statement = found_by(table, &conflict.target, &row)?;
    for _ in 0..ATTEMPTS {
        let found = Select::<M>::of_rows(table, statement.clone()).first(executor)?;
        if let Some(found) = found {
            return Ok((found, false));
        }
        if let Some(new) = insert_one::<M, E>(executor, row.again(), &conflict)? {
            return Ok((new, true));
        }
        if table.soft_delete.is_some() {
            let mut deleted = statement.clone();
            deleted.criteria.deleted = DeletedRows::Included;
            if Select::<M>::from_statement(deleted).exists(executor)? {
                return Err(is_deleted(table));
            }
        }
    }
    Err(Error::invalid_state(format!(
        "a row of `{}` clashes with the new one, and cannot be found by the same values",
        table.name
    )))
}

/// Returns the query for the row that clashes with a new one.
fn found_by(
    table: &'static Table,
    target: &ConflictTarget,
    row: &NewRow,
) -> Result<SelectStatement> {
    let mut statement = SelectStatement::all_of(table);
    let ConflictTarget::Columns { columns, condition } = target else { return Ok(statement) };
    let mut equal = Vec::with_capacity(columns.len());
    for &column in columns {
        match row.get(column) {
            Some(Value::Null) | None => return Err(without_value(table, column)),
            Some(value) => {
                let column = Node::Column(TableRef::from(table).column(column));
                equal.push((column, Node::Value(value.clone())));
            }
        }
    }
    statement.filter = Some(Node::all_equal(equal));
    if let Some(condition) = condition {
        let condition = Fragment::new(vec![Piece::Sql((*condition).into())], Vec::new());
        Node::Fragment(Box::new(condition)).add_to(&mut statement.filter);
    }
    Ok(statement)
}

#[cold]
fn without_value(table: &Table, column: usize) -> Error {
    Error::invalid_query(format!(
        "`{column}` of the new `{model}` has no value, by which the row could be found: set it on the \
         builder",
        column = table.columns[column].name,
        model = table.model,
    ))
}

#[cold]
fn is_deleted(table: &Table) -> Error {
    Error::invalid_state(format!(
        "a `{model}` with the same unique values is marked as deleted: restore it, delete it for good, or \
         make the values unique among the others by `index(unique, columns(…), condition = \"… IS NULL\")`",
        model = table.model,
    ))
}
