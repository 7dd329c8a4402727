//! Trees of owned values, laid out flat: what attaching and merging them go over, whatever the models are.

use std::collections::HashMap;
use std::ptr;
use std::sync::Arc;

use super::Tracked;
use super::snapshot::Snapshot;
use super::undo::RowId;
use crate::error::{Error, Result};
use crate::model::NewRow;
use crate::relation::{Key, Related, RelationDef, RelationKind};
use crate::schema::{ColumnDef, ColumnLoading, Table};
use crate::value::{Row, Value};

/// The rows of some trees, each once, those above before those below.
#[derive(Default)]
pub(super) struct Forest<'v> {
    pub(super) nodes: Vec<Node<'v>>,
    /// Where rows are that may be shared, by their store and address.
    known: HashMap<(u32, usize), usize>,
    /// Whether what is reached over other relations is left out, since it is only read.
    is_written: bool,
}

/// A row of a tree.
pub(super) struct Node<'v> {
    pub(super) model: ModelOf,
    /// How many rows are above it.
    pub(super) depth: usize,
    /// Its values; `None` for a column that was not loaded.
    pub(super) values: Vec<Option<Value<'v>>>,
    /// The rows that its relations lead to, as far as they are loaded.
    pub(super) related: Vec<(&'static RelationDef, Vec<usize>)>,
    /// The row whose relation it was met in, if its key is that of this row.
    pub(super) owner: Option<(usize, &'static RelationDef)>,
}

/// What is done with rows of a model, without its type.
#[derive(Clone, Copy)]
pub(super) struct ModelOf {
    pub(super) store: u32,
    pub(super) table: &'static Table,
    pub(super) add: fn(&mut Tracked, NewRow) -> RowId,
    pub(super) adopt: fn(&mut Tracked, Key, &Snapshot) -> Result<RowId>,
    pub(super) read: fn(&mut Tracked, &dyn Row) -> Result<RowId>,
}

impl ModelOf {
    fn new<M: Related>(store: u32) -> Self {
        Self {
            store,
            table: M::table(),
            add: Tracked::add::<M>,
            adopt: Tracked::adopt::<M>,
            read: |tracked, row| tracked.track_row::<M>(row, 0),
        }
    }
}

impl<'v> Forest<'v> {
    /// Returns one without what no flush could write.
    pub(super) fn to_write() -> Self {
        Self { is_written: true, ..Self::default() }
    }

    /// Adds a value with what is loaded in it, and returns where it is.
    pub(super) fn add<M: Related>(
        &mut self,
        tracked: &mut Tracked,
        value: &'v M,
        depth: usize,
    ) -> Result<usize> {
        let store = tracked.store_of::<M>();
        let address = (store, ptr::from_ref(value).addr());
        if let Some(&known) = self.known.get(&address) {
            return Ok(known);
        }
        let model = ModelOf::new::<M>(store);
        let index = self.nodes.len();
        self.known.insert(address, index);
        let values = (0..model.table.columns.len()).map(|position| given(value, position));
        let values = values.collect::<Result<_>>()?;
        self.nodes.push(Node { model, depth, values, related: Vec::new(), owner: None });
        let relations = Arc::clone(&tracked.rows::<M>(store).relations);
        for relation in relations.iter() {
            let def = relation.def();
            if def.is_path() && self.is_written {
                continue;
            }
            if let Some(children) = relation.lay_out(tracked, value, depth + 1, self)? {
                def.link()?;
                if matches!(def.kind, RelationKind::HasMany | RelationKind::HasOne) {
                    let owner = Some((index, def));
                    for &child in &children {
                        self.nodes[child].owner = owner;
                    }
                }
                self.nodes[index].related.push((def, children));
            }
        }
        Ok(index)
    }

    /// Returns the primary key of a row, as its relations give it or else the row itself; `None` if it has
    /// none yet: a part is NULL, or is to be generated.
    pub(super) fn key(&self, index: usize) -> Result<Option<Vec<&Value<'v>>>> {
        let parts = self.nodes[index].model.table.primary_key.iter();
        let parts = parts.map(|&position| self.part(index, position));
        parts.collect()
    }

    /// Returns a value of a row that is part of a key, from where it is given.
    fn part(&self, mut index: usize, mut position: usize) -> Result<Option<&Value<'v>>> {
        // Keys that were given in a circle would lead on for ever.
        for _ in 0..self.nodes.len() {
            let node = &self.nodes[index];
            let Some(source) = node.source_of(position)? else {
                let column = &node.model.table.columns[position];
                let is_missing = |value: &Value<'_>| value.is_null() || is_unset(column, value);
                return Ok(node.values[position].as_ref().filter(|value| !is_missing(value)));
            };
            (index, position) = source;
        }
        Ok(None)
    }

    /// Returns how many levels there are.
    pub(super) fn depth(&self) -> usize {
        self.nodes.iter().map(|node| node.depth + 1).max().unwrap_or(0)
    }
}

/// Returns the value of a column; `None` if it was not loaded.
fn given<M: Related>(value: &M, position: usize) -> Result<Option<Value<'_>>> {
    let table = M::table();
    match value.value(position) {
        Ok(value) => Ok(Some(value)),
        Err(_) if table.columns[position].loading != ColumnLoading::Always => Ok(None),
        Err(error) => Err(error.in_column(|| table.name_of(position))),
    }
}

impl Node<'_> {
    /// Returns the primary key; `None` if it has none yet: a part is NULL, or is to be generated.
    pub(super) fn key(&self) -> Option<Key> {
        let table = self.model.table;
        let part = |&position: &usize| {
            let value = self.values[position].as_ref()?;
            (!is_unset(&table.columns[position], value)).then(|| value.borrow())
        };
        let parts: Option<Vec<Value<'_>>> = table.primary_key.iter().map(part).collect();
        parts.and_then(Key::of_values)
    }

    /// Returns the row and the column that a relation makes a column equal to.
    fn source_of(&self, position: usize) -> Result<Option<(usize, usize)>> {
        if let Some((owner, def)) = self.owner {
            let link = def.link()?;
            if let Some(part) = link.remote.iter().position(|&column| column == position) {
                return Ok(Some((owner, link.local[part])));
            }
        }
        for (def, targets) in &self.related {
            let link = def.link()?;
            if def.kind == RelationKind::BelongsTo
                && let Some(&target) = targets.first()
                && let Some(part) = link.local.iter().position(|&column| column == position)
            {
                return Ok(Some((target, link.remote[part])));
            }
        }
        Ok(None)
    }

    /// Returns the values as those of a row that was read.
    pub(super) fn snapshot(&self) -> Result<Snapshot> {
        let values = self.values.iter().map(|value| match value {
            Some(value) => value.clone().into_owned().map(Some),
            None => Ok(None),
        });
        values.collect::<Result<Vec<_>>>().map(Snapshot::of)
    }

    #[cold]
    pub(super) fn without_key(&self) -> Error {
        Error::invalid_state(format!(
            "a `{model}` without a primary key is not a row of the database yet, so it cannot be attached: \
             `merge` it, or `add` a builder",
            model = self.model.table.model
        ))
    }
}

/// Whether a value stands for one that the database is to generate.
pub(super) fn is_unset(column: &ColumnDef, value: &Value<'_>) -> bool {
    column.generated && matches!(value, Value::I16(0) | Value::I32(0) | Value::I64(0))
}
