//! Columns by a name that is known only at run time: what a user sorts or filters by, and the columns
//! of reflected tables.
//!
//! A name is only ever compared with those of the table; no part of it gets into the SQL.

use std::fmt;
use std::sync::Arc;

use super::{Expr, Expression, IntoOrder, JoinOn, Operand, Order};
use crate::ast::{ColumnRef, Direction, Node, OrderTerm, Source, TableRef};
use crate::error::{Error, Result};
use crate::schema::{ColumnDef, Table};
use crate::types::{ColumnType, Field};

/// A column whose type is not known before the program runs; made by
/// [`Query::column_named`](crate::query::Query::column_named) and [`Table::column_named`].
///
/// It orders as it is. Give it a type by [`typed`](Self::typed) for everything that a column can do.
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
///     email: String,
/// }
///
/// let sort = "email"; // from a URL, such as `?sort=email`
/// let query = User::query().order_by(User::column_named(sort)?.desc());
/// assert!(query.to_sql(&orm::Sqlite)?.ends_with(r#"ORDER BY "email" DESC"#));
///
/// let error = User::column_named("emial").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`user` has no column `emial`: it has `email`, `id`"
/// );
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct DynColumn(ColumnRef);

impl DynColumn {
    pub(crate) fn named(table: &'static Table, name: &str) -> Result<Self> {
        let position = table.find(name)?;
        Ok(Self(TableRef::from(table).column(position)))
    }

    /// Returns the column's description: name, type, default.
    pub fn def(self) -> &'static ColumnDef {
        &self.0.table.columns[self.0.position]
    }

    /// Returns the column as an expression that is read as a `T`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if the column is of a type that cannot be read as a `T`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, age: i32 }
    /// let adults = User::query().filter(User::column_named("age")?.typed::<i32>()?.ge(18));
    /// assert!(adults.to_sql(&orm::Sqlite)?.ends_with(r#"WHERE "age" >= ?1"#));
    /// assert!(User::column_named("age")?.typed::<String>().is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn typed<T: Field>(self) -> Result<Expr<T>> {
        if self.def().sql_type.is_read_as(T::SQL_TYPE) {
            return Ok(Expr::new(Node::Column(self.0)));
        }
        Err(Error::invalid_query(format!(
            "the column `{}` is {}, not {}",
            self.0.table.name_of(self.0.position),
            self.def().sql_type.description(),
            T::SQL_TYPE.description()
        )))
    }

    /// `self = other`; with `None`, `self IS NULL`. A value of a type that the column does not have is
    /// refused when the statement is written.
    pub fn eq<T: ColumnType>(self, other: impl Operand<T>) -> Expr<bool> {
        self.typed::<T>().map_or_else(refused, |column| column.eq(other))
    }

    /// `self <> other`; with `None`, `self IS NOT NULL`. As [`eq`](Self::eq) otherwise.
    pub fn ne<T: ColumnType>(self, other: impl Operand<T>) -> Expr<bool> {
        self.typed::<T>().map_or_else(refused, |column| column.ne(other))
    }

    /// Orders by the column, least first.
    pub fn asc(self) -> Order {
        Order::new(Node::Column(self.0), Direction::Ascending)
    }

    /// Orders by the column, greatest first.
    pub fn desc(self) -> Order {
        Order::new(Node::Column(self.0), Direction::Descending)
    }
}

fn refused(error: Error) -> Expr<bool> {
    Expr::new(Node::Invalid(Arc::new(error)))
}

impl IntoOrder for DynColumn {
    fn append_to(self, terms: &mut Vec<OrderTerm>) {
        self.asc().append_to(terms);
    }
}

impl fmt::Debug for DynColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.table.name_of(self.0.position))
    }
}

impl Table {
    /// Returns the column called `name`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if there is none, with the names that there are, the most alike first.
    pub fn column_named(&'static self, name: &str) -> Result<DynColumn> {
        DynColumn::named(self, name)
    }

    /// Returns the column called `name` as an expression that is read as a `T`, for everything that a
    /// column of a model can do.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if there is none, or if it cannot be read as a `T`.
    pub fn column<T: Field>(&'static self, name: &str) -> Result<Expr<T>> {
        self.column_named(name)?.typed()
    }

    /// Returns what to join: the table, on a condition.
    pub fn on(&'static self, condition: impl Operand<bool>) -> JoinOn {
        JoinOn::new(Source::Table(self.into()), condition.into_operand())
    }
}
