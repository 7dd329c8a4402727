//! What the database sees: tables, columns, keys, indexes and constraints, and their order.
//!
//! Models describe themselves by the constants of `def`; a [`Table`] is built from them once, with
//! every name resolved. Knows no SQL beyond what the user wrote himself, and no connection.

mod def;
mod limits;
mod lookup;
mod metadata;
mod naming;
mod reflected;
mod registry;
mod table;
mod validator;

pub use self::def::{
    CheckDef, ColumnLoading, CompositeKeyDef, FieldDef, FieldEntry, ForeignKeyDef, IndexDef,
    ModelDef, Provider, ReferenceAction, UniqueDef,
};
pub(crate) use self::lookup::{nearest_first, repeated};
pub use self::metadata::{CreationOrder, Metadata};
pub(crate) use self::reflected::{ReflectedColumn, interned, kept_table, reflected};
pub use self::registry::table_named;
pub use self::table::{Check, ColumnDef, EnumColumn, ForeignKey, Index, Table, TableSlot, Unique};
pub use self::validator::{Validation, ValidatorDef};
