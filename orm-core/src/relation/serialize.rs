//! Relations in the words of serde: the rows, or nothing where they are not loaded.
//!
//! What is not loaded is left out by `#[serde(skip_serializing_if = "HasMany::is_unloaded")]`, and
//! `null` without it.

use serde::{Serialize, Serializer};

use super::{BelongsTo, HasMany, HasOne, ManyToMany, ToOne};

impl<C: Serialize> Serialize for HasMany<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<C: Serialize> Serialize for ManyToMany<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<C: Serialize> Serialize for HasOne<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().flatten().serialize(serializer)
    }
}

impl<T: ToOne<Model: Serialize>> Serialize for BelongsTo<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shared().as_deref().serialize(serializer)
    }
}
