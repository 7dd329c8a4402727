//! The rows of one query as a source of another.

mod columns;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

pub use self::columns::Derivable;
pub(super) use self::columns::name_columns;
use super::{Output, Select};
use crate::ast::{Item, Node, Projection, SelectStatement, Source};
use crate::expr::{Column, Expr, JoinOn, Operand, Selection};
use crate::model::Model;
use crate::types::Field;

/// The rows of a query, named, with typed columns.
///
/// Made by [`Select::subquery`], [`Select::lateral`], [`Select::cte`], [`Select::recursive`] and
/// [`Returning::cte`](super::Returning::cte).
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
        self.derived(alias, false)
    }

    /// As [`subquery`](Self::subquery), but the query can name the columns of the sources that it is
    /// joined to: it is asked for each of their rows.
    ///
    /// Joined by [`join`](Self::join) or [`left_join`](Self::left_join), mostly on no condition but
    /// `true`. SQLite has no lateral joins.
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
    /// let newest = Post::query()
    ///     .filter(Post::author_id.eq(User::id))
    ///     .order_by(Post::id.desc())
    ///     .limit(3)
    ///     .lateral("newest");
    /// let query = User::query().join(newest.on(true)).select((User::name, newest.row()));
    /// assert_eq!(
    ///     query.to_sql(&orm::Postgres)?,
    ///     r#"SELECT "user"."name", "newest"."id", "newest"."author_id" FROM "user" JOIN LATERAL (SELECT "post"."id", "post"."author_id" FROM "post" WHERE "post"."author_id" = "user"."id" ORDER BY "post"."id" DESC LIMIT $1) AS "newest" ON TRUE"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn lateral(self, alias: &'static str) -> Derived<O> {
        self.derived(alias, true)
    }

    fn derived(self, alias: &'static str, is_lateral: bool) -> Derived<O> {
        let mut query = self.into_inner_statement();
        let columns = name_columns(&mut query.projection);
        Derived::new(Source::Derived { query: Arc::new(query), alias, is_lateral }, columns)
    }

    /// Returns the value of the query's one column in its only row, NULL if it has none, as an
    /// expression of another query.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Sale { #[orm(primary_key)] id: i64, amount: i32 }
    /// use orm::func::avg;
    ///
    /// let average = Sale::query().select(avg(Sale::amount)).into_scalar();
    /// let large = Sale::query().filter(Sale::amount.cast::<f64>().gt(average)).select(Sale::id);
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Sale].create_all(&mut conn)?;
    /// # Sale::insert_many([1, 2, 6].map(|amount| Sale::builder().amount(amount))).execute(&mut conn)?;
    /// // Of 1, 2 and 6, whose average is 3.
    /// assert_eq!(large.all(&mut conn)?, [3]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn into_scalar(self) -> Expr<Option<O::Base>>
    where
        O: Field,
    {
        Expr::new(Node::Query(Box::new(self.into_inner_statement())))
    }
}

impl<O: Derivable> Derived<O> {
    /// Returns the columns: an expression, or a tuple of them, as the query selects them.
    pub fn columns(&self) -> O::Columns {
        O::columns(&mut self.columns.iter().cloned())
    }
}

impl<M: Model + Output> Derived<M> {
    /// Returns a column of the model, as it is called here.
    pub fn column<T: Field>(&self, column: Column<M, T>) -> Expr<T> {
        Expr::new(self.node(column.position()))
    }
}

impl<O> Derived<O> {
    /// Returns the rows of `source`, whose columns have these names and may be NULL or not.
    pub(super) fn new(source: Source, columns: Vec<(Arc<str>, bool)>) -> Self {
        let name = source.name();
        let column =
            |(column, nullable)| Node::DerivedColumn { source: name, name: column, nullable };
        let columns = columns.into_iter().map(column).collect();
        Self { source, columns, output: PhantomData }
    }

    pub(super) fn source_mut(&mut self) -> &mut Source {
        &mut self.source
    }

    fn node(&self, position: usize) -> Node {
        // Only a write that could not be built has no columns, and it is refused when it is written.
        self.columns.get(position).cloned().unwrap_or(Node::Star)
    }

    /// Returns the same rows under another name, to use them twice in one query.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Reading { #[orm(primary_key)] day: i64, value: i64 }
    /// let today = Reading::query().filter(Reading::day.gt(100)).cte("today");
    /// let before = today.alias("before");
    /// let changes = today
    ///     .query()
    ///     .join(before.on((before.column(Reading::day) + 1).eq(today.column(Reading::day))))
    ///     .select(today.column(Reading::value) - before.column(Reading::value));
    /// assert_eq!(
    ///     changes.to_sql(&orm::Sqlite)?,
    ///     r#"WITH "today" AS (SELECT "day", "value" FROM "reading" WHERE "day" > ?1) SELECT "today"."value" - "before"."value" FROM "today" JOIN "today" AS "before" ON "before"."day" + ?2 = "today"."day""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn alias(&self, name: &'static str) -> Self {
        let mut other = self.clone();
        other.source = other.source.renamed(name);
        for column in &mut other.columns {
            if let Node::DerivedColumn { source, .. } = column {
                *source = name;
            }
        }
        other
    }

    /// Returns what to join: these rows, on a condition.
    pub fn on(&self, condition: impl Operand<bool>) -> JoinOn {
        JoinOn::new(self.source.clone(), condition.into_operand())
    }

    /// Returns the whole rows, to select them beside others.
    pub fn row(&self) -> DerivedRow<O> {
        let items = self.columns.iter().cloned().map(|node| {
            let nullable = matches!(node, Node::DerivedColumn { nullable: true, .. });
            Item::new(node, nullable)
        });
        DerivedRow { items: items.collect(), output: PhantomData }
    }

    /// Begins a query of these rows.
    pub fn query(&self) -> Select<O>
    where
        O: Output,
    {
        let mut statement = SelectStatement::of(self.source.clone());
        statement.projection = Projection::Items(self.row().items);
        Select::from_statement(statement)
    }
}

/// The whole rows of a [`Derived`] table, read as what its query returns; made by [`Derived::row`].
pub struct DerivedRow<O> {
    items: Vec<Item>,
    output: PhantomData<fn() -> O>,
}

impl<O> DerivedRow<O> {
    /// Returns the rows as `Option<O>`, which those of an outer-joined table have to be read as.
    pub fn nullable(mut self) -> DerivedRow<Option<O>> {
        self.items.iter_mut().for_each(|item| item.nullable = true);
        DerivedRow { items: self.items, output: PhantomData }
    }
}

impl<O: Output> Selection for DerivedRow<O> {
    type Output = O;

    fn append_to(self, items: &mut Vec<Item>) {
        items.extend(self.items);
    }
}

impl<O> fmt::Debug for DerivedRow<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DerivedRow").field(&self.items.len()).finish()
    }
}

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
