//! The text and the values of a statement while it is written.

use std::borrow::Cow;

use super::scope::Scopes;
use super::window::Windows;
use super::{Sql, check};
use crate::ast::{ColumnRef, Cte, Node, TableRef};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::schema::Table;
use crate::value::Value;

/// Enough for most statements, so that the text is allocated once: for the words and some conditions,
/// and for each column of the table.
const USUAL_LENGTH: usize = 256;
const USUAL_COLUMN: usize = 24;

/// As many values as most statements have.
const USUAL_BINDS: usize = 8;

pub(super) struct Writer<'a> {
    pub(super) dialect: &'a dyn Dialect,
    pub(super) text: String,
    pub(super) scopes: Scopes<'a>,
    /// Whether what is written is the condition that rows pass, outside of any subquery.
    pub(super) is_filter: bool,
    /// How deep the expression that is written is nested.
    pub(super) depth: usize,
    /// What the query is grouped by: PostgreSQL knows it again only by the same placeholders.
    pub(super) keys: Vec<&'a Node>,
    /// How many of the keys are being written, one inside the other.
    pub(super) keys_open: usize,
    /// The positions of their values.
    key_binds: Vec<usize>,
    /// The windows with names of the query.
    pub(super) windows: Windows<'a>,
    /// The common table expressions of the statement, each after those it uses itself.
    pub(super) with: Vec<&'a Cte>,
    /// Whether what is selected next is what the program receives, without deferred columns.
    pub(super) defers: bool,
    /// The name of the recursive one that is written.
    pub(super) recursion: Option<&'static str>,
    table: Option<&'static Table>,
    /// How many values are bound before those of this writer.
    bound: usize,
    binds: Vec<Value<'a>>,
    bind_columns: Vec<Option<ColumnRef>>,
}

impl<'a> Writer<'a> {
    /// Returns the writer of a statement that is about `table`, if it is about one.
    pub(super) fn new(dialect: &'a dyn Dialect, table: Option<&'static Table>) -> Self {
        let columns = table.map_or(0, |table| table.columns.len());
        Self {
            dialect,
            text: String::with_capacity(USUAL_LENGTH + columns * USUAL_COLUMN),
            scopes: Scopes::default(),
            is_filter: false,
            depth: 0,
            keys: Vec::new(),
            keys_open: 0,
            key_binds: Vec::new(),
            windows: Windows::default(),
            with: Vec::new(),
            defers: false,
            recursion: None,
            table,
            bound: 0,
            binds: Vec::new(),
            bind_columns: Vec::new(),
        }
    }

    /// Returns the writer that goes on after `text`, which binds `bound` values.
    pub(super) fn after(
        text: String,
        bound: usize,
        dialect: &'a dyn Dialect,
        table: &'static Table,
    ) -> Self {
        Self { text, bound, ..Self::new(dialect, Some(table)) }
    }

    pub(super) fn finish(self) -> Sql<'a> {
        Sql {
            text: Cow::Owned(self.text),
            binds: self.binds,
            table: self.table,
            bind_columns: Cow::Owned(self.bind_columns),
        }
    }

    /// The refusal of what the backend does not have.
    #[cold]
    pub(super) fn unsupported(&self, feature: &str) -> Error {
        self.dialect.unsupported(feature)
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn identifier(&mut self, name: &str) {
        self.dialect.write_identifier(&mut self.text, name);
    }

    pub(super) fn table_name(&mut self, table: &Table) {
        table_name(self.dialect, &mut self.text, table.schema.as_deref(), &table.name);
    }

    /// Writes the table, and its alias if it has one.
    pub(super) fn table_ref(&mut self, table: TableRef) {
        self.table_name(table.table);
        if let Some(alias) = table.alias {
            self.push(" AS ");
            self.identifier(alias);
        }
    }

    /// Writes all columns of a table of the query, separated by commas.
    pub(super) fn all_columns(&mut self, TableRef { table, alias }: TableRef) {
        let start = self.text.len();
        self.qualifier(alias.unwrap_or(&table.name));
        let qualifier = start..self.text.len();
        for (position, column) in table.columns.iter().enumerate() {
            if position > 0 {
                self.push(", ");
                self.text.extend_from_within(qualifier.clone());
            }
            self.identifier(&column.name);
        }
    }

    /// Writes a column, if its table is in the query.
    pub(super) fn column(&mut self, column: &ColumnRef) -> Result<()> {
        self.scopes.is_optional(column)?;
        let source = column.alias.unwrap_or(&column.table.name);
        if self.scopes.is_open() && column.alias.is_some() {
            self.identifier(source);
            self.push(".");
        } else {
            self.qualifier(source);
        }
        self.identifier(&column.table.columns[column.position].name);
        Ok(())
    }

    /// Writes the name of a source before that of its column, where there are several.
    fn qualifier(&mut self, source: &str) {
        if self.scopes.is_qualified() {
            self.identifier(source);
            self.push(".");
        }
    }

    /// Keeps a value and writes a placeholder that says its type, where nothing beside it does.
    pub(super) fn bind_alone(&mut self, value: Value<'a>) {
        let position = self.known_bind(&value, None);
        let position = position.unwrap_or(self.bound + self.binds.len() + 1);
        self.dialect.write_typed_placeholder(&mut self.text, position, &value);
        self.next_bind(value, None);
    }

    /// Writes a placeholder and keeps the value for it.
    pub(super) fn bind(&mut self, value: Value<'a>, column: Option<ColumnRef>) {
        let position = self.next_bind(value, column);
        self.dialect.write_placeholder(&mut self.text, position);
    }

    /// Keeps a value and returns the position of its placeholder, from 1.
    pub(super) fn next_bind(&mut self, value: Value<'a>, column: Option<ColumnRef>) -> usize {
        if let Some(position) = self.known_bind(&value, column) {
            return position;
        }
        if self.keys_open > 0 {
            self.key_binds.push(self.binds.len());
        }
        if self.binds.capacity() == 0 {
            self.binds.reserve(USUAL_BINDS);
            self.bind_columns.reserve(USUAL_BINDS);
        }
        self.binds.push(value);
        self.bind_columns.push(column);
        self.bound + self.binds.len()
    }

    /// Returns the position of an equal value of a key, inside a key.
    fn known_bind(&self, value: &Value<'_>, column: Option<ColumnRef>) -> Option<usize> {
        if self.keys_open == 0 {
            return None;
        }
        let is_known = |index: &usize| {
            self.binds[*index] == *value && is_same_column(self.bind_columns[*index], column)
        };
        self.key_binds.iter().copied().find(is_known).map(|index| self.bound + index + 1)
    }
}

fn is_same_column(left: Option<ColumnRef>, right: Option<ColumnRef>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => check::is_same(&Node::Column(left), &Node::Column(right)),
        (None, None) => true,
        _ => false,
    }
}

pub(super) fn table_name(
    dialect: &dyn Dialect,
    text: &mut String,
    schema: Option<&str>,
    name: &str,
) {
    if let Some(schema) = schema {
        dialect.write_identifier(text, schema);
        text.push('.');
    }
    dialect.write_identifier(text, name);
}

/// Writes `names` as quoted identifiers in parentheses.
pub(super) fn name_list<'n>(
    dialect: &dyn Dialect,
    text: &mut String,
    names: impl IntoIterator<Item = &'n str>,
) {
    text.push('(');
    for (position, name) in names.into_iter().enumerate() {
        if position > 0 {
            text.push_str(", ");
        }
        dialect.write_identifier(text, name);
    }
    text.push(')');
}
