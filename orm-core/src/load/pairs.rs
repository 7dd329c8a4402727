//! Writing the pairs of a many-to-many relation.

use crate::ast::{DeleteStatement, Node, TableRef};
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::model::{Model, NewRow};
use crate::query::insert_rows;
use crate::relation::{Between, Link, ManyToMany, Relation};
use crate::schema::Table;
use crate::sql;
use crate::value::Value;

impl<P: Model, C: Model> Relation<P, ManyToMany<C>> {
    /// Connects `parent` with each of `children`, and returns how many pairs were inserted.
    ///
    /// The fields of both sides stay as they are.
    ///
    /// # Errors
    ///
    /// [`Error::Integrity`] if a pair is there already; otherwise what the database reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::ManyToMany;
    /// use orm::prelude::*;
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(many_to_many(table = "post_tags"))]
    ///     tags: ManyToMany<Tag>,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Tag {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// metadata![Post, Tag].create_all(&mut conn)?;
    /// let post = Post::insert(Post::builder()).one(&mut conn)?;
    /// let tags = ["rust", "sql"].map(|name| Tag::builder().name(name));
    /// let tags = Tag::insert_many(tags).all(&mut conn)?;
    ///
    /// assert_eq!(Post::tags.link(&mut conn, &post, &tags)?, 2);
    /// assert_eq!(Post::tags.unlink(&mut conn, &post, &tags[..1])?, 1);
    /// assert_eq!(Post::query().with(Post::tags).all(&mut conn)?[0].tags[0].name, "sql");
    /// # Ok(())
    /// # }
    /// ```
    pub fn link<'c, E: Executor>(
        self,
        executor: &mut E,
        parent: &P,
        children: impl IntoIterator<Item = &'c C>,
    ) -> Result<u64> {
        let pairs = self.pairs()?;
        let mut rows = Vec::new();
        for child in children {
            let mut row = NewRow::new(pairs.table().columns.len());
            for (column, value) in pairs.values(parent, child)? {
                row.set(column, Ok(value));
            }
            rows.push(row);
        }
        let mut rows = rows.into_iter();
        insert_rows(executor, pairs.table(), &mut || rows.next())
    }

    /// Disconnects `parent` from each of `children`, and returns how many pairs were deleted.
    ///
    /// The fields of both sides stay as they are; [`link`](Self::link) has an example.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub fn unlink<'c, E: Executor>(
        self,
        executor: &mut E,
        parent: &P,
        children: impl IntoIterator<Item = &'c C>,
    ) -> Result<u64> {
        let pairs = self.pairs()?;
        let table = pairs.table();
        let equal = |(position, value)| {
            (Node::Column(TableRef::from(table).column(position)), Node::Value(value))
        };
        let mut any = Vec::new();
        for child in children {
            any.push(Node::all_equal(pairs.values(parent, child)?.into_iter().map(equal)));
        }
        if any.is_empty() {
            return Ok(0);
        }
        let mut statement = DeleteStatement::new(table);
        statement.filter = Some(Node::Or(any));
        let dialect = executor.dialect();
        executor.execute(&sql::delete(dialect, &statement)?)
    }

    fn pairs(self) -> Result<Pairs> {
        let link = self.def().link()?;
        let between = link.between.first().ok_or_else(|| {
            Error::invalid_query(format!("`{}` has no table of pairs", self.def().path()))
        })?;
        Ok(Pairs { link, between })
    }
}

/// The columns of a table of pairs, and of what they connect.
struct Pairs {
    link: &'static Link,
    between: &'static Between,
}

impl Pairs {
    fn table(&self) -> &'static Table {
        self.between.table.table
    }

    /// Returns the columns of the pair and their values.
    fn values<P: Model, C: Model>(
        &self,
        parent: &P,
        child: &C,
    ) -> Result<Vec<(usize, Value<'static>)>> {
        let near = self.between.near.iter().zip(&self.link.local);
        let near = near.map(|(&to, &from)| Ok((to, parent.value(from)?.into_owned()?)));
        let far = self.between.far.iter().zip(&self.link.remote);
        let far = far.map(|(&to, &from)| Ok((to, child.value(from)?.into_owned()?)));
        near.chain(far).collect()
    }
}
