//! What a query is told to load besides its rows: relations, how, and what belongs to those again.

use std::fmt;
use std::sync::Arc;

use super::joined::join_to;
use super::select_in::{self, Origin};
use crate::ast::{Deferral, Node, OrderTerm, SelectStatement, TableRef};
use crate::error::{Error, Result};
use crate::executor::{Executor, Plain};
use crate::expr::{Alias, IntoOrder, Operand};
use crate::model::Model;
use crate::query::{DefaultsOf, JoinedRows, Joining, Joins, Loader, Loaders, Output, Select};
use crate::relation::{Children, Relation, RelationDef, RelationField, RelationKind};
use crate::schema::Table;

/// Loads the rows a relation of model `P` leads to, and what is asked for of those.
///
/// Made by [`selectin`], [`joined`](joined()), [`subquery`], [`noload`] and [`contains_eager`]. Given to
/// [`Select::options`], or to [`then`](Self::then) of another one.
pub struct Load<P, F: RelationField> {
    relation: Relation<P, F>,
    strategy: Strategy,
    pub(super) choice: Choice,
    nested: Loaders<F::Target>,
}

/// How the rows arrive.
#[derive(Debug, Clone, Copy)]
pub(super) enum Strategy {
    SelectIn,
    Subquery,
    Joined,
    Nothing,
    /// By a join that the query has already, of this table.
    Contained(TableRef),
}

/// Which rows of a relation, in which order.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    pub(super) filter: Option<Node>,
    order_by: Vec<OrderTerm>,
    /// The most rows of each parent.
    pub(super) limit: Option<u64>,
    /// Which columns they are read without.
    pub(super) deferral: Deferral,
}

impl Choice {
    /// Returns the order asked for, or else the one declared.
    pub(super) fn order_by(&self, def: &RelationDef) -> Vec<OrderTerm> {
        let mut terms = self.order_by.clone();
        if let (true, Some(declared)) = (terms.is_empty(), def.order_by) {
            declared(&mut terms);
        }
        terms
    }
}

/// Loads a relation by one further statement, whatever the number of rows: their keys are bound as one
/// list.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     #[orm(has_many(inverse = author))]
///     posts: HasMany<Post>,
/// }
///
/// #[derive(Model)]
/// struct Post {
///     #[orm(primary_key)]
///     id: i64,
///     #[orm(foreign_key(User::id))]
///     author_id: i64,
///     #[orm(belongs_to(key = author_id, inverse = posts))]
///     author: BelongsTo<User>,
/// }
/// # fn main() -> orm::Result<()> {
/// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// metadata![User, Post].create_all(&mut conn)?;
/// let user = User::insert(User::builder()).one(&mut conn)?;
/// Post::insert_many([1, 2].map(|_| Post::builder().author_id(user.id))).execute(&mut conn)?;
///
/// let before = conn.statement_count();
/// let users = User::query().options(selectin(User::posts)).all(&mut conn)?;
/// assert_eq!(users[0].posts.len(), 2);
/// assert_eq!(conn.statement_count() - before, 2);
/// # Ok(())
/// # }
/// ```
pub fn selectin<P: Model, F: RelationField<Target: Output>, K>(
    relation: Relation<P, F, K>,
) -> Load<P, F> {
    Load::new(relation.to_read(), Strategy::SelectIn)
}

/// Loads a relation in the query's own statement, by an outer join; by an inner one where a row always
/// has a partner.
///
/// The joined table has a name of its own, so that the query's conditions do not meet it. Where the
/// query has a limit and the relation leads to many rows, the limit still counts the query's rows.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct User { #[orm(primary_key)] id: i64, name: String }
/// # #[derive(Model)]
/// # struct Post {
/// #     #[orm(primary_key)] id: i64,
/// #     #[orm(foreign_key(User::id))] author_id: i64,
/// #     #[orm(belongs_to(key = author_id))] author: BelongsTo<User>,
/// # }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![User, Post].create_all(&mut conn)?;
/// # let user = User::insert(User::builder().name("alice")).one(&mut conn)?;
/// # Post::insert(Post::builder().author_id(user.id)).execute(&mut conn)?;
/// let before = conn.statement_count();
/// let posts = Post::query().options(joined(Post::author)).all(&mut conn)?;
/// assert_eq!(posts[0].author.name, "alice");
/// assert_eq!(conn.statement_count() - before, 1);
/// # Ok(())
/// # }
/// ```
pub fn joined<P: Model, F: RelationField<Target: Output>, K>(
    relation: Relation<P, F, K>,
) -> Load<P, F> {
    Load::new(relation.to_read(), Strategy::Joined)
}

/// Loads a relation by one further statement, in which the query stands again as a subquery.
///
/// As [`selectin`], but no key is sent. A query with a limit needs an order, or the subquery may
/// return other rows.
pub fn subquery<P: Model, F: RelationField<Target: Output>, K>(
    relation: Relation<P, F, K>,
) -> Load<P, F> {
    Load::new(relation.to_read(), Strategy::Subquery)
}

/// Leaves a relation empty without asking the database.
pub fn noload<P: Model, F: RelationField, K>(relation: Relation<P, F, K>) -> Load<P, F> {
    Load::plain(relation.to_read(), Strategy::Nothing)
}

/// Loads a relation from the rows of a table that the query joins itself, all or some of them.
///
/// A query with a limit is refused if the relation leads to many rows: the limit would count those.
///
/// # Examples
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # struct User {
/// #     #[orm(primary_key)] id: i64,
/// #     #[orm(has_many(inverse = author))] posts: HasMany<Post>,
/// # }
/// # #[derive(Model)]
/// # struct Post {
/// #     #[orm(primary_key)] id: i64,
/// #     title: String,
/// #     #[orm(foreign_key(User::id))] author_id: i64,
/// #     #[orm(belongs_to(key = author_id, inverse = posts))] author: BelongsTo<User>,
/// # }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![User, Post].create_all(&mut conn)?;
/// # let user = User::insert(User::builder()).one(&mut conn)?;
/// # let posts = ["one", "two"].map(|title| Post::builder().title(title).author_id(user.id));
/// # Post::insert_many(posts).execute(&mut conn)?;
/// let users = User::query()
///     .join(Post::author_id)
///     .filter(Post::title.eq("two"))
///     .options(contains_eager(User::posts))
///     .all(&mut conn)?;
/// assert_eq!(users[0].posts.len(), 1);
/// # Ok(())
/// # }
/// ```
pub fn contains_eager<P: Model, F: RelationField<Target: Output>, K>(
    relation: Relation<P, F, K>,
) -> Load<P, F> {
    let table = (relation.def().target)();
    Load::new(relation.to_read(), Strategy::Contained(TableRef { table, alias: None }))
}

impl<P: Model, F: RelationField<Target: Output>> Load<P, F> {
    fn new(relation: Relation<P, F>, strategy: Strategy) -> Self {
        let path = DefaultsOf::new((relation.def().source)());
        Self::with_defaults(relation, strategy, &path.then((relation.def().target)()))
    }

    /// Returns what loads the relation, and by default what its target does, to which `path` leads.
    pub(super) fn with_defaults(
        relation: Relation<P, F>,
        strategy: Strategy,
        path: &DefaultsOf<'_>,
    ) -> Self {
        let mut load = Self::plain(relation, strategy);
        if !matches!(strategy, Strategy::Nothing) {
            F::Target::default_loaders(&mut load.nested, path);
        }
        load
    }
}

impl<P: Model, F: RelationField> Load<P, F> {
    fn plain(relation: Relation<P, F>, strategy: Strategy) -> Self {
        Self { relation, strategy, choice: Choice::default(), nested: Loaders::default() }
    }

    /// Loads only the rows for which `condition` holds, besides the conditions given before.
    #[must_use]
    pub fn filter(mut self, condition: impl Operand<bool>) -> Self {
        condition.into_operand().add_to(&mut self.choice.filter);
        self
    }

    /// Orders the rows of each parent, instead of as the relation declares.
    #[must_use]
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        order.append_to(&mut self.choice.order_by);
        self
    }

    /// Loads at most `count` rows of each parent: the first ones in their order.
    #[must_use]
    pub fn limit(mut self, count: u64) -> Self {
        self.choice.limit = Some(count);
        self
    }

    /// Says under which name the query has joined the rows, for [`contains_eager`].
    #[must_use]
    pub fn alias(mut self, alias: Alias<F::Target>) -> Self {
        if let Strategy::Contained(table) = &mut self.strategy {
            *table = alias.table_ref();
        }
        self
    }

    /// Loads what belongs to the loaded rows, too.
    #[must_use]
    pub fn then(mut self, options: impl IntoLoaders<F::Target>) -> Self {
        options.append_to(&mut self.nested);
        let mut deferral = self.nested.take_deferral();
        if let Some(refused) = deferral.take_refused() {
            self.choice.filter = Some(Node::Invalid(refused));
        }
        self.choice.deferral.extend(deferral);
        self
    }

    pub(super) fn relation(&self) -> Relation<P, F> {
        self.relation
    }

    pub(super) fn nested(&self) -> &[Arc<dyn Loader<F::Target>>] {
        self.nested.as_slice()
    }

    /// Returns the table that the query has joined already, if it has.
    pub(super) fn joined_as(&self) -> Option<TableRef> {
        match self.strategy {
            Strategy::Contained(table) => Some(table),
            _ => None,
        }
    }

    /// Loads what belongs to the children, except what was joined to them, and gives the parents
    /// their own.
    pub(super) fn complete(
        &self,
        executor: &mut dyn Executor<Hydrate = Plain>,
        parents: &mut [&mut P],
        mut children: Children<F::Target>,
        origin: &SelectStatement,
    ) -> Result<()> {
        for loader in self.nested().iter().filter(|loader| loader.joins() == Joins::Nothing) {
            loader.load(executor, &mut children.rows, origin)?;
        }
        let fields = F::gather(self.relation.def(), children)?;
        for (parent, field) in parents.iter_mut().zip(fields) {
            *self.relation.of_mut(parent) = field;
        }
        Ok(())
    }

    pub(super) fn load_into(
        &self,
        executor: &mut dyn Executor<Hydrate = Plain>,
        parents: &mut [&mut P],
        origin: Origin<'_>,
    ) -> Result<()> {
        // A wrong declaration is found though there may be no rows yet.
        self.relation.def().link()?;
        if parents.is_empty() {
            return Ok(());
        }
        select_in::load(self, executor, parents, origin)
    }
}

impl<P: Model, F: RelationField> Loader<P> for Load<P, F> {
    fn relation(&self) -> &'static str {
        self.relation.def().name
    }

    fn joins(&self) -> Joins {
        let is_many = || match self.relation.def().kind {
            RelationKind::HasMany | RelationKind::ManyToMany => true,
            RelationKind::HasOne | RelationKind::BelongsTo => {
                // One that nothing guarantees may be several, which is found out when they are read.
                let def = self.relation.def();
                def.link().is_ok_and(|link| !link.leads_to_one((def.target)()))
                    || self.nested().iter().any(|loader| loader.joins() == Joins::Many)
            }
        };
        match self.strategy {
            Strategy::SelectIn | Strategy::Subquery | Strategy::Nothing => Joins::Nothing,
            Strategy::Joined | Strategy::Contained(_) if is_many() => Joins::Many,
            Strategy::Joined | Strategy::Contained(_) => Joins::One,
        }
    }

    fn in_parts(&self) -> std::result::Result<(), &'static str> {
        match (self.strategy, self.joins()) {
            (Strategy::Subquery, _) => Err("would send the whole query again for each"),
            (_, Joins::Many) => Err("may find what belongs to one row in several"),
            (Strategy::Joined | Strategy::Contained(_), _) => {
                self.nested().iter().try_for_each(|loader| loader.in_parts())
            }
            (Strategy::SelectIn | Strategy::Nothing, _) => Ok(()),
        }
    }

    fn parent(&self) -> &'static Table {
        P::table()
    }

    fn reads_own_join(&self) -> bool {
        self.joined_as().is_some()
    }

    fn join(&self, query: &mut Joining) -> Result<Box<dyn JoinedRows<P>>> {
        join_to(self, query)
    }

    fn load(
        &self,
        executor: &mut dyn Executor<Hydrate = Plain>,
        rows: &mut [P],
        origin: &SelectStatement,
    ) -> Result<()> {
        let mut parents: Vec<&mut P> = rows.iter_mut().collect();
        match self.strategy {
            Strategy::Nothing => {
                let nothing =
                    Children { parents: parents.len(), rows: Vec::new(), links: Vec::new() };
                self.complete(executor, &mut parents, nothing, origin)
            }
            Strategy::Subquery => self.load_into(executor, &mut parents, Origin::Sent(origin)),
            Strategy::SelectIn | Strategy::Joined => {
                self.load_into(executor, &mut parents, Origin::Keys(&origin.criteria))
            }
            Strategy::Contained(_) => Err(Error::invalid_query(format!(
                "{self:?} reads what a join of the query found, which a page by key has not: load \
                 the relation with `selectin`"
            ))),
        }
    }
}

/// What [`Select::options`] and [`Load::then`] take: a [`Load`], a relation, [`undefer`](super::undefer())
/// of columns, [`raise`](super::raise) of a relation, or a tuple of them.
///
/// A relation by itself is joined if it leads to one row, and loaded by [`selectin`] if it leads to
/// many.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not load anything of `{P}`",
    label = "expected a relation of `{P}`, as it is or in `selectin(…)`"
)]
pub trait IntoLoaders<P> {
    /// Appends the loaders.
    fn append_to(self, loaders: &mut Loaders<P>);
}

impl<P: Model, F: RelationField> IntoLoaders<P> for Load<P, F> {
    fn append_to(self, loaders: &mut Loaders<P>) {
        loaders.add(Arc::new(self));
    }
}

impl<P: Model, F: RelationField<Target: Output>, K> IntoLoaders<P> for Relation<P, F, K> {
    fn append_to(self, loaders: &mut Loaders<P>) {
        let load = match self.def().kind {
            RelationKind::HasOne | RelationKind::BelongsTo => joined(self),
            RelationKind::HasMany | RelationKind::ManyToMany => selectin(self),
        };
        load.append_to(loaders);
    }
}

macro_rules! loaders_tuple {
    ($($option:ident)+) => {
        impl<P, $($option: IntoLoaders<P>),+> IntoLoaders<P> for ($($option,)+) {
            #[allow(non_snake_case, reason = "each variable is named as its type is")]
            fn append_to(self, loaders: &mut Loaders<P>) {
                let ($($option,)+) = self;
                $($option.append_to(loaders);)+
            }
        }
    };
}

loaders_tuple!(A);
loaders_tuple!(A B);
loaders_tuple!(A B C);
loaders_tuple!(A B C D);
loaders_tuple!(A B C D E);
loaders_tuple!(A B C D E F);

impl<M: Model + Output> Select<M> {
    /// Loads what these options say, beside the rows.
    ///
    /// A row that the query's own joins find several times comes once, whatever the strategy.
    ///
    /// # Examples
    ///
    /// `User::query().options((selectin(User::posts).then(Post::tags), User::profile))`
    #[must_use]
    pub fn options(mut self, options: impl IntoLoaders<M>) -> Self {
        self.add_loaders(|loaders| options.append_to(loaders));
        self
    }

    /// Loads a relation beside the rows: by a join if it leads to one row, by one further statement if
    /// it leads to many.
    #[must_use]
    pub fn with<F: RelationField<Target: Output>, K>(self, relation: Relation<M, F, K>) -> Self {
        self.options(relation)
    }
}

impl<P, F: RelationField> Clone for Load<P, F> {
    fn clone(&self) -> Self {
        Self {
            relation: self.relation,
            strategy: self.strategy,
            choice: self.choice.clone(),
            nested: self.nested.clone(),
        }
    }
}

impl<P, F: RelationField> fmt::Debug for Load<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strategy = match self.strategy {
            Strategy::SelectIn => "selectin",
            Strategy::Subquery => "subquery",
            Strategy::Joined => "joined",
            Strategy::Nothing => "noload",
            Strategy::Contained(_) => "contains_eager",
        };
        write!(f, "`{strategy}({:?})`", self.relation)
    }
}
