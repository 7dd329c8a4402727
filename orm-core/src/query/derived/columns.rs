//! The columns of a derived table: what they are called, and their types.

use std::sync::Arc;

use crate::ast::{Item, Node, Projection};
use crate::expr::Expr;
use crate::types::Field;

/// Gives every column a name, and returns the names with whether each may be NULL.
pub(in crate::query) fn name_columns(projection: &mut Projection) -> Vec<(Arc<str>, bool)> {
    match projection {
        Projection::Table(table) => {
            let columns = table.table.columns.iter();
            columns.map(|column| (column.name.as_str().into(), column.nullable)).collect()
        }
        Projection::Items(items) => {
            let mut named: Vec<(Arc<str>, bool)> = Vec::with_capacity(items.len());
            for position in 0..items.len() {
                let is_new = |name: &str| named.iter().all(|(known, _)| &**known != name);
                let name = match items[position].name() {
                    Some(name) if is_new(name) && !is_truth_value(name) => name.into(),
                    _ => {
                        let name = unused_name(items, position);
                        items[position].label = Some(Arc::clone(&name));
                        name
                    }
                };
                named.push((name, items[position].nullable));
            }
            named
        }
    }
}

/// SQLite gives a column of a subquery that is called so another name (`sqlite3ColumnsFromExprList`).
fn is_truth_value(name: &str) -> bool {
    name.eq_ignore_ascii_case("true") || name.eq_ignore_ascii_case("false")
}

/// Returns what a column is called that has no name of its own, or the same as one before it.
fn unused_name(items: &[Item], position: usize) -> Arc<str> {
    let mut number = position + 1;
    loop {
        let name = format!("column_{number}");
        if items.iter().all(|item| item.name() != Some(&name)) {
            return name.into();
        }
        number += 1;
    }
}

/// What the columns of a derived table are: implemented for values and tuples of them.
pub trait Derivable {
    /// The columns.
    type Columns;

    /// Returns the columns, taking their expressions in order.
    fn columns(nodes: &mut dyn Iterator<Item = Node>) -> Self::Columns;
}

impl<T: Field> Derivable for T {
    type Columns = Expr<T>;

    fn columns(nodes: &mut dyn Iterator<Item = Node>) -> Expr<T> {
        // One node a column: `Derived` is only made from a query whose output is `T`.
        Expr::new(nodes.next().unwrap_or(Node::Star))
    }
}

macro_rules! derivable_tuple {
    ($($part:ident)+) => {
        impl<$($part: Derivable),+> Derivable for ($($part,)+) {
            type Columns = ($($part::Columns,)+);

            fn columns(nodes: &mut dyn Iterator<Item = Node>) -> Self::Columns {
                ($($part::columns(nodes),)+)
            }
        }
    };
}

derivable_tuple!(A);
derivable_tuple!(A B);
derivable_tuple!(A B C);
derivable_tuple!(A B C D);
derivable_tuple!(A B C D E);
derivable_tuple!(A B C D E F);
derivable_tuple!(A B C D E F G);
derivable_tuple!(A B C D E F G H);
derivable_tuple!(A B C D E F G H I);
derivable_tuple!(A B C D E F G H I J);
derivable_tuple!(A B C D E F G H I J K);
derivable_tuple!(A B C D E F G H I J K L);
