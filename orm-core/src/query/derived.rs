//! The rows of one query as a source of another.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Output, Select};
use crate::ast::{Item, Node, Projection, SelectStatement, Source};
use crate::expr::{Expr, JoinOn, Operand};
use crate::types::Field;

/// The rows of a query, named, with typed columns; made by [`Select::subquery`].
pub struct Derived<O> {
    source: Source,
    columns: Vec<Node>,
    output: PhantomData<fn() -> O>,
}

impl<O: Output> Select<O> {
    /// Makes the rows of this query a source that other queries can join.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::func::count_all;
    ///
    /// #[derive(Model)]
    /// struct User {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(foreign_key(User::id))]
    ///     author_id: i64,
    /// }
    ///
    /// let counts = Post::query()
    ///     .select((Post::author_id, count_all().label("posts")))
    ///     .group_by(Post::author_id)
    ///     .subquery("counts");
    /// let (author_id, posts) = counts.columns();
    /// let query = User::query()
    ///     .left_join(counts.on(author_id.eq(User::id)))
    ///     .select((User::name, posts.coalesce(0)));
    /// assert_eq!(
    ///     query.to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "user"."name", coalesce("counts"."posts", ?1) FROM "user" LEFT JOIN (SELECT "author_id", count(*) AS "posts" FROM "post" GROUP BY "author_id") AS "counts" ON "counts"."author_id" = "user"."id""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn subquery(self, alias: &'static str) -> Derived<O> {
        let mut query = self.into_statement();
        let columns = name_columns(&mut query);
        let nodes = columns.iter().map(|(name, nullable)| Node::DerivedColumn {
            source: alias,
            name: Arc::clone(name),
            nullable: *nullable,
        });
        let nodes = nodes.collect();
        let columns = columns.into_iter().map(|(name, _)| name).collect();
        let source = Source::Derived { query: Arc::new(query), alias, columns };
        Derived { source, columns: nodes, output: PhantomData }
    }

    /// Returns the value of the query's one column in its only row, NULL if it has none, as an
    /// expression of another query.
    pub fn into_scalar(self) -> Expr<Option<O::Base>>
    where
        O: Field,
    {
        Expr::new(Node::Query(Box::new(self.into_statement())))
    }
}

impl<O: Derivable> Derived<O> {
    /// Returns the columns: an expression, or a tuple of them, as the query selects them.
    pub fn columns(&self) -> O::Columns {
        O::columns(&mut self.columns.iter().cloned())
    }
}

impl<O> Derived<O> {
    /// Returns what to join: these rows, on a condition.
    pub fn on(&self, condition: impl Operand<bool>) -> JoinOn {
        JoinOn::new(self.source.clone(), condition.into_operand())
    }

    /// Begins a query of these rows.
    pub fn query(&self) -> Select<O>
    where
        O: Output,
    {
        let mut statement = SelectStatement::of(self.source.clone());
        let items = self.columns.iter().cloned().map(|node| {
            let nullable = matches!(node, Node::DerivedColumn { nullable: true, .. });
            Item::new(node, nullable)
        });
        statement.projection = Projection::Items(items.collect());
        Select::of(statement)
    }
}

/// Gives every column a name, and returns the names with whether each may be NULL.
fn name_columns(query: &mut SelectStatement) -> Vec<(Arc<str>, bool)> {
    match &mut query.projection {
        Projection::Table(table) => {
            let columns = table.table.columns.iter();
            columns.map(|column| (column.name.as_str().into(), column.nullable)).collect()
        }
        Projection::Items(items) => {
            let mut named: Vec<(Arc<str>, bool)> = Vec::with_capacity(items.len());
            for position in 0..items.len() {
                let is_new = |name: &str| named.iter().all(|(known, _)| &**known != name);
                let name = match items[position].name() {
                    Some(name) if is_new(name) => name.into(),
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

impl<O> Clone for Derived<O> {
    fn clone(&self) -> Self {
        Self { source: self.source.clone(), columns: self.columns.clone(), output: PhantomData }
    }
}

impl<O> fmt::Debug for Derived<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Derived").field(&self.source.name()).finish()
    }
}
