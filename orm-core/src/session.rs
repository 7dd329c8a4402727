//! The session: rows as entities with one identity each, and what changed written back in one
//! transaction, in an order that no constraint refuses.
//!
//! The session owns the values, and entities are handles to them, so that the borrow checker does what
//! other languages need proxies for. An undo log puts memory back when the transaction is undone.

mod access;
mod adding;
mod attaching;
mod deferred;
mod events;
mod executor;
mod forest;
mod given;
mod hooks;
mod index;
mod lazy;
mod lifecycle;
mod links;
mod listeners;
mod merging;
mod options;
mod origin;
mod owned;
mod pages;
mod patch;
mod pending;
mod read_only;
mod relate;
mod relating;
mod relations;
mod savepoint;
mod snapshot;
mod soft_delete;
mod state;
mod store;
mod synchronize;
mod tracked;
mod transaction;
mod undo;
mod unit;
mod unsaved;
mod validate;

pub use self::events::Events;
pub use self::listeners::{Hook, HookOf, RowEvent};
pub use self::options::Lazy;
pub use self::savepoint::Savepoint;
pub use self::state::{Change, EntityState};
pub use self::tracked::Tracked;

use std::fmt;

use self::hooks::Stage;
use self::options::Options;
use self::store::Status;
use self::undo::RowId;
use crate::engine::{Connection, Engine};
use crate::error::{Error, Result};
use crate::model::{Entity, IntoKey, IntoNewRow};
use crate::query::{Output, Query};
use crate::relation::{Key, Related};

/// Keeps rows as entities, one for each row, and writes what changed in one transaction.
///
/// Queries that a session runs return an [`Entity`] for each row: always the same one for the same row.
/// `session[entity]` is its value, which can be read and changed. The next [`flush`](Self::flush) writes
/// what changed; queries and [`commit`](Self::commit) flush by themselves.
///
/// A session begins a transaction when it is first used, and keeps it until [`commit`](Self::commit),
/// [`rollback`](Self::rollback) or [`close`](Self::close), or until it is dropped, which rolls back; the
/// next use begins another. That holds for a session that only reads, too: on SQLite, it may keep other
/// connections from writing for as long.
///
/// `User::update()` and `User::delete()` change rows in the database; the entities of these rows follow, as
/// [`Synchronize`](crate::executor::Synchronize) says. After any other statement that writes, such as one
/// written by hand, the next query that returns a row of its table reads that row again.
///
/// # Values and relations
///
/// The session owns the values: `session[entity]` borrows one, and [`get_many_mut`](Self::get_many_mut)
/// several. Copy or clone what has to outlive the next call that changes the session.
///
/// Relations are read by [`load`](Self::load), and changed by [`set`](Self::set), [`push`](Self::push),
/// [`remove`](Self::remove) and [`replace`](Self::replace), which keep both sides equal and write the keys.
/// A key that is set by hand, as in `session[post].author_id = 2`, is written, too, but a relation that is
/// loaded keeps what it leads to until [`refresh`](Self::refresh). If both are changed, the relation
/// decides.
///
/// # Failures
///
/// If a flush fails, the transaction is rolled back, memory is as it was when the transaction began, and
/// the session can be used again.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// #[derive(Model)]
/// #[orm(table = "users")]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     name: String,
/// }
/// # fn main() -> orm::Result<()> {
/// let engine = Engine::connect("sqlite::memory:")?;
/// metadata![User].create_all(&mut engine.connect()?)?;
///
/// let mut session = engine.session();
/// let alice = session.add(User::builder().name("alice"));
/// session.commit()?; // INSERT
///
/// session[alice].name = "Alice".into();
/// session.commit()?; // UPDATE of what changed
///
/// let found = User::query().filter(User::name.eq("Alice")).one(&mut session)?;
/// assert_eq!(found, alice); // one row, one entity
/// # Ok(())
/// # }
/// ```
pub struct Session {
    engine: Engine,
    conn: Option<Connection>,
    /// Whether a transaction is open.
    is_begun: bool,
    autoflush: bool,
    stage: Stage,
    options: Options,
    tracked: Tracked,
}

/// A model whose rows a session returns as entities: every derived model.
pub trait Trackable: Related + Query + Output<Out<Tracked> = Entity<Self>> {}

impl<M: Related + Query + Output<Out<Tracked> = Entity<M>>> Trackable for M {}

impl Engine {
    /// Returns a session, which connects when it is first used.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Tag { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// let engine = Engine::connect("sqlite::memory:")?;
    /// metadata![Tag].create_all(&mut engine.connect()?)?;
    ///
    /// let mut session = engine.session();
    /// session.add(Tag::builder().name("red"));
    /// session.commit()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn session(&self) -> Session {
        Session {
            engine: self.clone(),
            conn: None,
            is_begun: false,
            autoflush: true,
            stage: Stage::default(),
            options: Options::default(),
            tracked: Tracked::new(self.listeners()),
        }
    }

    /// Runs `work` with a new session; commits if it returns `Ok`, and rolls back if it returns `Err` or
    /// panics.
    ///
    /// # Errors
    ///
    /// What `work` returns, or what the database reports. [`Error::InvalidState`] if `work` returns `Ok`
    /// after a failure that has undone the transaction: a part that may fail is run in a
    /// [`savepoint`](Session::savepoint).
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Account { #[orm(primary_key)] id: i64, balance: i64 }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Account].create_all(&mut engine.connect()?)?;
    /// engine.transaction(|session| {
    ///     let account = session.add(Account::builder().balance(100));
    ///     session[account].balance -= 30;
    ///     Ok(())
    /// })?;
    /// assert_eq!(Account::query().one(&mut engine.connect()?)?.balance, 70);
    /// # Ok(())
    /// # }
    /// ```
    pub fn transaction<T>(&self, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        self.try_transaction(work)
    }

    /// Runs `work` as [`transaction`](Self::transaction) does, up to `attempts` times, each time with an
    /// empty session.
    ///
    /// It runs again only if the transaction failed because of others at the same time: a serialization
    /// failure, a deadlock, a database that was locked ([`Error::is_retryable`]), or a row that was changed
    /// meanwhile ([`Error::StaleData`]). It waits a little longer before each attempt.
    ///
    /// # Errors
    ///
    /// Those of [`transaction`](Self::transaction), from the last attempt.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Account { #[orm(primary_key)] id: i64, balance: i64 }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Account].create_all(&mut engine.connect()?)?;
    /// # Account::insert(Account::builder().balance(100)).execute(&mut engine.connect()?)?;
    /// let left = engine.transaction_with_retries(5, |session| {
    ///     let account = session.get_or_not_found::<Account>(1)?;
    ///     session[account].balance -= 30;
    ///     Ok(session[account].balance)
    /// })?;
    /// assert_eq!(left, 70);
    /// # Ok(())
    /// # }
    /// ```
    pub fn transaction_with_retries<T>(
        &self,
        attempts: u32,
        work: impl FnMut(&mut Session) -> Result<T>,
    ) -> Result<T> {
        self.session().transaction_with_retries(attempts, work)
    }

    /// Runs `work` as [`transaction`](Self::transaction) does, where `work` returns an error type of its
    /// own.
    ///
    /// # Errors
    ///
    /// Those of [`transaction`](Self::transaction).
    pub fn try_transaction<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        self.session().try_transaction(work)
    }
}

impl Session {
    /// Adds a new row, which the next flush inserts.
    ///
    /// Its value can be read and changed at once; a key that the database generates is 0 until the flush. A
    /// value that does not fit its column is an error of the flush.
    ///
    /// A row is added by its builder, since that knows which columns were given a value. A value of the
    /// model that exists already is taken in by [`merge`](Self::merge) or [`attach`](Self::attach).
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
    /// let mut session = engine.session();
    /// let red = session.add(Tag::builder().name("red"));
    /// session.flush()?;
    /// assert_eq!(session[red].id, 1);
    /// # session.rollback()
    /// # }
    /// ```
    pub fn add<M: Related>(&mut self, row: impl IntoNewRow<M>) -> Entity<M> {
        let id = self.tracked.add::<M>(row.into_new_row());
        Entity::new(self.tracked.entity(id))
    }

    /// Adds new rows, each as [`add`](Self::add) does.
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
    /// let mut session = engine.session();
    /// let tags = session.add_all(["red", "green"].map(|name| Tag::builder().name(name)));
    /// session.commit()?;
    /// assert_eq!(session[tags[1]].name, "green");
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_all<M: Related, R: IntoNewRow<M>>(
        &mut self,
        rows: impl IntoIterator<Item = R>,
    ) -> Vec<Entity<M>> {
        rows.into_iter().map(|row| self.add(row)).collect()
    }

    /// Returns the row with this primary key, or `None` if there is none; sends nothing if the session
    /// knows the row.
    ///
    /// # Errors
    ///
    /// Those of a flush and of a query.
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
    /// let mut session = engine.session();
    /// let red = session.add(Tag::builder().name("red"));
    /// session.commit()?;
    /// assert_eq!(session.get::<Tag>(1)?, Some(red));
    /// assert_eq!(session.get::<Tag>(2)?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get<M: Trackable>(&mut self, key: impl IntoKey<M::Key>) -> Result<Option<Entity<M>>> {
        let values = key.into_key()?;
        let store = self.tracked.store_of::<M>();
        let key = Key::of_values(values.iter().map(crate::value::Value::borrow));
        if let Some(known) = key.and_then(|key| self.tracked.find(store, &key)) {
            match self.tracked.status(known) {
                Status::Deleting => return Ok(None),
                _ if self.tracked.is_marked(known) => return Ok(None),
                _ if self.tracked.store(store).head(known.row).is_expired => {}
                _ => return Ok(Some(Entity::new(self.tracked.entity(known)))),
            }
        }
        M::query().get_by_values(self, values)
    }

    /// Returns the row with this primary key; sends nothing if the session knows the row.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none; otherwise those of [`get`](Self::get).
    pub fn get_or_not_found<M: Trackable>(
        &mut self,
        key: impl IntoKey<M::Key>,
    ) -> Result<Entity<M>> {
        self.get(key)?.ok_or(Error::NotFound { model: M::DEF.name })
    }

    /// Deletes a row with the next flush; a row that was only added is dropped.
    ///
    /// Rows that its relations with `cascade = "delete"` lead to are deleted, too; in other rows that refer
    /// to it, the key becomes NULL. A row with a [`soft_delete`](crate::model::SoftDelete) column is only
    /// marked as deleted, and others may go on referring to it; each row that is deleted with it is marked
    /// or deleted for good, depending on its own model.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the entity is not in this session any more.
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
    /// let mut session = engine.session();
    /// let red = session.add(Tag::builder().name("red"));
    /// session.commit()?;
    ///
    /// session.delete(red)?;
    /// session.commit()?;
    /// assert!(session.try_get(red).is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete<M: Related>(&mut self, entity: Entity<M>) -> Result<()> {
        let id = self.known(entity)?;
        self.delete_row(id, false)
    }

    /// Returns where an entity is that can be worked with.
    fn known<M: Related>(&self, entity: Entity<M>) -> Result<RowId> {
        let id = self.tracked.row_of(entity.id());
        let status = id.map(|id| self.tracked.status(id));
        match (id, status) {
            (Some(id), Some(Status::Pending | Status::Persistent | Status::Deleting)) => Ok(id),
            (_, status) => Err(Error::invalid_state(state::story(M::DEF.name, status))),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("dialect", &self.engine.dialect().name())
            .field("is_begun", &self.is_begun)
            .field("tracked", &self.tracked)
            .finish_non_exhaustive()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.tracked.has_changes() && !std::thread::panicking() {
            tracing::warn!(
                target: "orm::session",
                "a session was dropped with changes that were never written: call `commit`, or \
                 `rollback` if that is meant"
            );
        }
        if let Err(error) = self.rollback_connection() {
            tracing::error!(target: "orm::session", %error, "could not roll back a dropped session");
        }
    }
}
