//! Expressions, with parentheses only where precedence asks for them.

use super::writer::Writer;
use crate::ast::{BinaryOperator, ColumnRef, Node};
use crate::error::{Error, Result};
use crate::value::Value;

/// How tightly a node binds, loosest first, as in SQL:2016 §6.3 ff.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precedence {
    Or,
    And,
    Not,
    Predicate,
    Operand,
}

fn precedence(node: &Node) -> Precedence {
    match node {
        Node::Or(_) => Precedence::Or,
        Node::And(_) => Precedence::And,
        Node::Not(_) => Precedence::Not,
        Node::Binary { .. }
        | Node::IsNull { .. }
        | Node::Between { .. }
        | Node::InList { .. }
        | Node::Like { .. } => Precedence::Predicate,
        Node::Column(_) | Node::Value(_) | Node::Invalid(_) => Precedence::Operand,
    }
}

fn column_of(node: &Node) -> Option<ColumnRef> {
    match node {
        Node::Column(column) => Some(*column),
        _ => None,
    }
}

impl<'a> Writer<'a> {
    /// Writes ` WHERE …`, if there is a condition.
    pub(super) fn filter(&mut self, filter: Option<&'a Node>) -> Result<()> {
        match filter {
            Some(condition) => {
                self.push(" WHERE ");
                self.node(condition)
            }
            None => Ok(()),
        }
    }

    /// Writes a whole expression.
    pub(super) fn node(&mut self, node: &'a Node) -> Result<()> {
        self.beside(node, None)
    }

    /// Writes an expression whose values, if it is one, are compared with column `beside`.
    fn beside(&mut self, node: &'a Node, beside: Option<ColumnRef>) -> Result<()> {
        match node {
            Node::Column(column) => self.column(*column)?,
            Node::Value(value) => self.bind(value.borrow(), beside),
            Node::Invalid(error) => return Err(refused(error, beside)),
            Node::And(all) => self.joined(all, " AND ", Precedence::Not)?,
            Node::Or(any) => self.joined(any, " OR ", Precedence::And)?,
            Node::Not(operand) => {
                self.push("NOT ");
                self.at_least(Precedence::Predicate, operand, None)?;
            }
            Node::Binary { operator, left, right } => {
                self.operand(left, column_of(right))?;
                self.push(symbol(*operator));
                self.operand(right, column_of(left))?;
            }
            Node::IsNull { operand, negated } => {
                self.operand(operand, None)?;
                self.push(if *negated { " IS NOT NULL" } else { " IS NULL" });
            }
            Node::Between { operand, low, high, negated } => {
                self.operand(operand, None)?;
                self.push(if *negated { " NOT BETWEEN " } else { " BETWEEN " });
                self.operand(low, column_of(operand))?;
                self.push(" AND ");
                self.operand(high, column_of(operand))?;
            }
            Node::InList { operand, values, negated } => {
                self.operand(operand, None)?;
                let position = self.next_bind(Value::List(values), column_of(operand));
                self.dialect.write_in_list(&mut self.text, *negated, values, position);
            }
            Node::Like { operand, pattern, ignore_case, negated } => {
                self.like(operand, pattern, *ignore_case, *negated)?;
            }
        }
        Ok(())
    }

    fn operand(&mut self, node: &'a Node, beside: Option<ColumnRef>) -> Result<()> {
        self.at_least(Precedence::Operand, node, beside)
    }

    /// Writes `node`, in parentheses if it binds less tightly than `wanted`.
    fn at_least(
        &mut self,
        wanted: Precedence,
        node: &'a Node,
        beside: Option<ColumnRef>,
    ) -> Result<()> {
        if precedence(node) >= wanted {
            return self.beside(node, beside);
        }
        self.push("(");
        self.beside(node, beside)?;
        self.push(")");
        Ok(())
    }

    fn joined(&mut self, nodes: &'a [Node], between: &str, wanted: Precedence) -> Result<()> {
        for (position, node) in nodes.iter().enumerate() {
            if position > 0 {
                self.push(between);
            }
            self.at_least(wanted, node, None)?;
        }
        Ok(())
    }

    fn like(
        &mut self,
        operand: &'a Node,
        pattern: &'a Node,
        ignore_case: bool,
        negated: bool,
    ) -> Result<()> {
        let lower = ignore_case && !self.dialect.has_ilike();
        self.lowered(operand, None, lower)?;
        self.push(if negated { " NOT" } else { "" });
        self.push(if ignore_case && !lower { " ILIKE " } else { " LIKE " });
        self.lowered(pattern, column_of(operand), lower)?;
        self.push(r" ESCAPE '\'");
        Ok(())
    }

    fn lowered(&mut self, node: &'a Node, beside: Option<ColumnRef>, lower: bool) -> Result<()> {
        if !lower {
            return self.operand(node, beside);
        }
        self.push("lower(");
        self.beside(node, beside)?;
        self.push(")");
        Ok(())
    }
}

fn symbol(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Equal => " = ",
        BinaryOperator::NotEqual => " <> ",
        BinaryOperator::Less => " < ",
        BinaryOperator::LessOrEqual => " <= ",
        BinaryOperator::Greater => " > ",
        BinaryOperator::GreaterOrEqual => " >= ",
    }
}

/// The error of a value that could not be made, now that the column is known.
#[cold]
fn refused(error: &Error, beside: Option<ColumnRef>) -> Error {
    let error = match error {
        Error::Encode(error) => Error::Encode(error.clone()),
        other => Error::invalid_query(other.to_string()),
    };
    match beside {
        Some(column) => error.in_column(|| column.table.name_of(column.position)),
        None => error,
    }
}
