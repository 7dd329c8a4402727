//! Conditions and new values of a statement, evaluated for a row in memory: what SQL means by them, with
//! its three truth values, and only where every database gives the same.

use std::cmp::Ordering;

use super::like::is_like;
use crate::ast::{Arithmetic, ArithmeticOperator, Between, Binary, BinaryOperator, Node};
use crate::value::{DecimalValue, Value};

/// It cannot be told in memory.
#[derive(Debug)]
pub(super) struct Unknown;

/// A truth value, or NULL, which is neither.
type Truth = Option<bool>;

/// The values of a row; `None` for a column that is not loaded.
pub(super) trait RowValues {
    /// Returns the value of a column.
    fn value(&self, position: usize) -> Option<Value<'_>>;
}

/// Returns whether a condition holds for a row, as a filter sees it, where NULL passes nothing.
pub(super) fn holds(condition: Option<&Node>, row: &dyn RowValues) -> Result<bool, Unknown> {
    match condition {
        None => Ok(true),
        Some(node) => Ok(matches!(evaluate(node, row)?, Value::Bool(true))),
    }
}

/// Returns the value of an expression for a row.
pub(super) fn evaluate<'v>(node: &'v Node, row: &'v dyn RowValues) -> Result<Value<'v>, Unknown> {
    Ok(match node {
        Node::Value(value) => value.borrow(),
        Node::Column(column) => row.value(column.position).ok_or(Unknown)?,
        Node::Nullable(node) => return evaluate(node, row),
        Node::And(all) => truth(every(all, row, false)?),
        Node::Or(any) => truth(every(any, row, true)?),
        Node::Not(node) => truth(truth_of(&evaluate(node, row)?)?.map(|truth| !truth)),
        Node::IsNull { operand, negated } => {
            Value::Bool(evaluate(operand, row)?.is_null() != *negated)
        }
        Node::Binary(binary) => compare(binary, row)?,
        Node::Between(between) => self::between(between, row)?,
        Node::InList { operand, values, negated } => {
            let found = is_in(&evaluate(operand, row)?, values)?;
            truth(found.map(|found| found != *negated))
        }
        Node::Like(like) => match (evaluate(&like.operand, row)?, evaluate(&like.pattern, row)?) {
            (Value::Text(text), Value::Text(pattern)) => {
                Value::Bool(is_like(&text, &pattern).ok_or(Unknown)? != like.negated)
            }
            (Value::Null, _) | (_, Value::Null) => Value::Null,
            _ => return Err(Unknown),
        },
        Node::Arithmetic(arithmetic) => calculate(arithmetic, row)?,
        _ => return Err(Unknown),
    })
}

/// Returns the disjunction of conditions if `settles`, and their conjunction otherwise: the truth value by
/// which one of them settles it.
fn every(nodes: &[Node], row: &dyn RowValues, settles: bool) -> Result<Truth, Unknown> {
    let mut result = Some(!settles);
    for node in nodes {
        match truth_of(&evaluate(node, row)?)? {
            Some(truth) if truth == settles => result = Some(settles),
            None if result != Some(settles) => result = None,
            _ => {}
        }
    }
    Ok(result)
}

fn truth_of(value: &Value<'_>) -> Result<Truth, Unknown> {
    match value {
        Value::Bool(truth) => Ok(Some(*truth)),
        Value::Null => Ok(None),
        _ => Err(Unknown),
    }
}

fn truth(truth: Truth) -> Value<'static> {
    truth.map_or(Value::Null, Value::Bool)
}

fn between(between: &Between, row: &dyn RowValues) -> Result<Value<'static>, Unknown> {
    let operand = evaluate(&between.operand, row)?;
    let above = ordered(&operand, &evaluate(&between.low, row)?)?.map(Ordering::is_ge);
    let below = ordered(&operand, &evaluate(&between.high, row)?)?.map(Ordering::is_le);
    let within = match (above, below) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    };
    Ok(truth(within.map(|within| within != between.negated)))
}

fn compare(binary: &Binary, row: &dyn RowValues) -> Result<Value<'static>, Unknown> {
    let (left, right) = (evaluate(&binary.left, row)?, evaluate(&binary.right, row)?);
    if binary.operator == BinaryOperator::IsNotDistinctFrom {
        let is_same = match ordered(&left, &right)? {
            Some(ordering) => ordering.is_eq(),
            None => left.is_null() && right.is_null(),
        };
        return Ok(Value::Bool(is_same));
    }
    let Some(ordering) = ordered(&left, &right)? else { return Ok(Value::Null) };
    Ok(Value::Bool(match binary.operator {
        BinaryOperator::Equal => ordering.is_eq(),
        BinaryOperator::NotEqual => ordering.is_ne(),
        BinaryOperator::Less => ordering.is_lt(),
        BinaryOperator::LessOrEqual => ordering.is_le(),
        BinaryOperator::Greater => ordering.is_gt(),
        BinaryOperator::GreaterOrEqual => ordering.is_ge(),
        _ => return Err(Unknown),
    }))
}

fn is_in(operand: &Value<'_>, values: &[Value<'static>]) -> Result<Truth, Unknown> {
    let mut found = Some(false);
    for value in values {
        match ordered(operand, value)? {
            Some(Ordering::Equal) => found = Some(true),
            None if found == Some(false) => found = None,
            _ => {}
        }
    }
    Ok(found)
}

/// Returns how two values compare; `None` if one is NULL.
fn ordered(left: &Value<'_>, right: &Value<'_>) -> Result<Option<Ordering>, Unknown> {
    if left.is_null() || right.is_null() {
        return Ok(None);
    }
    if let (Some(left), Some(right)) = (integer(left), integer(right)) {
        return Ok(Some(left.cmp(&right)));
    }
    let ordering = match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        // NaN is greater than all, but equal to itself, in databases; not worth to repeat here.
        (Value::F64(left), Value::F64(right)) => left.partial_cmp(right).ok_or(Unknown)?,
        (Value::F32(left), Value::F32(right)) => left.partial_cmp(right).ok_or(Unknown)?,
        (Value::Text(left), Value::Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        (Value::Uuid(left), Value::Uuid(right)) => left.cmp(right),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Time(left), Value::Time(right))
        | (Value::DateTime(left), Value::DateTime(right))
        | (Value::Timestamp(left), Value::Timestamp(right)) => left.cmp(right),
        (Value::Decimal(left), Value::Decimal(right)) => {
            let scale = left.scale().max(right.scale());
            scaled(*left, scale)?.cmp(&scaled(*right, scale)?)
        }
        _ => return Err(Unknown),
    };
    Ok(Some(ordering))
}

/// Returns a decimal as a number with this many digits behind the point, without the point.
fn scaled(value: DecimalValue, scale: u32) -> Result<i128, Unknown> {
    let factor = 10_i128.checked_pow(scale - value.scale());
    factor.and_then(|factor| value.mantissa().checked_mul(factor)).ok_or(Unknown)
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
fn calculate(arithmetic: &Arithmetic, row: &dyn RowValues) -> Result<Value<'static>, Unknown> {
    let (left, right) = (evaluate(&arithmetic.left, row)?, evaluate(&arithmetic.right, row)?);
    if left.is_null() || right.is_null() {
        return Ok(Value::Null);
    }
    let (Some(one), Some(other)) = (integer(&left), integer(&right)) else { return Err(Unknown) };
    let result = match arithmetic.operator {
        ArithmeticOperator::Add => one.checked_add(other),
        ArithmeticOperator::Subtract => one.checked_sub(other),
        ArithmeticOperator::Multiply => one.checked_mul(other),
        ArithmeticOperator::Divide | ArithmeticOperator::Remainder => None,
    };
    let result = result.ok_or(Unknown)?;
    // Numbers of two widths make one of the greater.
    Ok(match (&left, &right) {
        (Value::I64(_), _) | (_, Value::I64(_)) => Value::I64(result),
        (Value::I32(_), _) | (_, Value::I32(_)) => {
            Value::I32(i32::try_from(result).map_err(|_| Unknown)?)
        }
        _ => Value::I16(i16::try_from(result).map_err(|_| Unknown)?),
    })
}
