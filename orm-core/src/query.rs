//! Queries and writes as users build them: typed on the outside, statements of `ast` inside.
//!
//! Built without knowing who runs them; the last method of a chain is given the executor.

mod assignments;
mod batch;
mod criteria;
mod cte;
mod delete;
mod deleted;
mod derived;
mod explain;
mod fetch;
mod get_or_create;
mod group;
mod insert;
mod insert_from;
mod joining;
mod keyed;
mod keys;
mod lent;
mod loaders;
mod loading;
mod output;
mod patch;
mod record;
mod returning;
mod select;
mod shape;
mod stream;
mod text;
mod update;
mod update_many;
mod upsert;

pub(crate) use self::assignments::next_version;
pub(crate) use self::batch::insert_in_transaction;
pub use self::delete::Delete;
pub use self::derived::{Derivable, Derived, DerivedRow};
use self::group::EachReturned;
pub use self::insert::{Insert, InsertMany};
pub use self::insert_from::InsertFrom;
pub use self::joining::Joining;
pub(crate) use self::joining::{Inside, Parent};
pub use self::keyed::{GroupedRows, KeyedRows};
pub(crate) use self::lent::{LentRows, rows_at_once};
pub use self::loaders::{DefaultsOf, Loaders};
pub(crate) use self::loading::{JoinedQuery, too_many};
pub use self::loading::{JoinedRows, Joins, Loader};
pub use self::output::Output;
pub use self::patch::Patch;
#[cfg(feature = "json")]
pub use self::patch::{PatchField, Patchable, read_json};
pub use self::record::Record;
pub use self::returning::Returning;
pub use self::select::Select;
pub use self::shape::{FromRow, RowDef, RowEntry, RowField};
pub(crate) use self::shape::{items_of, selected_of};
pub use self::stream::{Chunks, Stream};
pub use self::text::{Text, TextQuery, text, text_unchecked};
pub use self::update::Update;
pub use self::update_many::UpdateMany;
pub(crate) use self::update_many::update_in_transaction;
pub use self::upsert::{DoNothing, DoUpdate, OnConflict, Upserted};

use crate::ast::{Item, Join, JoinKind, Node, Projection, SelectStatement, Source, TableRef};
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::expr::{
    Alias, AllColumns, ColumnList, DynColumn, FitsFields, IntoFields, IntoJoin, JoinOn, Operand,
};
use crate::model::{IntoKey, IntoNewRow, Model, NewRow};
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
    fn entity() -> AllColumns<Self> {
        AllColumns::new(TableRef { table: Self::table(), alias: None })
    }

    /// Returns the column called `name` in the database, for orders and filters that a user chooses.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if there is none, with the names that there are, the most alike first.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, email: String }
    /// let sort = "-email"; // from a URL, such as `?sort=-email`
    /// let query = match sort.strip_prefix('-') {
    ///     Some(name) => User::query().order_by(User::column_named(name)?.desc()),
    ///     None => User::query().order_by(User::column_named(sort)?),
    /// };
    /// assert!(query.to_sql(&orm::Sqlite)?.ends_with(r#"ORDER BY "email" DESC"#));
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn column_named(name: &str) -> Result<DynColumn> {
        Self::table().column_named(name)
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

    /// Returns the row that has the same values in these columns as the new row, inserts the new one if
    /// there is none, and says whether it did.
    ///
    /// The columns are the primary key or the columns of a unique constraint, so that there is at most one
    /// such row. If several do this at the same time, one inserts the row, and all get it. A row that
    /// exists costs one SELECT; a new one also an INSERT, which does nothing if somebody else was faster
    /// (`ON CONFLICT DO NOTHING`), so that the transaction goes on.
    ///
    /// In a session the row becomes an entity; as a statement inserts it, not a flush, no hooks of a flush
    /// run. On SQLite, a transaction that has read cannot write any more if others wrote meanwhile: run it
    /// by [`transaction_with_retries`](crate::engine::Engine::transaction_with_retries).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] for columns that are not unique, or have no value in the new row;
    /// [`Error::Integrity`] if another constraint refuses it; [`Error::InvalidState`] if the row is
    /// marked as [deleted](crate::model::SoftDelete); otherwise as a query and an insert.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// #[derive(Model)]
    /// struct Tag {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(unique)]
    ///     name: String,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Tag].create_all(&mut conn)?;
    /// let rust = || Tag::builder().name("rust");
    /// let (tag, is_new) = Tag::get_or_create(&mut conn, Tag::name, rust())?;
    /// assert!(is_new);
    ///
    /// let (same, is_new) = Tag::get_or_create(&mut conn, Tag::name, rust())?;
    /// assert_eq!((same.id, is_new), (tag.id, false));
    /// # Ok(())
    /// # }
    /// ```
    fn get_or_create<E: Executor>(
        executor: &mut E,
        unique: impl ColumnList<Self>,
        row: impl IntoNewRow<Self>,
    ) -> Result<(Self::Out<E::Hydrate>, bool)> {
        let target = upsert::unique_columns(Self::table(), unique.positions());
        get_or_create::get_or_create::<Self, E>(executor, target, row.into_new_row())
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

    /// Inserts the rows of a query, which selects as many columns as are listed, of the same types.
    ///
    /// Columns that are not listed have their defaults.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// #[derive(Model)]
    /// struct User {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    ///     is_active: bool,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Archived {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    ///     #[orm(default = "moved")]
    ///     reason: String,
    /// }
    ///
    /// let insert = Archived::insert_from(
    ///     (Archived::id, Archived::name),
    ///     User::query().filter(!User::is_active).select((User::id, User::name)),
    /// );
    /// assert_eq!(
    ///     insert.to_sql(&orm::Postgres)?,
    ///     r#"INSERT INTO "archived" ("id", "name", "reason") SELECT "id", "name", $1::text FROM "user" WHERE NOT "is_active""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn insert_from<C, O>(columns: C, query: Select<O>) -> InsertFrom<Self>
    where
        C: ColumnList<Self>,
        O: Output + FitsFields<C::Fields>,
    {
        InsertFrom::new(columns.positions(), query.into_statement())
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

    /// Updates many rows, each to values of its own, in few statements, all or none of them.
    ///
    /// Each row is a primary key and the values for the columns. They are asked for as they are sent.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Product { #[orm(primary_key)] id: i64, stock: i32, label: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Product].create_all(&mut conn)?;
    /// # let row = || Product::builder().stock(0).label("");
    /// # Product::insert_many([row(), row()]).execute(&mut conn)?;
    /// let rows = [(1, (40, "nuts")), (2, (0, "bolts"))];
    /// let count = Product::update_many((Product::stock, Product::label), rows).execute(&mut conn)?;
    /// assert_eq!(count, 2);
    ///
    /// let stock = [(1, 39), (2, 12)];
    /// Product::update_many(Product::stock, stock).execute(&mut conn)?;
    /// assert_eq!(Product::query().get(&mut conn, 2)?.unwrap().stock, 12);
    /// # Ok(())
    /// # }
    /// ```
    fn update_many<C, I, K, V>(columns: C, rows: I) -> UpdateMany<Self, C::Fields, I::IntoIter>
    where
        C: ColumnList<Self>,
        I: IntoIterator<Item = (K, V)>,
        K: IntoKey<Self::Key>,
        V: IntoFields<C::Fields>,
    {
        UpdateMany::new(columns.positions(), rows.into_iter())
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

/// Inserts the rows that `next` gives, all or none, and returns how many there were.
pub(crate) fn insert_rows<E: Executor>(
    executor: &mut E,
    table: &'static Table,
    next: &mut dyn FnMut() -> Option<NewRow>,
) -> Result<u64> {
    batch::insert_many(executor, table, next, None, None)
}

/// Inserts a row, and calls `returned` with it as the database has it.
pub(crate) fn insert_returning<E: Executor>(
    executor: &mut E,
    table: &'static Table,
    row: NewRow,
    returned: &mut EachReturned<'_, E::Hydrate>,
) -> Result<u64> {
    batch::insert_one(executor, table, row, None, Some(returned))
}

/// Adds a condition to those that a statement has.
fn add_filter(filter: &mut Option<Node>, condition: impl Operand<bool>) {
    condition.into_operand().add_to(filter);
}

/// Adds a source to those that a write to `table` looks at, and its condition to the filter.
fn join_to(
    table: &'static Table,
    from: &mut Vec<Source>,
    filter: &mut Option<Node>,
    target: impl IntoJoin,
) {
    let mut known = SelectStatement::of(Source::Table(table.into()));
    let joined = from.iter().map(|source| Join::new(JoinKind::Inner, source.clone(), Node::Star));
    known.joins.extend(joined);
    for Join { source, on, .. } in target.into_joins(JoinKind::Inner, &known) {
        from.push(source);
        on.add_to(filter);
    }
}

/// Names the column in an error about a value of a row.
#[cold]
pub(crate) fn in_projection(error: Error, projection: &Projection) -> Error {
    let Error::Decode(decode) = &error else { return error };
    let index = decode.index;
    match projection {
        Projection::Table(table) => in_table(error, table.table),
        Projection::Items(items) => match items.get(index).map(|item| &item.node) {
            Some(Node::Column(column)) => error.in_column(|| column.table.name_of(column.position)),
            _ => match items.get(index).and_then(Item::name) {
                Some(name) => error.in_column(|| name.to_owned()),
                None => error,
            },
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
