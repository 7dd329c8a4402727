//! The plan of a query, as the database tells it.

use std::ops::ControlFlow;

use super::{Output, Select, Text};
use crate::dialect::Explain;
use crate::error::Result;
use crate::executor::Executor;
use crate::sql::{self, Sql};

impl<O: Output> Select<O> {
    /// Returns how the database would run the query: `EXPLAIN` on PostgreSQL, `EXPLAIN QUERY PLAN` on
    /// SQLite.
    ///
    /// One step a line, indented below the step that it is a part of. The words are the database's
    /// and differ between its versions.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
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
    /// let plan = User::query().filter(User::id.eq(7)).explain(&mut conn)?;
    /// assert_eq!(plan, "SEARCH user USING INTEGER PRIMARY KEY (rowid=?)");
    /// # Ok(())
    /// # }
    /// ```
    pub fn explain<E: Executor>(&self, executor: &mut E) -> Result<String> {
        let dialect = executor.dialect();
        explain(executor, sql::select(dialect, &self.statement())?, false)
    }

    /// Runs the query, without returning its rows, and returns how the database ran it and how long
    /// each step took: `EXPLAIN ANALYZE`.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`](crate::error::Error::Unsupported) on SQLite; otherwise as [`all`](Self::all).
    pub fn explain_analyze<E: Executor>(&self, executor: &mut E) -> Result<String> {
        let dialect = executor.dialect();
        explain(executor, sql::select(dialect, &self.statement())?, true)
    }
}

impl Text {
    /// Returns how the database would run the statement; see [`Select::explain`].
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn explain<E: Executor>(&self, executor: &mut E) -> Result<String> {
        let dialect = executor.dialect();
        explain(executor, sql::text(dialect, self.node())?, false)
    }

    /// Runs the statement, also one that writes, and returns how the database ran it; see
    /// [`Select::explain_analyze`].
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`](crate::error::Error::Unsupported) on SQLite; otherwise as [`execute`](Self::execute).
    pub fn explain_analyze<E: Executor>(&self, executor: &mut E) -> Result<String> {
        let dialect = executor.dialect();
        explain(executor, sql::text(dialect, self.node())?, true)
    }
}

fn explain<E: Executor>(executor: &mut E, mut sql: Sql<'_>, analyzed: bool) -> Result<String> {
    let dialect = executor.dialect();
    let Some(explain) = dialect.explain(analyzed) else {
        return Err(dialect.unsupported("EXPLAIN ANALYZE: ask for the plan by `explain`"));
    };
    let (Explain::Lines(prefix) | Explain::Steps(prefix)) = explain;
    sql.text.to_mut().insert_str(0, prefix);
    let mut plan = Plan::default();
    executor.fetch(&sql, &mut |_, row| {
        match explain {
            Explain::Lines(_) => plan.line(0, row.text(0)?),
            Explain::Steps(_) => plan.step(row.i64(0)?, row.i64(1)?, row.text(3)?),
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(plan.text)
}

/// The lines of a plan as they come.
#[derive(Default)]
struct Plan {
    text: String,
    /// The numbers of the steps and how deep each is.
    depths: Vec<(i64, usize)>,
}

impl Plan {
    fn line(&mut self, depth: usize, line: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.extend(std::iter::repeat_n("  ", depth));
        self.text.push_str(line);
    }

    /// Adds a step, which comes after the one that it is a part of.
    fn step(&mut self, number: i64, parent: i64, text: &str) {
        let found = self.depths.iter().find(|(known, _)| *known == parent);
        let depth = found.map_or(0, |(_, depth)| depth + 1);
        self.depths.push((number, depth));
        self.line(depth, text);
    }
}
