//! What a transaction may be asked for when it begins.

use std::borrow::Cow;

/// How a transaction is begun; the default is what the database does by itself.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// use orm::{Isolation, TransactionOptions};
///
/// # #[derive(Model)]
/// # struct Account { #[orm(primary_key)] id: i64, balance: i64 }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![Account].create_all(&mut conn)?;
/// let report = TransactionOptions {
///     isolation: Some(Isolation::RepeatableRead),
///     read_only: true,
///     ..TransactionOptions::default()
/// };
/// let mut tx = conn.begin_with(report)?;
/// assert_eq!(Account::query().count(&mut tx)?, 0);
/// assert!(Account::insert(Account::builder().balance(1)).execute(&mut tx).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TransactionOptions {
    /// How much of others at the same time it may see, if not what the database does by itself.
    pub isolation: Option<Isolation>,
    /// Whether the database refuses every write.
    pub read_only: bool,
    /// Whether it takes the right to write when it begins, where only one transaction of the database
    /// has it: on SQLite, where one that reads first and writes later fails at once if another has
    /// written meanwhile. Nothing elsewhere, where rows are locked.
    pub immediate: bool,
}

/// How much a transaction may see of others at the same time.
///
/// A level says what must not be seen; a database may keep more apart than is asked. SQLite always keeps
/// transactions as far apart as [`Serializable`](Self::Serializable), and PostgreSQL takes
/// [`ReadUncommitted`](Self::ReadUncommitted) as [`ReadCommitted`](Self::ReadCommitted).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Isolation {
    /// It may see what others have not committed.
    ReadUncommitted,
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// All statements see what was committed before the first.
    RepeatableRead,
    /// As if transactions ran one after the other; one that cannot is refused, and may succeed when it is
    /// run again ([`Error::is_retryable`](crate::error::Error::is_retryable)).
    Serializable,
}

impl Isolation {
    /// Returns the level as the SQL standard calls it.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(orm::Isolation::RepeatableRead.name(), "REPEATABLE READ");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadUncommitted => "READ UNCOMMITTED",
            Self::ReadCommitted => "READ COMMITTED",
            Self::RepeatableRead => "REPEATABLE READ",
            Self::Serializable => "SERIALIZABLE",
        }
    }
}

/// Returns the statement of the SQL standard that begins a transaction.
pub(super) fn begin(options: TransactionOptions) -> Cow<'static, str> {
    let mut sql = Cow::Borrowed("BEGIN");
    if let Some(isolation) = options.isolation {
        sql += " ISOLATION LEVEL ";
        sql += isolation.name();
    }
    if options.read_only {
        sql += " READ ONLY";
    }
    sql
}
