//! A throwaway PostgreSQL server for tests.
//!
//! Here: finding the server's programs, starting a server of our own and making sure that it is gone
//! when its holder is, however the holder ends. Not here: databases, connections, the library under
//! test; `cargo xtask` depends on this package and must not compile any of them.

pub use binaries::Binaries;
pub use cluster::{Cluster, URL_VARIABLE};
pub use error::Error;

mod account;
mod binaries;
mod cluster;
mod error;
