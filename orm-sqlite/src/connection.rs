//! A connection: running statements and transactions, and keeping the connection usable after a
//! failure.

use std::fmt;

use orm_core::dialect::{Dialect, TransactionOptions};
use orm_core::driver::{Cursor, DriverConnection, EachRow, KeyedInsert, ReadRow};
use orm_core::error::{DatabaseError, Error, IntegrityKind, Result};
use orm_core::value::Value;

use crate::ffi::{Connection, Single, Statement};
use crate::generated::Inserting;
use crate::{Sqlite, bind, error, foreign_keys};

/// A connection to a SQLite database.
pub(crate) struct SqliteConnection {
    connection: Connection,
    /// Whether a transaction was begun and not ended; SQLite may have ended it by itself.
    has_begun: bool,
    /// Whether the transaction was begun as one that only reads, which holds for the connection.
    is_read_only: bool,
    is_broken: bool,
}

impl SqliteConnection {
    pub(crate) fn new(connection: rusqlite::Connection) -> Self {
        Self {
            connection: Connection::new(connection),
            has_begun: false,
            is_read_only: false,
            is_broken: false,
        }
    }

    fn run(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut EachRow<'_>,
    ) -> Result<(), Refusal> {
        let mut statement =
            bind::start(&mut self.connection, sql, values).map_err(Refusal::Database)?;
        while statement.step().map_err(Refusal::Database)? {
            if each(&statement).map_err(Refusal::Caller)?.is_break() {
                break;
            }
        }
        statement.finish().map_err(Refusal::Database)
    }

    fn run_to_end(&mut self, sql: &str, values: &[Value<'_>]) -> Result<()> {
        let mut statement = bind::start(&mut self.connection, sql, values)?;
        while statement.step()? {}
        statement.finish()
    }

    /// Returns the rowid of the row that was inserted last.
    pub(crate) fn last_insert_rowid(&self) -> i64 {
        self.connection.database().last_insert_rowid()
    }

    /// Returns how many rows were written so far, by triggers too.
    pub(crate) fn total_changes(&self) -> u64 {
        self.connection.database().total_changes()
    }

    /// Begins, ends or undoes a savepoint.
    pub(crate) fn savepoint(&mut self, sql: &str) -> Result<()> {
        self.connection.database().execute_batch(sql).map_err(error::from_rusqlite)
    }

    /// Refuses to go on in a transaction that SQLite has rolled back, as it does after a full disk or
    /// a trigger's `RAISE(ROLLBACK)`: what follows would be kept at once (`lang_transaction.html`,
    /// "Response To Errors Within A Transaction").
    fn check_transaction(&self) -> Result<()> {
        if !self.has_begun || self.is_in_transaction() {
            return Ok(());
        }
        let mut error = DatabaseError::new("the database has rolled the transaction back");
        error.help = Some("roll it back here too, and begin again".to_owned());
        Err(error.into())
    }

    /// Lets the connection write again after a transaction that only read.
    fn end_read_only(&mut self) {
        if std::mem::take(&mut self.is_read_only) {
            let ended = self.connection.database().execute_batch("PRAGMA query_only = OFF");
            self.is_broken |= ended.is_err();
        }
    }

    fn is_in_transaction(&self) -> bool {
        !self.connection.database().is_autocommit()
    }

    /// Adds to `error` what SQLite did not say.
    #[cold]
    fn explained(&mut self, error: Error, sql: &str, values: &[Value<'_>]) -> Error {
        let mut error = error;
        if let Error::Integrity(clash) = &mut error
            && clash.kind == IntegrityKind::ForeignKey
            && let Some(key) = foreign_keys::violated_by(&mut self.connection, sql, values)
        {
            clash.table = Some(key.table);
            clash.columns = key.columns;
        }
        error.in_statement(sql)
    }
}

/// Who stopped a statement.
enum Refusal {
    Database(Error),
    Caller(Error),
}

impl DriverConnection for SqliteConnection {
    fn dialect(&self) -> &'static dyn Dialect {
        &Sqlite
    }

    fn query(&mut self, sql: &str, binds: &[Value<'_>], each: &mut EachRow<'_>) -> Result<()> {
        self.check_transaction()?;
        self.run(sql, binds, each).map_err(|refusal| match refusal {
            Refusal::Database(error) => self.explained(error, sql, binds),
            Refusal::Caller(error) => error,
        })
    }

    fn open<'c>(&'c mut self, sql: &str, binds: &[Value<'_>]) -> Result<Box<dyn Cursor + 'c>> {
        self.check_transaction()?;
        let statement = bind::start_with_copies(&mut self.connection, sql, binds)
            .map_err(|error| error.in_statement(sql))?;
        Ok(Box::new(SqliteCursor { database: statement.database(), statement: Some(statement) }))
    }

    fn columns(&mut self, sql: &str) -> Result<Vec<String>> {
        self.check_transaction()?;
        self.connection.column_names(sql).map_err(|error| error.in_statement(sql))
    }

    fn execute(&mut self, sql: &str, binds: &[Value<'_>]) -> Result<u64> {
        self.check_transaction()?;
        let before = self.connection.database().total_changes();
        self.run_to_end(sql, binds).map_err(|error| self.explained(error, sql, binds))?;
        let database = self.connection.database();
        // `changes` still counts the last statement that wrote when this one was of another kind.
        Ok(if database.total_changes() == before { 0 } else { database.changes() })
    }

    fn insert_with_keys(&mut self, insert: &KeyedInsert<'_>, keys: &mut Vec<i64>) -> Result<()> {
        Inserting::new(self, insert, keys).all()
    }

    fn execute_script(&mut self, script: &str) -> Result<()> {
        if script.contains('\0') {
            return Err(Error::invalid_query("the script contains a NUL character"));
        }
        self.check_transaction()?;
        self.connection.database().execute_batch(script).map_err(|error| match error {
            rusqlite::Error::SqlInputError { ref sql, .. } => {
                let statement = sql.clone();
                error::from_rusqlite(error).in_statement(&statement)
            }
            error => error::from_rusqlite(error).in_statement(script),
        })
    }

    fn begin(&mut self) -> Result<()> {
        const BEGIN: &str = "BEGIN";
        self.run_to_end(BEGIN, &[]).map_err(|error| error.in_statement(BEGIN))?;
        self.has_begun = true;
        Ok(())
    }

    fn begin_with(&mut self, options: TransactionOptions) -> Result<()> {
        if options == TransactionOptions::default() {
            return self.begin();
        }
        self.execute_script(&Sqlite.begin(options))?;
        self.has_begun = true;
        self.is_read_only = options.read_only;
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        const COMMIT: &str = "COMMIT";
        let checked = self.check_transaction();
        self.has_begun = false;
        self.end_read_only();
        checked?;
        let Err(mut refused) = self.run_to_end(COMMIT, &[]) else { return Ok(()) };
        if let Error::Integrity(clash) = &mut refused
            && let Some(key) = foreign_keys::violated_now(&self.connection)
        {
            clash.table = Some(key.table);
            clash.columns = key.columns;
        }
        // What made the commit fail is the error to report; a connection that cannot even roll back
        // is marked as broken.
        let _ = self.rollback();
        Err(refused.in_statement(COMMIT))
    }

    fn rollback(&mut self) -> Result<()> {
        const ROLLBACK: &str = "ROLLBACK";
        self.has_begun = false;
        self.end_read_only();
        if !self.is_in_transaction() {
            return Ok(());
        }
        let rolled_back = self.run_to_end(ROLLBACK, &[]);
        self.is_broken |= self.is_in_transaction();
        rolled_back.map_err(|error| error.in_statement(ROLLBACK))
    }

    fn is_broken(&self) -> bool {
        self.is_broken
    }
}

/// A statement that is stepped from row to row.
struct SqliteCursor<'c> {
    /// `None` once it has ended.
    statement: Option<Statement<'c, 'static>>,
    database: &'c rusqlite::Connection,
}

impl Cursor for SqliteCursor<'_> {
    fn next(&mut self, read: &mut ReadRow<'_>) -> Result<bool> {
        let Some(mut statement) = self.statement.take() else { return Ok(false) };
        if !statement.step()? {
            return statement.finish().map(|()| false);
        }
        let statement = self.statement.insert(statement);
        read(statement).map(|()| true)
    }

    fn query(&mut self, sql: &str, binds: &[Value<'_>], each: &mut EachRow<'_>) -> Result<()> {
        let of_database = |error: Error| error.in_statement(sql);
        let mut single = Single::new(self.database, sql).map_err(of_database)?;
        let binder = single.binder(binds.len()).map_err(of_database)?;
        let mut statement = bind::start_bound(binder, binds).map_err(of_database)?;
        while statement.step().map_err(of_database)? {
            if each(&statement)?.is_break() {
                break;
            }
        }
        statement.finish().map_err(of_database)
    }
}

impl fmt::Debug for SqliteConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteConnection")
            .field("database", &self.connection.database())
            .field("statements", &self.connection.statement_count())
            .field("has_begun", &self.has_begun)
            .field("is_read_only", &self.is_read_only)
            .field("is_broken", &self.is_broken)
            .finish()
    }
}
