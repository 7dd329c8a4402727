//! Attributes as the user wrote them: `#[orm(…)]` and doc comments, read into plain structs.
//!
//! `setting` is the grammar that all levels share; one file a level says which settings it knows.
//! Whether settings agree with each other and with the type is `model`'s matter.

mod case;
mod constraint;
mod doc;
mod field;
mod hook;
mod patch;
mod reference;
mod relation;
mod row;
mod serde;
mod setting;
mod table;
mod variant;

pub(crate) use self::case::Case;
pub(crate) use self::constraint::{Check, CompositeKey, Index};
pub(crate) use self::doc::comment;
pub(crate) use self::field::{EMBED_FIELD, FieldAttrs, MODEL_FIELD, SoftDelete};
pub(crate) use self::hook::{Event, Hook};
pub(crate) use self::patch::Patch;
pub(crate) use self::reference::{Effect, ForeignKey};
pub(crate) use self::relation::{Cascade, Kind as RelationKind, Lazy, Relation};
pub(crate) use self::row::{RowFieldAttrs, view_column, view_model};
pub(crate) use self::serde::SerdeNames;
pub(crate) use self::setting::refuse_all;
pub(crate) use self::table::{embed, model, row};
pub(crate) use self::variant::{EnumAttrs, VariantAttrs};
