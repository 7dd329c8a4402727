//! Tuples of expressions, compared as one: `(User::first, User::last).in_([("Ada", "Lovelace")])`.

use super::operand::bound;
use super::{Expr, Expression, IntoQuery, Operand, SameType};
use crate::ast::{Binary, BinaryOperator, InRows, Node};
use crate::error::Result;
use crate::types::{ColumnType, Field, IntoField, SqlType};
use crate::value::Value;

/// The comparisons of a tuple of two to four columns or expressions.
///
/// They follow SQL: where a position is NULL, the tuple is equal to none, unless another position
/// differs already. Only [`eq`](Self::eq) and [`ne`](Self::ne) with a Rust `None` mean `IS NULL`
/// and `IS NOT NULL` there.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Model, Debug)]
/// struct Seat {
///     #[orm(primary_key)]
///     row: String,
///     #[orm(primary_key)]
///     number: i32,
///     is_taken: bool,
/// }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![Seat].create_all(&mut conn)?;
/// for (row, number) in [("A", 1), ("A", 2), ("B", 1)] {
///     Seat::insert(Seat::builder().row(row).number(number).is_taken(false)).execute(&mut conn)?;
/// }
///
/// let wanted = (Seat::row, Seat::number).in_([("A", 2), ("B", 2)]);
/// let seats = Seat::query().filter(wanted).all(&mut conn)?;
/// assert_eq!(seats.len(), 1);
/// assert_eq!((seats[0].row.as_str(), seats[0].number), ("A", 2));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of columns or expressions",
    label = "expected two to four of them, such as `(User::first, User::last)`"
)]
pub trait TupleExpression: Sized {
    /// The types of its values, without their `Option`s.
    type Types;

    /// The SQL types of its values.
    const SQL_TYPES: &'static [SqlType];

    /// Returns the untyped expressions.
    fn into_nodes(self) -> Vec<Node>;

    /// All positions are equal; with `None` at one, that one is NULL.
    fn eq(self, other: impl TupleOperand<Self::Types>) -> Expr<bool> {
        Expr::new(Node::And(pairs(self.into_nodes(), other.into_nodes(), false)))
    }

    /// At least one position differs; with `None` at one, that one is not NULL.
    fn ne(self, other: impl TupleOperand<Self::Types>) -> Expr<bool> {
        Expr::new(Node::Or(pairs(self.into_nodes(), other.into_nodes(), true)))
    }

    /// `self` comes before `other`: by the first position in which they differ.
    fn lt(self, other: impl TupleOperand<Self::Types>) -> Expr<bool> {
        compare(self.into_nodes(), BinaryOperator::Less, other.into_nodes())
    }

    /// `self` comes before `other` or is equal to it.
    fn le(self, other: impl TupleOperand<Self::Types>) -> Expr<bool> {
        compare(self.into_nodes(), BinaryOperator::LessOrEqual, other.into_nodes())
    }

    /// `self` comes after `other`: by the first position in which they differ.
    fn gt(self, other: impl TupleOperand<Self::Types>) -> Expr<bool> {
        compare(self.into_nodes(), BinaryOperator::Greater, other.into_nodes())
    }

    /// `self` comes after `other` or is equal to it.
    fn ge(self, other: impl TupleOperand<Self::Types>) -> Expr<bool> {
        compare(self.into_nodes(), BinaryOperator::GreaterOrEqual, other.into_nodes())
    }

    /// `self` is one of `rows`.
    ///
    /// The rows are bound as one value, or as one a column, so their number changes neither the
    /// statement's text nor its plan, and has no limit. Nothing is in an empty list.
    fn in_<R>(self, rows: impl IntoIterator<Item = R>) -> Expr<bool>
    where
        R: IntoRow<Self::Types>,
    {
        in_rows(self, rows, false)
    }

    /// `self` is none of `rows`; everything is not in an empty list.
    fn not_in<R>(self, rows: impl IntoIterator<Item = R>) -> Expr<bool>
    where
        R: IntoRow<Self::Types>,
    {
        in_rows(self, rows, true)
    }

    /// `self` is among the rows that `query` returns.
    fn in_query<O>(self, query: impl IntoQuery<O>) -> Expr<bool>
    where
        O: SameTypes<Self::Types>,
    {
        let operand = Box::new(Node::Tuple(self.into_nodes()));
        let query = Box::new(query.into_query());
        Expr::new(Node::InQuery { operand, query, negated: false })
    }

    /// `self` is not among the rows that `query` returns; a NULL in one of these makes it never true,
    /// unless another position differs.
    fn not_in_query<O>(self, query: impl IntoQuery<O>) -> Expr<bool>
    where
        O: SameTypes<Self::Types>,
    {
        let operand = Box::new(Node::Tuple(self.into_nodes()));
        let query = Box::new(query.into_query());
        Expr::new(Node::InQuery { operand, query, negated: true })
    }
}

/// A tuple that compares with one of columns of the types `T`: of values, columns and expressions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used with a tuple of expressions of the types `{T}`",
    label = "expected a tuple of as many values, columns or expressions"
)]
pub trait TupleOperand<T> {
    /// Returns the untyped expressions.
    fn into_nodes(self) -> Vec<Node>;
}

/// A row of values that a tuple of columns of the types `T` can be given.
#[diagnostic::on_unimplemented(
    message = "a tuple of columns of the types `{T}` cannot be given a `{Self}`",
    label = "expected `{T}`"
)]
pub trait IntoRow<T> {
    /// Appends each value to its column.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`](crate::error::Error::Encode) if no column can hold a value; nothing is
    /// appended to its column, and to those after it.
    fn append_to(self, columns: &mut [Vec<Value<'static>>]) -> Result<()>;
}

/// Implemented by tuples of fields whose types are those of `T`, `Option`s aside.
#[diagnostic::on_unimplemented(
    message = "a query of `{Self}` cannot be used with a tuple of expressions of the types `{T}`",
    label = "expected a query that selects as many columns, of these types"
)]
pub trait SameTypes<T> {}

macro_rules! tuple {
    ($($part:ident $base:ident $column:ident $position:tt),+) => {
        impl<$($part: Expression),+> TupleExpression for ($($part,)+) {
            type Types = ($(<$part::Type as Field>::Base,)+);

            const SQL_TYPES: &'static [SqlType] = &[$(<$part::Type as Field>::SQL_TYPE),+];

            fn into_nodes(self) -> Vec<Node> {
                vec![$(self.$position.into_expr().into_node()),+]
            }
        }

        impl<$($base: ColumnType, $part: Operand<$base>),+> TupleOperand<($($base,)+)>
            for ($($part,)+)
        {
            fn into_nodes(self) -> Vec<Node> {
                vec![$(self.$position.into_operand()),+]
            }
        }

        impl<$($base: ColumnType, $part: IntoField<$base>),+> IntoRow<($($base,)+)>
            for ($($part,)+)
        {
            fn append_to(self, columns: &mut [Vec<Value<'static>>]) -> Result<()> {
                if let [$($column),+] = columns {
                    $($column.push(self.$position.into_field()?);)+
                }
                Ok(())
            }
        }

        impl<$($base: ColumnType),+> IntoRow<($($base,)+)> for &($($base,)+) {
            fn append_to(self, columns: &mut [Vec<Value<'static>>]) -> Result<()> {
                let ($($column,)+) = self;
                IntoRow::<($($base,)+)>::append_to(($($column,)+), columns)
            }
        }

        impl<$($base: ColumnType, $part: Field<Base: SameType<$base>>),+> SameTypes<($($base,)+)>
            for ($($part,)+)
        {
        }
    };
}

tuple!(A T first 0, B U second 1);
tuple!(A T first 0, B U second 1, C V third 2);
tuple!(A T first 0, B U second 1, C V third 2, D W fourth 3);

fn compare(left: Vec<Node>, operator: BinaryOperator, right: Vec<Node>) -> Expr<bool> {
    Expr::new(Binary::node(Node::Tuple(left), operator, Node::Tuple(right)))
}

/// Returns the comparison of each position, which is what that of the tuple means.
fn pairs(left: Vec<Node>, right: Vec<Node>, negated: bool) -> Vec<Node> {
    let operator = if negated { BinaryOperator::NotEqual } else { BinaryOperator::Equal };
    let pairs = left.into_iter().zip(right).map(|(left, right)| match right {
        Node::Value(Value::Null) => Node::IsNull { operand: Box::new(left), negated },
        right => Binary::node(left, operator, right),
    });
    pairs.collect()
}

fn in_rows<E: TupleExpression, R: IntoRow<E::Types>>(
    tuple: E,
    rows: impl IntoIterator<Item = R>,
    negated: bool,
) -> Expr<bool> {
    let operands = tuple.into_nodes();
    let rows = rows.into_iter();
    let capacity = rows.size_hint().0;
    let mut columns: Vec<_> = operands.iter().map(|_| Vec::with_capacity(capacity)).collect();
    for (count, row) in rows.enumerate() {
        if let Err(error) = row.append_to(&mut columns) {
            let position = columns.iter().position(|values| values.len() == count);
            let operand = operands.into_iter().nth(position.unwrap_or_default());
            // Beside its operand, so that the message names the column.
            return Expr::new(Node::equal(operand.unwrap_or(Node::Star), bound(Err(error))));
        }
    }
    let types = E::SQL_TYPES.to_vec();
    Expr::new(Node::InRows(Box::new(InRows { operands, types, columns, negated })))
}
