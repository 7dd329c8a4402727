//! Rows by a key: `.into_map(User::id)`, one row a key, and `.into_groups(…)`, several.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::ops::ControlFlow;

use super::shape::selected_of;
use super::{Joins, Output, Select, in_projection};
use crate::ast::{Item, Projection, SelectStatement};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::expr::Selection;
use crate::sql;

/// What a key of type `K` is when `E` runs the query.
type KeyOf<K, E> = <K as Output>::Out<<E as Executor>::Hydrate>;

/// What a row of type `O` is when `E` runs the query.
type RowOf<O, E> = <O as Output>::Out<<E as Executor>::Hydrate>;

/// The rows by their keys.
type Groups<K, O, E> = HashMap<KeyOf<K, E>, Vec<RowOf<O, E>>>;

/// A query whose rows are put into a map, one a key; made by [`Select::into_map`].
pub struct KeyedRows<K, O>(Keyed<K, O>);

/// A query whose rows are put into a map, those of equal keys together; made by
/// [`Select::into_groups`].
pub struct GroupedRows<K, O>(Keyed<K, O>);

/// A query that selects a key beside its rows.
struct Keyed<K, O> {
    query: Select<O>,
    /// The position of the key's first column.
    at: usize,
    /// The query without the key, if more is to be loaded onto its rows.
    loading: Option<Select<O>>,
    key: PhantomData<fn() -> K>,
}

impl<O: Output> Select<O> {
    /// Puts the rows into a [`HashMap`] by a key: a column, an expression, or a tuple of them.
    ///
    /// The key is selected beside what is selected already, unless it is among that.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use orm::prelude::*;
    ///
    /// #[derive(Model)]
    /// struct User {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// # User::insert_many(["alice", "bob"].map(|name| User::builder().name(name))).execute(&mut conn)?;
    /// let users: HashMap<i64, User> = User::query().into_map(User::id).all(&mut conn)?;
    /// assert_eq!(users[&2].name, "bob");
    ///
    /// let names: HashMap<i64, String> =
    ///     User::query().select(User::name).into_map(User::id).all(&mut conn)?;
    /// assert_eq!(names[&1], "alice");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn into_map<S>(self, key: S) -> KeyedRows<S::Output, O>
    where
        S: Selection<Output: Output>,
    {
        KeyedRows(self.keyed(key, "into_map"))
    }

    /// Puts the rows into a [`HashMap`] by a key that several may have; those of one key come in the
    /// order of the query.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use orm::prelude::*;
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     author: String,
    ///     title: String,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Post].create_all(&mut conn)?;
    /// # let posts = [("alice", "a"), ("bob", "b"), ("alice", "c")];
    /// # let posts = posts.map(|(author, title)| Post::builder().author(author).title(title));
    /// # Post::insert_many(posts).execute(&mut conn)?;
    /// let titles: HashMap<String, Vec<String>> =
    ///     Post::query().order_by(Post::id).select(Post::title).into_groups(Post::author).all(&mut conn)?;
    /// assert_eq!(titles["alice"], ["a", "c"]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn into_groups<S>(self, key: S) -> GroupedRows<S::Output, O>
    where
        S: Selection<Output: Output>,
    {
        GroupedRows(self.keyed(key, "into_groups"))
    }

    fn keyed<S>(self, key: S, method: &str) -> Keyed<S::Output, O>
    where
        S: Selection<Output: Output>,
    {
        let mut keys = Vec::with_capacity(S::Output::WIDTH);
        key.append_to(&mut keys);
        let is_nested = self.loaders().iter().any(|loader| loader.joins() == Joins::Selected);
        let (mut statement, loading) = if is_nested || self.loaders().is_empty() {
            (self.into_statement(), None)
        } else {
            (self.built().clone(), Some(self))
        };
        let at = select_too(&mut statement, keys, method);
        let query = Select::from_statement(statement);
        let (query, at) = match at {
            Ok(at) => (query, at),
            Err(error) => (query.refused(error), 0),
        };
        Keyed { query, at, loading, key: PhantomData }
    }
}

/// Returns the position of `keys` among what is selected, where they are put if they are not there.
fn select_too(statement: &mut SelectStatement, keys: Vec<Item>, method: &str) -> Result<usize> {
    let mut items = selected_of(statement);
    let found = items.windows(keys.len()).position(|selected| {
        let mut pairs = selected.iter().zip(&keys);
        pairs.all(|(item, key)| {
            sql::is_same(&item.node, &key.node)
                && item.nullable <= key.nullable
                && item.is_deferred <= key.is_deferred
        })
    });
    if let Some(at) = found {
        return Ok(at);
    }
    if statement.distinct || !statement.combined.is_empty() {
        return Err(Error::invalid_query(format!(
            "`.{method}(…)` of a distinct or a combined query needs a key that the query selects: \
             selecting it too would change its rows"
        )));
    }
    let at = items.len();
    items.extend(keys);
    statement.projection = Projection::Items(items);
    Ok(at)
}

impl<K: Output, O: Output> Keyed<K, O> {
    /// Calls `each` with every key and row.
    fn fetch<E: Executor>(
        &self,
        executor: &mut E,
        each: &mut dyn FnMut(KeyOf<K, E>, RowOf<O, E>) -> Result<()>,
    ) -> Result<()> {
        let statement = self.query.statement();
        let dialect = executor.dialect();
        let sql = sql::select(dialect, &statement)?;
        let (mut keys, mut rows) = (Vec::new(), Vec::new());
        executor
            .fetch(&sql, &mut |hydrate, row| {
                let key = K::from_row(hydrate, row, self.at)?;
                let row = O::from_row(hydrate, row, 0)?;
                if self.loading.is_some() {
                    keys.push(key);
                    rows.push(row);
                } else {
                    each(key, row)?;
                }
                Ok(ControlFlow::Continue(()))
            })
            .map_err(|error| in_projection(error, &statement.projection))?;
        if let Some(query) = &self.loading {
            query.load_apart(executor, &mut rows, &query.statement())?;
        }
        keys.into_iter().zip(rows).try_for_each(|(key, row)| each(key, row))
    }

    fn is_twice(&self) -> Error {
        Error::DuplicateKey { model: self.query.subject() }
    }
}

impl<K: Output, O: Output> KeyedRows<K, O> {
    /// Returns all rows by their keys.
    ///
    /// # Errors
    ///
    /// [`Error::DuplicateKey`] if two rows have the same key, so that one would be lost; otherwise as
    /// [`Select::all`].
    pub fn all<E: Executor>(&self, executor: &mut E) -> Result<HashMap<KeyOf<K, E>, RowOf<O, E>>>
    where
        KeyOf<K, E>: Eq + Hash,
    {
        let mut rows = HashMap::new();
        self.0.fetch(executor, &mut |key, row| match rows.insert(key, row) {
            Some(_) => Err(self.0.is_twice()),
            None => Ok(()),
        })?;
        Ok(rows)
    }

    /// Returns the SQL of the query, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// As [`Select::to_sql`].
    pub fn to_sql(&self, dialect: &dyn Dialect) -> Result<String> {
        self.0.query.to_sql(dialect)
    }
}

impl<K: Output, O: Output> GroupedRows<K, O> {
    /// Returns all rows by their keys, those of equal keys in the order of the query.
    ///
    /// # Errors
    ///
    /// As [`Select::all`].
    pub fn all<E: Executor>(&self, executor: &mut E) -> Result<Groups<K, O, E>>
    where
        KeyOf<K, E>: Eq + Hash,
    {
        let mut groups = Groups::<K, O, E>::new();
        self.0.fetch(executor, &mut |key, row| {
            groups.entry(key).or_default().push(row);
            Ok(())
        })?;
        Ok(groups)
    }

    /// Returns the SQL of the query, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// As [`Select::to_sql`].
    pub fn to_sql(&self, dialect: &dyn Dialect) -> Result<String> {
        self.0.query.to_sql(dialect)
    }
}

impl<K, O> fmt::Debug for KeyedRows<K, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyedRows").field(&self.0.query).finish()
    }
}

impl<K, O> fmt::Debug for GroupedRows<K, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GroupedRows").field(&self.0.query).finish()
    }
}
