//! Patches: which columns of a row change, and to what, apart from the row and from a statement.

#[cfg(feature = "json")]
mod json;

#[cfg(feature = "json")]
pub use self::json::{PatchField, Patchable, read_json};

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::ast::Node;
use crate::error::{Error, Result};
use crate::expr::{Column, ColumnList};
use crate::model::Model;
use crate::types::{Field, IntoField};
use crate::value::{Value, Values};

/// Changes to some columns of a row of `M`, such as those in the body of a PATCH request.
///
/// A patch that is read from JSON distinguishes a missing field, which stays as it is, from one that is
/// `null` and one that has a value; a struct whose fields are all `Option`s cannot tell the first two
/// apart. With `#[orm(patch)]`, the patches of a model can be read from JSON; with
/// `#[orm(patch(name, bio))]`, they can have only these fields. Each field is read as serde reads its type.
///
/// It is applied by [`Session::patch`](crate::session::Session::patch), [`Update::patch`](super::Update::patch)
/// and [`apply`](Self::apply).
///
/// # What is refused
///
/// - A field that the model does not have, or that is not in the list of `patch(…)`. Without a list, these
///   are refused: the primary key, the version, the [`soft_delete`](crate::model::SoftDelete) column,
///   columns with an `on_update` value, and the fields of flattened structs.
/// - `null` for a column that cannot be NULL, and values that its type or its declared length cannot hold.
///
/// The error names the field as it is in JSON: as in the struct, or as its serde attributes `rename`,
/// `rename_all` and `skip` say.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::Patch;
///
/// #[derive(Model, Debug, PartialEq)]
/// #[orm(patch(name, bio))]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     name: String,
///     bio: Option<String>,
///     #[orm(default = false)]
///     is_admin: bool,
/// }
/// # fn main() -> orm::Result<()> {
/// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// metadata![User].create_all(&mut conn)?;
/// User::insert(User::builder().name("ann").bio("a bird")).execute(&mut conn)?;
///
/// let patch: Patch<User> = serde_json::from_str(r#"{"bio": null}"#).unwrap();
/// User::update().patch(patch).filter(User::id.eq(1)).execute(&mut conn)?;
/// let ann = User::query().one(&mut conn)?;
/// assert_eq!((ann.name.as_str(), ann.bio), ("ann", None));
///
/// let refused = serde_json::from_str::<Patch<User>>(r#"{"is_admin": true}"#).unwrap_err();
/// assert!(refused.to_string().starts_with("`is_admin` of `User` is not valid: it cannot be patched"));
/// # Ok(())
/// # }
/// ```
pub struct Patch<M> {
    /// Each column once, by its position, with its value.
    values: Vec<(usize, Value<'static>)>,
    /// The first column whose value could not be made.
    refused: Option<(usize, Error)>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Patch<M> {
    /// Returns a patch that changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # use orm::Patch;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String, bio: Option<String> }
    /// # fn rename(user: &mut User) -> orm::Result<()> {
    /// let patch = Patch::new().set(User::name, "Ann").set(User::bio, None);
    /// patch.apply(user)
    /// # }
    /// # let mut user = User { id: 1, name: "ann".into(), bio: Some("a bird".into()) };
    /// # rename(&mut user)?;
    /// # assert_eq!((user.name.as_str(), user.bio), ("Ann", None));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self { values: Vec::new(), refused: None, model: PhantomData }
    }

    /// Changes a column; if the patch changes it already, the later value counts.
    ///
    /// A value that cannot be stored is refused when the patch is applied.
    #[must_use]
    pub fn set<T: Field>(mut self, column: Column<M, T>, value: impl IntoField<T>) -> Self {
        self.put(column.position(), value.into_field());
        self
    }

    fn put(&mut self, position: usize, value: Result<Value<'static>>) {
        let known = self.values.iter_mut().find(|(known, _)| *known == position);
        match (value, known) {
            (Ok(value), Some((_, before))) => *before = value,
            (Ok(value), None) => self.values.push((position, value)),
            (Err(error), _) => {
                self.refused.get_or_insert((position, error));
            }
        }
    }

    /// Returns whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.refused.is_none()
    }

    /// Returns whether it changes this column.
    pub fn has<T: Field>(&self, column: Column<M, T>) -> bool {
        self.values.iter().any(|(position, _)| *position == column.position())
    }

    /// Refuses changes of columns other than these, for roles that may change different columns.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`], naming the first column that is not among them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # use orm::Patch;
    /// # #[derive(Model, Debug)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String, role: String }
    /// let patch = Patch::<User>::new().set(User::role, "admin");
    /// let error = patch.only(User::name).unwrap_err();
    /// assert_eq!(error.to_string(), "`role` of `User` is not valid: it cannot be patched here");
    /// ```
    pub fn only(self, columns: impl ColumnList<M>) -> Result<Self> {
        let allowed = columns.positions();
        match self.values.iter().find(|(position, _)| !allowed.contains(position)) {
            None => Ok(self),
            Some(&(position, _)) => {
                let name = &M::table().columns[position].name;
                Err(Error::validation(M::DEF.name, name, "it cannot be patched here"))
            }
        }
    }

    /// Applies the patch to a value of the model, which stays as it is if the patch is refused.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] or [`Error::Decode`], naming the column, for a value that does not fit it.
    pub fn apply(self, to: &mut M) -> Result<()> {
        for (position, value) in self.into_values()? {
            let assigned = to.assign(position, &Values(&[value]), 0);
            assigned.map_err(|error| error.in_column(|| M::table().name_of(position)))?;
        }
        Ok(())
    }

    /// Returns the positions of the columns with what they are set to, for a statement, which checks it.
    pub(super) fn into_nodes(self) -> impl Iterator<Item = (usize, Node)> {
        let values =
            self.values.into_iter().map(|(position, value)| (position, Node::Value(value)));
        let refused = self.refused.into_iter();
        values.chain(refused.map(|(position, error)| (position, Node::Invalid(Arc::new(error)))))
    }

    /// Returns the positions of the columns with their values.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`], naming the column, for a value that could not be made or does not fit.
    pub(crate) fn into_values(self) -> Result<Vec<(usize, Value<'static>)>> {
        let table = M::table();
        if let Some((position, error)) = self.refused {
            return Err(error.in_column(|| table.name_of(position)));
        }
        for (position, value) in &self.values {
            let fits = table.columns[*position].check_limits(value);
            fits.map_err(|error| error.in_column(|| table.name_of(*position)))?;
        }
        Ok(self.values)
    }
}

impl<M: Model> Default for Patch<M> {
    fn default() -> Self {
        Self::new()
    }
}

/// The names of the columns, without their values.
impl<M: Model> fmt::Debug for Patch<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = &M::table().columns;
        let names = self.values.iter().map(|(position, _)| &columns[*position].name);
        f.debug_set().entries(names).finish()
    }
}
