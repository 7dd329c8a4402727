//! One expression: a column, a value, or an operation on others.

use std::borrow::Cow;
use std::mem;
use std::sync::Arc;

use super::{
    Arithmetic, Between, Binary, BinaryOperator, Fragment, FullText, InRows, JsonPart, Like,
    OrderTerm, SelectStatement, Spelled,
};
use crate::error::Error;
use crate::schema::Table;
use crate::types::SqlType;
use crate::value::Value;

/// An expression.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Node {
    /// A column of a table.
    Column(ColumnRef),
    /// A column of a derived table or of a common table expression.
    DerivedColumn {
        /// The name of the derived table.
        source: &'static str,
        /// The name of the column in it.
        name: Arc<str>,
        /// Whether it may be NULL.
        nullable: bool,
    },
    /// A value to bind.
    Value(Value<'static>),
    /// `left operator right`.
    Binary(Box<Binary>),
    /// `left operator right`, of numbers.
    Arithmetic(Box<Arithmetic>),
    /// All of these hold.
    And(Vec<Node>),
    /// Any of these holds.
    Or(Vec<Node>),
    /// The operand does not hold.
    Not(Box<Node>),
    /// `operand IS [NOT] NULL`.
    IsNull {
        /// What is tested.
        operand: Box<Node>,
        /// Whether it is `IS NOT NULL`.
        negated: bool,
    },
    /// `operand [NOT] BETWEEN low AND high`.
    Between(Box<Between>),
    /// `operand [NOT] IN` a list, which is bound as one value.
    InList {
        /// What is looked for.
        operand: Box<Node>,
        /// The list.
        values: Vec<Value<'static>>,
        /// Whether it is `NOT IN`.
        negated: bool,
    },
    /// `(a, b)`, of at least two expressions that are compared as one.
    Tuple(Vec<Node>),
    /// A tuple `[NOT] IN` a list of rows, which is bound as one value, or as one a column.
    InRows(Box<InRows>),
    /// `operand [NOT] IN` the rows of a query.
    InQuery {
        /// What is looked for.
        operand: Box<Node>,
        /// The query, of one column.
        query: Box<SelectStatement>,
        /// Whether it is `NOT IN`.
        negated: bool,
    },
    /// `operand [NOT] LIKE pattern`, with `\` as the escape character.
    Like(Box<Like>),
    /// `CASE WHEN condition THEN value … ELSE otherwise END`.
    Case {
        /// The conditions and their values.
        branches: Vec<(Node, Node)>,
        /// The value if no condition holds; NULL if there is none.
        otherwise: Option<Box<Node>>,
    },
    /// `CAST(operand AS type)`.
    Cast {
        /// What is converted.
        operand: Box<Node>,
        /// To which type.
        sql_type: SqlType,
    },
    /// A call of a function.
    Call(Box<Call>),
    /// A part of a JSON document.
    Json(Box<JsonPart>),
    /// `*`, the argument of `count`.
    Star,
    /// A query of one column and at most one row.
    Query(Box<SelectStatement>),
    /// `[NOT] EXISTS (query)`.
    Exists {
        /// The query.
        query: Box<SelectStatement>,
        /// Whether it is `NOT EXISTS`.
        negated: bool,
    },
    /// SQL written by hand.
    Fragment(Box<Fragment>),
    /// An expression that is said to be able to be NULL.
    Nullable(Box<Node>),
    /// A value that could not be made into one to bind: why, said when the statement is written.
    Invalid(Arc<Error>),
}

impl Node {
    /// Returns the condition that both are equal.
    pub(crate) fn equal(left: Self, right: Self) -> Self {
        Binary::node(left, BinaryOperator::Equal, right)
    }

    /// Returns the condition that both of each pair are equal.
    pub(crate) fn all_equal(pairs: impl IntoIterator<Item = (Self, Self)>) -> Self {
        let pairs = pairs.into_iter().map(|(left, right)| Self::equal(left, right));
        pairs.reduce(Self::and).unwrap_or(Self::And(Vec::new()))
    }

    /// Adds this condition to those that `filter` has.
    pub(crate) fn add_to(self, filter: &mut Option<Self>) {
        match filter {
            Some(before) => before.add_condition(self),
            None => *filter = Some(self),
        }
    }

    /// Returns the conjunction of both, without nesting one conjunction in another.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.add_condition(other);
        self
    }

    /// Makes the condition the conjunction of itself and another.
    fn add_condition(&mut self, other: Self) {
        match (self, other) {
            (Self::And(all), Self::And(more)) => all.extend(more),
            (Self::And(all), one) => all.push(one),
            (first, Self::And(mut all)) => {
                all.insert(0, mem::replace(first, Self::Star));
                *first = Self::And(all);
            }
            (first, second) => {
                let before = mem::replace(first, Self::Star);
                *first = Self::And(with_room(before, second));
            }
        }
    }

    /// Returns the disjunction of both, without nesting one disjunction in another.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Or(mut any), Self::Or(more)) => {
                any.extend(more);
                Self::Or(any)
            }
            (Self::Or(mut any), one) => {
                any.push(one);
                Self::Or(any)
            }
            (first, second) => Self::Or(with_room(first, second)),
        }
    }
}

/// Conditions come one by one, and mostly more than two: room for six is allocated once.
fn with_room(first: Node, second: Node) -> Vec<Node> {
    let mut nodes = Vec::with_capacity(6);
    nodes.extend([first, second]);
    nodes
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnRef {
    /// The table.
    pub table: &'static Table,
    /// What the table is called in the query, if not by its name.
    pub alias: Option<&'static str>,
    /// The position of the column in it.
    pub position: usize,
}

/// A call of a function, an aggregate or a window function.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Call {
    /// What is called.
    pub function: Function,
    /// With which arguments.
    pub arguments: Vec<Node>,
    /// In which order an aggregate looks at the rows.
    pub order_by: Vec<OrderTerm>,
    /// Whether an aggregate looks at equal arguments once.
    pub distinct: bool,
    /// Which rows an aggregate looks at.
    pub filter: Option<Node>,
    /// Over which window it runs.
    pub over: Option<Over>,
}

impl Call {
    /// Returns a plain call.
    pub fn new(function: Function, arguments: Vec<Node>) -> Self {
        Self {
            function,
            arguments,
            order_by: Vec::new(),
            distinct: false,
            filter: None,
            over: None,
        }
    }
}

/// A function, by what it does where backends call it differently.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Function {
    /// A function by its name.
    Named {
        /// The name, as it is written.
        name: Cow<'static, str>,
        /// Whether it makes one value of many rows.
        aggregate: bool,
        /// Whether its value may be NULL though no argument is.
        nullable: bool,
    },
    /// `coalesce`: the first argument that is not NULL.
    Coalesce,
    /// `count`.
    Count,
    /// `sum`, of this type.
    Sum(SqlType),
    /// `avg`, of this type.
    Average(SqlType),
    /// An array of the values in many rows.
    ArrayAggregate,
    /// Concatenation of texts.
    Concat,
    /// A function that backends spell differently.
    Spelled(Spelled),
    /// An operator by its name, between two arguments.
    Operator {
        /// The operator, as it is written.
        symbol: &'static str,
        /// Whether its value may be NULL though neither argument is.
        nullable: bool,
    },
    /// A search by words.
    FullText(FullText),
    /// The collation of this name, for a text.
    Collate(&'static str),
    /// A part of a date or a time, as a number.
    DatePart {
        /// Which part.
        part: DatePart,
        /// Whether it is that of an instant, of which the part in UTC is meant.
        of_instant: bool,
    },
    /// `grouping`: which of its arguments the group is not put together by.
    Grouping,
}

/// A part of a date or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatePart {
    /// The year.
    Year,
    /// The month, from 1.
    Month,
    /// The day of the month, from 1.
    Day,
    /// The hour of the day, from 0.
    Hour,
    /// The minute of the hour, from 0.
    Minute,
    /// The second of the minute, from 0, without its fraction.
    Second,
    /// The day of the week, from 0 for Sunday.
    Weekday,
    /// The day of the year, from 1.
    DayOfYear,
    /// The week of ISO 8601, from 1.
    Week,
}

/// The window that a function runs over.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Over {
    /// One of its own.
    Inline(Window),
    /// One with a name, which several functions share.
    Named(&'static str, Arc<Window>),
}

impl Over {
    /// Returns the window itself.
    pub fn window(&self) -> &Window {
        match self {
            Self::Inline(window) => window,
            Self::Named(_, window) => window,
        }
    }
}

/// The rows that a window function looks at.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Window {
    /// Rows with equal values of these are looked at together.
    pub partition_by: Vec<Node>,
    /// Their order.
    pub order_by: Vec<OrderTerm>,
    /// Which of them, from the current one.
    pub frame: Option<Frame>,
}

/// The part of a partition that a window function looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// What is counted.
    pub unit: FrameUnit,
    /// Where it starts.
    pub start: Bound,
    /// Where it ends.
    pub end: Bound,
}

impl Frame {
    /// Returns the frame of `unit` from `start` to `end`.
    pub const fn new(unit: FrameUnit, start: Bound, end: Bound) -> Self {
        Self { unit, start, end }
    }
}

/// What the bounds of a frame count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameUnit {
    /// Rows.
    Rows,
    /// Differences of the value that is ordered by.
    Range,
    /// Groups of rows that are equal in the order.
    Groups,
}

/// Where a frame starts or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// At the first row of the partition.
    UnboundedPreceding,
    /// This many before the current row.
    Preceding(u32),
    /// At the current row.
    CurrentRow,
    /// This many after the current row.
    Following(u32),
    /// At the last row of the partition.
    UnboundedFollowing,
}
