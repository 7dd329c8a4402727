//! The traits that `#[derive(Model)]` and `#[derive(Embed)]` implement, and rows on their way in.
//!
//! Knows tables and values, no statement and no connection.

mod entity;
mod key;
mod new_row;
mod soft_delete;

pub use self::entity::{Entity, EntityId};
pub use self::key::{IntoKey, Key};
pub use self::new_row::{ChildRow, IntoNewRow, IntoRelated, Missing, NewRow, RelatedRow, Set};
pub use self::soft_delete::{DeletionTime, SoftDelete};

use std::any::Any;

use crate::error::{Error, Result};
use crate::schema::{FieldDef, ModelDef, Table};
use crate::types::DeferredField;
use crate::value::{Row, Value};

/// A struct that is mapped to a table.
///
/// Implemented by `#[derive(Model)]` only.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "add `#[derive(Model)]` to the struct"
)]
pub trait Model: Sized + Send + 'static {
    /// The primary key: the type of its column, or a tuple of them.
    type Key: Key;

    /// What the struct declares.
    const DEF: &'static ModelDef;

    /// Returns the table.
    fn table() -> &'static Table;

    /// Reads a value from the columns of a row that begin at `at`, in the order of declaration.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if a stored value does not fit its field.
    fn read(row: &dyn Row, at: usize) -> Result<Self>;

    /// Returns the value of the column at `position`.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] if no column can hold it, and
    /// [`Error::InvalidQuery`] if there is no such column.
    fn value(&self, position: usize) -> Result<Value<'_>>;

    /// Sets the column at `position` to the value at `index` of a row.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the value does not fit the field, and
    /// [`Error::InvalidQuery`] if there is no such column.
    fn assign(&mut self, position: usize, row: &dyn Row, index: usize) -> Result<()>;

    /// Returns the field of the column at `position`, if it is a deferred one.
    fn deferred(&mut self, position: usize) -> Option<&mut dyn DeferredField> {
        let _ = position;
        None
    }

    /// Adds what the struct declares to run at events to the [`Events`](crate::session::Events) that
    /// `events` are: of a room that models do not know.
    fn declare_events(events: &mut dyn Any) {
        let _ = events;
    }
}

/// Returns the error that a model has no column at a position; called by derived code.
///
/// # Errors
///
/// Always.
#[cold]
pub fn no_column<T>(position: usize) -> Result<T> {
    Err(Error::invalid_query(format!("the model has no column at position {position}")))
}

/// A struct of columns that several models share.
///
/// Implemented by `#[derive(Embed)]` only.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be flattened into a model",
    label = "not an embedded struct",
    note = "add `#[derive(Embed)]` to the struct"
)]
pub trait Embed: Sized + 'static {
    /// The typed columns, as they are in model `M`.
    type Columns<M: Model>;

    /// What the builder's state is before the field is set: [`Set`] if no column needs a value.
    type Unset<C>;

    /// The columns.
    const FIELDS: &'static [FieldDef];

    /// Reads a value from the columns of a row that begin at `at`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if a stored value does not fit its field.
    fn read(row: &dyn Row, at: usize) -> Result<Self>;

    /// Returns the value of the column at `position`, counted from the first of its own.
    ///
    /// # Errors
    ///
    /// As [`Model::value`].
    fn value(&self, position: usize) -> Result<Value<'_>>;

    /// Sets the column at `position`, counted from the first of its own.
    ///
    /// # Errors
    ///
    /// As [`Model::assign`].
    fn assign(&mut self, position: usize, row: &dyn Row, index: usize) -> Result<()>;

    /// Moves the fields into the columns of `row` that begin at `at`.
    fn write(self, row: &mut NewRow, at: usize);
}
