//! Writing rows: inserts of one and of many, defaults, updates and deletes.

mod batches;
mod defaults;
mod deletes;
mod inserts;
mod updates;
