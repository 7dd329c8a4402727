//! Column types: what goes into a column comes out of it again, on every backend and by every path,
//! and what cannot is refused in words that name the column.

/// Declares a model with a column of a type and one that may be NULL, and how `stored` reaches it.
macro_rules! stored {
    ($($Model:ident: $Value:ty),+ $(,)?) => {$(
        #[derive(orm::Model, Debug)]
        struct $Model {
            #[orm(primary_key)]
            id: i64,
            value: $Value,
            maybe: Option<$Value>,
        }

        impl $crate::types::stored::Stored for $Model {
            type Value = $Value;

            fn create_table(tx: &mut orm::Transaction<'_>) -> orm::Result<()> {
                orm::metadata![$Model].create_all(tx)
            }

            fn store(
                tx: &mut orm::Transaction<'_>,
                value: $Value,
                maybe: Option<$Value>,
            ) -> orm::Result<Self> {
                use orm::prelude::*;
                $Model::insert($Model::builder().value(value).maybe(maybe)).one(tx)
            }

            fn store_all(
                tx: &mut orm::Transaction<'_>,
                rows: Vec<($Value, Option<$Value>)>,
            ) -> orm::Result<Vec<Self>> {
                use orm::prelude::*;
                let rows = rows.into_iter();
                let rows = rows.map(|(value, maybe)| $Model::builder().value(value).maybe(maybe));
                $Model::insert_many(rows).all(tx)
            }

            fn replace(tx: &mut orm::Transaction<'_>, id: i64, value: &$Value) -> orm::Result<u64> {
                use orm::prelude::*;
                $Model::update()
                    .set($Model::value, value)
                    .set($Model::maybe, value)
                    .filter($Model::id.eq(id))
                    .execute(tx)
            }

            fn clear(tx: &mut orm::Transaction<'_>) -> orm::Result<u64> {
                use orm::prelude::*;
                $Model::delete().all_rows().execute(tx)
            }

            fn stored(tx: &mut orm::Transaction<'_>) -> orm::Result<Vec<Self>> {
                use orm::prelude::*;
                $Model::query().order_by($Model::id).all(tx)
            }

            fn ids(
                tx: &mut orm::Transaction<'_>,
                filter: $crate::types::stored::Filter<'_, $Value>,
            ) -> orm::Result<Vec<i64>> {
                use orm::prelude::*;
                use $crate::types::stored::Filter;
                let condition = match filter {
                    Filter::Equal(value) => $Model::value.eq(value),
                    Filter::MaybeEqual(value) => $Model::maybe.eq(value),
                    Filter::In(values) => $Model::value.in_(values),
                    Filter::Between(low, high) => $Model::value.between(low, high),
                    Filter::Greater(value) => $Model::value.gt(value),
                };
                $Model::query().filter(condition).order_by($Model::id).select($Model::id).all(tx)
            }

            fn in_order(tx: &mut orm::Transaction<'_>) -> orm::Result<Vec<$Value>> {
                use orm::prelude::*;
                $Model::query().order_by(($Model::value, $Model::id)).select($Model::value).all(tx)
            }

            fn id(&self) -> i64 {
                self.id
            }

            fn value(&self) -> &$Value {
                &self.value
            }

            fn maybe(&self) -> Option<&$Value> {
                self.maybe.as_ref()
            }
        }
    )+};
}

mod arbitrary;
mod decimals;
mod embedded;
mod json;
mod misfits;
mod numbers;
mod own;
mod stored;
mod temporal;
mod text;
