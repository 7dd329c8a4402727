//! The behaviour of the public interface, each test on every backend.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails panics"
)]
#![allow(
    clippy::duplicated_attributes,
    reason = "a column named by two constraints is no duplicate"
)]

//mod aggregates;
//mod errors;
//mod expressions;
//mod joins;
//mod mistakes;
//mod queries;
//mod schema;
//mod sql;
//mod subqueries;
//mod transactions;
//mod types;
//mod urls;
//mod windows;
//mod writes;
mod relations;
