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
mod along;
mod arrays;
mod bulk;
mod combinations;
mod criteria;
mod ctes;
mod deferred;
mod dynamic;
mod errors;
mod explain;
mod expressions;
mod full_text;
mod functions;
mod get_or_create;
mod grouping_sets;
mod hostile;
mod joins;
mod json;
mod keyset;
mod lateral;
mod lazy;
mod load_only;
mod loader_sql;
mod loaders;
mod logs;
mod mistakes;
mod pages;
mod patches;
mod paths;
mod predicates;
mod queries;
mod raw_sql;
mod recursion;
mod relations;
mod schema;
mod session;
mod session_paths;
mod shapes;
mod shared;
mod soft_delete;
mod sql;
mod stream_loads;
mod streams;
mod subqueries;
mod transactions;
mod tuples;
mod types;
mod unsupported;
mod upsert;
mod urls;
mod via;
mod views;
mod warnings;
mod wide;
mod windows;
mod writes;
mod written;
