//! Updates and deletes of the rows that a relation leads to.

use crate::ast::{Item, Node, Projection, TableRef};
use crate::expr::Expr;
use crate::model::Model;
use crate::query::{Delete, Output, Update};
use crate::relation::{Relation, RelationField};

impl<P: Model, F: RelationField<Target: Output>, K> Relation<P, F, K> {
    /// Begins an update of the rows that the relation leads to from `parent`.
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
    /// #     #[orm(default = false)] published: bool,
    /// #     #[orm(foreign_key(User::id))] author_id: i64,
    /// #     #[orm(belongs_to(key = author_id, inverse = posts))] author: BelongsTo<User>,
    /// # }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User, Post].create_all(&mut conn)?;
    /// # let user = User::insert(User::builder()).one(&mut conn)?;
    /// # Post::insert(Post::builder().author_id(user.id)).execute(&mut conn)?;
    /// let count = User::posts.update(&user).set(Post::published, true).execute(&mut conn)?;
    /// assert_eq!(count, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn update(self, parent: &P) -> Update<F::Target> {
        Update::new((self.def().target)()).filter(self.leads_here(parent))
    }

    /// Begins a delete of the rows that the relation leads to from `parent`; of a many-to-many relation the
    /// rows themselves, where `unlink` deletes pairs.
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
    /// #     title: String,
    /// #     #[orm(foreign_key(User::id))] author_id: i64,
    /// #     #[orm(belongs_to(key = author_id, inverse = posts))] author: BelongsTo<User>,
    /// # }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User, Post].create_all(&mut conn)?;
    /// # let user = User::insert(User::builder()).one(&mut conn)?;
    /// let drafts = User::posts.delete(&user).filter(Post::title.starts_with("Draft"));
    /// assert_eq!(drafts.execute(&mut conn)?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete(self, parent: &P) -> Delete<F::Target> {
        Delete::new((self.def().target)()).filter(self.leads_here(parent))
    }

    /// Returns the condition that the relation leads to a row from `parent`.
    fn leads_here(self, parent: &P) -> Expr<bool> {
        let mut statement = self.query(parent).into_statement();
        if statement.joins.is_empty() {
            // A relation always has a condition: the key.
            return Expr::new(statement.filter.unwrap_or(Node::And(Vec::new())));
        }
        let table = TableRef::from((self.def().target)());
        let key = |&position: &usize| Node::Column(table.column(position));
        let operand: Vec<Node> = table.table.primary_key.iter().map(key).collect();
        let items = operand.iter().cloned().map(|node| Item::new(node, false)).collect();
        statement.projection = Projection::Items(items);
        statement.order_by.clear();
        let operand = match <[Node; 1]>::try_from(operand) {
            Ok([only]) => only,
            Err(several) => Node::Tuple(several),
        };
        let (operand, query) = (Box::new(operand), Box::new(statement));
        Expr::new(Node::InQuery { operand, query, negated: false })
    }
}
