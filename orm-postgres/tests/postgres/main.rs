//! The driver through its public traits, against a real server.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod arrays;
mod connecting;
mod cursors;
mod dialect;
mod errors;
mod fake;
mod server;
mod statements;
mod transactions;
mod values;
