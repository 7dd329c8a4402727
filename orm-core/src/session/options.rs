//! Options of a session, which are set before it is used.

use super::Session;
use crate::dialect::{Isolation, TransactionOptions};

/// What a session does when the program asks for a relation that is not loaded.
///
/// A relation that declares `lazy = "raise"` is refused in any case.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// use orm::Lazy;
///
/// # #[derive(Model)]
/// # struct User {
/// #     #[orm(primary_key)] id: i64,
/// #     #[orm(has_many(inverse = author))] posts: HasMany<Post>,
/// # }
/// # #[derive(Model)]
/// # struct Post {
/// #     #[orm(primary_key)] id: i64,
/// #     #[orm(foreign_key(User::id))] author_id: i64,
/// #     #[orm(belongs_to(key = author_id, inverse = posts))] author: BelongsTo<User>,
/// # }
/// # fn main() -> orm::Result<()> {
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # let mut conn = engine.connect()?;
/// # metadata![User, Post].create_all(&mut conn)?;
/// # User::insert_many([User::builder(), User::builder()]).execute(&mut conn)?;
/// let mut session = engine.session().lazy(Lazy::Batch);
/// for user in User::query().all(&mut session)? {
///     session.load(user, User::posts)?; // one statement, for all users
/// }
/// assert_eq!(session.connection()?.statement_count(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Lazy {
    /// Loads it for that entity alone. If this happens often, a warning is logged
    /// ([`Session::lazy_warning`]).
    #[default]
    Select,
    /// Loads it for all entities that came from the same query, by one statement.
    Batch,
    /// Refuses it, so that no statement is sent that the program did not ask for.
    Raise,
}

/// The options that a session was given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) lazy: Lazy,
    /// How often a relation may be loaded for single entities of one query without a warning; 0 for any
    /// number.
    pub(super) lazy_warning: u32,
    pub(super) transaction: TransactionOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self { lazy: Lazy::default(), lazy_warning: 10, transaction: TransactionOptions::default() }
    }
}

/// Options, to be set before the session is used.
impl Session {
    /// Returns the session with or without a flush before each query; a new session has it.
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
    /// let mut session = engine.session().autoflush(false);
    /// session.add(Tag::builder().name("red"));
    /// assert_eq!(Tag::query().count(&mut session)?, 0);
    /// session.flush()?;
    /// assert_eq!(Tag::query().count(&mut session)?, 1);
    /// # session.rollback()
    /// # }
    /// ```
    #[must_use]
    pub fn autoflush(mut self, autoflush: bool) -> Self {
        self.autoflush = autoflush;
        self
    }

    /// Runs `work` without a flush before each query.
    ///
    /// # Errors
    ///
    /// What `work` returns.
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
    /// session.add(Tag::builder().name("red"));
    /// let stored = session.no_autoflush(|session| Tag::query().count(session))?;
    /// assert_eq!(stored, 0);
    /// # session.rollback()
    /// # }
    /// ```
    pub fn no_autoflush<T, E>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let before = std::mem::replace(&mut self.autoflush, false);
        let result = work(self);
        self.autoflush = before;
        result
    }

    /// Returns the session with another way to load relations that the program asks for: [`Lazy::Select`]
    /// in a new session.
    #[must_use]
    pub fn lazy(mut self, lazy: Lazy) -> Self {
        self.options.lazy = lazy;
        self
    }

    /// Returns the session with a warning when a relation is loaded for more than `count` entities of one
    /// query, each by a statement of its own.
    ///
    /// The warning is a `tracing` event of the target `orm::session`. A new session warns above 10; with 0
    /// it never does.
    ///
    /// The warning names the relation and what would load it by one statement; it comes once for each
    /// query.
    #[must_use]
    pub fn lazy_warning(mut self, count: u32) -> Self {
        self.options.lazy_warning = count;
        self
    }

    /// Returns the session with this isolation level for its transactions.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// use orm::Isolation;
    ///
    /// # #[derive(Model)]
    /// # struct Account { #[orm(primary_key)] id: i64, balance: i64 }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # metadata![Account].create_all(&mut engine.connect()?)?;
    /// # Account::insert(Account::builder().balance(100)).execute(&mut engine.connect()?)?;
    /// let serializable = || engine.session().isolation(Isolation::Serializable);
    /// let left = serializable().transaction_with_retries(5, |session| {
    ///     let account = session.get_or_not_found::<Account>(1)?;
    ///     session[account].balance -= 30;
    ///     Ok(session[account].balance)
    /// })?;
    /// assert_eq!(left, 70);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.options.transaction.isolation = Some(isolation);
        self
    }

    /// Returns the session with transactions that only read, if `read_only` is true.
    ///
    /// The next flush refuses what changed in memory, before anything is sent; the database refuses all
    /// other writes.
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
    /// let mut session = engine.session().read_only(true);
    /// assert_eq!(Tag::query().count(&mut session)?, 0);
    /// session.add(Tag::builder().name("red"));
    /// assert!(session.commit().is_err());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.options.transaction.read_only = read_only;
        self
    }

    /// Returns the session with transactions that take the lock for writing when they begin, if `immediate`
    /// is true; this concerns SQLite.
    ///
    /// There, only one transaction at a time can write. One that reads first and writes later fails at once
    /// if another has written in between; an immediate one waits for its turn.
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
    /// engine.session().immediate(true).transaction(|session| {
    ///     let account = session.get_or_not_found::<Account>(1)?;
    ///     session[account].balance -= 30;
    ///     Ok(())
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn immediate(mut self, immediate: bool) -> Self {
        self.options.transaction.immediate = immediate;
        self
    }
}
