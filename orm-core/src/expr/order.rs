//! Terms of ORDER BY.

use super::Expression;
use crate::ast::{Direction, Node, Nulls, OrderTerm};

/// One term of an order: what, which way, and where NULL goes.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Model)]
/// struct Task {
///     #[orm(primary_key)]
///     id: i64,
///     due: Option<i64>,
/// }
///
/// let query = Task::query().order_by((Task::due.asc().nulls_last(), Task::id));
/// assert!(query.to_sql(&orm::Sqlite)?.ends_with(r#"ORDER BY "due" NULLS LAST, "id""#));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Order(OrderTerm);

impl Order {
    pub(super) fn new(node: Node, direction: Direction) -> Self {
        Self(OrderTerm { node, direction, nulls: None })
    }

    /// Puts NULL before all values.
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.0.nulls = Some(Nulls::First);
        self
    }

    /// Puts NULL after all values.
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.0.nulls = Some(Nulls::Last);
        self
    }
}

/// What a query can be ordered by: a column, an expression, an [`Order`], or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "a query cannot be ordered by `{Self}`",
    label = "expected a column, such as `User::email`, `User::email.desc()`, or a tuple of them"
)]
pub trait IntoOrder {
    /// Appends the terms.
    fn append_to(self, terms: &mut Vec<OrderTerm>);
}

impl IntoOrder for Order {
    fn append_to(self, terms: &mut Vec<OrderTerm>) {
        terms.push(self.0);
    }
}

impl<E: Expression> IntoOrder for E {
    fn append_to(self, terms: &mut Vec<OrderTerm>) {
        terms.push(self.asc().0);
    }
}

macro_rules! order_by_tuple {
    ($($term:ident)+) => {
        impl<$($term: IntoOrder),+> IntoOrder for ($($term,)+) {
            #[allow(non_snake_case, reason = "each variable is named as its type is")]
            fn append_to(self, terms: &mut Vec<OrderTerm>) {
                let ($($term,)+) = self;
                $($term.append_to(terms);)+
            }
        }
    };
}

order_by_tuple!(A);
order_by_tuple!(A B);
order_by_tuple!(A B C);
order_by_tuple!(A B C D);
order_by_tuple!(A B C D E);
order_by_tuple!(A B C D E F);
