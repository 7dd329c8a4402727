//! Reading rows: conditions, orders, parts of rows, and the methods that run a query.

mod comparisons;
mod conditions;
#[cfg(feature = "chrono")]
mod dates;
#[cfg(feature = "decimal")]
mod decimals;
mod keys;
mod lists;
mod nulls;
mod order;
mod patterns;
mod refusals;
mod selection;
mod terminals;
mod text;
