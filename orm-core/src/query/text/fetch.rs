//! The rows of a statement written by hand.

use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;

use super::columns::{Columns, short};
use crate::ast::Node;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::query::Output;
use crate::sql;

/// A statement written by hand whose rows are read as an `O`: a model, a struct, a value or a tuple;
/// made by [`Text::query`](super::Text::query).
#[must_use = "nothing is sent before `all`, `first`, `one` or `one_or_none`"]
pub struct TextQuery<O> {
    node: Node,
    output: PhantomData<fn() -> O>,
}

impl<O> TextQuery<O> {
    pub(super) fn new(node: Node) -> Self {
        Self { node, output: PhantomData }
    }
}

impl<O: Output> TextQuery<O> {
    /// Returns all rows.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] before the statement is run: if a name has no value, or was given one and
    /// is not in the text, or if the statement's columns are not those that are read;
    /// what the database reports; [`Error::Decode`] if a value does not fit.
    pub fn all<E: Executor>(&self, executor: &mut E) -> Result<Vec<O::Out<E::Hydrate>>> {
        let mut rows = Vec::new();
        self.fetch(executor, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    /// Returns the first row, if there is any.
    ///
    /// The text is sent as it is: say `LIMIT 1` in it where there may be many rows.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn first<E: Executor>(&self, executor: &mut E) -> Result<Option<O::Out<E::Hydrate>>> {
        let mut first = None;
        self.fetch(executor, &mut |row| {
            first = Some(row);
            ControlFlow::Break(())
        })?;
        Ok(first)
    }

    /// Returns the first row.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none; otherwise as [`all`](Self::all).
    pub fn first_or_not_found<E: Executor>(&self, executor: &mut E) -> Result<O::Out<E::Hydrate>> {
        self.first(executor)?.ok_or_else(not_found::<O>)
    }

    /// Returns the only row.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none, [`Error::MultipleResults`] if there are several;
    /// otherwise as [`all`](Self::all).
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::text;
    ///
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// let answer = text("SELECT :a * :b").bind("a", 6).bind("b", 7).query::<i64>().one(&mut conn)?;
    /// assert_eq!(answer, 42);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn one<E: Executor>(&self, executor: &mut E) -> Result<O::Out<E::Hydrate>> {
        self.one_or_none(executor)?.ok_or_else(not_found::<O>)
    }

    /// Returns the only row, if there is any.
    ///
    /// # Errors
    ///
    /// [`Error::MultipleResults`] if there are several; otherwise as [`all`](Self::all).
    pub fn one_or_none<E: Executor>(&self, executor: &mut E) -> Result<Option<O::Out<E::Hydrate>>> {
        let (mut only, mut count) = (None, 0);
        self.fetch(executor, &mut |row| {
            only = Some(row);
            count += 1;
            if count == 1 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        if count > 1 {
            return Err(Error::MultipleResults { model: subject::<O>() });
        }
        Ok(only)
    }

    fn fetch<E: Executor>(
        &self,
        executor: &mut E,
        push: &mut dyn FnMut(O::Out<E::Hydrate>) -> ControlFlow<()>,
    ) -> Result<()> {
        let dialect = executor.dialect();
        let sql = sql::text(dialect, &self.node)?;
        let mut columns = Columns::find::<O>(executor.columns(&sql)?)?;
        let mut is_first = true;
        let fetched = executor.fetch(&sql, &mut |hydrate, row| {
            if is_first {
                columns.check::<O>(row)?;
                is_first = false;
            }
            Ok(push(columns.arranged(row, |row| O::from_row(hydrate, row, 0))?))
        });
        fetched.map_err(|error| sql::in_text(error, dialect, &self.node))
    }
}

#[cold]
fn not_found<O>() -> Error {
    Error::NotFound { model: subject::<O>() }
}

/// What a row is called in messages.
fn subject<O>() -> &'static str {
    let name = std::any::type_name::<O>();
    match name.rsplit_once("::") {
        Some((_, last)) if !name.contains(['<', '(', '[']) => last,
        _ => name,
    }
}

impl<O> Clone for TextQuery<O> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), output: PhantomData }
    }
}

impl<O> fmt::Debug for TextQuery<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let output = short(std::any::type_name::<O>());
        f.debug_struct("TextQuery").field("output", &output).finish_non_exhaustive()
    }
}
