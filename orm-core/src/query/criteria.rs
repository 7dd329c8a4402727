//! Conditions that a query demands of a model wherever it meets it.

use super::{Output, Select};
use crate::ast::Criterion;
use crate::expr::Operand;
use crate::model::Model;

impl<O: Output> Select<O> {
    /// Keeps only the rows of model `M` for which `condition` holds, wherever the query reads them:
    /// its own rows, joins, subqueries, conditions on relations, and all relations that it loads.
    ///
    /// For rows that are marked as deleted, or those of one tenant. A write is not filtered by it, nor
    /// is SQL written by hand. Rows that refer to one that does not pass stay, without it: their
    /// relation has to be a `BelongsTo<Option<…>>`, or loading it fails.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::{BelongsTo, HasMany};
    ///
    /// #[derive(Model)]
    /// struct User {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(has_many(inverse = author))]
    ///     posts: HasMany<Post>,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     is_deleted: bool,
    ///     #[orm(foreign_key(User::id))]
    ///     author_id: i64,
    ///     #[orm(belongs_to(key = author_id, inverse = posts))]
    ///     author: BelongsTo<User>,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// metadata![User, Post].create_all(&mut conn)?;
    /// let user = User::insert(User::builder()).one(&mut conn)?;
    /// Post::insert_many([true, false].map(|gone| Post::builder().author_id(user.id).is_deleted(gone)))
    ///     .execute(&mut conn)?;
    ///
    /// let users = User::query()
    ///     .with(User::posts)
    ///     .with_criteria::<Post>(!Post::is_deleted)
    ///     .all(&mut conn)?;
    /// assert_eq!(users[0].posts.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_criteria<M: Model>(mut self, condition: impl Operand<bool>) -> Self {
        let criterion = Criterion::new(M::table(), condition.into_operand());
        self.criteria_mut().conditions.push(criterion);
        self
    }
}
