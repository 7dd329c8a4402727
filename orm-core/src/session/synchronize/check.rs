//! Which expressions mean the same in memory as in every database.

use super::kind::{Kind, kind_of_column, kind_of_value};
use crate::ast::{Arithmetic, ArithmeticOperator, BinaryOperator, ColumnRef, Node};
use crate::error::Result;
use crate::schema::Table;

/// Returns of which kind the values of an expression are.
///
/// # Errors
///
/// What it is that only the database knows.
pub(super) fn check(node: &Node, table: &'static Table) -> Result<Kind, &'static str> {
    Ok(match node {
        Node::Value(value) => kind_of_value(value),
        Node::Column(column) if is_own(*column, table) => {
            kind_of_column(table.columns[column.position].sql_type)
        }
        Node::Column(_) | Node::DerivedColumn { .. } => return Err("columns of other tables"),
        Node::Nullable(node) => check(node, table)?,
        Node::And(nodes) | Node::Or(nodes) => {
            nodes.iter().try_for_each(|node| condition(node, table))?;
            Kind::Bool
        }
        Node::Not(node) => {
            condition(node, table)?;
            Kind::Bool
        }
        Node::IsNull { operand, .. } => check(operand, table).map(|_| Kind::Bool)?,
        Node::Binary(binary) => {
            let is_order = is_order(binary.operator)?;
            check(&binary.left, table)?.with(check(&binary.right, table)?, is_order)?;
            Kind::Bool
        }
        Node::Between(between) => {
            let operand = check(&between.operand, table)?;
            operand.with(check(&between.low, table)?, true)?;
            operand.with(check(&between.high, table)?, true)?;
            Kind::Bool
        }
        Node::InList { operand, values, .. } => {
            let operand = check(operand, table)?;
            values.iter().try_for_each(|value| operand.with(kind_of_value(value), false))?;
            Kind::Bool
        }
        Node::Like(like) if like.ignore_case => return Err("upper and lower case"),
        Node::Like(like) => {
            check(&like.operand, table)?.with(Kind::Text, false)?;
            check(&like.pattern, table)?.with(Kind::Text, false)?;
            Kind::Bool
        }
        Node::Arithmetic(arithmetic) => {
            sum(arithmetic, table)?;
            Kind::Integer
        }
        Node::Query(_) | Node::Exists { .. } | Node::InQuery { .. } => return Err("subqueries"),
        Node::Fragment(_) => return Err("SQL written by hand"),
        Node::Call(_) => return Err("functions"),
        _ => return Err("expressions such as casts, tuples and CASE"),
    })
}

/// Whether an operator asks for the order of its operands, and not only whether they are equal.
fn is_order(operator: BinaryOperator) -> Result<bool, &'static str> {
    match operator {
        BinaryOperator::Equal | BinaryOperator::NotEqual | BinaryOperator::IsNotDistinctFrom => {
            Ok(false)
        }
        BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual => Ok(true),
        BinaryOperator::Contains | BinaryOperator::Overlaps => Err("documents and arrays"),
    }
}

fn sum(arithmetic: &Arithmetic, table: &'static Table) -> Result<(), &'static str> {
    let is_whole =
        !matches!(arithmetic.operator, ArithmeticOperator::Divide | ArithmeticOperator::Remainder);
    for operand in [&arithmetic.left, &arithmetic.right] {
        let kind = check(operand, table)?;
        if !(is_whole && matches!(kind, Kind::Integer | Kind::Null)) {
            return Err("arithmetic other than sums and products of integers");
        }
    }
    Ok(())
}

fn condition(node: &Node, table: &'static Table) -> Result<(), &'static str> {
    check(node, table)?.with(Kind::Bool, false)
}

fn is_own(column: ColumnRef, table: &'static Table) -> bool {
    std::ptr::eq(column.table, table) && column.alias.is_none()
}
