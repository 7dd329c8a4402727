//! JSON columns: any document as `serde_json::Value`, or any serde type wrapped in [`Json`].

use std::ops::{Deref, DerefMut};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{ColumnType, SqlType};
use crate::error::{Error, Result};
use crate::value::{Row, Value};

/// A column that holds a `T` as a JSON document.
///
/// # Examples
///
/// ```
/// use orm::Json;
///
/// let tags = Json(vec!["rust", "sql"]);
/// assert_eq!(tags.len(), 2); // dereferences to what it wraps
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Serialize + DeserializeOwned + Send + 'static> ColumnType for Json<T> {
    const SQL_TYPE: SqlType = SqlType::Json;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        parse(row.json(index)?, index, std::any::type_name::<T>()).map(Self)
    }

    fn to_value(&self) -> Result<Value<'_>> {
        write(&self.0)
    }
}

impl ColumnType for serde_json::Value {
    const SQL_TYPE: SqlType = SqlType::Json;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        parse(row.json(index)?, index, "JSON")
    }

    fn to_value(&self) -> Result<Value<'_>> {
        write(self)
    }
}

fn parse<T: DeserializeOwned>(text: &str, index: usize, expected: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::decode(index, expected, format!("other JSON ({error})")))
}

/// Returns the JSON of `document`, to bind.
pub(crate) fn write<T: Serialize>(document: &T) -> Result<Value<'static>> {
    match serde_json::to_string(document) {
        Ok(text) => Ok(Value::Json(text.into())),
        Err(error) => {
            Err(Error::encode("a value that JSON can hold", format!("another one ({error})")))
        }
    }
}
