//! The column type of the `uuid` crate.

use uuid::Uuid;

use super::{ColumnType, SqlType};
use crate::error::Result;
use crate::value::{Row, Value};

impl ColumnType for Uuid {
    const SQL_TYPE: SqlType = SqlType::Uuid;

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        row.uuid(index).map(Self::from_bytes)
    }

    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Uuid(self.into_bytes()))
    }
}
