//! `CASE WHEN … THEN … ELSE … END`.

use std::fmt;
use std::marker::PhantomData;

use super::{Expr, Operand};
use crate::ast::Node;
use crate::types::{ColumnType, Field};

/// Begins a choice: `value` where `condition` holds.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::case;
///
/// #[derive(Model)]
/// struct Person {
///     #[orm(primary_key)]
///     id: i64,
///     age: i32,
/// }
///
/// let group = case(Person::age.lt(18), "child").when(Person::age.lt(65), "adult").otherwise("senior");
/// let query = Person::query().select((Person::id, group));
/// assert_eq!(
///     query.to_sql(&orm::Sqlite)?,
///     r#"SELECT "id", CASE WHEN "age" < ?1 THEN ?2 WHEN "age" < ?3 THEN ?4 ELSE ?5 END FROM "person""#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn case<T: ColumnType>(condition: impl Operand<bool>, value: impl Operand<T>) -> Case<T> {
    Case { branches: Vec::new(), value: PhantomData }.when(condition, value)
}

/// A choice that is being built; see [`case`].
pub struct Case<T> {
    branches: Vec<(Node, Node)>,
    value: PhantomData<fn() -> T>,
}

impl<T: ColumnType> Case<T> {
    /// Adds a branch: `value` where `condition` holds and none before it did.
    #[must_use]
    pub fn when(mut self, condition: impl Operand<bool>, value: impl Operand<T>) -> Self {
        self.branches.push((condition.into_operand(), value.into_operand()));
        self
    }

    /// Ends the choice: `value` where no condition holds.
    ///
    /// It is read as a `T`; if one of the values may be NULL, make it
    /// [`nullable`](super::Expression::nullable) before it is selected.
    pub fn otherwise(self, value: impl Operand<T>) -> Expr<T> {
        let otherwise = Some(Box::new(value.into_operand()));
        Expr::new(Node::Case { branches: self.branches, otherwise })
    }

    /// Ends the choice: NULL where no condition holds.
    pub fn end(self) -> Expr<Option<T>>
    where
        Option<T>: Field,
    {
        Expr::new(Node::Case { branches: self.branches, otherwise: None })
    }
}

impl<T> fmt::Debug for Case<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("branches", &self.branches.len()).finish_non_exhaustive()
    }
}
