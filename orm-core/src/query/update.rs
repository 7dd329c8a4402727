//! Updates of the rows that a filter finds.

use std::fmt;
use std::marker::PhantomData;

use super::assignments::Assignments;
use super::returning::{Returning, Write};
use super::{Output, Patch, add_filter, join_to, without_filter};
use crate::ast::{DeletedRows, UpdateStatement};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::{Executor, Synchronize};
use crate::expr::{Column, IntoAssignment, IntoJoin, Operand, Selection};
use crate::model::Model;
use crate::schema::Table;
use crate::types::Field;

/// An UPDATE of model `M`, begun by [`Query::update`](super::Query::update).
///
/// Columns with an `on_update` value are set to it, unless the update sets them itself; a column declared
/// `version` counts the update, so that sessions that know an older row find out.
#[must_use = "an update does nothing before `execute`"]
pub struct Update<M> {
    statement: UpdateStatement,
    assignments: Assignments,
    all_rows: bool,
    synchronize: Synchronize,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Update<M> {
    /// Updates rows that are marked as deleted, too.
    pub(super) fn include_deleted(&mut self) {
        self.statement.deleted = DeletedRows::Included;
    }

    pub(crate) fn new(table: &'static Table) -> Self {
        let (statement, assignments) = (UpdateStatement::new(table), Assignments::default());
        Self {
            statement,
            assignments,
            all_rows: false,
            synchronize: Synchronize::default(),
            model: PhantomData,
        }
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
        self.assignments.set(column.position(), value.into_assignment());
        self
    }

    /// Sets the columns that a patch changes.
    ///
    /// One that is [empty](Patch::is_empty) sets nothing, and an update that sets nothing is refused.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// use orm::Patch;
    ///
    /// # #[derive(Model)]
    /// # struct Post { #[orm(primary_key)] id: i64, title: String }
    /// let patch = Patch::new().set(Post::title, "Hello");
    /// let update = Post::update().patch(patch).filter(Post::id.eq(7));
    /// assert_eq!(update.to_sql(&orm::Sqlite)?, r#"UPDATE "post" SET "title" = ?1 WHERE "id" = ?2"#);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn patch(mut self, patch: Patch<M>) -> Self {
        for (position, value) in patch.into_nodes() {
            self.assignments.set(position, value);
        }
        self
    }

    /// Updates the rows for which `condition` holds, besides the conditions given before.
    pub fn filter(mut self, condition: impl Operand<bool>) -> Self {
        add_filter(&mut self.statement.filter, condition);
        self
    }

    /// Looks at the rows of another table, or of a query, that belong to each row: their columns can be
    /// set to and filtered by. Only rows that have any are updated.
    ///
    /// What can be joined is what [`Select::join`](super::Select::join) takes. Of several rows that
    /// belong to one, the database takes any.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// #[derive(Model)]
    /// struct Product {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     price: i32,
    /// }
    ///
    /// #[derive(Model)]
    /// struct PriceChange {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(foreign_key(Product::id))]
    ///     product_id: i64,
    ///     new_price: i32,
    /// }
    ///
    /// let update = Product::update()
    ///     .set(Product::price, PriceChange::new_price)
    ///     .join(PriceChange::product_id)
    ///     .filter(PriceChange::new_price.gt(Product::price));
    /// assert_eq!(
    ///     update.to_sql(&orm::Sqlite)?,
    ///     r#"UPDATE "product" SET "price" = "price_change"."new_price" FROM "price_change" WHERE "price_change"."product_id" = "product"."id" AND "price_change"."new_price" > "product"."price""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn join(mut self, target: impl IntoJoin) -> Self {
        let UpdateStatement { table, from, filter, .. } = &mut self.statement;
        join_to(table, from, filter, target);
        self
    }

    /// Says that every row is meant, which an update without a filter must.
    pub fn all_rows(mut self) -> Self {
        self.all_rows = true;
        self
    }

    /// Says how a session learns what becomes of the entities that it has; see [`Synchronize`].
    pub fn synchronize(mut self, synchronize: Synchronize) -> Self {
        self.synchronize = synchronize;
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
        self.complete()?.execute(executor)
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
        Returning::of(self.complete(), selection)
    }

    /// Returns the SQL of the update, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), before anything is sent.
    pub fn to_sql(self, dialect: &dyn Dialect) -> Result<String> {
        self.complete()?.to_sql(dialect)
    }

    fn complete(mut self) -> Result<Write> {
        let table = self.statement.table;
        if self.assignments.is_empty() {
            return Err(Error::invalid_query(format!(
                "this update of `{}` sets nothing: add a `.set(column, value)`",
                table.name
            )));
        }
        self.assignments.count_version(table);
        self.statement.assignments = self.assignments.complete(table, &[])?;
        if self.statement.filter.is_none() && !self.all_rows {
            return Err(without_filter("update", &table.name));
        }
        Ok(Write::Update(self.statement, self.synchronize))
    }
}

impl<M> fmt::Debug for Update<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update").field("table", &self.statement.table.name).finish_non_exhaustive()
    }
}
