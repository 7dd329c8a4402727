//! The order in which every row has a place of its own, and the rows beyond such a place.

use std::ptr;

use crate::ast::{
    Binary, BinaryOperator, ColumnRef, Direction, Join, JoinKind, Node, Nulls, OrderTerm,
    SelectStatement, Source, TableRef,
};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::types::SqlType;
use crate::value::Value;

/// A column that rows are ordered by.
#[derive(Debug)]
pub(super) struct Term {
    pub(super) column: ColumnRef,
    /// What its values are.
    pub(super) sql_type: SqlType,
    pub(super) direction: Direction,
    /// Where NULL goes, if the query says it.
    nulls: Option<Nulls>,
    /// Where NULL goes, whoever says it; `None` if there is none.
    pub(super) place_of_null: Option<Nulls>,
}

impl Term {
    /// Whether it is a column of `table`.
    pub(super) fn is_of(&self, table: TableRef) -> bool {
        ptr::eq(self.column.table, table.table) && self.column.alias == table.alias
    }

    /// Whether `node` is its column.
    pub(super) fn is(&self, node: &Node) -> bool {
        matches!(node, Node::Column(column) if is_same(*column, self.column))
    }

    /// Returns the term of the order from the end to the start.
    pub(super) fn reversed(&self) -> Self {
        Self {
            column: self.column,
            sql_type: self.sql_type,
            direction: match self.direction {
                Direction::Ascending => Direction::Descending,
                Direction::Descending => Direction::Ascending,
            },
            nulls: self.nulls.map(opposite),
            place_of_null: self.place_of_null.map(opposite),
        }
    }

    pub(super) fn to_order(&self) -> OrderTerm {
        let (direction, nulls) = (self.direction, self.nulls);
        OrderTerm { node: Node::Column(self.column), direction, nulls }
    }

    fn compared(&self, operator: BinaryOperator, value: &Value<'static>) -> Node {
        Binary::node(Node::Column(self.column), operator, Node::Value(value.clone()))
    }

    fn is_null(&self, negated: bool) -> Node {
        Node::IsNull { operand: Box::new(Node::Column(self.column)), negated }
    }

    /// Adds NULL to the rows of a condition, if it comes after all values.
    fn or_null(&self, condition: Node) -> Node {
        match self.place_of_null {
            Some(Nulls::Last) => condition.or(self.is_null(false)),
            _ => condition,
        }
    }
}

const fn opposite(nulls: Nulls) -> Nulls {
    match nulls {
        Nulls::First => Nulls::Last,
        Nulls::Last => Nulls::First,
    }
}

fn is_same(left: ColumnRef, right: ColumnRef) -> bool {
    ptr::eq(left.table, right.table) && left.alias == right.alias && left.position == right.position
}

/// Returns the condition of the rows after the one that has `values`; `None` if there is none.
///
/// Beyond `(a, b)` is `x >= a AND (x > a OR y > b)`: the first part lets an index find the start.
pub(super) fn beyond(terms: &[Term], values: &[Value<'static>]) -> Option<Node> {
    let ((term, terms), (value, values)) = terms.split_first().zip(values.split_first())?;
    let rest = beyond(terms, values);
    if value.is_null() {
        return match (term.place_of_null, rest) {
            (Some(Nulls::First), Some(rest)) => Some(any_of(term.is_null(true), rest)),
            (Some(Nulls::First), None) => Some(term.is_null(true)),
            (_, rest) => rest.map(|rest| term.is_null(false).and(rest)),
        };
    }
    let (greater, or_equal) = match term.direction {
        Direction::Ascending => (BinaryOperator::Greater, BinaryOperator::GreaterOrEqual),
        Direction::Descending => (BinaryOperator::Less, BinaryOperator::LessOrEqual),
    };
    let strictly = term.or_null(term.compared(greater, value));
    Some(match rest {
        Some(rest) => term.or_null(term.compared(or_equal, value)).and(any_of(strictly, rest)),
        None => strictly,
    })
}

/// As [`Node::or`], in one list with the alternatives of `second`.
fn any_of(first: Node, second: Node) -> Node {
    match first {
        Node::Or(_) => first.or(second),
        first => Node::Or(vec![first]).or(second),
    }
}

/// Returns the order of the query, made total by the primary keys of its tables.
///
/// # Errors
///
/// [`Error::InvalidQuery`] if its rows have no key, or it is ordered by anything but columns.
pub(super) fn total(statement: &SelectStatement, dialect: &dyn Dialect) -> Result<Vec<Term>> {
    check(statement)?;
    let optional = optional_sources(statement);
    let term = |column: ColumnRef, direction, nulls: Option<Nulls>| {
        let def = &column.table.columns[column.position];
        let source = TableRef { table: column.table, alias: column.alias }.name();
        let is_nullable = def.nullable || optional.contains(&source);
        let place = nulls.unwrap_or_else(|| usual_place_of_null(direction, dialect));
        let place_of_null = is_nullable.then_some(place);
        Term { column, sql_type: def.sql_type, direction, nulls, place_of_null }
    };
    let mut terms = Vec::new();
    for OrderTerm { node, direction, nulls } in &statement.order_by {
        let column = column_of(node).ok_or_else(ordered_by_expression)?;
        terms.push(term(column, *direction, *nulls));
    }
    // In the direction of the last term, for which an index over both can be read from either end.
    let direction = terms.last().map_or(Direction::Ascending, |last| last.direction);
    for column in keys(statement)? {
        if !terms.iter().any(|term| is_same(term.column, column)) {
            terms.push(term(column, direction, None));
        }
    }
    Ok(terms)
}

fn usual_place_of_null(direction: Direction, dialect: &dyn Dialect) -> Nulls {
    let is_first = dialect.null_is_least() == (direction == Direction::Ascending);
    if is_first { Nulls::First } else { Nulls::Last }
}

fn column_of(node: &Node) -> Option<ColumnRef> {
    match node {
        Node::Column(column) => Some(*column),
        Node::Nullable(inner) => column_of(inner),
        _ => None,
    }
}

/// Returns the columns that tell the rows apart: the primary keys of all tables, without those of
/// tables that are joined by them.
fn keys(statement: &SelectStatement) -> Result<Vec<ColumnRef>> {
    let joined = statement.joins.iter().filter(|join| !is_to_one(join)).map(|join| &join.source);
    let mut keys = Vec::new();
    for source in std::iter::once(&statement.from).chain(joined) {
        let Source::Table(table) = *source else {
            return Err(without_key("the rows of a subquery have"));
        };
        let primary_key = table.table.primary_key.iter();
        keys.extend(primary_key.map(|&position| table.column(position)));
    }
    Ok(keys)
}

/// Whether each row has one partner at most: the other side names its whole primary key.
fn is_to_one(join: &Join) -> bool {
    let Source::Table(joined) = join.source else { return false };
    let conditions = match &join.on {
        Node::And(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let names_key = |position: usize| {
        conditions.iter().any(|condition| equals_another(condition, joined.column(position)))
    };
    matches!(join.kind, JoinKind::Inner | JoinKind::Left)
        && joined.table.primary_key.iter().all(|&position| names_key(position))
}

/// Whether `condition` says that `key` is equal to a column of another table.
fn equals_another(condition: &Node, key: ColumnRef) -> bool {
    let Node::Binary(binary) = condition else { return false };
    let Binary { operator: BinaryOperator::Equal, left, right } = &**binary else { return false };
    let (Some(left), Some(right)) = (column_of(left), column_of(right)) else { return false };
    let is_other =
        |column: ColumnRef| !ptr::eq(column.table, key.table) || column.alias != key.alias;
    (is_same(left, key) && is_other(right)) || (is_same(right, key) && is_other(left))
}

/// Returns the names of the tables whose columns an outer join may fill with NULL.
fn optional_sources(statement: &SelectStatement) -> Vec<&'static str> {
    let mut before = vec![statement.from.name()];
    let mut optional = Vec::new();
    for join in &statement.joins {
        if matches!(join.kind, JoinKind::Right | JoinKind::Full) {
            optional.extend(&before);
        }
        if matches!(join.kind, JoinKind::Left | JoinKind::Full) {
            optional.push(join.source.name());
        }
        before.push(join.source.name());
    }
    optional
}

fn check(statement: &SelectStatement) -> Result<()> {
    if statement.limit.is_some() || statement.offset.is_some() {
        return Err(Error::invalid_query(
            "a query with a limit or an offset of its own has no pages by key: the request says how \
             many rows a page has",
        ));
    }
    if !statement.combined.is_empty() {
        return Err(without_key("the rows of a union have"));
    }
    let is_grouped = !statement.group_by.is_empty() || !statement.grouping_sets.is_empty();
    if statement.distinct || is_grouped || statement.having.is_some() {
        return Err(without_key("rows that are made of several have"));
    }
    Ok(())
}

#[cold]
fn without_key(what: &str) -> Error {
    Error::invalid_query(format!(
        "{what} no key to tell where a page begins: use `.paginate(…)`, which counts"
    ))
}

#[cold]
fn ordered_by_expression() -> Error {
    Error::invalid_query(
        "pages by key are ordered by columns, not by what is calculated: order by a column that holds \
         the value, or use `.paginate(…)`, which counts",
    )
}
