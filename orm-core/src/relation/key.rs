//! The values by which rows find each other in memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{Hash, Hasher};

use crate::error::Result;
use crate::model::Model;
use crate::schema::Table;
use crate::types::SqlType;
use crate::value::{Row, Value};

/// The values of a key's columns, equal where the database finds them equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// One integer, as most keys are.
    Integer(i64),
    /// Anything else.
    Parts(Box<[Part]>),
}

/// One value of a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    Integer(i64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
    Uuid([u8; 16]),
    /// A decimal without zeros at its end.
    Decimal(i128, u32),
}

/// By its values alone: those of one relation are all of one kind.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Integer(value) => value.hash(state),
            Self::Parts(parts) => parts.hash(state),
        }
    }
}

impl Key {
    /// Returns the key of the values; `None` if one is NULL, which nothing is equal to.
    pub(crate) fn of_values<'v>(values: impl IntoIterator<Item = Value<'v>>) -> Option<Self> {
        let mut values = values.into_iter();
        let first = Part::of(values.next()?)?;
        match (first, values.next()) {
            (Part::Integer(integer), None) => Some(Self::Integer(integer)),
            (first, second) => {
                let rest = second.into_iter().chain(values).map(Part::of);
                let parts: Option<Vec<Part>> = std::iter::once(Some(first)).chain(rest).collect();
                parts.map(|parts| Self::Parts(parts.into()))
            }
        }
    }

    /// Returns the key that a row has in these columns.
    pub(crate) fn of_row<M: Model>(row: &M, columns: &[usize]) -> Result<Option<Self>> {
        if let [column] = *columns {
            return Ok(Self::of_values([row.value(column)?]));
        }
        let values: Result<Vec<_>> = columns.iter().map(|&column| row.value(column)).collect();
        Ok(Self::of_values(values?))
    }
}

/// The columns of a key: where they are in the rows of a query, and how they are read.
#[derive(Debug, Clone)]
pub(crate) struct KeyColumns {
    columns: Box<[(usize, SqlType)]>,
    /// Whether a row may have NULL in them.
    optional: bool,
}

impl KeyColumns {
    /// The columns that `columns` says: where each is, and how it is read.
    pub(crate) fn of(columns: impl IntoIterator<Item = (usize, SqlType)>, optional: bool) -> Self {
        Self { columns: columns.into_iter().collect(), optional }
    }

    /// The columns of `table` at `positions`, in whole rows of it that begin at `at`.
    pub(crate) fn in_row(table: &Table, positions: &[usize], at: usize) -> Self {
        let columns = positions.iter().map(|&position| at + position);
        Self::of(columns.zip(types(table, positions)), is_nullable(table, positions))
    }

    /// The columns of `table` at `positions`, which follow one another from `at`.
    pub(crate) fn in_sequence(table: &Table, positions: &[usize], at: usize) -> Self {
        Self::of((at..).zip(types(table, positions)), is_nullable(table, positions))
    }

    /// The primary key in whole rows of `table` that begin at `at`, and may be missing if `optional`.
    pub(crate) fn primary(table: &Table, at: usize, optional: bool) -> Self {
        let key = Self::in_row(table, &table.primary_key, at);
        Self { optional: key.optional || optional, ..key }
    }

    /// Returns the key that a row has; `None` if a value of it is NULL.
    pub(crate) fn key(&self, row: &dyn Row) -> Result<Option<Key>> {
        if self.are_null(row) {
            return Ok(None);
        }
        match *self.columns {
            [(at, SqlType::SmallInt | SqlType::Integer | SqlType::BigInt)] => {
                Ok(Some(Key::Integer(row.i64(at)?)))
            }
            [(at, sql_type)] => Ok(Key::of_values([sql_type.read(row, at)?])),
            _ => Ok(Key::of_values(self.values(row)?)),
        }
    }

    /// Whether a row has no such key, since a value of it is NULL.
    pub(crate) fn are_null(&self, row: &dyn Row) -> bool {
        self.optional && self.columns.iter().any(|&(at, _)| row.is_null(at))
    }

    /// Returns the values of the key that a row has.
    pub(crate) fn values(&self, row: &dyn Row) -> Result<Vec<Value<'static>>> {
        self.columns.iter().map(|&(at, sql_type)| sql_type.read(row, at)).collect()
    }

    /// Returns how many columns there are.
    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }
}

fn is_nullable(table: &Table, positions: &[usize]) -> bool {
    positions.iter().any(|&position| table.columns[position].nullable)
}

fn types(table: &Table, positions: &[usize]) -> impl Iterator<Item = SqlType> {
    positions.iter().map(|&position| table.columns[position].sql_type)
}

impl Part {
    fn of(value: Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Null | Value::List(_) | Value::Array(_) | Value::Rows(_) => return None,
            Value::Bool(value) => Self::Integer(value.into()),
            Value::I16(value) => Self::Integer(value.into()),
            Value::I32(value) | Value::Date(value) => Self::Integer(value.into()),
            Value::I64(value)
            | Value::Time(value)
            | Value::DateTime(value)
            | Value::Timestamp(value) => Self::Integer(value),
            // Zero has two forms that are equal.
            Value::F32(value) => Self::Integer((f64::from(value) + 0.0).to_bits().cast_signed()),
            Value::F64(value) => Self::Integer((value + 0.0).to_bits().cast_signed()),
            Value::Text(value) | Value::Json(value) => Self::Text(value.into_owned().into()),
            Value::Bytes(value) => Self::Bytes(value.into_owned().into()),
            Value::Uuid(value) => Self::Uuid(value),
            Value::Decimal(value) => {
                let (mut mantissa, mut scale) = (value.mantissa(), value.scale());
                while scale > 0 && mantissa % 10 == 0 {
                    mantissa /= 10;
                    scale -= 1;
                }
                Self::Decimal(mantissa, scale)
            }
        })
    }
}

/// What is known of rows by their keys. Asked for the same key again, as for rows that were joined to one
/// and follow each other, it looks nothing up.
#[derive(Debug)]
pub(crate) struct KeyMap<K, V> {
    last: Option<(K, V)>,
    all: HashMap<K, V>,
}

impl<K: Clone + Eq + Hash, V: Clone> KeyMap<K, V> {
    pub(crate) fn new() -> Self {
        Self { last: None, all: HashMap::new() }
    }

    /// Returns what is known of the key; from now on what `new` returns, if it is new.
    pub(crate) fn get_or_insert(&mut self, key: K, new: impl FnOnce() -> Result<V>) -> Result<V> {
        if let Some((last, value)) = &self.last
            && *last == key
        {
            return Ok(value.clone());
        }
        let value = if let Some(known) = self.all.get(&key) {
            known.clone()
        } else {
            let value = new()?;
            self.all.insert(key.clone(), value.clone());
            value
        };
        self.last = Some((key, value.clone()));
        Ok(value)
    }
}

/// Which of some rows have which key.
#[derive(Debug, Default)]
pub(crate) struct KeyIndex {
    first: HashMap<Key, u32>,
    /// For each row, the next one that has the same key.
    next: Vec<Option<u32>>,
}

impl KeyIndex {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { first: HashMap::with_capacity(rows), next: vec![None; rows] }
    }

    /// Whether no row was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Adds a row; `true` if it is the first with its key.
    pub(crate) fn add(&mut self, row: u32, key: Key) -> bool {
        match self.first.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(row);
                true
            }
            Entry::Occupied(mut entry) => {
                let row_number = row as usize;
                if self.next.len() <= row_number {
                    self.next.resize(row_number + 1, None);
                }
                self.next[row_number] = Some(entry.insert(row));
                false
            }
        }
    }

    /// Returns the first of the rows that have the key.
    pub(crate) fn first(&self, key: &Key) -> Option<u32> {
        self.first.get(key).copied()
    }

    /// Returns the rows that have the same key as `first`, which is the first of them.
    pub(crate) fn rows_from(&self, first: u32) -> impl Iterator<Item = u32> {
        let next = |&row: &u32| self.next.get(row as usize).copied().flatten();
        std::iter::successors(Some(first), next)
    }
}
