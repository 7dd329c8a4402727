//! Typed expressions: columns, values and the operators between them.
//!
//! A thin shell over [`ast::Node`](crate::ast::Node): types are checked here, by the compiler, and
//! then forgotten. What the SQL looks like is `sql`'s matter.

mod aggregate;
mod alias;
mod arithmetic;
mod array;
mod assignment;
mod bindable;
mod case;
mod column;
mod column_list;
mod condition;
mod contains;
mod custom;
mod dynamic;
mod grouping;
mod join;
#[cfg(feature = "json")]
mod json;
mod operand;
mod operators;
mod order;
mod same_type;
mod selection;
mod tuple;
mod window;

pub use self::aggregate::{Aggregate, Summable};
pub use self::alias::Alias;
pub use self::arithmetic::{Integer, Numeric};
pub use self::array::ArrayExpression;
pub use self::assignment::IntoAssignment;
pub(crate) use self::bindable::list_of;
pub use self::bindable::{Bindable, sql_argument, sql_list};
pub use self::case::{Case, case};
pub use self::column::{
    Column, assert_references, assert_refers, foreign_key, model_of, position_beside, position_in,
};
pub(crate) use self::column_list::excluded_node;
pub use self::column_list::{ColumnList, FitsFields, IntoFields, excluded};
pub use self::contains::Contains;
pub(crate) use self::custom::operator;
pub use self::dynamic::DynColumn;
pub use self::grouping::{
    GroupBy, GroupingSet, GroupingSetList, GroupingSets, cube, grouping, grouping_sets, rollup,
};
pub use self::join::{IntoJoin, JoinOn};
#[cfg(feature = "json")]
pub use self::json::{IntoJsonPath, IntoJsonStep, JsonDocument, JsonExpression};
pub use self::operand::Operand;
pub use self::operators::{Expression, IntoQuery};
pub use self::order::{IntoOrder, Order};
pub use self::same_type::{KeyType, SameType};
pub use self::selection::{AllColumns, Labelled, NullableColumns, Selection};
pub use self::tuple::{IntoRow, SameTypes, TupleExpression, TupleOperand};
pub use self::window::{IntoWindow, NamedWindow, NeedsWindow, Window, window};

use std::fmt;
use std::marker::PhantomData;

use crate::ast::Node;
use crate::types::Field;

/// An SQL expression whose value is read as a `T`.
///
/// Made by the operators of [`Expression`]; `T` is an `Option` where the value may be NULL.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::Expr;
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     age: i32,
/// }
///
/// fn adults() -> Expr<bool> {
///     User::age.ge(18)
/// }
///
/// let query = User::query().filter(adults() & User::age.lt(65));
/// assert!(query.to_sql(&orm::Sqlite)?.ends_with(r#"WHERE "age" >= ?1 AND "age" < ?2"#));
/// # Ok::<(), orm::Error>(())
/// ```
pub struct Expr<T> {
    node: Node,
    value: PhantomData<fn() -> T>,
}

impl<T: Field> Expr<T> {
    pub(crate) fn new(node: Node) -> Self {
        Self { node, value: PhantomData }
    }

    pub(crate) fn into_node(self) -> Node {
        self.node
    }
}

impl<T> Clone for Expr<T> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), value: PhantomData }
    }
}

impl<T> fmt::Debug for Expr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}
