//! The typed columns of a model, and what a foreign key demands of two of them.

use std::fmt;
use std::marker::PhantomData;

use super::KeyType;
use crate::ast::{Node, TableRef};
use crate::model::Model;
use crate::schema::{ColumnDef, ForeignKeyDef, ModelDef, ReferenceAction};
use crate::types::Field;

/// A column of model `M` whose field is a `T`: `User::email`.
///
/// `#[derive(Model)]` makes one constant a column.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::Column;
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     email: Option<String>,
/// }
///
/// let column: Column<User, Option<String>> = User::email;
/// assert_eq!(column.def().name, "email");
/// ```
pub struct Column<M, T> {
    position: usize,
    types: PhantomData<fn() -> (M, T)>,
}

impl<M, T> Column<M, T> {
    // Without bounds, so that a field of a wrong type is reported once, where it is read.
    /// Returns the column at `position` of the model's table.
    pub const fn new(position: usize) -> Self {
        Self { position, types: PhantomData }
    }
}

impl<M: Model, T: Field> Column<M, T> {
    /// Returns the position of the column in its table, from 0.
    pub const fn position(self) -> usize {
        self.position
    }

    /// Returns the column's description: name, type, default.
    ///
    /// # Panics
    ///
    /// If the column was made by hand for a position that the table does not have.
    pub fn def(self) -> &'static ColumnDef {
        &M::table().columns[self.position]
    }

    pub(crate) fn node(self) -> Node {
        Node::Column(TableRef::from(M::table()).column(self.position))
    }
}

impl<M, T> Clone for Column<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Column<M, T> {}

impl<M: Model, T: Field> fmt::Debug for Column<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = M::table();
        match table.columns.get(self.position) {
            Some(column) => write!(f, "{}.{}", table.name, column.name),
            None => write!(f, "{}.{}", table.name, self.position),
        }
    }
}

/// Returns the description of a foreign key to `target`; called by derived code.
pub const fn foreign_key<M: Model, T: Field>(
    target: Column<M, T>,
    name: Option<&'static str>,
    on_delete: ReferenceAction,
    on_update: ReferenceAction,
) -> ForeignKeyDef {
    ForeignKeyDef {
        target: def_of::<M>,
        target_table: M::table,
        target_column: target.position(),
        name,
        on_delete,
        on_update,
    }
}

/// Returns the position of a column of model `M`, which it has to be of; called by derived code.
pub const fn position_in<M: Model, T: Field>(column: Column<M, T>) -> usize {
    column.position()
}

/// As [`position_in`] for the model that `first` is a column of; called by derived code.
pub const fn position_beside<M: Model, T: Field, U: Field>(
    _first: Column<M, T>,
    column: Column<M, U>,
) -> usize {
    column.position()
}

/// Returns the model that a column is of, as a function; called by derived code.
pub const fn model_of<M: Model, T: Field>(_column: Column<M, T>) -> fn() -> &'static ModelDef {
    def_of::<M>
}

/// Compiles only if a column can refer to `target`; called by derived code.
pub const fn assert_refers<M, F, N, T>(_column: Column<M, F>, _target: Column<N, T>)
where
    M: Model,
    F: Field<Base: KeyType<T::Base>>,
    N: Model,
    T: Field,
{
}

fn def_of<M: Model>() -> &'static ModelDef {
    M::DEF
}

/// Compiles only if a field of type `F` can refer to `target`; called by derived code.
pub const fn assert_references<F, M, T>(_target: Column<M, T>)
where
    F: Field<Base: KeyType<T::Base>>,
    M: Model,
    T: Field,
{
}
