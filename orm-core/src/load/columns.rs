//! Which columns rows are read with, and those that are loaded for rows that are there.

use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;

use super::IntoLoaders;
use super::select_in::{among, index};
use crate::ast::{Deferral, DeletedRows, Item, Projection, SelectStatement, TableRef};
use crate::error::{Error, Result};
use crate::executor::{Executor, Plain};
use crate::expr::{Column, ColumnList};
use crate::model::Model;
use crate::query::{Loaders, Output, Select, in_projection};
use crate::relation::KeyColumns;
use crate::schema::{ColumnLoading, Table};
use crate::sql;
use crate::types::Field;
use crate::value::Value;

/// Reads deferred columns of model `M` with its rows: one, or a tuple of them.
///
/// Given to [`Select::options`], and to [`Load::then`](super::Load::then) for rows that a relation
/// leads to. A column that is not [`Deferred`](crate::types::Deferred) is always read.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::{BelongsTo, Deferred, HasMany, selectin, undefer};
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     #[orm(has_many(inverse = author))]
///     posts: HasMany<Post>,
/// }
///
/// #[derive(Model)]
/// struct Post {
///     #[orm(primary_key)]
///     id: i64,
///     body: Deferred<String>,
///     #[orm(foreign_key(User::id))]
///     author_id: i64,
///     #[orm(belongs_to(key = author_id, inverse = posts))]
///     author: BelongsTo<User>,
/// }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![User, Post].create_all(&mut conn)?;
/// # let user = User::insert(User::builder()).one(&mut conn)?;
/// # Post::insert(Post::builder().body("long").author_id(user.id)).execute(&mut conn)?;
/// let users =
///     User::query().options(selectin(User::posts).then(undefer(Post::body))).all(&mut conn)?;
/// assert_eq!(*users[0].posts[0].body, "long");
/// # Ok(())
/// # }
/// ```
pub fn undefer<M: Model>(columns: impl ColumnList<M>) -> LoadColumns<M> {
    let mut deferral = Deferral::default();
    deferral.read(columns.positions());
    LoadColumns { deferral, model: PhantomData }
}

/// Reads the rows of model `M` without some columns: one, or a tuple of them.
///
/// Given to [`Select::options`], and to [`Load::then`](super::Load::then) for rows that a relation
/// leads to. Only a [`Deferred`](crate::types::Deferred) column can be left out: a query with another one
/// is refused.
///
/// # Examples
///
/// `selectin(User::posts).then(defer(Post::body))`; [`Select::defer`] has a whole one.
pub fn defer<M: Model>(columns: impl ColumnList<M>) -> LoadColumns<M> {
    let mut deferral = Deferral::default();
    leave_out(&mut deferral, M::table(), &columns.positions());
    LoadColumns { deferral, model: PhantomData }
}

/// Reads the rows of model `M` with these columns, one or a tuple of them, and without all others that
/// can be left out: those that are [`Deferred`](crate::types::Deferred).
///
/// Given to [`Select::options`], and to [`Load::then`](super::Load::then) for rows that a relation
/// leads to.
///
/// # Examples
///
/// `selectin(User::posts).then(load_only(Post::title))`; [`Select::load_only`] has a whole one.
pub fn load_only<M: Model>(columns: impl ColumnList<M>) -> LoadColumns<M> {
    let (mut deferral, named) = (Deferral::default(), columns.positions());
    for position in 0..M::table().columns.len() {
        deferral.choose(position, named.contains(&position));
    }
    LoadColumns { deferral, model: PhantomData }
}

/// Which columns the rows of `M` are read with; made by [`undefer`], [`defer`] and [`load_only`].
pub struct LoadColumns<M> {
    deferral: Deferral,
    model: PhantomData<fn() -> M>,
}

fn leave_out(deferral: &mut Deferral, table: &Table, positions: &[usize]) {
    for &position in positions {
        if table.columns[position].loading == ColumnLoading::Always {
            deferral.refuse(Error::invalid_query(format!(
                "`{model}::{column}` cannot be left out: its field always has a value; declare it as \
                 `Deferred<…>`, or read a `View` without it",
                model = table.model,
                column = table.columns[position].name,
            )));
        }
        deferral.choose(position, false);
    }
}

impl<M> IntoLoaders<M> for LoadColumns<M> {
    fn append_to(self, loaders: &mut Loaders<M>) {
        loaders.deferral_mut().extend(self.deferral);
    }
}

impl<M: Model + Output> Select<M> {
    /// Reads deferred columns with the rows: one, or a tuple of them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # use orm::Deferred;
    /// # #[derive(Model)]
    /// # struct Post { #[orm(primary_key)] id: i64, body: Deferred<String> }
    /// assert_eq!(
    ///     Post::query().to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "id", NULL AS "(deferred)" FROM "post""#
    /// );
    /// assert_eq!(
    ///     Post::query().undefer(Post::body).to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "id", "body" FROM "post""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn undefer(self, columns: impl ColumnList<M>) -> Self {
        self.options(undefer(columns))
    }

    /// Reads the rows without some columns: one, or a tuple of them, whose fields are
    /// [`Deferred`](crate::types::Deferred).
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// use orm::Deferred;
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(deferred = false)] // read, unless a query leaves it out
    ///     body: Deferred<String>,
    /// }
    ///
    /// assert_eq!(Post::query().to_sql(&orm::Sqlite)?, r#"SELECT "id", "body" FROM "post""#);
    /// assert_eq!(
    ///     Post::query().defer(Post::body).to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "id", NULL AS "(deferred)" FROM "post""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn defer(self, columns: impl ColumnList<M>) -> Self {
        self.options(defer(columns))
    }

    /// Reads the rows with these columns, one or a tuple of them, and without all others that can be left
    /// out: those whose fields are [`Deferred`](crate::types::Deferred).
    ///
    /// A field of any other type always has a value, so its column is read whether it is named or not; a
    /// [`View`](super::View) reads exactly the columns that it has.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// use orm::Deferred;
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     summary: Deferred<String>,
    ///     #[orm(deferred = false)]
    ///     body: Deferred<String>,
    ///     #[orm(deferred = false)]
    ///     notes: Deferred<Option<String>>,
    /// }
    ///
    /// assert_eq!(
    ///     Post::query().load_only(Post::summary).to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "id", "summary", NULL AS "(deferred)", NULL AS "(deferred)" FROM "post""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn load_only(self, columns: impl ColumnList<M>) -> Self {
        self.options(load_only(columns))
    }
}

impl<M: Model, T: Field> Column<M, T> {
    /// Loads the deferred column of all `rows` that do not have it yet, in one statement.
    ///
    /// A row that is no longer in the database stays without it.
    ///
    /// # Errors
    ///
    /// What the database reports, and [`Error::Decode`](crate::error::Error::Decode) if a stored value
    /// does not fit.
    pub fn load_all<'r, E>(
        self,
        executor: &mut E,
        rows: impl IntoIterator<Item = &'r mut M>,
    ) -> Result<()>
    where
        E: Executor<Hydrate = Plain>,
    {
        let mut unloaded = Vec::new();
        for row in rows {
            if row.deferred(self.position()).is_some_and(|field| !field.is_loaded()) {
                unloaded.push(row);
            }
        }
        if unloaded.is_empty() {
            return Ok(());
        }
        load(executor, &mut unloaded, self.position())
    }
}

/// Returns the query for the rows of `M` with these primary keys, by column, with the columns at `positions`
/// and without all others that can be left out.
pub(crate) fn rows_with<M: Model + Output>(
    positions: &[usize],
    keys: Vec<Vec<Value<'static>>>,
) -> Select<M> {
    let table = M::table();
    let mut statement = rows_by_key(table, keys);
    for position in 0..table.columns.len() {
        statement.deferral.choose(position, positions.contains(&position));
    }
    Select::from_statement(statement)
}

/// Returns the statement for the rows with these primary keys, by column, also those that are marked as
/// deleted: they are known already.
pub(crate) fn rows_by_key(
    table: &'static Table,
    keys: Vec<Vec<Value<'static>>>,
) -> SelectStatement {
    let mut statement = SelectStatement::all_of(table);
    statement.criteria.deleted = DeletedRows::Included;
    statement.filter = Some(among(table.into(), &table.primary_key, keys));
    statement
}

fn load<M: Model>(
    executor: &mut dyn Executor<Hydrate = Plain>,
    rows: &mut [&mut M],
    position: usize,
) -> Result<()> {
    let table = M::table();
    let (index, keys) = index(rows, &table.primary_key)?;
    let item = |position| Item::column(TableRef::from(table).column(position));
    let columns = table.primary_key.iter().chain([&position]);
    let mut statement = rows_by_key(table, keys);
    statement.projection = Projection::Items(columns.map(|&position| item(position)).collect());
    let key = KeyColumns::in_sequence(table, &table.primary_key, 0);
    let sql = sql::select(executor.dialect(), &statement)?;
    executor
        .fetch(&sql, &mut |_, row| {
            if let Some(first) = key.key(row)?.and_then(|key| index.first(&key)) {
                for number in index.rows_from(first) {
                    if let Some(field) = rows[number as usize].deferred(position) {
                        field.load(row, key.len())?;
                    }
                }
            }
            Ok(ControlFlow::Continue(()))
        })
        .map_err(|error| in_projection(error, &statement.projection))
}

impl<M> fmt::Debug for LoadColumns<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LoadColumns").field(&self.deferral).finish()
    }
}
