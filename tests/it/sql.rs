//! The SQL of every kind of statement, per dialect.

mod definitions;
mod selects;
mod sent;
mod writes;
