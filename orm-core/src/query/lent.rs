//! New rows whose values are kept elsewhere, and only lent to the statements that insert them.

use super::group::{Group, Write};
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::schema::Table;
use crate::value::{Row, Value};

/// Returns the value of a row, by its number, in a column.
pub(crate) type LentValue<'v> = dyn Fn(usize, usize) -> Result<Value<'v>> + 'v;

/// Inserts `rows` rows, which all have values for `columns`, in a transaction that the caller undoes after
/// an error, and returns the columns `returned` of each, one row after the other.
pub(crate) fn insert_lent<'v, E: Executor>(
    executor: &mut E,
    table: &'static Table,
    columns: &[usize],
    rows: usize,
    value: &LentValue<'v>,
    returned: &'v [usize],
) -> Result<Vec<Value<'static>>> {
    let named = |column: usize| move |error: Error| error.in_column(|| table.name_of(column));
    let mut read = Vec::with_capacity(rows * returned.len());
    let mut read_back = |_: &mut E::Hydrate, row: &dyn Row, _: usize| {
        for (index, &column) in returned.iter().enumerate() {
            let value = table.columns[column].sql_type.read(row, index);
            read.push(value.map_err(named(column))?);
        }
        Ok(())
    };
    let returning = !returned.is_empty();
    let write = Write::Insert { returning, returned: Some(returned), conflict: None };
    let mut group = Group::new(executor.dialect(), table, columns.to_vec(), write)?;
    for number in 0..rows {
        group.put_each(number, |column| {
            let value = value(number, column)?;
            table.columns[column].check_limits(&value).map_err(named(column))?;
            Ok(value)
        })?;
        if group.is_full() {
            group.send(executor, &mut returning.then_some(&mut read_back))?;
        }
    }
    group.send(executor, &mut returning.then_some(&mut read_back))?;
    Ok(read)
}
