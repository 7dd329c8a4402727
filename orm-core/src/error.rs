//! The one public error of the library, and the kinds of database error users branch on.
//!
//! Errors are built where the knowledge is: a driver knows the code, `engine` adds the statement,
//! the schema adds the names that a driver cannot know. Values of parameters appear in a message only
//! if the engine was told to show them.

use std::fmt;

/// What every fallible function of the library returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, by what the caller can do about it.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// let error = Engine::connect("oracle://db").unwrap_err();
/// assert!(matches!(error, orm::Error::Configuration(_)));
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A constraint of the schema refused a write.
    #[error("{0}")]
    Integrity(Box<IntegrityError>),
    /// The database refused a statement for any other reason.
    #[error("{0}")]
    Database(Box<DatabaseError>),
    /// The database could not be reached, went away, or did not answer in time.
    #[error("{0}")]
    Operational(Box<OperationalError>),
    /// A URL, an option or a feature is missing or wrong.
    #[error("{0}")]
    Configuration(Box<str>),
    /// A row that had to be there is not.
    #[error("no `{model}` matches the query")]
    NotFound {
        /// The model, or the shape, that was asked for.
        model: &'static str,
    },
    /// One row was asked for and several match.
    #[error(
        "more than one `{model}` matches the query, where at most one was expected: add a filter, \
         or use `first()`"
    )]
    MultipleResults {
        /// The model, or the shape, that was asked for.
        model: &'static str,
    },
    /// Rows were to be put into a map, and several have the same key.
    #[error(
        "several rows of `{model}` have the same key, of which a map holds one: use \
         `.into_groups(…)`, or a key that is unique"
    )]
    DuplicateKey {
        /// The model, or the shape, that was asked for.
        model: &'static str,
    },
    /// The database holds a value that the Rust type cannot hold.
    #[error("{0}")]
    Decode(Box<DecodeError>),
    /// A Rust value cannot be written to its column.
    #[error("{0}")]
    Encode(Box<EncodeError>),
    /// A statement makes no sense, which was found before the database saw it.
    #[error("{0}")]
    InvalidQuery(Box<str>),
    /// A cursor of a page is not one that the query made: it was changed, or belongs to another order.
    #[error("{0}")]
    InvalidCursor(Box<str>),
    /// A row that a session writes was changed or deleted by somebody else since it was read.
    #[error(
        "a row of `{model}` was changed or deleted by somebody else since it was read: read it again \
         and repeat the change"
    )]
    StaleData {
        /// The model.
        model: &'static str,
    },
    /// A validator refused the value that a field was given.
    #[error("`{field}` of `{model}` is not valid: {message}")]
    Validation {
        /// The model.
        model: &'static str,
        /// The field; that of an embedded struct with a point: `address.city`.
        field: Box<str>,
        /// What the validator says is wrong.
        message: Box<str>,
    },
    /// An entity or a session is not in the state that the call needs.
    #[error("{0}")]
    InvalidState(Box<str>),
    /// The backend cannot do what was asked.
    #[error("{backend}{} does not support {feature}", after_space(*.version))]
    Unsupported {
        /// The backend, as its dialect is named.
        backend: &'static str,
        /// Its version, where it is known: that of a server is, once a connection was asked.
        version: Option<&'static str>,
        /// What was asked of it.
        feature: Box<str>,
    },
}

fn after_space(version: Option<&str>) -> String {
    version.map(|version| format!(" {version}")).unwrap_or_default()
}

/// The message, as `Display` writes it: it is what a `main` that returns an error prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// Returns an [`Error::Configuration`].
    #[cold]
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::Configuration(message.into().into_boxed_str())
    }

    /// Returns an [`Error::InvalidQuery`].
    #[cold]
    pub fn invalid_query(message: impl Into<String>) -> Self {
        Self::InvalidQuery(message.into().into_boxed_str())
    }

    /// Returns an [`Error::InvalidState`].
    #[cold]
    pub fn invalid_state(message: impl Into<String>) -> Self {
        Self::InvalidState(message.into().into_boxed_str())
    }

    /// Returns an [`Error::Validation`], for a program that refuses a value of a field by itself, as a hook
    /// of a session may.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = orm::Error::validation("Booking", "until", "it ends before it begins");
    /// assert_eq!(error.to_string(), "`until` of `Booking` is not valid: it ends before it begins");
    /// ```
    #[cold]
    pub fn validation(
        model: &'static str,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let (field, message) = (field.into().into(), message.into().into());
        Self::Validation { model, field, message }
    }

    /// Returns an [`Error::Validation`] whose field is not named yet.
    #[cold]
    pub(crate) fn not_valid(message: String) -> Self {
        Self::validation("", "", message)
    }

    /// Names the field that an [`Error::Validation`] is about, if it has no name yet.
    #[must_use]
    pub(crate) fn in_field(mut self, in_model: &'static str, name: &str) -> Self {
        if let Self::Validation { model, field, .. } = &mut self
            && model.is_empty()
        {
            *model = in_model;
            *field = name.into();
        }
        self
    }

    /// Returns an [`Error::Decode`] for the value at `index` of a row, whose column is not named yet.
    #[cold]
    pub fn decode(index: usize, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Decode(Box::new(DecodeError {
            column: None,
            index,
            expected: expected.into(),
            found: found.into(),
        }))
    }

    /// Returns an [`Error::Encode`] for a value whose column is not named yet.
    #[cold]
    pub fn encode(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Encode(Box::new(EncodeError {
            column: None,
            parameter: None,
            bind: None,
            expected: expected.into(),
            found: found.into(),
        }))
    }

    /// Names the column that a [`Error::Decode`] or [`Error::Encode`] is about, if it has no name yet.
    #[must_use]
    pub fn in_column(mut self, name: impl FnOnce() -> String) -> Self {
        match &mut self {
            Self::Decode(error) if error.column.is_none() => error.column = Some(name()),
            Self::Encode(error) if error.column.is_none() => error.column = Some(name()),
            _ => {}
        }
        self
    }

    /// Says which of a statement's values, from 0, an [`Error::Encode`] is about.
    #[must_use]
    pub fn at_bind(mut self, position: usize) -> Self {
        if let Self::Encode(error) = &mut self {
            error.bind.get_or_insert(position);
        }
        self
    }

    /// Names the value of a statement written by hand that an [`Error::Encode`] is about.
    #[must_use]
    pub fn in_parameter(mut self, name: &str) -> Self {
        if let Self::Encode(error) = &mut self {
            error.parameter.get_or_insert_with(|| name.to_owned());
        }
        self
    }

    /// Adds the statement that failed to an error that the database reported.
    #[must_use]
    pub fn in_statement(mut self, sql: &str) -> Self {
        let slot = match &mut self {
            Self::Integrity(error) => &mut error.sql,
            Self::Database(error) => &mut error.sql,
            _ => return self,
        };
        slot.get_or_insert_with(|| sql.into());
        self
    }

    /// Adds the values of the statement that failed to an error that the database reported.
    ///
    /// Only for engines that [show parameters](crate::engine::Engine::show_parameters).
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::{DatabaseError, Error};
    ///
    /// let error = Error::from(DatabaseError::new("division by zero"));
    /// let error = error.in_statement("SELECT 1 / $1").with_parameters(|| "[0]".to_owned());
    /// assert_eq!(error.to_string(), "division by zero\nin: SELECT 1 / $1\nparameters: [0]");
    /// ```
    #[must_use]
    pub fn with_parameters(mut self, parameters: impl FnOnce() -> String) -> Self {
        let slot = match &mut self {
            Self::Integrity(error) => &mut error.parameters,
            Self::Database(error) => &mut error.parameters,
            _ => return self,
        };
        slot.get_or_insert_with(|| parameters().into());
        self
    }

    /// Says that a session met the error when it wrote what had changed before a query.
    #[cold]
    #[must_use]
    pub(crate) fn in_autoflush(self) -> Self {
        const WHEN: &str = "in the flush before a query: call `flush` where the change is made, or run \
                            the query in `no_autoflush`";
        match self {
            Self::Integrity(mut error) => {
                error.context.get_or_insert(WHEN);
                Self::Integrity(error)
            }
            Self::Database(mut error) => {
                error.context.get_or_insert(WHEN);
                Self::Database(error)
            }
            Self::InvalidState(message) if !message.ends_with(WHEN) => {
                Self::invalid_state(format!("{message}\n{WHEN}"))
            }
            other => other,
        }
    }

    /// Returns the integrity error, if a constraint refused the write.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model, Debug)]
    /// # struct User { #[orm(primary_key)] id: i64, #[orm(unique)] email: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// User::insert(User::builder().email("a@example.com")).one(&mut conn)?;
    /// let error = User::insert(User::builder().email("a@example.com")).one(&mut conn).unwrap_err();
    ///
    /// let clash = error.integrity().unwrap();
    /// assert_eq!(clash.kind, orm::IntegrityKind::Unique);
    /// assert_eq!(clash.columns, ["email"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn integrity(&self) -> Option<&IntegrityError> {
        match self {
            Self::Integrity(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the row that was asked for does not exist, which a web layer answers with 404.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether the connection is lost, so that nothing can be sent over it again.
    pub fn is_disconnect(&self) -> bool {
        matches!(self, Self::Operational(error) if error.disconnected)
    }

    /// Whether the same transaction may succeed when it is run again: a serialization failure, a
    /// deadlock, or a database that was locked by somebody else.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Database(error) => error.retryable,
            Self::Operational(error) => error.retryable,
            _ => false,
        }
    }
}

/// The kind of constraint that refused a write, alike on every backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IntegrityKind {
    /// A unique constraint, a unique index or a primary key.
    Unique,
    /// A foreign key: the row it refers to is missing, or the row is still referred to.
    ForeignKey,
    /// A column that may not be NULL.
    NotNull,
    /// A CHECK constraint.
    Check,
    /// An exclusion constraint of PostgreSQL.
    Exclusion,
}

impl fmt::Display for IntegrityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unique => "unique",
            Self::ForeignKey => "foreign key",
            Self::NotNull => "not null",
            Self::Check => "check",
            Self::Exclusion => "exclusion",
        })
    }
}

/// What is known about a violated constraint.
///
/// A driver fills in what the database says; the rest comes from the metadata of the models, so that
/// the fields read the same on every backend.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IntegrityError {
    /// What kind of constraint it is.
    pub kind: IntegrityKind,
    /// The table the constraint belongs to. For a foreign key this is the referring table.
    pub table: Option<String>,
    /// The columns the constraint is about, in its own order; empty if it is about none.
    pub columns: Vec<String>,
    /// The name of the constraint or of the unique index; `None` for NOT NULL, which has no name.
    pub constraint: Option<String>,
    /// The database's own words.
    pub message: String,
    /// The statement, without its values.
    pub sql: Option<Box<str>>,
    /// The values of the statement, if the engine
    /// [shows parameters](crate::engine::Engine::show_parameters); long ones are shortened.
    pub parameters: Option<Box<str>>,
    /// When it happened, if that is not where the program asked for it.
    pub context: Option<&'static str>,
}

impl IntegrityError {
    /// Returns an error of this kind that knows nothing but the database's own words.
    pub fn new(kind: IntegrityKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            table: None,
            columns: Vec::new(),
            constraint: None,
            message: message.into(),
            sql: None,
            parameters: None,
            context: None,
        }
    }
}

impl fmt::Display for IntegrityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} constraint", self.kind)?;
        if let Some(name) = &self.constraint {
            write!(f, " `{name}`")?;
        }
        if let Some(table) = &self.table {
            write!(f, " of table `{table}`")?;
        }
        if !self.columns.is_empty() {
            write!(f, " on `{}`", self.columns.join("`, `"))?;
        }
        f.write_str(" refused the write")?;
        match self.kind {
            IntegrityKind::Unique => f.write_str(": a row with these values exists"),
            IntegrityKind::ForeignKey => f.write_str(
                ": the row it refers to does not exist, or other rows still refer to this one",
            ),
            IntegrityKind::NotNull => f.write_str(": the column needs a value"),
            IntegrityKind::Check | IntegrityKind::Exclusion => Ok(()),
        }?;
        if let Some(parameters) = &self.parameters {
            // Values say little without the statement whose placeholders they are for.
            if let Some(sql) = &self.sql {
                write_statement(f, sql)?;
            }
            write!(f, "\nparameters: {parameters}")?;
        }
        self.context.map_or(Ok(()), |context| write!(f, "\n{context}"))
    }
}

/// Writes the statement, of a very long one the beginning: the whole is in the field `sql`.
fn write_statement(f: &mut fmt::Formatter<'_>, sql: &str) -> fmt::Result {
    const MOST: usize = 2_000;
    match sql.char_indices().nth(MOST) {
        None => write!(f, "\nin: {sql}"),
        Some((end, _)) => write!(f, "\nin: {}… ({} bytes in all)", &sql[..end], sql.len()),
    }
}

impl From<IntegrityError> for Error {
    fn from(error: IntegrityError) -> Self {
        Self::Integrity(Box::new(error))
    }
}

/// A statement that the database refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatabaseError {
    /// The backend's code: an SQLSTATE on PostgreSQL (appendix A of its manual), the name of the
    /// extended result code on SQLite.
    pub code: Option<String>,
    /// The database's own words.
    pub message: String,
    /// What to do, if it is known.
    pub help: Option<String>,
    /// The statement, without its values.
    pub sql: Option<Box<str>>,
    /// The values of the statement, if the engine
    /// [shows parameters](crate::engine::Engine::show_parameters); long ones are shortened.
    pub parameters: Option<Box<str>>,
    /// Whether the same transaction may succeed when it is run again.
    pub retryable: bool,
    /// When it happened, if that is not where the program asked for it.
    pub context: Option<&'static str>,
}

impl DatabaseError {
    /// Returns an error with the database's own words.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            code: None,
            message: message.into(),
            help: None,
            sql: None,
            parameters: None,
            retryable: false,
            context: None,
        }
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        if let Some(sql) = &self.sql {
            write_statement(f, sql)?;
        }
        if let Some(parameters) = &self.parameters {
            write!(f, "\nparameters: {parameters}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\nhelp: {help}")?;
        }
        self.context.map_or(Ok(()), |context| write!(f, "\n{context}"))
    }
}

impl From<DatabaseError> for Error {
    fn from(error: DatabaseError) -> Self {
        Self::Database(Box::new(error))
    }
}

/// A database that cannot be reached or went away.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationalError {
    /// What happened.
    pub message: String,
    /// What to do, if it is known.
    pub help: Option<String>,
    /// Whether the connection is lost.
    pub disconnected: bool,
    /// Whether the same transaction may succeed when it is run again.
    pub retryable: bool,
}

impl OperationalError {
    /// Returns an error that says what happened.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, disconnected: false, retryable: false }
    }
}

impl fmt::Display for OperationalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(f, "\nhelp: {help}")?;
        }
        Ok(())
    }
}

impl From<OperationalError> for Error {
    fn from(error: OperationalError) -> Self {
        Self::Operational(Box::new(error))
    }
}

/// A stored value that the Rust type cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The column, as `table.column` where it belongs to a table.
    pub column: Option<String>,
    /// The position in the row, from 0.
    pub index: usize,
    /// What the Rust type holds.
    pub expected: String,
    /// What the database holds; a kind of value, never the value of a text or blob.
    pub found: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(name) => write!(f, "column `{name}`")?,
            None => write!(f, "column {} of the row", self.index)?,
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)?;
        if self.found == "NULL" {
            f.write_str("\nhelp: make the field an `Option`, or the column NOT NULL")?;
        }
        Ok(())
    }
}

/// A Rust value that cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncodeError {
    /// The column, as `table.column`, if it is known.
    pub column: Option<String>,
    /// What a statement written by hand calls the value, such as `:name`, if it is in one.
    pub parameter: Option<String>,
    /// Which of the statement's values it is, from 0, if a driver found it.
    pub bind: Option<usize>,
    /// What the column can hold.
    pub expected: String,
    /// What it was given.
    pub found: String,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.column, &self.parameter) {
            (Some(name), _) => write!(f, "column `{name}`")?,
            (None, Some(name)) => write!(f, "`{name}`")?,
            (None, None) => f.write_str("a bound value")?,
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)
    }
}
