//! Paths: what is read of the row that a relation leads to, as an expression.

use std::sync::Arc;

use super::filter::{columns, related};
use super::{BelongsTo, HasOne, Relation, RelationDef};
use crate::ast::{Item, Node, Projection};
use crate::expr::{Column, Expr, Expression};
use crate::model::Model;
use crate::types::Field;

/// Something that is read of a row of model `M`: one of its columns, or an expression, such as a path
/// that goes on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column of `{M}`",
    label = "expected a column of `{M}`, to which the relation leads, or an expression"
)]
pub trait ReadOf<M> {
    /// What it is read as.
    type Type: Field;

    /// Returns the expression.
    fn into_read(self) -> Expr<Self::Type>;
}

impl<M: Model, T: Field> ReadOf<M> for Column<M, T> {
    type Type = T;

    fn into_read(self) -> Expr<T> {
        self.into_expr()
    }
}

impl<M, T: Field> ReadOf<M> for Expr<T> {
    type Type = T;

    fn into_read(self) -> Self {
        self
    }
}

impl<P: Model, M: Model + Sync, K> Relation<P, BelongsTo<M>, K> {
    /// Returns a column of the row it leads to, to filter, to order or to select by.
    ///
    /// Written as a subquery, which changes nothing about which rows the query returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::BelongsTo;
    ///
    /// #[derive(Model)]
    /// struct User {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     country: String,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(foreign_key(User::id))]
    ///     author_id: i64,
    ///     #[orm(belongs_to(key = author_id))]
    ///     author: BelongsTo<User>,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// metadata![User, Post].create_all(&mut conn)?;
    /// let user = User::insert(User::builder().country("NZ")).one(&mut conn)?;
    /// Post::insert(Post::builder().author_id(user.id)).execute(&mut conn)?;
    ///
    /// let country = Post::author.column(User::country);
    /// let rows: Vec<(i64, String)> = Post::query()
    ///     .filter(country.clone().ne("FR"))
    ///     .order_by(country.clone())
    ///     .select((Post::id, country))
    ///     .all(&mut conn)?;
    /// assert_eq!(rows, [(1, "NZ".to_owned())]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn column<C: ReadOf<M>>(self, column: C) -> Expr<C::Type> {
        Expr::new(read(self.def(), column.into_read(), true))
    }
}

impl<P: Model, M: Model + Sync, K> Relation<P, BelongsTo<Option<M>>, K> {
    /// Returns a column of the row it leads to, to filter, to order or to select by; NULL if there is
    /// no such row.
    pub fn column<C: ReadOf<M>>(self, column: C) -> Expr<Option<<C::Type as Field>::Base>> {
        Expr::new(read(self.def(), column.into_read(), false))
    }
}

impl<P: Model, M: Model, K> Relation<P, HasOne<M>, K> {
    /// Returns a column of the row it leads to, to filter, to order or to select by; NULL if there is
    /// no such row.
    pub fn column<C: ReadOf<M>>(self, column: C) -> Expr<Option<<C::Type as Field>::Base>> {
        Expr::new(read(self.def(), column.into_read(), false))
    }
}

fn read<T: Field>(def: &'static RelationDef, column: Expr<T>, always: bool) -> Node {
    read_node(def, Item::of::<T>(column.into_node()), always)
}

fn read_node(def: &'static RelationDef, mut item: Item, always: bool) -> Node {
    let link = match def.link() {
        Ok(link) => link,
        Err(error) => return Node::Invalid(Arc::new(error)),
    };
    let mut query = related(def, link, Some(&mut item.node));
    if always {
        query.found_by = columns((def.source)(), &link.local);
    }
    query.projection = Projection::Items(vec![item]);
    Node::Query(Box::new(query))
}
