//! How the rows that a relation leads to arrive: one file a strategy.
//!
//! A loader joins what it loads to the query, or is given the rows that were read and finds what belongs
//! to them by statements of its own. In the end it puts that into their fields.

mod columns;
mod inserts;
mod joined;
mod lazy;
mod onto;
mod option;
mod pairs;
mod select_in;
mod view;
mod writes;

pub use self::columns::{LoadColumns, defer, load_only, undefer};
pub(crate) use self::columns::{rows_by_key, rows_with};
pub use self::inserts::InsertLinked;
pub use self::lazy::{Lazy, Raise, by_default, raise};
pub use self::option::{IntoLoaders, Load, contains_eager, joined, noload, selectin, subquery};
pub(crate) use self::select_in::keyed_rows;
pub use self::view::{View, ViewField, ViewQuery, ViewedAs, viewed};
