//! Upserts of the rows of a query.

use super::{DoNothing, DoUpdate, OnConflict, target};
use crate::ast::ConflictTarget;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::executor::Executor;
use crate::expr::{ColumnList, Selection};
use crate::model::Model;
use crate::query::{InsertFrom, Output, Returning};

impl<M: Model> InsertFrom<M> {
    /// Says that other rows may have the same values in these columns; as
    /// [`Insert::on_conflict`](crate::query::Insert::on_conflict).
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// #[derive(Model)]
    /// struct Purchase {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     product: String,
    ///     price: i32,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Product {
    ///     #[orm(primary_key)]
    ///     name: String,
    ///     price: i32,
    /// }
    ///
    /// let purchases = Purchase::query().select((Purchase::product, Purchase::price));
    /// let upsert = Product::insert_from((Product::name, Product::price), purchases)
    ///     .on_conflict(Product::name)
    ///     .do_update()
    ///     .set_excluded(Product::price);
    /// assert_eq!(
    ///     upsert.to_sql(&orm::Postgres)?,
    ///     r#"INSERT INTO "product" ("name", "price") SELECT "product", "price" FROM "purchase" ON CONFLICT ("name") DO UPDATE SET "price" = "excluded"."price""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn on_conflict(self, columns: impl ColumnList<M>) -> OnConflict<M, Self> {
        OnConflict::new(self, target::columns(M::table(), columns.positions()))
    }

    /// As [`on_conflict`](Self::on_conflict), with the constraint of this name; as
    /// [`Insert::on_constraint`](crate::query::Insert::on_constraint).
    pub fn on_constraint(self, name: impl Into<String>) -> OnConflict<M, Self> {
        OnConflict::new(self, Ok(ConflictTarget::Constraint(name.into())))
    }

    /// Leaves out every row that has the same key or the same unique values as another.
    pub fn on_conflict_do_nothing(self) -> DoNothing<M, Self> {
        OnConflict::new(self, Ok(ConflictTarget::Any)).do_nothing()
    }
}

impl<M: Model> DoNothing<M, InsertFrom<M>> {
    /// Inserts the rows of the query that do not clash and returns how many these were.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) for columns that are not unique;
    /// otherwise as [`InsertFrom::execute`].
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<u64> {
        self.into_insert()?.execute(executor)
    }

    /// Returns columns, expressions or whole rows of what is inserted.
    pub fn returning<S: Selection>(self, selection: S) -> Returning<S::Output>
    where
        S::Output: Output,
    {
        match self.into_insert() {
            Ok(insert) => insert.returning(selection),
            Err(error) => Returning::new(Err(error)),
        }
    }

    /// Returns the SQL of the insert, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), before anything is sent.
    pub fn to_sql(self, dialect: &dyn Dialect) -> Result<String> {
        self.into_insert()?.to_sql(dialect)
    }

    fn into_insert(self) -> Result<InsertFrom<M>> {
        let (insert, conflict) = self.into_parts()?;
        Ok(insert.with_conflict(conflict))
    }
}

/// PostgreSQL refuses a query of which two rows clash with each other.
impl<M: Model> DoUpdate<M, InsertFrom<M>> {
    /// Inserts the rows of the query, or updates those with which they clash, and returns how often
    /// it did either.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) for columns that are not unique, or
    /// if nothing is set; otherwise as [`InsertFrom::execute`].
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<u64> {
        self.into_insert()?.execute(executor)
    }

    /// Returns columns, expressions or whole rows of what is written.
    pub fn returning<S: Selection>(self, selection: S) -> Returning<S::Output>
    where
        S::Output: Output,
    {
        match self.into_insert() {
            Ok(insert) => insert.returning(selection),
            Err(error) => Returning::new(Err(error)),
        }
    }

    /// Returns the SQL of the upsert, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), before anything is sent.
    pub fn to_sql(self, dialect: &dyn Dialect) -> Result<String> {
        self.into_insert()?.to_sql(dialect)
    }

    fn into_insert(self) -> Result<InsertFrom<M>> {
        let (insert, conflict) = self.into_parts()?;
        Ok(insert.with_conflict(conflict))
    }
}
