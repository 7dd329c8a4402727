//! What was derived on, checked: descriptions that `expand` can write out without a question.
//!
//! A mistake that leaves a usable description is reported and the description still returned, so
//! that the compiler does not add errors about items that would be missing otherwise.

mod column;
mod embed;
mod fields;
mod key;
mod newtype;
mod patch;
mod position;
mod relation;
mod row;
mod soft_delete;
mod stored_enum;
mod table;
mod version;
mod view;

pub(crate) use self::column::Column;
pub(crate) use self::embed::Embed;
pub(crate) use self::newtype::Newtype;
pub(crate) use self::patch::Patch;
pub(crate) use self::relation::{Link, Relation};
pub(crate) use self::row::{Row, RowField};
pub(crate) use self::stored_enum::StoredEnum;
pub(crate) use self::table::{Field, ForeignKeys, Index, Model, Unique};
pub(crate) use self::view::{View, ViewField};
