//! A field whose column is read only where a query asks for it: a long text, a picture.

use std::fmt;
use std::ops::Deref;

use super::Field;
use crate::error::{Error, Result};
use crate::value::{Row, Value};

/// What a result calls a column that stands in for a deferred one. No column is called so by chance,
/// and its name is not the deferred one's, which ORDER BY would take for this NULL.
pub(crate) const LEFT_OUT: &str = "(deferred)";

/// Whether a query left the column at `index` out.
pub(crate) fn is_left_out(row: &dyn Row, index: usize) -> bool {
    row.is_null(index) && row.column_name(index) == Some(LEFT_OUT)
}

/// The value of a heavy column, which queries leave out unless they are asked for it.
///
/// In a model, `body: Deferred<String>` declares the column that `body: String` would. Its constant
/// is a `Column<Post, String>`: filters, orders, updates and [`select`](crate::query::Select::select)
/// work as on any other, and the builder is given a plain `String`. Only whole rows are read without
/// it; `Post::query().undefer(Post::body)` reads them with it, and `Post::body.load_all(…)` loads it
/// for rows that are there. A key cannot be deferred.
///
/// What a write returns (`insert(…).one(…)`, `returning`) has all columns, as has what hand-written
/// SQL returns. So have the rows of a combined query (`union`), whose parts must agree.
///
/// It reads as a `T` once it is loaded; before that, [`get`](Self::get) is `None` and reading it
/// panics.
///
/// With `#[orm(deferred = false)]` it is the other way round: queries read the column unless they are told
/// to leave it out, by [`defer`](crate::query::Select::defer) or
/// [`load_only`](crate::query::Select::load_only). A field of any other type cannot be left out, since it
/// always has a value: a query of a few columns is one of a `View`.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::Deferred;
///
/// #[derive(Model)]
/// struct Post {
///     #[orm(primary_key)]
///     id: i64,
///     title: String,
///     body: Deferred<String>,
/// }
/// # fn main() -> orm::Result<()> {
/// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// metadata![Post].create_all(&mut conn)?;
/// Post::insert(Post::builder().title("one").body("a long text")).execute(&mut conn)?;
///
/// let long = Post::query().filter(Post::body.contains("long"));
/// let mut posts = long.all(&mut conn)?;
/// assert!(!posts[0].body.is_loaded());
/// Post::body.load_all(&mut conn, &mut posts)?;
/// assert_eq!(*posts[0].body, "a long text");
///
/// let post = long.undefer(Post::body).one(&mut conn)?;
/// assert_eq!(post.body.len(), 11);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Deferred<T> {
    state: State<T>,
}

#[derive(Clone)]
enum State<T> {
    /// Of which field is not known for a value that was made by hand.
    Unloaded(Option<&'static str>),
    Loaded(T),
}

/// A field of a model whose column can be read after the row; called by `load`.
pub trait DeferredField {
    /// Whether it has a value.
    fn is_loaded(&self) -> bool;

    /// Reads the value at `index`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the stored value does not fit.
    fn load(&mut self, row: &dyn Row, index: usize) -> Result<()>;
}

impl<T> Deferred<T> {
    /// Returns the field with this value, as if it had been loaded.
    pub const fn loaded(value: T) -> Self {
        Self { state: State::Loaded(value) }
    }

    /// Returns the value, if it is loaded.
    pub const fn get(&self) -> Option<&T> {
        match &self.state {
            State::Loaded(value) => Some(value),
            State::Unloaded(_) => None,
        }
    }

    /// Returns the value to change it, if it is loaded; the database does not see it.
    pub const fn get_mut(&mut self) -> Option<&mut T> {
        match &mut self.state {
            State::Loaded(value) => Some(value),
            State::Unloaded(_) => None,
        }
    }

    /// Whether the value is loaded.
    pub const fn is_loaded(&self) -> bool {
        self.get().is_some()
    }

    /// Whether the value is not loaded: for `#[serde(skip_serializing_if = "…")]`.
    pub const fn is_unloaded(&self) -> bool {
        self.get().is_none()
    }

    /// Returns the value itself, if it is loaded.
    pub fn into_inner(self) -> Option<T> {
        match self.state {
            State::Loaded(value) => Some(value),
            State::Unloaded(_) => None,
        }
    }
}

impl<T: Field> Deferred<T> {
    /// Reads the field called `path` from the column at `index`, if the query has it; called by
    /// derived code.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the stored value does not fit.
    pub fn read(row: &dyn Row, index: usize, path: &'static str) -> Result<Self> {
        if is_left_out(row, index) {
            return Ok(Self { state: State::Unloaded(Some(path)) });
        }
        T::read(row, index).map(Self::loaded)
    }

    /// Returns the value to bind; called by derived code.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if it is not loaded, and [`Error::Encode`] if no column can hold it.
    pub fn to_value(&self) -> Result<Value<'_>> {
        match &self.state {
            State::Loaded(value) => value.to_value(),
            State::Unloaded(path) => Err(Error::invalid_query(not_loaded(*path))),
        }
    }
}

impl<T: Field> DeferredField for Deferred<T> {
    fn is_loaded(&self) -> bool {
        self.get().is_some()
    }

    fn load(&mut self, row: &dyn Row, index: usize) -> Result<()> {
        *self = T::read(row, index).map(Self::loaded)?;
        Ok(())
    }
}

/// Says what is missing and how it is loaded.
#[cold]
fn not_loaded(path: Option<&str>) -> String {
    match path {
        Some(path) => format!(
            "`{path}` is not loaded: add `.undefer({path})` to the query, or load it with \
             `{path}.load_all(&mut conn, …)`, in a session with `session.undefer(&[entity], {path})`; \
             `.get()` tells whether it is loaded"
        ),
        None => "this deferred column is not loaded: its value was made by hand".to_owned(),
    }
}

impl<T> Deref for Deferred<T> {
    type Target = T;

    /// Returns the value.
    ///
    /// # Panics
    ///
    /// If it is not loaded; the message says how to load it.
    #[track_caller]
    #[expect(clippy::panic, reason = "what the documentation of the type promises")]
    fn deref(&self) -> &T {
        match &self.state {
            State::Loaded(value) => value,
            State::Unloaded(path) => panic!("{}", not_loaded(*path)),
        }
    }
}

impl<T> From<T> for Deferred<T> {
    fn from(value: T) -> Self {
        Self::loaded(value)
    }
}

impl<T> Default for Deferred<T> {
    fn default() -> Self {
        Self { state: State::Unloaded(None) }
    }
}

impl<T: PartialEq> PartialEq for Deferred<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for Deferred<T> {}

impl<T: fmt::Debug> fmt::Debug for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(value) => value.fmt(f),
            None => f.write_str("unloaded"),
        }
    }
}

/// The value, or nothing where it is not loaded: left out by
/// `#[serde(skip_serializing_if = "Deferred::is_unloaded")]`, and `null` without it.
#[cfg(feature = "serde")]
impl<T: serde::Serialize> serde::Serialize for Deferred<T> {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

/// The value, or, where there is none or `null`, what is not loaded.
#[cfg(feature = "serde")]
impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Deferred<T> {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Self, D::Error> {
        let value = Option::deserialize(deserializer)?;
        Ok(value.map_or_else(Self::default, Self::loaded))
    }
}
