//! The derive macros of `orm`.
#![forbid(unsafe_code)]
