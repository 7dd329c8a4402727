//! The keys of rows that are written together, by which those are found that come twice.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};

use crate::value::Value;

/// Keys, each once.
#[derive(Debug, Default)]
pub(super) struct Keys(HashSet<Key>);

impl Keys {
    /// Adds a key; `false` if it is known. A key with NULL is like no other.
    pub(super) fn insert(&mut self, key: Vec<Value<'static>>) -> bool {
        key.iter().any(Value::is_null) || self.0.insert(Key(key))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[derive(Debug)]
struct Key(Vec<Value<'static>>);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        self.0.len() == other.0.len() && pairs.into_iter().all(|(one, other)| is_equal(one, other))
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|value| hash(value, state));
    }
}

/// NaN is equal to itself, as in a unique index.
fn is_equal(one: &Value<'_>, other: &Value<'_>) -> bool {
    match (one, other) {
        (Value::F32(one), Value::F32(other)) => one.to_bits() == other.to_bits(),
        (Value::F64(one), Value::F64(other)) => one.to_bits() == other.to_bits(),
        (one, other) => one == other,
    }
}

fn hash<H: Hasher>(value: &Value<'_>, state: &mut H) {
    match value {
        Value::Null | Value::List(_) | Value::Rows(_) => {}
        Value::Array(elements) => elements.iter().for_each(|element| hash(element, state)),
        Value::Bool(value) => value.hash(state),
        Value::I16(value) => value.hash(state),
        Value::I32(value) | Value::Date(value) => value.hash(state),
        Value::I64(value)
        | Value::Time(value)
        | Value::DateTime(value)
        | Value::Timestamp(value) => value.hash(state),
        Value::F32(value) => value.to_bits().hash(state),
        Value::F64(value) => value.to_bits().hash(state),
        Value::Text(value) | Value::Json(value) => value.hash(state),
        Value::Bytes(value) => value.hash(state),
        Value::Uuid(value) => value.hash(state),
        Value::Decimal(value) => value.hash(state),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_new_once() {
        let mut keys = Keys::default();
        let key = |number: i64, text: &'static str| vec![Value::I64(number), Value::from(text)];

        assert!(keys.insert(key(1, "a")));
        assert!(keys.insert(key(1, "b")));
        assert!(!keys.insert(key(1, "a")));
        keys.clear();
        assert!(keys.insert(key(1, "a")));
    }

    #[test]
    fn null_is_like_nothing_and_nan_like_itself() {
        let mut keys = Keys::default();

        assert!(keys.insert(vec![Value::Null]));
        assert!(keys.insert(vec![Value::Null]));
        assert!(keys.insert(vec![Value::F64(f64::NAN)]));
        assert!(!keys.insert(vec![Value::F64(f64::NAN)]));
    }
}
