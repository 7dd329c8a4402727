//! Loading onto rows that are there, and the rows of one parent as a query.

use std::sync::Arc;

use super::option::selectin;
use super::select_in::{self, Origin};
use crate::ast::{Criteria, Node, SelectStatement};
use crate::error::Result;
use crate::executor::{Executor, Plain};
use crate::model::Model;
use crate::query::{Output, Select};
use crate::relation::{Relation, RelationField};

impl<P: Model, F: RelationField<Target: Output>, K> Relation<P, F, K> {
    /// Loads the relation of all `parents` that do not have it yet, in one statement, and what its rows load
    /// by default.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User {
    /// #     #[orm(primary_key)] id: i64,
    /// #     #[orm(has_many(key = author_id))] posts: HasMany<Post>,
    /// # }
    /// # #[derive(Model)]
    /// # struct Post {
    /// #     #[orm(primary_key)] id: i64,
    /// #     #[orm(foreign_key(User::id))] author_id: i64,
    /// # }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User, Post].create_all(&mut conn)?;
    /// # User::insert(User::builder()).execute(&mut conn)?;
    /// let mut users = User::query().all(&mut conn)?;
    /// User::posts.load_all(&mut conn, &mut users)?;
    /// assert!(users[0].posts.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the database reports, and [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) if the
    /// declaration leads nowhere.
    pub fn load_all<'p, E>(
        self,
        executor: &mut E,
        parents: impl IntoIterator<Item = &'p mut P>,
    ) -> Result<()>
    where
        E: Executor<Hydrate = Plain>,
    {
        let parents = parents.into_iter().filter(|parent| !self.of(parent).is_loaded());
        selectin(self).load_into(
            executor,
            &mut parents.collect::<Vec<_>>(),
            Origin::Keys(&Criteria::default()),
        )
    }

    /// Loads the relation of all `parents`, also of those that have it, in one statement.
    ///
    /// # Errors
    ///
    /// As [`load_all`](Self::load_all).
    pub fn reload_all<'p, E>(
        self,
        executor: &mut E,
        parents: impl IntoIterator<Item = &'p mut P>,
    ) -> Result<()>
    where
        E: Executor<Hydrate = Plain>,
    {
        let mut parents: Vec<&mut P> = parents.into_iter().collect();
        selectin(self).load_into(executor, &mut parents, Origin::Keys(&Criteria::default()))
    }

    /// Returns the query for the rows that the relation leads to from `parent`: to filter, to count, to
    /// show in pages.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # use orm::{BelongsTo, HasMany};
    /// # #[derive(Model)]
    /// # struct User {
    /// #     #[orm(primary_key)] id: i64,
    /// #     #[orm(has_many(inverse = author))] posts: HasMany<Post>,
    /// # }
    /// # #[derive(Model)]
    /// # struct Post {
    /// #     #[orm(primary_key)] id: i64,
    /// #     published: bool,
    /// #     #[orm(foreign_key(User::id))] author_id: i64,
    /// #     #[orm(belongs_to(key = author_id, inverse = posts))] author: BelongsTo<User>,
    /// # }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User, Post].create_all(&mut conn)?;
    /// # let user = User::insert(User::builder()).one(&mut conn)?;
    /// let published = User::posts.query(&user).filter(Post::published).count(&mut conn)?;
    /// assert_eq!(published, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn query(self, parent: &P) -> Select<F::Target> {
        let target = (self.def().target)();
        match select_in::of_parent(self.def(), parent) {
            Ok(statement) => Select::of_rows(target, statement),
            Err(error) => {
                let mut statement = SelectStatement::all_of(target);
                statement.filter = Some(Node::Invalid(Arc::new(error)));
                Select::from_statement(statement)
            }
        }
    }
}
