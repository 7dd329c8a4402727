//! Rows with values for the same columns, put into statements whose texts do not depend on how many
//! rows there are.

use std::borrow::Cow;
use std::mem;
use std::ops::ControlFlow;

use crate::ast::{ColumnRef, Conflict, InsertStatement, TableRef, UpdateRows};
use crate::dialect::{BulkInsert, Dialect};
use crate::error::{DatabaseError, Error, Result};
use crate::executor::Executor;
use crate::schema::Table;
use crate::sql::{self, Sql};
use crate::types::SqlType;
use crate::value::{Row, Value};

/// What is called with each returned row and its number among those given.
pub(crate) type EachReturned<'f, H> = dyn FnMut(&mut H, &dyn Row, usize) -> Result<()> + 'f;

/// What is done with rows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Write<'w> {
    /// They are inserted.
    Insert {
        /// Whether they are returned.
        returning: bool,
        /// Which columns are returned; `None` is all of them.
        returned: Option<&'w [usize]>,
        /// What becomes of those that clash.
        conflict: Option<&'w Conflict>,
    },
    /// Stored ones are updated by them.
    Update(&'w UpdateRows),
}

impl<'w> Write<'w> {
    /// Returns the text for so many rows, for which `None` stands where they are bound as arrays, and
    /// the values that are bound after those of the rows.
    fn sql(
        self,
        dialect: &'w dyn Dialect,
        table: &'static Table,
        columns: &[usize],
        rows: Option<usize>,
    ) -> Result<Sql<'w>> {
        let (returning, returned, conflict) = match self {
            Self::Insert { returning, returned, conflict } => (returning, returned, conflict),
            Self::Update(update) => {
                return match rows {
                    Some(rows) => sql::update_values(dialect, update, rows),
                    None => sql::update_unnest(dialect, update),
                };
            }
        };
        let mut insert = InsertStatement::new(table, columns, returning && conflict.is_none());
        insert.returned = returned;
        let text = match rows {
            Some(rows) => sql::insert_values(dialect, &insert, rows),
            None => sql::insert_unnest(dialect, &insert),
        };
        let Some(conflict) = conflict else { return Ok(Sql::plain(text)) };
        insert.returning = returning;
        let bound = rows.unwrap_or(1) * columns.len();
        sql::on_conflict(dialect, text, bound, &insert, conflict)
    }

    /// Whether rows may be left out.
    fn may_leave_out(self) -> bool {
        !matches!(self, Self::Insert { conflict: None, .. })
    }

    /// How many values a statement binds beside those of its rows.
    fn count_of_other_binds(
        self,
        dialect: &'w dyn Dialect,
        table: &'static Table,
        columns: &[usize],
    ) -> Result<usize> {
        if !self.may_leave_out() {
            return Ok(0);
        }
        self.sql(dialect, table, columns, Some(1)).map(|sql| sql.binds.len())
    }
}

/// Writes one row, and returns how many were written.
pub(super) fn send_one<'v, E: Executor>(
    executor: &mut E,
    table: &'static Table,
    write: Write<'v>,
    columns: &[usize],
    values: Vec<Value<'v>>,
    returned: &mut Option<&mut EachReturned<'_, E::Hydrate>>,
) -> Result<u64> {
    let written = write.sql(executor.dialect(), table, columns, Some(1))?;
    let mut binds = values;
    binds.extend(written.binds);
    let bind_columns = references(table, columns).chain(written.bind_columns.iter().copied());
    let sql =
        Sql { text: written.text, binds, table: Some(table), bind_columns: bind_columns.collect() };
    send(executor, table, &sql, &[0], write.may_leave_out(), returned)
}

/// Returns how many rows of so many values a statement has that is to have `rows`, as far as the backend
/// binds so many values beside `others`; a power of two.
pub(super) fn most_rows(dialect: &dyn Dialect, rows: usize, width: usize, others: usize) -> usize {
    let most = rows.min(dialect.max_binds().saturating_sub(others) / width).max(1);
    1 << most.ilog2()
}

/// Whether a column is an array: `unnest` would take arrays of arrays apart to the last element.
fn has_arrays(table: &Table, columns: &[usize]) -> bool {
    columns.iter().any(|&column| matches!(table.columns[column].sql_type, SqlType::Array(_)))
}

/// Rows with values for the same columns.
pub(super) struct Group<'w> {
    table: &'static Table,
    pub(super) columns: Vec<usize>,
    references: Vec<Option<ColumnRef>>,
    write: Write<'w>,
    values: Values<'w>,
    /// The rows' numbers among all that were given.
    numbers: Vec<usize>,
    /// The most rows of one statement.
    pub(super) most: usize,
    /// What was written by its count of rows, of which there are few.
    texts: Vec<(usize, Sql<'w>)>,
}

/// Values, in the order in which a statement binds them.
enum Values<'v> {
    /// Row by row.
    Rows(Vec<Value<'v>>),
    /// Column by column, each to be bound as one array.
    Columns(Vec<Vec<Value<'v>>>),
}

impl<'w> Group<'w> {
    pub(super) fn new(
        dialect: &'w dyn Dialect,
        table: &'static Table,
        columns: Vec<usize>,
        write: Write<'w>,
    ) -> Result<Self> {
        let width = columns.len();
        let (values, most) = match dialect.bulk_insert() {
            // DEFAULT VALUES is for one row.
            _ if width == 0 => (Values::Rows(Vec::new()), 1),
            BulkInsert::Unnest { rows } if !has_arrays(table, &columns) => {
                (Values::Columns(vec![Vec::new(); width]), rows)
            }
            BulkInsert::Unnest { .. } if matches!(write, Write::Update(_)) => {
                return Err(
                    dialect.unsupported("`update_many` of arrays: update one row at a time")
                );
            }
            BulkInsert::Values { rows } | BulkInsert::Unnest { rows } => {
                let others = write.count_of_other_binds(dialect, table, &columns)?;
                (Values::Rows(Vec::new()), most_rows(dialect, rows, width, others))
            }
        };
        let references = references(table, &columns).collect();
        let (numbers, texts) = (Vec::new(), Vec::new());
        Ok(Self { table, columns, references, write, values, numbers, most, texts })
    }

    pub(super) fn is_full(&self) -> bool {
        self.numbers.len() == self.most
    }

    /// Takes the values of a row, in the order of the columns.
    pub(super) fn put(&mut self, row: impl Iterator<Item = Value<'w>>, number: usize) {
        self.numbers.push(number);
        match &mut self.values {
            Values::Rows(values) => values.extend(row),
            Values::Columns(columns) => {
                for (column, value) in columns.iter_mut().zip(row) {
                    column.push(value);
                }
            }
        }
    }

    /// Takes what `value` returns for each of the columns as the values of a row.
    pub(super) fn put_each(
        &mut self,
        number: usize,
        mut value: impl FnMut(usize) -> Result<Value<'w>>,
    ) -> Result<()> {
        self.numbers.push(number);
        match &mut self.values {
            Values::Rows(values) => {
                for &column in &self.columns {
                    values.push(value(column)?);
                }
            }
            Values::Columns(columns) => {
                for (values, &column) in columns.iter_mut().zip(&self.columns) {
                    values.push(value(column)?);
                }
            }
        }
        Ok(())
    }

    /// Returns the counts of rows of the statements to send.
    pub(super) fn sizes(&self) -> impl Iterator<Item = usize> + use<> {
        let by_rows = matches!(self.values, Values::Rows(_));
        let mut rest = self.numbers.len();
        std::iter::from_fn(move || {
            let power_of_two = 1 << rest.checked_ilog2()?;
            let size = if by_rows { power_of_two } else { rest };
            rest -= size;
            Some(size)
        })
    }

    /// Sends the rows and returns how many were written.
    pub(super) fn send<E: Executor>(
        &mut self,
        executor: &mut E,
        returned: &mut Option<&mut EachReturned<'_, E::Hydrate>>,
    ) -> Result<u64> {
        let (mut count, mut before) = (0, 0);
        for rows in self.sizes() {
            let text = self.text_of(executor.dialect(), rows)?;
            let mut binds = match &mut self.values {
                Values::Rows(values) => {
                    // As large as the one that leaves, which the next rows will fill.
                    let mut rest = Vec::with_capacity(values.len());
                    rest.extend(values.drain(rows * self.columns.len()..));
                    mem::replace(values, rest)
                }
                Values::Columns(columns) if rows == 1 => {
                    columns.iter_mut().filter_map(Vec::pop).collect()
                }
                Values::Columns(columns) => {
                    columns.iter().map(|values| Value::List(values)).collect()
                }
            };
            let written = &self.texts[text].1;
            let bind_columns = if written.binds.is_empty() {
                Cow::Borrowed(&*self.references)
            } else {
                let of_rows = self.references.iter().cycle().take(binds.len());
                Cow::Owned(of_rows.chain(&*written.bind_columns).copied().collect())
            };
            binds.extend(written.binds.iter().map(Value::borrow));
            let sql = Sql {
                text: Cow::Borrowed(&written.text),
                binds,
                table: Some(self.table),
                bind_columns,
            };
            let numbers = &self.numbers[before..before + rows];
            let may_leave_out = self.write.may_leave_out();
            count += send(executor, self.table, &sql, numbers, may_leave_out, returned)?;
            before += rows;
        }
        self.numbers.clear();
        if let Values::Columns(columns) = &mut self.values {
            columns.iter_mut().for_each(Vec::clear);
        }
        Ok(count)
    }

    /// Returns the position of the text for so many rows, written now or before.
    fn text_of(&mut self, dialect: &'w dyn Dialect, rows: usize) -> Result<usize> {
        let by_arrays = rows > 1 && matches!(self.values, Values::Columns(_));
        // Arrays of any length have the same text.
        let size = if by_arrays { 0 } else { rows };
        if let Some(known) = self.texts.iter().position(|(of, _)| *of == size) {
            return Ok(known);
        }
        let rows = (!by_arrays).then_some(rows);
        self.texts.push((size, self.write.sql(dialect, self.table, &self.columns, rows)?));
        Ok(self.texts.len() - 1)
    }
}

pub(super) fn references(
    table: &'static Table,
    columns: &[usize],
) -> impl Iterator<Item = Option<ColumnRef>> {
    columns.iter().map(move |&position| Some(TableRef::from(table).column(position)))
}

/// Sends one statement, which writes the rows of these numbers, and returns how many it did write.
fn send<E: Executor>(
    executor: &mut E,
    table: &'static Table,
    sql: &Sql<'_>,
    numbers: &[usize],
    may_leave_out: bool,
    returned: &mut Option<&mut EachReturned<'_, E::Hydrate>>,
) -> Result<u64> {
    let Some(each) = returned else { return executor.execute(sql) };
    let mut rest = numbers.iter();
    executor
        .fetch(sql, &mut |hydrate, row| {
            if let Some(&number) = rest.next() {
                each(hydrate, row, number)?;
            }
            Ok(ControlFlow::Continue(()))
        })
        .map_err(|error| super::in_table(error, table))?;
    if rest.len() > 0 && !may_leave_out {
        return Err(suppressed(table, sql));
    }
    Ok((numbers.len() - rest.len()) as u64)
}

#[cold]
pub(super) fn suppressed(table: &Table, sql: &Sql<'_>) -> Error {
    let mut error = DatabaseError::new(format!(
        "the database returned fewer rows than were inserted into `{}`",
        table.name
    ));
    error.help = Some("a trigger or a rule left some out: use `execute` instead".to_owned());
    Error::from(error).in_statement(&sql.text)
}
