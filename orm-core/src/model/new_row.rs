//! A row that is not in the database yet: the untyped inside of every derived builder.

use std::iter;
use std::marker::PhantomData;

use super::{Entity, EntityId, Model};
use crate::error::{Error, Result};
use crate::schema::Table;
use crate::value::Value;

/// The values of a new row, by column; a column without one is left to its default.
#[derive(Debug, Default)]
pub struct NewRow {
    values: Vec<Option<Value<'static>>>,
    /// Which column has a value that could not be made, and why.
    refused: Option<Box<(usize, Error)>>,
    /// Whether its defaults are filled in, and its values validated, as happens once.
    is_complete: bool,
    /// What its relations, by their names, are to lead to: most lead to one entity.
    entity: Option<(&'static str, EntityId)>,
    related: Vec<Related>,
}

impl NewRow {
    /// Returns a row of `width` columns without values.
    pub fn new(width: usize) -> Self {
        Self { values: iter::repeat_with(|| None).take(width).collect(), ..Self::default() }
    }

    /// Sets the value of the column at `position`.
    ///
    /// A value that could not be made is remembered, and refused when the row is inserted.
    pub fn set(&mut self, position: usize, value: Result<Value<'static>>) {
        match value {
            Ok(value) => self.values[position] = Some(value),
            Err(error) => {
                self.refused.get_or_insert_with(|| Box::new((position, error)));
            }
        }
    }

    /// Puts a row into the relation called `relation`; only a session can do that.
    pub fn relate(&mut self, relation: &'static str, row: RelatedRow) {
        match row {
            RelatedRow::Entity(entity) if self.entity.is_none() && self.related.is_empty() => {
                self.entity = Some((relation, entity));
            }
            row => self.related.push((relation, row)),
        }
    }

    /// Takes out what its relations are to lead to, in the order in which it was said: an entity, if that
    /// was said first, and the others.
    pub(crate) fn take_related(&mut self) -> (Option<(&'static str, EntityId)>, Vec<Related>) {
        (self.entity.take(), std::mem::take(&mut self.related))
    }

    /// Returns the value of the column at `position`, if it has one.
    pub fn get(&self, position: usize) -> Option<&Value<'static>> {
        self.values.get(position)?.as_ref()
    }

    /// Has the validators of `table` look at the values, gives every column that has none the value of its
    /// default, and checks that all values fit their columns.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`], naming the column, for a value that could not be made or does not fit,
    /// [`Error::Validation`] for one that a validator refuses, and [`Error::InvalidQuery`] if a relation was
    /// set, which only a session can write.
    pub fn complete(&mut self, table: &Table) -> Result<()> {
        let related = self.related.first().map(|(relation, _)| *relation);
        if let Some(relation) = self.entity.map(|(relation, _)| relation).or(related) {
            return Err(needs_session(table, relation));
        }
        if let Some(refused) = self.refused.take() {
            let (position, error) = *refused;
            return Err(error.in_column(|| table.name_of(position)));
        }
        self.values.resize(table.columns.len(), None);
        for (position, (value, column)) in self.values.iter_mut().zip(&table.columns).enumerate() {
            let named = |error: Error| error.in_column(|| table.name_of(position));
            match (&mut *value, column.default) {
                (Some(value), _) if !self.is_complete => table.validate(position, value)?,
                (None, Some(default)) => *value = Some(default().map_err(named)?),
                _ => {}
            }
            if let Some(value) = value {
                column.check_limits(value).map_err(named)?;
            }
        }
        self.is_complete = true;
        Ok(())
    }

    /// Returns the same values once more; for a row that is complete, which nothing is wrong with.
    pub(crate) fn again(&self) -> Self {
        let Self { values, is_complete, .. } = self;
        Self { values: values.clone(), is_complete: *is_complete, ..Self::default() }
    }

    /// Returns the positions of the columns that have a value.
    pub fn columns(&self) -> impl Iterator<Item = usize> + Clone {
        self.values.iter().enumerate().filter_map(|(at, value)| value.as_ref().map(|_| at))
    }

    /// Returns the values, in the order of [`columns`](Self::columns).
    pub fn into_values(self) -> impl Iterator<Item = Value<'static>> {
        self.values.into_iter().flatten()
    }
}

#[cold]
fn needs_session(table: &Table, relation: &str) -> Error {
    Error::invalid_query(format!(
        "`{relation}` of this `{model}` is set, and only a session writes relations: give it to \
         `session.add(…)`, or set the key columns instead",
        model = table.model
    ))
}

/// A relation, by its name, and what it leads to.
type Related = (&'static str, RelatedRow);

/// What a relation of a new row leads to.
#[derive(Debug)]
pub enum RelatedRow {
    /// A row of a session.
    Entity(EntityId),
    /// Another new row.
    New(NewRow),
}

/// What a relation of a new row can be set to: an entity, or another new row, whose columns have values
/// but for the keys that relations set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither an entity nor a new row of `{M}`",
    label = "expected an `Entity<{M}>`, or `{M}::builder()` with its required columns set"
)]
pub trait IntoRelated<M: Model> {
    /// Returns the row.
    fn into_related(self) -> RelatedRow;
}

impl<M: Model> IntoRelated<M> for Entity<M> {
    fn into_related(self) -> RelatedRow {
        RelatedRow::Entity(self.id())
    }
}

/// A builder with a value for every required column of model `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a new row of `{M}`",
    label = "expected a builder with its required columns set, such as `User::builder().name(\"alice\")`",
    note = "a session takes a value that is there already by `session.merge(&value)` or `session.attach(value)`"
)]
pub trait IntoNewRow<M: Model> {
    /// Returns the row.
    fn into_new_row(self) -> NewRow;
}

/// A new row of model `M` whose key comes from the row it belongs to.
#[derive(Debug)]
pub struct ChildRow<M> {
    row: NewRow,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> ChildRow<M> {
    /// Returns the row, which is refused when it is inserted if it lacks a required value.
    pub(crate) fn new(mut row: NewRow) -> Self {
        let columns = &M::table().columns;
        let is_lacking = |at: &usize| row.get(*at).is_none() && columns[*at].is_required();
        if let Some(at) = (0..columns.len()).find(is_lacking) {
            let column = &columns[at].name;
            row.set(at, Err(Error::invalid_query(format!(
                "the required column `{column}` of `{model}` has no value: set it on the builder",
                model = M::DEF.name
            ))));
        }
        Self { row, model: PhantomData }
    }
}

impl<M: Model> IntoNewRow<M> for ChildRow<M> {
    fn into_new_row(self) -> NewRow {
        self.row
    }
}

/// The state of a required column that has a value.
#[derive(Debug, Clone, Copy)]
pub struct Set;

/// The state of the required column `C` that has no value yet.
#[derive(Debug, Clone, Copy)]
pub struct Missing<C>(PhantomData<fn() -> C>);
