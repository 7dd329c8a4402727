//! Rows that are marked as deleted: how a query or a write includes them.

use super::{Delete, Output, Select, Update};
use crate::ast::{DeletedRows, Node, Source, TableRef};
use crate::expr::Expr;
use crate::model::{Model, SoftDelete};

impl<O: Output> Select<O> {
    /// Includes rows that are marked as deleted, of all models and wherever the query reads them: its own,
    /// those it joins or asks about, and those it loads.
    ///
    /// A subquery can say it for itself, and so can the later parts of a union; its first part says it for
    /// the whole. It means nothing for models without a [`soft_delete`](SoftDelete) column.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use orm::prelude::*;
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(soft_delete)]
    ///     deleted_at: Option<DateTime<Utc>>,
    /// }
    ///
    /// let posts = Post::query().order_by(Post::id);
    /// assert_eq!(
    ///     posts.to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "id", "deleted_at" FROM "post" WHERE "deleted_at" IS NULL ORDER BY "id""#
    /// );
    /// assert_eq!(
    ///     posts.with_deleted().to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "id", "deleted_at" FROM "post" ORDER BY "id""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn with_deleted(mut self) -> Self {
        self.criteria_mut().deleted = DeletedRows::Included;
        self
    }

    /// As [`with_deleted`](Self::with_deleted), for the rows of one model: an order that is shown with
    /// products that are sold no more.
    ///
    /// # Examples
    ///
    /// `Order::query().with(Order::product).with_deleted_of::<Product>()`
    #[must_use]
    pub fn with_deleted_of<M: SoftDelete>(mut self) -> Self {
        self.criteria_mut().deleted.include(M::table());
        self
    }
}

impl<M: SoftDelete + Output> Select<M> {
    /// Returns only rows that are marked as deleted: what a bin shows.
    ///
    /// What the query loads beside them is not deleted, unless it is of the same model or it says
    /// [`with_deleted`](Self::with_deleted), too.
    ///
    /// # Examples
    ///
    /// `Post::query().only_deleted().order_by(Post::deleted_at.desc()).all(&mut conn)`
    #[must_use]
    pub fn only_deleted(self) -> Self {
        let query = self.with_deleted_of::<M>();
        let table = match query.built().from {
            Source::Table(table) => table,
            Source::Derived { .. } | Source::Cte(_) => TableRef::from(M::table()),
        };
        let Some(mark) = M::table().soft_delete else { return query };
        let operand = Box::new(Node::Column(table.column(mark)));
        query.filter(Expr::<bool>::new(Node::IsNull { operand, negated: true }))
    }
}

impl<M: Model> Update<M> {
    /// Updates rows that are marked as deleted, too, and includes those of other tables that it looks at.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use orm::prelude::*;
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(soft_delete)]
    ///     deleted_at: Option<DateTime<Utc>>,
    /// }
    ///
    /// let restore =
    ///     Post::update().with_deleted().set(Post::deleted_at, None).filter(Post::id.eq(7));
    /// assert_eq!(
    ///     restore.to_sql(&orm::Sqlite)?,
    ///     r#"UPDATE "post" SET "deleted_at" = ?1 WHERE "id" = ?2"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn with_deleted(mut self) -> Self {
        self.include_deleted();
        self
    }
}

impl<M: SoftDelete> Delete<M> {
    /// Deletes the rows for good, those that are marked as deleted already among them.
    ///
    /// # Examples
    ///
    /// `Post::delete().forever().filter(Post::deleted_at.lt(a_month_ago)).execute(&mut conn)`
    pub fn forever(mut self) -> Self {
        self.delete_forever();
        self
    }
}
