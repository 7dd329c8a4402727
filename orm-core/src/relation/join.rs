//! Joining a query along a relation.

use std::fmt;
use std::sync::Arc;

use super::filter::{equal, fixed};
use super::{Relation, RelationDef, RelationField};
use crate::ast::{Join, JoinKind, Node, SelectStatement, Source, TableRef};
use crate::error::{Error, Result};
use crate::expr::{Alias, IntoJoin};
use crate::model::Model;

/// A relation that is joined under another name; made by [`Relation::to`].
pub struct JoinAs<F: RelationField> {
    def: &'static RelationDef,
    alias: Alias<F::Target>,
}

impl<P: Model, F: RelationField> Relation<P, F> {
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

impl<P: Model, F: RelationField> IntoJoin for Relation<P, F> {
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
    let fixed = fixed(def, target).into_iter();
    let Some(through) = &link.through else {
        let on = fixed.fold(equal(target, &link.remote, source.into(), &link.local), Node::and);
        return Ok(vec![Join::new(kind, Source::Table(target), on)]);
    };
    let pairs = TableRef::from(through.table);
    let near = equal(pairs, &through.local, source.into(), &link.local);
    let far = fixed.fold(equal(target, &link.remote, pairs, &through.remote), Node::and);
    Ok(vec![
        Join::new(kind, Source::Table(pairs), near),
        Join::new(kind, Source::Table(target), far),
    ])
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
