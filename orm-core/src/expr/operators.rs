//! The operators that every column and expression has.

use super::contains::pattern;
use super::custom::operator;
use super::operand::bound;
use super::{Column, Contains, Expr, Labelled, Operand, Order, SameType};
use crate::ast::{
    Between, Binary, BinaryOperator, Call, Direction, Function, Like, Node, SelectStatement,
};
use crate::model::Model;
use crate::types::{ColumnType, Field, IntoField};
use crate::value::Value;

type Base<E> = <<E as Expression>::Type as Field>::Base;

/// The operators of SQL, on columns and on expressions.
///
/// Comparisons follow SQL: with NULL on either side they are not true. Only [`eq`](Self::eq) and
/// [`ne`](Self::ne) with a Rust `None` mean `IS NULL` and `IS NOT NULL`.
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
///     name: String,
///     age: Option<i32>,
/// }
///
/// let query = User::query()
///     .filter(User::name.starts_with("A") | User::age.between(18, 65))
///     .filter(!User::id.in_([1, 2, 3]));
/// assert!(query.to_sql(&orm::Postgres)?.ends_with(
///     r#"WHERE ("name" LIKE $1 ESCAPE '\' OR "age" BETWEEN $2 AND $3) AND NOT "id" = ANY($4)"#
/// ));
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column or an expression",
    label = "expected a column such as `User::email`, or an expression"
)]
#[expect(clippy::wrong_self_convention, reason = "operators consume their operands")]
pub trait Expression: Sized {
    /// What the value is read as.
    type Type: Field;

    /// Returns the expression itself.
    fn into_expr(self) -> Expr<Self::Type>;

    /// `self = other`; with `None`, `self IS NULL`.
    fn eq(self, other: impl Operand<Base<Self>>) -> Expr<bool> {
        match other.into_operand() {
            Node::Value(Value::Null) => null_test(self, false),
            other => compare(self, BinaryOperator::Equal, other),
        }
    }

    /// `self <> other`; with `None`, `self IS NOT NULL`.
    fn ne(self, other: impl Operand<Base<Self>>) -> Expr<bool> {
        match other.into_operand() {
            Node::Value(Value::Null) => null_test(self, true),
            other => compare(self, BinaryOperator::NotEqual, other),
        }
    }

    /// `self < other`.
    fn lt(self, other: impl Operand<Base<Self>>) -> Expr<bool> {
        compare(self, BinaryOperator::Less, other.into_operand())
    }

    /// `self <= other`.
    fn le(self, other: impl Operand<Base<Self>>) -> Expr<bool> {
        compare(self, BinaryOperator::LessOrEqual, other.into_operand())
    }

    /// `self > other`.
    fn gt(self, other: impl Operand<Base<Self>>) -> Expr<bool> {
        compare(self, BinaryOperator::Greater, other.into_operand())
    }

    /// `self >= other`.
    fn ge(self, other: impl Operand<Base<Self>>) -> Expr<bool> {
        compare(self, BinaryOperator::GreaterOrEqual, other.into_operand())
    }

    /// `self` is one of `values`.
    ///
    /// The list is bound as one value, so its length changes neither the statement's text nor its
    /// plan, and has no limit. Nothing is in an empty list.
    fn in_<V>(self, values: impl IntoIterator<Item = V>) -> Expr<bool>
    where
        V: IntoField<Base<Self>>,
    {
        in_list(self, values, false)
    }

    /// `self` is none of `values`; everything is not in an empty list.
    fn not_in<V>(self, values: impl IntoIterator<Item = V>) -> Expr<bool>
    where
        V: IntoField<Base<Self>>,
    {
        in_list(self, values, true)
    }

    /// `self` is between `low` and `high`, both included.
    fn between(self, low: impl Operand<Base<Self>>, high: impl Operand<Base<Self>>) -> Expr<bool> {
        Expr::new(Node::Between(Box::new(Between {
            operand: self.into_expr().into_node(),
            low: low.into_operand(),
            high: high.into_operand(),
            negated: false,
        })))
    }

    /// `self` is NULL.
    fn is_null(self) -> Expr<bool> {
        null_test(self, false)
    }

    /// `self` is not NULL.
    fn is_not_null(self) -> Expr<bool> {
        null_test(self, true)
    }

    /// `self` matches `pattern`, in which `%` is any text, `_` any character, and `\` takes the
    /// meaning from either. Upper and lower case differ, on every backend.
    ///
    /// SQLite sees of a text what comes before its first U+0000, here and in the searches below.
    fn like(self, pattern: impl Operand<String>) -> Expr<bool>
    where
        Self::Type: Field<Base = String>,
    {
        Expr::new(like(self.into_expr().into_node(), pattern.into_operand(), false))
    }

    /// As [`like`](Self::like), with upper and lower case the same: of all letters on PostgreSQL, of
    /// `a` to `z` on SQLite.
    fn ilike(self, pattern: impl Operand<String>) -> Expr<bool>
    where
        Self::Type: Field<Base = String>,
    {
        Expr::new(like(self.into_expr().into_node(), pattern.into_operand(), true))
    }

    /// `self` contains `part`: a text another, in which no character has a special meaning; on
    /// PostgreSQL, a JSON document another, or an array all elements of a list (`@>`).
    fn contains<V>(self, part: V) -> Expr<bool>
    where
        Base<Self>: Contains<V>,
    {
        Expr::new(<Base<Self> as Contains<V>>::contains(self.into_expr().into_node(), part))
    }

    /// `self` starts with `text`, in which no character has a special meaning.
    fn starts_with(self, text: impl AsRef<str>) -> Expr<bool>
    where
        Self::Type: Field<Base = String>,
    {
        let pattern = pattern("", text.as_ref(), "%");
        Expr::new(like(self.into_expr().into_node(), pattern, false))
    }

    /// `self` ends with `text`, in which no character has a special meaning.
    fn ends_with(self, text: impl AsRef<str>) -> Expr<bool>
    where
        Self::Type: Field<Base = String>,
    {
        let pattern = pattern("%", text.as_ref(), "");
        Expr::new(like(self.into_expr().into_node(), pattern, false))
    }

    /// `self` and `other` are equal, where NULL is equal to NULL and to nothing else.
    fn is_not_distinct_from(self, other: impl Operand<Base<Self>>) -> Expr<bool> {
        compare(self, BinaryOperator::IsNotDistinctFrom, other.into_operand())
    }

    /// `self` is among the values that `query` returns.
    fn in_query<O>(self, query: impl IntoQuery<O>) -> Expr<bool>
    where
        O: Field<Base: SameType<Base<Self>>>,
    {
        in_query(self, query.into_query(), false)
    }

    /// `self` is not among the values that `query` returns; never true if one of them is NULL.
    fn not_in_query<O>(self, query: impl IntoQuery<O>) -> Expr<bool>
    where
        O: Field<Base: SameType<Base<Self>>>,
    {
        in_query(self, query.into_query(), true)
    }

    /// The same value, as an `Option`: for columns of tables that an outer join may leave empty.
    fn nullable(self) -> Expr<Option<Base<Self>>> {
        Expr::new(Node::Nullable(Box::new(self.into_expr().into_node())))
    }

    /// The value, or `other` where it is NULL.
    fn coalesce<R: Operand<Base<Self>>>(self, other: R) -> Expr<R::Field> {
        let arguments = vec![self.into_expr().into_node(), other.into_operand()];
        Expr::new(Node::Call(Box::new(Call::new(Function::Coalesce, arguments))))
    }

    /// NULL where the value is equal to `other`, and else the value.
    fn null_if(self, other: impl Operand<Base<Self>>) -> Expr<Option<Base<Self>>> {
        let arguments = vec![self.into_expr().into_node(), other.into_operand()];
        let function = Function::Named { name: "nullif".into(), aggregate: false, nullable: true };
        Expr::new(Node::Call(Box::new(Call::new(function, arguments))))
    }

    /// The value converted by the database: `CAST(self AS …)`.
    fn cast<U: ColumnType>(self) -> Expr<<Self::Type as Field>::Map<U>> {
        let operand = Box::new(self.into_expr().into_node());
        Expr::new(Node::Cast { operand, sql_type: U::SQL_TYPE })
    }

    /// The texts of both, one after the other.
    fn concat<R: Operand<String>>(self, other: R) -> Expr<<Self::Type as Field>::With<R::Field>>
    where
        Self::Type: Field<Base = String>,
    {
        let mut arguments = match self.into_expr().into_node() {
            Node::Call(call) if call.function == Function::Concat => call.arguments,
            one => vec![one],
        };
        arguments.push(other.into_operand());
        Expr::new(Node::Call(Box::new(Call::new(Function::Concat, arguments))))
    }

    /// `self symbol other`, of an operator that has no method here; `T` is what its value is read as,
    /// an `Option` if it may be NULL.
    ///
    /// The operator is written as it is: it is code, never input. For an operand of another type, see
    /// [`func::operator`](crate::func::operator).
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
    ///     name: String,
    /// }
    ///
    /// let query = User::query().filter(User::name.op::<bool>("~*", "^a"));
    /// assert!(query.to_sql(&orm::Postgres)?.ends_with(r#"WHERE ("name" ~* $1::text)"#));
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn op<T: Field>(self, symbol: &'static str, other: impl Operand<Base<Self>>) -> Expr<T> {
        Expr::new(operator::<T>(symbol, self.into_expr().into_node(), other.into_operand()))
    }

    /// The text, compared and ordered by the collation of this name, which the database has.
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
    ///     name: String,
    /// }
    ///
    /// let query = User::query().order_by(User::name.collate("NOCASE").desc());
    /// assert!(query.to_sql(&orm::Sqlite)?.ends_with(r#"ORDER BY "name" COLLATE "NOCASE" DESC"#));
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn collate(self, name: &'static str) -> Expr<Self::Type>
    where
        Self::Type: Field<Base = String>,
    {
        let arguments = vec![self.into_expr().into_node()];
        Expr::new(Node::Call(Box::new(Call::new(Function::Collate(name), arguments))))
    }

    /// The value, with a name for its column of the result.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Sale { #[orm(primary_key)] id: i64, amount: i32, count: i32 }
    /// let total = (Sale::amount * Sale::count).label("total");
    /// assert_eq!(
    ///     Sale::query().select((Sale::id, total)).to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "id", "amount" * "count" AS "total" FROM "sale""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn label(self, name: &'static str) -> Labelled<Self::Type> {
        Labelled::new(self.into_expr(), name)
    }

    /// Orders by `self`, least first.
    ///
    /// Where NULL goes differs, before all values on SQLite and after them on PostgreSQL, unless
    /// [`nulls_first`](Order::nulls_first) or [`nulls_last`](Order::nulls_last) says it.
    fn asc(self) -> Order {
        Order::new(self.into_expr().into_node(), Direction::Ascending)
    }

    /// Orders by `self`, greatest first.
    fn desc(self) -> Order {
        Order::new(self.into_expr().into_node(), Direction::Descending)
    }
}

impl<T: Field> Expression for Expr<T> {
    type Type = T;

    fn into_expr(self) -> Expr<T> {
        self
    }
}

impl<M: Model, T: Field> Expression for Column<M, T> {
    type Type = T;

    fn into_expr(self) -> Expr<T> {
        Expr::new(self.node())
    }
}

fn compare<E: Expression>(left: E, operator: BinaryOperator, right: Node) -> Expr<bool> {
    Expr::new(Binary::node(left.into_expr().into_node(), operator, right))
}

fn null_test<E: Expression>(operand: E, negated: bool) -> Expr<bool> {
    Expr::new(Node::IsNull { operand: Box::new(operand.into_expr().into_node()), negated })
}

fn in_list<E: Expression, V: IntoField<Base<E>>>(
    operand: E,
    values: impl IntoIterator<Item = V>,
    negated: bool,
) -> Expr<bool> {
    let operand = operand.into_expr().into_node();
    match values.into_iter().map(IntoField::into_field).collect() {
        Ok(values) => Expr::new(Node::InList { operand: Box::new(operand), values, negated }),
        // Beside its operand, so that the message names the column.
        Err(error) => Expr::new(Node::equal(operand, bound(Err(error)))),
    }
}

fn in_query<E: Expression>(operand: E, query: SelectStatement, negated: bool) -> Expr<bool> {
    let operand = Box::new(operand.into_expr().into_node());
    Expr::new(Node::InQuery { operand, query: Box::new(query), negated })
}

/// A query of one column, whose values are read as `O`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query of one column of type `{O}`",
    label = "expected a query with one column selected, such as `.select(Post::author_id)`"
)]
pub trait IntoQuery<O> {
    /// Returns the untyped query.
    fn into_query(self) -> SelectStatement;
}

pub(super) fn like(operand: Node, pattern: Node, ignore_case: bool) -> Node {
    Node::Like(Box::new(Like { operand, pattern, ignore_case, negated: false }))
}
