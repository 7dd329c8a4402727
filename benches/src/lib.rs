//! What every contender shares: the flights, what a contender must do with them, and how a contest
//! among the ways of doing it is timed.
//!
//! A contender lives in the binary that runs it: `plain_flights` has the plain drivers,
//! `orm_flights` the ORM.

use std::error::Error;

pub mod contender;
pub mod contest;
pub mod dataset;
pub mod graph;
pub mod measurement;

/// What anything here may fail with.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;
