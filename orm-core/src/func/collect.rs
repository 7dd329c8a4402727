//! Aggregates of texts and truth values.

use std::borrow::Cow;

use super::node;
use crate::ast::{Function, Spelled};
use crate::expr::{Aggregate, Expression, Operand};
use crate::types::{Array, Field};

/// Puts the texts that are not NULL together, with `separator` between them; NULL if there is none.
///
/// Their order is any, unless [`order_by`](Aggregate::order_by) says it.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::string_agg;
///
/// #[derive(Model)]
/// struct Tag {
///     #[orm(primary_key)]
///     id: i64,
///     name: String,
/// }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![Tag].create_all(&mut conn)?;
/// for name in ["sql", "rust"] {
///     Tag::insert(Tag::builder().name(name)).execute(&mut conn)?;
/// }
///
/// let names = string_agg(Tag::name, ", ").order_by(Tag::name);
/// let names = Tag::query().select(names).one(&mut conn)?;
/// assert_eq!(names.as_deref(), Some("rust, sql"));
/// # Ok(())
/// # }
/// ```
pub fn string_agg<E>(text: E, separator: impl Operand<String>) -> Aggregate<Option<String>>
where
    E: Expression<Type: Field<Base = String>>,
{
    let name = Cow::Borrowed("string_agg");
    let function = Function::Named { name, aggregate: true, nullable: true };
    Aggregate::new(function, vec![node(text), separator.into_operand()])
}

/// Puts the values into an array, on PostgreSQL; NULL if there is no row.
///
/// Their order is any, unless [`order_by`](Aggregate::order_by) says it. Elements are `Option`s where the
/// expression may be NULL.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::array_agg;
///
/// #[derive(Model)]
/// struct Post {
///     #[orm(primary_key)]
///     id: i64,
///     author_id: i64,
/// }
///
/// let posts = Post::query()
///     .select((Post::author_id, array_agg(Post::id).order_by(Post::id)))
///     .group_by(Post::author_id);
/// assert_eq!(
///     posts.to_sql(&orm::Postgres)?,
///     r#"SELECT "author_id", array_agg("id" ORDER BY "id") FROM "post" GROUP BY "author_id""#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn array_agg<E: Expression<Type: Send>>(expression: E) -> Aggregate<Option<Array<E::Type>>> {
    Aggregate::new(Function::ArrayAggregate, vec![node(expression)])
}

/// Whether the condition holds in every row in which it is not NULL; NULL if there is none.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::{bool_and, bool_or};
///
/// #[derive(Model)]
/// struct Task {
///     #[orm(primary_key)]
///     id: i64,
///     is_done: bool,
/// }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![Task].create_all(&mut conn)?;
/// for is_done in [true, false] {
///     Task::insert(Task::builder().is_done(is_done)).execute(&mut conn)?;
/// }
///
/// let query = Task::query().select((bool_and(Task::is_done), bool_or(Task::is_done)));
/// assert_eq!(query.one(&mut conn)?, (Some(false), Some(true)));
/// # Ok(())
/// # }
/// ```
pub fn bool_and<E>(condition: E) -> Aggregate<Option<bool>>
where
    E: Expression<Type: Field<Base = bool>>,
{
    Aggregate::new(Function::Spelled(Spelled::Every), vec![node(condition)])
}

/// Whether the condition holds in any row; NULL if it is NULL in all of them.
pub fn bool_or<E>(condition: E) -> Aggregate<Option<bool>>
where
    E: Expression<Type: Field<Base = bool>>,
{
    Aggregate::new(Function::Spelled(Spelled::Any), vec![node(condition)])
}
