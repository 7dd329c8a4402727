//! The events of a session, and what listens to them. How they are run is the matter of `hooks`.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

use super::Session;
use super::listeners::{
    EndEvent, EndListener, FlushEvent, Hook, HookOf, Listener, LoadListener, ModelEvents,
    OfSession, RowEvent, RowListener,
};
use crate::engine::Engine;
use crate::error::Result;
use crate::model::{Entity, Model};
use crate::relation::Related;

/// Functions that run when a session reads and writes rows, and when its transactions end.
///
/// Given to an engine ([`Engine::events`]), they run in all of its sessions; given to a session
/// ([`Session::events`]), in that one. What belongs to a model always is declared by the model, as in
/// `#[orm(before_insert = slug)]`, and runs first; see the documentation of the derive.
///
/// # When they run
///
/// A flush runs `before_flush`, then `before_insert`, `before_update` and `before_delete` for each row that
/// it is to write, then sends its statements, then runs `after_insert`, `after_update`, `after_delete`, and
/// `after_flush`. A commit runs `before_commit`, then flushes, and runs `after_commit` when the transaction
/// has ended.
///
/// - Entities can be read and changed as ever; what changes before the statements is in them. What changes
///   after them, or is added by then, is written by the same flush in another round, with events of its own.
/// - An error of a hook undoes the transaction, or the innermost savepoint, as that of a statement does.
/// - Queries that a hook of a flush runs see what was flushed before it. It cannot flush, commit, roll back or
///   begin a savepoint.
/// - A row that is marked as deleted ([`SoftDelete`](crate::model::SoftDelete)) has `before_delete` and
///   `after_delete`, as one that goes for good, and no others; its mark is set in between. A `before_delete`
///   that calls [`restore`](Session::restore) keeps it. One that a program marks or restores by setting
///   the column is updated.
/// - Rows that a statement writes by itself (`User::update()`, `ON DELETE` of the database, a table of pairs)
///   have no events, nor have those that only follow the changed primary key of another.
///
/// # Examples
///
/// ```
/// use orm::Events;
/// use orm::prelude::*;
///
/// #[derive(Model)]
/// struct Article {
///     #[orm(primary_key)]
///     id: i64,
///     title: String,
///     #[orm(default = "")]
///     slug: String,
/// }
///
/// #[derive(Model)]
/// struct LogEntry {
///     #[orm(primary_key)]
///     id: i64,
///     text: String,
/// }
///
/// # fn main() -> orm::Result<()> {
/// let events = Events::new()
///     .before_insert(|session, article: Entity<Article>| {
///         session[article].slug = session[article].title.to_lowercase().replace(' ', "-");
///         Ok(())
///     })
///     .after_insert(|session, article: Entity<Article>| {
///         let text = format!("article {} is new", session[article].id);
///         session.add(LogEntry::builder().text(text));
///         Ok(())
///     });
/// let engine = Engine::connect("sqlite::memory:")?.events(events);
/// # metadata![Article, LogEntry].create_all(&mut engine.connect()?)?;
///
/// let mut session = engine.session();
/// let article = session.add(Article::builder().title("Hello World"));
/// session.commit()?; // INSERT article, INSERT log_entry
/// assert_eq!(session[article].slug, "hello-world");
/// assert_eq!(LogEntry::query().one(&mut engine.connect()?)?.text, "article 1 is new");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use = "events run in the sessions of an engine, or in a session, that is given them"]
pub struct Events {
    pub(super) rows: Vec<(TypeId, RowEvent, RowListener)>,
    pub(super) loads: Vec<(TypeId, LoadListener)>,
    flushes: Vec<(FlushEvent, Listener)>,
    ends: Vec<(EndEvent, EndListener)>,
}

impl Events {
    /// Returns no events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `hook` for each new row of model `M` before a flush inserts it; what it changes is inserted.
    pub fn before_insert<M: Related>(self, hook: impl HookOf<M>) -> Self {
        self.at_row(RowEvent::BeforeInsert, hook)
    }

    /// Runs `hook` for each row of model `M` that changed before a flush updates it; what it changes is
    /// updated too.
    pub fn before_update<M: Related>(self, hook: impl HookOf<M>) -> Self {
        self.at_row(RowEvent::BeforeUpdate, hook)
    }

    /// Runs `hook` for each row of model `M` before a flush deletes it; also for those that a cascade of the
    /// session deletes.
    pub fn before_delete<M: Related>(self, hook: impl HookOf<M>) -> Self {
        self.at_row(RowEvent::BeforeDelete, hook)
    }

    /// Runs `hook` for each row of model `M` that a flush inserted; it has its key.
    pub fn after_insert<M: Related>(self, hook: impl HookOf<M>) -> Self {
        self.at_row(RowEvent::AfterInsert, hook)
    }

    /// Runs `hook` for each row of model `M` that a flush updated.
    pub fn after_update<M: Related>(self, hook: impl HookOf<M>) -> Self {
        self.at_row(RowEvent::AfterUpdate, hook)
    }

    /// Runs `hook` for each row of model `M` that a flush deleted; its value can be read by then.
    pub fn after_delete<M: Related>(self, hook: impl HookOf<M>) -> Self {
        self.at_row(RowEvent::AfterDelete, hook)
    }

    /// Runs `hook` for each row of model `M` that a query of the session makes an entity of, or that is
    /// attached to it, and for one that is read anew. What it changes is how the entity is from then on, and
    /// no change to be written: the place to fill fields with `#[orm(skip)]`.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::Events;
    /// use orm::prelude::*;
    ///
    /// #[derive(Model)]
    /// struct Person {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     first: String,
    ///     last: String,
    ///     #[orm(skip)]
    ///     name: String,
    /// }
    ///
    /// # fn main() -> orm::Result<()> {
    /// let engine = Engine::connect("sqlite::memory:")?.events(Events::new().on_load(|person: &mut Person| {
    ///     person.name = format!("{} {}", person.first, person.last);
    ///     Ok(())
    /// }));
    /// # metadata![Person].create_all(&mut engine.connect()?)?;
    /// # let ada = Person::builder().first("Ada").last("Lovelace");
    /// # Person::insert(ada).execute(&mut engine.connect()?)?;
    /// let mut session = engine.session();
    /// let ada = session.get_or_not_found::<Person>(1)?;
    /// assert_eq!(session[ada].name, "Ada Lovelace");
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_load<M: Related>(
        mut self,
        hook: impl Fn(&mut M) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.declare_load(hook);
        self
    }

    /// Runs `hook` before a flush looks at what changed; what it adds, changes and deletes is part of the
    /// flush. A flush without work has no events.
    pub fn before_flush(
        self,
        hook: impl Fn(&mut Session) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.at_flush(FlushEvent::BeforeFlush, Arc::new(hook))
    }

    /// Runs `hook` when a flush has written everything.
    pub fn after_flush(
        self,
        hook: impl Fn(&mut Session) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.at_flush(FlushEvent::AfterFlush, Arc::new(hook))
    }

    /// Runs `hook` at the beginning of each commit, before its flush.
    pub fn before_commit(
        self,
        hook: impl Fn(&mut Session) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.at_flush(FlushEvent::BeforeCommit, Arc::new(hook))
    }

    /// Runs `hook` after each commit that succeeded, outside of the transaction: what it does with the session
    /// begins another. It cannot fail, since nothing could be undone by then. The end of a savepoint is no
    /// commit.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::Events;
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Signup { #[orm(primary_key)] id: i64, email: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Signup].create_all(&mut engine.connect()?)?;
    /// use std::sync::{Arc, Mutex};
    ///
    /// let outbox = Arc::new(Mutex::new(Vec::new()));
    /// let sent = Arc::clone(&outbox);
    /// let mut session = engine.session().events(
    ///     Events::new().after_commit(move |_| sent.lock().unwrap().push("welcome")),
    /// );
    /// session.add(Signup::builder().email("ada@example.com"));
    /// session.commit()?;
    /// assert_eq!(*outbox.lock().unwrap(), ["welcome"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn after_commit(mut self, hook: impl Fn(&mut Session) + Send + Sync + 'static) -> Self {
        self.ends.push((EndEvent::Commit, Arc::new(hook)));
        self
    }

    /// Runs `hook` after a transaction was rolled back, by [`Session::rollback`] or by a failure, with memory
    /// put back. It cannot fail. A savepoint that is undone alone has no event, nor has a session that is
    /// dropped.
    pub fn after_rollback(mut self, hook: impl Fn(&mut Session) + Send + Sync + 'static) -> Self {
        self.ends.push((EndEvent::Rollback, Arc::new(hook)));
        self
    }

    fn at_row<M: Related>(mut self, event: RowEvent, hook: impl HookOf<M>) -> Self {
        self.declare::<M, OfSession>(event, hook);
        self
    }

    fn at_flush(mut self, event: FlushEvent, hook: Listener) -> Self {
        self.flushes.push((event, hook));
        self
    }

    /// Runs `hook` at an event of each row of model `M`; called by derived code.
    pub fn declare<M: Related, Of>(
        &mut self,
        event: RowEvent,
        hook: impl Hook<M, Of> + Send + Sync + 'static,
    ) {
        let run = move |session: &mut Session, id| hook.run(session, Entity::new(id));
        self.rows.push((TypeId::of::<M>(), event, Arc::new(run)));
    }

    /// Runs `hook` for each row of model `M` that is read; called by derived code.
    pub fn declare_load<M: Related>(
        &mut self,
        hook: impl Fn(&mut M) -> Result<()> + Send + Sync + 'static,
    ) {
        let run = move |value: &mut dyn Any| value.downcast_mut().map_or(Ok(()), &hook);
        self.loads.push((TypeId::of::<M>(), Arc::new(run)));
    }

    /// Adds those of `others` behind these.
    fn extend(&mut self, others: Self) {
        self.rows.extend(others.rows);
        self.loads.extend(others.loads);
        self.flushes.extend(others.flushes);
        self.ends.extend(others.ends);
    }

    pub(super) fn at(&self, event: FlushEvent) -> impl Iterator<Item = &Listener> {
        self.flushes.iter().filter(move |(at, _)| *at == event).map(|(_, hook)| hook)
    }

    pub(super) fn at_end(&self, event: EndEvent) -> impl Iterator<Item = &EndListener> {
        self.ends.iter().filter(move |(at, _)| *at == event).map(|(_, hook)| hook)
    }

    /// Returns what listens to events of rows of model `M`: what the model declares, then the rest.
    pub(super) fn of_model<M: Model>(&self) -> ModelEvents {
        let mut declared = Self::new();
        M::declare_events(&mut declared);
        let mut of_model = ModelEvents::new::<M>();
        of_model.extend(&declared);
        of_model.extend(self);
        of_model
    }
}

impl Engine {
    /// Returns the engine with these events in its sessions, besides those that it has.
    ///
    /// It holds for sessions made from the returned engine; other clones of it stay as they are.
    #[must_use]
    pub fn events(mut self, events: Events) -> Self {
        let mut all = (*self.listeners()).clone();
        all.extend(events);
        self.for_sessions = Some(Arc::new(all));
        self
    }

    /// Returns what its sessions listen to.
    pub(super) fn listeners(&self) -> Arc<Events> {
        let given = self.for_sessions.clone();
        given.and_then(|given| given.downcast().ok()).unwrap_or_default()
    }
}

impl Session {
    /// Returns the session with these events, besides those that it has.
    #[must_use]
    pub fn events(mut self, events: Events) -> Self {
        self.tracked.listen(&events);
        Arc::make_mut(&mut self.tracked.events).extend(events);
        self
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.rows.len() + self.loads.len() + self.flushes.len() + self.ends.len();
        f.debug_struct("Events").field("count", &count).finish_non_exhaustive()
    }
}
