//! Rows whose columns are known only at run time: values with the names of their columns.

use std::cell::RefCell;
use std::sync::Arc;

use super::{Output, Select};
use crate::ast::SelectStatement;
use crate::error::{Error, Result};
use crate::executor::Hydrate;
use crate::schema::{Table, nearest_first, repeated};
use crate::types::Field;
use crate::value::{Row, Value, Values};

/// One row of a table that is known only at run time: values by the names of their columns.
///
/// On SQLite, a value that is not of the type its column is declared with, which is possible there, is
/// held as it is stored.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::{Table, Value};
///
/// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// conn.execute_definition("CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")?;
/// conn.execute_definition("INSERT INTO pets (name) VALUES ('Rex')")?;
///
/// let pets = Table::reflect(&mut conn, "pets")?;
/// let rex = pets.query().filter(pets.column::<String>("name")?.eq("Rex")).one(&mut conn)?;
/// assert_eq!(rex.get::<i64>("id")?, 1);
///
/// let values: Vec<(&str, &Value)> = rex.iter().collect();
/// assert_eq!(values, [("id", &Value::I64(1)), ("name", &"Rex".into())]);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    names: Arc<[Box<str>]>,
    values: Vec<Value<'static>>,
}

impl Record {
    /// Returns the value of the column called `name`, read as a `T`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if there is no such column, with the names that there are;
    /// [`Error::Decode`] if its value is no `T`.
    pub fn get<T: Field>(&self, name: &str) -> Result<T> {
        let index = self.position(name).ok_or_else(|| self.has_no(name))?;
        T::read(&Values(&self.values), index).map_err(|error| error.in_column(|| name.to_owned()))
    }

    /// Returns the value of the column called `name`, if there is one.
    pub fn value(&self, name: &str) -> Option<&Value<'static>> {
        self.values.get(self.position(name)?)
    }

    /// Returns the names of the columns, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// Returns the columns: names and values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value<'static>)> {
        self.names().zip(&self.values)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.names().position(|known| known == name)
    }

    #[cold]
    fn has_no(&self, name: &str) -> Error {
        let (name, names) = (repeated(name), nearest_first(name, self.names()).join("`, `"));
        Error::invalid_query(format!("the record has no column `{name}`: it has `{names}`"))
    }
}

impl Output for Record {
    type Out<H: Hydrate> = Self;

    /// As many as there are.
    const WIDTH: usize = 0;

    fn from_row<H: Hydrate>(_: &mut H, row: &dyn Row, _: usize) -> Result<Self> {
        let names = names_of(row);
        let values = (0..names.len()).map(|index| row.value(index)?.into_owned());
        Ok(Self { values: values.collect::<Result<_>>()?, names })
    }
}

thread_local! {
    /// The names of the last record that this thread read, which the next one mostly has too.
    static LAST_NAMES: RefCell<Arc<[Box<str>]>> = RefCell::default();
}

/// Returns the names of the row's columns, which the rows of one result share.
fn names_of(row: &dyn Row) -> Arc<[Box<str>]> {
    LAST_NAMES.with_borrow_mut(|last| {
        let names = || (0..).map_while(|index| row.column_name(index));
        if !names().eq(last.iter().map(|name| &**name)) {
            *last = names().map(Into::into).collect();
        }
        Arc::clone(last)
    })
}

impl Table {
    /// Begins a query for rows of the table, as records.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::Table;
    ///
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// conn.execute_definition("CREATE TABLE pets (name TEXT, age INT)")?;
    ///
    /// let pets = Table::reflect(&mut conn, "pets")?;
    /// let query = pets.query().order_by(pets.column_named("age")?.desc()).limit(10);
    /// assert_eq!(
    ///     query.to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "name", "age" FROM "pets" ORDER BY "age" DESC LIMIT ?1"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn query(&'static self) -> Select<Record> {
        let mut statement = SelectStatement::all_of(self);
        statement.deferral.read(0..self.columns.len());
        Select::from_statement(statement)
    }
}
