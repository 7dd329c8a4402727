//! A table under another name, for joining it to itself.

use std::fmt;
use std::marker::PhantomData;

use super::{AllColumns, Column, Expr, JoinOn, Operand};
use crate::ast::{Node, Source, TableRef};
use crate::model::Model;
use crate::types::Field;

/// The table of model `M` under another name, made by [`Query::alias`](crate::query::Query::alias).
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Model)]
/// struct Employee {
///     #[orm(primary_key)]
///     id: i64,
///     name: String,
///     #[orm(foreign_key(Employee::id))]
///     manager_id: Option<i64>,
/// }
///
/// let manager = Employee::alias("manager");
/// let query = Employee::query()
///     .join(manager.on(Employee::manager_id.eq(manager.column(Employee::id))))
///     .select((Employee::name, manager.column(Employee::name)));
/// assert_eq!(
///     query.to_sql(&orm::Sqlite)?,
///     r#"SELECT "employee"."name", "manager"."name" FROM "employee" JOIN "employee" AS "manager" ON "employee"."manager_id" = "manager"."id""#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub struct Alias<M> {
    name: &'static str,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Alias<M> {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, model: PhantomData }
    }

    /// Returns a column of the table under this name.
    pub fn column<T: Field>(self, column: Column<M, T>) -> Expr<T> {
        Expr::new(Node::Column(self.table_ref().column(column.position())))
    }

    /// Returns the whole rows, to select them.
    pub fn entity(self) -> AllColumns<M> {
        AllColumns::new(self.table_ref())
    }

    /// Returns what to join: the table under this name, on a condition.
    pub fn on(self, condition: impl Operand<bool>) -> JoinOn {
        JoinOn::new(Source::Table(self.table_ref()), condition.into_operand())
    }

    pub(crate) fn table_ref(self) -> TableRef {
        TableRef { table: M::table(), alias: Some(self.name) }
    }
}

impl<M: Model> From<Alias<M>> for TableRef {
    fn from(alias: Alias<M>) -> Self {
        alias.table_ref()
    }
}

impl<M> Clone for Alias<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Alias<M> {}

impl<M: Model> fmt::Debug for Alias<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} AS {}", M::table().name, self.name)
    }
}
