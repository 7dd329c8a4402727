//! How the rows that a relation leads to arrive: one file a strategy.
//!
//! A loader is given rows that were read, finds what belongs to them in a few statements, and puts it
//! into their fields. It does not know the query that the rows came from.

mod key;
mod option;
mod select_in;

pub use self::option::{IntoLoaders, Load, selectin};
