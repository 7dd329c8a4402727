//! New rows on their way into a table: grouped by the columns they give, cut into statements whose
//! texts do not depend on how many rows there are, sent as one unit.

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::ast::{ColumnRef, InsertStatement};
use crate::dialect::{BulkInsert, Dialect};
use crate::error::{DatabaseError, Result};
use crate::executor::{Executor, atomically};
use crate::model::NewRow;
use crate::schema::Table;
use crate::sql::{self, Sql};
use crate::value::{Row, Value};

/// How many rows are taken from the caller before any is sent, at least.
const BATCH: usize = 1024;

/// What is called with each returned row and its number among those given.
pub(super) type EachReturned<'f, H> = dyn FnMut(&mut H, &dyn Row, usize) -> Result<()> + 'f;

/// Inserts the rows that `next` gives, all or none, and returns how many there were.
pub(super) fn insert<E: Executor>(
    executor: &mut E,
    table: &'static Table,
    next: &mut dyn FnMut() -> Option<NewRow>,
    mut returned: Option<&mut EachReturned<'_, E::Hydrate>>,
) -> Result<u64> {
    let mut plan = Plan::new(executor.dialect(), table, returned.is_some());
    let mut rows = plan.take_batch(next)?;
    let mut chunks = plan.chunks(&rows);
    if rows.len() < plan.batch && chunks.len() <= 1 {
        return chunks
            .iter()
            .map(|chunk| plan.send(executor, &mut rows, 0, chunk, &mut returned))
            .sum();
    }
    atomically(executor, |executor| {
        let (mut count, mut before) = (0, 0);
        while !rows.is_empty() {
            for chunk in &chunks {
                count += plan.send(executor, &mut rows, before, chunk, &mut returned)?;
            }
            before += rows.len();
            rows = plan.take_batch(next)?;
            chunks = plan.chunks(&rows);
        }
        Ok(count)
    })
}

/// The rows of one statement, by their positions in the batch.
struct Chunk {
    columns: Vec<usize>,
    rows: Vec<usize>,
}

/// How a table's rows are inserted on a backend.
struct Plan {
    dialect: &'static dyn Dialect,
    table: &'static Table,
    returning: bool,
    batch: usize,
    /// Texts by their columns and their count of rows: few, since chunks have few sizes.
    texts: Vec<(Vec<usize>, usize, String)>,
}

impl Plan {
    fn new(dialect: &'static dyn Dialect, table: &'static Table, returning: bool) -> Self {
        let batch = match dialect.bulk_insert() {
            BulkInsert::Values { rows } | BulkInsert::Unnest { rows } => rows.max(BATCH),
        };
        Self { dialect, table, returning, batch, texts: Vec::new() }
    }

    fn take_batch(&self, next: &mut dyn FnMut() -> Option<NewRow>) -> Result<Vec<NewRow>> {
        let mut rows = Vec::new();
        while rows.len() < self.batch
            && let Some(mut row) = next()
        {
            row.complete(self.table)?;
            rows.push(row);
        }
        Ok(rows)
    }

    /// Groups rows that give the same columns, and cuts each group into chunks.
    fn chunks(&self, rows: &[NewRow]) -> Vec<Chunk> {
        let mut groups: Vec<Chunk> = Vec::new();
        for (position, row) in rows.iter().enumerate() {
            match groups.iter_mut().find(|group| row.columns().eq(group.columns.iter().copied())) {
                Some(group) => group.rows.push(position),
                None => {
                    groups.push(Chunk { columns: row.columns().collect(), rows: vec![position] });
                }
            }
        }
        let mut chunks = Vec::new();
        for group in groups {
            let mut rest = group.rows.as_slice();
            while !rest.is_empty() {
                let (rows, others) =
                    rest.split_at(self.chunk_size(group.columns.len(), rest.len()));
                chunks.push(Chunk { columns: group.columns.clone(), rows: rows.to_vec() });
                rest = others;
            }
        }
        chunks
    }

    fn chunk_size(&self, columns: usize, rows: usize) -> usize {
        if columns == 0 {
            return 1;
        }
        match self.dialect.bulk_insert() {
            BulkInsert::Unnest { rows: most } => rows.min(most),
            BulkInsert::Values { rows: most } => {
                let most = rows.min(most).min(self.dialect.max_binds() / columns).max(1);
                1 << most.ilog2()
            }
        }
    }

    /// Sends one statement; the values are moved out of `rows`.
    fn send<E: Executor>(
        &mut self,
        executor: &mut E,
        rows: &mut [NewRow],
        before: usize,
        chunk: &Chunk,
        returned: &mut Option<&mut EachReturned<'_, E::Hydrate>>,
    ) -> Result<u64> {
        let mut value = |row: usize, column: usize| rows[row].take(column).unwrap_or(Value::Null);
        let arrays: Vec<Vec<Value<'static>>>;
        let binds = if self.is_by_arrays(chunk.rows.len()) {
            let columns = chunk.columns.iter();
            arrays = columns
                .map(|&column| chunk.rows.iter().map(|&row| value(row, column)).collect())
                .collect();
            arrays.iter().map(|array| Value::List(array)).collect()
        } else {
            let cells =
                chunk.rows.iter().flat_map(|&row| chunk.columns.iter().map(move |&c| (row, c)));
            cells.map(|(row, column)| value(row, column)).collect()
        };
        let table = self.table;
        let bind_columns: Vec<_> =
            chunk.columns.iter().map(|&position| Some(ColumnRef { table, position })).collect();
        let sql = Sql {
            text: Cow::Borrowed(self.text(&chunk.columns, chunk.rows.len())),
            binds,
            table: Some(table),
            bind_columns: Cow::Owned(bind_columns),
        };
        let Some(each) = returned else { return executor.execute(&sql) };
        let mut positions = chunk.rows.iter();
        executor
            .fetch(&sql, &mut |hydrate, row| {
                if let Some(position) = positions.next() {
                    each(hydrate, row, before + position)?;
                }
                Ok(ControlFlow::Continue(()))
            })
            .map_err(|error| super::in_table(error, table))?;
        if positions.len() > 0 {
            return Err(suppressed(table, &sql));
        }
        Ok(chunk.rows.len() as u64)
    }

    fn is_by_arrays(&self, rows: usize) -> bool {
        rows > 1 && matches!(self.dialect.bulk_insert(), BulkInsert::Unnest { .. })
    }

    fn text(&mut self, columns: &[usize], rows: usize) -> &str {
        // Arrays of any length have the same text.
        let by_arrays = self.is_by_arrays(rows);
        let size = if by_arrays { 2 } else { rows };
        let known = self.texts.iter().position(|(of, count, _)| of == columns && *count == size);
        let index = known.unwrap_or_else(|| {
            let statement = InsertStatement::new(self.table, columns, self.returning);
            let text = if by_arrays {
                sql::insert_unnest(self.dialect, &statement)
            } else {
                sql::insert_values(self.dialect, &statement, rows)
            };
            self.texts.push((columns.to_vec(), size, text));
            self.texts.len() - 1
        });
        &self.texts[index].2
    }
}

#[cold]
fn suppressed(table: &Table, sql: &Sql<'_>) -> crate::error::Error {
    let mut error = DatabaseError::new(format!(
        "the database returned fewer rows than were inserted into `{}`",
        table.name
    ));
    error.help = Some("a trigger or a rule left some out: use `execute` instead".to_owned());
    crate::error::Error::from(error).in_statement(&sql.text)
}
