//! Calls of functions, aggregates and window functions.

use super::expression::{column_of, is_decimal_value};
use super::writer::Writer;
use crate::ast::{Call, Function};
use crate::error::Result;
use crate::types::SqlType;

impl Call {
    /// Whether it is written as an operator between its arguments.
    pub(super) fn is_operator(&self) -> bool {
        self.function == Function::Concat
    }

    /// Whether it makes one value of many rows.
    pub(super) fn is_aggregate(&self) -> bool {
        match &self.function {
            Function::Named { aggregate, .. } => *aggregate && self.over.is_none(),
            Function::Count | Function::Sum(_) | Function::Average(_) => self.over.is_none(),
            Function::Coalesce
            | Function::Concat
            | Function::DatePart { .. }
            | Function::Grouping => false,
        }
    }
}

impl<'a> Writer<'a> {
    pub(super) fn call(&mut self, call: &'a Call) -> Result<()> {
        // What the Rust type of a sum or an average is: databases disagree.
        let cast = match &call.function {
            Function::Sum(sql_type) => self.dialect.sum_cast(*sql_type),
            Function::Average(sql_type) => self.dialect.average_cast(*sql_type),
            _ => None,
        };
        if cast.is_some() {
            self.push("CAST(");
        }
        match &call.function {
            Function::Concat => {
                for (position, argument) in call.arguments.iter().enumerate() {
                    if position > 0 {
                        self.push(" || ");
                    }
                    self.operand(argument, None)?;
                }
                return Ok(());
            }
            Function::DatePart { part, of_instant } => {
                let (before, after) = self.dialect.date_part(*part, *of_instant);
                self.push(before);
                self.nodes(&call.arguments)?;
                self.push(after);
                return Ok(());
            }
            Function::Grouping => self.grouping_name()?,
            Function::Named { name, .. } => self.push(name),
            Function::Coalesce => self.push("coalesce"),
            Function::Count => self.push("count"),
            Function::Sum(SqlType::Decimal { .. }) => self.push(self.dialect.decimal_sum()),
            Function::Sum(_) => self.push("sum"),
            Function::Average(SqlType::Decimal { .. }) => self.push(self.dialect.decimal_average()),
            Function::Average(_) => self.push("avg"),
        }
        self.push(if call.distinct { "(DISTINCT " } else { "(" });
        self.arguments(call)?;
        self.push(")");
        if let Some(filter) = &call.filter {
            self.push(" FILTER (WHERE ");
            self.node(filter)?;
            self.push(")");
        }
        if let Some(over) = &call.over {
            self.over(over)?;
        }
        if let Some(sql_type) = cast {
            self.push(" AS ");
            self.dialect.write_cast_type(&mut self.text, sql_type);
            self.push(")");
        }
        Ok(())
    }
    fn arguments(&mut self, call: &'a Call) -> Result<()> {
        let beside = call.arguments.first().and_then(column_of);
        for (position, argument) in call.arguments.iter().enumerate() {
            if position > 0 {
                self.push(", ");
            }
            match call.function {
                Function::Coalesce => self.beside(argument, beside)?,
                // `max`, `nullif` and what is distinct compare their arguments, as the first one says.
                _ if position == 0 && is_decimal_value(argument) => {
                    self.compared(argument, None)?;
                }
                _ => self.comparable(argument)?,
            }
        }
        Ok(())
    }
}
