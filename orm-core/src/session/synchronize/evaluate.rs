//! Conditions and new values of a statement, evaluated for a row in memory: what SQL means by them, with
//! its three truth values, and only where every database gives the same.

use std::cmp::Ordering;

use super::kind::{Kind, kind_of_column, kind_of_value};
use super::like::is_like;
use crate::ast::{Arithmetic, ArithmeticOperator, Binary, BinaryOperator, ColumnRef, Node};
use crate::error::Result;
use crate::schema::Table;
use crate::value::Value;

/// The values of a row; `None` for a column that is not loaded.
pub(super) trait RowValues {
    /// Returns the value of a column.
    fn value(&self, position: usize) -> Option<Value<'_>>;
}

/// Returns whether a condition holds for a row, as a filter sees it, where NULL passes nothing; `None` if
/// that cannot be told.
pub(super) fn holds(condition: Option<&Node>, row: &dyn RowValues) -> Option<bool> {
    match condition {
        None => Some(true),
        Some(node) => Some(matches!(evaluate(node, row)?, Value::Bool(true))),
    }
}

/// Returns the value of an expression for a row; `None` if that cannot be told.
pub(super) fn evaluate<'v>(node: &'v Node, row: &'v dyn RowValues) -> Option<Value<'v>> {
    Some(match node {
        Node::Value(value) => value.borrow(),
        Node::Column(column) => row.value(column.position)?,
        Node::Nullable(node) => return evaluate(node, row),
        Node::And(all) => truth(every(all, row, false)?),
        Node::Or(any) => truth(every(any, row, true)?),
        Node::Not(node) => truth(truth_of(&evaluate(node, row)?)?.map(|truth| !truth)),
        Node::IsNull { operand, negated } => {
            Value::Bool(evaluate(operand, row)?.is_null() != *negated)
        }
        Node::Binary(binary) => compare(binary, row)?,
        Node::Between(between) => {
            let operand = evaluate(&between.operand, row)?;
            let (low, high) = (evaluate(&between.low, row)?, evaluate(&between.high, row)?);
            let above = ordered(&operand, &low)?.map(Ordering::is_ge);
            let below = ordered(&operand, &high)?.map(Ordering::is_le);
            let within = match (above, below) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
            truth(within.map(|within| within != between.negated))
        }
        Node::InList { operand, values, negated } => {
            let found = is_in(&evaluate(operand, row)?, values)?;
            truth(found.map(|found| found != *negated))
        }
        Node::Like(like) => match (evaluate(&like.operand, row)?, evaluate(&like.pattern, row)?) {
            (Value::Text(text), Value::Text(pattern)) => {
                Value::Bool(is_like(&text, &pattern)? != like.negated)
            }
            (Value::Null, _) | (_, Value::Null) => Value::Null,
            _ => return None,
        },
        Node::Arithmetic(arithmetic) => calculate(arithmetic, row)?,
        _ => return None,
    })
}

/// Returns the disjunction of conditions if `settles`, and their conjunction otherwise: the truth value by
/// which one of them settles it.
fn every(nodes: &[Node], row: &dyn RowValues, settles: bool) -> Option<Option<bool>> {
    let mut result = Some(!settles);
    for node in nodes {
        match truth_of(&evaluate(node, row)?)? {
            Some(truth) if truth == settles => result = Some(settles),
            None if result != Some(settles) => result = None,
            _ => {}
        }
    }
    Some(result)
}

/// Returns a truth value, where NULL is neither; `None` if it is none.
fn truth_of(value: &Value<'_>) -> Option<Option<bool>> {
    match value {
        Value::Bool(truth) => Some(Some(*truth)),
        Value::Null => Some(None),
        _ => None,
    }
}

fn truth(truth: Option<bool>) -> Value<'static> {
    truth.map_or(Value::Null, Value::Bool)
}

fn compare(binary: &Binary, row: &dyn RowValues) -> Option<Value<'static>> {
    let (left, right) = (evaluate(&binary.left, row)?, evaluate(&binary.right, row)?);
    if binary.operator == BinaryOperator::IsNotDistinctFrom {
        let is_same = match ordered(&left, &right)? {
            Some(ordering) => ordering.is_eq(),
            None => left.is_null() && right.is_null(),
        };
        return Some(Value::Bool(is_same));
    }
    let Some(ordering) = ordered(&left, &right)? else { return Some(Value::Null) };
    Some(Value::Bool(match binary.operator {
        BinaryOperator::Equal => ordering.is_eq(),
        BinaryOperator::NotEqual => ordering.is_ne(),
        BinaryOperator::Less => ordering.is_lt(),
        BinaryOperator::LessOrEqual => ordering.is_le(),
        BinaryOperator::Greater => ordering.is_gt(),
        BinaryOperator::GreaterOrEqual => ordering.is_ge(),
        _ => return None,
    }))
}

fn is_in(operand: &Value<'_>, values: &[Value<'static>]) -> Option<Option<bool>> {
    let mut found = Some(false);
    for value in values {
        match ordered(operand, value)? {
            Some(Ordering::Equal) => found = Some(true),
            None if found == Some(false) => found = None,
            _ => {}
        }
    }
    Some(found)
}

/// Returns how two values compare, `Some(None)` if one is NULL; `None` if that cannot be told.
fn ordered(left: &Value<'_>, right: &Value<'_>) -> Option<Option<Ordering>> {
    if left.is_null() || right.is_null() {
        return Some(None);
    }
    if let (Some(left), Some(right)) = (integer(left), integer(right)) {
        return Some(Some(left.cmp(&right)));
    }
    let ordering = match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        // NaN is greater than all, but equal to itself, in databases; not worth to repeat here.
        (Value::F64(left), Value::F64(right)) => left.partial_cmp(right)?,
        (Value::F32(left), Value::F32(right)) => left.partial_cmp(right)?,
        (Value::Text(left), Value::Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        (Value::Uuid(left), Value::Uuid(right)) => left.cmp(right),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Time(left), Value::Time(right))
        | (Value::DateTime(left), Value::DateTime(right))
        | (Value::Timestamp(left), Value::Timestamp(right)) => left.cmp(right),
        (Value::Decimal(left), Value::Decimal(right)) => {
            let scale = left.scale().max(right.scale());
            let scaled = |value: &crate::value::DecimalValue| {
                let factor = 10_i128.checked_pow(scale - value.scale())?;
                value.mantissa().checked_mul(factor)
            };
            scaled(left)?.cmp(&scaled(right)?)
        }
        _ => return None,
    };
    Some(Some(ordering))
}

fn integer(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::I16(value) => Some((*value).into()),
        Value::I32(value) => Some((*value).into()),
        Value::I64(value) => Some(*value),
        _ => None,
    }
}

/// What overflows is refused by some databases and not by others.
fn calculate(arithmetic: &Arithmetic, row: &dyn RowValues) -> Option<Value<'static>> {
    let (left, right) = (evaluate(&arithmetic.left, row)?, evaluate(&arithmetic.right, row)?);
    if left.is_null() || right.is_null() {
        return Some(Value::Null);
    }
    if let (Value::F64(left), Value::F64(right)) = (&left, &right) {
        let result = match arithmetic.operator {
            ArithmeticOperator::Add => left + right,
            ArithmeticOperator::Subtract => left - right,
            ArithmeticOperator::Multiply => left * right,
            ArithmeticOperator::Divide | ArithmeticOperator::Remainder => return None,
        };
        return (result.is_normal()
            || result == 0.0 && arithmetic.operator != ArithmeticOperator::Multiply)
            .then_some(Value::F64(result));
    }
    let (one, other) = (integer(&left)?, integer(&right)?);
    let result = match arithmetic.operator {
        ArithmeticOperator::Add => one.checked_add(other)?,
        ArithmeticOperator::Subtract => one.checked_sub(other)?,
        ArithmeticOperator::Multiply => one.checked_mul(other)?,
        ArithmeticOperator::Divide | ArithmeticOperator::Remainder => return None,
    };
    // Numbers of two widths make one of the greater.
    Some(match (&left, &right) {
        (Value::I64(_), _) | (_, Value::I64(_)) => Value::I64(result),
        (Value::I32(_), _) | (_, Value::I32(_)) => Value::I32(i32::try_from(result).ok()?),
        _ => Value::I16(i16::try_from(result).ok()?),
    })
}

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
            let is_order = match binary.operator {
                BinaryOperator::Equal
                | BinaryOperator::NotEqual
                | BinaryOperator::IsNotDistinctFrom => false,
                BinaryOperator::Less
                | BinaryOperator::LessOrEqual
                | BinaryOperator::Greater
                | BinaryOperator::GreaterOrEqual => true,
                BinaryOperator::Contains | BinaryOperator::Overlaps => {
                    return Err("documents and arrays");
                }
            };
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
            let (left, right) = (check(&arithmetic.left, table)?, check(&arithmetic.right, table)?);
            left.with(right, false)?;
            let is_simple = !arithmetic.is_decimal
                && matches!(left, Kind::Integer | Kind::Double | Kind::Null)
                && !matches!(
                    arithmetic.operator,
                    ArithmeticOperator::Divide | ArithmeticOperator::Remainder
                );
            if !is_simple {
                return Err("arithmetic other than sums and products of integers and `f64`");
            }
            if left == Kind::Null { right } else { left }
        }
        Node::Query(_) | Node::Exists { .. } | Node::InQuery { .. } => return Err("subqueries"),
        Node::Fragment(_) => return Err("SQL written by hand"),
        Node::Call(_) => return Err("functions"),
        _ => return Err("expressions such as casts, tuples and CASE"),
    })
}

fn condition(node: &Node, table: &'static Table) -> Result<(), &'static str> {
    check(node, table)?.with(Kind::Bool, false)
}

fn is_own(column: ColumnRef, table: &'static Table) -> bool {
    std::ptr::eq(column.table, table) && column.alias.is_none()
}
