//! Runs what listens to the events of a session, around the statements of a flush and the end of a
//! transaction.

use std::collections::HashSet;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::events::Events;
use super::listeners::{EndEvent, FlushEvent, RowEvent};
use super::store::Status;
use super::undo::RowId;
use super::validate::Validated;
use super::{Session, Tracked, unit};
use crate::error::{Error, Result};
use crate::model::EntityId;

/// How often hooks may give a flush more to do before it is given up.
const MOST_ROUNDS: usize = 100;

/// Where a session is, as far as its hooks have to know.
#[derive(Debug, Default)]
pub(super) struct Stage {
    running: Running,
    /// Whether the work was undone since the flush or the commit began.
    is_undone: bool,
    /// Whether a transaction was rolled back that nothing was told of yet.
    is_rolled_back: bool,
    /// Whether a failure undid a transaction since this was last asked.
    has_lost_work: bool,
}

/// What is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Running {
    #[default]
    Nothing,
    Flush,
    Commit,
    /// What listens to the end of a transaction.
    End,
}

/// A session while something is running; it ends when this is dropped, also by a panic.
struct Entered<'s> {
    session: &'s mut Session,
    before: Running,
}

/// What a flush is to do with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Write {
    Insert,
    Update,
    Delete,
}

impl Write {
    /// Returns the event before it, with the status that the row has then.
    fn before(self) -> (RowEvent, Status) {
        match self {
            Self::Insert => (RowEvent::BeforeInsert, Status::Pending),
            Self::Update => (RowEvent::BeforeUpdate, Status::Persistent),
            Self::Delete => (RowEvent::BeforeDelete, Status::Deleting),
        }
    }

    /// Returns the event after it, with the status that the row has then.
    fn after(self) -> (RowEvent, Status) {
        match self {
            Self::Insert => (RowEvent::AfterInsert, Status::Persistent),
            Self::Update => (RowEvent::AfterUpdate, Status::Persistent),
            Self::Delete => (RowEvent::AfterDelete, Status::Deleted),
        }
    }
}

impl Session {
    /// Whether a flush is running, whose hooks ask.
    pub(super) fn is_flushing(&self) -> bool {
        self.stage.running == Running::Flush
    }

    /// Refuses what a hook of a flush cannot do.
    pub(super) fn refuse_in_flush(&self, what: &str) -> Result<()> {
        match self.stage.running {
            Running::Flush => Err(in_hook("flush", what)),
            Running::Nothing | Running::Commit | Running::End => Ok(()),
        }
    }

    /// Refuses what a hook of a flush or a commit cannot do.
    pub(super) fn refuse_in_hook(&self, what: &str) -> Result<()> {
        match self.stage.running {
            Running::Flush => Err(in_hook("flush", what)),
            Running::Commit => Err(in_hook("commit", what)),
            Running::Nothing | Running::End => Ok(()),
        }
    }

    fn enter(&mut self, running: Running) -> Entered<'_> {
        let before = std::mem::replace(&mut self.stage.running, running);
        if matches!(before, Running::Nothing | Running::End) {
            self.stage.is_undone = false;
        }
        Entered { session: self, before }
    }

    /// Writes what changed with the events around it, in as many rounds as hooks give it more to do; undoes
    /// it after an error.
    pub(super) fn flush_with_events(&mut self) -> Result<()> {
        let flushed = self.enter(Running::Flush).flush_in_rounds();
        self.undone_if_failed(flushed)
    }

    fn flush_in_rounds(&mut self) -> Result<()> {
        for _ in 0..MOST_ROUNDS {
            let planned = self.before_writing()?;
            self.write()?;
            self.after_writing(&planned)?;
            if !self.tracked.has_work() {
                return Ok(());
            }
        }
        Err(without_end())
    }

    /// Runs what listens to the beginning of a commit; undoes the transaction after an error.
    pub(super) fn before_commit(&mut self) -> Result<()> {
        let result = self.enter(Running::Commit).run(FlushEvent::BeforeCommit);
        self.undone_if_failed(result)
    }

    fn undone_if_failed(&mut self, result: Result<()>) -> Result<()> {
        if result.is_err() && !self.stage.is_undone {
            self.undo_after_failure();
        }
        self.tell_rollback();
        result
    }

    /// Notes that the transaction, or a savepoint, was undone.
    pub(super) fn note_undone(&mut self, is_whole: bool) {
        self.stage.is_undone = true;
        self.stage.is_rolled_back |= is_whole;
        self.stage.has_lost_work |= is_whole;
        self.tell_rollback();
    }

    /// Returns whether a failure undid a transaction since this was last asked.
    pub(super) fn take_lost_work(&mut self) -> bool {
        std::mem::take(&mut self.stage.has_lost_work)
    }

    /// Runs what listens to rollbacks after one; those of a flush or a commit wait for its end.
    fn tell_rollback(&mut self) {
        if matches!(self.stage.running, Running::Nothing | Running::End)
            && std::mem::take(&mut self.stage.is_rolled_back)
        {
            self.run_at_end(EndEvent::Rollback);
        }
    }

    /// Runs what listens to the end of a transaction, unless it is running already.
    pub(super) fn run_at_end(&mut self, event: EndEvent) {
        if self.stage.running == Running::End {
            return;
        }
        let events = Arc::clone(&self.tracked.events);
        let mut entered = self.enter(Running::End);
        events.at_end(event).for_each(|hook| hook(&mut entered));
    }

    fn run(&mut self, event: FlushEvent) -> Result<()> {
        let events = Arc::clone(&self.tracked.events);
        events.at(event).try_for_each(|hook| {
            hook(self)?;
            self.refuse_undone()
        })
    }

    /// Refuses to go on after a hook had a failure that undid everything, and kept it for itself.
    fn refuse_undone(&self) -> Result<()> {
        if self.stage.is_undone { Err(undone()) } else { Ok(()) }
    }

    /// Runs what comes before the statements of a flush, and returns what it is to write of models with
    /// hooks.
    fn before_writing(&mut self) -> Result<Vec<(Write, EntityId)>> {
        self.run(FlushEvent::BeforeFlush)?;
        self.tracked.take_refused()?;
        self.settle_orphans()?;
        let mut validated = Validated::default();
        self.tracked.validate(&mut validated)?;
        if !self.tracked.listens_to_writes() {
            return Ok(Vec::new());
        }
        let mut planned = Vec::new();
        let mut known = HashSet::new();
        for _ in 0..MOST_ROUNDS {
            let more = self.tracked.planned(&mut known)?;
            if more.is_empty() {
                self.tracked.take_refused()?;
                self.tracked.validate(&mut validated)?;
                self.tracked.retain_updates(&mut planned)?;
                return Ok(planned);
            }
            for &(write, entity) in &more {
                self.run_for_row(entity, write.before())?;
            }
            self.settle_orphans()?;
            planned.extend(more);
        }
        Err(without_end())
    }

    /// Deletes what belongs to nothing now, where its relation says so, with what that takes along.
    fn settle_orphans(&mut self) -> Result<()> {
        self.load_replaced_ones()?;
        loop {
            let orphans = unit::orphans(&self.tracked);
            if orphans.is_empty() {
                return Ok(());
            }
            for orphan in orphans {
                self.delete_row(orphan, false)?;
                self.tracked.links.keys.take(orphan).for_each(drop);
            }
        }
    }

    /// Runs what comes after the statements of a flush.
    fn after_writing(&mut self, planned: &[(Write, EntityId)]) -> Result<()> {
        for &(write, entity) in planned {
            self.run_for_row(entity, write.after())?;
        }
        self.run(FlushEvent::AfterFlush)?;
        self.tracked.forget_unchanged()
    }

    /// Runs what listens to an event of a row, as long as the row has the status that belongs to it: a hook
    /// may have deleted it meanwhile, or taken it out.
    fn run_for_row(&mut self, entity: EntityId, (event, status): (RowEvent, Status)) -> Result<()> {
        let Some(id) = self.tracked.row_of(entity) else { return Ok(()) };
        let events = Arc::clone(&self.tracked.store(id.store).events);
        for hook in events.at(event) {
            let is_there = self.tracked.row_of(entity).is_some();
            if !is_there || self.tracked.status(id) != status {
                break;
            }
            hook(self, entity)?;
            self.refuse_undone()?;
        }
        Ok(())
    }
}

impl Tracked {
    /// Adds events to those of the models that are known already.
    pub(super) fn listen(&mut self, events: &Events) {
        for store in &mut self.stores {
            Arc::make_mut(&mut store.events).extend(events);
        }
    }

    fn listens_to_writes(&self) -> bool {
        self.stores.iter().any(|store| store.events.has_writes())
    }

    /// Returns what the flush is to write of models with hooks, but for what is `known` already.
    fn planned(&mut self, known: &mut HashSet<(Write, RowId)>) -> Result<Vec<(Write, EntityId)>> {
        let mut rows = Vec::new();
        for store in self.listening(Write::Insert) {
            let pending = self.store(store).pending.iter();
            rows.extend(pending.map(|&row| (Write::Insert, RowId { store, row })));
        }
        for store in self.listening(Write::Update) {
            for &row in &self.store(store).touched {
                let id = RowId { store, row };
                if self.is_updated(id)? {
                    rows.push((Write::Update, id));
                }
            }
        }
        for store in self.listening(Write::Delete).into_iter().rev() {
            let deleting = self.store(store).deleting.iter();
            rows.extend(deleting.map(|&row| (Write::Delete, RowId { store, row })));
        }
        rows.retain(|&write| known.insert(write));
        Ok(rows.into_iter().map(|(write, id)| (write, self.entity(id))).collect())
    }

    /// Returns the stores of the models with hooks for this, those that others refer to first.
    fn listening(&self, write: Write) -> Vec<u32> {
        let [before, after] = [write.before(), write.after()].map(|(event, _)| event);
        let mut stores = unit::parents_first(self);
        stores.retain(|&store| {
            let events = &self.store(store).events;
            events.at(before).chain(events.at(after)).next().is_some()
        });
        stores
    }

    /// Whether the flush is to update a stored row: a column differs, or is to take the key of a new row.
    fn is_updated(&self, id: RowId) -> Result<bool> {
        let store = self.store(id.store);
        if store.head(id.row).status != Status::Persistent {
            return Ok(false);
        }
        let is_new = |parent| self.status(parent) == Status::Pending;
        if self.links.keys.of(id).any(|link| link.parent.is_some_and(is_new)) {
            return Ok(true);
        }
        let changed = store.changed(id.row)?;
        Ok(changed.iter().any(|&column| !store.table.columns[column].version))
    }

    /// Takes out the updates that a hook made needless.
    fn retain_updates(&self, planned: &mut Vec<(Write, EntityId)>) -> Result<()> {
        let mut kept = Vec::with_capacity(planned.len());
        for &(write, entity) in &*planned {
            if write != Write::Update
                || self.row_of(entity).map_or(Ok(false), |id| self.is_updated(id))?
            {
                kept.push((write, entity));
            }
        }
        *planned = kept;
        Ok(())
    }

    /// Takes the rows off the list of what is to be written that were lent out and did not change.
    fn forget_unchanged(&mut self) -> Result<()> {
        for store in 0..self.stores.len() {
            let touched = std::mem::take(&mut self.stores[store].touched);
            for row in touched {
                let id = RowId { store: u32::try_from(store).unwrap_or(u32::MAX), row };
                if self.status(id) != Status::Persistent || self.is_updated(id)? {
                    self.stores[store].touched.push(row);
                } else {
                    let head = self.stores[store].head_mut(row);
                    head.stored = None;
                    head.is_touched = false;
                }
            }
        }
        Ok(())
    }
}

impl Deref for Entered<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session
    }
}

impl DerefMut for Entered<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        self.session
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.session.stage.running = self.before;
    }
}

#[cold]
fn in_hook(of: &str, what: &str) -> Error {
    Error::invalid_state(format!(
        "a hook cannot {what} during the {of} that called it: return an error to undo the {of}, or do it in \
         `after_commit`"
    ))
}

#[cold]
fn without_end() -> Error {
    Error::invalid_state(
        "a flush did not come to an end: after a hundred rounds its hooks still changed or added rows",
    )
}

#[cold]
fn undone() -> Error {
    Error::invalid_state(
        "a statement failed in a hook, so the transaction, or the innermost savepoint, was undone: the \
         hook has to return the error",
    )
}
