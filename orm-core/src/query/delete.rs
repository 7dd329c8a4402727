//! Deletes of the rows that a filter finds.

use std::fmt;
use std::marker::PhantomData;

use super::assignments::Assignments;
use super::returning::{Returning, Write};
use super::{Output, add_filter, join_to, without_filter};
use crate::ast::{DeleteStatement, Node, UpdateStatement};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::executor::{Executor, Synchronize};
use crate::expr::{IntoJoin, Operand, Selection};
use crate::model::Model;
use crate::schema::Table;

/// A DELETE of model `M`, begun by [`Query::delete`](super::Query::delete).
///
/// If the model marks rows as [deleted](crate::model::SoftDelete), it is an UPDATE that does.
#[must_use = "a delete does nothing before `execute`"]
pub struct Delete<M> {
    statement: DeleteStatement,
    all_rows: bool,
    synchronize: Synchronize,
    /// Whether rows are deleted for good that would only be marked.
    forever: bool,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Delete<M> {
    pub(crate) fn new(table: &'static Table) -> Self {
        Self {
            statement: DeleteStatement::new(table),
            all_rows: false,
            synchronize: Synchronize::default(),
            forever: false,
            model: PhantomData,
        }
    }

    /// Deletes rows for good that would only be marked.
    pub(super) fn delete_forever(&mut self) {
        self.forever = true;
    }

    /// Deletes the rows for which `condition` holds, besides the conditions given before.
    pub fn filter(mut self, condition: impl Operand<bool>) -> Self {
        add_filter(&mut self.statement.filter, condition);
        self
    }

    /// Looks at the rows of another table, or of a query, that belong to each row, by which can be
    /// filtered. Only rows that have any are deleted.
    ///
    /// What can be joined is what [`Select::join`](super::Select::join) takes. SQLite has no `USING`:
    /// there the rows that belong to one are asked for by `EXISTS`, which means the same.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// #[derive(Model)]
    /// struct User {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     is_banned: bool,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(foreign_key(User::id))]
    ///     author_id: i64,
    /// }
    ///
    /// let delete = || Post::delete().join(Post::author_id).filter(User::is_banned);
    /// assert_eq!(
    ///     delete().to_sql(&orm::Postgres)?,
    ///     r#"DELETE FROM "post" USING "user" WHERE "post"."author_id" = "user"."id" AND "user"."is_banned""#
    /// );
    /// assert_eq!(
    ///     delete().to_sql(&orm::Sqlite)?,
    ///     r#"DELETE FROM "post" WHERE EXISTS (SELECT 1 FROM "user" WHERE "post"."author_id" = "user"."id" AND "user"."is_banned")"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn join(mut self, target: impl IntoJoin) -> Self {
        let DeleteStatement { table, from, filter, .. } = &mut self.statement;
        join_to(table, from, filter, target);
        self
    }

    /// Says that every row is meant, which a delete without a filter must.
    pub fn all_rows(mut self) -> Self {
        self.all_rows = true;
        self
    }

    /// Says how a session learns what becomes of the entities that it has; see [`Synchronize`].
    pub fn synchronize(mut self, synchronize: Synchronize) -> Self {
        self.synchronize = synchronize;
        self
    }

    /// Deletes the rows and returns how many there were.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) if neither
    /// [`filter`](Self::filter) nor [`all_rows`](Self::all_rows) was called;
    /// [`Error::Integrity`](crate::error::Error::Integrity) if other rows refer to them; otherwise
    /// what the database reports.
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<u64> {
        self.complete()?.execute(executor)
    }

    /// Returns columns, expressions or whole rows of what is deleted, as it is before; of what is marked as
    /// [deleted](crate::model::SoftDelete), as it is afterwards.
    ///
    /// In a session, `Job::entity()` gives entities of the state
    /// [`Deleted`](crate::session::EntityState::Deleted), whose values cannot be read any more: return
    /// columns to have these, or query the rows before.
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
    /// let jobs: Vec<Job> = Job::delete()
    ///     .filter(!Job::done)
    ///     .returning(Job::entity())
    ///     .all(&mut conn)?;
    /// assert_eq!(jobs.len(), 2);
    /// assert_eq!(Job::query().count(&mut conn)?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn returning<S: Selection>(self, selection: S) -> Returning<S::Output>
    where
        S::Output: Output,
    {
        Returning::of(self.complete(), selection)
    }

    /// Returns the SQL of the delete, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), before anything is sent.
    pub fn to_sql(self, dialect: &dyn Dialect) -> Result<String> {
        self.complete()?.to_sql(dialect)
    }

    fn complete(self) -> Result<Write> {
        if self.statement.filter.is_none() && !self.all_rows {
            return Err(without_filter("delete", &self.statement.table.name));
        }
        if !self.forever
            && let Some(mark) = self.statement.table.soft_delete
        {
            let synchronize = self.synchronize;
            return Ok(Write::Update(self.mark(mark)?, synchronize));
        }
        Ok(Write::Delete(self.statement, self.synchronize))
    }

    /// Returns the update that marks the rows as deleted instead.
    fn mark(self, position: usize) -> Result<UpdateStatement> {
        let DeleteStatement { table, from, filter, .. } = self.statement;
        let mut assignments = Assignments::default();
        assignments.set(position, Node::Value(table.deleted_now(position)?));
        let assignments = assignments.complete(table, &[])?;
        Ok(UpdateStatement { assignments, from, filter, ..UpdateStatement::new(table) })
    }
}

impl<M> fmt::Debug for Delete<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delete").field("table", &self.statement.table.name).finish_non_exhaustive()
    }
}
