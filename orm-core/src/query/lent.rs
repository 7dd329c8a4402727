//! New rows whose values are kept elsewhere, and only lent to the statements that insert them.

use super::group::{Group, Write, most_rows, references, suppressed};
use crate::ast::InsertStatement;
use crate::dialect::{BulkInsert, Dialect};
use crate::driver::KeyedInsert;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::schema::Table;
use crate::sql::{self, Sql};
use crate::types::SqlType;
use crate::value::{Row, Value};

/// The most rows that a statement inserts at a time whose keys the driver knows without being told.
const MANY: usize = 128;

/// Returns how many rows are best lent at a time: few enough that what is lent stays in the processor's
/// cache, until what is returned is put beside it.
pub(crate) fn rows_at_once(dialect: &dyn Dialect, table: &Table, returned: &[usize]) -> usize {
    match dialect.bulk_insert() {
        BulkInsert::Unnest { rows } => rows,
        // One is inserted first, and tells that the keys are known.
        BulkInsert::Values { .. } if has_known_key(dialect, table, returned) => 1 + 4 * MANY,
        BulkInsert::Values { rows } => 8 * rows,
    }
}

/// Whether all that is returned is the key, of which the driver knows what the database generates.
fn has_known_key(dialect: &dyn Dialect, table: &Table, returned: &[usize]) -> bool {
    let [key] = *returned else { return false };
    let column = &table.columns[key];
    dialect.knows_generated_keys()
        && *table.primary_key == [key]
        && column.generated
        && matches!(column.sql_type, SqlType::SmallInt | SqlType::Integer | SqlType::BigInt)
}

/// Inserts rows, and puts the keys that the database generates for them behind others.
type InsertWithKeys<E> = fn(&mut E, &Sql<'_>, &KeyedInsert<'_>, &mut Vec<i64>) -> Result<()>;

/// New rows of one table, which all have values for the same columns.
pub(crate) struct LentRows<'l, 'v> {
    pub(crate) table: &'static Table,
    /// Which columns have values.
    pub(crate) columns: &'l [usize],
    /// How many rows there are.
    pub(crate) count: usize,
    /// Returns the value of a row, by its number, in a column.
    pub(crate) value: &'l dyn Fn(usize, usize) -> Result<Value<'v>>,
}

impl<'v> LentRows<'_, 'v> {
    /// Inserts the rows, in a transaction that the caller undoes after an error, and returns the columns
    /// `returned` of each, one row after the other. `insert_with_keys` is what tells the keys that the
    /// database generates.
    pub(crate) fn insert<E: Executor>(
        &self,
        executor: &mut E,
        returned: &'v [usize],
        insert_with_keys: InsertWithKeys<E>,
    ) -> Result<Vec<Value<'static>>> {
        let is_known = self.count > 1 && has_known_key(executor.dialect(), self.table, returned);
        if is_known && !self.columns.contains(&returned[0]) {
            self.insert_with_keys(executor, returned, insert_with_keys)
        } else {
            self.insert_returning(executor, returned)
        }
    }

    fn insert_with_keys<E: Executor>(
        &self,
        executor: &mut E,
        key: &[usize],
        insert_with_keys: InsertWithKeys<E>,
    ) -> Result<Vec<Value<'static>>> {
        let dialect = executor.dialect();
        let plain = InsertStatement::new(self.table, self.columns, false);
        let returning = InsertStatement { returning: true, returned: Some(key), ..plain };
        let many_rows = match self.columns.len() {
            // DEFAULT VALUES is for one row.
            0 => 1,
            width => most_rows(dialect, MANY.min(self.count.saturating_sub(1)), width, 0),
        };
        let mut binds = Vec::with_capacity(self.count * self.columns.len());
        for number in 0..self.count {
            for &column in self.columns {
                binds.push(self.checked(number, column)?);
            }
        }
        let sql = Sql {
            binds,
            table: Some(self.table),
            bind_columns: references(self.table, self.columns).collect(),
            ..Sql::plain(sql::insert_values(dialect, &plain, 1))
        };
        let insert = KeyedInsert {
            one: &sql.text,
            returning: &sql::insert_values(dialect, &returning, 1),
            many: &sql::insert_values(dialect, &plain, many_rows),
            many_rows,
            rows: self.count,
            binds: &sql.binds,
        };
        let mut keys = Vec::with_capacity(self.count);
        insert_with_keys(executor, &sql, &insert, &mut keys)
            .map_err(|error| super::in_table(error, self.table))?;
        if keys.len() < self.count {
            return Err(suppressed(self.table, &sql));
        }
        Ok(keys.into_iter().map(Value::I64).collect())
    }

    fn insert_returning<E: Executor>(
        &self,
        executor: &mut E,
        returned: &'v [usize],
    ) -> Result<Vec<Value<'static>>> {
        let mut read = Vec::with_capacity(self.count * returned.len());
        let mut read_back = |_: &mut E::Hydrate, row: &dyn Row, _: usize| {
            for (index, &column) in returned.iter().enumerate() {
                let value = self.table.columns[column].sql_type.read(row, index);
                read.push(value.map_err(|error| self.named(error, column))?);
            }
            Ok(())
        };
        let returning = !returned.is_empty();
        let write = Write::Insert { returning, returned: Some(returned), conflict: None };
        let mut group = Group::new(executor.dialect(), self.table, self.columns.to_vec(), write)?;
        for number in 0..self.count {
            group.put_each(number, |column| self.checked(number, column))?;
            if group.is_full() {
                group.send(executor, &mut returning.then_some(&mut read_back))?;
            }
        }
        group.send(executor, &mut returning.then_some(&mut read_back))?;
        Ok(read)
    }

    /// Returns a value, which fits its column.
    fn checked(&self, number: usize, column: usize) -> Result<Value<'v>> {
        let value = (self.value)(number, column)?;
        let checked = self.table.columns[column].check_limits(&value);
        checked.map_err(|error| self.named(error, column))?;
        Ok(value)
    }

    fn named(&self, error: Error, column: usize) -> Error {
        error.in_column(|| self.table.name_of(column))
    }
}
