//! The events of a session, and the functions that listen to them. `hooks` runs them.

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
/// Events given to an engine ([`Engine::events`]) run in all of its sessions, and events given to a session
/// ([`Session::events`]) in that one. Functions that always belong to a model are named by the model, as in
/// `#[orm(before_insert = slug)]`, and run first; see the documentation of the derive.
///
/// # When they run
///
/// A flush runs `before_flush`, then `before_insert`, `before_update` and `before_delete` for each row that
/// it will write, then sends its statements, then runs `after_insert`, `after_update` and `after_delete`,
/// and finally `after_flush`. A commit runs `before_commit`, then flushes, and runs `after_commit` when the
/// transaction has ended.
///
/// - Hooks read and change entities as usual. What they change before the statements are sent is part of
///   them; what they change or add afterwards is written by the same flush in another round, with its own
///   events.
/// - If a hook returns an error, the transaction or the innermost savepoint is undone, as after a failed
///   statement.
/// - Queries in a hook of a flush see what was written before that flush. Such a hook cannot flush, commit,
///   roll back or begin a savepoint.
/// - A row that is marked as deleted ([`SoftDelete`](crate::model::SoftDelete)) has the events
///   `before_delete` and `after_delete` and no others, like a row that is deleted for good; its mark is set
///   in between. A `before_delete` that calls [`restore`](Session::restore) keeps the row. A row that the
///   program marks or restores by setting the column itself is updated, with the events of an update.
/// - There are no events for rows that no flush writes as entities: those changed by `User::update()` or by
///   the database (`ON DELETE`), the rows of a table of pairs, and rows that only follow another row's
///   changed primary key.
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

    /// Runs `hook` for each new row of model `M` before a flush inserts it; its changes are inserted.
    pub fn before_insert<M: Related>(self, hook: impl HookOf<M>) -> Self {
        self.at_row(RowEvent::BeforeInsert, hook)
    }

    /// Runs `hook` for each changed row of model `M` before a flush updates it; its changes are updated
    /// too.
    pub fn before_update<M: Related>(self, hook: impl HookOf<M>) -> Self {
        self.at_row(RowEvent::BeforeUpdate, hook)
    }

    /// Runs `hook` for each row of model `M` before a flush deletes it, also where a cascade of the session
    /// deletes it.
    pub fn before_delete<M: Related>(self, hook: impl HookOf<M>) -> Self {
        self.at_row(RowEvent::BeforeDelete, hook)
    }

    /// Runs `hook` for each row of model `M` after a flush inserted it; the row has its key.
    pub fn after_insert<M: Related>(self, hook: impl HookOf<M>) -> Self {
        self.at_row(RowEvent::AfterInsert, hook)
    }

    /// Runs `hook` for each row of model `M` after a flush updated it.
    pub fn after_update<M: Related>(self, hook: impl HookOf<M>) -> Self {
        self.at_row(RowEvent::AfterUpdate, hook)
    }

    /// Runs `hook` for each row of model `M` after a flush deleted it; its value can still be read.
    pub fn after_delete<M: Related>(self, hook: impl HookOf<M>) -> Self {
        self.at_row(RowEvent::AfterDelete, hook)
    }

    /// Runs `hook` for each row of model `M` that becomes an entity or is read again, by a query or by
    /// [`attach`](Session::attach).
    ///
    /// What it changes becomes the entity's value without counting as a change to be written, so it is the
    /// place to fill fields with `#[orm(skip)]`.
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

    /// Runs `hook` before a flush looks for changes, so that what it adds, changes and deletes is part of
    /// the flush. A flush that has nothing to write runs no hooks.
    pub fn before_flush(
        self,
        hook: impl Fn(&mut Session) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.at_flush(FlushEvent::BeforeFlush, Arc::new(hook))
    }

    /// Runs `hook` after a flush has written everything.
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

    /// Runs `hook` after each commit that succeeded.
    ///
    /// The transaction has ended by then: whatever the hook does with the session begins another one, and
    /// it returns no error, since nothing could be undone. The end of a savepoint is not a commit.
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

    /// Runs `hook` after a transaction was rolled back, by [`Session::rollback`] or by a failure, and
    /// memory was put back.
    ///
    /// It returns no error. Neither a savepoint that is undone alone nor a session that is dropped runs it.
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
    /// Returns the engine with these events, besides those that it has, in its sessions.
    ///
    /// Only sessions made from the returned engine have them; other clones of the engine stay as they are.
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
