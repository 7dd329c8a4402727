//! The PostgreSQL driver of `orm`.
