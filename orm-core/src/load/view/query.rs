//! What a view selects of a query: its columns, those of the rows it belongs to, and the keys by which
//! the rows of other relations are found.

use std::fmt;
use std::sync::Arc;

use super::View;
use super::related::{Apart, Gather, Inside, Related};
use crate::ast::{Item, Join, JoinKind, Node, Projection, SelectStatement, Source, TableRef};
use crate::model::Model as _;
use crate::query::items_of;
use crate::relation::{KeyColumns, RelationDef, along_apart};
use crate::sql::unused_alias;
use crate::types::SqlType;

/// A query that a view `V` selects from; what derived code passes on.
pub struct ViewQuery<'q, V> {
    selected: &'q mut Selected,
    /// The columns of the model's row.
    row: &'q [Item],
    relations: Vec<Arc<dyn Related<V>>>,
}

/// What is selected, and what is joined for that.
struct Selected {
    /// What fields are read from.
    items: Vec<Item>,
    /// What is read besides, and where that begins.
    keys: Vec<Item>,
    keys_at: usize,
    statement: SelectStatement,
    /// How many statements were sent before this one, each for rows of the one before.
    depth: usize,
}

/// Makes `statement`, which selects rows of the view's model, one that selects what the view is read
/// from, and returns what loads its relations.
pub(super) fn select_view<V: View>(
    statement: &mut SelectStatement,
    depth: usize,
) -> Vec<Arc<dyn Related<V>>> {
    let mut row = items_of(&statement.projection);
    // A view names what it reads, so nothing of it is left out.
    for item in &mut row {
        item.is_deferred = false;
    }
    let empty = SelectStatement::of(statement.from.clone());
    let mut selected = Selected {
        items: Vec::with_capacity(<V as View>::WIDTH),
        keys: Vec::new(),
        keys_at: <V as View>::WIDTH,
        statement: std::mem::replace(statement, empty),
        depth,
    };
    let mut query = ViewQuery { selected: &mut selected, row: &row, relations: Vec::new() };
    V::select(&mut query);
    let relations = query.relations;
    selected.items.append(&mut selected.keys);
    *statement = selected.statement;
    statement.projection = Projection::Items(selected.items);
    relations
}

impl<V: View> ViewQuery<'_, V> {
    /// Selects a column of the model.
    pub(super) fn column(&mut self, position: usize) {
        self.selected.items.extend(self.row.get(position).cloned());
    }

    /// Selects the key by which the rows of a relation are found, and loads them apart.
    pub(super) fn apart<C: View, F: Gather<C>>(
        &mut self,
        def: &'static RelationDef,
        field: fn(&mut V) -> &mut F,
    ) {
        let link = match def.link() {
            Ok(link) => link,
            Err(error) => {
                self.selected.statement.filter = Some(Node::Invalid(Arc::new(error)));
                return;
            }
        };
        let local = link.local.iter();
        let key = local.map(|&position| self.selected.key(&self.row[position], def, position));
        let key = KeyColumns::of(key, true);
        let depth = self.selected.depth;
        self.relations.push(Arc::new(Apart::<V, C, F>::new(def, key, field, depth)));
    }

    /// Joins the row that the model's row belongs to, and selects what its view is read from, after a
    /// column that is NULL where there is none.
    pub(super) fn joined<C: View, F: 'static>(
        &mut self,
        def: &'static RelationDef,
        field: fn(&mut V) -> &mut F,
        one: fn(&mut F) -> Option<&mut C>,
    ) {
        let link = match def.link() {
            Ok(link) => link,
            Err(error) => {
                self.selected.statement.filter = Some(Node::Invalid(Arc::new(error)));
                return;
            }
        };
        let table = C::Model::table();
        let alias = unused_alias(def.name, Some(&self.selected.statement), &[]);
        let far = TableRef { table, alias: Some(alias) };
        let unused = |wanted: &str| unused_alias(wanted, Some(&self.selected.statement), &[]);
        let start = |position: usize| self.row[position].node.clone();
        // An inner join would drop rows where the partner is filtered out.
        let steps = along_apart(def, link, &start, &unused, far).into_iter();
        let joins = steps.map(|(table, on)| Join::new(JoinKind::Left, Source::Table(table), on));
        self.selected.statement.joins.extend(joins);
        let row: Vec<Item> =
            far.columns().map(|column| Item::new(Node::Column(column), true)).collect();
        self.selected.items.extend(link.remote.first().map(|&position| row[position].clone()));
        let mut inside =
            ViewQuery { selected: &mut *self.selected, row: &row, relations: Vec::new() };
        C::select(&mut inside);
        let relations = inside.relations;
        if !relations.is_empty() {
            self.relations.push(Arc::new(Inside::new(field, one, relations)));
        }
    }
}

impl<V> fmt::Debug for ViewQuery<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewQuery").field("row", &self.row).finish_non_exhaustive()
    }
}

impl Selected {
    /// Selects a column of a key, and returns where it is and how it is read.
    fn key(&mut self, item: &Item, def: &RelationDef, position: usize) -> (usize, SqlType) {
        let at = self.keys_at + self.keys.len();
        self.keys.push(item.clone());
        (at, (def.source)().columns[position].sql_type)
    }
}
