//! An ORM for SQLite and PostgreSQL.
#![forbid(unsafe_code)]

pub use orm_core::error::{Error, Result};
