//! Work in a transaction of a session, which is committed or undone as a whole, and repeated where that
//! helps.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use super::Session;
use crate::error::{Error, Result};

impl Session {
    /// Runs `work`, commits if it returns `Ok`, and rolls back, in memory too, if it returns `Err` or
    /// panics.
    ///
    /// If a transaction is open already, what was done in it before is committed or rolled back as well.
    ///
    /// # Errors
    ///
    /// What `work` returns, or what the database reports. [`Error::InvalidState`] if a savepoint is open,
    /// or if `work` returns `Ok` after a failure that has undone the transaction: a part that may fail is
    /// run in a [`savepoint`](Self::savepoint).
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
    /// let red = session.transaction(|session| Ok(session.add(Tag::builder().name("red"))))?;
    /// assert_eq!(session[red].id, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn transaction<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.try_transaction(work)
    }

    /// Runs `work` as [`transaction`](Self::transaction) does, where `work` returns an error type of its
    /// own.
    ///
    /// # Errors
    ///
    /// Those of [`transaction`](Self::transaction).
    pub fn try_transaction<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.tracked.undo.depth() > 0 {
            return Err(within_savepoint().into());
        }
        self.take_lost_work();
        let mut open = Open { session: self, is_open: true };
        match work(open.session) {
            Ok(result) => {
                open.is_open = false;
                if open.session.take_lost_work() {
                    open.session.rollback()?;
                    return Err(lost_work().into());
                }
                open.session.commit()?;
                Ok(result)
            }
            Err(error) => {
                open.is_open = false;
                open.session.rollback()?;
                Err(error)
            }
        }
    }

    /// Runs `work` as [`transaction`](Self::transaction) does, up to `attempts` times, as long as the
    /// transaction fails only because of others at the same time; see
    /// [`Engine::transaction_with_retries`](crate::engine::Engine::transaction_with_retries).
    ///
    /// Each attempt begins with a session that knows no entities, since those of the attempt before may be
    /// outdated.
    ///
    /// # Errors
    ///
    /// Those of [`transaction`](Self::transaction), from the last attempt; [`Error::InvalidState`] if the
    /// session has entities already, which an attempt would forget.
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
    /// engine.session().isolation(Isolation::Serializable).transaction_with_retries(5, |session| {
    ///     let account = session.get_or_not_found::<Account>(1)?;
    ///     session[account].balance -= 30;
    ///     Ok(())
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn transaction_with_retries<T>(
        &mut self,
        attempts: u32,
        mut work: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<T> {
        if self.is_begun || self.tracked.has_rows() {
            return Err(used_before());
        }
        let mut attempt = 1;
        loop {
            match self.transaction(&mut work) {
                Err(error) if attempt < attempts && may_succeed_again(&error) => {
                    tracing::debug!(target: "orm::session", attempt, %error, "a transaction is repeated");
                    self.expunge_all();
                    std::thread::sleep(wait_after(attempt));
                    attempt += 1;
                }
                result => return result,
            }
        }
    }
}

/// Rolls back if the work of a transaction panics.
struct Open<'s> {
    session: &'s mut Session,
    is_open: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if self.is_open
            && let Err(error) = self.session.rollback()
        {
            tracing::error!(target: "orm::session", %error, "could not roll back after a panic");
        }
    }
}

fn may_succeed_again(error: &Error) -> bool {
    error.is_retryable() || matches!(error, Error::StaleData { .. })
}

/// Twice as long with each attempt, up to a quarter of a second, and not the same for all that wait.
fn wait_after(attempt: u32) -> Duration {
    let longest = Duration::from_millis(1 << attempt.min(8));
    let chance = RandomState::new().hash_one(attempt) % 1024;
    longest.mul_f64(0.5 + f64::from(u32::try_from(chance).unwrap_or(0)) / 2048.0)
}

#[cold]
fn lost_work() -> Error {
    Error::invalid_state(
        "a failure undid what the transaction did before it, and its error was kept: return the error, or \
         do what may fail in a `savepoint`",
    )
}

#[cold]
fn within_savepoint() -> Error {
    Error::invalid_state(
        "no transaction can begin while a savepoint is open: use `savepoint` for a part of the open one",
    )
}

#[cold]
fn used_before() -> Error {
    Error::invalid_state(
        "the session has been used already, and each attempt needs an empty one: begin with a new \
         `engine.session()`",
    )
}
