//! The choice of a driver by the scheme of a URL.

use std::ops::Deref;

use orm_core::driver::Driver;

use crate::{Error, Events, Result};

/// A database, from which connections are made.
///
/// Cheap to clone; a clone is the same database. Its methods are those of the engine it
/// dereferences to: [`connect`](orm_core::engine::Engine::connect) (on a value, without a URL),
/// [`begin`](orm_core::engine::Engine::begin), [`dialect`](orm_core::engine::Engine::dialect).
///
/// # Examples
///
/// ```
/// use orm::Engine;
///
/// let engine = Engine::connect("sqlite://")?;
/// let (first, second) = (engine.connect()?, engine.clone().connect()?); // of one database
/// # drop((first, second));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Engine {
    engine: orm_core::engine::Engine,
}

impl Engine {
    /// Opens the database at `url`; connections are made later, by `engine.connect()`.
    ///
    /// | URL | database |
    /// | --- | --- |
    /// | `sqlite:///app.db`, `sqlite://app.db`, `sqlite:app.db` | a file, relative to the working directory |
    /// | `sqlite:////var/lib/app.db` | a file, by its absolute path |
    /// | `sqlite://`, `sqlite:///:memory:`, `sqlite::memory:` | in memory, as long as the engine lives |
    /// | `postgresql://user:password@host:5432/app` | a PostgreSQL server; `postgres://` is the same |
    /// | `postgresql:///app?host=/var/run/postgresql` | a PostgreSQL server by its unix socket |
    ///
    /// The forms are those of SQLAlchemy; what follows a `+` in the scheme is passed over.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] for a scheme that is unknown, or whose driver is not built in, and
    /// for a URL that its driver does not understand.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::Engine;
    ///
    /// let engine = Engine::connect("sqlite:///:memory:")?;
    /// let conn = engine.connect()?;
    /// # drop(conn);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn connect(url: &str) -> Result<Self> {
        if let Some(feature) = missing_feature(url) {
            return Err(Error::configuration(format!(
                "the driver for this database URL is not built in: turn on the feature `{feature}` \
                 of `orm` in Cargo.toml"
            )));
        }
        let drivers: &[&dyn Driver] = &[
            #[cfg(feature = "sqlite")]
            &orm_sqlite::Sqlite,
            #[cfg(feature = "postgres")]
            &orm_postgres::Postgres,
        ];
        Ok(Self { engine: orm_core::engine::Engine::open(url, drivers)? })
    }

    /// Returns the engine with the values of statements shown, or not, in errors of the database and
    /// in `tracing` events; off unless it is turned on.
    ///
    /// Turn it on while you look for a mistake, and not where passwords and personal data must not
    /// reach the logs. See [`show_parameters`](orm_core::engine::Engine::show_parameters) of the
    /// engine inside for what is shown.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model, Debug)]
    /// # #[orm(table = "users")]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// let engine = Engine::connect("sqlite::memory:")?.show_parameters(true);
    /// let mut conn = engine.connect()?;
    ///
    /// let error = User::query().filter(User::name.eq("alice")).all(&mut conn).unwrap_err();
    /// assert!(error.to_string().contains(r#"parameters: ["alice"]"#));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn show_parameters(self, show: bool) -> Self {
        Self { engine: self.engine.show_parameters(show) }
    }
}

impl Engine {
    /// Returns the engine with every statement written to standard error, or not; off unless it is
    /// turned on. SQLAlchemy's `echo`.
    ///
    /// For a look at what is sent while a program is written: `tracing` events of the target `orm::sql`
    /// say the same, wherever their subscriber puts them.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    ///
    /// let engine = Engine::connect("sqlite::memory:")?.echo(true);
    /// # drop(engine);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn echo(self, echo: bool) -> Self {
        Self { engine: self.engine.echo(echo) }
    }
}

impl Engine {
    /// Returns the engine with these events in its sessions, besides those that it has; see [`Events`].
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::Events;
    ///
    /// let events = Events::new().before_commit(|session| {
    ///     println!("{session:?} commits");
    ///     Ok(())
    /// });
    /// let engine = Engine::connect("sqlite::memory:")?.events(events);
    /// engine.transaction(|_| Ok(()))?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn events(self, events: Events) -> Self {
        Self { engine: self.engine.events(events) }
    }
}

impl Deref for Engine {
    type Target = orm_core::engine::Engine;

    fn deref(&self) -> &Self::Target {
        &self.engine
    }
}

/// Returns the feature that would bring the driver of this URL, if it is not on.
fn missing_feature(url: &str) -> Option<&'static str> {
    let scheme = url.split([':', '+']).next().unwrap_or_default().to_ascii_lowercase();
    match scheme.as_str() {
        "sqlite" if !cfg!(feature = "sqlite") => Some("sqlite"),
        "postgresql" | "postgres" if !cfg!(feature = "postgres") => Some("postgres"),
        _ => None,
    }
}
