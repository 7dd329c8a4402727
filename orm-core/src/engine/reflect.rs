//! `Table::reflect`: a table as the database describes it.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::create::names;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::schema::{ReflectedColumn, Table, interned, nearest_first, reflected, repeated};
use crate::sql::Sql;
use crate::types::SqlType;
use crate::value::{Row, Value};

impl Table {
    /// Returns the table or the view called `name` as the database describes it: its columns with
    /// their types and whether they may be NULL, and its primary key.
    ///
    /// Its rows are [`Record`](crate::query::Record)s, its columns are found by
    /// [`column`](Self::column). On PostgreSQL it is the first of this name in the search path.
    ///
    /// A table that looks as it did before is the same one, so that reflecting it again takes no more
    /// memory.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] if there is no such table, with the names that there are; otherwise
    /// what the database reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::{SqlType, Table};
    ///
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// conn.execute_definition("CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")?;
    ///
    /// let pets = Table::reflect(&mut conn, "pets")?;
    /// assert_eq!(pets.columns[1].name, "name");
    /// assert_eq!(pets.columns[1].sql_type, SqlType::Text { length: None });
    /// assert!(pets.primary_key_columns().eq(["id"]));
    ///
    /// assert_eq!(
    ///     Table::reflect(&mut conn, "pest").unwrap_err().to_string(),
    ///     "there is no table or view `pest`; there are `pets`"
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn reflect(executor: &mut impl Executor, name: &str) -> Result<&'static Self> {
        let dialect = executor.dialect();
        let query = Sql {
            text: Cow::Borrowed(dialect.columns_query()),
            binds: vec![Value::from(name)],
            table: None,
            bind_columns: Cow::Borrowed(&[]),
        };
        let mut columns = Vec::new();
        executor.fetch(&query, &mut |_, row| {
            columns.push(column(dialect, row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        if columns.is_empty() {
            let known = names(executor, dialect.tables_query())?;
            let known = known.iter().filter(|(schema, _)| schema.is_none());
            return Err(unknown(name, known.map(|(_, name)| name.as_str())));
        }
        Ok(reflected(name, columns))
    }
}

/// Reads a row of [`Dialect::columns_query`].
fn column(dialect: &dyn Dialect, row: &dyn Row) -> Result<ReflectedColumn> {
    let declared = row.text(1)?;
    let sql_type = dialect.declared_type(declared);
    Ok(ReflectedColumn {
        name: row.text(0)?.to_owned(),
        sql_type: sql_type.unwrap_or_else(|| SqlType::Other(interned(declared))),
        nullable: row.bool(2)?,
        key_position: if row.is_null(3) { None } else { Some(row.i64(3)?) },
        generated: row.bool(4)?,
    })
}

#[cold]
fn unknown<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Error {
    const MOST: usize = 10;
    let known = nearest_first(name, known);
    let shown = known[..known.len().min(MOST)].join("`, `");
    let there_are = match known.len() {
        0 => "there are none".to_owned(),
        count if count > MOST => format!("there are `{shown}` and {} more", count - MOST),
        _ => format!("there are `{shown}`"),
    };
    Error::configuration(format!("there is no table or view `{}`; {there_are}", repeated(name)))
}
