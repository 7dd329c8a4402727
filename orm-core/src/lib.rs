//! The database-independent part of [`orm`](https://docs.rs/orm): models, queries, SQL, engine.
//!
//! Applications depend on `orm`; backends depend on this crate and implement the traits of
//! [`driver`] and [`dialect`].
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod ast;
pub mod dialect;
pub mod driver;
pub mod engine;
pub mod error;
pub mod executor;
pub mod expr;
pub mod func;
pub mod load;
pub mod model;
pub mod page;
pub mod query;
pub mod relation;
pub mod schema;
pub mod session;
pub mod sql;
pub mod types;
pub mod value;
