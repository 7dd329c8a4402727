//! What columns an expression can name: the sources of its query, and of the queries around it.

use super::check;
use super::deleted::Included;
use crate::ast::{ColumnRef, EXCLUDED, Join, JoinKind, Node, SelectStatement, Source, TableRef};
use crate::error::{Error, Result};
use crate::schema::Table;

/// The sources of a statement and of those around it, innermost last.
#[derive(Debug, Default)]
pub(super) struct Scopes<'a> {
    sources: Vec<Visible>,
    /// How many statements are around what is written.
    depth: u32,
    /// Whether the innermost statement can have joins.
    can_join: bool,
    /// What the innermost query groups by in some of its grouping sets: NULL in the others.
    pub(super) optional_keys: Vec<&'a Node>,
    /// Which rows are read although they are marked as deleted.
    pub(super) included: Included<'a>,
    /// Whether they are those of a text written by hand, which nobody knows.
    is_open: bool,
}

/// A source that can be named.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visible {
    name: &'static str,
    /// The table, if it is one.
    table: Option<&'static Table>,
    /// Whether an outer join may fill its columns with NULL.
    is_optional: bool,
    /// The depth of its statement.
    depth: u32,
}

impl Scopes<'_> {
    /// Returns the scopes of a query that stands beside the other sources, and cannot name their columns.
    pub(super) fn beside(&self) -> Self {
        Self { included: self.included.clone(), ..Self::default() }
    }

    /// Enters a statement about one table.
    pub(super) fn enter_table(&mut self, table: &'static Table) {
        self.can_join = false;
        self.depth += 1;
        let depth = self.depth;
        self.sources.push(Visible {
            name: &table.name,
            table: Some(table),
            is_optional: false,
            depth,
        });
    }

    /// Enters a source beside a table whose columns are all called as those of the table.
    pub(super) fn enter_beside(&mut self, name: &'static str) {
        let depth = self.depth;
        self.sources.push(Visible { name, table: None, is_optional: false, depth });
    }

    /// Enters what an insert does about a row that clashes, which can name the row that it proposed.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if the table is called as that row is.
    pub(super) fn enter_conflict(&mut self, table: &'static Table) -> Result<()> {
        if table.name == EXCLUDED {
            return Err(Error::invalid_query(
                "the rows of a table `excluded` cannot be updated where they clash: SQL calls the row \
                 that was proposed so",
            ));
        }
        self.enter_table(table);
        let depth = self.depth;
        self.sources.push(Visible {
            name: EXCLUDED,
            table: Some(table),
            is_optional: false,
            depth,
        });
        Ok(())
    }

    /// Enters a write to `table` that looks at the rows of others.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if two of them have the same name.
    pub(super) fn enter_write(&mut self, table: &'static Table, from: &[Source]) -> Result<()> {
        self.enter_table(table);
        self.can_join = true;
        let start = self.sources.len() - 1;
        from.iter().try_for_each(|source| self.add(start, source, false))
    }

    /// Enters a text written by hand: any column can be named.
    pub(super) fn enter_text(&mut self) {
        self.is_open = true;
    }

    /// Whether the innermost statement is a text written by hand.
    pub(super) fn is_open(&self) -> bool {
        self.is_open && self.depth == 0
    }

    /// Enters a query.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if two of its sources have the same name.
    pub(super) fn enter(&mut self, statement: &SelectStatement) -> Result<()> {
        self.can_join = true;
        let start = self.sources.len();
        self.depth += 1;
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
        self.depth -= 1;
        while self.sources.pop_if(|source| source.depth > self.depth).is_some() {}
    }

    /// Returns where the sources of the innermost statement begin.
    fn start(&self) -> usize {
        self.sources.partition_point(|source| source.depth < self.depth)
    }

    fn add(&mut self, start: usize, source: &Source, is_optional: bool) -> Result<()> {
        let name = source.name();
        if !matches!(source, Source::Table(TableRef { alias: None, .. })) {
            check::name(name)?;
        }
        if self.sources[start..].iter().any(|known| known.name == name) {
            return Err(Error::invalid_query(format!(
                "`{name}` is in this query twice: give one of them another name, such as with \
                 `User::alias(\"other\")`"
            )));
        }
        let table = match source {
            Source::Table(table) => Some(table.table),
            Source::Derived { .. } | Source::Cte(_) => None,
        };
        self.sources.push(Visible { name, table, is_optional, depth: self.depth });
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
    pub(super) fn is_optional(&self, column: &ColumnRef) -> Result<bool> {
        if self.is_open() {
            return Ok(false);
        }
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
        if self.is_open() {
            return Ok(false);
        }
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

    /// Hides the source `name` of the innermost statement and those after it, for a query that stands
    /// in its place; returns what [`show`](Self::show) needs.
    pub(super) fn hide_from(&mut self, name: &str) -> Vec<Visible> {
        let start = self.start();
        let found = self.sources[start..].iter().position(|visible| visible.name == name);
        self.sources.split_off(found.map_or(self.sources.len(), |position| start + position))
    }

    /// Shows again what was hidden.
    pub(super) fn show(&mut self, hidden: Vec<Visible>) {
        self.sources.extend(hidden);
    }

    /// Whether the innermost statement has none around it.
    pub(super) const fn is_outermost(&self) -> bool {
        self.depth == 1
    }

    /// Refuses a lock on what is no table of the innermost statement.
    pub(super) fn can_lock(&self, names: &[&str]) -> Result<()> {
        let start = self.start();
        let sources = &self.sources[start..];
        let is_table = |name| sources.iter().any(|one| one.name == name && one.table.is_some());
        match names.iter().find(|name| !is_table(**name)) {
            Some(name) => Err(Error::invalid_query(format!(
                "`{name}` is to be locked, but it is no table of this query: join it, or leave out \
                 its `.of(…)`"
            ))),
            None => Self::can_lock_rows(sources, names),
        }
    }

    /// Refuses a lock on rows that an outer join may leave empty.
    fn can_lock_rows(sources: &[Visible], names: &[&str]) -> Result<()> {
        let is_locked = |one: &Visible| names.is_empty() || names.contains(&one.name);
        let mut optional = sources.iter().filter(|one| one.is_optional && one.table.is_some());
        match optional.find(|one| is_locked(one)) {
            Some(one) => Err(Error::invalid_query(format!(
                "the rows of `{}` may be missing because of an outer join, so they cannot be locked: \
                 name the tables whose rows are to be, such as by `.of(User::entity())`",
                one.name
            ))),
            None => Ok(()),
        }
    }

    /// Refuses a query inside the innermost statement that has one of its names: it cannot refer to
    /// the rows around it, which a condition on them is for. `inner_kind` is what it is in messages.
    pub(super) fn hides_nothing(&self, inner: &SelectStatement, inner_kind: &str) -> Result<()> {
        let joined = inner.joins.iter().map(|join| &join.source);
        let mut names = std::iter::once(&inner.from).chain(joined).map(Source::name);
        match names.find(|name| self.innermost(name).is_some()) {
            Some(name) => Err(Error::invalid_query(format!(
                "`{name}` is both in {inner_kind} and in the query around it, so that its columns \
                 would mean those of the inner one only: query an alias inside, such as \
                 `User::alias(\"other\").query()`"
            ))),
            None => Ok(()),
        }
    }

    #[cold]
    fn not_in_query(&self, column: &ColumnRef) -> Error {
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
    fn advice(&self, column: &ColumnRef) -> String {
        let model = column.table.model;
        if column.alias == Some(EXCLUDED) {
            return "`excluded` is the row that an insert proposed, which only its `.do_update()` \
                    can name"
                .to_owned();
        }
        if !self.can_join {
            return "an upsert is about one table, so ask others by `exists` or `in_query`"
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

fn is_of(column: &ColumnRef, visible: &Visible) -> bool {
    visible.table.is_some_and(|table| std::ptr::eq(table, column.table))
}
