//! What is found wrong with a query before the database sees it: columns that are neither grouped nor
//! put together, and values that may be NULL but are read as ones that may not.

use super::grouping::{is_certain, keys};
use super::scope::Scopes;
use crate::ast::{
    Argument, BinaryOperator, Call, ColumnRef, FieldName, Fragment, Function, Item, Node, Over,
    Parameter, Projection, SelectStatement, TableRef,
};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::schema::Table;

/// Refuses a column that is not the same in all rows of a group: databases would refuse it, or return
/// the value of any row.
pub(super) fn grouping(statement: &SelectStatement) -> Result<()> {
    if !is_grouped(statement) {
        return Ok(());
    }
    let by = statement;
    match &statement.projection {
        Projection::Table(table) => {
            table.columns().try_for_each(|column| grouped(&Node::Column(column), by))?;
        }
        Projection::Items(items) => items.iter().try_for_each(|item| grouped(&item.node, by))?,
    }
    if let Some(having) = &statement.having {
        grouped(having, by)?;
    }
    statement.order_by.iter().try_for_each(|term| grouped(&term.node, by))
}

/// Refuses a part of a union that has an order, a limit or parts of its own: SQL has no place for them.
pub(super) fn is_part(statement: &SelectStatement) -> Result<()> {
    let is_plain = statement.order_by.is_empty()
        && statement.limit.is_none()
        && statement.offset.is_none()
        && statement.lock.is_none()
        && statement.combined.is_empty();
    if is_plain {
        return Ok(());
    }
    Err(Error::invalid_query(
        "a query that is combined with another cannot have an order, a limit, a lock or a union of \
         its own: give them to the whole, or make it a source by `.subquery(\"name\").query()`",
    ))
}

/// Refuses the lock of rows that are made of several, or that have more than one partner: there is no
/// row of a table to lock. SQLite, which locks no rows, would not say so.
pub(super) fn can_lock(statement: &SelectStatement) -> Result<()> {
    let is_of_many = !statement.combined.is_empty()
        || statement.distinct
        || is_grouped(statement)
        || is_selected(statement, is_windowed);
    if is_of_many {
        return Err(Error::invalid_query(
            "rows of a union, a group, a window or `distinct` are made of several, so they cannot be \
             locked: lock those they are made of, such as by a filter \
             `User::id.in_query(User::query().select(User::id).for_update())`",
        ));
    }
    Ok(())
}

/// Refuses an aggregate or a window function in a condition that rows pass before there are any groups
/// or windows.
pub(super) fn is_known_of_a_row(call: &Call) -> Result<()> {
    let hint = match (&call.over, call.is_aggregate()) {
        (Some(_), _) => {
            "a window function is not known yet where rows are filtered: select it, and filter the \
             rows of `.subquery(\"name\").query()`"
        }
        (None, true) => {
            "an aggregate is not known yet where rows are filtered: put a condition on groups into \
             `.having(…)`, or compare with `.into_scalar()` of a query that selects the aggregate"
        }
        (None, false) => return Ok(()),
    };
    Err(Error::invalid_query(hint))
}

/// How many bytes of a name PostgreSQL keeps (`NAMEDATALEN`): a longer one would be another's.
const LONGEST_NAME: usize = 63;

/// Refuses a name, of an alias or a column of the result, that not every database takes as it is.
pub(super) fn name(name: &str) -> Result<()> {
    let why = match name.len() {
        0 => "is empty".to_owned(),
        length if length > LONGEST_NAME => {
            format!("has {length} bytes, of which PostgreSQL keeps {LONGEST_NAME}")
        }
        _ if name.contains('\0') => "contains the character U+0000".to_owned(),
        _ => return Ok(()),
    };
    Err(Error::invalid_query(format!("the name {name:?} {why}: choose another")))
}

/// What a column of the result is called.
pub(super) enum Selected<'s> {
    /// By its name, which no other has.
    Name(&'s str),
    /// By its position, from 1.
    Position(usize),
}

/// Finds an expression among those that are selected.
pub(super) fn selected<'s>(projection: &'s Projection, node: &Node) -> Result<Selected<'s>> {
    let found = match projection {
        Projection::Table(table) => table
            .columns()
            .find(|column| is_same(&Node::Column(*column), node))
            .map(|column| Selected::Name(&column.table.columns[column.position].name)),
        Projection::Items(items) => {
            let position = items.iter().position(|item| is_same(&item.node, node));
            position.map(|position| {
                let name = items[position].name();
                let is_only = items.iter().filter(|item| item.name() == name).count() == 1;
                match name {
                    Some(name) if is_only => Selected::Name(name),
                    _ => Selected::Position(position + 1),
                }
            })
        }
    };
    found.ok_or_else(|| {
        Error::invalid_query(
            "a combined query can only be ordered by what its first part selects: select it there, \
             or order the rows of `.subquery(\"name\").query()`",
        )
    })
}

/// Whether its rows are made of many.
pub(super) fn is_grouped(statement: &SelectStatement) -> bool {
    is_selected(statement, is_aggregated)
        || keys(statement).next().is_some()
        || statement.having.is_some()
        || statement.order_by.iter().any(|term| is_aggregated(&term.node))
}

/// Whether text written by hand is selected, which may put rows together.
pub(super) fn selects_text(statement: &SelectStatement) -> bool {
    is_selected(statement, holds_text)
}

fn is_selected(statement: &SelectStatement, is_so: fn(&Node) -> bool) -> bool {
    match &statement.projection {
        Projection::Table(_) => false,
        Projection::Items(items) => items.iter().any(|item| is_so(&item.node)),
    }
}

fn holds_text(node: &Node) -> bool {
    matches!(node, Node::Fragment(_)) || children(node).into_iter().any(holds_text)
}

fn is_aggregated(node: &Node) -> bool {
    match node {
        Node::Call(call) if call.is_aggregate() => true,
        other => children(other).into_iter().any(is_aggregated),
    }
}

fn is_windowed(node: &Node) -> bool {
    match node {
        Node::Call(call) if call.over.is_some() => true,
        other => children(other).into_iter().any(is_windowed),
    }
}

fn grouped(node: &Node, by: &SelectStatement) -> Result<()> {
    match node {
        Node::Call(call) if call.is_aggregate() => Ok(()),
        node if keys(by).any(|key| is_same(key, node)) => Ok(()),
        Node::Column(column) if is_determined(*column, by) => Ok(()),
        Node::Column(column) => Err(ungrouped(&column.table.name_of(column.position))),
        Node::DerivedColumn { source, name, .. } => Err(ungrouped(&format!("{source}.{name}"))),
        other => children(other).into_iter().try_for_each(|child| grouped(child, by)),
    }
}

/// Whether the group is one row of the column's table, since its primary key is grouped by.
fn is_determined(column: ColumnRef, by: &SelectStatement) -> bool {
    let key = &column.table.primary_key;
    !key.is_empty()
        && key
            .iter()
            .all(|&position| is_certain(by, &Node::Column(ColumnRef { position, ..column })))
}

/// Whether both are the same expression, as far as that can be seen.
pub(crate) fn is_same(left: &Node, right: &Node) -> bool {
    match (left, right) {
        (Node::Column(left), Node::Column(right)) => {
            std::ptr::eq(left.table, right.table)
                && left.alias == right.alias
                && left.position == right.position
        }
        (
            Node::DerivedColumn { source, name, .. },
            Node::DerivedColumn { source: other, name: known, .. },
        ) => source == other && name == known,
        (Node::Nullable(inner), other) | (other, Node::Nullable(inner)) => is_same(inner, other),
        (Node::Value(left), Node::Value(right)) => left == right,
        (Node::InList { values, .. }, Node::InList { values: others, .. }) if values != others => {
            false
        }
        (Node::Fragment(left), Node::Fragment(right)) => is_same_text(left, right),
        (Node::InRows(left), Node::InRows(right)) if left.columns != right.columns => false,
        (Node::Query(_) | Node::Exists { .. } | Node::InQuery { .. } | Node::Invalid(_), _) => {
            false
        }
        _ => is_alike(left, right) && all_same(&children(left), &children(right)),
    }
}

/// Whether both do the same with what they are made of.
fn is_alike(left: &Node, right: &Node) -> bool {
    match (left, right) {
        (Node::Binary(left), Node::Binary(right)) => left.operator == right.operator,
        (Node::Arithmetic(left), Node::Arithmetic(right)) => left.operator == right.operator,
        (Node::Between(left), Node::Between(right)) => left.negated == right.negated,
        (Node::Like(left), Node::Like(right)) => {
            left.ignore_case == right.ignore_case && left.negated == right.negated
        }
        (Node::IsNull { negated, .. }, Node::IsNull { negated: other, .. })
        | (Node::InList { negated, .. }, Node::InList { negated: other, .. }) => negated == other,
        (Node::Case { branches, .. }, Node::Case { branches: others, .. }) => {
            branches.len() == others.len()
        }
        (Node::Cast { sql_type, .. }, Node::Cast { sql_type: other, .. }) => sql_type == other,
        (Node::Call(left), Node::Call(right)) => {
            left.function == right.function
                && left.distinct == right.distinct
                && left.order_by.is_empty()
                && right.order_by.is_empty()
                && left.filter.is_none()
                && right.filter.is_none()
                && left.over.is_none()
                && right.over.is_none()
        }
        (Node::InRows(left), Node::InRows(right)) => left.negated == right.negated,
        (Node::Json(left), Node::Json(right)) => left.path == right.path && left.form == right.form,
        (Node::Tuple(_), Node::Tuple(_))
        | (Node::And(_), Node::And(_))
        | (Node::Or(_), Node::Or(_))
        | (Node::Not(_), Node::Not(_))
        | (Node::Star, Node::Star) => true,
        _ => false,
    }
}

fn is_same_text(left: &Fragment, right: &Fragment) -> bool {
    let is_same_argument =
        |(left, right): (&Parameter, &Parameter)| match (&left.argument, &right.argument) {
            (Argument::Node(left), Argument::Node(right)) => is_same(left, right),
            (Argument::Value(left, _), Argument::Value(right, _)) => left == right,
            (Argument::List(left), Argument::List(right)) => left == right,
            _ => false,
        };
    left.pieces == right.pieces
        && left.parameters.iter().zip(&right.parameters).all(is_same_argument)
}

fn all_same(left: &[&Node], right: &[&Node]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
}

#[cold]
fn ungrouped(column: &str) -> Error {
    Error::invalid_query(format!(
        "the column `{column}` differs within a group: add it to `group_by`, or put it into an \
         aggregate such as `max`"
    ))
}

/// Refuses an expression that may be NULL, for an item that is read as a type without NULL.
pub(super) fn is_never_null(item: &Item, scopes: &Scopes<'_>) -> Result<()> {
    match (may_be_null(&item.node, scopes)?, item.field) {
        (Some(column), Some(field)) => Err(field.is_no_option(&column)),
        (Some(column), None) => Err(Error::invalid_query(format!(
            "`{column}` may be NULL here, but it is selected as a value that may not: add \
             `.nullable()` to select it as an `Option`"
        ))),
        (None, _) => Ok(()),
    }
}

/// Refuses the rows of a table that an outer join may leave empty, for a model that cannot be.
pub(super) fn is_whole(table: TableRef, scopes: &Scopes<'_>) -> Result<()> {
    if scopes.is_optional(&table.column(0))? {
        let model = table.table.model;
        return Err(Error::invalid_query(format!(
            "the rows of `{}` may be missing because of an outer join: select \
             `{model}::entity().nullable()` to read them as `Option<{model}>`",
            table.name()
        )));
    }
    if scopes.optional_keys.is_empty() {
        return Ok(());
    }
    let columns = table.columns().map(Item::column).filter(|column| !column.nullable);
    columns.into_iter().try_for_each(|column| is_never_null(&column, scopes))
}

/// Refuses columns of other tables where a write returns only those of its own.
pub(super) fn is_of_table(
    projection: &Projection,
    table: &Table,
    dialect: &dyn Dialect,
) -> Result<()> {
    let is_all = match projection {
        Projection::Table(of) => of.alias.is_none() && std::ptr::eq(of.table, table),
        Projection::Items(items) => items.iter().all(|item| names_only(&item.node, table)),
    };
    if is_all {
        return Ok(());
    }
    let feature = "the columns of joined tables in `returning`: return those of the table that is \
                   written, and query the others";
    Err(dialect.unsupported(feature))
}

fn names_only(node: &Node, table: &Table) -> bool {
    match node {
        Node::Column(column) => column.alias.is_none() && std::ptr::eq(column.table, table),
        Node::DerivedColumn { .. } => false,
        other => children(other).into_iter().all(|child| names_only(child, table)),
    }
}

/// Returns what may be NULL in `node`, if it makes the whole NULL.
fn may_be_null(node: &Node, scopes: &Scopes<'_>) -> Result<Option<String>> {
    if scopes.optional_keys.iter().any(|key| is_same(key, node)) {
        return Ok(Some(match node {
            Node::Column(column) => column.table.name_of(column.position),
            Node::DerivedColumn { source, name, .. } => format!("{source}.{name}"),
            _ => "an expression of a grouping set".to_owned(),
        }));
    }
    Ok(match node {
        Node::Column(column) => {
            let declared = &column.table.columns[column.position];
            let is_null = declared.nullable || scopes.is_optional(column)?;
            is_null.then(|| column.table.name_of(column.position))
        }
        Node::DerivedColumn { source, name, nullable } => {
            let is_null = *nullable || scopes.is_derived_optional(source)?;
            is_null.then(|| format!("{source}.{name}"))
        }
        Node::Value(value) => value.is_null().then(|| "NULL".to_owned()),
        Node::Nullable(_) => Some("an expression made nullable".to_owned()),
        Node::Binary(binary) if binary.operator == BinaryOperator::IsNotDistinctFrom => None,
        Node::IsNull { .. }
        | Node::Exists { .. }
        | Node::Star
        // What it is read as says whether it may be NULL.
        | Node::Fragment(_)
        | Node::Invalid(_) => None,
        Node::Json(_) => Some("a part of a JSON document".to_owned()),
        Node::Query(query) => null_of_query(query, scopes)?,
        Node::Case { otherwise: None, .. } => Some("a `case` without `otherwise`".to_owned()),
        Node::Case { branches, otherwise: Some(otherwise) } => {
            let values = branches.iter().map(|(_, value)| value).chain([&**otherwise]);
            first_null(values, scopes)?
        }
        Node::Call(call) => null_of_call(call, scopes)?,
        other => first_null(children(other), scopes)?,
    })
}

/// Returns what may be NULL in a call, if it makes its value NULL.
fn null_of_call(call: &Call, scopes: &Scopes<'_>) -> Result<Option<String>> {
    Ok(match &call.function {
        Function::Count | Function::Grouping => None,
        Function::Coalesce => {
            for argument in &call.arguments {
                if may_be_null(argument, scopes)?.is_none() {
                    return Ok(None);
                }
            }
            Some("a `coalesce` of values that may all be NULL".to_owned())
        }
        Function::Named { nullable: true, name, .. } => Some(format!("{name}(…)")),
        Function::Sum(_) | Function::Average(_) | Function::ArrayAggregate => {
            Some("an aggregate of no rows".to_owned())
        }
        Function::Operator { nullable: true, symbol } => Some(format!("… {symbol} …")),
        Function::Spelled(function) if function.is_nullable() => {
            Some("the value of this function".to_owned())
        }
        Function::Named { .. }
        | Function::Concat
        | Function::DatePart { .. }
        | Function::Spelled(_)
        | Function::Operator { .. }
        | Function::FullText(_)
        | Function::Collate(_) => first_null(&call.arguments, scopes)?,
    })
}

/// Returns what may make the value of a subquery NULL.
fn null_of_query(query: &SelectStatement, scopes: &Scopes<'_>) -> Result<Option<String>> {
    if is_count(query) {
        return Ok(None);
    }
    if query.found_by.is_empty() || scopes.leaves_out(query) {
        return Ok(Some("a subquery, which may have no row".to_owned()));
    }
    let is_nullable = match &query.projection {
        Projection::Items(items) => items.iter().any(|item| item.nullable),
        Projection::Table(_) => true,
    };
    match first_null(&query.found_by, scopes)? {
        None if is_nullable => Ok(Some("a column of another row".to_owned())),
        found => Ok(found),
    }
}

/// Whether the query counts all of its rows, of which there may be none.
fn is_count(query: &SelectStatement) -> bool {
    let Projection::Items(items) = &query.projection else { return false };
    let [Item { node: Node::Call(call), .. }] = &items[..] else { return false };
    call.function == Function::Count
        && call.is_aggregate()
        && keys(query).next().is_none()
        && query.having.is_none()
        && query.limit.is_none()
        && query.offset.is_none()
        && query.combined.is_empty()
}

fn first_null<'n>(
    nodes: impl IntoIterator<Item = &'n Node>,
    scopes: &Scopes<'_>,
) -> Result<Option<String>> {
    for node in nodes {
        if let Some(name) = may_be_null(node, scopes)? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Returns the expressions that `node` is made of; those of a subquery are its own matter.
pub(super) fn children(node: &Node) -> Vec<&Node> {
    match node {
        Node::Column(_)
        | Node::DerivedColumn { .. }
        | Node::Value(_)
        | Node::Star
        | Node::Query(_)
        | Node::Exists { .. }
        // What is made of the expressions in it, nobody knows.
        | Node::Fragment(_)
        | Node::Invalid(_) => Vec::new(),
        Node::Binary(binary) => vec![&binary.left, &binary.right],
        Node::Arithmetic(arithmetic) => vec![&arithmetic.left, &arithmetic.right],
        Node::And(nodes) | Node::Or(nodes) | Node::Tuple(nodes) => nodes.iter().collect(),
        Node::InRows(rows) => rows.operands.iter().collect(),
        Node::Json(part) => vec![&part.document],
        Node::Not(operand)
        | Node::Nullable(operand)
        | Node::IsNull { operand, .. }
        | Node::InList { operand, .. }
        | Node::InQuery { operand, .. }
        | Node::Cast { operand, .. } => vec![operand],
        Node::Between(between) => vec![&between.operand, &between.low, &between.high],
        Node::Like(like) => vec![&like.operand, &like.pattern],
        Node::Case { branches, otherwise } => {
            let parts = branches.iter().flat_map(|(condition, value)| [condition, value]);
            parts.chain(otherwise.as_deref()).collect()
        }
        Node::Call(call) => {
            let window = call.over.iter().map(Over::window).flat_map(|window| {
                let order = window.order_by.iter().map(|term| &term.node);
                window.partition_by.iter().chain(order)
            });
            let order = call.order_by.iter().map(|term| &term.node);
            call.arguments.iter().chain(order).chain(&call.filter).chain(window).collect()
        }
    }
}

impl FieldName {
    /// Refuses that `selected`, which may be NULL, is read into this field.
    #[cold]
    pub(crate) fn is_no_option(self, selected: &str) -> Error {
        let Self { owner, name } = self;
        Error::invalid_query(format!(
            "`{selected}` may be NULL here, but the field `{name}` of `{owner}` is no `Option`: make \
             it one, or select another value instead of NULL by `.coalesce(…)`"
        ))
    }
}

impl Item {
    /// Returns what the column of the result is called, as databases name it.
    pub(crate) fn name(&self) -> Option<&str> {
        match (&self.label, &self.node) {
            (Some(label), _) => Some(label),
            (None, Node::Column(column)) => {
                column.table.columns.get(column.position).map(|column| column.name.as_str())
            }
            (None, Node::DerivedColumn { name, .. }) => Some(name),
            _ => None,
        }
    }
}
