//! The database-independent part of [`orm`](https://docs.rs/orm): models, queries, SQL, engine.
//!
//! Applications depend on `orm`; backends depend on this crate and implement the traits of
//! [`driver`] and [`dialect`].
#![forbid(unsafe_code)]

pub mod ast;
pub mod dialect;
pub mod driver;
pub mod error;
pub mod model;
pub mod schema;
pub mod types;
pub mod value;
