//! The column type of the `rust_decimal` crate.

use rust_decimal::Decimal;

use super::{ColumnType, SqlType};
use crate::error::{Error, Result};
use crate::value::{DecimalValue, Row, Value};

impl ColumnType for Decimal {
    const SQL_TYPE: SqlType = SqlType::Decimal { precision: None };

    fn read(row: &dyn Row, index: usize) -> Result<Self> {
        let stored = row.decimal(index)?;
        Self::try_from_i128_with_scale(stored.mantissa(), stored.scale()).map_err(|_| {
            Error::decode(index, "a number of at most 28 decimal digits", "a longer number")
        })
    }

    fn to_value(&self) -> Result<Value<'_>> {
        Ok(Value::Decimal(DecimalValue::new(self.mantissa(), self.scale())))
    }
}
