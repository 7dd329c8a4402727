//! Patches that are read from JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, de};

use super::Patch;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::schema::{Table, nearest_first, repeated};
use crate::types::Field;
use crate::value::Value;

/// A model whose patches can be read from JSON: `#[orm(patch)]`.
///
/// Implemented by `#[derive(Model)]` only.
#[diagnostic::on_unimplemented(
    message = "a `Patch<{Self}>` cannot be read from JSON: the model does not say what may be in it",
    label = "not a model with `#[orm(patch)]`",
    note = "add `#[orm(patch)]`, or `#[orm(patch(name, bio))]` with the fields that may be patched, to the struct"
)]
pub trait Patchable: Model {
    /// The fields that JSON has of it.
    const FIELDS: &'static [PatchField];
}

/// A field of a model as a patch knows it.
#[derive(Debug, Clone, Copy)]
pub struct PatchField {
    /// What it is called in JSON.
    pub name: &'static str,
    /// The position of its column.
    pub position: usize,
    /// What reads its value; `None` if it cannot be patched.
    pub read: Option<ReadJson>,
}

/// What makes a value of JSON one of a column, or says what is wrong with it.
type ReadJson = fn(serde_json::Value) -> Result<Value<'static>, String>;

/// Makes a value of JSON one of a column of type `T`; called by derived code.
///
/// # Errors
///
/// What is wrong with the value.
pub fn read_json<T: Field + DeserializeOwned>(
    json: serde_json::Value,
) -> Result<Value<'static>, String> {
    let value: T = serde_json::from_value(json).map_err(|error| error.to_string())?;
    value.to_value().and_then(Value::into_owned).map_err(|error| unfit(&error))
}

/// Says what is wrong with a value; which field has it is said by the patch.
fn unfit(error: &Error) -> String {
    match error {
        Error::Encode(unfit) => format!("expected {}, found {}", unfit.expected, unfit.found),
        other => other.to_string(),
    }
}

impl<M: Patchable> Patch<M> {
    /// Reads a patch from a JSON object. A `Patch` can also be deserialised, for example from the body of a
    /// request.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`], which names the field, for a field that cannot be patched or a value that it
    /// cannot have.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::Patch;
    /// use serde_json::json;
    ///
    /// #[derive(Model, Debug)]
    /// #[orm(patch)]
    /// struct User {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    ///     bio: Option<String>,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// let mut ann = User { id: 1, name: "ann".into(), bio: Some("a bird".into()) };
    /// Patch::from_json(json!({ "bio": null }))?.apply(&mut ann)?;
    /// assert_eq!((ann.name.as_str(), ann.bio), ("ann", None));
    ///
    /// let error = Patch::<User>::from_json(json!({ "name": null })).unwrap_err();
    /// assert_eq!(error.to_string(), "`name` of `User` is not valid: it cannot be null");
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_json(json: serde_json::Value) -> Result<Self> {
        let serde_json::Value::Object(fields) = json else {
            return Err(Error::invalid_query(format!(
                "a patch of `{}` is a JSON object: `{{\"field\": value}}`",
                M::DEF.name
            )));
        };
        let mut patch = Self::new();
        for (name, value) in fields {
            let (position, value) = read::<M>(&name, value)?;
            patch.put(position, Ok(value));
        }
        Ok(patch)
    }
}

/// Returns the position of a field's column and the value that it is to have.
fn read<M: Patchable>(name: &str, json: serde_json::Value) -> Result<(usize, Value<'static>)> {
    read_field(M::DEF.name, M::table(), M::FIELDS, name, json)
        .map_err(|message| Error::validation(M::DEF.name, repeated(name), message))
}

fn read_field(
    model: &str,
    table: &Table,
    fields: &[PatchField],
    name: &str,
    json: serde_json::Value,
) -> Result<(usize, Value<'static>), String> {
    let Some(field) = fields.iter().find(|field| field.name == name) else {
        let known = fields.iter().filter(|field| field.read.is_some());
        let known = nearest_first(name, known.map(|field| field.name)).join("`, `");
        return Err(format!("a patch of `{model}` has no such field; it can have `{known}`"));
    };
    let Some(read) = field.read else { return Err("it cannot be patched".to_owned()) };
    let column = &table.columns[field.position];
    if json.is_null() && !column.nullable {
        return Err("it cannot be null".to_owned());
    }
    let value = read(json)?;
    column.check_limits(&value).map_err(|error| unfit(&error))?;
    Ok((field.position, value))
}

impl<'de, M: Patchable> Deserialize<'de> for Patch<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

/// Reads the fields one by one, so that one that comes twice is refused.
struct Fields<M>(PhantomData<fn() -> M>);

impl<'de, M: Patchable> Visitor<'de> for Fields<M> {
    type Value = Patch<M>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with fields of `{}`", M::DEF.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Patch<M>, A::Error> {
        let mut patch = Patch::new();
        while let Some(name) = map.next_key::<String>()? {
            let read = read::<M>(&name, map.next_value()?);
            let (position, value) = read.map_err(A::Error::custom)?;
            if patch.values.iter().any(|(known, _)| *known == position) {
                let twice = Error::validation(M::DEF.name, name, "it occurs twice");
                return Err(de::Error::custom(twice));
            }
            patch.put(position, Ok(value));
        }
        Ok(patch)
    }
}
