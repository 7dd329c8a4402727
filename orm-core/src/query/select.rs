//! Queries: what is asked for. The methods that run them are in `fetch`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{DefaultsOf, Loader, Loaders, Output, add_filter};
use crate::ast::{
    Criteria, JoinKind, Lock, LockStrength, LockWait, Node, Projection, SelectStatement,
    SetOperator, TableRef,
};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::expr::{GroupBy, IntoJoin, IntoOrder, IntoQuery, Operand, Selection};
use crate::schema::Table;
use crate::sql;

/// A query whose rows are read as an `O`: a model, a value, or a tuple.
///
/// Begun by [`Query::query`](super::Query::query). Nothing is sent before one of the methods that
/// take an executor; each sends one statement.
pub struct Select<O> {
    // In a box, since each method of a chain moves the query.
    statement: Box<SelectStatement>,
    /// What is loaded beside the rows.
    loaders: Loaders<O>,
    output: PhantomData<fn() -> O>,
}

impl<O: Output> Select<O> {
    pub(crate) fn new(table: TableRef) -> Self {
        Self::of_rows(table.table, SelectStatement::all_of(table))
    }

    /// Returns the query that `statement` is, for rows of `table` with what they load by default.
    pub(crate) fn of_rows(table: &'static Table, statement: SelectStatement) -> Self {
        let mut query = Self::from_statement(statement);
        O::default_loaders(&mut query.loaders, &DefaultsOf::new(table));
        query
    }

    pub(crate) fn from_statement(statement: SelectStatement) -> Self {
        let statement = Box::new(statement);
        Self { statement, loaders: Loaders::default(), output: PhantomData }
    }

    pub(super) fn loaders(&self) -> &[Arc<dyn Loader<O>>] {
        self.loaders.as_slice()
    }

    /// Adds what `add` asks for to what is loaded.
    pub(crate) fn add_loaders(&mut self, add: impl FnOnce(&mut Loaders<O>)) {
        add(&mut self.loaders);
        self.statement.defer(self.loaders.take_deferral());
    }

    /// Returns the statement as it is run.
    pub(crate) fn statement(&self) -> Cow<'_, SelectStatement> {
        let mut statement = Cow::Borrowed(&*self.statement);
        if !self.statement.criteria.conditions.is_empty() {
            statement.to_mut().meet_criteria();
        }
        statement
    }

    /// Returns the statement as it is built so far.
    pub(super) fn built(&self) -> &SelectStatement {
        &self.statement
    }

    pub(super) fn criteria_mut(&mut self) -> &mut Criteria {
        &mut self.statement.criteria
    }

    pub(super) fn projection_mut(&mut self) -> &mut Projection {
        &mut self.statement.projection
    }

    /// Returns the statement, for a query around it: what belongs to whole rows of a model has no
    /// place there.
    pub(crate) fn into_inner_statement(self) -> SelectStatement {
        let mut statement = self.into_statement();
        statement.meet_criteria();
        statement.criteria.conditions.clear();
        statement
    }

    /// Returns the statement as it is built, for the same query of other rows.
    pub(crate) fn into_statement(mut self) -> SelectStatement {
        if let Some(loader) = self.loaders.asked() {
            let message = format!(
                "{loader:?} loads what belongs to whole rows of a model, which this query no longer \
                 returns: leave the option out"
            );
            self = self.refused(Error::invalid_query(message));
        }
        *self.statement
    }

    /// Keeps the rows for which `condition` holds, besides the conditions given before.
    #[must_use]
    pub fn filter(mut self, condition: impl Operand<bool>) -> Self {
        add_filter(&mut self.statement.filter, condition);
        self.before_combining("filter")
    }

    /// As [`filter`](Self::filter) if there is a value, for conditions that are optional.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, age: i32 }
    /// let min_age: Option<i32> = None;
    /// let query = User::query().filter_opt(min_age, |age| User::age.ge(age));
    /// assert_eq!(query.to_sql(&orm::Sqlite)?, r#"SELECT "id", "age" FROM "user""#);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn filter_opt<V, C: Operand<bool>>(
        self,
        value: Option<V>,
        condition: impl FnOnce(V) -> C,
    ) -> Self {
        match value {
            Some(value) => self.filter(condition(value)),
            None => self,
        }
    }

    /// Orders the rows, after the orders given before.
    #[must_use]
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        order.append_to(&mut self.statement.order_by);
        self
    }

    /// Returns at most `count` rows.
    #[must_use]
    pub fn limit(mut self, count: u64) -> Self {
        self.statement.limit = Some(count);
        self
    }

    /// Passes over the first `count` rows.
    #[must_use]
    pub fn offset(mut self, count: u64) -> Self {
        self.statement.offset = Some(count);
        self
    }

    /// Returns equal rows once.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.statement.distinct = true;
        self.before_combining("distinct")
    }

    /// Asks for these columns or expressions instead.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// let names: Vec<(i64, String)> =
    ///     User::query().select((User::id, User::name)).all(&mut conn)?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn select<S: Selection>(mut self, selection: S) -> Select<S::Output>
    where
        S::Output: Output,
    {
        let mut items = Vec::with_capacity(S::Output::WIDTH);
        selection.append_to(&mut items);
        self.statement.projection = Projection::Items(items);
        Select::from_statement(self.before_combining("select").into_statement())
    }

    /// Joins a table; rows without a partner are left out.
    ///
    /// A foreign key joins the table at its other end; `Post::on(condition)`, an alias or a derived
    /// table is joined on a condition.
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
    ///     title: String,
    ///     #[orm(foreign_key(User::id))]
    ///     author_id: i64,
    /// }
    ///
    /// let query = Post::query()
    ///     .join(Post::author_id)
    ///     .filter(User::name.eq("alice"))
    ///     .select((Post::title, User::name));
    /// assert_eq!(
    ///     query.to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "post"."title", "user"."name" FROM "post" JOIN "user" ON "post"."author_id" = "user"."id" WHERE "user"."name" = ?1"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn join(self, target: impl IntoJoin) -> Self {
        self.joined(JoinKind::Inner, target)
    }

    /// Joins a table; where it has no partner for a row, its columns are NULL.
    ///
    /// Select them [`nullable`](crate::expr::Expression::nullable), and whole rows as
    /// `Post::entity().nullable()`: anything else is refused, since it could not be read.
    #[must_use]
    pub fn left_join(self, target: impl IntoJoin) -> Self {
        self.joined(JoinKind::Left, target)
    }

    /// Joins a table and keeps all of its rows; the columns of the tables before it may be NULL.
    #[must_use]
    pub fn right_join(self, target: impl IntoJoin) -> Self {
        self.joined(JoinKind::Right, target)
    }

    /// Joins a table and keeps all rows of both sides, whose columns may then be NULL.
    #[must_use]
    pub fn full_join(self, target: impl IntoJoin) -> Self {
        self.joined(JoinKind::Full, target)
    }

    fn joined(mut self, kind: JoinKind, target: impl IntoJoin) -> Self {
        let mut joins = target.into_joins(kind, &self.statement);
        if self.statement.joins.is_empty() {
            self.statement.joins = joins;
        } else {
            self.statement.joins.append(&mut joins);
        }
        self.before_combining("join")
    }

    /// Makes one row of all rows in which these are equal.
    ///
    /// With [`rollup`](crate::func::rollup), [`cube`](crate::func::cube) or
    /// [`grouping_sets`](crate::func::grouping_sets) it makes rows of several ways of grouping.
    #[must_use]
    pub fn group_by(mut self, by: impl GroupBy) -> Self {
        by.append_to(&mut self.statement);
        self.before_combining("group_by")
    }

    /// Keeps the groups for which `condition` holds, besides the conditions given before.
    #[must_use]
    pub fn having(mut self, condition: impl Operand<bool>) -> Self {
        add_filter(&mut self.statement.having, condition);
        self.before_combining("having")
    }

    /// Adds the rows of `other`, and returns equal ones once.
    ///
    /// Order and limit come after it and apply to the whole; everything else belongs to one of the
    /// queries and comes before it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// # #[derive(Model)]
    /// # struct Company { #[orm(primary_key)] id: i64, name: String }
    /// let names = User::query()
    ///     .select(User::name)
    ///     .union(Company::query().select(Company::name))
    ///     .order_by(User::name);
    /// assert_eq!(
    ///     names.to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "name" FROM "user" UNION SELECT "name" FROM "company" ORDER BY "name""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        self.combined(SetOperator::Union, other)
    }

    /// Adds the rows of `other`.
    #[must_use]
    pub fn union_all(self, other: Self) -> Self {
        self.combined(SetOperator::UnionAll, other)
    }

    /// Keeps the rows that `other` has too, equal ones once.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        self.combined(SetOperator::Intersect, other)
    }

    /// Keeps the rows that `other` does not have, equal ones once.
    #[must_use]
    pub fn except(self, other: Self) -> Self {
        self.combined(SetOperator::Except, other)
    }

    /// Returns the rows that both queries return, equal ones as often as both do. Not on SQLite.
    #[must_use]
    pub fn intersect_all(self, other: Self) -> Self {
        self.combined(SetOperator::IntersectAll, other)
    }

    /// Returns the rows of this query without those of the other, each of which takes away one of its
    /// equals. Not on SQLite.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Delivery { #[orm(primary_key)] id: i64, product_id: i64, is_back: bool }
    /// // Once for each that was delivered and did not come back.
    /// let products = |is_back: bool| {
    ///     Delivery::query().filter(Delivery::is_back.eq(is_back)).select(Delivery::product_id)
    /// };
    /// let kept = products(false).except_all(products(true));
    /// assert_eq!(
    ///     kept.to_sql(&orm::Postgres)?,
    ///     r#"SELECT "product_id" FROM "delivery" WHERE "is_back" = $1 EXCEPT ALL SELECT "product_id" FROM "delivery" WHERE "is_back" = $2"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn except_all(self, other: Self) -> Self {
        self.combined(SetOperator::ExceptAll, other)
    }

    pub(super) fn combined(mut self, operator: SetOperator, other: Self) -> Self {
        let SelectStatement { order_by, limit, offset, lock, .. } = &*self.statement;
        if !order_by.is_empty() || limit.is_some() || offset.is_some() || lock.is_some() {
            self = self.refused(Error::invalid_query(
                "a query that is combined with another cannot have an order, a limit or a lock of \
                 its own: give them to the whole, or make it a source by \
                 `.subquery(\"name\").query()`",
            ));
        }
        let mut other = other.statement;
        other.meet_criteria();
        other.criteria.conditions.clear();
        self.statement.combined.push((operator, *other));
        self
    }

    /// Refuses what would change the first of the combined queries only.
    pub(crate) fn before_combining(self, method: &str) -> Self {
        if self.statement.combined.is_empty() { self } else { self.refused(after_union(method)) }
    }

    /// Keeps why the query is refused until it is written, since building one cannot fail.
    pub(super) fn refused(mut self, error: Error) -> Self {
        self.statement.filter = Some(Node::Invalid(Arc::new(error)));
        self
    }

    /// Locks the rows against changes and other locks until the transaction ends.
    ///
    /// SQLite has no locks of rows: there, a transaction that writes keeps all others from writing,
    /// and one that comes too late gets an error, so this adds nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Job { #[orm(primary_key)] id: i64, done: bool }
    /// let next = Job::query().filter(!Job::done).order_by(Job::id).limit(1).for_update().skip_locked();
    /// assert_eq!(
    ///     next.to_sql(&orm::Postgres)?,
    ///     r#"SELECT "id", "done" FROM "job" WHERE NOT "done" ORDER BY "id" LIMIT $1 FOR UPDATE SKIP LOCKED"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn for_update(self) -> Self {
        self.locked(LockStrength::Update)
    }

    /// Locks the rows against changes until the transaction ends; see [`for_update`](Self::for_update)
    /// for SQLite.
    #[must_use]
    pub fn for_share(self) -> Self {
        self.locked(LockStrength::Share)
    }

    /// Locks the rows of this table only, besides those named before: of `User::entity()`, or of an
    /// alias; locks [for update](Self::for_update) if nothing else is said.
    ///
    /// PostgreSQL cannot lock rows that an outer join may leave empty, so it has to be told which.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64 }
    /// # #[derive(Model)]
    /// # struct Post { #[orm(primary_key)] id: i64, #[orm(foreign_key(User::id))] author_id: i64 }
    /// let posts = Post::query().left_join(Post::author_id).for_update().of(Post::entity());
    /// assert!(posts.to_sql(&orm::Postgres)?.ends_with(r#" FOR UPDATE OF "post""#));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn of(mut self, table: impl Into<TableRef>) -> Self {
        let lock = self.statement.lock.get_or_insert(Lock::new(LockStrength::Update));
        lock.of.push(table.into().name());
        self
    }

    /// Leaves out rows that somebody else has locked; locks [for update](Self::for_update) if nothing
    /// else is said.
    #[must_use]
    pub fn skip_locked(self) -> Self {
        self.waiting(LockWait::SkipLocked)
    }

    /// Fails if somebody else has locked a row; locks [for update](Self::for_update) if nothing else
    /// is said.
    #[must_use]
    pub fn nowait(self) -> Self {
        self.waiting(LockWait::NoWait)
    }

    fn locked(mut self, strength: LockStrength) -> Self {
        self.statement.lock.get_or_insert(Lock::new(strength)).strength = strength;
        self
    }

    fn waiting(mut self, wait: LockWait) -> Self {
        self.statement.lock.get_or_insert(Lock::new(LockStrength::Update)).wait = wait;
        self
    }

    /// Goes on with what `change` makes of the query if `condition` holds.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, is_active: bool }
    /// let with_inactive = false;
    /// let query = User::query().when(!with_inactive, |query| query.filter(User::is_active));
    /// assert!(query.to_sql(&orm::Sqlite)?.ends_with(r#"WHERE "is_active""#));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn when(self, condition: bool, change: impl FnOnce(Self) -> Self) -> Self {
        if condition { change(self) } else { self }
    }

    /// Returns the SQL of the query, with placeholders for its values, and with what relations it joins.
    /// Relations that are loaded by statements of their own are not in it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) and
    /// [`Error::Encode`](crate::error::Error::Encode) if the query makes no sense.
    pub fn to_sql(&self, dialect: &dyn Dialect) -> Result<String> {
        if self.loaders().is_empty() {
            return Ok(sql::select(dialect, &self.statement())?.text.into_owned());
        }
        let statement = self.statement();
        let query = self.joined_query(&statement)?;
        Ok(sql::select(dialect, &query.statement)?.text.into_owned())
    }
}

impl<O: Output> IntoQuery<O> for Select<O> {
    fn into_query(self) -> SelectStatement {
        self.into_inner_statement()
    }
}

impl<O> Clone for Select<O> {
    fn clone(&self) -> Self {
        Self {
            statement: self.statement.clone(),
            loaders: self.loaders.clone(),
            output: PhantomData,
        }
    }
}

impl<O> fmt::Debug for Select<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select").field("from", &self.statement.from.name()).finish_non_exhaustive()
    }
}

#[cold]
fn after_union(method: &str) -> Error {
    Error::invalid_query(format!(
        "`.{method}(…)` after a union would be about its first part only: call it before, or make \
         the union a source by `.subquery(\"name\").query()`"
    ))
}
