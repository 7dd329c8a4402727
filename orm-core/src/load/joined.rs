//! The strategy `joined`: the rows come in the query's own statement, beside those they belong to.

use std::mem;

use super::option::{Choice, Load};
use super::select_in;
use crate::ast::{Join, JoinKind, Node, Renamed, SelectStatement, Source, TableRef, meet_in};
use crate::error::{Error, Result};
use crate::executor::{Executor, Plain};
use crate::model::Model;
use crate::query::{Inside, JoinedRows, Joining, Joins, Loader as _, Parent, too_many};
use crate::relation::{
    Children, Key, KeyColumns, KeyMap, RelationDef, RelationField, RelationKind, along_apart,
};
use crate::value::Row;

/// Reads the rows of a relation that are joined to those of its parents.
struct Reader<P, F: RelationField> {
    load: Load<P, F>,
    /// Where the columns begin.
    at: usize,
    /// The primary key, which is NULL where there is no row.
    key: KeyColumns,
    children: Children<F::Target>,
    seen: Seen,
    nested: Vec<Box<dyn JoinedRows<F::Target>>>,
}

/// Which rows were read already.
enum Seen {
    /// None can come twice.
    Never,
    /// Those of these parents.
    OfParents(KeyMap<(u32, Key), u32>),
    /// Those of any parent: they are shared.
    Shared(KeyMap<Key, u32>),
}

/// Joins what `load` is about to the query.
pub(super) fn join_to<P: Model, F: RelationField>(
    load: &Load<P, F>,
    query: &mut Joining,
) -> Result<Box<dyn JoinedRows<P>>> {
    let def = load.relation().def();
    if load.choice.limit.is_some() {
        return Err(Error::invalid_query(format!(
            "a join cannot limit the rows of each parent: use `selectin({})`",
            def.path()
        )));
    }
    let nested_many = load.nested().iter().filter(|loader| loader.joins() == Joins::Many).count();
    let is_shared = def.kind == RelationKind::BelongsTo;
    let repeats = query.repeats(load.joins());
    let link = def.link()?;
    let is_repeated = repeats || nested_many > 0 || !link.meets_once();
    let (source, optional) = match load.joined_as() {
        Some(source) => (source, true),
        None => joined(def, &load.choice, query)?,
    };
    let at = query.select(source, optional, &load.choice.deferral);
    let seen = if is_shared {
        Seen::Shared(KeyMap::new())
    } else if is_repeated {
        Seen::OfParents(KeyMap::new())
    } else {
        Seen::Never
    };
    let inside = Inside {
        parent: Parent::Table(source),
        optional,
        repeats: repeats || is_shared || !link.meets_once(),
        many: nested_many,
    };
    let nested = query.inside(inside, |query| {
        let joined = load.nested().iter().filter(|loader| loader.joins() != Joins::Nothing);
        joined.map(|loader| loader.join(query)).collect::<Result<Vec<_>>>()
    })?;
    let key = KeyColumns::primary(source.table, at, optional);
    let children = Children { parents: 0, rows: Vec::new(), links: Vec::new() };
    Ok(Box::new(Reader { load: load.clone(), at, key, children, seen, nested }))
}

/// Adds the joins, and returns the name of the joined table and whether it may be missing.
fn joined(
    def: &'static RelationDef,
    choice: &Choice,
    query: &mut Joining,
) -> Result<(TableRef, bool)> {
    let link = def.link()?;
    let table = (def.target)();
    let mut chosen: Vec<Node> = choice.filter.iter().cloned().collect();
    let conditions: Vec<Node> = def.conditions().chain(chosen.iter().cloned()).collect();
    let alias = query.unused_alias(def.name, &conditions);
    let target = TableRef { table, alias: Some(alias) };
    let renamed = Renamed { table, alias };
    for condition in &mut chosen {
        renamed.node(condition);
    }
    let parent = query.parent();
    let unused = |wanted: &str| query.unused_alias(wanted, &[]);
    let start = |position| parent.column(position);
    let mut steps = along_apart(def, link, &start, &unused, target);
    if let Some((_, on)) = steps.last_mut() {
        *on = chosen.into_iter().fold(mem::replace(on, Node::Star), Node::and);
    }
    // The parent's row is kept, unless its partner is always there.
    let key = &(def.source)().columns;
    let always = def.kind == RelationKind::BelongsTo
        && link.between.is_empty()
        && conditions.is_empty()
        && query.criteria().leave_out_none_of(target)
        && !query.is_optional()
        && link.is_enforced((def.source)(), table)
        && link.local.iter().all(|&position| !key[position].nullable);
    let kind = if always { JoinKind::Inner } else { JoinKind::Left };
    for (table, mut on) in steps {
        let conditions = &query.criteria().conditions;
        meet_in(conditions, &mut on);
        let criteria = conditions.iter().filter_map(|criterion| criterion.on(table));
        let on = criteria.fold(on, Node::and);
        query.add_join(Join::new(kind, Source::Table(table), on));
    }
    let mut order_by = choice.order_by(def);
    renamed.terms(&mut order_by);
    query.order_by(order_by);
    Ok((target, !always))
}

impl<P: Model, F: RelationField> JoinedRows<P> for Reader<P, F> {
    fn read(&mut self, row: &dyn Row, parent: u32) -> Result<()> {
        let next = u32::try_from(self.children.rows.len()).map_err(|_| too_many())?;
        let number = match &mut self.seen {
            Seen::Never if self.key.are_null(row) => return Ok(()),
            Seen::Never => next,
            Seen::OfParents(seen) => {
                let Some(key) = self.key.key(row)? else { return Ok(()) };
                seen.get_or_insert((parent, key), || Ok(next))?
            }
            Seen::Shared(seen) => {
                let Some(key) = self.key.key(row)? else { return Ok(()) };
                seen.get_or_insert(key, || Ok(next))?
            }
        };
        let is_new = number == next;
        if is_new {
            self.children.rows.push(F::Target::read(row, self.at)?);
        }
        if is_new || matches!(self.seen, Seen::Shared(_)) {
            self.children.links.push((parent, number));
        }
        self.nested.iter_mut().try_for_each(|reader| reader.read(row, number))
    }

    fn finish(
        self: Box<Self>,
        executor: &mut dyn Executor<Hydrate = Plain>,
        parents: &mut [P],
        origin: &SelectStatement,
    ) -> Result<()> {
        let Self { load, mut children, nested, .. } = *self;
        children.parents = parents.len();
        let mut parents: Vec<&mut P> = parents.iter_mut().collect();
        if load.nested().is_empty() {
            return load.complete(executor, &mut parents, children, origin);
        }
        let origin = select_in::of_origin(load.relation().def(), &load.choice, origin)?;
        for reader in nested {
            reader.finish(executor, &mut children.rows, &origin)?;
        }
        load.complete(executor, &mut parents, children, &origin)
    }
}
