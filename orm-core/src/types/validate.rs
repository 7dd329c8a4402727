//! Validators of fields: functions that may change a value, or refuse it.

use std::fmt::Display;
use std::slice;

use super::Field;
use crate::error::{Error, Result};
use crate::value::{Value, Values};

/// A function that validates fields of type `T`: what `#[orm(validate = …)]` names.
///
/// It may change the value, or refuse it by an error, which becomes the message of
/// [`Error::Validation`]. For a field that is an `Option`, it may also be one for the type inside: it is
/// not asked about NULL then.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     #[orm(validate = email)]
///     email: String,
///     #[orm(validate = email)]
///     second_email: Option<String>,
/// }
///
/// fn email(value: &mut String) -> Result<(), &'static str> {
///     *value = value.trim().to_lowercase();
///     if value.contains('@') { Ok(()) } else { Err("an address has an `@`") }
/// }
///
/// # fn main() -> orm::Result<()> {
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # metadata![User].create_all(&mut engine.connect()?)?;
/// let mut session = engine.session();
/// let alice = session.add(User::builder().email(" Alice@Example.com"));
/// session.commit()?;
/// assert_eq!(session[alice].email, "alice@example.com");
///
/// session[alice].email = "nobody".into();
/// let error = session.commit().unwrap_err();
/// assert_eq!(error.to_string(), "`email` of `User` is not valid: an address has an `@`");
/// assert_eq!(session[alice].email, "alice@example.com");
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not validate fields of type `{T}`",
    label = "not a validator of this field",
    note = "a validator is a function `fn(value: &mut {T}) -> Result<(), E>`, where `E` can be displayed",
    note = "for an `Option`, it may also be one for the type inside"
)]
pub trait Validate<T, Of> {
    /// Changes the value, or returns why it is refused.
    ///
    /// # Errors
    ///
    /// What is wrong with the value.
    fn validate(&self, value: &mut T) -> Result<(), String>;
}

/// The validator is for the field's own type.
#[derive(Debug, Clone, Copy)]
pub struct OfField;

/// The validator is for the type inside of an `Option`.
#[derive(Debug, Clone, Copy)]
pub struct OfInside;

impl<T, E: Display, F: Fn(&mut T) -> Result<(), E>> Validate<T, OfField> for F {
    fn validate(&self, value: &mut T) -> Result<(), String> {
        self(value).map_err(|why| why.to_string())
    }
}

impl<T, E: Display, F: Fn(&mut T) -> Result<(), E>> Validate<Option<T>, OfInside> for F {
    fn validate(&self, value: &mut Option<T>) -> Result<(), String> {
        value.as_mut().map_or(Ok(()), self).map_err(|why| why.to_string())
    }
}

/// Has `validator` look at a value on its way to a column; called by derived code.
///
/// # Errors
///
/// [`Error::Validation`], which does not name the field yet, if the value is refused.
pub fn validate<T: Field, Of>(
    value: &mut Value<'static>,
    validator: &impl Validate<T, Of>,
) -> Result<()> {
    let mut field = T::read(&Values(slice::from_ref(value)), 0)?;
    validator.validate(&mut field).map_err(Error::not_valid)?;
    *value = field.to_value()?.into_owned()?;
    Ok(())
}
