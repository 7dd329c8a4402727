//! Queries and writes as users build them: typed on the outside, statements of `ast` inside.
//!
//! Built without knowing who runs them; the last method of a chain is given the executor.

mod batch;
mod cte;
mod delete;
mod derived;
mod explain;
mod fetch;
mod insert;
mod output;
mod returning;
mod select;
mod text;
mod update;

pub use self::delete::Delete;
pub use self::derived::{Derivable, Derived, DerivedRow};
pub use self::insert::{Insert, InsertMany};
pub use self::output::Output;
pub use self::returning::Returning;
pub use self::select::Select;
pub use self::text::{Text, TextQuery, text, text_unchecked};
pub use self::update::Update;

use crate::ast::{Node, Projection, Source, TableRef};
use crate::error::Error;
use crate::expr::{Alias, Entity, JoinOn, Operand};
use crate::model::{IntoNewRow, Model};
use crate::schema::Table;

/// Where queries and writes of a model begin: `User::query()`, `User::insert(…)`, `User::update()`,
/// `User::delete()`.
pub trait Query: Model + Output {
    /// Begins a query for rows of the model.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String, is_active: bool }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// let users: Vec<User> = User::query()
    ///     .filter(User::is_active & User::name.contains("li"))
    ///     .order_by(User::name)
    ///     .limit(10)
    ///     .all(&mut conn)?;
    /// # Ok(())
    /// # }
    /// ```
    fn query() -> Select<Self> {
        Select::new(TableRef { table: Self::table(), alias: None })
    }

    /// Returns the table under another name, for joining it to itself.
    fn alias(name: &'static str) -> Alias<Self> {
        Alias::new(name)
    }

    /// Returns the whole rows, to select them beside those of other tables.
    fn entity() -> Entity<Self> {
        Entity::new(TableRef { table: Self::table(), alias: None })
    }

    /// Returns what to join: the table, on a condition.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, email: String }
    /// # #[derive(Model)]
    /// # struct Invitation { #[orm(primary_key)] id: i64, email: String }
    /// let accepted = Invitation::query().join(User::on(User::email.eq(Invitation::email)));
    /// assert!(accepted.to_sql(&orm::Sqlite)?.ends_with(
    ///     r#"FROM "invitation" JOIN "user" ON "user"."email" = "invitation"."email""#
    /// ));
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn on(condition: impl Operand<bool>) -> JoinOn {
        let table = TableRef { table: Self::table(), alias: None };
        JoinOn::new(Source::Table(table), condition.into_operand())
    }

    /// Inserts one row.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// let alice = User::insert(User::builder().name("alice")).one(&mut conn)?;
    /// assert_eq!((alice.id, alice.name.as_str()), (1, "alice"));
    /// # Ok(())
    /// # }
    /// ```
    fn insert(row: impl IntoNewRow<Self>) -> Insert<Self> {
        Insert::new(row.into_new_row())
    }

    /// Inserts many rows, in few statements, all or none of them.
    ///
    /// The rows are asked for as they are sent, so that an iterator over a large file needs no more
    /// memory than one over a small one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// let names = ["alice", "bob", "carol"];
    /// let rows = names.map(|name| User::builder().name(name));
    /// let users = User::insert_many(rows).all(&mut conn)?;
    /// assert_eq!(users[2].id, 3);
    /// # Ok(())
    /// # }
    /// ```
    fn insert_many<I>(rows: I) -> InsertMany<Self, I::IntoIter>
    where
        I: IntoIterator<Item: IntoNewRow<Self>>,
    {
        InsertMany::new(rows.into_iter())
    }

    /// Begins an update.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String, is_active: bool }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// let count = User::update()
    ///     .set(User::is_active, false)
    ///     .filter(User::name.starts_with("test"))
    ///     .execute(&mut conn)?;
    /// assert_eq!(count, 0);
    /// # Ok(())
    /// # }
    /// ```
    fn update() -> Update<Self> {
        Update::new(Self::table())
    }

    /// Begins a delete.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// let count = User::delete().filter(User::id.eq(7)).execute(&mut conn)?;
    /// assert_eq!(count, 0);
    /// # Ok(())
    /// # }
    /// ```
    fn delete() -> Delete<Self> {
        Delete::new(Self::table())
    }
}

impl<M: Model + Output> Query for M {}

impl<M: Model + Output> Alias<M> {
    /// Begins a query for rows of the table under this name.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Employee { #[orm(primary_key)] id: i64, manager_id: Option<i64> }
    /// use orm::func::exists;
    ///
    /// let report = Employee::alias("report");
    /// let reports = report.query().filter(report.column(Employee::manager_id).eq(Employee::id));
    /// let managers = Employee::query().filter(exists(reports));
    /// assert!(managers.to_sql(&orm::Sqlite)?.ends_with(
    ///     r#"WHERE EXISTS (SELECT 1 FROM "employee" AS "report" WHERE "report"."manager_id" = "employee"."id")"#
    /// ));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn query(self) -> Select<M> {
        Select::new(self.table_ref())
    }
}

/// Adds a condition to those that a statement has.
fn add_filter(filter: &mut Option<Node>, condition: impl Operand<bool>) {
    let condition = condition.into_operand();
    *filter = Some(match filter.take() {
        Some(before) => before.and(condition),
        None => condition,
    });
}

/// Names the column in an error about a value of a row.
#[cold]
fn in_projection(error: Error, projection: &Projection) -> Error {
    let Error::Decode(decode) = &error else { return error };
    let index = decode.index;
    match projection {
        Projection::Table(table) => in_table(error, table.table),
        Projection::Items(items) => match items.get(index).map(|item| &item.node) {
            Some(Node::Column(column)) => error.in_column(|| column.table.name_of(column.position)),
            _ => error,
        },
    }
}

/// Names the column in an error about a value of a whole row of `table`.
#[cold]
fn in_table(error: Error, table: &Table) -> Error {
    let Error::Decode(decode) = &error else { return error };
    let index = decode.index;
    error.in_column(|| table.name_of(index))
}

/// The refusal of a statement that would change a whole table without being told to.
#[cold]
fn without_filter(verb: &str, table: &str) -> Error {
    Error::invalid_query(format!(
        "this would {verb} every row of `{table}`: add a `.filter(…)`, or say `.all_rows()` if that \
         is meant"
    ))
}
