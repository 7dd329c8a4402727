//! The value of a row that is not in the database yet.

use crate::model::NewRow;
use crate::schema::Table;
use crate::types::SqlType;
use crate::value::{KeepsValues, Value};

/// The values of a new row; those that only the flush can know are zero or empty until then.
pub(super) struct Unsaved(Vec<Option<Value<'static>>>);

impl Unsaved {
    pub(super) fn new(row: &NewRow, table: &Table) -> Self {
        let columns = table.columns.iter().enumerate();
        let value = |(position, column): (usize, &crate::schema::ColumnDef)| match row.get(position)
        {
            Some(value) => Some(value.clone()),
            None if column.nullable => Some(Value::Null),
            None if column.generated || is_key(table, &column.name) => unknown(column.sql_type),
            None => None,
        };
        Self(columns.map(value).collect())
    }
}

impl KeepsValues for Unsaved {
    fn kept(&self, index: usize) -> Option<&Value<'static>> {
        self.0.get(index)?.as_ref()
    }
}

fn is_key(table: &Table, name: &str) -> bool {
    table.foreign_keys.iter().any(|key| key.columns.iter().any(|column| column == name))
}

/// Returns what stands for a key that is not known yet.
fn unknown(sql_type: SqlType) -> Option<Value<'static>> {
    Some(match sql_type {
        SqlType::SmallInt => Value::I16(0),
        SqlType::Integer => Value::I32(0),
        SqlType::BigInt => Value::I64(0),
        SqlType::Text { .. } => Value::Text("".into()),
        SqlType::Uuid => Value::Uuid([0; 16]),
        _ => return None,
    })
}
