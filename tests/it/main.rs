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

mod aggregates;
mod arrays;
mod bulk;
mod ctes;
mod errors;
mod expressions;
mod full_text;
mod functions;
mod grouping_sets;
mod joins;
mod json;
mod lateral;
mod mistakes;
mod queries;
mod recursion;
mod schema;
mod sql;
mod subqueries;
mod transactions;
mod tuples;
mod types;
mod upsert;
mod urls;
mod warnings;
mod windows;
mod writes;
