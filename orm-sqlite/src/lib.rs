//! The SQLite driver of `orm`.
