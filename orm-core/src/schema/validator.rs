//! The validators of columns: each with the name of its field, for the error.

use super::Table;
use crate::error::Result;
use crate::value::Value;

/// A function that may change a value on its way to a column, or refuse it.
pub type Validation = fn(&mut Value<'static>) -> Result<()>;

/// The validator of a field, as its struct declares it.
#[derive(Debug, Clone, Copy)]
pub struct ValidatorDef {
    /// The name of the field in its struct.
    pub field: &'static str,
    /// What looks at its values.
    pub validation: Validation,
}

/// The validator of a column.
#[derive(Debug, Clone)]
pub(crate) struct Validator {
    /// The field of the model; that of an embedded struct with a point: `address.city`.
    field: String,
    validation: Validation,
}

impl Validator {
    /// Returns the validator of a field, which is inside of the field `outer` if that is an embedded
    /// struct.
    pub(super) fn new(def: ValidatorDef, outer: Option<&str>) -> Self {
        let field = match outer {
            Some(outer) => format!("{outer}.{}", def.field),
            None => def.field.to_owned(),
        };
        Self { field, validation: def.validation }
    }
}

impl Table {
    /// Has the validator of the column at `position`, if it has one, look at a value that it was given.
    pub(crate) fn validate(&self, position: usize, value: &mut Value<'static>) -> Result<()> {
        match &self.columns[position].validator {
            Some(validator) => (validator.validation)(value)
                .map_err(|error| error.in_field(self.model, &validator.field)),
            None => Ok(()),
        }
    }

    /// Returns the positions of the columns that have a validator.
    pub(crate) fn validated(&self) -> impl Iterator<Item = usize> {
        let columns = self.columns.iter().enumerate();
        columns.filter(|(_, column)| column.validator.is_some()).map(|(position, _)| position)
    }
}
