//! SQL functions, aggregates and window functions: `use orm::func::{count, sum, lower};`.

mod collect;
mod condition;
mod date;
mod date_part;
mod full_text;
mod number;
mod text;
mod window;

use std::borrow::Cow;

pub use self::collect::{array_agg, bool_and, bool_or, string_agg};
pub use self::condition::{all_of, any_of};
pub use self::date::{DateUnit, date_trunc};
#[cfg(feature = "chrono")]
pub use self::date::{now, today};
pub use self::date_part::{
    Dated, Timed, day, day_of_year, hour, minute, month, second, week, weekday, year,
};
pub use self::full_text::{Fts5, FullText, fts5, full_text};
pub use self::number::{Rounded, random, round};
pub use self::text::{position, replace, substr, trim_end, trim_start};
pub use self::window::{
    cume_dist, dense_rank, first_value, lag, lag_by, last_value, lead, lead_by, nth_value, ntile,
    percent_rank, rank, row_number,
};
pub use crate::ast::Bound;
use crate::ast::{
    Arithmetic, ArithmeticOperator, Binary, BinaryOperator, Call, Function, Node, SelectStatement,
    Spelled,
};
use crate::expr::{self, Expr, Expression, Numeric, Operand, Selection};
pub use crate::expr::{
    Aggregate, Case, GroupingSets, NamedWindow, NeedsWindow, Summable, Window, case, cube,
    excluded, grouping, grouping_sets, rollup, window,
};
use crate::query::{Output, Select};
use crate::types::{ColumnType, Field, SqlType};
use crate::value::{DecimalValue, Value};

fn named<T: Field>(name: &'static str, arguments: Vec<Node>) -> Expr<T> {
    let function = Function::Named { name: Cow::Borrowed(name), aggregate: false, nullable: false };
    Expr::new(Node::Call(Box::new(Call::new(function, arguments))))
}

fn spelled<T: Field>(function: Spelled, arguments: Vec<Node>) -> Expr<T> {
    Expr::new(Node::Call(Box::new(Call::new(Function::Spelled(function), arguments))))
}

fn node<E: Expression>(expression: E) -> Node {
    expression.into_expr().into_node()
}

/// Calls a function that has no wrapper here; `T` is what its value is read as, an `Option` if it may
/// be NULL. One that makes one value of many rows is an [`aggregate`].
///
/// The name is written as it is: it is code, never input.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::function;
///
/// #[derive(Model)]
/// struct File {
///     #[orm(primary_key)]
///     id: i64,
///     name: String,
/// }
///
/// let stem = function::<String>("replace", (File::name, orm::func::value(".txt"), orm::func::value("")));
/// let query = File::query().select(stem);
/// assert_eq!(query.to_sql(&orm::Sqlite)?, r#"SELECT replace("name", ?1, ?2) FROM "file""#);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn function<T: Field>(name: &'static str, arguments: impl Selection) -> Expr<T> {
    let function =
        Function::Named { name: Cow::Borrowed(name), aggregate: false, nullable: T::NULLABLE };
    Expr::new(Node::Call(Box::new(Call::new(function, nodes(arguments)))))
}

/// Calls an aggregate or a window function that has no wrapper here; `T` is what its value is read as,
/// an `Option` if it may be NULL, as that of most aggregates of no rows is.
///
/// The name is written as it is: it is code, never input.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::aggregate;
///
/// #[derive(Model)]
/// struct Reading {
///     #[orm(primary_key)]
///     id: i64,
///     sensor: i32,
///     value: f64,
/// }
///
/// let spread = aggregate::<Option<f64>>("stddev", Reading::value).filter(Reading::value.gt(0.0));
/// let query = Reading::query().select((Reading::sensor, spread)).group_by(Reading::sensor);
/// assert_eq!(
///     query.to_sql(&orm::Postgres)?,
///     r#"SELECT "sensor", stddev("value") FILTER (WHERE "value" > $1) FROM "reading" GROUP BY "sensor""#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn aggregate<T: Field>(name: &'static str, arguments: impl Selection) -> Aggregate<T> {
    let function =
        Function::Named { name: Cow::Borrowed(name), aggregate: true, nullable: T::NULLABLE };
    Aggregate::new(function, nodes(arguments))
}

fn nodes(selection: impl Selection) -> Vec<Node> {
    let mut items = Vec::new();
    selection.append_to(&mut items);
    items.into_iter().map(|item| item.node).collect()
}

/// `left symbol right`, of an operator that has no method; `T` is what its value is read as, an
/// `Option` if it may be NULL.
///
/// The operator is written as it is: it is code, never input. Where both sides are of one type,
/// [`op`](Expression::op) is shorter.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::{operator, value};
///
/// #[derive(Model)]
/// struct Host {
///     #[orm(primary_key)]
///     id: i64,
///     flags: i64,
/// }
///
/// let shifted = operator::<i64>(Host::flags, "<<", value(2));
/// let query = Host::query().select(shifted);
/// assert_eq!(query.to_sql(&orm::Sqlite)?, r#"SELECT ("flags" << ?1) FROM "host""#);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn operator<T: Field>(
    left: impl Expression,
    symbol: &'static str,
    right: impl Expression,
) -> Expr<T> {
    Expr::new(expr::operator::<T>(symbol, node(left), node(right)))
}

/// Returns a bound value as an expression.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::value;
///
/// # #[derive(Model)]
/// # struct User { #[orm(primary_key)] id: i64 }
/// let query = User::query().select((User::id, value("imported")));
/// assert_eq!(query.to_sql(&orm::Postgres)?, r#"SELECT "id", $1::text FROM "user""#);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn value<T: ColumnType>(value: impl Operand<T>) -> Expr<T> {
    Expr::new(match value.into_operand() {
        // Of which PostgreSQL would not know the type.
        Node::Value(Value::Null) => {
            Node::Cast { operand: Box::new(Node::Value(Value::Null)), sql_type: T::SQL_TYPE }
        }
        node => node,
    })
}

/// Returns the text in lower case: all letters on PostgreSQL, `A` to `Z` on SQLite.
pub fn lower<E: Expression<Type: Field<Base = String>>>(text: E) -> Expr<E::Type> {
    named("lower", vec![node(text)])
}

/// Returns the text in upper case: all letters on PostgreSQL, `a` to `z` on SQLite.
pub fn upper<E: Expression<Type: Field<Base = String>>>(text: E) -> Expr<E::Type> {
    named("upper", vec![node(text)])
}

/// Returns the text without spaces at both ends.
pub fn trim<E: Expression<Type: Field<Base = String>>>(text: E) -> Expr<E::Type> {
    named("trim", vec![node(text)])
}

/// Returns how many characters the text has.
pub fn length<E>(text: E) -> Expr<<E::Type as Field>::Map<i32>>
where
    E: Expression<Type: Field<Base = String>>,
{
    named("length", vec![node(text)])
}

/// Returns the number without its sign.
pub fn abs<E: Expression<Type: Field<Base: Numeric>>>(number: E) -> Expr<E::Type> {
    let number = node(number);
    match <E::Type as Field>::SQL_TYPE {
        SqlType::Decimal { .. } => Expr::new(absolute_decimal(number)),
        _ => named("abs", vec![number]),
    }
}

/// The `abs` of SQLite makes a float of a decimal, which loses digits.
fn absolute_decimal(number: Node) -> Node {
    let zero = || Node::Value(Value::Decimal(DecimalValue::new(0, 0)));
    let is_negative = Binary::node(number.clone(), BinaryOperator::Less, zero());
    let opposite = Node::Arithmetic(Box::new(Arithmetic {
        operator: ArithmeticOperator::Subtract,
        is_decimal: true,
        left: zero(),
        right: number.clone(),
    }));
    Node::Case { branches: vec![(is_negative, opposite)], otherwise: Some(Box::new(number)) }
}

/// Counts rows: `count(*)`.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::count_all;
///
/// #[derive(Model)]
/// struct Post {
///     #[orm(primary_key)]
///     id: i64,
///     author_id: i64,
/// }
///
/// let query = Post::query()
///     .select((Post::author_id, count_all()))
///     .group_by(Post::author_id)
///     .having(count_all().gt(10))
///     .order_by(count_all().desc());
/// assert_eq!(
///     query.to_sql(&orm::Postgres)?,
///     r#"SELECT "author_id", count(*) FROM "post" GROUP BY "author_id" HAVING count(*) > $1::bigint ORDER BY count(*) DESC"#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn count_all() -> Aggregate<i64> {
    Aggregate::new(Function::Count, vec![Node::Star])
}

/// Counts the rows in which the expression is not NULL.
pub fn count<E: Expression>(expression: E) -> Aggregate<i64> {
    Aggregate::new(Function::Count, vec![node(expression)])
}

/// Adds the values up; NULL if there is none. Integers add up to an `i64`, floats to an `f64`.
pub fn sum<E>(number: E) -> Aggregate<Option<<<E::Type as Field>::Base as Summable>::Sum>>
where
    E: Expression<Type: Field<Base: Summable>>,
{
    Aggregate::new(Function::Sum(<E::Type as Field>::SQL_TYPE), vec![node(number)])
}

/// Returns the arithmetic mean; NULL if there is no value. That of decimals is a decimal, any other
/// an `f64`.
pub fn avg<E>(number: E) -> Aggregate<Option<<<E::Type as Field>::Base as Summable>::Average>>
where
    E: Expression<Type: Field<Base: Summable>>,
{
    Aggregate::new(Function::Average(<E::Type as Field>::SQL_TYPE), vec![node(number)])
}

fn extreme<E: Expression>(name: &'static str, of: E) -> Aggregate<Option<<E::Type as Field>::Base>>
where
    Option<<E::Type as Field>::Base>: Field,
{
    let function = Function::Named { name: Cow::Borrowed(name), aggregate: true, nullable: true };
    Aggregate::new(function, vec![node(of)])
}

/// Returns the least value; NULL if there is none.
pub fn min<E: Expression>(expression: E) -> Aggregate<Option<<E::Type as Field>::Base>> {
    extreme("min", expression)
}

/// Returns the greatest value; NULL if there is none.
pub fn max<E: Expression>(expression: E) -> Aggregate<Option<<E::Type as Field>::Base>> {
    extreme("max", expression)
}

/// Whether the query returns any row; columns of the query around it can be used in it.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::exists;
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
/// }
///
/// #[derive(Model)]
/// struct Post {
///     #[orm(primary_key)]
///     id: i64,
///     #[orm(foreign_key(User::id))]
///     author_id: i64,
/// }
///
/// let authors = User::query().filter(exists(Post::query().filter(Post::author_id.eq(User::id))));
/// assert_eq!(
///     authors.to_sql(&orm::Sqlite)?,
///     r#"SELECT "id" FROM "user" WHERE EXISTS (SELECT 1 FROM "post" WHERE "post"."author_id" = "user"."id")"#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn exists<O: Output>(query: Select<O>) -> Expr<bool> {
    exists_node(query.into_inner_statement(), false)
}

/// Whether the query returns no row; columns of the query around it can be used in it.
pub fn not_exists<O: Output>(query: Select<O>) -> Expr<bool> {
    exists_node(query.into_inner_statement(), true)
}

fn exists_node(query: SelectStatement, negated: bool) -> Expr<bool> {
    Expr::new(Node::Exists { query: Box::new(query), negated })
}
