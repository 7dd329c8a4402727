//! Common table expressions: the rows of a query, or of a write, under a name that a statement can use
//! several times.

use std::sync::Arc;

use super::derived::name_columns;
use super::returning::Write;
use super::{Derived, Output, Returning, Select};
use crate::ast::{Cte, CteBody, CteRef, Projection, SetOperator, Source};

impl<O: Output> Select<O> {
    /// Gives the rows of this query a name, under which other queries can use them as often as they
    /// like: the statement says once, before everything else, what they are.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::func::{avg, sum};
    ///
    /// #[derive(Model)]
    /// struct Sale {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     shop: String,
    ///     amount: i64,
    /// }
    ///
    /// let totals = Sale::query()
    ///     .select((Sale::shop, sum(Sale::amount).label("total")))
    ///     .group_by(Sale::shop)
    ///     .cte("totals");
    /// let (shop, total) = totals.columns();
    /// let average = totals.query().select(avg(total.clone())).into_scalar();
    /// let good = totals.query().filter(total.cast::<f64>().gt(average)).select(shop);
    /// assert_eq!(
    ///     good.to_sql(&orm::Sqlite)?,
    ///     r#"WITH "totals" AS (SELECT "shop", sum("amount") AS "total" FROM "sale" GROUP BY "shop") SELECT "shop" FROM "totals" WHERE CAST("total" AS REAL) > (SELECT avg("totals"."total") FROM "totals")"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn cte(self, name: &'static str) -> Derived<O> {
        let mut query = self.into_inner_statement();
        let columns = name_columns(&mut query.projection);
        Derived::new(defined(name, CteBody::Query(query)), columns)
    }

    /// Finds more rows from those of this query, and from these again, until there are no more: the
    /// whole of a tree, or of a graph without cycles.
    ///
    /// `step` is given the rows found last and returns the query of those to add. All rows are kept,
    /// so in a graph with cycles there is no end to them:
    /// [`recursive_distinct`](Self::recursive_distinct) is for those.
    ///
    /// PostgreSQL wants the same types in both: [`cast`](crate::expr::Expression::cast) a column of
    /// limited length to a `String` if a longer text is made of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::func::value;
    ///
    /// #[derive(Model)]
    /// struct Category {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    ///     #[orm(foreign_key(Category::id))]
    ///     parent_id: Option<i64>,
    /// }
    ///
    /// let tree = Category::query()
    ///     .filter(Category::parent_id.is_null())
    ///     .select((Category::id, Category::name, value(0).label("depth")))
    ///     .recursive("tree", |tree| {
    ///         let (id, _, depth) = tree.columns();
    ///         Category::query()
    ///             .join(tree.on(id.eq(Category::parent_id)))
    ///             .select((Category::id, Category::name, depth + 1))
    ///     });
    /// let (id, name, depth) = tree.columns();
    /// let indented = tree.query().select((name, depth.clone())).order_by((depth, id));
    ///
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Category].create_all(&mut conn)?;
    /// Category::insert(Category::builder().name("books")).execute(&mut conn)?;
    /// Category::insert(Category::builder().name("novels").parent_id(1)).execute(&mut conn)?;
    /// let rows = indented.all(&mut conn)?;
    /// assert_eq!(rows, [("books".to_owned(), 0), ("novels".to_owned(), 1)]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn recursive(
        self,
        name: &'static str,
        step: impl FnOnce(Derived<O>) -> Self,
    ) -> Derived<O> {
        self.repeated(name, SetOperator::UnionAll, step)
    }

    /// As [`recursive`](Self::recursive), but a row that was found before is not added again, so that
    /// it ends in a graph with cycles too.
    pub fn recursive_distinct(
        self,
        name: &'static str,
        step: impl FnOnce(Derived<O>) -> Self,
    ) -> Derived<O> {
        self.repeated(name, SetOperator::Union, step)
    }

    fn repeated(
        mut self,
        name: &'static str,
        operator: SetOperator,
        step: impl FnOnce(Derived<O>) -> Self,
    ) -> Derived<O> {
        let columns = name_columns(self.projection_mut());
        let itself = Source::Cte(CteRef { definition: None, name, alias: None });
        let step = step(Derived::new(itself, columns.clone()));
        let query = self.combined(operator, step).into_inner_statement();
        Derived::new(defined(name, CteBody::Recursive(query)), columns)
    }
}

impl<O: Output> Returning<O> {
    /// Gives the rows that are written a name, under which a query can use them: the write and the
    /// query are one statement.
    ///
    /// The query sees the tables as they were before the write, and writes again whenever it is run.
    /// SQLite has no such statements.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::func::{count_all, max};
    ///
    /// #[derive(Model)]
    /// struct Job {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     done: bool,
    /// }
    ///
    /// let removed = Job::delete().filter(Job::done).returning(Job::id).cte("removed");
    /// let summary = removed.query().select((count_all(), max(removed.columns())));
    /// assert_eq!(
    ///     summary.to_sql(&orm::Postgres)?,
    ///     r#"WITH "removed" AS (DELETE FROM "job" WHERE "done" RETURNING "id") SELECT count(*), max("id") FROM "removed""#
    /// );
    /// assert!(matches!(summary.to_sql(&orm::Sqlite), Err(orm::Error::Unsupported { .. })));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn cte(self, name: &'static str) -> Derived<O> {
        let named = |projection: &mut Option<Projection>| {
            projection.as_mut().map(name_columns).unwrap_or_default()
        };
        let (body, columns) = match self.into_write() {
            Ok(Write::Update(mut update, _)) => {
                let columns = named(&mut update.returning);
                (CteBody::Update(update), columns)
            }
            Ok(Write::Delete(mut delete, _)) => {
                let columns = named(&mut delete.returning);
                (CteBody::Delete(delete), columns)
            }
            Ok(Write::InsertQuery(mut insert)) => {
                let columns = named(&mut insert.returning);
                (CteBody::Insert(insert), columns)
            }
            Err(error) => (CteBody::Invalid(Arc::new(error)), Vec::new()),
        };
        Derived::new(defined(name, body), columns)
    }
}

impl<O> Derived<O> {
    /// Says that the rows of a common table expression are made once and kept, also where the backend
    /// would rather read the tables again for everyone who uses them.
    #[must_use]
    pub fn materialized(self) -> Self {
        self.with_hint(true)
    }

    /// Says that a common table expression is to be part of each query that uses it, so that the
    /// conditions of these can help to find its rows.
    #[must_use]
    pub fn not_materialized(self) -> Self {
        self.with_hint(false)
    }

    /// Other sources have no such hint: they are part of the query that uses them anyway.
    fn with_hint(mut self, materialized: bool) -> Self {
        if let Source::Cte(CteRef { definition: Some(definition), .. }) = self.source_mut() {
            Arc::make_mut(definition).materialized = Some(materialized);
        }
        self
    }
}

fn defined(name: &'static str, body: CteBody) -> Source {
    Source::Cte(CteRef { definition: Some(Arc::new(Cte::new(name, body))), name, alias: None })
}
