//! `create_all` and `drop_all`: what is there is looked up, what is missing is made.

use std::ops::ControlFlow;

use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::{Executor, atomically};
use crate::schema::{ForeignKey, Metadata, Table};
use crate::sql::{self, Sql};
use crate::types::SqlType;

/// How many bytes of a name PostgreSQL keeps (`NAMEDATALEN`): a longer one would be another.
const LONGEST_NAME: usize = 63;

impl Metadata {
    /// Creates the tables that do not exist, with their indexes, in an order that satisfies their
    /// foreign keys; all of them, or none.
    ///
    /// A table that exists is left as it is, whatever its columns are.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] if a foreign key refers to a table that is neither in this metadata nor
    /// in the database, or to columns that are not unique, or if a name is too long for one of the
    /// backends; [`Error::Unsupported`] for a column of a type that the backend has not; otherwise what
    /// the database reports.
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
            check(self, &tables)?;
            check_types(self, dialect)?;
            let missing = |table: &Table| !has_table(&tables, table);
            let type_exists = |name: &str| has_type(&types, name);
            run(executor, &sql::create_all(dialect, self, &missing, &type_exists))
        })
    }

    /// Drops the tables that exist, those that refer to others first, and then their enum types that
    /// no other table uses; all of them, or none.
    ///
    /// A table outside of this metadata that refers to one of these keeps PostgreSQL from dropping it.
    /// SQLite deletes the rows of a table before it drops it, so that there the `ON DELETE` of the
    /// foreign key decides: rows of the other table that refer with `CASCADE` are deleted too.
    ///
    /// # Errors
    ///
    /// What the database reports, for example that a table outside of this metadata refers to one of
    /// these.
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
    /// }
    ///
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// metadata![Tag].create_all(&mut conn)?;
    /// metadata![Tag].drop_all(&mut conn)?;
    /// assert!(Tag::query().count(&mut conn).is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
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

/// Refuses a column that the backend has no type for.
fn check_types(metadata: &Metadata, dialect: &dyn Dialect) -> Result<()> {
    let columns = metadata
        .tables()
        .iter()
        .flat_map(|table| table.columns.iter().map(move |column| (table, column)));
    for (table, column) in columns {
        if matches!(column.sql_type, SqlType::Array(_)) && !dialect.has_arrays() {
            let name = format!("arrays, such as the column `{}.{}`", table.name, column.name);
            return Err(dialect.unsupported(name));
        }
    }
    Ok(())
}

/// Finds what one backend would refuse, and another only when rows are written.
fn check(metadata: &Metadata, existing: &[Name]) -> Result<()> {
    for table in metadata.tables() {
        let names = table.columns.iter().map(|column| &column.name);
        for name in std::iter::once(&table.name).chain(names) {
            if name.len() > LONGEST_NAME {
                return Err(Error::configuration(format!(
                    "the name `{name}` of the model `{}` has {} bytes: PostgreSQL keeps {LONGEST_NAME}",
                    table.model,
                    name.len()
                )));
            }
        }
        for key in &table.foreign_keys {
            check_key(metadata, existing, table, key)?;
        }
    }
    Ok(())
}

fn check_key(
    metadata: &Metadata,
    existing: &[Name],
    table: &Table,
    key: &ForeignKey,
) -> Result<()> {
    let is_target =
        |other: &&Table| other.name == key.target_table && other.schema == key.target_schema;
    let Some(target) = metadata.tables().iter().find(is_target) else {
        let is_there = existing
            .iter()
            .any(|(schema, name)| *name == key.target_table && *schema == key.target_schema);
        return if is_there {
            Ok(())
        } else {
            Err(Error::configuration(format!(
                "the foreign key `{}` refers to the table `{}`, which does not exist: add its model \
                 to `metadata![…]`",
                key.name, key.target_table
            )))
        };
    };
    let is_key = |columns: &[String]| {
        columns.len() == key.target_columns.len()
            && key.target_columns.iter().all(|column| columns.contains(column))
    };
    let primary_key: Vec<String> = target.primary_key_columns().map(str::to_owned).collect();
    let is_unique = is_key(&primary_key)
        || target.uniques.iter().any(|unique| is_key(&unique.columns))
        || target
            .indexes
            .iter()
            .any(|index| index.unique && index.condition.is_none() && is_key(&index.columns));
    if is_unique {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "the foreign key `{}` of `{}` refers to `{}.{}`, which is not unique: refer to the primary key, \
         or make the column `#[orm(unique)]`",
        key.name,
        table.name,
        key.target_table,
        key.target_columns.join(", ")
    )))
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

pub(super) fn names(executor: &mut impl Executor, query: &'static str) -> Result<Vec<Name>> {
    let mut names = Vec::new();
    executor.fetch(&Sql::plain(query), &mut |_, row| {
        let schema = if row.is_null(0) { None } else { Some(row.text(0)?.to_owned()) };
        names.push((schema, row.text(1)?.to_owned()));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(names)
}
