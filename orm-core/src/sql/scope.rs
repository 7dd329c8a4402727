//! What columns an expression can name: the sources of its query, and of the queries around it.

use crate::ast::{ColumnRef, Join, JoinKind, SelectStatement, Source};
use crate::error::{Error, Result};
use crate::schema::Table;

/// The sources of a statement and of those around it, innermost last.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    sources: Vec<Visible>,
    /// Where each statement's sources begin.
    starts: Vec<usize>,
    /// Whether the innermost statement can have joins.
    can_join: bool,
}

/// A source that can be named.
#[derive(Debug, Clone, Copy)]
struct Visible {
    name: &'static str,
    /// The table, if it is one.
    table: Option<&'static Table>,
    /// Whether an outer join may fill its columns with NULL.
    is_optional: bool,
}

impl Scopes {
    /// Enters a statement about one table.
    pub(super) fn enter_table(&mut self, table: &'static Table) {
        self.can_join = false;
        self.starts.push(self.sources.len());
        self.sources.push(Visible { name: &table.name, table: Some(table), is_optional: false });
    }

    /// Enters a query.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if two of its sources have the same name.
    pub(super) fn enter(&mut self, statement: &SelectStatement) -> Result<()> {
        self.can_join = true;
        let start = self.sources.len();
        self.starts.push(start);
        self.add(start, &statement.from, false)?;
        for Join { kind, source, .. } in &statement.joins {
            if matches!(kind, JoinKind::Right | JoinKind::Full) {
                self.sources[start..].iter_mut().for_each(|before| before.is_optional = true);
            }
            self.add(start, source, matches!(kind, JoinKind::Left | JoinKind::Full))?;
        }
        Ok(())
    }

    /// Leaves the innermost statement.
    pub(super) fn leave(&mut self) {
        let start = self.starts.pop().unwrap_or_default();
        self.sources.truncate(start);
    }

    fn add(&mut self, start: usize, source: &Source, is_optional: bool) -> Result<()> {
        let name = source.name();
        if self.sources[start..].iter().any(|known| known.name == name) {
            return Err(Error::invalid_query(format!(
                "`{name}` is in this query twice: give one of them another name, such as with \
                 `User::alias(\"other\")`"
            )));
        }
        let table = match source {
            Source::Table(table) => Some(table.table),
            Source::Derived { .. } => None,
        };
        self.sources.push(Visible { name, table, is_optional });
        Ok(())
    }

    /// Whether columns are written with the name of their source: where there are several.
    pub(super) fn is_qualified(&self) -> bool {
        self.sources.len() > 1
    }

    /// Returns whether the column may be NULL because of an outer join.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if its table is not in the query.
    pub(super) fn is_optional(&self, column: ColumnRef) -> Result<bool> {
        let name = column.alias.unwrap_or(&column.table.name);
        let found = self.innermost(name).filter(|visible| is_of(column, visible));
        found.map(|visible| visible.is_optional).ok_or_else(|| self.not_in_query(column))
    }

    /// Returns whether the columns of the derived table `name` may be NULL because of an outer join.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if it is not in the query.
    pub(super) fn is_derived_optional(&self, name: &str) -> Result<bool> {
        let found = self.innermost(name).filter(|visible| visible.table.is_none());
        found.map(|visible| visible.is_optional).ok_or_else(|| {
            Error::invalid_query(format!(
                "the derived table `{name}` is not in this query: join it with \
                 `.join({name}.on(…))`"
            ))
        })
    }

    /// Returns what `name` means: a name hides the same one of the queries around.
    fn innermost(&self, name: &str) -> Option<&Visible> {
        self.sources.iter().rev().find(|visible| visible.name == name)
    }

    /// Refuses a query inside the innermost statement that has one of its names: it cannot refer to
    /// the rows around it, which a condition on them is for.
    pub(super) fn hides_nothing(&self, inner: &SelectStatement) -> Result<()> {
        let joined = inner.joins.iter().map(|join| &join.source);
        let mut names = std::iter::once(&inner.from).chain(joined).map(Source::name);
        match names.find(|name| self.innermost(name).is_some()) {
            Some(name) => Err(Error::invalid_query(format!(
                "`{name}` is both in an `exists` and in the query around it, so that its columns \
                 would mean those of the inner one only: query an alias inside, such as \
                 `User::alias(\"other\").query()`"
            ))),
            None => Ok(()),
        }
    }

    #[cold]
    fn not_in_query(&self, column: ColumnRef) -> Error {
        let name = &column.table.columns[column.position].name;
        let source = column.alias.unwrap_or(&column.table.name);
        let known = self.sources.iter().map(|visible| format!("`{}`", visible.name));
        let known = known.collect::<Vec<_>>().join(", ");
        Error::invalid_query(format!(
            "the column `{source}.{name}` is not in this query, which reads from {known}: {}",
            self.advice(column)
        ))
    }

    /// Says how to bring the table of `column` into the query.
    fn advice(&self, column: ColumnRef) -> String {
        let model = column.table.model;
        if !self.can_join {
            return "a write is about one table, so ask others by `exists` or `in_query`"
                .to_owned();
        }
        if let Some(alias) = column.alias {
            return format!("join the alias with `.join({alias}.on(…))`");
        }
        let tables = self.sources.iter().filter_map(|visible| visible.table);
        for table in tables {
            for (from, to) in [(column.table, table), (table, column.table)] {
                let key = from.foreign_keys.iter().find(|key| key.target_table == to.name);
                if let Some(field) = key.and_then(|key| key.columns.first()) {
                    return format!("join it with `.join({}::{field})`", from.model);
                }
            }
        }
        format!("join it with `.join({model}::on(…))`")
    }
}

fn is_of(column: ColumnRef, visible: &Visible) -> bool {
    visible.table.is_some_and(|table| std::ptr::eq(table, column.table))
}
