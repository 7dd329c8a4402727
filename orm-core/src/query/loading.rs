//! What is loaded beside the rows of a query: by statements of its own, or by joins of the query's.
//!
//! The strategies themselves are in `load`; here is what a query has to know of them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::mem;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::fetch::written;
use super::{Output, Select, in_projection};
use crate::ast::{
    ColumnRef, Criterion, Direction, Item, Join, Node, OrderTerm, Projection, SelectStatement,
    Source, TableRef,
};
use crate::error::{Error, Result};
use crate::executor::{Executor, Plain};
use crate::relation::{Key, KeyColumns};
use crate::schema::Table;
use crate::sql::unused_alias;
use crate::value::Row;

/// Something that loads what belongs to rows of model `M` which a query returns.
pub trait Loader<M>: fmt::Debug + Send + Sync {
    /// Returns the name of the relation that it loads.
    fn relation(&self) -> &'static str;

    /// What it adds to the query itself.
    fn joins(&self) -> Joins {
        Joins::Nothing
    }

    /// Whether it reads the rows of a join that the query has already.
    fn reads_own_join(&self) -> bool {
        false
    }

    /// Joins what it loads to the query, and returns what reads it from the rows; only called if
    /// [`joins`](Self::joins) says so.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if the relation leads nowhere.
    fn join(&self, query: &mut Joining) -> Result<Box<dyn JoinedRows<M>>> {
        let _ = query;
        Err(Error::invalid_query(format!("{self:?} joins nothing")))
    }

    /// Returns the table of `M`.
    fn parent(&self) -> &'static Table;

    /// Returns what reads what it needs from the rows, of columns that the query selects already; only
    /// called if [`joins`](Self::joins) says so.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if the loader wants other columns.
    fn selected(&self) -> Result<Box<dyn JoinedRows<M>>> {
        Err(Error::invalid_query(format!("{self:?} reads nothing that the query selects")))
    }

    /// Loads it for all rows at once, by statements of its own. `origin` is the statement that
    /// returned the rows.
    ///
    /// # Errors
    ///
    /// What the database reports, and what is wrong with the relation.
    fn load(
        &self,
        executor: &mut dyn Executor<Hydrate = Plain>,
        rows: &mut [M],
        origin: &SelectStatement,
    ) -> Result<()>;
}

/// What a loader adds to the query whose rows it loads something for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joins {
    /// Nothing: it sends statements of its own.
    Nothing,
    /// Nothing: it reads columns that the query selects already.
    Selected,
    /// Columns only; at most one row for each of the query's.
    One,
    /// Any number of rows for each of the query's.
    Many,
}

/// What reads rows that are joined to those of `M`.
pub trait JoinedRows<M> {
    /// Reads what `row` holds for parent number `parent`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if a stored value does not fit.
    fn read(&mut self, row: &dyn Row, parent: u32) -> Result<()>;

    /// Gives the parents what was read for them, and loads what belongs to that.
    ///
    /// # Errors
    ///
    /// As [`Loader::load`].
    fn finish(
        self: Box<Self>,
        executor: &mut dyn Executor<Hydrate = Plain>,
        parents: &mut [M],
        origin: &SelectStatement,
    ) -> Result<()>;
}

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
    fn of(statement: &SelectStatement, table: &'static Table) -> Option<Self> {
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

    fn table(self) -> &'static Table {
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

impl Joining {
    /// Returns the parent, whose columns the join is about.
    pub(crate) fn parent(&self) -> Parent {
        self.place.parent
    }

    /// Returns what holds for the rows of some tables, wherever they are read.
    pub(crate) fn criteria(&self) -> &[Criterion] {
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
    /// Of the deferred ones, those at `undeferred`.
    pub(crate) fn select(
        &mut self,
        table: TableRef,
        optional: bool,
        undeferred: &[usize],
    ) -> usize {
        let Projection::Items(items) = &mut self.statement.projection else { return 0 };
        let at = items.len();
        items.extend(columns_of(Parent::Table(table), undeferred));
        items[at..].iter_mut().for_each(|item| item.nullable |= optional);
        at
    }

    pub(crate) fn order_by(&mut self, terms: Vec<OrderTerm>) {
        self.statement.order_by.extend(terms);
    }
}

/// A query with what loaders have joined to it.
pub(crate) struct JoinedQuery<'s, M> {
    pub(crate) statement: Cow<'s, SelectStatement>,
    readers: Vec<Box<dyn JoinedRows<M>>>,
    /// The primary key of `M`, if several rows may be about the same row of it.
    repeated: Option<KeyColumns>,
}

impl<'s, M> JoinedQuery<'s, M> {
    /// Lets those of the loaders join that want to. `repeats` says that the statement itself may return
    /// a row of `M` several times.
    pub(crate) fn new(
        statement: &'s SelectStatement,
        parent: Parent,
        repeats: bool,
        loaders: &[Arc<dyn Loader<M>>],
    ) -> Result<Self> {
        let key = || KeyColumns::in_row(parent.table(), &parent.table().primary_key, 0);
        let joining = loaders.iter().filter(|loader| loader.joins() != Joins::Nothing);
        if joining.clone().next().is_none() {
            let repeated = repeats.then(key);
            return Ok(Self { repeated, ..Self::selected(statement, Vec::new()) });
        }
        let many = joining.clone().filter(|loader| loader.joins() == Joins::Many).count();
        if many > 0
            && is_counted(statement)
            && let Some(loader) = loaders.iter().find(|loader| loader.reads_own_join())
        {
            return Err(Error::invalid_query(format!(
                "{loader:?} reads rows that the query joins, which a limit or `distinct` would count \
                 instead of the query's own: load the relation with `joined` or `selectin`"
            )));
        }
        let mut query = Joining::new(statement, parent, repeats, many);
        let readers = joining.map(|loader| loader.join(&mut query)).collect::<Result<Vec<_>>>()?;
        let repeated = (repeats || many > 0).then(key);
        Ok(Self { statement: Cow::Owned(query.statement), readers, repeated })
    }

    /// Returns the query with what reads columns that it selects.
    pub(crate) fn selected(
        statement: &'s SelectStatement,
        readers: Vec<Box<dyn JoinedRows<M>>>,
    ) -> Self {
        Self { statement: Cow::Borrowed(statement), readers, repeated: None }
    }

    /// Returns the key of the row of `M`, if it may come again.
    pub(crate) fn key(&self, row: &dyn Row) -> Result<Option<Key>> {
        self.repeated.as_ref().map_or(Ok(None), |columns| columns.key(row))
    }

    /// Reads what is joined to the rows of `M` with these numbers.
    pub(crate) fn read(&mut self, row: &dyn Row, mut numbers: Range<u32>) -> Result<()> {
        let readers = &mut self.readers;
        numbers.try_for_each(|number| {
            readers.iter_mut().try_for_each(|reader| reader.read(row, number))
        })
    }

    /// Gives the rows what was joined to them.
    pub(crate) fn finish(
        self,
        executor: &mut dyn Executor<Hydrate = Plain>,
        rows: &mut [M],
        origin: &SelectStatement,
    ) -> Result<()> {
        self.readers.into_iter().try_for_each(|reader| reader.finish(executor, rows, origin))
    }
}

impl<O: Output> Select<O> {
    /// Returns the first `at_most` rows of the statement, with what is to be loaded beside them.
    pub(super) fn rows<E: Executor>(
        &self,
        statement: &SelectStatement,
        at_most: Option<u64>,
        executor: &mut E,
    ) -> Result<Vec<O::Out<E::Hydrate>>> {
        if self.loaders().is_empty() {
            return plain_rows::<O, E>(statement, at_most, executor);
        }
        // What the query joins itself, a limit would cut.
        let mut loaders = self.loaders().iter();
        let is_cut = loaders.any(|loader| loader.reads_own_join())
            && self.loaders().iter().any(|loader| loader.joins() == Joins::Many);
        let (in_sql, at_most) = if is_cut { (None, at_most) } else { (at_most, None) };
        let at_most = at_most.unwrap_or(u64::MAX);
        let statement = &limited(statement, in_sql);
        let mut query = self.joined_query(statement)?;
        let joined = query.statement.clone();
        let mut rows: Vec<O::Out<E::Hydrate>> = Vec::new();
        let mut numbers = HashMap::new();
        let sql = written(&joined, None, executor.dialect())?;
        executor
            .fetch(&sql, &mut |hydrate, row| {
                let next = u32::try_from(rows.len()).map_err(|_| too_many())?;
                let number = match query.key(row)? {
                    Some(key) => *numbers.entry(key).or_insert(next),
                    None => next,
                };
                if u64::from(number) >= at_most {
                    return Ok(ControlFlow::Continue(()));
                }
                if number == next {
                    rows.push(O::from_row(hydrate, row, 0)?);
                }
                query.read(row, number..number + 1)?;
                Ok(ControlFlow::Continue(()))
            })
            .map_err(|error| in_projection(error, &joined.projection))?;
        let mut query = Some(query);
        O::load(executor, &mut rows, &mut |executor, rows| {
            if let Some(query) = query.take() {
                query.finish(executor, rows, statement)?;
            }
            let mut loaders = self.loaders().iter();
            loaders.try_for_each(|loader| match loader.joins() {
                Joins::Nothing => loader.load(executor, rows, statement),
                Joins::Selected | Joins::One | Joins::Many => Ok(()),
            })
        })?;
        Ok(rows)
    }
}

impl<O: Output> Select<O> {
    /// Loads what belongs to rows that `origin` returned, by statements apart, whatever the loaders
    /// would rather do.
    pub(crate) fn load_apart<E: Executor>(
        &self,
        executor: &mut E,
        rows: &mut [O::Out<E::Hydrate>],
        origin: &SelectStatement,
    ) -> Result<()> {
        O::load(executor, rows, &mut |executor, rows| {
            self.loaders().iter().try_for_each(|loader| loader.load(executor, rows, origin))
        })
    }

    /// Refuses to load what belongs to rows that `method` does not hold together.
    pub(super) fn without_loaders(&self, method: &str) -> Result<()> {
        match self.loaders().first() {
            None => Ok(()),
            Some(loader) => Err(Error::invalid_query(format!(
                "`{method}` reads row by row, and {loader:?} loads for many rows at once: leave the \
                 option out (`.options(raise(…))` if it is what the model loads by default), and \
                 load onto some rows at a time with `load_all`, on another connection"
            ))),
        }
    }

    /// Returns the statement with what the loaders join to it.
    pub(super) fn joined_query<'s>(
        &self,
        statement: &'s SelectStatement,
    ) -> Result<JoinedQuery<'s, O>> {
        if self.loaders().iter().all(|loader| loader.joins() == Joins::Selected) {
            let readers = self.loaders().iter().map(|loader| loader.selected());
            return Ok(JoinedQuery::selected(statement, readers.collect::<Result<_>>()?));
        }
        let loader = self.loaders().first();
        match loader.and_then(|loader| Parent::of(statement, loader.parent())) {
            Some(parent) => {
                let repeats = !statement.joins.is_empty();
                JoinedQuery::new(statement, parent, repeats, self.loaders())
            }
            None => {
                Err(Error::invalid_query("relations are loaded beside whole rows of a model only"))
            }
        }
    }
}

/// Returns the statement with this limit, unless its own is less.
fn limited(statement: &SelectStatement, at_most: Option<u64>) -> Cow<'_, SelectStatement> {
    let mut statement = Cow::Borrowed(statement);
    if let Some(count) = at_most {
        let limit = statement.limit.map_or(count, |limit| limit.min(count));
        statement.to_mut().limit = Some(limit);
    }
    statement
}

fn plain_rows<O: Output, E: Executor>(
    statement: &SelectStatement,
    at_most: Option<u64>,
    executor: &mut E,
) -> Result<Vec<O::Out<E::Hydrate>>> {
    let mut rows = Vec::new();
    let sql = written(statement, at_most, executor.dialect())?;
    executor
        .fetch(&sql, &mut |hydrate, row| {
            rows.push(O::from_row(hydrate, row, 0)?);
            Ok(ControlFlow::Continue(()))
        })
        .map_err(|error| in_projection(error, &statement.projection))?;
    Ok(rows)
}

#[cold]
pub(crate) fn too_many() -> Error {
    Error::invalid_query("more than 4,294,967,295 rows are loaded at once: load them in parts")
}

impl Joining {
    /// Returns the query as `many` loaders of any number of rows, and others, can join to it: its
    /// own limits still count its own rows.
    fn new(statement: &SelectStatement, parent: Parent, repeats: bool, many: usize) -> Self {
        let is_whole = statement.combined.is_empty()
            && statement.group_by.is_empty()
            && statement.grouping_sets.is_empty()
            && !(many > 0 && is_counted(statement));
        match parent {
            parent if !is_whole => Self::around(statement, parent, repeats, many),
            parent => {
                let mut statement = statement.clone();
                if let Projection::Table(table) = statement.projection {
                    let columns = columns_of(Parent::Table(table), &statement.undeferred);
                    statement.projection = Projection::Items(columns);
                }
                if let (Some(lock), Parent::Table(table)) = (&mut statement.lock, parent)
                    && lock.of.is_empty()
                {
                    lock.of.push(table.name());
                }
                Self { statement, place: Inside { parent, optional: false, repeats, many } }
            }
        }
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
        let columns = columns_of(parent, &undeferred(statement, parent.table()));
        let query = Arc::new(inner);
        let mut statement =
            SelectStatement::of(Source::Derived { query, alias, is_lateral: false });
        statement.projection = Projection::Items(columns);
        statement.order_by = order_by;
        statement.criteria = criteria;
        Self { statement, place: Inside { parent, optional: false, repeats, many } }
    }
}

/// Whether the statement returns other rows if more are joined to them.
fn is_counted(statement: &SelectStatement) -> bool {
    statement.limit.is_some() || statement.offset.is_some() || statement.distinct
}

fn columns_of(parent: Parent, undeferred: &[usize]) -> Vec<Item> {
    let columns = parent.table().columns.iter().enumerate().map(|(position, column)| {
        let is_deferred = column.deferred && !undeferred.contains(&position);
        Item { is_deferred, ..Item::new(parent.column(position), column.nullable) }
    });
    columns.collect()
}

/// Returns the positions of the columns of `table` that whole rows of the query have.
fn undeferred(statement: &SelectStatement, table: &Table) -> Vec<usize> {
    match &statement.projection {
        _ if !statement.combined.is_empty() => (0..table.columns.len()).collect(),
        Projection::Table(_) => statement.undeferred.clone(),
        Projection::Items(items) => {
            let items = items.iter().enumerate().filter(|(_, item)| !item.is_deferred);
            items.map(|(position, _)| position).collect()
        }
    }
}

/// Returns the order of the query for the one around it, which sees its columns only: what else it is
/// ordered by, it has to select.
fn repeated_order(inner: &mut SelectStatement, inside: Parent, outside: Parent) -> Vec<OrderTerm> {
    let mut items = columns_of(inside, &[]);
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

/// The least first.
pub(crate) fn ascending(node: Node) -> OrderTerm {
    OrderTerm { node, direction: Direction::Ascending, nulls: None }
}
