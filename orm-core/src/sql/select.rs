//! SELECT, and what it is wrapped in to count or to test.

use std::mem;

use super::check::Selected;
use super::expression::Precedence;
use super::window::Windows;
use super::writer::Writer;
use super::{Sql, check, deleted, grouping, with};
use crate::ast::{
    Direction, Item, Join, JoinKind, Lock, LockStrength, LockWait, Node, Nulls, OrderTerm,
    Projection, SelectStatement, SetOperator, Source,
};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::types::LEFT_OUT;
use crate::value::Value;

/// Writes `statement`.
///
/// # Errors
///
/// [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) for a query that makes no sense, such as
/// one with a column of a table that is not in it, and
/// [`Error::Encode`](crate::error::Error::Encode) for a value that could not be made.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct Tag { #[orm(primary_key)] id: i64, name: String }
/// use orm_core::ast::SelectStatement;
/// use orm_core::sql;
///
/// let statement = SelectStatement::all_of(Tag::table());
/// let sql = sql::select(&orm::Sqlite, &statement)?;
/// assert_eq!(sql.text, r#"SELECT "id", "name" FROM "tag""#);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn select<'a>(dialect: &'a dyn Dialect, statement: &'a SelectStatement) -> Result<Sql<'a>> {
    with::whole(dialect, statement.table(), &|writer| writer.received(statement, statement.limit))
}

/// Writes `statement` such that it returns at most `count` rows.
///
/// # Errors
///
/// As [`select`].
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct Tag { #[orm(primary_key)] id: i64, name: String }
/// use orm_core::ast::SelectStatement;
/// use orm_core::sql;
///
/// let statement = SelectStatement::all_of(Tag::table());
/// let sql = sql::select_at_most(&orm::Sqlite, &statement, 1)?;
/// assert_eq!(sql.text, r#"SELECT "id", "name" FROM "tag" LIMIT ?1"#);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn select_at_most<'a>(
    dialect: &'a dyn Dialect,
    statement: &'a SelectStatement,
    count: u64,
) -> Result<Sql<'a>> {
    let limit = statement.limit.map_or(count, |limit| limit.min(count));
    with::whole(dialect, statement.table(), &|writer| writer.received(statement, Some(limit)))
}

/// Writes the statement that returns how many rows `statement` returns.
///
/// # Errors
///
/// As [`select`].
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct Tag { #[orm(primary_key)] id: i64, name: String }
/// use orm_core::ast::SelectStatement;
/// use orm_core::sql;
///
/// let mut statement = SelectStatement::all_of(Tag::table());
/// statement.limit = Some(5);
/// let sql = sql::count(&orm::Sqlite, &statement)?;
/// assert!(sql.text.starts_with("SELECT count(*) FROM (SELECT "));
/// # Ok::<(), orm::Error>(())
/// ```
pub fn count<'a>(dialect: &'a dyn Dialect, statement: &'a SelectStatement) -> Result<Sql<'a>> {
    with::whole(dialect, statement.table(), &|writer| {
        writer.push("SELECT count(*) FROM ");
        if is_plain(statement) {
            return writer.rows(statement);
        }
        writer.subquery(statement)?;
        writer.push(" AS ");
        writer.identifier("counted");
        Ok(())
    })
}

/// Writes the statement that returns whether `statement` returns any row.
///
/// # Errors
///
/// As [`select`].
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct Tag { #[orm(primary_key)] id: i64, name: String }
/// use orm_core::ast::SelectStatement;
/// use orm_core::sql;
///
/// let statement = SelectStatement::all_of(Tag::table());
/// let sql = sql::exists(&orm::Sqlite, &statement)?;
/// assert_eq!(sql.text, r#"SELECT EXISTS (SELECT 1 FROM "tag")"#);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn exists<'a>(dialect: &'a dyn Dialect, statement: &'a SelectStatement) -> Result<Sql<'a>> {
    with::whole(dialect, statement.table(), &|writer| {
        writer.push("SELECT EXISTS ");
        writer.exists_subquery(statement)
    })
}

/// Whether every row of the sources that passes the filter is one row of the result.
fn is_plain(statement: &SelectStatement) -> bool {
    !statement.distinct
        && statement.limit.is_none()
        && statement.offset.is_none()
        && statement.combined.is_empty()
        && !check::is_grouped(statement)
        && !check::selects_text(statement)
}

/// Returns the expressions that have to be the same wherever the query repeats them.
fn keys_of(statement: &SelectStatement) -> Vec<&Node> {
    let items = match &statement.projection {
        Projection::Items(items) if statement.distinct => &items[..],
        _ => &[],
    };
    grouping::keys(statement).chain(items.iter().map(|item| &item.node)).collect()
}

impl<'a> Writer<'a> {
    /// Writes a query in parentheses.
    pub(super) fn subquery(&mut self, statement: &'a SelectStatement) -> Result<()> {
        self.push("(");
        self.select(statement)?;
        self.push(")");
        Ok(())
    }

    /// Writes a query in parentheses of which only matters whether it has rows.
    pub(super) fn exists_subquery(&mut self, statement: &'a SelectStatement) -> Result<()> {
        if !is_plain(statement) {
            return self.subquery(statement);
        }
        self.push("(SELECT 1 FROM ");
        self.rows(statement)?;
        self.push(")");
        Ok(())
    }

    /// Writes where the rows come from and which they are.
    fn rows(&mut self, statement: &'a SelectStatement) -> Result<()> {
        let around = self.scopes.included.enter(&statement.criteria.deleted);
        self.scopes.enter(statement)?;
        self.sources(statement)?;
        self.filter_of_rows(statement)?;
        self.scopes.leave();
        self.scopes.included.leave(around);
        Ok(())
    }

    /// Writes the query that a program receives the rows of. The parts of a combined one have to agree,
    /// so they have all columns.
    fn received(&mut self, statement: &'a SelectStatement, limit: Option<u64>) -> Result<()> {
        self.defers = statement.combined.is_empty();
        self.limited(statement, limit)
    }

    pub(super) fn select(&mut self, statement: &'a SelectStatement) -> Result<()> {
        self.limited(statement, statement.limit)
    }

    /// Writes a query, with this limit instead of its own.
    fn limited(&mut self, statement: &'a SelectStatement, limit: Option<u64>) -> Result<()> {
        let keys = mem::replace(&mut self.keys, keys_of(statement));
        let windows = mem::take(&mut self.windows);
        let is_filter = mem::take(&mut self.is_filter);
        let around = self.scopes.included.enter(&statement.criteria.deleted);
        if statement.lock.is_some() {
            check::can_lock(statement)?;
        }
        if statement.combined.is_empty() {
            self.scopes.enter(statement)?;
            self.select_core(statement)?;
            self.order_by(&statement.order_by)?;
            if let Some(lock) = &statement.lock {
                self.scopes.can_lock(&lock.of)?;
            }
            self.scopes.leave();
        } else {
            self.combined(statement, statement.combined.len())?;
            self.order_of_combined(statement)?;
        }
        self.keys = keys;
        self.windows = windows;
        self.is_filter = is_filter;
        self.scopes.included.leave(around);
        self.limit(limit, statement.offset);
        if let Some(lock) = &statement.lock {
            self.lock(lock);
        }
        Ok(())
    }

    /// Writes the query with the first `count` of those that are combined with it.
    fn combined(&mut self, statement: &'a SelectStatement, count: usize) -> Result<()> {
        let Some((last, before)) = statement.combined[..count].split_last() else {
            return self.part(statement);
        };
        let (operator, other) = last;
        check::is_part(other)?;
        // Standard SQL intersects first, SQLite goes from left to right, as the calls do.
        let is_wrapped =
            intersects(*operator) && before.iter().any(|(operator, _)| !intersects(*operator));
        self.push(if is_wrapped { "SELECT * FROM (" } else { "" });
        self.combined(statement, before.len())?;
        if is_wrapped {
            self.push(") AS ");
            self.identifier("combined");
        }
        self.push(match operator {
            SetOperator::Union => " UNION ",
            SetOperator::UnionAll => " UNION ALL ",
            SetOperator::Intersect => " INTERSECT ",
            SetOperator::Except => " EXCEPT ",
            SetOperator::IntersectAll | SetOperator::ExceptAll
                if !self.dialect.has_intersect_all() =>
            {
                return Err(
                    self.unsupported("INTERSECT ALL and EXCEPT ALL, which count equal rows")
                );
            }
            SetOperator::IntersectAll => " INTERSECT ALL ",
            SetOperator::ExceptAll => " EXCEPT ALL ",
        });
        self.part(other)
    }

    /// Writes one of the queries that are combined.
    fn part(&mut self, statement: &'a SelectStatement) -> Result<()> {
        let around = self.scopes.included.enter(&statement.criteria.deleted);
        self.scopes.enter(statement)?;
        self.select_core(statement)?;
        self.scopes.leave();
        self.scopes.included.leave(around);
        Ok(())
    }

    /// Writes a query without its order and limit, after its sources are entered.
    fn select_core(&mut self, statement: &'a SelectStatement) -> Result<()> {
        check::grouping(statement)?;
        self.windows = Windows::default();
        let optional_keys = grouping::optional_keys(statement);
        let optional_keys = mem::replace(&mut self.scopes.optional_keys, optional_keys);
        self.push(if statement.distinct { "SELECT DISTINCT " } else { "SELECT " });
        if mem::take(&mut self.defers) {
            self.without_deferred(statement)?;
        } else {
            self.projection(&statement.projection)?;
        }
        self.push(" FROM ");
        self.sources(statement)?;
        self.filter_of_rows(statement)?;
        self.group_by(statement)?;
        if let Some(condition) = &statement.having {
            self.push(" HAVING ");
            self.node(condition)?;
        }
        self.window_clause()?;
        self.scopes.optional_keys = optional_keys;
        Ok(())
    }

    pub(super) fn projection(&mut self, projection: &'a Projection) -> Result<()> {
        match projection {
            Projection::Table(table) => {
                check::is_whole(*table, &self.scopes)?;
                self.all_columns(*table);
                Ok(())
            }
            Projection::Items(items) => {
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        self.push(", ");
                    }
                    self.item(item)?;
                }
                Ok(())
            }
        }
    }

    /// Writes what is selected, with NULL for the columns that are left out.
    fn without_deferred(&mut self, statement: &'a SelectStatement) -> Result<()> {
        // DISTINCT orders by what is selected.
        let is_needed = |node: &Node| {
            statement.distinct
                && statement.order_by.iter().any(|term| check::is_same(&term.node, node))
        };
        match &statement.projection {
            Projection::Table(table) if table.table.has_deferred() => {
                check::is_whole(*table, &self.scopes)?;
                for position in 0..table.table.columns.len() {
                    self.push(if position > 0 { ", " } else { "" });
                    let column = table.column(position);
                    let is_left_out = statement.deferral.leaves_out(table.table, position);
                    if is_left_out && !is_needed(&Node::Column(column)) {
                        self.left_out();
                    } else {
                        self.column(&column)?;
                    }
                }
                Ok(())
            }
            Projection::Items(items) if items.iter().any(|item| item.is_deferred) => {
                for (position, item) in items.iter().enumerate() {
                    self.push(if position > 0 { ", " } else { "" });
                    if item.is_deferred && !is_needed(&item.node) {
                        self.left_out();
                    } else {
                        self.item(item)?;
                    }
                }
                Ok(())
            }
            whole => self.projection(whole),
        }
    }

    fn left_out(&mut self) {
        self.push("NULL AS ");
        self.identifier(LEFT_OUT);
    }

    fn item(&mut self, item: &'a Item) -> Result<()> {
        if !item.nullable {
            check::is_never_null(item, &self.scopes)?;
        }
        self.comparable(&item.node)?;
        if let Some(label) = &item.label {
            check::name(label)?;
            self.push(" AS ");
            self.identifier(label);
        }
        Ok(())
    }

    fn sources(&mut self, statement: &'a SelectStatement) -> Result<()> {
        let keeps_all = deleted::keeps_all(statement);
        self.source_of_rows(&statement.from, keeps_all)?;
        for Join { kind, source, on } in &statement.joins {
            self.push(match kind {
                JoinKind::Inner => " JOIN ",
                JoinKind::Left => " LEFT JOIN ",
                JoinKind::Right => " RIGHT JOIN ",
                JoinKind::Full => " FULL JOIN ",
            });
            if let Source::Derived { is_lateral: true, alias, .. } = source
                && matches!(kind, JoinKind::Right | JoinKind::Full)
            {
                return Err(lateral_without_partner(alias));
            }
            self.source_of_rows(source, keeps_all)?;
            self.push(" ON ");
            let mark = match source {
                Source::Table(table) if !keeps_all => self.scopes.included.mark(*table),
                _ => None,
            };
            match on {
                Node::Value(Value::Bool(true)) => self.push("TRUE"),
                on if mark.is_some() => self.at_least(Precedence::And, on, None)?,
                on => self.node(on)?,
            }
            if let Some(mark) = mark {
                self.push(" AND ");
                self.is_null(&mark)?;
            }
        }
        Ok(())
    }

    /// Writes a source of a query that cannot leave out rows by its conditions if it `keeps_all`.
    fn source_of_rows(&mut self, source: &'a Source, keeps_all: bool) -> Result<()> {
        match source {
            Source::Table(table) if keeps_all && self.living(*table) => {
                self.is_not_hidden(table.table)
            }
            source => self.source(source),
        }
    }

    /// Writes ` WHERE …`: which rows of the first source the query returns.
    fn filter_of_rows(&mut self, statement: &'a SelectStatement) -> Result<()> {
        let keeps_all = deleted::keeps_all(statement);
        let from = (!keeps_all).then_some(&statement.from);
        self.filter_of(statement.filter.as_ref(), from.into_iter())
    }

    pub(super) fn source(&mut self, source: &'a Source) -> Result<()> {
        match source {
            Source::Table(table) => {
                self.is_not_hidden(table.table)?;
                self.table_ref(*table);
            }
            Source::Derived { query, alias, is_lateral } => {
                if *is_lateral {
                    self.lateral(query, alias)?;
                } else {
                    // It stands beside the other sources, so it cannot name their columns.
                    let beside = self.scopes.beside();
                    let around = mem::replace(&mut self.scopes, beside);
                    self.subquery(query)?;
                    self.scopes = around;
                }
                self.push(" AS ");
                self.identifier(alias);
            }
            Source::Cte(cte) => self.cte(cte)?,
        }
        Ok(())
    }

    /// Writes a query that can name the columns of the sources before it.
    fn lateral(&mut self, query: &'a SelectStatement, alias: &str) -> Result<()> {
        if !self.dialect.has_lateral_joins() {
            return Err(self.unsupported("lateral joins"));
        }
        let hidden = self.scopes.hide_from(alias);
        self.scopes.hides_nothing(query, "a lateral query")?;
        self.push("LATERAL ");
        self.subquery(query)?;
        self.scopes.show(hidden);
        Ok(())
    }

    fn order_by(&mut self, terms: &'a [OrderTerm]) -> Result<()> {
        if terms.is_empty() {
            return Ok(());
        }
        self.push(" ORDER BY ");
        self.order_terms(terms)
    }

    pub(super) fn order_terms(&mut self, terms: &'a [OrderTerm]) -> Result<()> {
        for (position, term) in terms.iter().enumerate() {
            if position > 0 {
                self.push(", ");
            }
            self.comparable(&term.node)?;
            self.direction(term);
        }
        Ok(())
    }

    /// Writes the order of a combined query, which names the columns of its result: those of the
    /// first part.
    fn order_of_combined(&mut self, statement: &'a SelectStatement) -> Result<()> {
        for (index, term) in statement.order_by.iter().enumerate() {
            self.push(if index == 0 { " ORDER BY " } else { ", " });
            match check::selected(&statement.projection, &term.node)? {
                Selected::Name(name) => self.identifier(name),
                Selected::Position(position) => self.push(&position.to_string()),
            }
            self.direction(term);
        }
        Ok(())
    }

    fn direction(&mut self, term: &OrderTerm) {
        if term.direction == Direction::Descending {
            self.push(" DESC");
        }
        match term.nulls {
            Some(Nulls::First) => self.push(" NULLS FIRST"),
            Some(Nulls::Last) => self.push(" NULLS LAST"),
            None => {}
        }
    }

    fn limit(&mut self, limit: Option<u64>, offset: Option<u64>) {
        match (limit, offset) {
            (Some(limit), _) => {
                self.push(" LIMIT ");
                self.bind(count_of_rows(limit), None);
            }
            (None, Some(_)) => self.push(self.dialect.no_limit()),
            (None, None) => {}
        }
        if let Some(offset) = offset {
            self.push(" OFFSET ");
            self.bind(count_of_rows(offset), None);
        }
    }

    fn lock(&mut self, lock: &Lock) {
        if !self.dialect.has_row_locks() {
            return;
        }
        self.push(match lock.strength {
            LockStrength::Update => " FOR UPDATE",
            LockStrength::Share => " FOR SHARE",
        });
        for (position, name) in lock.of.iter().enumerate() {
            self.push(if position == 0 { " OF " } else { ", " });
            self.identifier(name);
        }
        self.push(match lock.wait {
            LockWait::Wait => "",
            LockWait::NoWait => " NOWAIT",
            LockWait::SkipLocked => " SKIP LOCKED",
        });
    }
}

fn intersects(operator: SetOperator) -> bool {
    matches!(operator, SetOperator::Intersect | SetOperator::IntersectAll)
}

#[cold]
fn lateral_without_partner(alias: &str) -> Error {
    Error::invalid_query(format!(
        "the lateral query `{alias}` is about rows of the sources before it, so it has none \
         without them: use `join` or `left_join`"
    ))
}

/// No table has more rows than an `i64` counts, so a larger number means the same as the largest.
fn count_of_rows(count: u64) -> Value<'static> {
    Value::I64(i64::try_from(count).unwrap_or(i64::MAX))
}
