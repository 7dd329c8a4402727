//! Conditions made of any number of others.

use crate::ast::Node;
use crate::expr::{Expr, Operand};
use crate::value::Value;

/// Whether all of the conditions hold: `AND` between them; TRUE if there is none.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::all_of;
///
/// #[derive(Model)]
/// struct Product {
///     #[orm(primary_key)]
///     id: i64,
///     name: String,
/// }
///
/// let words = "steel pan".split(' ').map(|word| Product::name.contains(word));
/// let products = Product::query().filter(all_of(words));
/// assert_eq!(
///     products.to_sql(&orm::Postgres)?,
///     r#"SELECT "id", "name" FROM "product" WHERE "name" LIKE $1 ESCAPE '\' AND "name" LIKE $2 ESCAPE '\'"#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn all_of(conditions: impl IntoIterator<Item = impl Operand<bool>>) -> Expr<bool> {
    joined(conditions, Node::and, true)
}

/// Whether any of the conditions holds: `OR` between them; FALSE if there is none.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::any_of;
///
/// #[derive(Model)]
/// struct Product {
///     #[orm(primary_key)]
///     id: i64,
///     name: String,
///     price: i32,
/// }
///
/// let ranges = [(0, 10), (90, 100)].map(|(low, high)| Product::price.between(low, high));
/// let products = Product::query().filter(any_of(ranges) & Product::id.gt(7));
/// assert_eq!(
///     products.select(Product::id).to_sql(&orm::Sqlite)?,
///     r#"SELECT "id" FROM "product" WHERE ("price" BETWEEN ?1 AND ?2 OR "price" BETWEEN ?3 AND ?4) AND "id" > ?5"#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn any_of(conditions: impl IntoIterator<Item = impl Operand<bool>>) -> Expr<bool> {
    joined(conditions, Node::or, false)
}

fn joined(
    conditions: impl IntoIterator<Item = impl Operand<bool>>,
    join: fn(Node, Node) -> Node,
    of_none: bool,
) -> Expr<bool> {
    let joined = conditions.into_iter().map(Operand::into_operand).reduce(join);
    Expr::new(joined.unwrap_or(Node::Value(Value::Bool(of_none))))
}
