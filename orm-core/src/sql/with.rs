//! WITH: the common table expressions of a statement, each written once, before it.

use std::ptr;

use super::Sql;
use super::expression::refused;
use super::writer::Writer;
use crate::ast::{Cte, CteBody, CteRef};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::schema::Table;

/// Writes a statement that is about `table`, if it is about one, and before it the common table
/// expressions that it uses.
///
/// Which those are is known when the statement has been written, but placeholders are numbered as
/// they are read. So a statement that uses any is written twice.
pub(super) fn whole<'a>(
    dialect: &'a dyn Dialect,
    table: Option<&'static Table>,
    write: &dyn Fn(&mut Writer<'a>) -> Result<()>,
) -> Result<Sql<'a>> {
    let mut writer = Writer::new(dialect, table);
    write(&mut writer)?;
    if writer.with.is_empty() {
        return Ok(writer.finish());
    }
    let mut whole = Writer::new(dialect, table);
    whole.scopes.included = writer.scopes.included.of_outermost();
    whole.with = writer.with;
    whole.with_clause()?;
    whole.scopes.included = writer.scopes.included;
    write(&mut whole)?;
    Ok(whole.finish())
}

impl<'a> Writer<'a> {
    /// Writes a common table expression as a source.
    pub(super) fn cte(&mut self, cte: &'a CteRef) -> Result<()> {
        match &cte.definition {
            Some(definition) => self.use_cte(definition)?,
            None if self.recursion == Some(cte.name) => {}
            None => return Err(outside_of_its_recursion(cte.name)),
        }
        self.identifier(cte.name);
        if let Some(alias) = cte.alias {
            self.push(" AS ");
            self.identifier(alias);
        }
        Ok(())
    }

    /// Refuses a table that a common table expression of the same name would hide.
    pub(super) fn is_not_hidden(&self, table: &Table) -> Result<()> {
        let has_its_name = |cte: &&Cte| is_same_name(cte.name, &table.name);
        if table.schema.is_none() && self.with.iter().any(has_its_name) {
            return Err(Error::invalid_query(format!(
                "`{0}` is both a table and a common table expression of this statement, where it \
                 would mean the latter only: call that something else than `.cte(\"{0}\")`",
                table.name
            )));
        }
        Ok(())
    }

    /// Notes `cte` as one that is written before the statement, after those that it uses itself.
    fn use_cte(&mut self, cte: &'a Cte) -> Result<()> {
        if self.with.iter().any(|known| ptr::eq(*known, cte)) {
            return Ok(());
        }
        // What it uses is known when it has been written, as that of a statement is.
        let mut draft = Writer::new(self.dialect, None);
        draft.scopes.included = self.scopes.included.of_outermost();
        draft.with.append(&mut self.with);
        draft.cte_body(&cte.body, cte.name)?;
        self.with = draft.with;
        if self.with.iter().any(|known| is_same_name(known.name, cte.name)) {
            return Err(Error::invalid_query(format!(
                "two common table expressions of this statement are called `{0}`: make it once and \
                 use it (or its `.clone()`) everywhere, or give one of them another name",
                cte.name
            )));
        }
        self.with.push(cte);
        Ok(())
    }

    fn with_clause(&mut self) -> Result<()> {
        let is_recursive = |cte: &&Cte| matches!(cte.body, CteBody::Recursive(_));
        let any_is_recursive = self.with.iter().any(is_recursive);
        self.push(if any_is_recursive { "WITH RECURSIVE " } else { "WITH " });
        for position in 0..self.with.len() {
            let cte = self.with[position];
            self.push(if position > 0 { ", " } else { "" });
            self.identifier(cte.name);
            self.push(match cte.materialized {
                None => " AS (",
                Some(true) => " AS MATERIALIZED (",
                Some(false) => " AS NOT MATERIALIZED (",
            });
            self.cte_body(&cte.body, cte.name)?;
            self.push(")");
        }
        self.push(" ");
        Ok(())
    }

    fn cte_body(&mut self, body: &'a CteBody, name: &'static str) -> Result<()> {
        match body {
            CteBody::Query(query) => self.select(query),
            CteBody::Recursive(query) => {
                self.recursion = Some(name);
                self.select(query)?;
                self.recursion = None;
                Ok(())
            }
            CteBody::Invalid(error) => Err(refused(error, None)),
            CteBody::Update(_) | CteBody::Delete(_) | CteBody::Insert(_)
                if !self.dialect.has_writing_ctes() =>
            {
                Err(self.unsupported("writes in common table expressions"))
            }
            CteBody::Update(update) => self.update(update),
            CteBody::Delete(delete) => self.delete(delete),
            CteBody::Insert(insert) => self.insert_query(insert),
        }
    }
}

/// Whether a backend may take both for the same name: SQLite does not tell the cases of letters apart.
fn is_same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

#[cold]
fn outside_of_its_recursion(name: &str) -> Error {
    Error::invalid_query(format!(
        "the rows of `{name}` that the closure of `.recursive(\"{name}\", …)` is given can only be \
         used in the query that it returns: everywhere else, use what `.recursive` itself returns"
    ))
}
