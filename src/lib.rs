//! An ORM for SQLite and PostgreSQL: models derived from structs, typed queries, relations, sessions that
//! write back what changed, and errors that say what clashed.
//!
//! # The first program
//!
//! ```
#![doc = include_str!("../examples/quickstart.rs")]
//! ```
//!
//! # Where to go from here
//!
//! | to | see |
//! | --- | --- |
//! | describe a table | [`Model`](derive@Model), and [`Embed`](derive@Embed) for columns that several share |
//! | use a type of your own as a column | [`ColumnType`](derive@ColumnType), [`DbEnum`](derive@DbEnum) |
//! | create the tables | [`metadata!`], [`Metadata::create_all`] |
//! | connect | [`Engine::connect`] |
//! | ask for rows | [`Query::query`](prelude::Query::query), [`Select`] |
//! | relate models, load related rows | [`Relation`], [`HasMany`], [`BelongsTo`], [`selectin`], [`joined`](joined()) |
//! | compare, order | [`Expression`](prelude::Expression), [`TupleExpression`] |
//! | look into JSON and arrays | [`JsonExpression`], [`ArrayExpression`] |
//! | search text | [`func::full_text()`], [`func::fts5`] |
//! | read rows into a struct of my own | [`FromRow`](derive@FromRow), [`View`](derive@View) |
//! | join, group, nest | [`Select::join`], [`Select::group_by`], [`func`], [`Select::subquery`] |
//! | name a query, walk a tree | [`Select::cte`], [`Select::recursive`] |
//! | put rows into a map | [`Select::into_map`], [`Select::into_groups`] |
//! | use tables and columns that are known only at run time | [`Table::reflect`], [`Record`], [`Query::column_named`](prelude::Query::column_named) |
//! | read large results | [`Select::stream`], [`Select::chunks`] |
//! | number rows, compare them with their neighbours | [`func::window`], [`func::row_number`], [`func::lag`] |
//! | lock rows | [`Select::for_update`] |
//! | show pages | [`Select::paginate`], [`Select::paginate_by_key`] |
//! | write SQL by hand | [`sql!`], [`text`] |
//! | see how a query is run | [`Select::explain`] |
//! | write rows | [`Query::insert`](prelude::Query::insert), [`Update`], [`Delete`] |
//! | insert or update | [`Insert::on_conflict`] |
//! | write many rows at once | [`Query::insert_many`](prelude::Query::insert_many), [`Query::insert_from`](prelude::Query::insert_from), [`Query::update_many`](prelude::Query::update_many) |
//! | mark rows as deleted, and restore them | [`SoftDelete`] |
//! | find a row or create it | [`Query::get_or_create`](prelude::Query::get_or_create) |
//! | apply a PATCH request | [`Patch`] |
//! | keep rows as entities, write back what changed | [`Session`], [`Engine::session`](orm_core::engine::Engine::session) |
//! | check values, run code whenever rows are written | [the derive's validators and events](derive@Model#validators-and-events), [`Events`] |
//! | choose how a session loads relations and begins transactions | [`Lazy`], [`Session::isolation`], [`Session::read_only`] |
//! | try a transaction again after a conflict | [`Engine::transaction_with_retries`](orm_core::engine::Engine::transaction_with_retries) |
//! | turn entities into trees of values, and take trees in | [`Session::tree`], [`Session::merge`], [`Session::attach`] |
//! | keep writes together in a transaction | [`Engine::begin`](orm_core::engine::Engine::begin), [`Connection::begin`] |
//! | find out what went wrong | [`Error`] |
//!
//! # Features
//!
//! All are on by default.
//!
//! | feature | what it brings |
//! | --- | --- |
//! | `sqlite` | the SQLite driver, with SQLite itself compiled in |
//! | `postgres` | the PostgreSQL driver |
//! | `chrono` | dates, times and timestamps as column types |
//! | `uuid` | `Uuid` as a column type |
//! | `decimal` | `Decimal` as a column type |
//! | `json` | `serde_json::Value` and [`Json`] as column types; [`Patch`]es read from JSON |
//! | `serde` | relations that serde serialises and deserialises, and serde for the types of the features above |
//!
//! # What is sent
//!
//! Identifiers are always quoted and values always bound. Every statement is logged as a `tracing`
//! event of the target `orm::sql` at the level `DEBUG`; what looks like a mistake in a query, such as an
//! offset without an order, is a `WARN` of the target `orm::query`. Errors of the database carry the statement too.
//! Values are in neither, unless [`Engine::show_parameters`] says so.
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod engine;
pub mod prelude;

/// Runs the program of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use engine::Engine;
pub use orm_core::dialect::{Dialect, Isolation, TransactionOptions};
pub use orm_core::engine::{Connection, Transaction};
pub use orm_core::error::{
    DatabaseError, DecodeError, EncodeError, Error, IntegrityError, IntegrityKind,
    OperationalError, Result,
};
pub use orm_core::executor::{Executor, Hydrate, Plain, Synchronize};
pub use orm_core::expr::{
    Alias, AllColumns, ArrayExpression, Bindable, Column, ColumnList, Contains, DynColumn, Expr,
    FitsFields, GroupBy, IntoAssignment, IntoFields, IntoJoin, IntoOrder, IntoRow, Operand, Order,
    Selection, TupleExpression, TupleOperand,
};
#[cfg(feature = "json")]
pub use orm_core::expr::{IntoJsonPath, IntoJsonStep, JsonExpression};
pub use orm_core::func;
pub use orm_core::load::{
    InsertLinked, IntoLoaders, Load, LoadColumns, Raise, View, contains_eager, defer, joined,
    load_only, noload, raise, selectin, subquery, undefer,
};
pub use orm_core::model::{
    ChildRow, DeletionTime, Embed, Entity, EntityId, IntoKey, IntoNewRow, IntoRelated, Key, Model,
    SoftDelete,
};
pub use orm_core::page::{KeysetPage, KeysetRequest, Page, PageRequest};
#[cfg(feature = "json")]
pub use orm_core::query::Patchable;
pub use orm_core::query::{
    Chunks, Delete, Derived, DerivedRow, DoNothing, DoUpdate, FromRow, GroupedRows, Insert,
    InsertFrom, InsertMany, KeyedRows, OnConflict, Output, Patch, Record, Returning, Select,
    Stream, Text, TextQuery, Update, UpdateMany, Upserted, text, text_unchecked,
};
pub use orm_core::relation::{
    BelongsTo, HasMany, HasOne, Keyed, ManyToMany, ReadOf, Related, Relation, RelationField, Via,
};
pub use orm_core::schema::{
    Check, ColumnDef, ColumnLoading, ForeignKey, Index, Metadata, ReferenceAction, Table, Unique,
};
pub use orm_core::session::{
    Change, EntityState, Events, HookOf, Lazy, Savepoint, Session, Trackable, Tracked,
};
#[cfg(feature = "json")]
pub use orm_core::types::Json;
pub use orm_core::types::{
    Array, ColumnType, DbEnum, Deferred, EnumDef, Field, IntoField, SqlType, Validate,
};
pub use orm_core::value::{DecimalValue, Row, Value};
pub use orm_derive::{ColumnType, DbEnum, Embed, FromRow, Model, View, sql};
#[cfg(feature = "postgres")]
pub use orm_postgres::Postgres;
#[cfg(feature = "sqlite")]
pub use orm_sqlite::Sqlite;

/// Collects the tables of models into a [`Metadata`].
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
/// }
///
/// assert_eq!(metadata![User].tables().len(), 1);
/// ```
#[macro_export]
macro_rules! metadata {
    ($($model:ty),* $(,)?) => {
        $crate::Metadata::new([$(<$model as $crate::Model>::table()),*] as [&$crate::Table; _])
    };
}

/// What derived code names; not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use orm_core::error::{Error, Result};
    pub use orm_core::expr::{
        Column, Expression, IntoOrder, Operand, assert_references, assert_refers, foreign_key,
        model_of, position_beside, position_in, sql_argument, sql_list,
    };
    pub use orm_core::load::{Lazy, View, ViewQuery, by_default, viewed};
    pub use orm_core::model::{
        DeletionTime, Embed, IntoNewRow, IntoRelated, Missing, Model, NewRow, RelatedRow, Set,
        SoftDelete, no_column,
    };
    pub use orm_core::query::{FromRow, RowDef, RowEntry, RowField, Text};
    #[cfg(feature = "json")]
    pub use orm_core::query::{PatchField, Patchable, read_json};
    pub use orm_core::relation::{
        Cascade, LinkDef, Related, Relation, RelationDef, RelationField, RelationKind,
        ResolvedLink, Via, VisitRelations, assert_key, assert_via, association, hop, inverse, path,
        via,
    };
    pub use orm_core::schema::{
        CheckDef, ColumnLoading, CompositeKeyDef, FieldDef, FieldEntry, ForeignKeyDef, IndexDef,
        ModelDef, ReferenceAction, Table, TableSlot, UniqueDef, ValidatorDef,
    };
    pub use orm_core::session::{Events, RowEvent};
    pub use orm_core::types::{
        ColumnType, DbEnum, Deferred, DeferredField, EnumDef, Field, IntoField, SqlType, validate,
    };
    pub use orm_core::value::{Row, Value};
    pub use orm_core::{model_output, row_output, view_output};
}
