//! The one writer of SQL: statements in, text and values out; it asks the dialect what differs.
//!
//! Nothing is sent from here, and no other room writes SQL.

mod call;
mod check;
mod conflict;
mod ddl;
mod deleted;
mod expression;
mod fragment;
mod full_text;
mod grouping;
mod json;
mod names;
mod row;
mod scope;
mod select;
mod update_rows;
mod window;
mod with;
mod write;
mod writer;

pub(crate) use self::check::is_same;
pub use self::conflict::on_conflict;
pub use self::ddl::{create_all, drop_enum_types, drop_tables};
pub use self::fragment::{in_text, text};
pub(crate) use self::names::unused_alias;
pub use self::select::{count, exists, select, select_at_most};
pub use self::update_rows::{update_unnest, update_values};
pub use self::write::{delete, insert_query, insert_unnest, insert_values, update};

use std::borrow::Cow;

use crate::ast::ColumnRef;
use crate::schema::Table;
use crate::value::Value;

/// A statement as it is sent: text and values, and what they are about, for messages.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::Value;
/// use orm_core::ast::SelectStatement;
/// use orm_core::sql;
///
/// #[derive(Model)]
/// struct Tag {
///     #[orm(primary_key)]
///     id: i64,
/// }
///
/// let mut statement = SelectStatement::all_of(Tag::table());
/// statement.limit = Some(5);
/// let sql = sql::select(&orm::Postgres, &statement)?;
/// assert_eq!(sql.text, r#"SELECT "id" FROM "tag" LIMIT $1"#);
/// assert_eq!(sql.binds, [Value::I64(5)]);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sql<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// The values, in the order of their placeholders.
    pub binds: Vec<Value<'a>>,
    /// The table the statement is about, if it is about one.
    pub table: Option<&'static Table>,
    /// The column that each value is for or compared with; shorter than `binds` where it repeats.
    pub bind_columns: Cow<'a, [Option<ColumnRef>]>,
}

impl<'a> Sql<'a> {
    /// Returns a statement without values that is about no table of a model.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm_core::sql::Sql;
    ///
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// let changed = conn.execute(&Sql::plain("CREATE TABLE t (a)"))?;
    /// assert_eq!(changed, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), binds: Vec::new(), table: None, bind_columns: Cow::Borrowed(&[]) }
    }

    /// Returns the column that the value at `position` is for or compared with.
    pub fn bind_column(&self, position: usize) -> Option<ColumnRef> {
        match self.bind_columns.len() {
            0 => None,
            count => self.bind_columns[position % count],
        }
    }
}
