//! Upserts: inserts that say what becomes of rows that clash with stored ones.

mod of_query;
mod target;
mod update;

pub(super) use self::target::columns as unique_columns;
pub use self::update::{DoUpdate, Upserted};

use std::fmt;
use std::marker::PhantomData;

use super::{Insert, InsertMany, Output, batch};
use crate::ast::{Conflict, ConflictAction, ConflictTarget, InsertStatement};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::executor::Executor;
use crate::expr::ColumnList;
use crate::model::{IntoNewRow, Model, NewRow};
use crate::schema::Table;
use crate::sql;

/// An insert of rows `R` that says which clashes it expects, and has still to say what becomes of
/// them: [`do_nothing`](Self::do_nothing) or [`do_update`](Self::do_update).
#[must_use = "say what becomes of rows that clash: `do_nothing` or `do_update`"]
pub struct OnConflict<M, R> {
    rows: R,
    /// What is wrong with the columns is said when the insert is run, since building one cannot fail.
    target: Result<ConflictTarget>,
    model: PhantomData<fn() -> M>,
}

/// An insert of rows `R` that leaves out those that clash with stored ones; made by
/// [`OnConflict::do_nothing`] and [`Insert::on_conflict_do_nothing`].
#[must_use = "nothing is inserted before `one_or_none`, `all` or `execute`"]
pub struct DoNothing<M, R> {
    rows: R,
    target: Result<ConflictTarget>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model, R> OnConflict<M, R> {
    fn new(rows: R, target: Result<ConflictTarget>) -> Self {
        Self { rows, target, model: PhantomData }
    }

    /// Leaves out rows that clash.
    pub fn do_nothing(self) -> DoNothing<M, R> {
        DoNothing { rows: self.rows, target: self.target, model: PhantomData }
    }

    /// Updates the stored rows with which rows clash.
    pub fn do_update(self) -> DoUpdate<M, R> {
        DoUpdate::new(self.rows, self.target)
    }
}

impl<M: Model + Output> Insert<M> {
    /// Says that another row may have the same values in these columns, which are the primary key or
    /// unique together.
    ///
    /// What becomes of the row then, [`do_nothing`](OnConflict::do_nothing) or
    /// [`do_update`](OnConflict::do_update) says. All other clashes are errors.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::func::excluded;
    /// use orm::prelude::*;
    ///
    /// #[derive(Model, Debug, PartialEq)]
    /// struct User {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(unique)]
    ///     email: String,
    ///     name: String,
    ///     #[orm(default = 1)]
    ///     visits: i32,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// let row = |name| User::builder().email("ann@example.com").name(name);
    /// let visit = |name| {
    ///     User::insert(row(name))
    ///         .on_conflict(User::email)
    ///         .do_update()
    ///         .set_excluded(User::name)
    ///         .set(User::visits, User::visits + excluded(User::visits))
    /// };
    ///
    /// assert_eq!(visit("ann").one(&mut conn)?.visits, 1);
    /// let ann = visit("Ann").one(&mut conn)?;
    /// assert_eq!((ann.id, ann.name.as_str(), ann.visits), (1, "Ann", 2));
    ///
    /// let again = User::insert(row("Anne")).on_conflict(User::email).do_nothing();
    /// assert_eq!(again.one_or_none(&mut conn)?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_conflict(self, columns: impl ColumnList<M>) -> OnConflict<M, NewRow> {
        OnConflict::new(self.into_row(), target::columns(M::table(), columns.positions()))
    }

    /// As [`on_conflict`](Self::on_conflict), with the constraint of this name, which may be one that
    /// the model does not declare. PostgreSQL only.
    pub fn on_constraint(self, name: impl Into<String>) -> OnConflict<M, NewRow> {
        OnConflict::new(self.into_row(), Ok(ConflictTarget::Constraint(name.into())))
    }

    /// Leaves the row out if any other row has the same key or the same unique values.
    pub fn on_conflict_do_nothing(self) -> DoNothing<M, NewRow> {
        OnConflict::new(self.into_row(), Ok(ConflictTarget::Any)).do_nothing()
    }
}

impl<M: Model + Output, I: Iterator<Item: IntoNewRow<M>>> InsertMany<M, I> {
    /// Says that other rows may have the same values in these columns; as
    /// [`Insert::on_conflict`].
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
    ///     #[orm(unique)]
    ///     name: String,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Tag].create_all(&mut conn)?;
    /// let rows = |names: [&'static str; 2]| names.map(|name| Tag::builder().name(name));
    /// Tag::insert_many(rows(["red", "blue"])).execute(&mut conn)?;
    ///
    /// let new = Tag::insert_many(rows(["blue", "green"]))
    ///     .on_conflict(Tag::name)
    ///     .do_nothing()
    ///     .all(&mut conn)?;
    /// assert_eq!(new.len(), 1);
    /// assert_eq!(new[0].name, "green");
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_conflict(self, columns: impl ColumnList<M>) -> OnConflict<M, I> {
        OnConflict::new(self.into_rows(), target::columns(M::table(), columns.positions()))
    }

    /// As [`on_conflict`](Self::on_conflict), with the constraint of this name; as
    /// [`Insert::on_constraint`].
    pub fn on_constraint(self, name: impl Into<String>) -> OnConflict<M, I> {
        OnConflict::new(self.into_rows(), Ok(ConflictTarget::Constraint(name.into())))
    }

    /// Leaves out every row that has the same key or the same unique values as another.
    pub fn on_conflict_do_nothing(self) -> DoNothing<M, I> {
        OnConflict::new(self.into_rows(), Ok(ConflictTarget::Any)).do_nothing()
    }
}

impl<M, R> DoNothing<M, R> {
    fn into_parts(self) -> Result<(R, Conflict)> {
        Ok((self.rows, Conflict::new(self.target?, ConflictAction::Nothing)))
    }
}

impl<M: Model + Output> DoNothing<M, NewRow> {
    /// Inserts the row and returns it as the database has it; `None` if it clashed, and nothing was
    /// inserted.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) for columns that are not unique;
    /// otherwise as [`Insert::one`].
    pub fn one_or_none<E: Executor>(self, executor: &mut E) -> Result<Option<M::Out<E::Hydrate>>> {
        let (row, conflict) = self.into_parts()?;
        insert_one::<M, E>(executor, row, &conflict)
    }

    /// Inserts the row and returns whether it did; `false` if it clashed.
    ///
    /// # Errors
    ///
    /// As [`one_or_none`](Self::one_or_none).
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<bool> {
        let (row, conflict) = self.into_parts()?;
        Ok(batch::insert_one(executor, M::table(), row, Some(&conflict), None)? > 0)
    }

    /// Returns the SQL that [`one_or_none`](Self::one_or_none) sends, with placeholders for its
    /// values.
    ///
    /// # Errors
    ///
    /// As [`one_or_none`](Self::one_or_none), before anything is sent.
    pub fn to_sql(self, dialect: &dyn Dialect) -> Result<String> {
        let (row, conflict) = self.into_parts()?;
        written(dialect, M::table(), row, &conflict)
    }
}

impl<M: Model + Output, I: Iterator<Item: IntoNewRow<M>>> DoNothing<M, I> {
    /// Inserts the rows that do not clash, with stored ones or among themselves, and returns them as
    /// the database has them.
    ///
    /// They come in the order given, but for rows that give other columns: those are sent, and so come
    /// back, apart.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) for columns that are not unique;
    /// otherwise as [`InsertMany::all`].
    pub fn all<E: Executor>(self, executor: &mut E) -> Result<Vec<M::Out<E::Hydrate>>> {
        let (rows, conflict) = self.into_parts()?;
        InsertMany::new(rows).all_but(Some(&conflict), executor)
    }

    /// Inserts the rows that do not clash and returns how many these were.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<u64> {
        let (rows, conflict) = self.into_parts()?;
        InsertMany::new(rows).execute_but(Some(&conflict), executor)
    }
}

/// Inserts a row and returns it; `None` if it clashed.
pub(super) fn insert_one<M: Model + Output, E: Executor>(
    executor: &mut E,
    row: NewRow,
    conflict: &Conflict,
) -> Result<Option<M::Out<E::Hydrate>>> {
    let mut written = None;
    batch::insert_one(
        executor,
        M::table(),
        row,
        Some(conflict),
        Some(&mut |hydrate, row, _| {
            written = Some(M::from_row(hydrate, row, 0)?);
            Ok(())
        }),
    )?;
    Ok(written)
}

fn written(
    dialect: &dyn Dialect,
    table: &'static Table,
    mut row: NewRow,
    conflict: &Conflict,
) -> Result<String> {
    row.complete(table)?;
    let columns: Vec<usize> = row.columns().collect();
    let insert = sql::insert_values(dialect, &InsertStatement::new(table, &columns, false), 1);
    let statement = InsertStatement::new(table, &columns, true);
    let sql = sql::on_conflict(dialect, insert, columns.len(), &statement, conflict)?;
    Ok(sql.text.into_owned())
}

impl<M: Model, R> fmt::Debug for OnConflict<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnConflict").field("target", &self.target).finish_non_exhaustive()
    }
}

impl<M: Model, R> fmt::Debug for DoNothing<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DoNothing").field("target", &self.target).finish_non_exhaustive()
    }
}
