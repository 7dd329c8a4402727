//! How Rust types become column types: one trait for a type, one for a field that may be NULL.
//!
//! One file a family of types. Nothing here knows a table or a statement.

mod array;
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "decimal")]
mod decimal;
mod deferred;
mod enums;
#[cfg(feature = "json")]
mod json;
mod sql_type;
mod std;
#[cfg(feature = "uuid")]
mod uuid;
mod validate;

pub use self::array::Array;
pub use self::deferred::{Deferred, DeferredField};
pub(crate) use self::deferred::{LEFT_OUT, is_left_out};
pub use self::enums::{DbEnum, EnumDef};
#[cfg(feature = "json")]
pub use self::json::Json;
#[cfg(feature = "json")]
pub(crate) use self::json::write as write_json;
pub use self::sql_type::SqlType;
pub use self::validate::{OfField, OfInside, Validate, validate};

use crate::error::{Error, Result};
use crate::value::{Row, Value};

/// A Rust type that one column holds.
///
/// Implement it by `#[derive(ColumnType)]` for a newtype, by `#[derive(DbEnum)]` for an enum, or by
/// hand for a type with its own form in the database. `Option<T>` is then a column that may be NULL.
///
/// # What comes back
///
/// What was written, exactly, and what cannot be is refused, but for this:
///
/// - Times keep microseconds: what is finer is cut off, towards the past, and the row that an insert
///   returns has what is stored. A leap second is refused.
/// - A decimal keeps its scale (`1.50` stays `1.50`), but where a column has one of its own, PostgreSQL
///   gives all numbers that one.
/// - SQLite has no negative zero: `-0.0` is `0.0` there. It holds the years 0 to 9999.
/// - PostgreSQL holds no text with the character U+0000. It keeps what a JSON document means, not how
///   it is written: keys have its own order, and `1e16` is read as an integer.
///
/// # Examples
///
/// A colour stored as `#rrggbb`:
///
/// ```
/// use orm::prelude::*;
/// use orm::{ColumnType, Error, Row, SqlType, Value};
///
/// #[derive(Debug, Clone, PartialEq)]
/// struct Colour(u8, u8, u8);
///
/// impl ColumnType for Colour {
///     const SQL_TYPE: SqlType = SqlType::Text { length: Some(7) };
///
///     fn read(row: &dyn Row, index: usize) -> orm::Result<Self> {
///         let text = row.text(index)?;
///         let part = |at| text.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
///         match (part(1), part(3), part(5)) {
///             (Some(red), Some(green), Some(blue)) => Ok(Self(red, green, blue)),
///             _ => Err(Error::decode(index, "a colour as `#rrggbb`", "other text")),
///         }
///     }
///
///     fn to_value(&self) -> orm::Result<Value<'_>> {
///         Ok(Value::Text(format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2).into()))
///     }
/// }
///
/// #[derive(Model)]
/// struct Theme {
///     #[orm(primary_key)]
///     id: i64,
///     accent: Colour,
/// }
/// # fn main() -> orm::Result<()> {
/// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// metadata![Theme].create_all(&mut conn)?;
/// let theme = Theme::insert(Theme::builder().accent(Colour(255, 128, 0))).one(&mut conn)?;
/// assert_eq!(theme.accent, Colour(255, 128, 0));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column type",
    label = "not a column type",
    note = "column types are `bool`, integers up to `i64` and `u32`, floats, `String`, `Vec<u8>`, and with \
            their features `chrono`, `uuid`, `Decimal` and JSON types",
    note = "for an enum, `#[derive(DbEnum)]`; for a newtype, `#[derive(ColumnType)]`; for any serde type, \
            `Json<T>`; for a struct of columns, `#[orm(flatten)]`; for another model, its key with \
            `#[orm(foreign_key(…))]`; for what is no column, `#[orm(skip)]`"
)]
pub trait ColumnType: Sized + Send + 'static {
    /// The SQL type that a column of this type is declared with.
    const SQL_TYPE: SqlType;

    /// Reads the value at `index`, which is not NULL.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the stored value does not fit.
    fn read(row: &dyn Row, index: usize) -> Result<Self>;

    /// Returns the value to bind, borrowed from `self` where it can be.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] if no column can hold the value.
    fn to_value(&self) -> Result<Value<'_>>;

    /// Returns the value to bind, moved out of `self`.
    ///
    /// # Errors
    ///
    /// As [`to_value`](Self::to_value).
    fn into_value(self) -> Result<Value<'static>> {
        self.to_value()?.into_owned()
    }
}

/// What a model's field is: a column type, or an `Option` of one.
///
/// Never implemented by hand: implement [`ColumnType`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column type",
    label = "not a column type",
    note = "column types are `bool`, integers up to `i64` and `u32`, floats, `String`, `Vec<u8>`, and with \
            their features `chrono`, `uuid`, `Decimal` and JSON types",
    note = "for an enum, `#[derive(DbEnum)]`; for a newtype, `#[derive(ColumnType)]`; for any serde type, \
            `Json<T>`; for a struct of columns, `#[orm(flatten)]`; for another model, its key with \
            `#[orm(foreign_key(…))]`; for what is no column, `#[orm(skip)]`"
)]
pub trait Field: Sized + 'static {
    /// The type without its `Option`.
    type Base: ColumnType;

    /// The field of type `U` that may be NULL if this one may.
    type Map<U: ColumnType>: Field<Base = U>;

    /// The field beside `B`: it may be NULL if either may.
    type With<B: Field>: Field;

    /// Whether the column may be NULL.
    const NULLABLE: bool;

    /// The SQL type that the column is declared with.
    const SQL_TYPE: SqlType = <Self::Base as ColumnType>::SQL_TYPE;

    /// Reads the value at `index`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the stored value does not fit.
    fn read(row: &dyn Row, index: usize) -> Result<Self>;

    /// Returns the value to bind.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] if no column can hold the value.
    fn to_value(&self) -> Result<Value<'_>>;
}

impl<T: ColumnType> Field for T {
    type Base = T;
    type Map<U: ColumnType> = U;
    type With<B: Field> = B;

    const NULLABLE: bool = false;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        <T as ColumnType>::read(row, index).map_err(|error| of_null::<T>(error, row, index))
    }

    fn to_value(&self) -> Result<Value<'_>> {
        <T as ColumnType>::to_value(self)
    }
}

impl<T: ColumnType> Field for Option<T> {
    type Base = T;
    type Map<U: ColumnType> = Option<U>;
    type With<B: Field> = Self;

    const NULLABLE: bool = true;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        if row.is_null(index) { Ok(None) } else { <T as ColumnType>::read(row, index).map(Some) }
    }

    fn to_value(&self) -> Result<Value<'_>> {
        self.as_ref().map_or(Ok(Value::Null), ColumnType::to_value)
    }
}

/// A NULL is refused in the same words whoever read it: a driver's getter, or a type's own code.
#[cold]
fn of_null<T: ColumnType>(error: Error, row: &dyn Row, index: usize) -> Error {
    match error {
        Error::Decode(_) if row.is_null(index) => {
            Error::decode(index, T::SQL_TYPE.description(), "NULL")
        }
        other => other,
    }
}

/// A Rust value that a field of type `F` can be given: the type itself, a reference to it, `&str` for
/// a `String`, and the bare value for an `Option`.
#[diagnostic::on_unimplemented(
    message = "a field of type `{F}` cannot be given a `{Self}`",
    label = "expected `{F}`"
)]
pub trait IntoField<F> {
    /// Returns the value to bind.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] if no column can hold the value.
    fn into_field(self) -> Result<Value<'static>>;
}

impl<T: ColumnType> IntoField<T> for T {
    fn into_field(self) -> Result<Value<'static>> {
        self.into_value()
    }
}

impl<T: ColumnType> IntoField<Option<T>> for T {
    fn into_field(self) -> Result<Value<'static>> {
        self.into_value()
    }
}

impl<T: ColumnType> IntoField<Option<T>> for Option<T> {
    fn into_field(self) -> Result<Value<'static>> {
        self.map_or(Ok(Value::Null), ColumnType::into_value)
    }
}

impl<T: ColumnType> IntoField<T> for &T {
    fn into_field(self) -> Result<Value<'static>> {
        self.to_value()?.into_owned()
    }
}

impl<T: ColumnType> IntoField<Option<T>> for &T {
    fn into_field(self) -> Result<Value<'static>> {
        self.to_value()?.into_owned()
    }
}

impl<T: ColumnType> IntoField<Option<T>> for &Option<T> {
    fn into_field(self) -> Result<Value<'static>> {
        Field::to_value(self)?.into_owned()
    }
}

impl IntoField<String> for &str {
    fn into_field(self) -> Result<Value<'static>> {
        Ok(Value::Text(self.to_owned().into()))
    }
}

impl IntoField<Option<String>> for &str {
    fn into_field(self) -> Result<Value<'static>> {
        Ok(Value::Text(self.to_owned().into()))
    }
}
