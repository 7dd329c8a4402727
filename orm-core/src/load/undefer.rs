//! Deferred columns: read with the rows, or loaded for rows that are there.

use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;

use super::IntoLoaders;
use super::select_in::{among, index};
use crate::ast::{Item, Projection, SelectStatement, TableRef};
use crate::error::Result;
use crate::executor::{Executor, Plain};
use crate::expr::{Column, ColumnList};
use crate::model::Model;
use crate::query::{Loaders, Output, Select, in_projection};
use crate::relation::KeyColumns;
use crate::sql;
use crate::types::Field;

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
pub fn undefer<M: Model>(columns: impl ColumnList<M>) -> Undefer<M> {
    Undefer { positions: columns.positions(), model: PhantomData }
}

/// Deferred columns of `M` that are read with its rows; made by [`undefer`].
pub struct Undefer<M> {
    positions: Vec<usize>,
    model: PhantomData<fn() -> M>,
}

impl<M> IntoLoaders<M> for Undefer<M> {
    fn append_to(self, loaders: &mut Loaders<M>) {
        loaders.undefer(self.positions);
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

fn load<M: Model>(
    executor: &mut dyn Executor<Hydrate = Plain>,
    rows: &mut [&mut M],
    position: usize,
) -> Result<()> {
    let table = M::table();
    let (index, keys) = index(rows, &table.primary_key)?;
    let item = |position| Item::column(TableRef::from(table).column(position));
    let columns = table.primary_key.iter().chain([&position]);
    let mut statement = SelectStatement::all_of(table);
    statement.projection = Projection::Items(columns.map(|&position| item(position)).collect());
    statement.filter = Some(among(table.into(), &table.primary_key, keys));
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

impl<M> fmt::Debug for Undefer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Undefer").field(&self.positions).finish()
    }
}
