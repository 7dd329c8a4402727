//! SQLite's result codes and messages as the library's errors.

use std::ffi::c_int;

use orm_core::error::{DatabaseError, Error, IntegrityError, IntegrityKind, OperationalError};
use rusqlite::ffi;

/// What SQLite says of a foreign key: not which one it is.
const FOREIGN_KEY_MESSAGE: &str = "FOREIGN KEY constraint failed";

/// Returns the error of an extended result code.
#[cold]
pub(crate) fn from_code(code: c_int, message: &str) -> Error {
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => unique(message),
        ffi::SQLITE_CONSTRAINT_NOTNULL => in_columns(IntegrityKind::NotNull, message),
        ffi::SQLITE_CONSTRAINT_CHECK => {
            let mut error = IntegrityError::new(IntegrityKind::Check, message);
            error.constraint = after_colon(message).map(str::to_owned);
            error.into()
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => {
            IntegrityError::new(IntegrityKind::ForeignKey, message).into()
        }
        // ON DELETE RESTRICT is a trigger inside.
        ffi::SQLITE_CONSTRAINT_TRIGGER if message == FOREIGN_KEY_MESSAGE => {
            IntegrityError::new(IntegrityKind::ForeignKey, message).into()
        }
        _ => match code & 0xff {
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => locked(code, message),
            ffi::SQLITE_PERM
            | ffi::SQLITE_READONLY
            | ffi::SQLITE_IOERR
            | ffi::SQLITE_CORRUPT
            | ffi::SQLITE_FULL
            | ffi::SQLITE_CANTOPEN
            | ffi::SQLITE_PROTOCOL
            | ffi::SQLITE_NOTADB => OperationalError::new(with_code(code, message)).into(),
            _ => database(code, message),
        },
    }
}

/// Returns the error of a call to `rusqlite`.
#[cold]
pub(crate) fn from_rusqlite(error: rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::SqliteFailure(failure, message) => {
            let message = message.unwrap_or_else(|| failure.to_string());
            from_code(failure.extended_code, &message)
        }
        rusqlite::Error::SqlInputError { error, msg, .. } => from_code(error.extended_code, &msg),
        other => DatabaseError::new(other.to_string()).into(),
    }
}

/// Reads `UNIQUE constraint failed: t.a, t.b`, or `…: index 'name'` if the index has expressions.
fn unique(message: &str) -> Error {
    let index = after_colon(message)
        .and_then(|subject| subject.strip_prefix("index '"))
        .and_then(|name| name.strip_suffix('\''));
    match index {
        Some(name) => {
            let mut error = IntegrityError::new(IntegrityKind::Unique, message);
            error.constraint = Some(name.to_owned());
            error.into()
        }
        None => in_columns(IntegrityKind::Unique, message),
    }
}

fn in_columns(kind: IntegrityKind, message: &str) -> Error {
    let mut error = IntegrityError::new(kind, message);
    for column in after_colon(message).into_iter().flat_map(|columns| columns.split(", ")) {
        if let Some((table, column)) = column.split_once('.') {
            error.table.get_or_insert_with(|| table.to_owned());
            error.columns.push(column.to_owned());
        }
    }
    error.into()
}

fn after_colon(message: &str) -> Option<&str> {
    message.split_once(": ").map(|(_, subject)| subject)
}

fn locked(code: c_int, message: &str) -> Error {
    let mut error = OperationalError::new(with_code(code, message));
    error.retryable = true;
    error.help = Some(
        "another connection holds the lock: run the transaction again, keep transactions short (a session \
         that only read has one, too, until `commit` or `close`), or let statements wait longer by \
         `?busy_timeout=<milliseconds>` in the URL"
            .to_owned(),
    );
    error.into()
}

fn database(code: c_int, message: &str) -> Error {
    let mut error = DatabaseError::new(message);
    error.code = Some(code_name(code));
    error.help = help(message).map(str::to_owned);
    error.into()
}

fn help(message: &str) -> Option<&'static str> {
    if message.starts_with("no such table: ") {
        Some("create it first: `metadata![…].create_all(&mut conn)`")
    } else if message.strip_prefix("no such column: ").is_some_and(may_be_table) {
        Some(
            "the table differs from the model: migrate it, or correct the name of the column; if it is the \
             name of a table that is searched by words, create that as one of FTS5",
        )
    } else if message.starts_with("no such column: ") || message.contains(" has no column named ") {
        Some("the table differs from the model: migrate it, or correct the name of the column")
    } else if message == "too many SQL variables" {
        Some("bind at most 32766 values in one statement")
    } else {
        None
    }
}

/// Whether what is missing may be the column that an FTS5 table has of its own name, for searches.
fn may_be_table(column: &str) -> bool {
    column.split_once('.').is_none_or(|(table, column)| table == column)
}

fn with_code(code: c_int, message: &str) -> String {
    format!("{message} ({})", code_name(code))
}

/// Defines `code_name` over constants of SQLite's interface.
macro_rules! code_names {
    ($($name:ident)*) => {
        /// Returns the name of an extended result code; of its primary code if it is not known.
        fn code_name(code: c_int) -> String {
            match code {
                $(ffi::$name => stringify!($name).to_owned(),)*
                extended if extended > 0xff => code_name(extended & 0xff),
                unknown => format!("SQLite result code {unknown}"),
            }
        }
    };
}

code_names! {
    SQLITE_ERROR SQLITE_ERROR_MISSING_COLLSEQ SQLITE_ERROR_RETRY SQLITE_ERROR_SNAPSHOT
    SQLITE_INTERNAL SQLITE_PERM
    SQLITE_ABORT SQLITE_ABORT_ROLLBACK
    SQLITE_BUSY SQLITE_BUSY_RECOVERY SQLITE_BUSY_SNAPSHOT SQLITE_BUSY_TIMEOUT
    SQLITE_LOCKED SQLITE_LOCKED_SHAREDCACHE SQLITE_LOCKED_VTAB
    SQLITE_NOMEM
    SQLITE_READONLY SQLITE_READONLY_RECOVERY SQLITE_READONLY_CANTLOCK SQLITE_READONLY_ROLLBACK
    SQLITE_READONLY_DBMOVED SQLITE_READONLY_CANTINIT SQLITE_READONLY_DIRECTORY
    SQLITE_INTERRUPT
    SQLITE_IOERR SQLITE_IOERR_READ SQLITE_IOERR_SHORT_READ SQLITE_IOERR_WRITE SQLITE_IOERR_FSYNC
    SQLITE_IOERR_DIR_FSYNC SQLITE_IOERR_TRUNCATE SQLITE_IOERR_FSTAT SQLITE_IOERR_UNLOCK
    SQLITE_IOERR_RDLOCK SQLITE_IOERR_DELETE SQLITE_IOERR_NOMEM SQLITE_IOERR_ACCESS SQLITE_IOERR_LOCK
    SQLITE_IOERR_CLOSE SQLITE_IOERR_SHMOPEN SQLITE_IOERR_SHMSIZE SQLITE_IOERR_SHMLOCK
    SQLITE_IOERR_SHMMAP SQLITE_IOERR_SEEK SQLITE_IOERR_DELETE_NOENT SQLITE_IOERR_MMAP
    SQLITE_IOERR_GETTEMPPATH SQLITE_IOERR_DATA SQLITE_IOERR_CORRUPTFS
    SQLITE_CORRUPT SQLITE_CORRUPT_VTAB SQLITE_CORRUPT_SEQUENCE SQLITE_CORRUPT_INDEX
    SQLITE_NOTFOUND SQLITE_FULL
    SQLITE_CANTOPEN SQLITE_CANTOPEN_ISDIR SQLITE_CANTOPEN_FULLPATH SQLITE_CANTOPEN_SYMLINK
    SQLITE_PROTOCOL SQLITE_SCHEMA SQLITE_TOOBIG
    SQLITE_CONSTRAINT SQLITE_CONSTRAINT_CHECK SQLITE_CONSTRAINT_COMMITHOOK
    SQLITE_CONSTRAINT_FOREIGNKEY SQLITE_CONSTRAINT_FUNCTION SQLITE_CONSTRAINT_NOTNULL
    SQLITE_CONSTRAINT_PRIMARYKEY SQLITE_CONSTRAINT_TRIGGER SQLITE_CONSTRAINT_UNIQUE
    SQLITE_CONSTRAINT_VTAB SQLITE_CONSTRAINT_ROWID SQLITE_CONSTRAINT_PINNED
    SQLITE_CONSTRAINT_DATATYPE
    SQLITE_MISMATCH SQLITE_MISUSE SQLITE_NOLFS SQLITE_AUTH SQLITE_RANGE SQLITE_NOTADB
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_index_over_expressions_is_named() {
        let error =
            from_code(ffi::SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: index 'by_lower'");

        let clash = error.integrity().unwrap();
        assert_eq!(clash.constraint.as_deref(), Some("by_lower"));
        assert_eq!(clash.table, None);
    }

    #[test]
    fn a_code_has_its_name() {
        assert_eq!(code_name(5), "SQLITE_BUSY");
        assert_eq!(code_name(517), "SQLITE_BUSY_SNAPSHOT");
        assert_eq!(code_name(ffi::SQLITE_IOERR | 99 << 8), "SQLITE_IOERR");
        assert_eq!(code_name(77), "SQLite result code 77");
    }

    #[test]
    fn a_lock_that_was_not_given_can_be_tried_again() {
        let error = from_code(517, "database is locked");

        assert!(error.is_retryable());
        assert!(!error.is_disconnect());
    }
}
