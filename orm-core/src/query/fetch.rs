//! The methods that run a query.

use std::any::type_name;
use std::ops::ControlFlow;

use super::{Output, Select};
use crate::ast::{Node, Projection, SelectStatement, Source, TableRef};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::expr::Expr;
use crate::model::{IntoKey, Model};
use crate::sql::{self, Sql};
use crate::types::ColumnType;
use crate::value::Value;

/// What a query returns for a row when `E` runs it.
type OutOf<O, E> = <O as Output>::Out<<E as Executor>::Hydrate>;

impl<O: Output> Select<O> {
    /// Returns all rows.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] and [`Error::Encode`] before anything is sent; what the database
    /// reports; [`Error::Decode`] if a stored value does not fit.
    pub fn all<E: Executor>(&self, executor: &mut E) -> Result<Vec<OutOf<O, E>>> {
        self.rows(&self.statement(), None, executor)
    }

    /// Returns the first row, if there is any.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn first<E: Executor>(&self, executor: &mut E) -> Result<Option<OutOf<O, E>>> {
        Ok(self.rows(&self.statement(), Some(1), executor)?.pop())
    }

    /// Returns the first row.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none; otherwise as [`all`](Self::all).
    pub fn first_or_not_found<E: Executor>(&self, executor: &mut E) -> Result<OutOf<O, E>> {
        self.first(executor)?.ok_or_else(|| self.not_found())
    }

    /// Returns the only row.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none, [`Error::MultipleResults`] if there are several;
    /// otherwise as [`all`](Self::all).
    pub fn one<E: Executor>(&self, executor: &mut E) -> Result<OutOf<O, E>> {
        self.one_or_none(executor)?.ok_or_else(|| self.not_found())
    }

    /// Returns the only row, if there is any.
    ///
    /// # Errors
    ///
    /// [`Error::MultipleResults`] if there are several; otherwise as [`all`](Self::all).
    pub fn one_or_none<E: Executor>(&self, executor: &mut E) -> Result<Option<OutOf<O, E>>> {
        let mut rows = self.rows(&self.statement(), Some(2), executor)?;
        if rows.len() > 1 {
            return Err(Error::MultipleResults { model: self.subject() });
        }
        Ok(rows.pop())
    }

    /// Returns how many rows there are.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn count<E: Executor>(&self, executor: &mut E) -> Result<u64> {
        let dialect = executor.dialect();
        let count: i64 = scalar(executor, &sql::count(dialect, &self.statement())?)?;
        u64::try_from(count)
            .map_err(|_| Error::decode(0, "a count of rows", format!("the integer {count}")))
    }

    /// Returns whether there is any row.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn exists<E: Executor>(&self, executor: &mut E) -> Result<bool> {
        let dialect = executor.dialect();
        scalar(executor, &sql::exists(dialect, &self.statement())?)
    }

    fn not_found(&self) -> Error {
        Error::NotFound { model: self.subject() }
    }

    /// What a row is called in messages.
    pub(crate) fn subject(&self) -> &'static str {
        match &self.built().projection {
            Projection::Table(table) => table.table.model,
            Projection::Items(_) => type_name::<O>(),
        }
    }
}

impl<M: Model + Output> Select<M> {
    /// Returns the row with this primary key, if it is there and passes the filters.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// #[derive(Model)]
    /// struct Membership {
    ///     #[orm(primary_key)]
    ///     user_id: i64,
    ///     #[orm(primary_key)]
    ///     group_id: i64,
    ///     role: String,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Membership].create_all(&mut conn)?;
    /// let membership = Membership::query().get(&mut conn, (7, 12))?;
    /// assert!(membership.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn get<E: Executor>(
        &self,
        executor: &mut E,
        key: impl IntoKey<M::Key>,
    ) -> Result<Option<OutOf<M, E>>> {
        self.get_by_values(executor, key.into_key()?)
    }

    /// Returns the row whose primary key has these values, if it is there and passes the filters.
    pub(crate) fn get_by_values<E: Executor>(
        &self,
        executor: &mut E,
        values: Vec<Value<'static>>,
    ) -> Result<Option<OutOf<M, E>>> {
        let table = M::table();
        let mut query = Self::from_statement(self.built().clone());
        let source = match self.built().from {
            Source::Table(TableRef { alias, .. }) => TableRef { table, alias },
            Source::Derived { .. } | Source::Cte(_) => table.into(),
        };
        for (&position, value) in table.primary_key.iter().zip(values) {
            let column = Node::Column(source.column(position));
            query = query.filter(Expr::<bool>::new(Node::equal(column, Node::Value(value))));
        }
        let mut statement = query.into_statement();
        // A key finds one row: there is nothing to order or to pass over.
        statement.order_by.clear();
        (statement.limit, statement.offset) = (None, None);
        statement.meet_criteria();
        Ok(self.rows(&statement, None, executor)?.pop())
    }

    /// Returns the row with this primary key.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none; otherwise as [`all`](Self::all).
    pub fn get_or_not_found<E: Executor>(
        &self,
        executor: &mut E,
        key: impl IntoKey<M::Key>,
    ) -> Result<OutOf<M, E>> {
        self.get(executor, key)?.ok_or_else(|| self.not_found())
    }
}

/// Writes the statement, and warns of what is probably not meant.
pub(super) fn written<'s>(
    statement: &'s SelectStatement,
    at_most: Option<u64>,
    dialect: &'s dyn Dialect,
) -> Result<Sql<'s>> {
    let sql = match at_most {
        Some(count) => sql::select_at_most(dialect, statement, count)?,
        None => sql::select(dialect, statement)?,
    };
    if statement.offset.is_some() && statement.order_by.is_empty() {
        warn_about_offset(&sql.text);
    }
    Ok(sql)
}

/// Says that it is up to the database which rows are passed over: pages may overlap.
#[cold]
fn warn_about_offset(sql: &str) {
    tracing::warn!(
        target: "orm::query",
        sql,
        "an offset without an order passes over any rows: add `.order_by(…)`"
    );
}

/// Returns the one value of a statement that returns one.
fn scalar<T: ColumnType, E: Executor>(executor: &mut E, sql: &Sql<'_>) -> Result<T> {
    let mut value = None;
    executor.fetch(sql, &mut |_, row| {
        value = Some(T::read(row, 0)?);
        Ok(ControlFlow::Break(()))
    })?;
    value.ok_or(Error::NotFound { model: "row" })
}
