//! New rows on their way into a table: gathered with those that give the same columns, put into
//! statements whose texts do not depend on how many rows there are, sent as one unit.

use std::borrow::Cow;
use std::mem;
use std::ops::ControlFlow;

use crate::ast::{ColumnRef, InsertStatement};
use crate::dialect::{BulkInsert, Dialect};
use crate::error::{DatabaseError, Error, Result};
use crate::executor::{Executor, atomically};
use crate::model::NewRow;
use crate::schema::Table;
use crate::sql::{self, Sql};
use crate::value::{Row, Value};

/// How many rows may wait for others that give the same columns, at least.
const MOST_WAITING: usize = 1024;

/// What is called with each returned row and its number among those given.
pub(super) type EachReturned<'f, H> = dyn FnMut(&mut H, &dyn Row, usize) -> Result<()> + 'f;

/// Inserts one row.
pub(super) fn insert_one<E: Executor>(
    executor: &mut E,
    table: &'static Table,
    mut row: NewRow,
    mut returned: Option<&mut EachReturned<'_, E::Hydrate>>,
) -> Result<u64> {
    row.complete(table)?;
    // An iterator that leaves some out does not say how many there will be.
    let mut columns = Vec::with_capacity(table.columns.len());
    columns.extend(row.columns());
    let mut binds = Vec::with_capacity(columns.len());
    binds.extend(row.into_values());
    let insert = InsertStatement::new(table, &columns, returned.is_some());
    let sql = Sql {
        text: Cow::Owned(sql::insert_values(executor.dialect(), &insert, 1)),
        binds,
        table: Some(table),
        bind_columns: Cow::Owned(references(table, &columns)),
    };
    send(executor, table, &sql, &[0], &mut returned)
}

/// Inserts the rows that `next` gives, all or none, and returns how many there were.
pub(super) fn insert_many<E: Executor>(
    executor: &mut E,
    table: &'static Table,
    next: &mut dyn FnMut() -> Option<NewRow>,
    mut returned: Option<&mut EachReturned<'_, E::Hydrate>>,
) -> Result<u64> {
    let mut batch = Batch::new(executor.dialect(), table, returned.is_some());
    let mut may_go_on = batch.fill(next)?;
    // Rows that are read back may turn out to be fewer, or not to fit their fields.
    if !may_go_on && batch.statements() <= 1 && !batch.returning {
        return batch.send_all(executor, &mut returned);
    }
    atomically(executor, |executor| {
        let mut count = 0;
        while may_go_on {
            count += batch.make_room(executor, &mut returned)?;
            may_go_on = batch.fill(next)?;
        }
        Ok(count + batch.send_all(executor, &mut returned)?)
    })
}

/// The rows that wait to be sent.
struct Batch {
    dialect: &'static dyn Dialect,
    table: &'static Table,
    returning: bool,
    groups: Vec<Group>,
    waiting: usize,
    most_waiting: usize,
    /// How many rows there were so far.
    taken: usize,
}

impl Batch {
    fn new(dialect: &'static dyn Dialect, table: &'static Table, returning: bool) -> Self {
        let (BulkInsert::Values { rows } | BulkInsert::Unnest { rows }) = dialect.bulk_insert();
        let most_waiting = rows.max(MOST_WAITING);
        Self { dialect, table, returning, groups: Vec::new(), waiting: 0, most_waiting, taken: 0 }
    }

    /// Takes rows until there is no room for more; `false` if there were not that many.
    fn fill(&mut self, next: &mut dyn FnMut() -> Option<NewRow>) -> Result<bool> {
        while let Some(mut row) = next() {
            row.complete(self.table)?;
            let number = self.taken;
            let group = self.group_of(&row);
            group.put(row, number);
            let is_full = group.is_full();
            self.taken += 1;
            self.waiting += 1;
            if is_full || self.waiting == self.most_waiting {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn group_of(&mut self, row: &NewRow) -> &mut Group {
        let gives = |group: &Group| row.columns().eq(group.columns.iter().copied());
        let known = self.groups.iter().position(gives);
        let position = known.unwrap_or_else(|| {
            let columns = row.columns().collect();
            self.groups.push(Group::new(self.dialect, self.table, columns, self.returning));
            self.groups.len() - 1
        });
        &mut self.groups[position]
    }

    fn statements(&self) -> usize {
        self.groups.iter().map(|group| group.sizes().count()).sum()
    }

    /// Sends the group that is full, or all of them if none is.
    fn make_room<E: Executor>(
        &mut self,
        executor: &mut E,
        returned: &mut Option<&mut EachReturned<'_, E::Hydrate>>,
    ) -> Result<u64> {
        match self.groups.iter_mut().find(|group| group.is_full()) {
            Some(group) => {
                self.waiting -= group.most;
                group.send(executor, returned)
            }
            None => self.send_all(executor, returned),
        }
    }

    fn send_all<E: Executor>(
        &mut self,
        executor: &mut E,
        returned: &mut Option<&mut EachReturned<'_, E::Hydrate>>,
    ) -> Result<u64> {
        self.waiting = 0;
        self.groups.iter_mut().map(|group| group.send(executor, returned)).sum()
    }
}

/// Rows that give the same columns.
struct Group {
    table: &'static Table,
    columns: Vec<usize>,
    references: Vec<Option<ColumnRef>>,
    returning: bool,
    values: Values,
    /// The rows' numbers among all that were given.
    numbers: Vec<usize>,
    /// The most rows of one statement.
    most: usize,
    /// Texts by their counts of rows, which are few.
    texts: Vec<(usize, String)>,
}

/// Values, in the order in which a statement binds them.
enum Values {
    /// Row by row.
    Rows(Vec<Value<'static>>),
    /// Column by column, each to be bound as one array.
    Columns(Vec<Vec<Value<'static>>>),
}

impl Group {
    fn new(
        dialect: &dyn Dialect,
        table: &'static Table,
        columns: Vec<usize>,
        returning: bool,
    ) -> Self {
        let width = columns.len();
        let (values, most) = match dialect.bulk_insert() {
            // DEFAULT VALUES is for one row.
            _ if width == 0 => (Values::Rows(Vec::new()), 1),
            BulkInsert::Values { rows } => {
                let most = rows.min(dialect.max_binds() / width).max(1);
                (Values::Rows(Vec::new()), 1 << most.ilog2())
            }
            BulkInsert::Unnest { rows } => (Values::Columns(vec![Vec::new(); width]), rows),
        };
        let references = references(table, &columns);
        let (numbers, texts) = (Vec::new(), Vec::new());
        Self { table, columns, references, returning, values, numbers, most, texts }
    }

    fn is_full(&self) -> bool {
        self.numbers.len() == self.most
    }

    fn put(&mut self, row: NewRow, number: usize) {
        self.numbers.push(number);
        match &mut self.values {
            Values::Rows(values) => values.extend(row.into_values()),
            Values::Columns(columns) => {
                for (column, value) in columns.iter_mut().zip(row.into_values()) {
                    column.push(value);
                }
            }
        }
    }

    /// Returns the counts of rows of the statements to send.
    fn sizes(&self) -> impl Iterator<Item = usize> + use<> {
        let by_rows = matches!(self.values, Values::Rows(_));
        let mut rest = self.numbers.len();
        std::iter::from_fn(move || {
            let power_of_two = 1 << rest.checked_ilog2()?;
            let size = if by_rows { power_of_two } else { rest };
            rest -= size;
            Some(size)
        })
    }

    fn send<E: Executor>(
        &mut self,
        executor: &mut E,
        returned: &mut Option<&mut EachReturned<'_, E::Hydrate>>,
    ) -> Result<u64> {
        let (mut count, mut before) = (0, 0);
        for rows in self.sizes() {
            let text = self.text_of(executor.dialect(), rows);
            let binds = match &mut self.values {
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
            let sql = Sql {
                text: Cow::Borrowed(&self.texts[text].1),
                binds,
                table: Some(self.table),
                bind_columns: Cow::Borrowed(&self.references),
            };
            let numbers = &self.numbers[before..before + rows];
            count += send(executor, self.table, &sql, numbers, returned)?;
            before += rows;
        }
        self.numbers.clear();
        if let Values::Columns(columns) = &mut self.values {
            columns.iter_mut().for_each(Vec::clear);
        }
        Ok(count)
    }

    /// Returns the position of the text for so many rows, written now or before.
    fn text_of(&mut self, dialect: &dyn Dialect, rows: usize) -> usize {
        let by_arrays = rows > 1 && matches!(self.values, Values::Columns(_));
        // Arrays of any length have the same text.
        let size = if by_arrays { 0 } else { rows };
        let known = self.texts.iter().position(|(of, _)| *of == size);
        known.unwrap_or_else(|| {
            let insert = InsertStatement::new(self.table, &self.columns, self.returning);
            let text = if by_arrays {
                sql::insert_unnest(dialect, &insert)
            } else {
                sql::insert_values(dialect, &insert, rows)
            };
            self.texts.push((size, text));
            self.texts.len() - 1
        })
    }
}

fn references(table: &'static Table, columns: &[usize]) -> Vec<Option<ColumnRef>> {
    columns.iter().map(|&position| Some(ColumnRef { table, alias: None, position })).collect()
}

/// Sends one statement, which inserts the rows of these numbers, and returns how many it did insert.
fn send<E: Executor>(
    executor: &mut E,
    table: &'static Table,
    sql: &Sql<'_>,
    numbers: &[usize],
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
    if rest.len() > 0 {
        return Err(suppressed(table, sql));
    }
    Ok(numbers.len() as u64)
}

#[cold]
fn suppressed(table: &Table, sql: &Sql<'_>) -> Error {
    let mut error = DatabaseError::new(format!(
        "the database returned fewer rows than were inserted into `{}`",
        table.name
    ));
    error.help = Some("a trigger or a rule left some out: use `execute` instead".to_owned());
    Error::from(error).in_statement(&sql.text)
}
