//! Joining a query along a relation.

use std::fmt;
use std::sync::Arc;

use super::filter::{columns_as, fixed};
use super::{Link, Relation, RelationDef, RelationField};
use crate::ast::{Join, JoinKind, Node, SelectStatement, Source, TableRef};
use crate::error::{Error, Result};
use crate::expr::{Alias, IntoJoin};
use crate::model::Model;
use crate::schema::interned;

/// A relation that is joined under another name; made by [`Relation::to`].
pub struct JoinAs<F: RelationField> {
    def: &'static RelationDef,
    alias: Alias<F::Target>,
}

impl<P: Model, F: RelationField, K> Relation<P, F, K> {
    /// Returns what to join: the rows it leads to, under another name, for a table that is in the
    /// query already.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::BelongsTo;
    ///
    /// #[derive(Model)]
    /// struct Employee {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    ///     #[orm(foreign_key(Employee::id))]
    ///     manager_id: Option<i64>,
    ///     #[orm(belongs_to(key = manager_id))]
    ///     manager: BelongsTo<Option<Employee>>,
    /// }
    ///
    /// let boss = Employee::alias("boss");
    /// let query = Employee::query()
    ///     .join(Employee::manager.to(boss))
    ///     .select((Employee::name, boss.column(Employee::name)));
    /// assert!(query.to_sql(&orm::Sqlite)?.ends_with(
    ///     r#"JOIN "employee" AS "boss" ON "boss"."id" = "employee"."manager_id""#
    /// ));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn to(self, alias: Alias<F::Target>) -> JoinAs<F> {
        JoinAs { def: self.def(), alias }
    }
}

impl<F: RelationField> IntoJoin for JoinAs<F> {
    fn into_joins(self, kind: JoinKind, statement: &SelectStatement) -> Vec<Join> {
        or_refused(joins(self.def, self.alias.table_ref(), kind, statement), kind, self.def)
    }
}

impl<P: Model, F: RelationField, K> IntoJoin for Relation<P, F, K> {
    fn into_joins(self, kind: JoinKind, statement: &SelectStatement) -> Vec<Join> {
        let target = TableRef::from((self.def().target)());
        or_refused(joins(self.def(), target, kind, statement), kind, self.def())
    }
}

fn joins(
    def: &'static RelationDef,
    target: TableRef,
    kind: JoinKind,
    statement: &SelectStatement,
) -> Result<Vec<Join>> {
    let source = (def.source)();
    if !statement.has(source) {
        return Err(Error::invalid_query(format!(
            "`{}` is not in the query, so the relation `{}` joins nothing to it",
            source.name,
            def.path()
        )));
    }
    if target.alias.is_none() && statement.has(target.table) {
        return Err(Error::invalid_query(format!(
            "`{table}` is in the query already: join it under another name, with \
             `{path}.to({model}::alias(\"other\"))`",
            table = target.table.name,
            path = def.path(),
            model = target.table.model,
        )));
    }
    let link = def.link()?;
    let mut taken: Vec<&str> = statement.sources().map(Source::name).collect();
    taken.push(target.name());
    let mut named = |table: TableRef| {
        let alias = other_name(table, &taken);
        let table = TableRef { alias, ..table };
        taken.push(table.name());
        table
    };
    let start = |position| Node::Column(TableRef::from(source).column(position));
    let steps = along(def, link, &start, &mut named, target).into_iter();
    Ok(steps.map(|(table, on)| Join::new(kind, Source::Table(table), on)).collect())
}

/// Returns the tables that a relation leads over, `target` in the end, each with what joins it to the
/// one before. The columns of the first one are given by `start`, the names of those between by
/// `named`.
fn along(
    def: &RelationDef,
    link: &Link,
    start: &dyn Fn(usize) -> Node,
    named: &mut dyn FnMut(TableRef) -> TableRef,
    target: TableRef,
) -> Vec<(TableRef, Node)> {
    let mut steps = Vec::with_capacity(link.between.len() + 1);
    let mut before: Vec<Node> = link.local.iter().map(|&position| start(position)).collect();
    for between in &link.between {
        let table = named(between.table);
        let on = Node::all_equal(columns_as(table, &between.near).zip(before));
        steps.push((table, between.condition(table).into_iter().fold(on, Node::and)));
        before = columns_as(table, &between.far).collect();
    }
    let on = Node::all_equal(columns_as(target, &link.remote).zip(before));
    steps.push((target, fixed(def, target).into_iter().fold(on, Node::and)));
    steps
}

/// As [`along`], with a name for each table between that no other has; `unused` makes one of a wanted
/// name.
pub(crate) fn along_apart(
    def: &RelationDef,
    link: &Link,
    start: &dyn Fn(usize) -> Node,
    unused: &dyn Fn(&str) -> &'static str,
    target: TableRef,
) -> Vec<(TableRef, Node)> {
    let mut taken = vec![target.name()];
    let mut named = |TableRef { table, .. }: TableRef| {
        let mut alias = unused(&table.name);
        while taken.contains(&alias) {
            alias = unused(alias);
        }
        taken.push(alias);
        TableRef { table, alias: Some(alias) }
    };
    along(def, link, start, &mut named, target)
}

/// Returns what to call the table, so that no name that is taken comes twice; `None` if its own will do.
fn other_name(table: TableRef, taken: &[&str]) -> Option<&'static str> {
    if !taken.contains(&table.name()) {
        return table.alias;
    }
    let numbered = (1..).map(|number: u32| format!("{}_{number}", table.table.name));
    let mut unused = numbered.filter(|name| !taken.contains(&name.as_str()));
    unused.next().map(|name| interned(&name))
}

/// A join that is refused when the statement is written, since building a query cannot fail.
fn or_refused(joins: Result<Vec<Join>>, kind: JoinKind, def: &'static RelationDef) -> Vec<Join> {
    joins.unwrap_or_else(|error| {
        let refused = TableRef { table: (def.target)(), alias: Some("refused") };
        vec![Join::new(kind, Source::Table(refused), Node::Invalid(Arc::new(error)))]
    })
}

impl<F: RelationField> fmt::Debug for JoinAs<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} as {:?}", self.def, self.alias)
    }
}
