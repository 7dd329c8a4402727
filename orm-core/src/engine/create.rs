//! `create_all` and `drop_all`: what is there is looked up, what is missing is made.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::executor::{Executor, atomically};
use crate::schema::{Metadata, Table};
use crate::sql::{self, Sql};

impl Metadata {
    /// Creates the tables that do not exist, with their indexes, in an order that satisfies their
    /// foreign keys; all of them, or none.
    ///
    /// A table that exists is left as it is, whatever its columns are.
    ///
    /// # Errors
    ///
    /// What the database reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// #[derive(Model)]
    /// struct Tag {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    /// }
    ///
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// metadata![Tag].create_all(&mut conn)?;
    /// metadata![Tag].create_all(&mut conn)?; // nothing is missing: nothing happens
    /// assert_eq!(Tag::query().count(&mut conn)?, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn create_all(&self, executor: &mut impl Executor) -> Result<()> {
        atomically(executor, |executor| {
            let dialect = executor.dialect();
            let tables = names(executor, dialect.tables_query())?;
            let types = match dialect.enum_types_query() {
                Some(query) => names(executor, query)?,
                None => Vec::new(),
            };
            let missing = |table: &Table| !has_table(&tables, table);
            let type_exists = |name: &str| has_type(&types, name);
            run(executor, &sql::create_all(dialect, self, &missing, &type_exists))
        })
    }

    /// Drops the tables that exist, those that refer to others first, and then their enum types that
    /// no other table uses; all of them, or none.
    ///
    /// # Errors
    ///
    /// What the database reports, for example that a table outside of this metadata refers to one of
    /// these.
    pub fn drop_all(&self, executor: &mut impl Executor) -> Result<()> {
        atomically(executor, |executor| {
            let dialect = executor.dialect();
            let tables = names(executor, dialect.tables_query())?;
            let is_there = |table: &Table| has_table(&tables, table);
            run(executor, &sql::drop_tables(dialect, self, &is_there))?;
            let Some(query) = dialect.unused_enum_types_query() else { return Ok(()) };
            let unused = names(executor, query)?;
            let is_unused = |name: &str| has_type(&unused, name);
            run(executor, &sql::drop_enum_types(dialect, self, &is_unused))
        })
    }
}

fn run(executor: &mut impl Executor, statements: &[String]) -> Result<()> {
    statements.iter().try_for_each(|statement| executor.execute_definition(statement))
}

/// Schema (if it is not the default one) and name.
type Name = (Option<String>, String);

fn has_table(names: &[Name], table: &Table) -> bool {
    names.iter().any(|(schema, name)| *name == table.name && *schema == table.schema)
}

/// Whether an enum type is among `names`; all lie in the default schema.
fn has_type(names: &[Name], name: &str) -> bool {
    names.iter().any(|(schema, known)| known == name && schema.is_none())
}

fn names(executor: &mut impl Executor, query: &'static str) -> Result<Vec<Name>> {
    let mut names = Vec::new();
    executor.fetch(&Sql::plain(query), &mut |_, row| {
        let schema = if row.is_null(0) { None } else { Some(row.text(0)?.to_owned()) };
        names.push((schema, row.text(1)?.to_owned()));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(names)
}
