//! What is loaded beside the rows of a query: by statements of its own, or by joins of the query's.
//!
//! The strategies themselves are in `load`; here is what a query has to know of them.

use std::borrow::Cow;
use std::fmt;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::fetch::written;
use super::joining::is_counted;
use super::{Joining, Output, Parent, Select, in_projection};
use crate::ast::SelectStatement;
use crate::error::{Error, Result};
use crate::executor::{Executor, Plain};
use crate::relation::{Key, KeyColumns, KeyMap};
use crate::schema::Table;
use crate::value::Row;

/// Something that loads what belongs to rows of model `M` which a query returns.
pub trait Loader<M>: fmt::Debug + Send + Sync {
    /// Returns the name of the relation that it loads.
    fn relation(&self) -> &'static str;

    /// What it adds to the query itself.
    fn joins(&self) -> Joins {
        Joins::Nothing
    }

    /// Whether it reads the rows of a join that the query has already.
    fn reads_own_join(&self) -> bool {
        false
    }

    /// Joins what it loads to the query, and returns what reads it from the rows; only called if
    /// [`joins`](Self::joins) says so.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if the relation leads nowhere.
    fn join(&self, query: &mut Joining) -> Result<Box<dyn JoinedRows<M>>> {
        let _ = query;
        Err(Error::invalid_query(format!("{self:?} joins nothing")))
    }

    /// Returns the table of `M`.
    fn parent(&self) -> &'static Table;

    /// Returns what reads what it needs from the rows, of columns that the query selects already; only
    /// called if [`joins`](Self::joins) says so.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if the loader wants other columns.
    fn selected(&self) -> Result<Box<dyn JoinedRows<M>>> {
        Err(Error::invalid_query(format!("{self:?} reads nothing that the query selects")))
    }

    /// Whether it can load for some of the query's rows at a time; if not, returns why.
    ///
    /// # Errors
    ///
    /// The reason, as it follows the name of the loader.
    fn in_parts(&self) -> std::result::Result<(), &'static str> {
        Ok(())
    }

    /// Loads it for all rows at once, by statements of its own. `origin` is the statement that
    /// returned the rows.
    ///
    /// # Errors
    ///
    /// What the database reports, and what is wrong with the relation.
    fn load(
        &self,
        executor: &mut dyn Executor<Hydrate = Plain>,
        rows: &mut [M],
        origin: &SelectStatement,
    ) -> Result<()>;
}

/// What a loader adds to the query whose rows it loads something for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joins {
    /// Nothing: it sends statements of its own.
    Nothing,
    /// Nothing: it reads columns that the query selects already.
    Selected,
    /// Columns only; at most one row for each of the query's.
    One,
    /// Any number of rows for each of the query's.
    Many,
}

/// What reads rows that are joined to those of `M`.
pub trait JoinedRows<M> {
    /// Reads what `row` holds for parent number `parent`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if a stored value does not fit.
    fn read(&mut self, row: &dyn Row, parent: u32) -> Result<()>;

    /// Gives the parents what was read for them, and loads what belongs to that.
    ///
    /// # Errors
    ///
    /// As [`Loader::load`].
    fn finish(
        self: Box<Self>,
        executor: &mut dyn Executor<Hydrate = Plain>,
        parents: &mut [M],
        origin: &SelectStatement,
    ) -> Result<()>;
}

/// A query with what loaders have joined to it.
pub(crate) struct JoinedQuery<'s, M> {
    pub(crate) statement: Cow<'s, SelectStatement>,
    readers: Vec<Box<dyn JoinedRows<M>>>,
    /// The primary key of `M`, if several rows may be about the same row of it.
    repeated: Option<KeyColumns>,
}

impl<'s, M> JoinedQuery<'s, M> {
    /// Lets those of the loaders join that want to. `repeats` says that the statement itself may return
    /// a row of `M` several times.
    pub(crate) fn new(
        statement: &'s SelectStatement,
        parent: Parent,
        repeats: bool,
        loaders: &[Arc<dyn Loader<M>>],
    ) -> Result<Self> {
        let key = || KeyColumns::primary(parent.table(), 0, false);
        let joining = loaders.iter().filter(|loader| loader.joins() != Joins::Nothing);
        if joining.clone().next().is_none() {
            let repeated = repeats.then(key);
            return Ok(Self { repeated, ..Self::selected(statement, Vec::new()) });
        }
        let many = joining.clone().filter(|loader| loader.joins() == Joins::Many).count();
        if many > 0
            && is_counted(statement)
            && let Some(loader) = loaders.iter().find(|loader| loader.reads_own_join())
        {
            return Err(Error::invalid_query(format!(
                "{loader:?} reads rows that the query joins, which a limit or `distinct` would count \
                 instead of the query's own: load the relation with `joined` or `selectin`"
            )));
        }
        let mut query = Joining::new(statement, parent, repeats, many);
        let readers = joining.map(|loader| loader.join(&mut query)).collect::<Result<Vec<_>>>()?;
        let repeated = (repeats || many > 0).then(key);
        Ok(Self { statement: Cow::Owned(query.into_statement()), readers, repeated })
    }

    /// Returns the query with what reads columns that it selects.
    pub(crate) fn selected(
        statement: &'s SelectStatement,
        readers: Vec<Box<dyn JoinedRows<M>>>,
    ) -> Self {
        Self { statement: Cow::Borrowed(statement), readers, repeated: None }
    }

    /// Says that rows with the same values there are about the same row of `M`.
    pub(crate) fn repeating(self, key: KeyColumns) -> Self {
        Self { repeated: Some(key), ..self }
    }

    /// Returns the key of the row of `M`, if it may come again.
    pub(crate) fn key(&self, row: &dyn Row) -> Result<Option<Key>> {
        self.repeated.as_ref().map_or(Ok(None), |columns| columns.key(row))
    }

    /// Reads what is joined to the rows of `M` with these numbers.
    pub(crate) fn read(&mut self, row: &dyn Row, mut numbers: Range<u32>) -> Result<()> {
        let readers = &mut self.readers;
        numbers.try_for_each(|number| {
            readers.iter_mut().try_for_each(|reader| reader.read(row, number))
        })
    }

    /// Gives the rows what was joined to them.
    pub(crate) fn finish(
        self,
        executor: &mut dyn Executor<Hydrate = Plain>,
        rows: &mut [M],
        origin: &SelectStatement,
    ) -> Result<()> {
        self.readers.into_iter().try_for_each(|reader| reader.finish(executor, rows, origin))
    }
}

impl<O: Output> Select<O> {
    /// Returns the first `at_most` rows of the statement, with what is to be loaded beside them.
    pub(super) fn rows<E: Executor>(
        &self,
        statement: &SelectStatement,
        at_most: Option<u64>,
        executor: &mut E,
    ) -> Result<Vec<O::Out<E::Hydrate>>> {
        if self.loaders().is_empty() {
            return plain_rows::<O, E>(statement, at_most, executor);
        }
        // What the query joins itself, a limit would cut.
        let mut loaders = self.loaders().iter();
        let is_cut = loaders.any(|loader| loader.reads_own_join())
            && self.loaders().iter().any(|loader| loader.joins() == Joins::Many);
        let (in_sql, at_most) = if is_cut { (None, at_most) } else { (at_most, None) };
        let at_most = at_most.unwrap_or(u64::MAX);
        let statement = &limited(statement, in_sql);
        let mut query = self.joined_query(statement)?;
        let joined = query.statement.clone();
        let mut rows: Vec<O::Out<E::Hydrate>> = Vec::new();
        let mut numbers = KeyMap::new();
        let sql = written(&joined, None, executor.dialect())?;
        executor
            .fetch(&sql, &mut |hydrate, row| {
                let next = u32::try_from(rows.len()).map_err(|_| too_many())?;
                let number = match query.key(row)? {
                    Some(key) => numbers.get_or_insert(key, || Ok(next))?,
                    None => next,
                };
                if u64::from(number) >= at_most {
                    return Ok(ControlFlow::Continue(()));
                }
                if number == next {
                    rows.push(O::from_row(hydrate, row, 0)?);
                }
                query.read(row, number..number + 1)?;
                Ok(ControlFlow::Continue(()))
            })
            .map_err(|error| in_projection(error, &joined.projection))?;
        self.load_beside(executor, &mut rows, query, statement)?;
        Ok(rows)
    }

    /// Gives the rows what was joined to them, and loads the rest of what is to be loaded beside them.
    pub(crate) fn load_beside<E: Executor>(
        &self,
        executor: &mut E,
        rows: &mut [O::Out<E::Hydrate>],
        joined: JoinedQuery<'_, O>,
        origin: &SelectStatement,
    ) -> Result<()> {
        let mut joined = Some(joined);
        O::load(executor, rows, &mut |executor, rows| {
            if let Some(joined) = joined.take() {
                joined.finish(executor, rows, origin)?;
            }
            let mut loaders = self.loaders().iter();
            loaders.try_for_each(|loader| match loader.joins() {
                Joins::Nothing => loader.load(executor, rows, origin),
                Joins::Selected | Joins::One | Joins::Many => Ok(()),
            })
        })
    }

    /// Loads what belongs to rows that `origin` returned, by statements apart, whatever the loaders
    /// would rather do.
    pub(crate) fn load_apart<E: Executor>(
        &self,
        executor: &mut E,
        rows: &mut [O::Out<E::Hydrate>],
        origin: &SelectStatement,
    ) -> Result<()> {
        O::load(executor, rows, &mut |executor, rows| {
            self.loaders().iter().try_for_each(|loader| loader.load(executor, rows, origin))
        })
    }

    /// Refuses loaders that cannot load for some of the rows at a time, which is what `method` reads.
    pub(super) fn loads_in_parts(&self, method: &str) -> Result<()> {
        for loader in self.loaders() {
            if let Err(reason) = loader.in_parts() {
                return Err(Error::invalid_query(format!(
                    "`{method}` reads the rows in parts, and {loader:?} {reason}: load the relation \
                     with `selectin`, or leave it out with `raise`"
                )));
            }
        }
        Ok(())
    }

    /// Returns the statement with what the loaders read of it, if they need nothing more in it.
    pub(crate) fn selected_beside<'s>(
        &self,
        statement: &'s SelectStatement,
    ) -> Result<Option<JoinedQuery<'s, O>>> {
        if self.loaders().iter().any(|loader| loader.joins() != Joins::Selected) {
            return Ok(None);
        }
        let readers = self.loaders().iter().map(|loader| loader.selected());
        Ok(Some(JoinedQuery::selected(statement, readers.collect::<Result<_>>()?)))
    }

    /// Returns the statement with what the loaders join to it.
    pub(super) fn joined_query<'s>(
        &self,
        statement: &'s SelectStatement,
    ) -> Result<JoinedQuery<'s, O>> {
        if let Some(selected) = self.selected_beside(statement)? {
            return Ok(selected);
        }
        let loader = self.loaders().first();
        match loader.and_then(|loader| Parent::of(statement, loader.parent())) {
            Some(parent) => {
                let repeats = !statement.joins.is_empty();
                JoinedQuery::new(statement, parent, repeats, self.loaders())
            }
            None => {
                Err(Error::invalid_query("relations are loaded beside whole rows of a model only"))
            }
        }
    }
}

/// Returns the statement with this limit, unless its own is less.
fn limited(statement: &SelectStatement, at_most: Option<u64>) -> Cow<'_, SelectStatement> {
    let mut statement = Cow::Borrowed(statement);
    if let Some(count) = at_most {
        let limit = statement.limit.map_or(count, |limit| limit.min(count));
        statement.to_mut().limit = Some(limit);
    }
    statement
}

fn plain_rows<O: Output, E: Executor>(
    statement: &SelectStatement,
    at_most: Option<u64>,
    executor: &mut E,
) -> Result<Vec<O::Out<E::Hydrate>>> {
    let mut rows = Vec::new();
    let sql = written(statement, at_most, executor.dialect())?;
    executor
        .fetch(&sql, &mut |hydrate, row| {
            rows.push(O::from_row(hydrate, row, 0)?);
            Ok(ControlFlow::Continue(()))
        })
        .map_err(|error| in_projection(error, &statement.projection))?;
    Ok(rows)
}

#[cold]
pub(crate) fn too_many() -> Error {
    Error::invalid_query("more than 4,294,967,295 rows are loaded at once: load them in parts")
}
