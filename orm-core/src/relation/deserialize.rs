//! Relations read by serde, as `serialize` writes them: rows, or `null` for what is not loaded.
//!
//! What is missing reads as `null`, with no attribute on the field. A relation to one row that is `null` is
//! not loaded either, rather than known to lead to none, so that nobody is parted from a row by what was
//! only left out.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};

use super::{BelongsTo, HasMany, HasOne, ManyToMany, ToOne};

impl<'de, C: Deserialize<'de>> Deserialize<'de> for HasMany<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Option::deserialize(deserializer)?;
        Ok(rows.map_or_else(Self::default, Self::loaded))
    }
}

impl<'de, C: Deserialize<'de>> Deserialize<'de> for ManyToMany<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Option::deserialize(deserializer)?;
        Ok(rows.map_or_else(Self::default, Self::loaded))
    }
}

impl<'de, C: Deserialize<'de>> Deserialize<'de> for HasOne<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let row = Option::deserialize(deserializer)?;
        Ok(row.map_or_else(Self::default, |row| Self::loaded(Some(row))))
    }
}

impl<'de, T: ToOne<Model: Deserialize<'de>>> Deserialize<'de> for BelongsTo<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let row = Option::deserialize(deserializer)?;
        let held = row.and_then(|row| T::hold(Some(Arc::new(row))));
        Ok(held.map_or_else(Self::default, Self::loaded))
    }
}
