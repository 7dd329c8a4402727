//! Windows: the rows that a window function looks at.

use std::sync::Arc;

use super::{Aggregate, Expr, Expression, IntoOrder, Selection};
use crate::ast::{self, Bound, Frame, FrameUnit, Function, Item, Node, Over};
use crate::types::Field;

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

    /// Gives the window a name, for several functions that share it: the query says once what it is.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Sale { #[orm(primary_key)] id: i64, shop: String, amount: i64 }
    /// use orm::func::{rank, sum, window};
    ///
    /// let best = window().partition_by(Sale::shop).order_by(Sale::amount.desc()).named("best");
    /// let sales = Sale::query().select((Sale::id, rank().over(&best), sum(Sale::amount).over(&best)));
    /// assert_eq!(
    ///     sales.to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "id", rank() OVER "best", sum("amount") OVER "best" FROM "sale" WINDOW "best" AS (PARTITION BY "shop" ORDER BY "amount" DESC)"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn named(self, name: &'static str) -> NamedWindow {
        NamedWindow { name, window: Arc::new(self.0) }
    }
}

/// A window that several functions share; made by [`Window::named`].
#[derive(Debug, Clone)]
#[must_use]
pub struct NamedWindow {
    name: &'static str,
    window: Arc<ast::Window>,
}

/// A window function that has no window yet: [`over`](Self::over) gives it one.
///
/// It is no expression before that, so that a query without the window does not compile.
#[derive(Debug, Clone)]
#[must_use]
pub struct NeedsWindow<T>(Aggregate<T>);

impl<T: Field> NeedsWindow<T> {
    pub(crate) fn new(function: Function, arguments: Vec<Node>) -> Self {
        Self(Aggregate::new(function, arguments))
    }

    /// Runs over a window, which leaves the rows as they are.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Sale { #[orm(primary_key)] id: i64, shop: String, amount: i64 }
    /// use orm::func::{rank, window};
    ///
    /// let best_first = rank().over(window().partition_by(Sale::shop).order_by(Sale::amount.desc()));
    /// let sales = Sale::query().select((Sale::id, best_first));
    /// assert_eq!(
    ///     sales.to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "id", rank() OVER (PARTITION BY "shop" ORDER BY "amount" DESC) FROM "sale""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn over(self, window: impl IntoWindow) -> Expr<T> {
        self.0.over(window)
    }
}

/// What has a window: no [`NeedsWindow`] does, which is said where one is used as it is.
#[diagnostic::on_unimplemented(
    message = "a window function is used without a window",
    label = "add `.over(window()…)` to it"
)]
pub trait HasWindow {}

impl<T: Field> Expression for NeedsWindow<T>
where
    Self: HasWindow,
{
    type Type = T;

    fn into_expr(self) -> Expr<T> {
        self.0.into_expr()
    }
}

impl<T: Field> Selection for NeedsWindow<T>
where
    Self: HasWindow,
{
    type Output = T;

    fn append_to(self, items: &mut Vec<Item>) {
        Selection::append_to(self.0, items);
    }
}

/// What an aggregate or a window function can run [`over`](super::Aggregate::over): a window, or one
/// with a name, which can be given by reference.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no window",
    label = "expected `window()…`, or a named one"
)]
pub trait IntoWindow {
    /// Returns the untyped window.
    fn into_over(self) -> Over;
}

impl IntoWindow for Window {
    fn into_over(self) -> Over {
        Over::Inline(self.0)
    }
}

impl IntoWindow for &NamedWindow {
    fn into_over(self) -> Over {
        self.clone().into_over()
    }
}

impl IntoWindow for NamedWindow {
    fn into_over(self) -> Over {
        Over::Named(self.name, self.window)
    }
}
