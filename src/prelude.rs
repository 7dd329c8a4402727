//! What most programs need: `use orm::prelude::*;`.

pub use orm_core::executor::Executor;
#[cfg(feature = "json")]
pub use orm_core::expr::JsonExpression;
pub use orm_core::expr::{ArrayExpression, Expression, TupleExpression};
pub use orm_core::load::{
    contains_eager, defer, joined, load_only, noload, raise, selectin, subquery, undefer,
};
pub use orm_core::query::Query;
pub use orm_core::relation::{BelongsTo, HasMany, HasOne, ManyToMany};
pub use orm_core::types::Deferred;
pub use orm_derive::{ColumnType, Embed};

pub use crate::{
    Connection, DbEnum, Engine, Entity, FromRow, Model, Session, Transaction, View, metadata,
};
