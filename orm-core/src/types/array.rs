//! Array columns, of backends that have them.

use std::ops::{Deref, DerefMut};

use super::{ColumnType, Field, IntoField, SqlType};
use crate::error::Result;
use crate::value::{Row, Value};

/// A column that holds many values of one type: `bigint[]` and the like, on PostgreSQL.
///
/// Elements that may be NULL are `Option`s. Backends without arrays refuse to create such a column;
/// a `Json` of a `Vec` is a list on every backend.
///
/// # Examples
///
/// ```
/// use orm::Array;
///
/// let tags = Array::from(["rust", "sql"].map(str::to_owned));
/// assert_eq!(tags.len(), 2); // dereferences to a `Vec`
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Array<T>(pub Vec<T>);

impl<T: Field + Send> ColumnType for Array<T> {
    const SQL_TYPE: SqlType = SqlType::Array(&T::SQL_TYPE);

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        let mut elements = Vec::new();
        row.array(index, &mut |element| {
            elements.push(T::read(element, 0)?);
            Ok(())
        })?;
        Ok(Self(elements))
    }

    fn to_value(&self) -> Result<Value<'_>> {
        self.0.iter().map(Field::to_value).collect::<Result<_>>().map(Value::Array)
    }
}

impl<T> Default for Array<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for Array<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for Array<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> From<Vec<T>> for Array<T> {
    fn from(elements: Vec<T>) -> Self {
        Self(elements)
    }
}

impl<T, const N: usize> From<[T; N]> for Array<T> {
    fn from(elements: [T; N]) -> Self {
        Self(elements.into())
    }
}

impl<T> FromIterator<T> for Array<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self(elements.into_iter().collect())
    }
}

impl<T> IntoIterator for Array<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Array<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Field + Send> IntoField<Array<T>> for Vec<T> {
    fn into_field(self) -> Result<Value<'static>> {
        Array(self).into_value()
    }
}

impl<T: Field + Send> IntoField<Option<Array<T>>> for Vec<T> {
    fn into_field(self) -> Result<Value<'static>> {
        Array(self).into_value()
    }
}
