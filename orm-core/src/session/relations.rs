//! The relations of a model, without the types of what they lead to.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::Tracked;
use super::forest::Forest;
use super::owned::Way;
use super::pending::Pending;
use super::store::Status;
use super::undo::RowId;
use crate::ast::DeletedRows;
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::executor::{Executor, Hydrate};
use crate::load::keyed_rows;
use crate::model::{Entity, EntityId, RelatedRow};
use crate::relation::{
    Held, Key, KeyIndex, Related, Relation, RelationDef, RelationField, VisitRelations,
};
use crate::sql;
use crate::value::Value;

/// A relation of model `M`, in a session.
pub(super) trait TrackedRelation<M>: LoadsRelation {
    /// Returns what the relation is.
    fn def(&self) -> &'static RelationDef;

    /// Returns which entities the field holds; `None` if it holds none.
    fn tracked(&self, value: &M) -> Option<Vec<EntityId>>;

    /// Whether the field holds entities, be they none.
    fn is_tracked(&self, value: &M) -> bool;

    /// Returns the first of the entities that the field holds.
    fn first_tracked(&self, value: &M) -> Option<EntityId>;

    /// Makes the field hold these entities, or unloaded.
    fn track(&self, value: &mut M, entities: Option<&[EntityId]>);

    /// Puts an entity behind those that the field holds, if it holds some.
    fn add(&self, value: &mut M, entity: EntityId);

    /// Takes an entity out of those that the field holds, if it is one of them.
    fn remove(&self, value: &mut M, entity: EntityId);

    /// Makes entities of the rows that the fields of `values` hold, which are values of `rows`, and
    /// makes the fields of these hold them, where they hold none yet.
    fn adopt(
        &self,
        tracked: &mut Tracked,
        store: u32,
        rows: &[u32],
        values: &mut [M],
    ) -> Result<()>;

    /// Copies what is loaded for a row into the field of `value`.
    fn copy_out(&self, tracked: &Tracked, row: RowId, value: &mut M, way: &mut Way) -> Result<()>;

    /// Adds the rows that the field holds to a forest, and returns where they are; `None` if it holds none.
    fn lay_out<'v>(
        &self,
        tracked: &mut Tracked,
        value: &'v M,
        depth: usize,
        forest: &mut Forest<'v>,
    ) -> Result<Option<Vec<usize>>>;
}

/// A relation that can be loaded, whatever the models are.
pub(super) trait LoadsRelation: Send + Sync {
    /// Loads it for rows of a store, by one statement.
    fn load(
        &self,
        tracked: &mut Tracked,
        conn: &mut Connection,
        store: u32,
        rows: &[u32],
    ) -> Result<()>;

    /// Puts what a new row was given into it.
    fn fill(&self, tracked: &mut Tracked, row: RowId, with: RelatedRow) -> Result<()>;
}

/// Returns the relations of a model, in the order of declaration.
pub(super) fn relations_of<M: Related>() -> Arc<[Arc<dyn TrackedRelation<M>>]> {
    struct Collected<M>(Vec<Arc<dyn TrackedRelation<M>>>);

    impl<M: Related> VisitRelations<M> for Collected<M> {
        fn visit<F: RelationField<Target: Related>>(&mut self, relation: Relation<M, F>) {
            self.0.push(Arc::new(relation));
        }
    }

    let mut relations = Collected(Vec::new());
    M::visit_relations(&mut relations);
    relations.0.into()
}

impl<M: Related, F: RelationField<Target: Related>> TrackedRelation<M> for Relation<M, F> {
    fn def(&self) -> &'static RelationDef {
        Relation::def(*self)
    }

    fn tracked(&self, value: &M) -> Option<Vec<EntityId>> {
        Some(self.of(value).tracked()?.iter().map(|entity| entity.id()).collect())
    }

    fn is_tracked(&self, value: &M) -> bool {
        self.of(value).tracked().is_some()
    }

    fn first_tracked(&self, value: &M) -> Option<EntityId> {
        self.of(value).tracked()?.first().map(|entity| entity.id())
    }

    fn track(&self, value: &mut M, entities: Option<&[EntityId]>) {
        let field = self.of_mut(value);
        match entities {
            Some(entities) => field.track(entities.iter().copied().map(Entity::new)),
            None => *field = F::unloaded(Relation::def(*self)),
        }
    }

    fn add(&self, value: &mut M, entity: EntityId) {
        self.of_mut(value).add_tracked(Entity::new(entity));
    }

    fn remove(&self, value: &mut M, entity: EntityId) {
        self.of_mut(value).remove_tracked(Entity::new(entity));
    }

    fn adopt(
        &self,
        tracked: &mut Tracked,
        store: u32,
        rows: &[u32],
        values: &mut [M],
    ) -> Result<()> {
        let def = Relation::def(*self);
        let mut children = Children::default();
        let mut places = Vec::with_capacity(values.len());
        for value in values.iter_mut() {
            places.push(self.of_mut(value).take(def).map(|held| children.add(held)));
        }
        if places.iter().all(Option::is_none) {
            return Ok(());
        }
        let entities = children.adopt(tracked)?;
        let entities_at = |places: Vec<Place>| {
            let found = places.into_iter().map(|place| Ok(entities.at(place, def)?.id()));
            found.collect::<Result<Vec<EntityId>>>()
        };
        let pending = Pending::of(tracked, def)?;
        for ((&row, value), places) in rows.iter().zip(values).zip(places) {
            let Some(places) = places else { continue };
            let entities = entities_at(places)?;
            match tracked.rows::<M>(store).get(row) {
                Some(known) if self.of(known).tracked().is_some() => {}
                Some(_) => self.hold(tracked, RowId { store, row }, entities, &pending)?,
                None => self.of_mut(value).track(entities.into_iter().map(Entity::new)),
            }
        }
        Ok(())
    }

    fn copy_out(&self, tracked: &Tracked, row: RowId, value: &mut M, way: &mut Way) -> Result<()> {
        let Some(children) = way.down(tracked, row, Relation::def(*self)) else { return Ok(()) };
        let copies = children.into_iter().map(|child| {
            if F::SHARED {
                way.shared(tracked, child).map(Held::Shared)
            } else {
                tracked.owned(child, way).map(Held::Owned)
            }
        });
        let copies = copies.collect::<Result<Vec<Held<F::Target>>>>()?;
        way.up();
        if let Some(field) = F::holding(copies) {
            *self.of_mut(value) = field;
        }
        Ok(())
    }

    fn lay_out<'v>(
        &self,
        tracked: &mut Tracked,
        value: &'v M,
        depth: usize,
        forest: &mut Forest<'v>,
    ) -> Result<Option<Vec<usize>>> {
        let rows = self.of(value).rows();
        let places = rows.map(|rows| {
            let places = rows.into_iter().map(|row| forest.add(tracked, row, depth));
            places.collect()
        });
        places.transpose()
    }
}

impl<M: Related, F: RelationField<Target: Related>> LoadsRelation for Relation<M, F> {
    fn load(
        &self,
        tracked: &mut Tracked,
        conn: &mut Connection,
        store: u32,
        rows: &[u32],
    ) -> Result<()> {
        let def = Relation::def(*self);
        let link = def.link()?;
        let mut index = KeyIndex::with_capacity(rows.len());
        let mut keys: Vec<Vec<Value<'static>>> = vec![Vec::new(); link.local.len()];
        for (number, &row) in (0..).zip(rows) {
            let values = &tracked.store(store).values;
            let of_row = link.local.iter().map(|&column| values.value(row, column)?.into_owned());
            let of_row = of_row.collect::<Result<Vec<_>>>()?;
            if let Some(key) = Key::of_values(of_row.iter().map(Value::borrow))
                && index.add(number, key)
            {
                keys.iter_mut().zip(of_row).for_each(|(column, value)| column.push(value));
            }
        }
        let mut found: Vec<Vec<EntityId>> = vec![Vec::new(); rows.len()];
        if !index.is_empty() {
            tracked.begin_query();
            let (mut statement, key) = keyed_rows(def, link, keys);
            if tracked.with_marked.is_some() {
                statement.criteria.deleted = DeletedRows::Included;
            }
            let sql = sql::select(conn.dialect(), &statement)?;
            conn.fetch(&sql, &mut |_, row| {
                let child = tracked.hydrate::<F::Target>(row, 0)?;
                let id = tracked.row_of(child.id());
                let is_going = id.is_none_or(|id| tracked.status(id) != Status::Persistent);
                if let (Some(all), Some(id)) = (&mut tracked.with_marked, id) {
                    all.push(id);
                }
                if let Some(key) = key.key(row)?
                    && !is_going
                {
                    let first = index.first(&key);
                    let parents = first.into_iter().flat_map(|first| index.rows_from(first));
                    for number in parents {
                        let found = &mut found[number as usize];
                        if link.meets_once() || !found.contains(&child.id()) {
                            found.push(child.id());
                        }
                    }
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        let pending = Pending::of(tracked, def)?;
        let rows = rows.iter().map(|&row| RowId { store, row });
        rows.zip(found).try_for_each(|(row, found)| self.hold(tracked, row, found, &pending))
    }

    fn fill(&self, tracked: &mut Tracked, row: RowId, with: RelatedRow) -> Result<()> {
        let def = Relation::def(*self);
        let target = tracked.related_row::<F::Target>(with, def)?;
        tracked.join(row, def, target)
    }
}

impl<M: Related, F: RelationField<Target: Related>> Relation<M, F> {
    /// Makes the field of a row hold what the database says, and what is pending.
    fn hold(
        &self,
        tracked: &mut Tracked,
        row: RowId,
        mut found: Vec<EntityId>,
        pending: &Pending,
    ) -> Result<()> {
        let def = Relation::def(*self);
        let displaced = pending.apply(tracked, row, &mut found);
        if let Some(value) = tracked.rows_mut::<M>(row.store).get_mut(row.row) {
            self.of_mut(value).track(found.into_iter().map(Entity::new));
            tracked.note_loaded(row.store, row.row, def);
        }
        displaced.into_iter().try_for_each(|child| tracked.part(row, def, child))
    }
}

/// The rows that a relation of several parents held.
struct Children<C> {
    rows: Vec<C>,
    /// Where in `rows` those are that were shared, by the address they had.
    shared: HashMap<usize, usize>,
}

/// Where a row is.
#[derive(Clone, Copy)]
enum Place {
    /// At an index.
    Index(usize),
    /// At an address, from which it is taken when the last that shares it lets go.
    Address(usize),
}

impl<C> Default for Children<C> {
    fn default() -> Self {
        Self { rows: Vec::new(), shared: HashMap::new() }
    }
}

impl<C: Related> Children<C> {
    fn add(&mut self, held: Vec<Held<C>>) -> Vec<Place> {
        let place = |held| match held {
            Held::Owned(row) => {
                self.rows.push(row);
                Place::Index(self.rows.len() - 1)
            }
            Held::Shared(row) => {
                let address = Arc::as_ptr(&row).addr();
                if let Ok(row) = Arc::try_unwrap(row) {
                    self.shared.insert(address, self.rows.len());
                    self.rows.push(row);
                }
                Place::Address(address)
            }
        };
        held.into_iter().map(place).collect()
    }

    fn adopt(self, tracked: &mut Tracked) -> Result<Adopted<C>> {
        Ok(Adopted { entities: tracked.adopt_all(self.rows)?, shared: self.shared })
    }
}

/// The entities that rows became.
struct Adopted<C> {
    entities: Vec<Entity<C>>,
    shared: HashMap<usize, usize>,
}

impl<C> Adopted<C> {
    fn at(&self, place: Place, def: &RelationDef) -> Result<Entity<C>> {
        let index = match place {
            Place::Index(index) => Some(index),
            Place::Address(address) => self.shared.get(&address).copied(),
        };
        index.map(|index| self.entities[index]).ok_or_else(|| shared_outside(def))
    }
}

#[cold]
fn shared_outside(def: &RelationDef) -> Error {
    Error::invalid_state(format!(
        "a row that `{}` holds is shared with a value outside the session, which cannot take it over: \
         drop that value first",
        def.path()
    ))
}
