//! A set of tables, and the order in which they can be created and dropped.

use super::{ForeignKey, Table};

/// The tables of an application.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
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
///     #[orm(foreign_key(Author::id))]
///     author_id: i64,
/// }
///
/// let metadata = metadata![Book, Author];
/// let order: Vec<&str> = metadata.creation_order().tables.iter().map(|t| t.name.as_str()).collect();
/// assert_eq!(order, ["author", "book"]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    tables: Vec<Table>,
}

/// Tables in an order in which each stands behind those it refers to; made by
/// [`Metadata::creation_order`].
#[derive(Debug)]
#[non_exhaustive]
pub struct CreationOrder<'m> {
    /// The tables.
    pub tables: Vec<&'m Table>,
    /// The foreign keys that go round in circles, with their tables: no order satisfies these, so
    /// they are added when all tables exist.
    pub circular: Vec<(&'m Table, &'m ForeignKey)>,
}

impl Metadata {
    /// Returns the set of these tables, with the tables of pairs that come with their relations; a
    /// table that is named twice is in it once.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # #[orm(table = "users")]
    /// # struct User { #[orm(primary_key)] id: i64, email: String }
    /// let metadata = orm::Metadata::new([User::table(), User::table()]);
    /// assert_eq!(metadata.tables().len(), 1);
    /// ```
    pub fn new<'t>(tables: impl IntoIterator<Item = &'t Table>) -> Self {
        let mut metadata = Self::default();
        let mut associations: Vec<&fn() -> &'static Table> = Vec::new();
        for table in tables {
            associations.extend(table.associations);
            metadata.add(table.clone());
        }
        // Behind the models: one of them may be a model as well.
        for association in associations {
            metadata.add(association().clone());
        }
        metadata
    }

    /// Adds a table, unless one of its name is there.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # #[orm(table = "users")]
    /// # struct User { #[orm(primary_key)] id: i64, email: String }
    /// let mut metadata = orm::Metadata::default();
    /// metadata.add(User::table().clone());
    /// assert_eq!(metadata.tables()[0].name, "users");
    /// ```
    pub fn add(&mut self, table: Table) {
        if !self.tables.iter().any(|known| same_name(known, table.schema.as_deref(), &table.name)) {
            self.tables.push(table);
        }
    }

    /// Returns the tables in the order they were added.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # #[orm(table = "users")]
    /// # struct User { #[orm(primary_key)] id: i64, email: String }
    /// assert_eq!(metadata![User].tables()[0].columns.len(), 2);
    /// ```
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Returns the tables to change before they are created, for example to add an index.
    ///
    /// The models stay as they are: only what is created changes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # #[orm(table = "users")]
    /// # struct User { #[orm(primary_key)] id: i64, email: String }
    /// let mut metadata = metadata![User];
    /// let index = orm::Index::new("ix_users_email", ["email"]);
    /// metadata.tables_mut()[0].indexes.push(index);
    /// assert!(metadata.ddl(&orm::Sqlite).contains(r#"CREATE INDEX "ix_users_email" ON "users""#));
    /// ```
    pub fn tables_mut(&mut self) -> &mut [Table] {
        &mut self.tables
    }

    /// Returns the tables so that each comes after those it refers to.
    ///
    /// The order is otherwise the one in which they were added, so that it is always the same.
    /// [`Metadata`] has an example.
    pub fn creation_order(&self) -> CreationOrder<'_> {
        let mut order = CreationOrder { tables: Vec::new(), circular: Vec::new() };
        let mut state = vec![Visit::New; self.tables.len()];
        for position in 0..self.tables.len() {
            self.visit(position, &mut state, &mut order);
        }
        order
    }

    fn visit<'m>(&'m self, position: usize, state: &mut [Visit], order: &mut CreationOrder<'m>) {
        if state[position] != Visit::New {
            return;
        }
        state[position] = Visit::Open;
        let table = &self.tables[position];
        for key in &table.foreign_keys {
            let Some(target) = self.position_of(key) else { continue };
            if target == position {
                continue;
            }
            if state[target] == Visit::Open {
                order.circular.push((table, key));
            } else {
                self.visit(target, state, order);
            }
        }
        state[position] = Visit::Done;
        order.tables.push(table);
    }

    fn position_of(&self, key: &ForeignKey) -> Option<usize> {
        self.tables.iter().position(|table| key.is_to(table))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    New,
    Open,
    Done,
}

fn same_name(table: &Table, schema: Option<&str>, name: &str) -> bool {
    table.name == name && table.schema.as_deref() == schema
}
