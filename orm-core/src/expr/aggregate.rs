//! Functions over many rows: aggregates.

use std::marker::PhantomData;

use super::{Expr, Expression, IntoOrder, IntoWindow, Operand, Selection};
use crate::ast::{Call, Function, Item, Node};
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

    /// Looks at the rows in this order, where the order matters.
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        order.append_to(&mut self.call.order_by);
        self
    }

    /// Looks only at the rows for which `condition` holds.
    pub fn filter(mut self, condition: impl Operand<bool>) -> Self {
        condition.into_operand().add_to(&mut self.call.filter);
        self
    }

    /// Runs over a window, which leaves the rows as they are.
    pub fn over(mut self, window: impl IntoWindow) -> Expr<T> {
        self.call.over = Some(window.into_over());
        self.into_expr()
    }

    pub(super) fn node(&self) -> Node {
        Node::Call(Box::new(self.call.clone()))
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
        items.push(Item::of::<T>(self.into_expr().into_node()));
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
