//! The rows of a view's relations: found by keys that were read with its own rows, for all of them by
//! one statement.

use std::marker::PhantomData;
use std::sync::Arc;

use super::query::select_view;
use super::{Reader, View};
use crate::ast::SelectStatement;
use crate::error::{Error, Result};
use crate::executor::{Executor, Plain};
use crate::load::select_in::{self, Parents};
use crate::query::{JoinedQuery, in_projection};
use crate::relation::{Children, KeyColumns, KeyIndex, RelationDef};
use crate::sql;
use crate::value::{Row, Value};

/// How many levels of rows a view follows, for those that hold views of their own kind.
const MOST_LEVELS: usize = 100;

/// A relation of view `V`.
pub(super) trait Related<V>: Send + Sync {
    /// Returns what reads the keys of its rows, of which there are none yet.
    fn rows(&self) -> Box<dyn RelatedRows<V>>;
}

/// What belongs to rows of view `V`.
pub(super) trait RelatedRows<V> {
    /// Reads by which key rows belong to row number `number`.
    fn read(&mut self, row: &dyn Row, number: u32) -> Result<()>;

    /// Finds the rows, and gives them to those they belong to. `None` is a row that is not there.
    fn finish(
        self: Box<Self>,
        executor: &mut dyn Executor<Hydrate = Plain>,
        rows: &mut [Option<&mut V>],
        origin: &SelectStatement,
    ) -> Result<()>;
}

/// What a field holds of the rows that belong to one.
pub(super) trait Gather<C>: Sized + 'static {
    /// Returns the fields of as many parents as `children` is for.
    fn gather(def: &'static RelationDef, children: Children<C>) -> Result<Vec<Self>>;
}

impl<C: 'static> Gather<C> for Vec<C> {
    fn gather(_: &'static RelationDef, children: Children<C>) -> Result<Vec<Self>> {
        Ok(children.into_groups())
    }
}

impl<C: 'static> Gather<C> for Option<C> {
    fn gather(def: &'static RelationDef, children: Children<C>) -> Result<Vec<Self>> {
        children.into_only_ones(def)
    }
}

/// A relation whose rows are found by a statement of their own.
pub(super) struct Apart<V, C, F> {
    def: &'static RelationDef,
    key: KeyColumns,
    field: fn(&mut V) -> &mut F,
    depth: usize,
    child: PhantomData<fn() -> C>,
}

impl<V, C, F> Apart<V, C, F> {
    pub(super) fn new(
        def: &'static RelationDef,
        key: KeyColumns,
        field: fn(&mut V) -> &mut F,
        depth: usize,
    ) -> Self {
        Self { def, key, field, depth, child: PhantomData }
    }
}

impl<V: 'static, C: View, F: Gather<C>> Related<V> for Apart<V, C, F> {
    fn rows(&self) -> Box<dyn RelatedRows<V>> {
        Box::new(ApartRows::<V, C, F> {
            relation: Self::new(self.def, self.key.clone(), self.field, self.depth),
            index: KeyIndex::default(),
            values: vec![Vec::new(); self.key.len()],
        })
    }
}

struct ApartRows<V, C, F> {
    relation: Apart<V, C, F>,
    /// Which rows have which key.
    index: KeyIndex,
    /// Each key once, by column.
    values: Vec<Vec<Value<'static>>>,
}

impl<V: 'static, C: View, F: Gather<C>> RelatedRows<V> for ApartRows<V, C, F> {
    fn read(&mut self, row: &dyn Row, number: u32) -> Result<()> {
        let columns = &self.relation.key;
        if let Some(key) = columns.key(row)?
            && self.index.add(number, key)
        {
            for (known, value) in self.values.iter_mut().zip(columns.values(row)?) {
                known.push(value);
            }
        }
        Ok(())
    }

    fn finish(
        self: Box<Self>,
        executor: &mut dyn Executor<Hydrate = Plain>,
        rows: &mut [Option<&mut V>],
        origin: &SelectStatement,
    ) -> Result<()> {
        let Self { relation, index, values } = *self;
        if index.is_empty() {
            return Ok(());
        }
        let Apart { def, field, depth, .. } = relation;
        let link = def.link()?;
        if depth == MOST_LEVELS {
            return Err(endless(def));
        }
        let mut statement = select_in::rows_among(def, link, values);
        let relations = select_view::<C>(&mut statement, depth + 1);
        let key = select_in::select_key(def, link, &mut statement);
        let identity = select_in::select_identity(def, link, &mut statement);
        statement.criteria.clone_from(&origin.criteria);
        statement.meet_criteria();
        let reader: Box<Reader<C>> =
            Box::new(Reader(relations.iter().map(|relation| relation.rows()).collect()));
        let mut query = JoinedQuery::selected(&statement, vec![reader]);
        if let Some(identity) = identity {
            query = query.repeating(identity);
        }
        let sql = sql::select(executor.dialect(), &statement)?;
        let parents = Parents { index: &index, key, count: rows.len(), shared: false };
        let read = |row: &dyn Row| C::read(row, 0);
        let children = select_in::fetch(executor, &sql, &mut query, &parents, &read);
        let mut children = children.map_err(|error| in_projection(error, &statement.projection))?;
        query.finish(executor, &mut children.rows, &statement)?;
        for (row, found) in rows.iter_mut().zip(F::gather(def, children)?) {
            if let Some(row) = row {
                *field(row) = found;
            }
        }
        Ok(())
    }
}

/// The relations of a row that was read in the place of a field.
pub(super) struct Inside<V, C, F> {
    field: fn(&mut V) -> &mut F,
    one: fn(&mut F) -> Option<&mut C>,
    relations: Vec<Arc<dyn Related<C>>>,
}

impl<V, C, F> Inside<V, C, F> {
    pub(super) fn new(
        field: fn(&mut V) -> &mut F,
        one: fn(&mut F) -> Option<&mut C>,
        relations: Vec<Arc<dyn Related<C>>>,
    ) -> Self {
        Self { field, one, relations }
    }
}

impl<V: 'static, C: 'static, F: 'static> Related<V> for Inside<V, C, F> {
    fn rows(&self) -> Box<dyn RelatedRows<V>> {
        let relations = self.relations.iter().map(|relation| relation.rows()).collect();
        Box::new(InsideRows { field: self.field, one: self.one, relations })
    }
}

struct InsideRows<V, C, F> {
    field: fn(&mut V) -> &mut F,
    one: fn(&mut F) -> Option<&mut C>,
    relations: Vec<Box<dyn RelatedRows<C>>>,
}

impl<V, C, F: 'static> RelatedRows<V> for InsideRows<V, C, F> {
    fn read(&mut self, row: &dyn Row, number: u32) -> Result<()> {
        self.relations.iter_mut().try_for_each(|rows| rows.read(row, number))
    }

    fn finish(
        self: Box<Self>,
        executor: &mut dyn Executor<Hydrate = Plain>,
        rows: &mut [Option<&mut V>],
        origin: &SelectStatement,
    ) -> Result<()> {
        let Self { field, one, relations } = *self;
        let inside = rows.iter_mut().map(|row| row.as_mut().and_then(|row| one(field(row))));
        let mut inside: Vec<Option<&mut C>> = inside.collect();
        relations.into_iter().try_for_each(|rows| rows.finish(executor, &mut inside, origin))
    }
}

#[cold]
fn endless(def: &RelationDef) -> Error {
    Error::invalid_query(format!(
        "`{}` leads on for more than {MOST_LEVELS} levels, perhaps in a circle: give the views of the \
         levels types of their own, or query them with a recursive CTE",
        def.path()
    ))
}
