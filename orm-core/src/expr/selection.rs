//! What `select` is given: a column, an expression, or a tuple of them.

use super::{Column, Expr};
use crate::ast::Node;
use crate::model::Model;
use crate::types::Field;

/// Expressions that a query can select.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    label = "expected a column, such as `User::email`, an expression, or a tuple of up to 12"
)]
pub trait Selection {
    /// What a row is read as: a value, or a tuple of them.
    type Output;

    /// Appends the untyped expressions.
    fn append_to(self, nodes: &mut Vec<Node>);
}

impl<M: Model, T: Field> Selection for Column<M, T> {
    type Output = T;

    fn append_to(self, nodes: &mut Vec<Node>) {
        nodes.push(self.node());
    }
}

impl<T: Field> Selection for Expr<T> {
    type Output = T;

    fn append_to(self, nodes: &mut Vec<Node>) {
        nodes.push(self.into_node());
    }
}

macro_rules! select_tuple {
    ($($part:ident)+) => {
        impl<$($part: Selection),+> Selection for ($($part,)+) {
            type Output = ($($part::Output,)+);

            #[allow(non_snake_case, reason = "each variable is named as its type is")]
            fn append_to(self, nodes: &mut Vec<Node>) {
                let ($($part,)+) = self;
                $($part.append_to(nodes);)+
            }
        }
    };
}

select_tuple!(A);
select_tuple!(A B);
select_tuple!(A B C);
select_tuple!(A B C D);
select_tuple!(A B C D E);
select_tuple!(A B C D E F);
select_tuple!(A B C D E F G);
select_tuple!(A B C D E F G H);
select_tuple!(A B C D E F G H I);
select_tuple!(A B C D E F G H I J);
select_tuple!(A B C D E F G H I J K);
select_tuple!(A B C D E F G H I J K L);
