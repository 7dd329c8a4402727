//! Which functions can listen to which event, and those that listen to the events of one model.

use std::any::{Any, TypeId};
use std::sync::Arc;

use super::state::story;
use super::{Events, Session};
use crate::error::{Error, Result};
use crate::model::{Entity, EntityId, Model};
use crate::relation::Related;

pub(super) type RowListener = Arc<dyn Fn(&mut Session, EntityId) -> Result<()> + Send + Sync>;
pub(super) type LoadListener = Arc<dyn Fn(&mut dyn Any) -> Result<()> + Send + Sync>;
pub(super) type Listener = Arc<dyn Fn(&mut Session) -> Result<()> + Send + Sync>;
pub(super) type EndListener = Arc<dyn Fn(&mut Session) + Send + Sync>;

/// An event of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowEvent {
    /// It is to be inserted.
    BeforeInsert,
    /// It is to be updated.
    BeforeUpdate,
    /// It is to be deleted.
    BeforeDelete,
    /// It was inserted.
    AfterInsert,
    /// It was updated.
    AfterUpdate,
    /// It was deleted.
    AfterDelete,
}

/// An event of a flush or a commit, which can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FlushEvent {
    BeforeFlush,
    AfterFlush,
    BeforeCommit,
}

/// The end of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndEvent {
    Commit,
    Rollback,
}

/// What [`Events`] runs at an event of a row of model `M`: a function of the session and the entity.
pub trait HookOf<M>: Fn(&mut Session, Entity<M>) -> Result<()> + Send + Sync + 'static {}

impl<M, F: Fn(&mut Session, Entity<M>) -> Result<()> + Send + Sync + 'static> HookOf<M> for F {}

/// What a model can name for an event of its rows: a function of the session and the entity, or a function
/// of the value alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run at an event of `{M}`",
    label = "not a function for this event",
    note = "it is `fn(&mut Session, Entity<{M}>) -> orm::Result<()>` or `fn(&mut {M}) -> orm::Result<()>`"
)]
pub trait Hook<M, Of> {
    /// Runs it for a row.
    ///
    /// # Errors
    ///
    /// What it returns.
    fn run(&self, session: &mut Session, entity: Entity<M>) -> Result<()>;
}

/// The hook is a function of the session and the entity.
#[derive(Debug, Clone, Copy)]
pub struct OfSession;

/// The hook is a function of the value.
#[derive(Debug, Clone, Copy)]
pub struct OfValue;

impl<M: Related, F: Fn(&mut Session, Entity<M>) -> Result<()>> Hook<M, OfSession> for F {
    fn run(&self, session: &mut Session, entity: Entity<M>) -> Result<()> {
        self(session, entity)
    }
}

impl<M: Related, F: Fn(&mut M) -> Result<()>> Hook<M, OfValue> for F {
    fn run(&self, session: &mut Session, entity: Entity<M>) -> Result<()> {
        let Some(value) = session.try_get_mut(entity) else {
            let id = session.tracked.row_of(entity.id());
            let status = id.map(|id| session.tracked.status(id));
            return Err(Error::invalid_state(story(M::DEF.name, status)));
        };
        self(value)
    }
}

/// What listens to events of the rows of one model.
#[derive(Clone)]
pub(super) struct ModelEvents {
    model: TypeId,
    rows: Vec<(RowEvent, RowListener)>,
    loads: Vec<LoadListener>,
}

impl ModelEvents {
    /// Returns nothing yet that listens to events of model `M`.
    pub(super) fn new<M: Model>() -> Self {
        Self { model: TypeId::of::<M>(), rows: Vec::new(), loads: Vec::new() }
    }

    /// Adds those of `events` that are of the model.
    pub(super) fn extend(&mut self, events: &Events) {
        let model = self.model;
        let rows = events.rows.iter().filter(|(of, ..)| *of == model);
        self.rows.extend(rows.map(|(_, event, hook)| (*event, Arc::clone(hook))));
        let loads = events.loads.iter().filter(|(of, _)| *of == model);
        self.loads.extend(loads.map(|(_, hook)| Arc::clone(hook)));
    }

    /// Whether something listens to what is written.
    pub(super) fn has_writes(&self) -> bool {
        !self.rows.is_empty()
    }

    pub(super) fn at(&self, event: RowEvent) -> impl Iterator<Item = &RowListener> {
        self.rows.iter().filter(move |(at, _)| *at == event).map(|(_, hook)| hook)
    }

    /// Runs what listens to a row that was read.
    pub(super) fn loaded(&self, value: &mut dyn Any) -> Result<()> {
        self.loads.iter().try_for_each(|hook| hook(value))
    }
}
