//! The relations of a model, without the types of what they lead to.

use std::collections::HashMap;
use std::sync::Arc;

use super::Tracked;
use crate::error::{Error, Result};
use crate::model::{Entity, EntityId};
use crate::relation::{Held, Related, Relation, RelationDef, RelationField, VisitRelations};

/// A relation of model `M`, in a session.
pub(super) trait TrackedRelation<M>: Send + Sync {
    /// Returns what the relation is.
    fn def(&self) -> &'static RelationDef;

    /// Returns which entities the field holds; `None` if it holds none.
    fn tracked(&self, value: &M) -> Option<Vec<EntityId>>;

    /// Makes the field hold these entities, or unloaded.
    fn track(&self, value: &mut M, entities: Option<Vec<EntityId>>);

    /// Makes entities of the rows that the fields of `values` hold, which are values of `rows`, and
    /// makes the fields of these hold them, where they hold none yet.
    fn adopt(
        &self,
        tracked: &mut Tracked,
        store: u32,
        rows: &[u32],
        values: &mut [M],
    ) -> Result<()>;
}

/// Returns the relations of a model, in the order of declaration.
pub(super) fn relations_of<M: Related>() -> Arc<[Box<dyn TrackedRelation<M>>]> {
    struct Collected<M>(Vec<Box<dyn TrackedRelation<M>>>);

    impl<M: Related> VisitRelations<M> for Collected<M> {
        fn visit<F: RelationField<Target: Related>>(&mut self, relation: Relation<M, F>) {
            self.0.push(Box::new(relation));
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

    fn track(&self, value: &mut M, entities: Option<Vec<EntityId>>) {
        let field = self.of_mut(value);
        match entities {
            Some(entities) => field.track(entities.into_iter().map(Entity::new).collect()),
            None => *field = F::unloaded(Relation::def(*self)),
        }
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
            let found = places.into_iter().map(|place| entities.at(place, def));
            found.collect::<Result<Vec<_>>>()
        };
        for ((&row, value), places) in rows.iter().zip(values).zip(places) {
            let Some(places) = places else { continue };
            let entities = entities_at(places)?;
            match tracked.rows_mut::<M>(store).get_mut(row) {
                Some(known) if self.of(known).tracked().is_none() => {
                    self.of_mut(known).track(entities);
                    tracked.note_loaded(store, row, def);
                }
                Some(_) => {}
                None => self.of_mut(value).track(entities),
            }
        }
        Ok(())
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
        "a row that `{}` holds is shared with a value outside of the session, which cannot take it \
         over: drop the others first",
        def.path()
    ))
}
