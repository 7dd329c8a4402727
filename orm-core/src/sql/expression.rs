//! Expressions, with parentheses only where precedence asks for them.

use std::mem;

use super::check;
use super::writer::Writer;
use crate::ast::{
    Arithmetic, ArithmeticOperator, Between, Binary, BinaryOperator, ColumnRef, Function, Like,
    Node, Projection, Spelled,
};
use crate::dialect::DecimalArithmetic;
use crate::error::{Error, Result};
use crate::types::SqlType;
use crate::value::Value;

/// How deep expressions may be nested: SQLite allows 1,000, and each level takes some of the stack.
const MAX_DEPTH: usize = 200;

/// How tightly a node binds, loosest first, as in SQL:2016 §6.3 ff.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Precedence {
    Or,
    And,
    Not,
    Predicate,
    /// `->`, which PostgreSQL binds more loosely than `+`.
    Arrow,
    Sum,
    Product,
    Operand,
}

fn precedence(node: &Node) -> Precedence {
    match node {
        // Nobody knows what a text written by hand has outermost.
        Node::Or(_) | Node::Fragment(_) => Precedence::Or,
        Node::And(_) => Precedence::And,
        Node::Not(_) | Node::Exists { negated: true, .. } => Precedence::Not,
        Node::Binary(_)
        | Node::IsNull { .. }
        | Node::Between(_)
        | Node::InList { .. }
        | Node::InRows(_)
        | Node::InQuery { .. }
        | Node::Like(_) => Precedence::Predicate,
        Node::Json(_) => Precedence::Arrow,
        Node::Arithmetic(arithmetic) => match arithmetic.operator {
            ArithmeticOperator::Add | ArithmeticOperator::Subtract => Precedence::Sum,
            _ => Precedence::Product,
        },
        Node::Nullable(inner) => precedence(inner),
        // `||` is no number's operator: its place among those differs between backends.
        Node::Call(call) if call.is_operator() => Precedence::Predicate,
        _ => Precedence::Operand,
    }
}

pub(super) fn column_of(node: &Node) -> Option<&ColumnRef> {
    match node {
        Node::Column(column) => Some(column),
        Node::Nullable(inner) => column_of(inner),
        _ => None,
    }
}

impl<'a> Writer<'a> {
    /// Writes ` WHERE …`, if there is a condition.
    pub(super) fn filter(&mut self, filter: Option<&'a Node>) -> Result<()> {
        match filter {
            Some(condition) => {
                self.push(" WHERE ");
                self.condition(condition, Precedence::Or)
            }
            None => Ok(()),
        }
    }

    /// Writes the condition that rows pass, in parentheses if it binds more loosely than what is beside it.
    pub(super) fn condition(&mut self, node: &'a Node, beside: Precedence) -> Result<()> {
        let around = mem::replace(&mut self.is_filter, self.scopes.is_outermost());
        if precedence(node) >= beside {
            self.node(node)?;
        } else {
            self.push("(");
            self.node(node)?;
            self.push(")");
        }
        self.is_filter = around;
        Ok(())
    }

    /// Writes a whole expression.
    pub(super) fn node(&mut self, node: &'a Node) -> Result<()> {
        self.beside(node, None)
    }

    /// Writes expressions, separated by commas.
    pub(super) fn nodes(&mut self, nodes: &'a [Node]) -> Result<()> {
        for (position, node) in nodes.iter().enumerate() {
            if position > 0 {
                self.push(", ");
            }
            self.node(node)?;
        }
        Ok(())
    }

    /// Writes an expression whose values, if it is one, are for or compared with column `beside`.
    pub(super) fn beside(&mut self, node: &'a Node, beside: Option<&ColumnRef>) -> Result<()> {
        if !self.is_key(node) {
            return self.expression(node, beside);
        }
        self.keys_open += 1;
        let written = self.expression(node, beside);
        self.keys_open -= 1;
        written
    }

    /// Whether it has to be the same text wherever it stands.
    fn is_key(&self, node: &Node) -> bool {
        !matches!(node, Node::Column(_) | Node::DerivedColumn { .. } | Node::Value(_))
            && self.keys.iter().any(|key| check::is_same(key, node))
    }

    #[expect(clippy::too_many_lines, reason = "one arm a kind of expression")]
    fn expression(&mut self, node: &'a Node, beside: Option<&ColumnRef>) -> Result<()> {
        match node {
            Node::Column(column) => self.column(column)?,
            Node::DerivedColumn { source, name, .. } => {
                self.scopes.is_derived_optional(source)?;
                if self.scopes.is_qualified() || self.scopes.is_open() {
                    self.identifier(source);
                    self.push(".");
                }
                self.identifier(name);
            }
            Node::Value(value) if beside.is_none() => self.bind_alone(value.borrow()),
            Node::Value(value) => self.bind(value.borrow(), beside.copied()),
            Node::Invalid(error) => return Err(refused(error, beside)),
            Node::Nullable(inner) => self.beside(inner, beside)?,
            Node::And(all) => self.joined(all, " AND ", Precedence::Not)?,
            Node::Or(any) => self.joined(any, " OR ", Precedence::And)?,
            Node::Not(operand) => {
                self.push("NOT ");
                self.at_least(Precedence::Predicate, operand, None)?;
            }
            Node::Binary(binary) => self.comparison(binary)?,
            Node::Arithmetic(arithmetic) => self.arithmetic(arithmetic)?,
            Node::IsNull { operand, negated } => {
                self.at_least(Precedence::Arrow, operand, None)?;
                self.push(if *negated { " IS NOT NULL" } else { " IS NULL" });
            }
            Node::Between(between) => self.between(between)?,
            Node::InList { operand, values, negated } => {
                self.compared(operand, None)?;
                let position = self.next_bind(Value::List(values), column_of(operand).copied());
                self.dialect.write_in_list(&mut self.text, *negated, values, position);
            }
            Node::Tuple(nodes) => self.tuple(nodes)?,
            Node::InRows(rows) => self.in_rows(rows)?,
            Node::InQuery { operand, query, negated } => {
                self.compared(operand, None)?;
                self.push(if *negated { " NOT IN " } else { " IN " });
                self.subquery(query)?;
            }
            Node::Like(like) => self.like(like)?,
            Node::Case { branches, otherwise } => self.case(branches, otherwise.as_deref())?,
            Node::Cast { operand, sql_type: SqlType::Enum(_) | SqlType::Array(_) }
                if self.has_known_type(operand, beside) =>
            {
                self.beside(operand, beside)?;
            }
            Node::Cast { operand, sql_type } => {
                self.push("CAST(");
                match (&**operand, sql_type) {
                    (Node::Value(value), SqlType::Enum(_) | SqlType::Array(_)) => {
                        self.bind(value.borrow(), None);
                    }
                    (operand, _) => self.node(operand)?,
                }
                self.push(" AS ");
                self.dialect.write_cast_type(&mut self.text, *sql_type);
                self.push(")");
            }
            Node::Call(call) => self.call(call)?,
            Node::Fragment(fragment) => self.fragment(fragment)?,
            Node::Json(part) => self.json(part)?,
            Node::Star => self.push("*"),
            Node::Query(query) => self.subquery(query)?,
            Node::Exists { query, negated } => {
                if !query.hides_names {
                    self.scopes.hides_nothing(query, "an `exists`")?;
                }
                self.push(if *negated { "NOT EXISTS " } else { "EXISTS " });
                self.exists_subquery(query)?;
            }
        }
        Ok(())
    }

    /// Whether `node` is a value of an enum or an array whose type is known without saying it.
    fn has_known_type(&self, node: &Node, beside: Option<&ColumnRef>) -> bool {
        matches!(node, Node::Value(_)) && (beside.is_some() || !self.dialect.has_enum_types())
    }

    /// Writes an operand of a comparison.
    pub(super) fn operand(&mut self, node: &'a Node, beside: Option<&ColumnRef>) -> Result<()> {
        self.at_least(Precedence::Arrow, node, beside)?;
        self.collation(node);
        Ok(())
    }

    /// Writes an operand of `||`.
    pub(super) fn summand(&mut self, node: &'a Node) -> Result<()> {
        self.at_least(Precedence::Sum, node, None)?;
        self.collation(node);
        Ok(())
    }

    fn comparison(&mut self, Binary { operator, left, right }: &'a Binary) -> Result<()> {
        if matches!(operator, BinaryOperator::Contains | BinaryOperator::Overlaps)
            && !self.dialect.has_containment()
        {
            return Err(self.unsupported("`contains` and `overlaps` of JSON and arrays"));
        }
        if let (Node::Tuple(left), Node::Tuple(right)) = (left, right) {
            return self.tuples(left, symbol(*operator), right);
        }
        self.compared(left, column_of(right))?;
        self.push(symbol(*operator));
        self.operand(right, column_of(left))
    }

    fn between(&mut self, Between { operand, low, high, negated }: &'a Between) -> Result<()> {
        self.compared(operand, None)?;
        self.push(if *negated { " NOT BETWEEN " } else { " BETWEEN " });
        self.operand(low, column_of(operand))?;
        self.push(" AND ");
        self.operand(high, column_of(operand))
    }

    /// Writes what stands first in a comparison: if it is a value and no column beside it says how to
    /// compare decimals, it does.
    pub(super) fn compared(&mut self, node: &'a Node, beside: Option<&ColumnRef>) -> Result<()> {
        self.operand(node, beside)?;
        if beside.is_none()
            && is_decimal_value(node)
            && let Some(collation) = self.dialect.decimal_collation()
        {
            self.write_collation(collation);
        }
        Ok(())
    }

    /// Writes an expression that is compared with others, or whose result may be.
    pub(super) fn comparable(&mut self, node: &'a Node) -> Result<()> {
        let is_calculated = is_calculated_decimal(node) || has_collation_inside(node);
        if is_calculated && self.dialect.decimal_collation().is_some() {
            self.operand(node, None)
        } else {
            self.node(node)
        }
    }

    /// Writes the collation of a decimal that has none, since that of a column is lost in calculations,
    /// and of another value that would have a decimal's from inside of it.
    fn collation(&mut self, node: &Node) {
        // Most operands are these, which have their own or need none.
        if matches!(node, Node::Column(_) | Node::Value(_)) {
            return;
        }
        let Some(decimal) = self.dialect.decimal_collation() else { return };
        if is_calculated_decimal(node) {
            self.write_collation(decimal);
        } else if has_collation_inside(node) {
            self.write_collation(self.dialect.text_collation());
        }
    }

    fn write_collation(&mut self, collation: &str) {
        self.push(" COLLATE ");
        self.identifier(collation);
    }

    /// Writes `node`, in parentheses if it binds less tightly than `wanted`.
    pub(super) fn at_least(
        &mut self,
        wanted: Precedence,
        node: &'a Node,
        beside: Option<&ColumnRef>,
    ) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep());
        }
        if precedence(node) >= wanted {
            self.beside(node, beside)?;
        } else {
            self.push("(");
            self.beside(node, beside)?;
            self.push(")");
        }
        self.depth -= 1;
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

    fn arithmetic(&mut self, arithmetic: &'a Arithmetic) -> Result<()> {
        let Arithmetic { operator, is_decimal, left, right } = arithmetic;
        if *is_decimal {
            match self.dialect.decimal_arithmetic(*operator) {
                DecimalArithmetic::Operator => {}
                DecimalArithmetic::Function(function) => {
                    self.push(function);
                    self.push("(");
                    self.beside(left, column_of(right))?;
                    self.push(", ");
                    self.beside(right, column_of(left))?;
                    self.push(")");
                    return Ok(());
                }
                DecimalArithmetic::Unsupported => {
                    return Err(self.unsupported(
                        "this arithmetic with exact decimals: cast them to `f64` first",
                    ));
                }
            }
        }
        let (symbol, own, tighter) = match operator {
            ArithmeticOperator::Add => (" + ", Precedence::Sum, Precedence::Product),
            ArithmeticOperator::Subtract => (" - ", Precedence::Sum, Precedence::Product),
            ArithmeticOperator::Multiply => (" * ", Precedence::Product, Precedence::Operand),
            ArithmeticOperator::Divide => (" / ", Precedence::Product, Precedence::Operand),
            ArithmeticOperator::Remainder => (" % ", Precedence::Product, Precedence::Operand),
        };
        self.at_least(own, left, column_of(right))?;
        self.push(symbol);
        self.at_least(tighter, right, column_of(left))
    }

    fn case(&mut self, branches: &'a [(Node, Node)], otherwise: Option<&'a Node>) -> Result<()> {
        self.push("CASE");
        for (condition, value) in branches {
            self.push(" WHEN ");
            self.node(condition)?;
            self.push(" THEN ");
            self.node(value)?;
        }
        if let Some(value) = otherwise {
            self.push(" ELSE ");
            self.node(value)?;
        }
        self.push(" END");
        Ok(())
    }

    fn like(&mut self, like: &'a Like) -> Result<()> {
        let Like { operand, pattern, ignore_case, negated } = like;
        refuse_pattern(pattern, column_of(operand))?;
        let lower = *ignore_case && !self.dialect.has_ilike();
        self.lowered(operand, None, lower)?;
        self.push(if *negated { " NOT" } else { "" });
        self.push(if *ignore_case && !lower { " ILIKE " } else { " LIKE " });
        self.lowered(pattern, column_of(operand), lower)?;
        self.push(r" ESCAPE '\'");
        Ok(())
    }

    fn lowered(&mut self, node: &'a Node, beside: Option<&ColumnRef>, lower: bool) -> Result<()> {
        if !lower {
            return self.operand(node, beside);
        }
        self.push("lower(");
        self.beside(node, beside)?;
        self.push(")");
        Ok(())
    }
}

/// Refuses a pattern with U+0000: PostgreSQL has no such text, and for SQLite the pattern ends there, so
/// that it would match what it was not meant to. And one that ends with the escape character:
/// PostgreSQL refuses it when a text is matched as far as that, and SQLite matches nothing by it.
fn refuse_pattern(pattern: &Node, beside: Option<&ColumnRef>) -> Result<()> {
    let Node::Value(Value::Text(text)) = pattern else { return Ok(()) };
    let escapes = text.bytes().rev().take_while(|&byte| byte == b'\\').count();
    let (expected, found) = if text.contains('\0') {
        ("a pattern without the character U+0000", "one that contains it")
    } else if escapes % 2 == 1 {
        (r"a character after the `\` of a pattern", "its end")
    } else {
        return Ok(());
    };
    Err(refused(&Error::encode(expected, found), beside))
}

/// Whether the node is a decimal that is bound.
pub(super) fn is_decimal_value(node: &Node) -> bool {
    match node {
        Node::Value(value) => matches!(value, Value::Decimal(_)),
        Node::Nullable(inner) => is_decimal_value(inner),
        _ => false,
    }
}

/// Whether the node is a decimal number that is not just a column.
fn is_calculated_decimal(node: &Node) -> bool {
    match node {
        Node::Column(_) | Node::Value(_) => false,
        Node::Nullable(inner) => is_calculated_decimal(inner),
        other => is_decimal(other),
    }
}

/// Whether a collation that is written for a decimal inside of the expression would become that of the
/// whole, as SQLite takes it from any operand or argument (`sqlite3ExprCollSeq`).
fn has_collation_inside(node: &Node) -> bool {
    match node {
        Node::Nullable(inner) => has_collation_inside(inner),
        Node::Call(_) | Node::Case { .. } | Node::Cast { .. } => {
            check::children(node).into_iter().any(spreads_collation)
        }
        _ => false,
    }
}

fn spreads_collation(node: &Node) -> bool {
    is_calculated_decimal(node)
        || is_decimal_value(node)
        || check::children(node).into_iter().any(spreads_collation)
}

fn is_decimal(node: &Node) -> bool {
    match node {
        Node::Column(column) => {
            let column = &column.table.columns[column.position];
            matches!(column.sql_type, SqlType::Decimal { .. })
        }
        Node::Value(value) => matches!(value, Value::Decimal(_)),
        Node::Arithmetic(arithmetic) => arithmetic.is_decimal,
        Node::Cast { sql_type, .. } => matches!(sql_type, SqlType::Decimal { .. }),
        Node::Nullable(inner) => is_decimal(inner),
        Node::Case { branches, otherwise } => {
            let values = branches.iter().map(|(_, value)| value);
            values.chain(otherwise.as_deref()).any(is_decimal)
        }
        Node::Call(call) => match &call.function {
            Function::Sum(sql_type) | Function::Average(sql_type) => {
                matches!(sql_type, SqlType::Decimal { .. })
            }
            // `min`, `max`, `abs`, `lag`: of the type of what they are given.
            Function::Coalesce | Function::Named { .. } => call.arguments.iter().any(is_decimal),
            Function::Spelled(function) => *function == Spelled::RoundDecimal,
            _ => false,
        },
        Node::Query(query) => match &query.projection {
            Projection::Items(items) => items.first().is_some_and(|item| is_decimal(&item.node)),
            Projection::Table(_) => false,
        },
        _ => false,
    }
}

#[cold]
fn too_deep() -> Error {
    Error::invalid_query(format!(
        "an expression is nested more than {MAX_DEPTH} deep: use `in_` for many alternatives"
    ))
}

fn symbol(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Equal => " = ",
        BinaryOperator::NotEqual => " <> ",
        BinaryOperator::Less => " < ",
        BinaryOperator::LessOrEqual => " <= ",
        BinaryOperator::Greater => " > ",
        BinaryOperator::GreaterOrEqual => " >= ",
        BinaryOperator::IsNotDistinctFrom => " IS NOT DISTINCT FROM ",
        BinaryOperator::Contains => " @> ",
        BinaryOperator::Overlaps => " && ",
    }
}

/// The error of a value that could not be made, now that the column is known.
#[cold]
pub(super) fn refused(error: &Error, beside: Option<&ColumnRef>) -> Error {
    let error = match error {
        Error::Encode(error) => Error::Encode(error.clone()),
        other => Error::invalid_query(other.to_string()),
    };
    match beside {
        Some(column) => error.in_column(|| column.table.name_of(column.position)),
        None => error,
    }
}
