//! Functions over many rows: aggregates, and the windows they run over.

use std::marker::PhantomData;

use super::{Expr, Expression, IntoOrder, Operand, Selection};
use crate::ast::{self, Bound, Call, Frame, FrameUnit, Function, Item, Node};
use crate::types::{ColumnType, Field};

/// A call of an aggregate or of a window function, whose value is read as a `T`.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::{count, sum, window};
///
/// #[derive(Model)]
/// struct Sale {
///     #[orm(primary_key)]
///     id: i64,
///     shop: String,
///     customer_id: i64,
///     amount: i64,
/// }
///
/// let by_shop = Sale::query()
///     .select((Sale::shop, count(Sale::customer_id).distinct(), sum(Sale::amount)))
///     .group_by(Sale::shop);
/// assert_eq!(
///     by_shop.to_sql(&orm::Sqlite)?,
///     r#"SELECT "shop", count(DISTINCT "customer_id"), sum("amount") FROM "sale" GROUP BY "shop""#
/// );
///
/// let running = sum(Sale::amount).over(window().partition_by(Sale::shop).order_by(Sale::id));
/// let totals = Sale::query().select((Sale::id, running));
/// assert_eq!(
///     totals.to_sql(&orm::Sqlite)?,
///     r#"SELECT "id", sum("amount") OVER (PARTITION BY "shop" ORDER BY "id") FROM "sale""#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Aggregate<T> {
    call: Call,
    value: PhantomData<fn() -> T>,
}

impl<T: Field> Aggregate<T> {
    pub(crate) fn new(function: Function, arguments: Vec<Node>) -> Self {
        Self { call: Call::new(function, arguments), value: PhantomData }
    }

    /// Looks at equal values once.
    pub fn distinct(mut self) -> Self {
        self.call.distinct = true;
        self
    }

    /// Looks only at the rows for which `condition` holds.
    pub fn filter(mut self, condition: impl Operand<bool>) -> Self {
        let condition = condition.into_operand();
        self.call.filter = Some(match self.call.filter.take() {
            Some(before) => before.and(condition),
            None => condition,
        });
        self
    }

    /// Runs over a window, which leaves the rows as they are.
    pub fn over(mut self, window: Window) -> Expr<T> {
        self.call.over = Some(window.0);
        self.into_expr()
    }
}

impl<T: Field> Expression for Aggregate<T> {
    type Type = T;

    fn into_expr(self) -> Expr<T> {
        Expr::new(Node::Call(Box::new(self.call)))
    }
}

impl<T: Field> Selection for Aggregate<T> {
    type Output = T;

    fn append_to(self, items: &mut Vec<Item>) {
        items.push(Item::new(self.into_expr().into_node(), T::NULLABLE));
    }
}

/// Returns a window of all rows.
pub fn window() -> Window {
    Window(ast::Window::default())
}

/// The rows that a window function looks at; begun by [`window`].
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Window(ast::Window);

impl Window {
    /// Looks at rows with equal values together.
    pub fn partition_by(mut self, expressions: impl Selection) -> Self {
        let mut items = Vec::new();
        expressions.append_to(&mut items);
        self.0.partition_by.extend(items.into_iter().map(|item| item.node));
        self
    }

    /// Orders the rows of a partition.
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        order.append_to(&mut self.0.order_by);
        self
    }

    /// Looks only at the rows from `start` to `end`, counted from the current one.
    pub fn rows(mut self, start: Bound, end: Bound) -> Self {
        self.0.frame = Some(Frame::new(FrameUnit::Rows, start, end));
        self
    }

    /// Looks only at the rows whose value of the order lies from `start` to `end` of the current one.
    pub fn range(mut self, start: Bound, end: Bound) -> Self {
        self.0.frame = Some(Frame::new(FrameUnit::Range, start, end));
        self
    }
}

/// A number that can be added up, and what sums and averages of it are read as.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be added up",
    label = "sums and averages are of integers, floats and decimals"
)]
pub trait Summable: ColumnType {
    /// What a sum is read as.
    type Sum: ColumnType;
    /// What an average is read as.
    type Average: ColumnType;
}

macro_rules! summable {
    ($($type:ty => $sum:ty, $average:ty;)+) => {$(
        impl Summable for $type {
            type Sum = $sum;
            type Average = $average;
        }
    )+};
}

summable! {
    i16 => i64, f64;
    i32 => i64, f64;
    i64 => i64, f64;
    u8 => i64, f64;
    u16 => i64, f64;
    u32 => i64, f64;
    f32 => f64, f64;
    f64 => f64, f64;
}

#[cfg(feature = "decimal")]
summable! { rust_decimal::Decimal => rust_decimal::Decimal, rust_decimal::Decimal; }
