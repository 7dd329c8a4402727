//! Calls of functions, aggregates and window functions.

use super::check;
use super::expression::{Precedence, column_of, is_decimal_value};
use super::writer::Writer;
use crate::ast::{Call, FullText, Function, Node};
use crate::error::Result;
use crate::types::SqlType;

impl Call {
    /// Whether it is written as an operator between its arguments.
    pub(super) fn is_operator(&self) -> bool {
        match self.function {
            Function::Concat | Function::FullText(FullText::Table) => true,
            Function::FullText(FullText::Words { is_rank, .. }) => !is_rank,
            _ => false,
        }
    }

    /// Whether it makes one value of many rows.
    pub(super) fn is_aggregate(&self) -> bool {
        match &self.function {
            Function::Named { aggregate, .. } => *aggregate && self.over.is_none(),
            Function::Count
            | Function::Sum(_)
            | Function::Average(_)
            | Function::ArrayAggregate => self.over.is_none(),
            Function::Spelled(function) => function.is_aggregate() && self.over.is_none(),
            Function::Coalesce
            | Function::Concat
            | Function::DatePart { .. }
            | Function::Grouping
            | Function::Operator { .. }
            | Function::FullText(_)
            | Function::Collate(_) => false,
        }
    }
}

impl<'a> Writer<'a> {
    pub(super) fn call(&mut self, call: &'a Call) -> Result<()> {
        if self.is_filter {
            check::is_known_of_a_row(call)?;
        }
        let arguments = &call.arguments;
        let name = match &call.function {
            Function::Concat => return self.concatenation(arguments),
            Function::Operator { symbol, .. } => return self.operator(symbol, arguments),
            Function::FullText(search) => return self.full_text(*search, arguments),
            Function::Collate(name) => return self.collated(name, arguments),
            Function::Spelled(function) => {
                let pieces = self.dialect.spelling(*function);
                let pieces = pieces.ok_or_else(|| self.unsupported(function.feature()))?;
                return self.spelled(pieces, call);
            }
            Function::DatePart { part, of_instant } => {
                let (before, after) = self.dialect.date_part(*part, *of_instant);
                return self.spelled(&[before, after], call);
            }
            Function::ArrayAggregate if !self.dialect.has_arrays() => {
                return Err(self.unsupported("arrays"));
            }
            Function::ArrayAggregate => "array_agg",
            Function::Grouping => self.grouping_name()?,
            Function::Named { name, .. } => name,
            Function::Coalesce => "coalesce",
            Function::Count => "count",
            Function::Sum(SqlType::Decimal { .. }) => self.dialect.decimal_sum(),
            Function::Sum(_) => "sum",
            Function::Average(SqlType::Decimal { .. }) => self.dialect.decimal_average(),
            Function::Average(_) => "avg",
        };
        self.named(name, call)
    }

    /// Writes the call of a function by its name.
    fn named(&mut self, name: &str, call: &'a Call) -> Result<()> {
        let is_of_several = call.distinct && call.arguments.len() > 1;
        if is_of_several && !self.dialect.has_distinct_of_several() {
            let feature = "`distinct` of an aggregate with several arguments, such as `string_agg`";
            return Err(self.unsupported(feature));
        }
        // What the Rust type of a sum or an average is: databases disagree.
        let cast = match &call.function {
            Function::Sum(sql_type) => self.dialect.sum_cast(*sql_type),
            Function::Average(sql_type) => self.dialect.average_cast(*sql_type),
            _ => None,
        };
        if cast.is_some() {
            self.push("CAST(");
        }
        self.push(name);
        self.push(if call.distinct { "(DISTINCT " } else { "(" });
        self.arguments(call)?;
        if !call.order_by.is_empty() {
            self.push(" ORDER BY ");
            self.order_terms(&call.order_by)?;
        }
        self.push(")");
        self.call_rows(call)?;
        if let Some(sql_type) = cast {
            self.push(" AS ");
            self.dialect.write_cast_type(&mut self.text, sql_type);
            self.push(")");
        }
        Ok(())
    }

    fn concatenation(&mut self, arguments: &'a [Node]) -> Result<()> {
        for (position, argument) in arguments.iter().enumerate() {
            if position > 0 {
                self.push(" || ");
            }
            self.summand(argument)?;
        }
        Ok(())
    }

    /// Writes which rows an aggregate looks at.
    fn call_rows(&mut self, call: &'a Call) -> Result<()> {
        if let Some(filter) = &call.filter {
            self.push(" FILTER (WHERE ");
            self.node(filter)?;
            self.push(")");
        }
        if let Some(over) = &call.over {
            self.over(over)?;
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

    /// Writes an operator of which is not known how tightly it binds.
    fn operator(&mut self, symbol: &str, arguments: &'a [Node]) -> Result<()> {
        self.push("(");
        for (position, argument) in arguments.iter().enumerate() {
            if position > 0 {
                self.push(" ");
                self.push(symbol);
                self.push(" ");
            }
            self.at_least(Precedence::Operand, argument, None)?;
        }
        self.push(")");
        Ok(())
    }

    fn collated(&mut self, name: &str, arguments: &'a [Node]) -> Result<()> {
        for argument in arguments {
            self.at_least(Precedence::Operand, argument, None)?;
        }
        self.push(" COLLATE ");
        self.identifier(name);
        Ok(())
    }

    /// Writes the arguments between `pieces`, of which there is one more.
    fn spelled(&mut self, pieces: &[&str], call: &'a Call) -> Result<()> {
        let mut arguments = call.arguments.iter();
        for (position, piece) in pieces.iter().enumerate() {
            if position > 0 {
                arguments.next().map_or(Ok(()), |argument| self.node(argument))?;
            }
            self.push(piece);
        }
        self.call_rows(call)
    }
}
