//! Updates of the rows that a filter finds.

use std::fmt;
use std::marker::PhantomData;

use super::returning::{Returning, Write};
use super::{Output, add_filter, without_filter};
use crate::ast::{Node, Projection, UpdateStatement};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::expr::{Column, IntoAssignment, Operand, Selection};
use crate::model::Model;
use crate::schema::Table;
use crate::sql;
use crate::types::Field;

/// An UPDATE of model `M`, begun by [`Query::update`](super::Query::update).
///
/// Columns with an `on_update` value are set to it, unless the update sets them itself.
#[must_use = "an update does nothing before `execute`"]
pub struct Update<M> {
    statement: UpdateStatement,
    all_rows: bool,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Update<M> {
    pub(super) fn new(table: &'static Table) -> Self {
        Self { statement: UpdateStatement::new(table), all_rows: false, model: PhantomData }
    }

    /// Sets `column` to a value, or to what an expression makes of the row.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Post { #[orm(primary_key)] id: i64, likes: i32 }
    /// let update = Post::update().set(Post::likes, Post::likes + 1).filter(Post::id.eq(7));
    /// assert_eq!(
    ///     update.to_sql(&orm::Sqlite)?,
    ///     r#"UPDATE "post" SET "likes" = "likes" + ?1 WHERE "id" = ?2"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn set<T: Field>(mut self, column: Column<M, T>, value: impl IntoAssignment<T>) -> Self {
        self.assign(column.position(), value.into_assignment());
        self
    }

    /// Updates the rows for which `condition` holds, besides the conditions given before.
    pub fn filter(mut self, condition: impl Operand<bool>) -> Self {
        add_filter(&mut self.statement.filter, condition);
        self
    }

    /// Says that every row is meant, which an update without a filter must.
    pub fn all_rows(mut self) -> Self {
        self.all_rows = true;
        self
    }

    /// Updates the rows and returns how many were found.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if nothing is set, or neither [`filter`](Self::filter) nor
    /// [`all_rows`](Self::all_rows) was called; [`Error::Encode`] for a value that does not fit;
    /// [`Error::Integrity`] if a constraint refuses it; otherwise what the database reports.
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<u64> {
        let dialect = executor.dialect();
        let statement = self.complete()?;
        executor.execute(&sql::update(dialect, &statement)?)
    }

    /// Returns columns, expressions or whole rows of what is updated, as it is afterwards.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Job { #[orm(primary_key)] id: i64, #[orm(default = false)] done: bool }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Job].create_all(&mut conn)?;
    /// # Job::insert_many([Job::builder(), Job::builder()]).execute(&mut conn)?;
    /// let jobs: Vec<Job> = Job::update()
    ///     .set(Job::done, true)
    ///     .filter(!Job::done)
    ///     .returning(Job::entity())
    ///     .all(&mut conn)?;
    /// assert!(jobs.iter().all(|job| job.done));
    /// # Ok(())
    /// # }
    /// ```
    pub fn returning<S: Selection>(self, selection: S) -> Returning<S::Output>
    where
        S::Output: Output,
    {
        let mut items = Vec::new();
        selection.append_to(&mut items);
        Returning::new(self.complete().map(|mut statement| {
            statement.returning = Some(Projection::Items(items));
            Write::Update(statement)
        }))
    }

    /// Returns the SQL of the update, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), before anything is sent.
    pub fn to_sql(self, dialect: &dyn Dialect) -> Result<String> {
        let statement = self.complete()?;
        Ok(sql::update(dialect, &statement)?.text.into_owned())
    }

    fn assign(&mut self, position: usize, value: Node) {
        let assignments = &mut self.statement.assignments;
        match assignments.iter_mut().find(|(known, _)| *known == position) {
            Some((_, before)) => *before = value,
            None => assignments.push((position, value)),
        }
    }

    fn complete(mut self) -> Result<UpdateStatement> {
        let table = self.statement.table;
        if self.statement.assignments.is_empty() {
            return Err(Error::invalid_query(format!(
                "this update of `{}` sets nothing: add a `.set(column, value)`",
                table.name
            )));
        }
        for (position, column) in table.columns.iter().enumerate() {
            let is_set = self.statement.assignments.iter().any(|(known, _)| *known == position);
            if let (false, Some(value)) = (is_set, column.on_update) {
                let value = value().map_err(|error| error.in_column(|| table.name_of(position)))?;
                self.assign(position, Node::Value(value));
            }
        }
        for (position, value) in &self.statement.assignments {
            if let Node::Value(value) = value {
                let fitting = table.columns[*position].check_limits(value);
                fitting.map_err(|error| error.in_column(|| table.name_of(*position)))?;
            }
        }
        if self.statement.filter.is_none() && !self.all_rows {
            return Err(without_filter("update", &table.name));
        }
        Ok(self.statement)
    }
}

impl<M> fmt::Debug for Update<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update").field("table", &self.statement.table.name).finish_non_exhaustive()
    }
}
