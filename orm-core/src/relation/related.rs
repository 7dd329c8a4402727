//! All relations of a model, for what goes over each of them.

use super::{Relation, RelationField};
use crate::model::Model;

/// A model that shows its relations.
///
/// Implemented by `#[derive(Model)]` only.
pub trait Related: Model {
    /// Calls `visitor` with each relation, in the order of declaration.
    fn visit_relations<V: VisitRelations<Self>>(visitor: &mut V);
}

/// What is called with each relation of a model.
pub trait VisitRelations<P> {
    /// Takes a relation.
    fn visit<F: RelationField<Target: Related>>(&mut self, relation: Relation<P, F>);
}
