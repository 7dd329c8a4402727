//! What `select` is given: columns, expressions, whole rows, or a tuple of them.

use std::fmt;
use std::marker::PhantomData;

use super::{Column, Expr};
use crate::ast::{Item, TableRef};
use crate::model::Model;
use crate::types::Field;

/// Expressions that a query can select.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    label = "expected a column, such as `User::email`, an expression, or a tuple of up to 12"
)]
pub trait Selection {
    /// What a row is read as: a value, a model, or a tuple of them.
    type Output;

    /// Appends the untyped expressions.
    fn append_to(self, items: &mut Vec<Item>);
}

impl<M: Model, T: Field> Selection for Column<M, T> {
    type Output = T;

    fn append_to(self, items: &mut Vec<Item>) {
        items.push(Item::of::<T>(self.node()));
    }
}

impl<T: Field> Selection for Expr<T> {
    type Output = T;

    fn append_to(self, items: &mut Vec<Item>) {
        items.push(Item::of::<T>(self.into_node()));
    }
}

/// An expression with a name for its column of the result.
#[derive(Debug, Clone)]
pub struct Labelled<T> {
    expression: Expr<T>,
    label: &'static str,
}

impl<T: Field> Labelled<T> {
    pub(super) fn new(expression: Expr<T>, label: &'static str) -> Self {
        Self { expression, label }
    }
}

impl<T: Field> Selection for Labelled<T> {
    type Output = T;

    fn append_to(self, items: &mut Vec<Item>) {
        let mut item = Item::of::<T>(self.expression.into_node());
        item.label = Some(self.label.into());
        items.push(item);
    }
}

/// The whole rows of a table, read as model `M`; made by
/// [`Query::entity`](crate::query::Query::entity).
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
/// }
///
/// #[derive(Model)]
/// struct Post {
///     #[orm(primary_key)]
///     id: i64,
///     #[orm(foreign_key(User::id))]
///     author_id: i64,
/// }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![User, Post].create_all(&mut conn)?;
/// let rows: Vec<(User, Option<Post>)> = User::query()
///     .left_join(Post::author_id)
///     .select((User::entity(), Post::entity().nullable()))
///     .all(&mut conn)?;
/// # Ok(())
/// # }
/// ```
pub struct AllColumns<M> {
    table: TableRef,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> AllColumns<M> {
    pub(crate) fn new(table: TableRef) -> Self {
        Self { table, model: PhantomData }
    }

    /// Returns the rows as `Option<M>`, which those of an outer-joined table have to be read as.
    pub fn nullable(self) -> NullableColumns<M> {
        NullableColumns(self)
    }

    fn append(&self, items: &mut Vec<Item>, nullable: bool) {
        items.extend(self.table.columns().map(|column| {
            let mut item = Item::of_whole_row(column);
            item.nullable |= nullable;
            item
        }));
    }
}

impl<M: Model> Selection for AllColumns<M> {
    type Output = M;

    fn append_to(self, items: &mut Vec<Item>) {
        self.append(items, false);
    }
}

impl<M> From<AllColumns<M>> for TableRef {
    fn from(entity: AllColumns<M>) -> Self {
        entity.table
    }
}

/// The whole rows of a table that may be missing, read as `Option<M>`.
pub struct NullableColumns<M>(AllColumns<M>);

impl<M: Model> Selection for NullableColumns<M> {
    type Output = Option<M>;

    fn append_to(self, items: &mut Vec<Item>) {
        self.0.append(items, true);
    }
}

impl<M: Model> fmt::Debug for AllColumns<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AllColumns").field(&self.table.name()).finish()
    }
}

impl<M: Model> fmt::Debug for NullableColumns<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NullableColumns").field(&self.0.table.name()).finish()
    }
}

macro_rules! select_tuple {
    ($($part:ident)+) => {
        impl<$($part: Selection),+> Selection for ($($part,)+) {
            type Output = ($($part::Output,)+);

            #[allow(non_snake_case, reason = "each variable is named as its type is")]
            fn append_to(self, items: &mut Vec<Item>) {
                let ($($part,)+) = self;
                $($part.append_to(items);)+
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
