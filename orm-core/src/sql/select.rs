//! SELECT, and what it is wrapped in to count or to test.

use super::Sql;
use super::writer::Writer;
use crate::ast::{Direction, Nulls, OrderTerm, Projection, SelectStatement};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::value::Value;

/// Writes `statement`.
///
/// # Errors
///
/// [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) for a column of another table, and
/// [`Error::Encode`](crate::error::Error::Encode) for a value that could not be made.
pub fn select<'a>(dialect: &'a dyn Dialect, statement: &'a SelectStatement) -> Result<Sql<'a>> {
    let mut writer = Writer::new(dialect, statement.from);
    writer.select(statement)?;
    Ok(writer.finish())
}

/// Writes the statement that returns how many rows `statement` returns.
///
/// # Errors
///
/// As [`select`].
pub fn count<'a>(dialect: &'a dyn Dialect, statement: &'a SelectStatement) -> Result<Sql<'a>> {
    let mut writer = Writer::new(dialect, statement.from);
    writer.push("SELECT count(*) FROM ");
    if statement.distinct || statement.limit.is_some() || statement.offset.is_some() {
        writer.push("(");
        writer.select(statement)?;
        writer.push(") AS ");
        writer.identifier("counted");
    } else {
        writer.table_name();
        writer.filter(statement.filter.as_ref())?;
    }
    Ok(writer.finish())
}

/// Writes the statement that returns whether `statement` returns any row.
///
/// # Errors
///
/// As [`select`].
pub fn exists<'a>(dialect: &'a dyn Dialect, statement: &'a SelectStatement) -> Result<Sql<'a>> {
    let mut writer = Writer::new(dialect, statement.from);
    writer.push("SELECT EXISTS (");
    if statement.distinct || statement.limit.is_some() || statement.offset.is_some() {
        writer.select(statement)?;
    } else {
        writer.push("SELECT 1 FROM ");
        writer.table_name();
        writer.filter(statement.filter.as_ref())?;
    }
    writer.push(")");
    Ok(writer.finish())
}

impl<'a> Writer<'a> {
    fn select(&mut self, statement: &'a SelectStatement) -> Result<()> {
        self.push(if statement.distinct { "SELECT DISTINCT " } else { "SELECT " });
        match &statement.projection {
            Projection::Table(_) => self.all_columns(),
            Projection::Nodes(nodes) => {
                for (position, node) in nodes.iter().enumerate() {
                    if position > 0 {
                        self.push(", ");
                    }
                    self.node(node)?;
                }
            }
        }
        self.push(" FROM ");
        self.table_name();
        self.filter(statement.filter.as_ref())?;
        self.order_by(&statement.order_by)?;
        self.limit(statement.limit, statement.offset);
        Ok(())
    }

    fn order_by(&mut self, terms: &'a [OrderTerm]) -> Result<()> {
        for (position, term) in terms.iter().enumerate() {
            self.push(if position == 0 { " ORDER BY " } else { ", " });
            self.node(&term.node)?;
            if term.direction == Direction::Descending {
                self.push(" DESC");
            }
            match term.nulls {
                Some(Nulls::First) => self.push(" NULLS FIRST"),
                Some(Nulls::Last) => self.push(" NULLS LAST"),
                None => {}
            }
        }
        Ok(())
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
}

/// No table has more rows than an `i64` counts, so a larger number means the same as the largest.
fn count_of_rows(count: u64) -> Value<'static> {
    Value::I64(i64::try_from(count).unwrap_or(i64::MAX))
}
