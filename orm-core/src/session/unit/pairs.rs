//! Rows of tables of pairs: the difference between what is linked and what was.

use super::super::Tracked;
use super::super::links::PairChange;
use super::super::undo::RowId;
use super::delete::delete_where;
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::model::NewRow;
use crate::query::insert_in_transaction;
use crate::schema::Table;
use crate::value::Value;

/// Deletes the pairs that are none any more.
pub(super) fn delete_pairs(tracked: &mut Tracked, conn: &mut Connection) -> Result<()> {
    for pair in tracked.links.pairs.take(false) {
        let (table, values) = values_of(tracked, &pair)?;
        delete_where(conn, table, values)?;
    }
    Ok(())
}

/// Inserts the new pairs, those of one table together.
pub(super) fn insert_pairs(tracked: &mut Tracked, conn: &mut Connection) -> Result<()> {
    let mut tables: Vec<(&'static Table, Vec<NewRow>)> = Vec::new();
    for pair in tracked.links.pairs.take(true) {
        let (table, values) = values_of(tracked, &pair)?;
        let mut row = NewRow::new(table.columns.len());
        for (position, value) in values {
            row.set(position, Ok(value));
        }
        match tables.iter_mut().find(|(known, _)| std::ptr::eq(*known, table)) {
            Some((_, rows)) => rows.push(row),
            None => tables.push((table, vec![row])),
        }
    }
    for (table, rows) in tables {
        let mut rows = rows.into_iter();
        insert_in_transaction(conn, table, &mut || rows.next(), &[], &mut |_, _, _| Ok(()))?;
    }
    Ok(())
}

/// Returns the columns of a pair with their values.
fn values_of(
    tracked: &Tracked,
    pair: &PairChange,
) -> Result<(&'static Table, Vec<(usize, Value<'static>)>)> {
    let link = pair.def.link()?;
    let Some(pairs) = link.between.first() else {
        return Err(Error::invalid_state(format!("`{}` has no table of pairs", pair.def.path())));
    };
    let value = |row: RowId, column: usize| {
        tracked.store(row.store).values.value(row.row, column)?.into_owned()
    };
    let near = pairs.near.iter().zip(&link.local).map(|(&to, &from)| (to, pair.one, from));
    let far = pairs.far.iter().zip(&link.remote).map(|(&to, &from)| (to, pair.other, from));
    let values = near.chain(far).map(|(to, row, from)| Ok((to, value(row, from)?)));
    Ok((pairs.table.table, values.collect::<Result<_>>()?))
}
