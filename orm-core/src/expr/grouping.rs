//! What `group_by` is given: columns and expressions, or several ways of grouping at once.

use super::{Expr, Selection};
use crate::ast::{self, Call, Function, GroupingKind, Item, Node, SelectStatement};

/// What a query can be grouped by: what can be selected, or [`rollup`], [`cube`] and
/// [`grouping_sets`].
pub trait GroupBy {
    /// Appends the untyped expressions.
    fn append_to(self, statement: &mut SelectStatement);
}

impl<S: Selection> GroupBy for S {
    fn append_to(self, statement: &mut SelectStatement) {
        statement.group_by.extend(nodes(self));
    }
}

impl GroupBy for GroupingSets {
    fn append_to(self, statement: &mut SelectStatement) {
        statement.grouping_sets.push(self.0);
    }
}

/// Several ways of grouping, whose groups are all returned; made by [`rollup`], [`cube`] and
/// [`grouping_sets`].
#[derive(Debug, Clone)]
#[must_use]
pub struct GroupingSets(ast::GroupingSets);

/// Groups by all of these, by all but the last, and so on to one group of all rows: subtotals.
///
/// What a group is not grouped by is NULL, so it has to be selected
/// [`nullable`](super::Expression::nullable). SQLite has no grouping sets.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct Sale { #[orm(primary_key)] id: i64, region: String, shop: String, amount: i64 }
/// use orm::func::{grouping, rollup, sum};
///
/// let totals = Sale::query()
///     .select((Sale::region.nullable(), Sale::shop.nullable(), sum(Sale::amount)))
///     .group_by(rollup((Sale::region, Sale::shop)))
///     .order_by((grouping((Sale::region, Sale::shop)), Sale::region, Sale::shop));
/// assert_eq!(
///     totals.to_sql(&orm::Postgres)?,
///     r#"SELECT "region", "shop", CAST(sum("amount") AS bigint) FROM "sale" GROUP BY ROLLUP ("region", "shop") ORDER BY grouping("region", "shop"), "region", "shop""#
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn rollup(by: impl Selection) -> GroupingSets {
    one_by_one(GroupingKind::Rollup, by)
}

/// Groups by every choice from these, as [`rollup`] does by those from the left.
pub fn cube(by: impl Selection) -> GroupingSets {
    one_by_one(GroupingKind::Cube, by)
}

/// Groups by each of these, where `()` is one group of all rows; see [`rollup`] for what is NULL.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct Sale { #[orm(primary_key)] id: i64, region: String, shop: String, amount: i64 }
/// use orm::func::{count_all, grouping_sets};
///
/// let counts = Sale::query()
///     .select((Sale::region.nullable(), Sale::shop.nullable(), count_all()))
///     .group_by(grouping_sets(((Sale::region, Sale::shop), Sale::region, ())));
/// assert!(counts.to_sql(&orm::Postgres)?.ends_with(
///     r#"GROUP BY GROUPING SETS (("region", "shop"), "region", ())"#
/// ));
/// # Ok::<(), orm::Error>(())
/// ```
pub fn grouping_sets(sets: impl GroupingSetList) -> GroupingSets {
    let mut nodes = Vec::new();
    sets.append_to(&mut nodes);
    GroupingSets(ast::GroupingSets { kind: GroupingKind::Sets, sets: nodes })
}

/// Tells by which of these a group of [`rollup`], [`cube`] or [`grouping_sets`] is put together: a bit
/// for each, the last one lowest, set where it is not.
pub fn grouping(keys: impl Selection) -> Expr<i32> {
    Expr::new(Node::Call(Box::new(Call::new(Function::Grouping, nodes(keys)))))
}

/// One of the ways of [`grouping_sets`]: what can be selected, or `()`.
pub trait GroupingSet {
    /// Returns the untyped expressions.
    fn into_nodes(self) -> Vec<Node>;
}

impl<S: Selection> GroupingSet for S {
    fn into_nodes(self) -> Vec<Node> {
        nodes(self)
    }
}

impl GroupingSet for () {
    fn into_nodes(self) -> Vec<Node> {
        Vec::new()
    }
}

/// The ways of [`grouping_sets`]: a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of ways to group",
    label = "expected a tuple such as `((Sale::region, Sale::shop), Sale::region, ())`"
)]
pub trait GroupingSetList {
    /// Appends the untyped expressions of each.
    fn append_to(self, sets: &mut Vec<Vec<Node>>);
}

macro_rules! grouping_set_tuple {
    ($($set:ident)+) => {
        impl<$($set: GroupingSet),+> GroupingSetList for ($($set,)+) {
            #[allow(non_snake_case, reason = "each variable is named as its type is")]
            fn append_to(self, sets: &mut Vec<Vec<Node>>) {
                let ($($set,)+) = self;
                $(sets.push($set.into_nodes());)+
            }
        }
    };
}

grouping_set_tuple!(A);
grouping_set_tuple!(A B);
grouping_set_tuple!(A B C);
grouping_set_tuple!(A B C D);
grouping_set_tuple!(A B C D E);
grouping_set_tuple!(A B C D E F);
grouping_set_tuple!(A B C D E F G);
grouping_set_tuple!(A B C D E F G H);

fn one_by_one(kind: GroupingKind, by: impl Selection) -> GroupingSets {
    GroupingSets(ast::GroupingSets {
        kind,
        sets: nodes(by).into_iter().map(|node| vec![node]).collect(),
    })
}

fn nodes(selection: impl Selection) -> Vec<Node> {
    let mut items: Vec<Item> = Vec::new();
    selection.append_to(&mut items);
    items.into_iter().map(|item| item.node).collect()
}
