//! Models whose rows are marked as deleted instead of being deleted.

use super::Model;

/// A model with a column that marks its rows as deleted: `#[orm(soft_delete)]`.
///
/// Both `session.delete(user)` and `User::delete().filter(…)` set the column to the time instead of
/// deleting the row. From then on, queries, joins, conditions on relations, loaders and updates leave the
/// row out, unless they say [`with_deleted`](crate::query::Select::with_deleted); SQL that is written by
/// hand still sees it. [`forever`](crate::query::Delete::forever) and
/// [`Session::delete_forever`](crate::session::Session::delete_forever) delete the row for good.
///
/// For the constraints of the database, the row still exists: keys may go on referring to it, and its value
/// in a unique column stays taken. A unique index over the other rows alone makes the value free again:
/// `index(unique, columns(email), condition = "deleted_at IS NULL")`.
///
/// Implemented by `#[derive(Model)]` only.
///
/// # Examples
///
/// ```
/// use chrono::{DateTime, Utc};
/// use orm::prelude::*;
///
/// #[derive(Model, Debug)]
/// #[orm(index(unique, columns(email), condition = "deleted_at IS NULL"))]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     email: String,
///     #[orm(soft_delete)]
///     deleted_at: Option<DateTime<Utc>>,
/// }
/// # fn main() -> orm::Result<()> {
/// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// metadata![User].create_all(&mut conn)?;
/// let ann = || User::insert(User::builder().email("ann@example.com"));
/// ann().execute(&mut conn)?;
///
/// User::delete().filter(User::email.eq("ann@example.com")).execute(&mut conn)?;
/// assert_eq!(User::query().count(&mut conn)?, 0);
/// assert_eq!(User::query().with_deleted().count(&mut conn)?, 1);
///
/// ann().execute(&mut conn)?; // the address is free again
/// User::delete().forever().filter(User::deleted_at.is_not_null()).execute(&mut conn)?;
/// assert_eq!(User::query().with_deleted().count(&mut conn)?, 1);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "rows of `{Self}` are deleted for good: it has no column that marks them as deleted",
    label = "not a model with a `soft_delete` column",
    note = "add one: `#[orm(soft_delete)] deleted_at: Option<DateTime<Utc>>`"
)]
pub trait SoftDelete: Model {}

/// A type of a column that is NULL until its row is deleted, and then has the time of that.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot say when a row was deleted, and be NULL before",
    label = "expected `Option<DateTime<Utc>>` or `Option<NaiveDateTime>`",
    note = "for an `Option` of any other type, say what it is set to: `#[orm(soft_delete = path::to::now)]`"
)]
pub trait DeletionTime {
    /// Returns the time.
    fn now() -> Self;
}

#[cfg(feature = "chrono")]
impl DeletionTime for Option<chrono::DateTime<chrono::Utc>> {
    fn now() -> Self {
        Some(chrono::Utc::now())
    }
}

/// In UTC.
#[cfg(feature = "chrono")]
impl DeletionTime for Option<chrono::NaiveDateTime> {
    fn now() -> Self {
        Some(chrono::Utc::now().naive_utc())
    }
}
