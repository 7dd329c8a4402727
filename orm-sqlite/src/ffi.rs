//! The one file with `unsafe`: statements of SQLite's C interface behind types that cannot be
//! misused.
//!
//! `rusqlite` opens, configures and closes the connection. Its statements copy every text and blob
//! that is bound and borrow the connection, so that they cannot be kept beside it; those here do
//! neither.
#![expect(unsafe_code, reason = "SQLite is a C library: each call is argued where it is made")]

use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

use orm_core::error::{Error, Result};
use rusqlite::ffi;

use crate::error;
use crate::statements::StatementCache;

/// A connection and the statements prepared on it.
pub(crate) struct Connection {
    // Fields drop in order: SQLite refuses to close a connection that has statements left.
    statements: StatementCache<Prepared>,
    database: rusqlite::Connection,
}

// SAFETY: SQLite lets any thread use a connection and its statements as long as one does at a time
// (threadsafe.html, "multi-thread"). The statements in the cache belong to the connection beside
// them, and neither can be taken out: `statement` borrows both mutably, and `database` gives a
// reference that is not `Send`, since `rusqlite::Connection` is not `Sync`. So they always move
// together.
unsafe impl Send for Connection {}

impl Connection {
    pub(crate) fn new(database: rusqlite::Connection) -> Self {
        Self { statements: StatementCache::new(), database }
    }

    /// The connection itself, for what needs no statement of ours.
    pub(crate) fn database(&self) -> &rusqlite::Connection {
        &self.database
    }

    /// How many statements are kept.
    pub(crate) fn statement_count(&self) -> usize {
        self.statements.len()
    }

    /// Returns the names of the columns that the statement of `sql`, prepared now or before, returns.
    pub(crate) fn column_names(&mut self, sql: &str) -> Result<Vec<String>> {
        let database = &self.database;
        let prepared = self.statements.find_or_prepare(sql, || Prepared::new(database, sql))?;
        let statement = Statement { raw: prepared.raw, database, values: PhantomData };
        Ok((0..).map_while(|index| statement.name(index).map(str::to_owned)).collect())
    }

    /// Returns the statement of `sql`, prepared now or before, to bind `count` values to.
    #[inline]
    pub(crate) fn statement<'c, 'v>(
        &'c mut self,
        sql: &str,
        count: usize,
    ) -> Result<Binder<'c, 'v>> {
        let database = &self.database;
        let prepared = self.statements.find_or_prepare(sql, || Prepared::new(database, sql))?;
        // SAFETY: `raw` is a live statement of a connection that is borrowed. One that runs was leaked:
        // it would go on where it is, with what was bound to it.
        unsafe {
            if ffi::sqlite3_stmt_busy(prepared.raw.as_ptr()) != 0 {
                ffi::sqlite3_reset(prepared.raw.as_ptr());
            }
        }
        prepared.binder(database, count)
    }
}

/// A statement that is prepared for one run, beside one that runs already and so has the others.
pub(crate) struct Single<'c> {
    prepared: Prepared,
    database: &'c rusqlite::Connection,
}

impl<'c> Single<'c> {
    pub(crate) fn new(database: &'c rusqlite::Connection, sql: &str) -> Result<Self> {
        Ok(Self { prepared: Prepared::new(database, sql)?, database })
    }

    /// Returns the statement to bind `count` values to.
    pub(crate) fn binder<'v>(&mut self, count: usize) -> Result<Binder<'_, 'v>> {
        self.prepared.binder(self.database, count)
    }
}

/// A statement that is not running.
struct Prepared {
    raw: NonNull<ffi::sqlite3_stmt>,
    parameters: usize,
}

impl Prepared {
    #[cold]
    fn new(database: &rusqlite::Connection, sql: &str) -> Result<Self> {
        // SQLite would end the text there, and run a part of what was asked.
        if sql.contains('\0') {
            return Err(Error::invalid_query("the statement contains a NUL character"));
        }
        let (first, tail) = Self::first_of(database, sql)?;
        let first = first.ok_or_else(|| Error::invalid_query("the statement is empty"))?;
        let mut tail = tail;
        while !tail.is_empty() {
            let (next, rest) = Self::first_of(database, tail)?;
            if next.is_some() {
                return Err(Error::invalid_query(
                    "the text holds several statements: send them one by one, or as a script",
                ));
            }
            tail = rest;
        }
        Ok(first)
    }

    /// Returns the statement to bind `count` values to.
    fn binder<'c, 'v>(
        &'c self,
        database: &'c rusqlite::Connection,
        count: usize,
    ) -> Result<Binder<'c, 'v>> {
        if self.parameters != count {
            return Err(Error::invalid_query(format!(
                "the statement has {} parameters, but {count} values were given",
                self.parameters
            )));
        }
        let statement = Statement { raw: self.raw, database, values: PhantomData };
        Ok(Binder { statement, bound: 0, parameters: self.parameters })
    }

    /// Prepares the first statement of `sql`, `None` if that is a comment, and returns what follows
    /// it.
    fn first_of<'s>(
        database: &rusqlite::Connection,
        sql: &'s str,
    ) -> Result<(Option<Self>, &'s str)> {
        let length = c_int::try_from(sql.len())
            .map_err(|_| Error::invalid_query("the statement is longer than 2 GiB"))?;
        let mut raw = ptr::null_mut();
        let mut tail = ptr::null();
        // SAFETY: the handle is open as long as `database` is borrowed; `sql` is valid for `length`
        // bytes, beyond which SQLite does not read; both out pointers are valid for a write.
        let (code, end) = unsafe {
            let code = ffi::sqlite3_prepare_v3(
                database.handle(),
                sql.as_ptr().cast(),
                length,
                ffi::SQLITE_PREPARE_PERSISTENT,
                &raw mut raw,
                &raw mut tail,
            );
            (code, tail.addr().wrapping_sub(sql.as_ptr().addr()))
        };
        if code != ffi::SQLITE_OK {
            return Err(failure(database, code));
        }
        let statement = NonNull::new(raw).map(|raw| {
            // SAFETY: `raw` was prepared above and not finalized.
            let parameters = unsafe { ffi::sqlite3_bind_parameter_count(raw.as_ptr()) };
            Self { raw, parameters: usize::try_from(parameters).unwrap_or_default() }
        });
        Ok((statement, sql.get(end..).unwrap_or_default()))
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // SAFETY: `raw` is finalized here alone. Its connection is still open: a `Prepared` is
        // in the cache, which drops before the connection, or in a `Single`, or local to a function,
        // which borrow it. No `Statement` is left to use it, since that borrows the cache or the
        // `Single`; one that was leaked may still run, which finalizing ends.
        unsafe { ffi::sqlite3_finalize(self.raw.as_ptr()) };
    }
}

/// A statement whose values are being bound, in order.
///
/// What is bound by reference lives for `'v`, which outlasts the statement's run.
pub(crate) struct Binder<'c, 'v> {
    statement: Statement<'c, 'v>,
    bound: c_int,
    parameters: usize,
}

impl<'c, 'v> Binder<'c, 'v> {
    pub(crate) fn bind_null(&mut self) -> Result<()> {
        let (raw, position) = self.next();
        // SAFETY: `raw` is a live statement that is not running; a wrong position is an error code.
        self.check(unsafe { ffi::sqlite3_bind_null(raw, position) })
    }

    #[inline]
    pub(crate) fn bind_i64(&mut self, value: i64) -> Result<()> {
        let (raw, position) = self.next();
        // SAFETY: as in `bind_null`.
        self.check(unsafe { ffi::sqlite3_bind_int64(raw, position, value) })
    }

    #[inline]
    pub(crate) fn bind_f64(&mut self, value: f64) -> Result<()> {
        let (raw, position) = self.next();
        // SAFETY: as in `bind_null`.
        self.check(unsafe { ffi::sqlite3_bind_double(raw, position, value) })
    }

    /// Binds `text` without copying it.
    #[inline]
    pub(crate) fn bind_text(&mut self, text: &'v str) -> Result<()> {
        // `None` is SQLITE_STATIC: SQLite keeps the pointer.
        self.bind_text_with(text, None)
    }

    /// Binds a copy of `text`.
    pub(crate) fn bind_text_copied(&mut self, text: &str) -> Result<()> {
        self.bind_text_with(text, ffi::SQLITE_TRANSIENT())
    }

    #[inline]
    fn bind_text_with(
        &mut self,
        text: &str,
        destructor: ffi::sqlite3_destructor_type,
    ) -> Result<()> {
        let (raw, position) = self.next();
        let encoding = const { ffi::SQLITE_UTF8.to_le_bytes()[0] };
        // SAFETY: as in `bind_null`; `text` is valid for its length during the call. SQLite reads
        // it later only if it was not copied, and then only while the statement runs: the caller
        // promised it for `'v`, and the `Statement` that runs cannot outlive `'v` and stops the run
        // when it drops. The next run binds every position anew before it starts, which `start`
        // ensures. (A `Statement` that is leaked while it runs is stopped before that.)
        self.check(unsafe {
            ffi::sqlite3_bind_text64(
                raw,
                position,
                text.as_ptr().cast(),
                text.len() as u64,
                destructor,
                encoding,
            )
        })
    }

    /// Binds `bytes` without copying them.
    #[inline]
    pub(crate) fn bind_bytes(&mut self, bytes: &'v [u8]) -> Result<()> {
        let (raw, position) = self.next();
        // SAFETY: as in `bind_text_with`. The pointer of an empty slice is not null, so that an
        // empty blob does not become NULL, and is not read.
        self.check(unsafe {
            ffi::sqlite3_bind_blob64(raw, position, bytes.as_ptr().cast(), bytes.len() as u64, None)
        })
    }

    /// Binds a copy of `bytes`.
    pub(crate) fn bind_bytes_copied(&mut self, bytes: &[u8]) -> Result<()> {
        let (raw, position) = self.next();
        let (start, length) = (bytes.as_ptr().cast(), bytes.len() as u64);
        // SAFETY: as in `bind_null`; `bytes` is valid for its length during the call, and not read
        // after it.
        self.check(unsafe {
            ffi::sqlite3_bind_blob64(raw, position, start, length, ffi::SQLITE_TRANSIENT())
        })
    }

    /// Returns the statement, ready to run.
    #[inline]
    pub(crate) fn start(self) -> Result<Statement<'c, 'v>> {
        if usize::try_from(self.bound).is_ok_and(|bound| bound == self.parameters) {
            Ok(self.statement)
        } else {
            Err(Error::invalid_query("a value of the statement was not bound"))
        }
    }

    #[inline]
    fn next(&mut self) -> (*mut ffi::sqlite3_stmt, c_int) {
        self.bound += 1;
        (self.statement.raw.as_ptr(), self.bound)
    }

    #[inline]
    fn check(&self, code: c_int) -> Result<()> {
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(failure(self.statement.database, code)) }
    }
}

/// A statement that runs, and the row it stands on. Dropping it stops the run.
pub(crate) struct Statement<'c, 'v> {
    raw: NonNull<ffi::sqlite3_stmt>,
    database: &'c rusqlite::Connection,
    values: PhantomData<&'v ()>,
}

/// A value of the current row, in SQLite's own buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ColumnValue<'r> {
    Null,
    Integer(i64),
    Real(f64),
    /// UTF-8, unless somebody stored text that is not.
    Text(&'r [u8]),
    Blob(&'r [u8]),
}

impl<'c> Statement<'c, '_> {
    /// The connection it runs on, for other statements.
    pub(crate) fn database(&self) -> &'c rusqlite::Connection {
        self.database
    }
}

impl Statement<'_, '_> {
    /// Goes to the next row; `false` when there is none.
    #[inline]
    pub(crate) fn step(&mut self) -> Result<bool> {
        // SAFETY: `raw` is a live statement of a connection that is borrowed, and all its
        // parameters were bound in this run to values that outlive `self`. References into the row
        // before borrow `self`, so none is left.
        match unsafe { ffi::sqlite3_step(self.raw.as_ptr()) } {
            ffi::SQLITE_ROW => Ok(true),
            ffi::SQLITE_DONE => Ok(false),
            code => Err(failure(self.database, code)),
        }
    }

    /// Ends the run. A statement that is stopped before its last row commits only now, which may
    /// fail.
    #[inline]
    pub(crate) fn finish(self) -> Result<()> {
        let this = ManuallyDrop::new(self);
        // SAFETY: `raw` is a live statement of a connection that is borrowed.
        let code = unsafe { ffi::sqlite3_reset(this.raw.as_ptr()) };
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(failure(this.database, code)) }
    }

    /// How many columns a row has.
    pub(crate) fn column_count(&self) -> usize {
        // SAFETY: `raw` is a live statement.
        let count = unsafe { ffi::sqlite3_column_count(self.raw.as_ptr()) };
        usize::try_from(count).unwrap_or_default()
    }

    /// Returns the name of the column at `index`, if there is one that is called by UTF-8.
    pub(crate) fn name(&self, index: usize) -> Option<&str> {
        // SAFETY: `raw` is a live statement. The name is null if there is no such column, or else ends
        // with a NUL and stays until the statement is finalized or prepared again by a step, which
        // needs `&mut self` or a later borrow of its connection, or until its name is asked for in
        // UTF-16, which nobody does.
        let name = unsafe {
            let name = ffi::sqlite3_column_name(self.raw.as_ptr(), column(index));
            (!name.is_null()).then(|| CStr::from_ptr(name))
        };
        name?.to_str().ok()
    }

    /// Returns the value at `index`; NULL if there is no such column.
    ///
    /// The three getters after this one are for those who know which type they want.
    pub(crate) fn value(&self, index: usize) -> ColumnValue<'_> {
        let raw = self.raw.as_ptr();
        // SAFETY: `raw` is a live statement; a column that does not exist, and a statement that
        // stands on no row, read as NULL.
        match unsafe { ffi::sqlite3_column_type(raw, column(index)) } {
            ffi::SQLITE_INTEGER => self.integer(index).map(ColumnValue::Integer),
            ffi::SQLITE_FLOAT => self.real(index).map(ColumnValue::Real),
            ffi::SQLITE_TEXT => self.text_bytes(index).map(ColumnValue::Text),
            ffi::SQLITE_BLOB => {
                // SAFETY: as in `text_bytes`.
                let bytes = unsafe {
                    let start = ffi::sqlite3_column_blob(raw, column(index));
                    bytes_at(start.cast(), ffi::sqlite3_column_bytes(raw, column(index)))
                };
                Some(ColumnValue::Blob(bytes))
            }
            _ => None,
        }
        .unwrap_or(ColumnValue::Null)
    }

    /// Returns the type that the column of a table is declared with which stands at `index`; `None` for
    /// another expression.
    pub(crate) fn declared_type(&self, index: usize) -> Option<&str> {
        // SAFETY: as in `name`.
        let declared = unsafe {
            let declared = ffi::sqlite3_column_decltype(self.raw.as_ptr(), column(index));
            (!declared.is_null()).then(|| CStr::from_ptr(declared))
        };
        declared?.to_str().ok()
    }

    /// Whether the value at `index` is NULL, or there is no such column.
    #[inline]
    pub(crate) fn has_no_value(&self, index: usize) -> bool {
        // SAFETY: as in `value`.
        let kind = unsafe { ffi::sqlite3_column_type(self.raw.as_ptr(), column(index)) };
        kind == ffi::SQLITE_NULL
    }

    /// Returns the value at `index` if it is an integer.
    #[inline]
    pub(crate) fn integer(&self, index: usize) -> Option<i64> {
        let (raw, column) = (self.raw.as_ptr(), column(index));
        // SAFETY: as in `value`.
        unsafe {
            (ffi::sqlite3_column_type(raw, column) == ffi::SQLITE_INTEGER)
                .then(|| ffi::sqlite3_column_int64(raw, column))
        }
    }

    /// Returns the value at `index` if it is a floating-point number.
    #[inline]
    pub(crate) fn real(&self, index: usize) -> Option<f64> {
        let (raw, column) = (self.raw.as_ptr(), column(index));
        // SAFETY: as in `value`.
        unsafe {
            (ffi::sqlite3_column_type(raw, column) == ffi::SQLITE_FLOAT)
                .then(|| ffi::sqlite3_column_double(raw, column))
        }
    }

    /// Returns the value at `index` if it is text, which is UTF-8 unless somebody stored other
    /// bytes.
    #[inline]
    pub(crate) fn text_bytes(&self, index: usize) -> Option<&[u8]> {
        let (raw, column) = (self.raw.as_ptr(), column(index));
        // SAFETY: as in `value`. A value is only ever read as the type it has, so SQLite never
        // converts it in place, and what a text or blob points to stays until the next step, which
        // needs `&mut self`, or the reset, which ends `self`. (The first read of a text may end it
        // with a NUL or make it UTF-8; those after it find it so.)
        unsafe {
            if ffi::sqlite3_column_type(raw, column) != ffi::SQLITE_TEXT {
                return None;
            }
            let start = ffi::sqlite3_column_text(raw, column);
            // Null if there was no memory to make UTF-8 of it; an empty text has a pointer.
            (!start.is_null()).then(|| bytes_at(start, ffi::sqlite3_column_bytes(raw, column)))
        }
    }
}

/// SQLite's number of a column; one that does not exist if it is too large.
#[inline]
fn column(index: usize) -> c_int {
    c_int::try_from(index).unwrap_or(c_int::MAX)
}

impl Drop for Statement<'_, '_> {
    fn drop(&mut self) {
        // SAFETY: `raw` is a live statement of a connection that is borrowed. The code says again
        // what the last step said.
        unsafe { ffi::sqlite3_reset(self.raw.as_ptr()) };
    }
}

/// # Safety
///
/// `start` is null or valid for `length` bytes during `'r`.
#[inline]
unsafe fn bytes_at<'r>(start: *const u8, length: c_int) -> &'r [u8] {
    match usize::try_from(length) {
        // SAFETY: the caller's promise.
        Ok(length) if !start.is_null() => unsafe { std::slice::from_raw_parts(start, length) },
        // A blob of no bytes is a null pointer.
        _ => &[],
    }
}

#[cold]
fn failure(database: &rusqlite::Connection, code: c_int) -> Error {
    // SAFETY: the handle is open while `database` is borrowed; the message is text that ends with a
    // NUL, and stays until the next call on the connection, before which it is copied.
    let message = unsafe { CStr::from_ptr(ffi::sqlite3_errmsg(database.handle())) };
    error::from_code(code, &message.to_string_lossy())
}
