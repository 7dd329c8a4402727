//! The statements: SELECT, INSERT, UPDATE and DELETE.

use std::sync::Arc;

use super::{ColumnRef, Conflict, Criteria, CteRef, Deferral, DeletedRows, Node};
use crate::schema::Table;
use crate::types::{Field, SqlType};

/// A SELECT.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SelectStatement {
    /// Whether equal rows are returned once.
    pub distinct: bool,
    /// What is returned.
    pub projection: Projection,
    /// Which columns of a whole table are left out, if not as they are declared.
    pub deferral: Deferral,
    /// Where from.
    pub from: Source,
    /// What is joined to it.
    pub joins: Vec<Join>,
    /// Which rows.
    pub filter: Option<Node>,
    /// By what rows are put together.
    pub group_by: Vec<Node>,
    /// By what besides, in several ways.
    pub grouping_sets: Vec<GroupingSets>,
    /// Which groups.
    pub having: Option<Node>,
    /// What is combined with the rows, in this order.
    pub combined: Vec<(SetOperator, SelectStatement)>,
    /// In which order.
    pub order_by: Vec<OrderTerm>,
    /// At most how many rows.
    pub limit: Option<u64>,
    /// How many rows are passed over first.
    pub offset: Option<u64>,
    /// How the rows are locked.
    pub lock: Option<Lock>,
    /// What holds for the rows of some tables, here and in what is loaded beside the rows.
    pub criteria: Criteria,
    /// What finds the one row of a query inside of another, which has it unless one of these is NULL;
    /// nothing if it may have none.
    pub found_by: Vec<Node>,
    /// Whether it may have names of the query around it: it was made by a relation, and says no more of
    /// the rows around it than which of its own belong to them.
    pub hides_names: bool,
}

impl SelectStatement {
    /// Returns the statement that selects all columns and rows of `table`.
    pub fn all_of(table: impl Into<TableRef>) -> Self {
        let table = table.into();
        Self { projection: Projection::Table(table), ..Self::of(Source::Table(table)) }
    }

    /// Returns the statement that selects nothing yet of the rows of a source.
    pub fn of(from: Source) -> Self {
        Self {
            distinct: false,
            projection: Projection::Items(Vec::new()),
            deferral: Deferral::default(),
            from,
            joins: Vec::new(),
            filter: None,
            group_by: Vec::new(),
            grouping_sets: Vec::new(),
            having: None,
            combined: Vec::new(),
            order_by: Vec::new(),
            limit: None,
            offset: None,
            lock: None,
            criteria: Criteria::default(),
            found_by: Vec::new(),
            hides_names: false,
        }
    }

    /// Reads whole rows with and without the columns that `deferral` says.
    pub(crate) fn defer(&mut self, mut deferral: Deferral) {
        if let Some(refused) = deferral.take_refused() {
            self.filter = Some(Node::Invalid(refused));
        }
        self.deferral.extend(deferral);
    }

    /// Whether the query reads from the table under its own name.
    pub(crate) fn has(&self, table: &'static Table) -> bool {
        self.sources().any(|source| match source {
            Source::Table(known) => std::ptr::eq(known.table, table) && known.alias.is_none(),
            Source::Derived { .. } | Source::Cte(_) => false,
        })
    }

    /// Returns what the query reads from.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        std::iter::once(&self.from).chain(self.joins.iter().map(|join| &join.source))
    }

    /// Returns the table that the rows come from first, if it is one.
    pub fn table(&self) -> Option<&'static Table> {
        match &self.from {
            Source::Table(table) => Some(table.table),
            Source::Derived { .. } | Source::Cte(_) => None,
        }
    }
}

/// A table as a query names it.
#[derive(Debug, Clone, Copy)]
pub struct TableRef {
    /// The table.
    pub table: &'static Table,
    /// What the query calls it, if not by its name.
    pub alias: Option<&'static str>,
}

impl From<&'static Table> for TableRef {
    fn from(table: &'static Table) -> Self {
        Self { table, alias: None }
    }
}

impl TableRef {
    /// Returns what the table is called in the query.
    pub fn name(self) -> &'static str {
        self.alias.unwrap_or(&self.table.name)
    }

    /// Returns its column at `position`.
    pub fn column(self, position: usize) -> ColumnRef {
        ColumnRef { table: self.table, alias: self.alias, position }
    }

    /// Returns all of its columns.
    pub fn columns(self) -> impl Iterator<Item = ColumnRef> + Clone {
        (0..self.table.columns.len()).map(move |position| self.column(position))
    }
}

/// Where rows come from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Source {
    /// A table.
    Table(TableRef),
    /// The rows of another query.
    Derived {
        /// The query.
        query: Arc<SelectStatement>,
        /// What its rows are called.
        alias: &'static str,
        /// Whether the query can name the columns of the sources before it.
        is_lateral: bool,
    },
    /// The rows of a common table expression.
    Cte(CteRef),
}

impl Source {
    /// Returns what the rows are called in the query.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Table(table) => table.name(),
            Self::Derived { alias, .. } => alias,
            Self::Cte(cte) => cte.alias.unwrap_or(cte.name),
        }
    }

    /// Returns the same rows, called `name`.
    #[must_use]
    pub fn renamed(mut self, name: &'static str) -> Self {
        match &mut self {
            Self::Table(TableRef { alias, .. }) | Self::Cte(CteRef { alias, .. }) => {
                *alias = Some(name);
            }
            Self::Derived { alias, .. } => *alias = name,
        }
        self
    }
}

/// A source that is joined to those before it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Join {
    /// Which rows are kept that find no partner.
    pub kind: JoinKind,
    /// What is joined.
    pub source: Source,
    /// Which rows belong together.
    pub on: Node,
}

impl Join {
    /// Returns the join of `source` on a condition.
    pub fn new(kind: JoinKind, source: Source, on: Node) -> Self {
        Self { kind, source, on }
    }
}

/// Which rows a join keeps that find no partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// None.
    Inner,
    /// Those of the sources before it.
    Left,
    /// Those of the joined source.
    Right,
    /// All.
    Full,
}

/// Several ways of putting rows together, whose groups are all returned; NULL stands for what a
/// group is not put together by.
#[derive(Debug, Clone)]
pub struct GroupingSets {
    /// Which ways these are.
    pub kind: GroupingKind,
    /// What is taken together.
    pub sets: Vec<Vec<Node>>,
}

/// How several ways of grouping come from a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupingKind {
    /// By all of the list, by all but the last, and so on to one group of all rows.
    Rollup,
    /// By every choice from the list.
    Cube,
    /// By each of the list.
    Sets,
}

/// How the rows of two queries are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    /// The rows of both, equal ones once.
    Union,
    /// The rows of both.
    UnionAll,
    /// The rows that both have, equal ones once.
    Intersect,
    /// The rows that both have, equal ones as often as both have them.
    IntersectAll,
    /// The rows of the first that the second does not have, equal ones once.
    Except,
    /// The rows of the first without those of the second, which takes away one of equal ones for each of
    /// its own.
    ExceptAll,
}

/// How the rows of a query are locked until the transaction ends.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lock {
    /// Against what.
    pub strength: LockStrength,
    /// The names of the tables whose rows are locked; all of them if there is none.
    pub of: Vec<&'static str>,
    /// What happens if somebody else has locked a row.
    pub wait: LockWait,
}

impl Lock {
    /// Returns a lock of the rows of all tables, for which it waits.
    pub const fn new(strength: LockStrength) -> Self {
        Self { strength, of: Vec::new(), wait: LockWait::Wait }
    }
}

/// What a lock keeps others from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockStrength {
    /// `FOR UPDATE`: from locking and changing the rows.
    Update,
    /// `FOR SHARE`: from changing the rows.
    Share,
}

/// What happens if somebody else has locked a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockWait {
    /// The statement waits.
    Wait,
    /// The statement fails.
    NoWait,
    /// The row is left out.
    SkipLocked,
}

/// What a SELECT returns.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Projection {
    /// All columns of a table, in the order of declaration.
    Table(TableRef),
    /// These expressions.
    Items(Vec<Item>),
}

/// One expression that a SELECT returns.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Item {
    /// The expression.
    pub node: Node,
    /// What the column of the result is called.
    pub label: Option<Arc<str>>,
    /// Whether the Rust type it is read as can be NULL.
    pub nullable: bool,
    /// The SQL type that its Rust type is declared with, if it is known.
    pub sql_type: Option<SqlType>,
    /// The field of a struct that it is read into, for messages.
    pub field: Option<FieldName>,
    /// Whether NULL is returned in its place: the query leaves the column out.
    ///
    /// Means something in what a program receives only; inside of a query, the column is there.
    pub is_deferred: bool,
}

/// A field of a struct that rows are read into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldName {
    /// The name of the struct.
    pub owner: &'static str,
    /// The name that the field is matched by.
    pub name: &'static str,
}

impl Item {
    /// Returns an expression without a label.
    pub fn new(node: Node, nullable: bool) -> Self {
        Self { node, label: None, nullable, sql_type: None, field: None, is_deferred: false }
    }

    /// Returns an expression without a label that is read as a `T`.
    pub fn of<T: Field>(node: Node) -> Self {
        Self { sql_type: Some(T::SQL_TYPE), ..Self::new(node, T::NULLABLE) }
    }

    /// Returns a column of a table.
    pub fn column(column: ColumnRef) -> Self {
        let declared = &column.table.columns[column.position];
        let sql_type = Some(declared.sql_type);
        Self { sql_type, ..Self::new(Node::Column(column), declared.nullable) }
    }

    /// Returns a column of a table as whole rows have it: left out if it is deferred.
    pub fn of_whole_row(column: ColumnRef) -> Self {
        let is_deferred = Deferral::default().leaves_out(column.table, column.position);
        Self { is_deferred, ..Self::column(column) }
    }
}

/// One term of ORDER BY.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OrderTerm {
    /// What to order by.
    pub node: Node,
    /// Which way.
    pub direction: Direction,
    /// Where NULL goes; if nothing is said, the backend decides (first on SQLite, last on
    /// PostgreSQL).
    pub nulls: Option<Nulls>,
}

impl OrderTerm {
    /// The least first.
    pub(crate) fn ascending(node: Node) -> Self {
        Self { node, direction: Direction::Ascending, nulls: None }
    }
}

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Least first.
    Ascending,
    /// Greatest first.
    Descending,
}

/// Where NULL goes in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// Before all values.
    First,
    /// After all values.
    Last,
}

/// An INSERT of some columns of a table.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InsertStatement<'r> {
    /// The table.
    pub table: &'static Table,
    /// The positions of the columns that are given.
    pub columns: &'r [usize],
    /// Whether the rows are returned, with all their columns.
    pub returning: bool,
    /// Which of its columns are returned then; `None` is all of them.
    pub returned: Option<&'r [usize]>,
}

impl<'r> InsertStatement<'r> {
    /// Returns the statement that inserts these columns of `table`.
    pub fn new(table: &'static Table, columns: &'r [usize], returning: bool) -> Self {
        Self { table, columns, returning, returned: None }
    }
}

/// An INSERT of the rows of a query.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InsertQuery {
    /// The table.
    pub table: &'static Table,
    /// The positions of the columns that the query's are for.
    pub columns: Vec<usize>,
    /// The query.
    pub query: SelectStatement,
    /// What becomes of rows that clash.
    pub conflict: Option<Conflict>,
    /// What is returned of each row.
    pub returning: Option<Projection>,
}

impl InsertQuery {
    /// Returns the statement that inserts the rows of `query` into these columns of `table`.
    pub fn new(table: &'static Table, columns: Vec<usize>, query: SelectStatement) -> Self {
        Self { table, columns, query, conflict: None, returning: None }
    }
}

/// An UPDATE.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UpdateStatement {
    /// The table.
    pub table: &'static Table,
    /// The positions of the columns that change, and to what.
    pub assignments: Vec<(usize, Node)>,
    /// What else it looks at; a row is found if it passes the filter with any of their rows.
    pub from: Vec<Source>,
    /// Which rows; `None` is all of them.
    pub filter: Option<Node>,
    /// Which rows are found that are marked as deleted.
    pub deleted: DeletedRows,
    /// What is returned of each row.
    pub returning: Option<Projection>,
}

impl UpdateStatement {
    /// Returns the statement that changes nothing yet.
    pub fn new(table: &'static Table) -> Self {
        Self {
            table,
            assignments: Vec::new(),
            from: Vec::new(),
            filter: None,
            deleted: DeletedRows::LeftOut,
            returning: None,
        }
    }
}

/// A DELETE, for good: also of rows that are marked as deleted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeleteStatement {
    /// The table.
    pub table: &'static Table,
    /// What else it looks at; a row is found if it passes the filter with any of their rows.
    pub from: Vec<Source>,
    /// Which rows; `None` is all of them.
    pub filter: Option<Node>,
    /// What is returned of each row.
    pub returning: Option<Projection>,
}

impl DeleteStatement {
    /// Returns the statement that deletes all rows.
    pub fn new(table: &'static Table) -> Self {
        Self { table, from: Vec::new(), filter: None, returning: None }
    }
}
