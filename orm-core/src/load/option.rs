//! What a query is told to load besides its rows: relations, how, and what belongs to those again.

use std::fmt;
use std::sync::Arc;

use super::select_in;
use crate::ast::{Node, OrderTerm};
use crate::error::Result;
use crate::executor::{Executor, Loader, Plain};
use crate::expr::{IntoOrder, Operand};
use crate::model::Model;
use crate::query::{Output, Select};
use crate::relation::{Relation, RelationField};

/// Loads the rows a relation of model `P` leads to, and what is asked for of those.
///
/// Made by [`selectin`]. Given to [`Select::options`], or to [`then`](Self::then) of another one.
pub struct Load<P, F: RelationField> {
    relation: Relation<P, F>,
    pub(super) choice: Choice,
    nested: Vec<Arc<dyn Loader<F::Target>>>,
}

/// Which rows of a relation, in which order.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    pub(super) filter: Option<Node>,
    pub(super) order_by: Vec<OrderTerm>,
    /// The most rows of each parent.
    pub(super) limit: Option<u64>,
}

/// Loads a relation by one further statement, whatever the number of rows: its keys are bound as one
/// list.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::{BelongsTo, HasMany, selectin};
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
pub fn selectin<P: Model, F: RelationField>(relation: Relation<P, F>) -> Load<P, F> {
    Load { relation, choice: Choice::default(), nested: Vec::new() }
}

impl<P: Model, F: RelationField> Load<P, F> {
    /// Loads only the rows for which `condition` holds, besides the conditions given before.
    #[must_use]
    pub fn filter(mut self, condition: impl Operand<bool>) -> Self {
        let condition = condition.into_operand();
        self.choice.filter = Some(match self.choice.filter.take() {
            Some(before) => before.and(condition),
            None => condition,
        });
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

    /// Loads what belongs to the loaded rows, too.
    #[must_use]
    pub fn then(mut self, options: impl IntoLoaders<F::Target>) -> Self {
        options.append_to(&mut self.nested);
        self
    }
}

impl<P: Model, F: RelationField> Loader<P> for Load<P, F> {
    fn load(&self, executor: &mut dyn Executor<Hydrate = Plain>, rows: &mut [P]) -> Result<()> {
        let mut parents: Vec<&mut P> = rows.iter_mut().collect();
        self.load_into(executor, &mut parents)
    }
}

impl<P: Model, F: RelationField> Load<P, F> {
    fn load_into(
        &self,
        executor: &mut dyn Executor<Hydrate = Plain>,
        parents: &mut [&mut P],
    ) -> Result<()> {
        if parents.is_empty() {
            return Ok(());
        }
        let def = self.relation.def();
        let mut children = select_in::load(def, &self.choice, executor, parents)?;
        for loader in &self.nested {
            loader.load(executor, &mut children.rows)?;
        }
        let fields = F::gather(def, children)?;
        for (parent, field) in parents.iter_mut().zip(fields) {
            *self.relation.of_mut(parent) = field;
        }
        Ok(())
    }
}

impl<P: Model, F: RelationField> Relation<P, F> {
    /// Loads the relation of all `parents` that do not have it yet, in one statement.
    ///
    /// # Errors
    ///
    /// What the database reports, and [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) if
    /// the relation's declaration leads nowhere.
    pub fn load_all<'p, E>(
        self,
        executor: &mut E,
        parents: impl IntoIterator<Item = &'p mut P>,
    ) -> Result<()>
    where
        E: Executor<Hydrate = Plain>,
    {
        let parents = parents.into_iter().filter(|parent| !self.of(parent).is_loaded());
        selectin(self).load_into(executor, &mut parents.collect::<Vec<_>>())
    }
}

/// What [`Select::options`] and [`Load::then`] take: a [`Load`], a relation, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not load anything of `{P}`",
    label = "expected a relation of `{P}`, as it is or in `selectin(…)`"
)]
pub trait IntoLoaders<P> {
    /// Appends the loaders.
    fn append_to(self, loaders: &mut Vec<Arc<dyn Loader<P>>>);
}

impl<P: Model, F: RelationField> IntoLoaders<P> for Load<P, F> {
    fn append_to(self, loaders: &mut Vec<Arc<dyn Loader<P>>>) {
        loaders.push(Arc::new(self));
    }
}

impl<P: Model, F: RelationField> IntoLoaders<P> for Relation<P, F> {
    fn append_to(self, loaders: &mut Vec<Arc<dyn Loader<P>>>) {
        selectin(self).append_to(loaders);
    }
}

macro_rules! loaders_tuple {
    ($($option:ident)+) => {
        impl<P, $($option: IntoLoaders<P>),+> IntoLoaders<P> for ($($option,)+) {
            #[allow(non_snake_case, reason = "each variable is named as its type is")]
            fn append_to(self, loaders: &mut Vec<Arc<dyn Loader<P>>>) {
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
    /// # Examples
    ///
    /// `User::query().options((selectin(User::posts).then(Post::tags), User::profile))`
    #[must_use]
    pub fn options(mut self, options: impl IntoLoaders<M>) -> Self {
        options.append_to(self.loaders_mut());
        self
    }

    /// Loads a relation beside the rows, by one statement for all of them.
    #[must_use]
    pub fn with<F: RelationField>(self, relation: Relation<M, F>) -> Self {
        self.options(relation)
    }
}

impl<P, F: RelationField> fmt::Debug for Load<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "selectin({:?})", self.relation)
    }
}
