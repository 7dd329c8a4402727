//! Conditions on every occurrence of a table in a query.

use std::collections::HashMap;
use std::sync::Arc;

use super::walk::Part;
use super::{Cte, CteBody, JoinKind, Node, Renamed, SelectStatement, Source, TableRef};
use crate::error::Error;
use crate::schema::Table;

/// What a query demands of the tables in it, wherever it reads from them.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Criteria {
    /// What holds for the rows of some tables.
    pub conditions: Vec<Criterion>,
    /// Which rows are among them that are marked as deleted.
    pub deleted: DeletedRows,
}

/// Which rows a statement reads that are marked as deleted, of tables that have a column for it.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum DeletedRows {
    /// None.
    #[default]
    LeftOut,
    /// Those of these tables.
    Of(Vec<&'static Table>),
    /// All.
    Included,
}

impl DeletedRows {
    /// Whether those of `table` are read.
    pub fn includes(&self, table: &'static Table) -> bool {
        match self {
            Self::LeftOut => false,
            Self::Of(tables) => tables.iter().any(|known| std::ptr::eq(*known, table)),
            Self::Included => true,
        }
    }

    /// Reads those of `table`, too.
    pub(crate) fn include(&mut self, table: &'static Table) {
        match self {
            Self::LeftOut => *self = Self::Of(vec![table]),
            Self::Of(tables) => tables.push(table),
            Self::Included => {}
        }
    }
}

/// A condition on the rows of a table, wherever a query reads from it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Criterion {
    /// The table.
    pub table: &'static Table,
    /// The condition, about the table under its own name.
    pub condition: Node,
}

impl Criterion {
    /// Returns the condition on the rows of `table`.
    pub fn new(table: &'static Table, condition: Node) -> Self {
        Self { table, condition }
    }

    /// Returns the condition about the table as a query names it.
    pub(crate) fn on(&self, named: TableRef) -> Option<Node> {
        if !std::ptr::eq(self.table, named.table) {
            return None;
        }
        let mut condition = self.condition.clone();
        if let TableRef { table, alias: Some(alias) } = named {
            Renamed { table, alias }.node(&mut condition);
        }
        Some(condition)
    }
}

impl SelectStatement {
    /// Adds the query's criteria to its own conditions, and to those of all queries in it.
    pub(crate) fn meet_criteria(&mut self) {
        if self.criteria.conditions.is_empty() {
            return;
        }
        let criteria = self.criteria.conditions.clone();
        Meeting { criteria: &criteria, known: HashMap::new() }.query(self);
    }
}

impl Criteria {
    /// Whether all rows of `table` are read, also if it has some that are deleted.
    pub(crate) fn leave_out_none_of(&self, table: TableRef) -> bool {
        let reads_deleted = table.table.soft_delete.is_none() || self.deleted.includes(table.table);
        reads_deleted && self.conditions.iter().all(|criterion| criterion.on(table).is_none())
    }
}

/// Adds the criteria to the queries inside of an expression.
pub(crate) fn meet_in(criteria: &[Criterion], node: &mut Node) {
    if !criteria.is_empty() {
        Meeting { criteria, known: HashMap::new() }.part(Part::Node(node));
    }
}

/// Criteria on their way through a query.
struct Meeting<'c> {
    criteria: &'c [Criterion],
    /// The common table expressions that were met: one that is used twice stays one.
    known: HashMap<*const Cte, Arc<Cte>>,
}

impl Meeting<'_> {
    fn part(&mut self, part: Part<'_>) {
        match part {
            Part::Node(node) => node.walk(&mut |part| self.part(part)),
            Part::Query(query) => self.query(query),
        }
    }

    fn query(&mut self, query: &mut SelectStatement) {
        // First what is there: the criteria themselves are taken as they are.
        query.walk(&mut |part| self.part(part));
        self.source(&mut query.from);
        for join in &mut query.joins {
            self.source(&mut join.source);
        }
        let mut kinds = query.joins.iter().map(|join| join.kind);
        let keeps_all = kinds.any(|kind| matches!(kind, JoinKind::Right | JoinKind::Full));
        let mut is_met = false;
        for criterion in self.criteria {
            if let Source::Table(table) = query.from
                && let Some(condition) = criterion.on(table)
            {
                condition.add_to(&mut query.filter);
                is_met = true;
            }
            for join in &mut query.joins {
                if let Source::Table(table) = join.source
                    && let Some(condition) = criterion.on(table)
                {
                    let on = std::mem::replace(&mut join.on, Node::Star);
                    join.on = on.and(condition);
                    is_met = true;
                }
            }
        }
        if is_met {
            query.found_by.clear();
        }
        if is_met && keeps_all {
            query.filter = Some(Node::Invalid(Arc::new(beside_all())));
        }
    }

    fn source(&mut self, source: &mut Source) {
        match source {
            Source::Table(_) => {}
            Source::Derived { query, .. } => self.query(Arc::make_mut(query)),
            Source::Cte(cte) => {
                if let Some(definition) = &mut cte.definition {
                    *definition = self.cte(definition);
                }
            }
        }
    }

    fn cte(&mut self, definition: &Arc<Cte>) -> Arc<Cte> {
        let place = Arc::as_ptr(definition);
        if let Some(known) = self.known.get(&place) {
            return Arc::clone(known);
        }
        let mut met = Cte::clone(definition);
        if let CteBody::Query(query) | CteBody::Recursive(query) = &mut met.body {
            self.query(query);
        }
        let met = Arc::new(met);
        self.known.insert(place, Arc::clone(&met));
        met
    }
}

#[cold]
fn beside_all() -> Error {
    Error::invalid_query(
        "criteria cannot be met in a query with a RIGHT or FULL JOIN, which keeps rows that do not pass: \
         join `.subquery(\"name\")` of a query with the criteria instead",
    )
}
