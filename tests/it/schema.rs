//! Tables as they are made from models: `create_all`, `drop_all`, and what the database then has.

mod catalog;
mod circular;
mod comments;
mod creation;
mod foreign_keys;
mod indexes;
mod names;
mod refusals;
mod schemas;
mod text;
