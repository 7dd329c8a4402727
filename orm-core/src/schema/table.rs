//! A table with every name resolved: what statements and migrations are written from.

use std::sync::OnceLock;

use super::def::{ColumnLoading, FieldDef, FieldEntry, ModelDef, Provider, ReferenceAction};
use super::validator::Validator;
use super::{limits, naming, registry};
use crate::error::Result;
use crate::types::{EnumDef, SqlType};
use crate::value::Value;

/// A table of the database.
///
/// Derived models build theirs once, on first use.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Model)]
/// #[orm(table = "users")]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     #[orm(unique)]
///     email: String,
/// }
///
/// let table = User::table();
/// assert_eq!(table.name, "users");
/// assert_eq!(table.columns[1].name, "email");
/// assert_eq!(table.uniques[0].name, "uq_users_email");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Table {
    /// The table's name.
    pub name: String,
    /// The schema it lies in, if it is not the default one.
    pub schema: Option<String>,
    /// The name of the model, for messages.
    pub model: &'static str,
    /// What the model's doc comment says.
    pub comment: Option<String>,
    /// The columns, in the order of declaration.
    pub columns: Vec<ColumnDef>,
    /// The positions of the primary key's columns.
    pub primary_key: Vec<usize>,
    /// The name of the primary key's constraint.
    pub primary_key_name: String,
    /// The unique constraints.
    pub uniques: Vec<Unique>,
    /// The CHECK constraints.
    pub checks: Vec<Check>,
    /// The foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// The indexes, unique ones included.
    pub indexes: Vec<Index>,
    /// The position of the column that marks rows as deleted, which is NULL in all others.
    pub soft_delete: Option<usize>,
    /// The tables of pairs that come with the model's relations.
    pub associations: &'static [fn() -> &'static Table],
}

/// A column of a table.
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
///     /// What others read.
///     bio: Option<String>,
/// }
///
/// let bio = &User::table().columns[1];
/// assert_eq!((bio.name.as_str(), bio.nullable), ("bio", true));
/// assert_eq!(bio.comment.as_deref(), Some("What others read."));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own")]
pub struct ColumnDef {
    /// The column's name.
    pub name: String,
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
    /// The value of a new row that gives none.
    pub default: Option<Provider>,
    /// The value an update sets when it does not set the column itself.
    pub on_update: Option<Provider>,
    /// The value that marks a row as deleted, if it is the column for that.
    pub soft_delete: Option<Provider>,
    /// The SQL expression of the DEFAULT clause.
    pub server_default: Option<String>,
    /// What the field's doc comment says.
    pub comment: Option<String>,
    pub(super) validator: Option<Validator>,
}

impl ColumnDef {
    /// Whether a new row must give a value.
    pub(crate) fn is_required(&self) -> bool {
        !self.generated && !self.nullable && self.default.is_none() && self.server_default.is_none()
    }
}

impl ColumnDef {
    /// Refuses a value that the column cannot hold as it is: a text that is too long, a decimal with
    /// too many digits.
    ///
    /// Checked here since databases disagree: SQLite stores them whole, PostgreSQL refuses the first
    /// and rounds the second.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`](crate::error::Error::Encode), without the column's name.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// #[derive(Model)]
    /// struct Country {
    ///     #[orm(primary_key, length = 2)]
    ///     code: String,
    /// }
    ///
    /// let code = &Country::table().columns[0];
    /// assert!(code.check_limits(&"pt".into()).is_ok());
    /// assert!(code.check_limits(&"prt".into()).is_err());
    /// ```
    #[inline]
    pub fn check_limits(&self, value: &Value<'_>) -> Result<()> {
        match self.sql_type {
            SqlType::Text { length: Some(length) } if let Value::Text(text) = value => {
                limits::text(text, length)
            }
            SqlType::Decimal { precision: Some((precision, scale)) }
                if let Value::Decimal(number) = value =>
            {
                limits::decimal(*number, precision, scale)
            }
            _ => Ok(()),
        }
    }
}

/// A column that holds an enum.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(DbEnum, Debug, Clone, Copy)]
/// enum Mood {
///     Sad,
///     Happy,
/// }
///
/// #[derive(Model)]
/// struct Person {
///     #[orm(primary_key)]
///     id: i64,
///     mood: Mood,
/// }
///
/// let column = Person::table().enum_columns().next().unwrap();
/// assert_eq!(column.def.variants, ["sad", "happy"]);
/// assert_eq!(column.check_name, "ck_person_mood_values");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EnumColumn<'t> {
    /// The column.
    pub column: &'t ColumnDef,
    /// The enum.
    pub def: &'static EnumDef,
    /// The name of the CHECK constraint that limits the column where it is not of an enum type.
    pub check_name: String,
}

/// A unique constraint.
///
/// # Examples
///
/// ```
/// let unique = orm::Unique::new("uq_users_email", ["email"]);
/// assert_eq!(unique.columns, ["email"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unique {
    /// Its name.
    pub name: String,
    /// The names of its columns.
    pub columns: Vec<String>,
}

/// A CHECK constraint.
///
/// # Examples
///
/// ```
/// let check = orm::Check::new("ck_users_age", "age >= 0");
/// assert_eq!(check.condition, "age >= 0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// Its name.
    pub name: String,
    /// The column it was declared on; empty if on the table.
    pub columns: Vec<String>,
    /// The SQL condition.
    pub condition: String,
}

/// A foreign key.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::ReferenceAction;
///
/// #[derive(Model)]
/// struct Author {
///     #[orm(primary_key)]
///     id: i64,
/// }
///
/// #[derive(Model)]
/// struct Book {
///     #[orm(primary_key)]
///     id: i64,
///     #[orm(foreign_key(Author::id, on_delete = "cascade"))]
///     author_id: i64,
/// }
///
/// let key = &Book::table().foreign_keys[0];
/// assert_eq!(key.name, "fk_book_author_id_author");
/// assert_eq!((key.columns[0].as_str(), key.target_table.as_str()), ("author_id", "author"));
/// assert_eq!((key.on_delete, key.on_update), (ReferenceAction::Cascade, ReferenceAction::NoAction));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForeignKey {
    /// The name of the constraint.
    pub name: String,
    /// The names of the referring columns.
    pub columns: Vec<String>,
    /// The schema of the table referred to.
    pub target_schema: Option<String>,
    /// The table referred to.
    pub target_table: String,
    /// The names of the columns referred to.
    pub target_columns: Vec<String>,
    /// What happens to referring rows when the row is deleted.
    pub on_delete: ReferenceAction,
    /// What happens to referring rows when the key changes.
    pub on_update: ReferenceAction,
}

/// An index.
///
/// # Examples
///
/// ```
/// let mut index = orm::Index::new("ix_users_email", ["email"]);
/// index.unique = true;
/// index.condition = Some("deleted_at IS NULL".to_owned());
/// assert_eq!(index.columns, ["email"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Whether two rows may not hold the same values.
    pub unique: bool,
    /// The SQL condition that limits it to some rows.
    pub condition: Option<String>,
}

impl Unique {
    /// Returns the constraint that no two rows hold the same values in `columns`.
    pub fn new<S: Into<String>>(
        name: impl Into<String>,
        columns: impl IntoIterator<Item = S>,
    ) -> Self {
        Self { name: name.into(), columns: columns.into_iter().map(Into::into).collect() }
    }
}

impl Check {
    /// Returns the constraint of the table that `condition`, which is SQL, is false for no row.
    pub fn new(name: impl Into<String>, condition: impl Into<String>) -> Self {
        Self { name: name.into(), columns: Vec::new(), condition: condition.into() }
    }
}

impl Index {
    /// Returns the index over `columns` of all rows, in which values may repeat.
    pub fn new<S: Into<String>>(
        name: impl Into<String>,
        columns: impl IntoIterator<Item = S>,
    ) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        Self { name: name.into(), columns, unique: false, condition: None }
    }
}

impl ColumnDef {
    /// Returns the column that is never NULL and has no default.
    pub(crate) fn new(name: &str, sql_type: SqlType) -> Self {
        Self {
            name: name.to_owned(),
            sql_type,
            nullable: false,
            primary_key: false,
            generated: false,
            loading: ColumnLoading::Always,
            version: false,
            default: None,
            on_update: None,
            soft_delete: None,
            server_default: None,
            comment: None,
            validator: None,
        }
    }

    /// Makes it a column of the primary key.
    pub(crate) fn in_primary_key(mut self) -> Self {
        self.primary_key = true;
        self
    }
}

impl ForeignKey {
    /// Whether it refers to `table`.
    pub(crate) fn is_to(&self, table: &Table) -> bool {
        self.target_table == table.name && self.target_schema == table.schema
    }

    /// Returns the foreign key of the columns of table `from` to those of another, named by the
    /// convention.
    pub(crate) fn to(
        from: &str,
        columns: Vec<String>,
        target: &Table,
        target_columns: Vec<String>,
        on_delete: ReferenceAction,
    ) -> Self {
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        Self {
            name: naming::foreign_key(from, &names, &target.name),
            columns,
            target_schema: target.schema.clone(),
            target_table: target.name.clone(),
            target_columns,
            on_delete,
            on_update: ReferenceAction::NoAction,
        }
    }
}

impl Table {
    /// Returns a table without columns, which no model describes.
    pub(crate) fn new(name: &'static str, schema: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            schema,
            model: name,
            comment: None,
            columns: Vec::new(),
            primary_key: Vec::new(),
            primary_key_name: naming::primary_key(name),
            uniques: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
            soft_delete: None,
            associations: &[],
        }
    }

    /// Builds the table that `def` describes.
    pub(super) fn from_def(def: &'static ModelDef) -> Self {
        let mut table = Self {
            model: def.name,
            comment: def.comment.map(str::to_owned),
            associations: def.associations,
            ..Self::new(def.table, def.schema.map(str::to_owned))
        };
        for entry in def.fields {
            match entry {
                FieldEntry::Column(field) => table.add_field(field, "", None),
                FieldEntry::Flatten { name, prefix, fields } => {
                    fields.iter().for_each(|field| table.add_field(field, prefix, Some(name)));
                }
            }
        }
        table.add_declared(def);
        table
    }

    fn add_field(&mut self, field: &FieldDef, prefix: &str, outer: Option<&str>) {
        let name = format!("{prefix}{}", field.column);
        if field.soft_delete.is_some() {
            self.soft_delete = Some(self.columns.len());
        }
        if field.primary_key {
            self.primary_key.push(self.columns.len());
        }
        match (field.unique, field.index) {
            (true, false) => self.uniques.push(Unique {
                name: naming::unique(&self.name, &[&name]),
                columns: vec![name.clone()],
            }),
            (unique, true) => self.indexes.push(Index {
                name: naming::index(&self.name, &[&name]),
                columns: vec![name.clone()],
                unique,
                condition: None,
            }),
            (false, false) => {}
        }
        if let Some(condition) = field.check {
            self.checks.push(Check {
                name: naming::check(&self.name, &name),
                columns: vec![name.clone()],
                condition: condition.to_owned(),
            });
        }
        if let Some(key) = field.foreign_key {
            let target = (key.target)();
            self.foreign_keys.push(ForeignKey {
                name: key.name.map_or_else(
                    || naming::foreign_key(&self.name, &[&name], target.table),
                    str::to_owned,
                ),
                columns: vec![name.clone()],
                target_schema: target.schema.map(str::to_owned),
                target_table: target.table.to_owned(),
                target_columns: target.column_name(key.target_column).into_iter().collect(),
                on_delete: key.on_delete,
                on_update: key.on_update,
            });
        }
        self.columns.push(ColumnDef {
            name,
            sql_type: field.sql_type,
            nullable: field.nullable,
            primary_key: field.primary_key,
            generated: field.generated,
            loading: field.loading,
            version: field.version,
            default: field.default,
            on_update: field.on_update,
            soft_delete: field.soft_delete,
            server_default: field.server_default.map(str::to_owned),
            comment: field.comment.map(str::to_owned),
            validator: field.validator.map(|validator| Validator::new(validator, outer)),
        });
    }

    fn add_declared(&mut self, def: &ModelDef) {
        for unique in def.uniques {
            let columns = self.names_at(unique.columns);
            let name =
                unique.name.map_or_else(|| naming::unique(&self.name, &columns), str::to_owned);
            self.uniques.push(Unique { name, columns });
        }
        for index in def.indexes {
            let columns = self.names_at(index.columns);
            let name =
                index.name.map_or_else(|| naming::index(&self.name, &columns), str::to_owned);
            self.indexes.push(Index {
                name,
                columns,
                unique: index.unique,
                condition: index.condition.map(str::to_owned),
            });
        }
        for key in def.foreign_keys {
            let columns = self.names_at(key.columns);
            let target = (key.target)();
            let target_columns =
                key.target_columns.iter().filter_map(|&position| target.column_name(position));
            self.foreign_keys.push(ForeignKey {
                name: key.name.map_or_else(
                    || naming::foreign_key(&self.name, &columns, target.table),
                    str::to_owned,
                ),
                target_schema: target.schema.map(str::to_owned),
                target_table: target.table.to_owned(),
                target_columns: target_columns.collect(),
                on_delete: key.on_delete,
                on_update: key.on_update,
                columns,
            });
        }
        for (position, check) in def.checks.iter().enumerate() {
            self.checks.push(Check {
                name: check.name.map_or_else(
                    || naming::check(&self.name, &(position + 1).to_string()),
                    str::to_owned,
                ),
                columns: Vec::new(),
                condition: check.condition.to_owned(),
            });
        }
    }

    fn names_at(&self, positions: &[usize]) -> Vec<String> {
        positions.iter().map(|&position| self.columns[position].name.clone()).collect()
    }

    /// Returns the position of the column called `name`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// assert_eq!(User::table().position("name"), Some(1));
    /// assert_eq!(User::table().position("nmae"), None);
    /// ```
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Returns `table.column` for the column at `position`, for messages.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// assert_eq!(User::table().name_of(1), "user.name");
    /// ```
    pub fn name_of(&self, position: usize) -> String {
        match self.columns.get(position) {
            Some(column) => format!("{}.{}", self.name, column.name),
            None => format!("{}, column {position}", self.name),
        }
    }

    /// Returns the columns that hold enums, each with the name of the CHECK constraint that stands in
    /// for an enum type where there is none; [`EnumColumn`] has an example.
    pub fn enum_columns(&self) -> impl Iterator<Item = EnumColumn<'_>> {
        self.columns.iter().filter_map(|column| match column.sql_type {
            SqlType::Enum(def) => {
                let check_name = naming::check(&self.name, &format!("{}_values", column.name));
                Some(EnumColumn { column, def, check_name })
            }
            _ => None,
        })
    }

    /// Returns the value by which the column at `position` marks a row as deleted.
    pub(crate) fn deleted_now(&self, position: usize) -> Result<Value<'static>> {
        let now = self.columns[position].soft_delete.map_or(Ok(Value::Null), |now| now());
        now.map_err(|error| error.in_column(|| self.name_of(position)))
    }

    /// Whether whole rows can be read without some of the columns.
    pub(crate) fn has_deferred(&self) -> bool {
        self.columns.iter().any(|column| column.loading != ColumnLoading::Always)
    }

    /// Returns the names of the primary key's columns.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// assert!(User::table().primary_key_columns().eq(["id"]));
    /// ```
    pub fn primary_key_columns(&self) -> impl Iterator<Item = &str> {
        self.primary_key.iter().map(|&position| self.columns[position].name.as_str())
    }
}

/// Where a derived model keeps its table: built on first use, then shared.
#[derive(Debug)]
pub struct TableSlot {
    def: &'static ModelDef,
    table: OnceLock<Table>,
}

impl TableSlot {
    /// Returns an empty slot for the table that `def` describes.
    pub const fn new(def: &'static ModelDef) -> Self {
        Self { def, table: OnceLock::new() }
    }

    /// Returns the table.
    pub fn get(&'static self) -> &'static Table {
        match self.table.get() {
            Some(table) => table,
            None => self.build(),
        }
    }

    #[cold]
    fn build(&'static self) -> &'static Table {
        let table = self.table.get_or_init(|| Table::from_def(self.def));
        registry::register(table);
        table
    }
}
