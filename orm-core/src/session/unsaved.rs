//! The value of a row that is not in the database yet.

use crate::model::NewRow;
use crate::schema::Table;
use crate::types::SqlType;
use crate::value::{KeepsValues, Value};

/// The values of a new row; those that only the flush can know are zero or empty until then.
pub(super) struct Unsaved<'r> {
    row: &'r NewRow,
    /// What stands for the columns without a value.
    missing: Vec<(usize, Value<'static>)>,
}

impl<'r> Unsaved<'r> {
    pub(super) fn new(row: &'r NewRow, table: &Table) -> Self {
        let columns = table.columns.iter().enumerate();
        let missing = columns.filter(|&(position, _)| row.get(position).is_none());
        let missing = missing.filter_map(|(position, column)| {
            let value = match column.nullable {
                true => Value::Null,
                false if column.generated || is_key(table, &column.name) => {
                    unknown(column.sql_type)?
                }
                false => return None,
            };
            Some((position, value))
        });
        Self { row, missing: missing.collect() }
    }
}

impl KeepsValues for Unsaved<'_> {
    fn kept(&self, index: usize) -> Option<&Value<'static>> {
        self.row.get(index).or_else(|| {
            let missing = self.missing.iter().find(|(position, _)| *position == index);
            missing.map(|(_, value)| value)
        })
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
