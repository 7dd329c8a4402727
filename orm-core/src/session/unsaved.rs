//! The value of a row that is not in the database yet.

use crate::model::NewRow;
use crate::schema::Table;
use crate::types::SqlType;
use crate::value::{KeepsValues, Value};

/// The values of a new row; those that only the flush can know are zero or empty until then.
pub(super) struct Unsaved<'r> {
    pub(super) row: &'r NewRow,
    pub(super) unknown: &'r [Option<Value<'static>>],
}

impl KeepsValues for Unsaved<'_> {
    fn kept(&self, index: usize) -> Option<&Value<'static>> {
        self.row.get(index).or_else(|| self.unknown.get(index)?.as_ref())
    }
}

/// Returns what stands for each column of a table as long as it has no value, where something can.
pub(super) fn unknown_values(table: &Table) -> Vec<Option<Value<'static>>> {
    let columns = table.columns.iter().map(|column| match column.nullable {
        true => Some(Value::Null),
        false if column.generated || is_key(table, &column.name) => unknown(column.sql_type),
        false => None,
    });
    columns.collect()
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
