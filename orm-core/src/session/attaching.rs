//! Owned values that become entities, as if they had just been read.

use std::collections::HashMap;

use super::forest::{Forest, Node};
use super::snapshot::{Snapshot, is_same};
use super::store::{Gone, Head};
use super::undo::RowId;
use super::{Session, Tracked};
use crate::error::{Error, Result};
use crate::model::Entity;
use crate::relation::{Key, Related};

impl Session {
    /// Turns a value that was read before into an entity, with all that is loaded in it, as if it had just
    /// been read; sends nothing.
    ///
    /// The session trusts that the value is what the database has: changes made to it since it was read are
    /// not written. [`merge`](Self::merge) writes them. Hooks for `on_load` run as for rows that are read.
    /// Related rows that the session knows already stay the entities that they are. A rollback takes out
    /// what was attached since the transaction began.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the session has an entity of the same row already, if it has one of a
    /// related row with other values, or if a value has no primary key yet. Nothing is attached then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Tag { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Tag].create_all(&mut engine.connect()?)?;
    /// # Tag::insert(Tag::builder().name("red")).execute(&mut engine.connect()?)?;
    /// let tag: Tag = Tag::query().one(&mut engine.connect()?)?;
    ///
    /// let mut session = engine.session();
    /// let red = session.attach(tag)?; // sends nothing
    /// session[red].name = "blue".into();
    /// session.commit()?; // UPDATE
    /// # Ok(())
    /// # }
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "the row is the session's from then on")]
    pub fn attach<M: Related>(&mut self, value: M) -> Result<Entity<M>> {
        let mut forest = Forest::default();
        let root = forest.add(&mut self.tracked, &value, 0)?;
        let rows = self.tracked.attach(&forest)?;
        Ok(Entity::new(self.tracked.entity(rows[root])))
    }
}

impl Tracked {
    /// Makes rows of all that is in a forest, and returns which is which.
    fn attach(&mut self, forest: &Forest<'_>) -> Result<Vec<RowId>> {
        let mut places = Vec::with_capacity(forest.nodes.len());
        let mut first: HashMap<(u32, Key), usize> = HashMap::new();
        for (index, node) in forest.nodes.iter().enumerate() {
            let store = node.model.store;
            let key = node.key().ok_or_else(|| node.without_key())?;
            let now = node.snapshot()?;
            if let Some(known) = self.find(store, &key) {
                if node.depth == 0 || !self.is_row(known, &now) {
                    return Err(is_known(node));
                }
                places.push(Place::Known(known));
            } else if let Some(&same) = first.get(&(store, key.clone())) {
                if !is_equal(&forest.nodes[same].snapshot()?, &now) {
                    return Err(is_known(node));
                }
                places.push(Place::Same(same));
            } else {
                first.insert((store, key.clone()), index);
                places.push(Place::New(key, now));
            }
        }
        let rows = self.adopt_places(forest, places)?;
        for (node, &row) in forest.nodes.iter().zip(&rows) {
            for (def, children) in &node.related {
                if self.related(row, def).is_some() {
                    continue;
                }
                let mut entities = Vec::with_capacity(children.len());
                for &child in children {
                    let entity = self.entity(rows[child]);
                    if !entities.contains(&entity) {
                        entities.push(entity);
                    }
                }
                if let Some(relation) = self.store(row.store).relation(def) {
                    self.store_mut(row.store).values.track(row.row, relation, Some(&entities));
                    self.note_loaded(row.store, row.row, def);
                }
            }
        }
        Ok(rows)
    }

    fn adopt_places(&mut self, forest: &Forest<'_>, places: Vec<Place>) -> Result<Vec<RowId>> {
        let mut rows: Vec<RowId> = Vec::with_capacity(places.len());
        let mut adopted = Vec::new();
        for (node, place) in forest.nodes.iter().zip(places) {
            let row = match place {
                Place::Known(row) => Ok(row),
                Place::Same(index) => Ok(rows[index]),
                Place::New(key, values) => {
                    (node.model.adopt)(self, key, &values).inspect(|&row| adopted.push(row))
                }
            };
            match row {
                Ok(row) => rows.push(row),
                Err(error) => {
                    for row in adopted {
                        self.remove(row, Gone::Expunged);
                    }
                    return Err(error);
                }
            }
        }
        Ok(rows)
    }

    /// Makes a row of values that were read before.
    pub(super) fn adopt<M: Related>(&mut self, key: Key, values: &Snapshot) -> Result<RowId> {
        let store = self.store_of::<M>();
        let mut value = M::read(values, 0)?;
        self.store(store).events.loaded(&mut value)?;
        let row = self.push(store, Head::persistent(key), Some(value));
        // What a value holds was perhaps never committed.
        self.note_absent(row);
        Ok(row)
    }

    /// Whether a row has these values, as far as both are loaded.
    fn is_row(&self, row: RowId, values: &Snapshot) -> bool {
        is_equal(&self.store(row.store).snapshot(row.row), values)
    }
}

/// Where a row of a forest comes from.
enum Place {
    /// The session has it.
    Known(RowId),
    /// It is in the forest before.
    Same(usize),
    /// It is new to the session.
    New(Key, Snapshot),
}

fn is_equal(one: &Snapshot, other: &Snapshot) -> bool {
    one.iter().zip(other.iter()).all(|values| match values {
        (Some(one), Some(other)) => is_same(one, other),
        _ => true,
    })
}

#[cold]
fn is_known(node: &Node<'_>) -> Error {
    let model = node.model.table.model;
    Error::invalid_state(if node.depth == 0 {
        format!(
            "a `{model}` with this primary key is in the session already: `merge` copies the value onto it"
        )
    } else {
        format!(
            "a `{model}` in the tree differs from the one with its primary key that is in the session, or \
             in the tree, already: `merge` copies the values"
        )
    })
}
