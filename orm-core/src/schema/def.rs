//! The constants a derived model describes itself with: plain `'static` data, no code.
//!
//! Public because the derive's output names them; a user meets the [`Table`](super::Table) instead.

use super::{Table, ValidatorDef};
use crate::error::Result;
use crate::types::SqlType;
use crate::value::Value;

/// A function that provides a value for a column: a default, or a value on update.
pub type Provider = fn() -> Result<Value<'static>>;

/// A model, as its struct declares it.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     email: String,
/// }
///
/// assert_eq!((User::DEF.name, User::DEF.table), ("User", "user"));
/// assert_eq!(User::DEF.width(), 2);
/// assert_eq!(User::DEF.column_name(1).as_deref(), Some("email"));
/// ```
#[derive(Debug)]
pub struct ModelDef {
    /// The name of the struct.
    pub name: &'static str,
    /// The name of the table.
    pub table: &'static str,
    /// The schema the table lies in, if it is not the default one.
    pub schema: Option<&'static str>,
    /// The struct's doc comment.
    pub comment: Option<&'static str>,
    /// The fields, in the order of declaration.
    pub fields: &'static [FieldEntry],
    /// The indexes over named columns.
    pub indexes: &'static [IndexDef],
    /// The unique constraints over several columns.
    pub uniques: &'static [UniqueDef],
    /// The CHECK constraints of the whole table.
    pub checks: &'static [CheckDef],
    /// The foreign keys of several columns.
    pub foreign_keys: &'static [CompositeKeyDef],
    /// The tables of pairs that come with its relations; functions, since they refer to the model.
    pub associations: &'static [fn() -> &'static Table],
}

impl ModelDef {
    /// Returns how many columns the table has.
    pub const fn width(&self) -> usize {
        let (mut width, mut at) = (0, 0);
        while at < self.fields.len() {
            width += match self.fields[at] {
                FieldEntry::Column(_) => 1,
                FieldEntry::Flatten { fields, .. } => fields.len(),
            };
            at += 1;
        }
        width
    }

    /// Returns the field of column `index`, counted over all fields with flattened ones spread out.
    pub fn field(&self, index: usize) -> Option<&'static FieldDef> {
        let mut index = index;
        for entry in self.fields {
            let fields = match entry {
                FieldEntry::Column(field) => std::slice::from_ref(field),
                FieldEntry::Flatten { fields, .. } => fields,
            };
            match fields.get(index) {
                Some(field) => return Some(field),
                None => index -= fields.len(),
            }
        }
        None
    }

    /// Returns the name of column `index`, counted over all fields with flattened ones spread out.
    pub fn column_name(&self, index: usize) -> Option<String> {
        let mut index = index;
        for entry in self.fields {
            match entry {
                FieldEntry::Column(_) if index > 0 => index -= 1,
                FieldEntry::Column(field) => return Some(field.column.to_owned()),
                FieldEntry::Flatten { prefix, fields, .. } => match fields.get(index) {
                    Some(field) => return Some(format!("{prefix}{}", field.column)),
                    None => index -= fields.len(),
                },
            }
        }
        None
    }
}

/// One field of a model: a column, or an embedded struct of columns.
#[derive(Debug, Clone, Copy)]
pub enum FieldEntry {
    /// A field that is a column.
    Column(FieldDef),
    /// A field that is a struct whose fields are columns of the same table.
    Flatten {
        /// The name of the field.
        name: &'static str,
        /// What the names of the columns begin with.
        prefix: &'static str,
        /// The columns.
        fields: &'static [FieldDef],
    },
}

/// When a column is read with its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnLoading {
    /// Always: its field always has a value.
    Always,
    /// Unless a query leaves it out: its field is a [`Deferred`](crate::types::Deferred) that is declared with
    /// `deferred = false`.
    ByDefault,
    /// If a query asks for it: its field is a [`Deferred`](crate::types::Deferred).
    OnRequest,
}

/// A field that is a column.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is an attribute that a user may set")]
pub struct FieldDef {
    /// The name of the column.
    pub column: &'static str,
    /// The declared type.
    pub sql_type: SqlType,
    /// Whether the column may be NULL.
    pub nullable: bool,
    /// Whether the column is part of the primary key.
    pub primary_key: bool,
    /// Whether the database generates the value.
    pub generated: bool,
    /// When it is read with its row.
    pub loading: ColumnLoading,
    /// Whether it counts the updates of its row, so that none is lost.
    pub version: bool,
    /// Whether two rows may not hold the same value.
    pub unique: bool,
    /// Whether the column has an index of its own.
    pub index: bool,
    /// The value of a new row that gives none.
    pub default: Option<Provider>,
    /// The value an update sets when it does not set the column itself.
    pub on_update: Option<Provider>,
    /// The value that marks a row as deleted, if it is the column for that: NULL in all others.
    pub soft_delete: Option<Provider>,
    /// The SQL expression of the column's DEFAULT clause.
    pub server_default: Option<&'static str>,
    /// The SQL condition of the column's CHECK constraint.
    pub check: Option<&'static str>,
    /// The field's doc comment.
    pub comment: Option<&'static str>,
    /// The column this one refers to.
    pub foreign_key: Option<ForeignKeyDef>,
    /// What looks at the values that it is given.
    pub validator: Option<ValidatorDef>,
}

/// A reference to a column of another model, or of the same one.
#[derive(Debug, Clone, Copy)]
pub struct ForeignKeyDef {
    /// The model referred to; a function, since models may refer to each other in a circle.
    pub target: fn() -> &'static ModelDef,
    /// Its table; not for use while tables are built, since that may go in a circle too.
    pub target_table: fn() -> &'static Table,
    /// The position of the column referred to.
    pub target_column: usize,
    /// The name of the constraint, if the naming convention does not give it.
    pub name: Option<&'static str>,
    /// What happens to referring rows when the row is deleted.
    pub on_delete: ReferenceAction,
    /// What happens to referring rows when the key changes.
    pub on_update: ReferenceAction,
}

/// A foreign key of several columns.
#[derive(Debug, Clone, Copy)]
pub struct CompositeKeyDef {
    /// The positions of the referring columns.
    pub columns: &'static [usize],
    /// The model referred to; a function, since models may refer to each other in a circle.
    pub target: fn() -> &'static ModelDef,
    /// The positions of the columns referred to.
    pub target_columns: &'static [usize],
    /// The name of the constraint, if the naming convention does not give it.
    pub name: Option<&'static str>,
    /// What happens to referring rows when the row is deleted.
    pub on_delete: ReferenceAction,
    /// What happens to referring rows when the key changes.
    pub on_update: ReferenceAction,
}

/// What a foreign key does to the referring rows, as in SQL:2016 §11.8; [`ForeignKey`](super::ForeignKey) has
/// an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReferenceAction {
    /// Refuse at the end of the statement; what SQL does when nothing is said.
    #[default]
    NoAction,
    /// Refuse at once.
    Restrict,
    /// Delete or update them too.
    Cascade,
    /// Set their key to NULL.
    SetNull,
    /// Set their key to its DEFAULT.
    SetDefault,
}

impl ReferenceAction {
    /// Whether the referring rows are changed or deleted, rather than kept as they are.
    pub(crate) fn changes_rows(self) -> bool {
        !matches!(self, Self::NoAction | Self::Restrict)
    }
}

/// An index over named columns.
#[derive(Debug, Clone, Copy)]
pub struct IndexDef {
    /// The name, if the naming convention does not give it.
    pub name: Option<&'static str>,
    /// The positions of the columns.
    pub columns: &'static [usize],
    /// Whether two rows may not hold the same values.
    pub unique: bool,
    /// The SQL condition that limits the index to some rows.
    pub condition: Option<&'static str>,
}

/// A unique constraint over several columns.
#[derive(Debug, Clone, Copy)]
pub struct UniqueDef {
    /// The name, if the naming convention does not give it.
    pub name: Option<&'static str>,
    /// The positions of the columns.
    pub columns: &'static [usize],
}

/// A CHECK constraint of the whole table.
#[derive(Debug, Clone, Copy)]
pub struct CheckDef {
    /// The name, if the naming convention does not give it.
    pub name: Option<&'static str>,
    /// The SQL condition, as the user wrote it.
    pub condition: &'static str,
}
