//! The values that a row had at some time, kept for comparing and for putting them back.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Result;
use crate::types::LEFT_OUT;
use crate::value::{KeepsValues, Value};

/// The values of all columns of a row; `None` for one that was not loaded.
#[derive(Debug, Clone)]
pub(super) struct Snapshot(Arc<[Option<Value<'static>>]>);

impl Snapshot {
    /// Returns what keeps these values.
    pub(super) fn of(values: Vec<Option<Value<'static>>>) -> Self {
        Self(values.into())
    }

    /// Returns the values, by column.
    pub(super) fn iter(&self) -> impl Iterator<Item = Option<&Value<'static>>> {
        self.0.iter().map(Option::as_ref)
    }

    /// Returns the value that a column had.
    pub(super) fn get(&self, position: usize) -> Option<&Value<'static>> {
        self.0.get(position)?.as_ref()
    }

    /// Returns the values with some others.
    pub(super) fn with(&self, others: &BTreeMap<usize, &Value<'static>>) -> Self {
        let values = self.0.iter().enumerate();
        let values = values.map(|(position, known)| match others.get(&position) {
            Some(&other) => Some(other.clone()),
            None => known.clone(),
        });
        Self(values.collect())
    }

    /// Whether a column has another value now.
    ///
    /// # Errors
    ///
    /// What `now` returns, but for a column that was not loaded and is not now.
    pub(super) fn differs<'v>(
        &self,
        position: usize,
        now: impl FnOnce() -> Result<Value<'v>>,
    ) -> Result<bool> {
        match (self.get(position), now()) {
            (Some(before), Ok(now)) => Ok(!is_same(before, &now)),
            (None, Ok(_)) => Ok(true),
            (None, Err(_)) => Ok(false),
            (Some(_), Err(error)) => Err(error),
        }
    }

    /// Returns the values with those that were loaded between `before` and `now`.
    pub(super) fn filled(&self, before: &Self, now: &Self) -> Self {
        let filled = self.0.iter().enumerate().map(|(position, value)| {
            let is_new = before.get(position).is_none();
            if is_new { now.get(position).cloned() } else { value.clone() }
        });
        Self(filled.collect())
    }
}

/// Equal, where NaN is equal to itself: what would be written is what is there.
pub(super) fn is_same(before: &Value<'_>, now: &Value<'_>) -> bool {
    match (before, now) {
        (Value::F64(before), Value::F64(now)) => before.to_bits() == now.to_bits(),
        (Value::F32(before), Value::F32(now)) => before.to_bits() == now.to_bits(),
        (before, now) => before == now,
    }
}

impl<'v> FromIterator<Result<Value<'v>>> for Snapshot {
    fn from_iter<I: IntoIterator<Item = Result<Value<'v>>>>(values: I) -> Self {
        let owned = values.into_iter().map(|value| value.and_then(Value::into_owned).ok());
        Self(owned.collect())
    }
}

impl KeepsValues for Snapshot {
    fn kept(&self, index: usize) -> Option<&Value<'static>> {
        self.get(index)
    }

    fn name(&self, index: usize) -> Option<&str> {
        self.get(index).is_none().then_some(LEFT_OUT)
    }
}
