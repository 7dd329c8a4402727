//! The query that loaders join to, and how it names the rows that they join something to.
//!
//! What is joined is the matter of `load`, when it is done that of `loading`.

use std::mem;
use std::sync::Arc;

use super::Joins;
use crate::ast::{
    ColumnRef, Criteria, Deferral, Item, Join, Node, OrderTerm, Projection, SelectStatement,
    Source, TableRef,
};
use crate::error::Result;
use crate::schema::Table;
use crate::sql::unused_alias;

/// A query that loaders join to.
#[derive(Debug)]
pub struct Joining {
    statement: SelectStatement,
    place: Inside,
}

/// What is joined to next.
#[derive(Debug)]
pub(crate) struct Inside {
    pub(crate) parent: Parent,
    /// Whether the parent itself may be missing from a row.
    pub(crate) optional: bool,
    /// Whether the row of a parent may come several times, whatever is joined to it.
    pub(crate) repeats: bool,
    /// How many of the loaders of the parent join any number of rows.
    pub(crate) many: usize,
}

impl Joining {
    /// Returns the query as `many` loaders of any number of rows, and others, can join to it: its
    /// own limits still count its own rows.
    pub(super) fn new(
        statement: &SelectStatement,
        parent: Parent,
        repeats: bool,
        many: usize,
    ) -> Self {
        let is_whole = statement.combined.is_empty()
            && statement.group_by.is_empty()
            && statement.grouping_sets.is_empty()
            && !(many > 0 && is_counted(statement));
        if !is_whole {
            return Self::around(statement, parent, repeats, many);
        }
        let mut statement = statement.clone();
        if let Projection::Table(table) = statement.projection {
            let columns = columns_of(Parent::Table(table), &statement.deferral);
            statement.projection = Projection::Items(columns);
        }
        if let (Some(lock), Parent::Table(table)) = (&mut statement.lock, parent)
            && lock.of.is_empty()
        {
            lock.of.push(table.name());
        }
        Self { statement, place: Inside { parent, optional: false, repeats, many } }
    }

    /// Returns the query as a source of one around it, which is joined to.
    fn around(statement: &SelectStatement, inside: Parent, repeats: bool, many: usize) -> Self {
        let mut inner = statement.clone();
        let criteria = mem::take(&mut inner.criteria);
        let alias = inside.name();
        let parent = Parent::Derived(alias, inside.table());
        let order_by = repeated_order(&mut inner, inside, parent);
        if statement.limit.is_none() && statement.offset.is_none() {
            inner.order_by.clear();
        }
        let columns = columns_of(parent, &deferral(statement, parent.table()));
        let query = Arc::new(inner);
        let mut statement =
            SelectStatement::of(Source::Derived { query, alias, is_lateral: false });
        statement.projection = Projection::Items(columns);
        statement.order_by = order_by;
        statement.criteria = criteria;
        Self { statement, place: Inside { parent, optional: false, repeats, many } }
    }

    /// Returns the parent, whose columns the join is about.
    pub(crate) fn parent(&self) -> Parent {
        self.place.parent
    }

    /// Returns what holds for the rows of some tables, wherever they are read.
    pub(crate) fn criteria(&self) -> &Criteria {
        &self.statement.criteria
    }

    pub(crate) fn is_optional(&self) -> bool {
        self.place.optional
    }

    /// Whether the row of a parent may come several times beside a loader that joins `joins`.
    pub(crate) fn repeats(&self, joins: Joins) -> bool {
        self.place.repeats || self.place.many > usize::from(joins == Joins::Many)
    }

    /// Goes on with joins to what was joined last, and returns what `work` does.
    pub(crate) fn inside<T>(
        &mut self,
        inside: Inside,
        work: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let around = mem::replace(&mut self.place, inside);
        let result = work(self);
        self.place = around;
        result
    }

    /// Returns a name for a joined table that the query does not have yet, nor a query inside of the
    /// `conditions` on its rows: such as `posts_1`.
    pub(crate) fn unused_alias(&self, wanted: &str, conditions: &[Node]) -> &'static str {
        unused_alias(wanted, Some(&self.statement), conditions)
    }

    pub(crate) fn add_join(&mut self, join: Join) {
        self.statement.joins.push(join);
    }

    /// Selects all columns of a table, which may be missing, and returns where they begin.
    /// But for those that `deferral` leaves out.
    pub(crate) fn select(&mut self, table: TableRef, optional: bool, deferral: &Deferral) -> usize {
        let Projection::Items(items) = &mut self.statement.projection else { return 0 };
        let at = items.len();
        items.extend(columns_of(Parent::Table(table), deferral));
        items[at..].iter_mut().for_each(|item| item.nullable |= optional);
        at
    }

    pub(crate) fn order_by(&mut self, terms: Vec<OrderTerm>) {
        self.statement.order_by.extend(terms);
    }

    /// Returns the query with what was joined to it.
    pub(super) fn into_statement(self) -> SelectStatement {
        self.statement
    }
}

/// How the columns of a parent are named in the query.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parent {
    /// As those of a table.
    Table(TableRef),
    /// As those of the query that it was made into, so that a limit counts its rows.
    Derived(&'static str, &'static Table),
}

impl Parent {
    /// Returns how `statement` names the rows of `table` that it returns.
    pub(super) fn of(statement: &SelectStatement, table: &'static Table) -> Option<Self> {
        match &statement.projection {
            Projection::Table(table) => Some(Self::Table(*table)),
            Projection::Items(items) => match items.first()?.node {
                Node::Column(ColumnRef { table, alias, .. }) => {
                    Some(Self::Table(TableRef { table, alias }))
                }
                Node::DerivedColumn { source, .. } => Some(Self::Derived(source, table)),
                _ => None,
            },
        }
    }

    pub(super) fn table(self) -> &'static Table {
        match self {
            Self::Table(TableRef { table, .. }) | Self::Derived(_, table) => table,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Table(table) => table.name(),
            Self::Derived(name, _) => name,
        }
    }

    /// Returns the position of the column that the node is, if it is one of these rows.
    fn position_of(self, node: &Node) -> Option<usize> {
        match (self, node) {
            (Self::Table(of), Node::Column(ColumnRef { table, alias, position })) => {
                (std::ptr::eq(of.table, *table) && of.alias == *alias).then_some(*position)
            }
            (Self::Derived(of, table), Node::DerivedColumn { source, name, .. }) => {
                let position = table.columns.iter().position(|column| *column.name == **name);
                position.filter(|_| of == *source)
            }
            _ => None,
        }
    }

    pub(crate) fn column(self, position: usize) -> Node {
        match self {
            Self::Table(table) => Node::Column(table.column(position)),
            Self::Derived(source, table) => {
                let column = &table.columns[position];
                let (name, nullable) = (column.name.as_str().into(), column.nullable);
                Node::DerivedColumn { source, name, nullable }
            }
        }
    }
}

/// Whether the statement returns other rows if more are joined to them.
pub(super) fn is_counted(statement: &SelectStatement) -> bool {
    statement.limit.is_some() || statement.offset.is_some() || statement.distinct
}

fn columns_of(parent: Parent, deferral: &Deferral) -> Vec<Item> {
    let columns = parent.table().columns.iter().enumerate().map(|(position, column)| {
        let is_deferred = deferral.leaves_out(parent.table(), position);
        Item { is_deferred, ..Item::new(parent.column(position), column.nullable) }
    });
    columns.collect()
}

/// Returns which columns of `table` whole rows of the query are without.
fn deferral(statement: &SelectStatement, table: &Table) -> Deferral {
    let mut deferral = Deferral::default();
    match &statement.projection {
        _ if !statement.combined.is_empty() => deferral.read(0..table.columns.len()),
        Projection::Table(_) => return statement.deferral.clone(),
        Projection::Items(items) => {
            for (position, item) in items.iter().enumerate() {
                deferral.choose(position, !item.is_deferred);
            }
        }
    }
    deferral
}

/// Returns the order of the query for the one around it, which sees its columns only: what else it is
/// ordered by, it has to select.
fn repeated_order(inner: &mut SelectStatement, inside: Parent, outside: Parent) -> Vec<OrderTerm> {
    let mut items = columns_of(inside, &Deferral::default());
    let width = items.len();
    let terms = inner.order_by.iter().map(|term| {
        let node = inside.position_of(&term.node).map(|position| outside.column(position));
        let node = node.unwrap_or_else(|| {
            let mut item = Item::new(term.node.clone(), true);
            let name: Arc<str> = format!("order_{}", items.len() - width + 1).into();
            item.label = Some(Arc::clone(&name));
            items.push(item);
            Node::DerivedColumn { source: outside.name(), name, nullable: true }
        });
        OrderTerm { node, direction: term.direction, nulls: term.nulls }
    });
    let terms = terms.collect();
    if items.len() > width {
        inner.projection = Projection::Items(items);
    }
    terms
}
