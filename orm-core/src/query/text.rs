//! Statements and expressions written by hand, whose values are bound by name.
//!
//! `parse` finds the names; how rows are read is in `columns` and `fetch`, what is sent in `sql`.

mod columns;
mod fetch;
mod parse;
#[cfg(test)]
mod tests;

pub use self::fetch::TextQuery;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use self::parse::Source;
use crate::ast::{Argument, Fragment, Node, Parameter};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::expr::{Bindable, Expr, Operand, list_of};
use crate::sql;
use crate::types::Field;

/// Begins a statement, or a part of one, that is written by hand.
///
/// A `:name` is a value, given by [`bind`](Text::bind), and may stand in the text several times. What is
/// in quotes or comments is left alone, and so are casts (`::int`) and slices (`tags[1:n]`); a colon
/// that would begin a name otherwise is written `\:`.
///
/// The text is part of the program, so that no input can be in it; see `orm::sql!`
/// for the same with the values inside the text.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::text;
///
/// #[derive(Model, Debug)]
/// #[orm(table = "users")]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     name: String,
///     age: i32,
/// }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![User].create_all(&mut conn)?;
/// # User::insert_many([("alice", 20), ("bob", 30)].map(|(name, age)| User::builder().name(name).age(age)))
/// #     .execute(&mut conn)?;
///
/// // Columns find their fields by name.
/// let users = text("SELECT * FROM users WHERE age >= :min AND name IN :names")
///     .bind("min", 18)
///     .bind_list("names", ["alice", "carol"])
///     .query::<User>()
///     .all(&mut conn)?;
/// assert_eq!(users[0].name, "alice");
///
/// // Tuples and single values take them as they come.
/// let ages = text("SELECT name, age + :years FROM users ORDER BY age")
///     .bind("years", 1)
///     .query::<(String, i32)>()
///     .all(&mut conn)?;
/// assert_eq!(ages[1], ("bob".to_owned(), 31));
///
/// let changed = text("UPDATE users SET age = age + 1").execute(&mut conn)?;
/// assert_eq!(changed, 2);
/// # Ok(())
/// # }
/// ```
pub fn text(sql: &'static str) -> Text {
    Text::parsed(&Source::Static(sql))
}

/// As [`text`], for SQL that the program puts together: nothing keeps input out of it.
///
/// # Examples
///
/// ```
/// use orm::text_unchecked;
///
/// let columns = ["id", "name"].join(", "); // never from outside
/// let query = text_unchecked(format!("SELECT {columns} FROM users WHERE id = :id")).bind("id", 7);
/// assert_eq!(query.to_sql(&orm::Sqlite)?, "SELECT id, name FROM users WHERE id = ?1");
/// # Ok::<(), orm::Error>(())
/// ```
pub fn text_unchecked(sql: String) -> Text {
    Text::parsed(&Source::Owned(sql))
}

/// A statement, or a part of one, that is written by hand; made by [`text`] and by `orm::sql!`.
#[derive(Clone)]
#[must_use = "nothing is sent before `execute`, or before a method of `query`"]
pub struct Text {
    /// A fragment, or why there is none: it is said when the text is used.
    node: Node,
}

impl Text {
    fn parsed(source: &Source) -> Self {
        let fragment = parse::named(source).map(|(pieces, names)| {
            let missing = |name| Parameter::new(name, Argument::Missing);
            Fragment::new(pieces, names.into_iter().map(missing).collect())
        });
        Self::of(fragment)
    }

    fn of(fragment: Result<Fragment>) -> Self {
        let node = fragment.map_or_else(
            |error| Node::Invalid(Arc::new(error)),
            |fragment| Node::Fragment(Box::new(fragment)),
        );
        Self { node }
    }

    /// Returns the text with an argument between each two of its parts; called by `orm::sql!`.
    #[doc(hidden)]
    pub fn around(
        parts: &'static [&'static str],
        arguments: Vec<(&'static str, Argument)>,
    ) -> Self {
        let fragment = parse::around(parts).map(|pieces| {
            let parameters = arguments.into_iter();
            let parameters = parameters.map(|(name, value)| Parameter::new(name.into(), value));
            Fragment::new(pieces, parameters.collect())
        });
        Self::of(fragment)
    }

    /// Gives `:name` a value, which is bound; or a column or an expression, which is written.
    ///
    /// PostgreSQL infers from the text which type a value has to be of: text beside an enum is an enum,
    /// and a timestamp beside a column without a zone is refused. A cast tells it where nothing else
    /// does, and reads text as another type: `:day::date`.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::text;
    ///
    /// let named = text("SELECT id FROM users WHERE name = :name OR email = :name").bind("name", "alice");
    /// assert_eq!(
    ///     named.to_sql(&orm::Postgres)?,
    ///     "SELECT id FROM users WHERE name = $1 OR email = $1"
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn bind<T>(self, name: &str, value: impl Bindable<T>) -> Self {
        self.given(name, value.into_argument())
    }

    /// Gives `:name` a list, bound as one value; it stands after `IN` or `NOT IN`, with parentheses or
    /// without.
    ///
    /// Nothing is in an empty list. Alone in the parentheses of a function the list is what the
    /// database has for one: an array on PostgreSQL (`unnest(:ids)`), the text of a JSON array on
    /// SQLite (`json_each(:ids)`).
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::text;
    ///
    /// let others = text("SELECT * FROM users WHERE id NOT IN :ids").bind_list("ids", [1, 2]);
    /// assert_eq!(others.to_sql(&orm::Postgres)?, "SELECT * FROM users WHERE id <> ALL($1)");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn bind_list<T, B: Bindable<T>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = B>,
    ) -> Self {
        self.given(name, list_of(values))
    }

    fn given(mut self, name: &str, argument: Argument) -> Self {
        let Node::Fragment(fragment) = &mut self.node else { return self };
        let mut parameters = fragment.parameters.iter_mut();
        let is_named = |parameter: &&mut Parameter| parameter.name.strip_prefix(':') == Some(name);
        if let Some(parameter) = parameters.find(is_named) {
            parameter.argument = argument;
        } else {
            let error = unknown(name, &fragment.parameters);
            self.node = Node::Invalid(Arc::new(error));
        }
        self
    }

    /// Runs the statement and returns the count of rows it inserted, updated or deleted.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] before anything is sent, if a name has no value, or was given one and is
    /// not in the text; what the database reports.
    pub fn execute<E: Executor>(&self, executor: &mut E) -> Result<u64> {
        let dialect = executor.dialect();
        let sql = sql::text(dialect, &self.node)?;
        executor.execute(&sql).map_err(|error| sql::in_text(error, dialect, &self.node))
    }

    /// Reads the rows of the statement as an `O`.
    ///
    /// Models, and structs that derive `FromRow`, find their columns by name, in any order and among
    /// others. A tuple or a single value takes the columns as they come and has to take all of them.
    pub fn query<O>(self) -> TextQuery<O> {
        TextQuery::new(self.node)
    }

    /// Returns the text as an expression of a query, whose value is read as a `T`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String, is_active: bool }
    /// use orm::text;
    ///
    /// let initial = text("substr(name, 1, :count)").bind("count", 1).into_expr::<String>();
    /// let query = User::query()
    ///     .filter(User::is_active & text("length(name) > :least").bind("least", 3)) // a condition as it is
    ///     .select((User::id, initial));
    /// assert_eq!(
    ///     query.to_sql(&orm::Sqlite)?,
    ///     r#"SELECT "id", substr(name, 1, ?1) FROM "user" WHERE "is_active" AND (length(name) > ?2)"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn into_expr<T: Field>(self) -> Expr<T> {
        if T::NULLABLE {
            return Expr::new(Node::Nullable(Box::new(self.node)));
        }
        Expr::new(self.node)
    }

    /// Returns the SQL, with placeholders for its values.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), before anything is sent.
    pub fn to_sql(&self, dialect: &dyn Dialect) -> Result<String> {
        Ok(sql::text(dialect, &self.node)?.text.into_owned())
    }

    pub(super) fn node(&self) -> &Node {
        &self.node
    }
}

impl Operand<bool> for Text {
    type Field = bool;

    fn into_operand(self) -> Node {
        self.node
    }
}

#[cold]
fn unknown(name: &str, parameters: &[Parameter]) -> Error {
    let known: Vec<Cow<'_, str>> =
        parameters.iter().map(|parameter| format!("`{}`", parameter.name).into()).collect();
    Error::invalid_query(match known.len() {
        0 => format!("`:{name}` was given a value, but the text has no values"),
        _ => format!("`:{name}` was given a value, but the text has only {}", known.join(", ")),
    })
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text").finish_non_exhaustive()
    }
}
