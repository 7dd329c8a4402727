//! Rows that are marked as deleted: left out wherever a statement reads from their table, unless it
//! includes them.
//!
//! They are left out as a statement is written, not as it is built, so that whatever builds one need not
//! think of it, and other tables cost nothing.

use super::expression::Precedence;
use super::scope::Scopes;
use super::writer::Writer;
use crate::ast::{ColumnRef, DeletedRows, JoinKind, Node, SelectStatement, Source, TableRef};
use crate::error::Result;

/// Which deleted rows the statements include that are being written.
#[derive(Debug, Clone, Default)]
pub(super) struct Included<'a> {
    /// What the outermost statement says, also for its common table expressions.
    outermost: Option<&'a DeletedRows>,
    /// What the statements say that are being written, one inside the other.
    open: Vec<&'a DeletedRows>,
}

impl<'a> Included<'a> {
    /// Includes what a statement says while it is written, and returns what [`leave`](Self::leave) needs.
    pub(super) fn enter(&mut self, rows: &'a DeletedRows) -> usize {
        let around = self.open.len();
        self.outermost.get_or_insert(rows);
        if !matches!(rows, DeletedRows::LeftOut) {
            self.open.push(rows);
        }
        around
    }

    /// Forgets what was included since `around`.
    pub(super) fn leave(&mut self, around: usize) {
        self.open.truncate(around);
    }

    /// Returns what a common table expression begins with.
    pub(super) fn of_outermost(&self) -> Self {
        let open = self.outermost.into_iter().collect();
        Self { outermost: self.outermost, open }
    }

    /// Returns the column that is NULL in the rows of `table` that are read, if some are left out.
    pub(super) fn mark(&self, table: TableRef) -> Option<ColumnRef> {
        let mark = table.table.soft_delete?;
        let includes = self.open.iter().any(|rows| rows.includes(table.table));
        (!includes).then(|| table.column(mark))
    }
}

impl Scopes<'_> {
    /// Whether the query leaves out rows of its tables.
    pub(super) fn leaves_out(&self, query: &SelectStatement) -> bool {
        query.sources().any(|source| match source {
            Source::Table(table) => {
                let mark = self.included.mark(*table);
                mark.is_some() && !query.criteria.deleted.includes(table.table)
            }
            Source::Derived { .. } | Source::Cte(_) => false,
        })
    }
}

/// Whether the query keeps rows of one of its tables whatever belongs to them in those after it: a
/// condition on these says nothing about them.
pub(super) fn keeps_all(statement: &SelectStatement) -> bool {
    statement.joins.iter().any(|join| matches!(join.kind, JoinKind::Right | JoinKind::Full))
}

impl<'a> Writer<'a> {
    /// Writes ` WHERE …`: the condition, and that rows of the `sources` are not deleted.
    pub(super) fn filter_of<'s>(
        &mut self,
        filter: Option<&'a Node>,
        sources: impl Iterator<Item = &'s Source>,
    ) -> Result<()> {
        let marks = sources.filter_map(|source| match source {
            Source::Table(table) => self.scopes.included.mark(*table),
            Source::Derived { .. } | Source::Cte(_) => None,
        });
        let marks: Vec<ColumnRef> = marks.collect();
        if marks.is_empty() {
            return self.filter(filter);
        }
        self.push(" WHERE ");
        if let Some(condition) = filter {
            self.condition(condition, Precedence::And)?;
            self.push(" AND ");
        }
        for (position, mark) in marks.iter().enumerate() {
            self.push(if position > 0 { " AND " } else { "" });
            self.is_null(mark)?;
        }
        Ok(())
    }

    /// Writes the table as a source that has no deleted rows by itself, if it has any.
    pub(super) fn living(&mut self, table: TableRef) -> bool {
        let Some(mark) = self.scopes.included.mark(table) else { return false };
        self.push("(SELECT * FROM ");
        self.table_name(table.table);
        self.push(" WHERE ");
        self.identifier(&table.table.columns[mark.position].name);
        self.push(" IS NULL) AS ");
        self.identifier(table.name());
        true
    }

    pub(super) fn is_null(&mut self, column: &ColumnRef) -> Result<()> {
        self.column(column)?;
        self.push(" IS NULL");
        Ok(())
    }
}
