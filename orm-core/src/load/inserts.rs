//! Inserts of rows that a relation then leads to: the key comes from the parent.

use std::fmt;
use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::executor::{Executor, atomically};
use crate::model::{ChildRow, IntoNewRow, IntoRelated, Model, NewRow, RelatedRow};
use crate::query::{Insert, InsertMany, Output, Query as _, insert_returning, insert_rows};
use crate::relation::{Between, HasMany, HasOne, Link, ManyToMany, Relation, RelationDef};
use crate::value::Value;

macro_rules! inserts_with_key {
    ($field:ident) => {
        impl<P: Model, C: Model + Output> Relation<P, $field<C>> {
            /// Begins an insert of a row that the relation leads to from `parent`, whose key is set.
            ///
            /// Keys that relations of the row have need not be set; one that is still missing is refused
            /// before anything is sent. The parent's field stays as it is.
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
            /// let post = User::posts.insert(&user, Post::builder().title("one")).one(&mut conn)?;
            /// assert_eq!(post.author_id, user.id);
            /// # Ok(())
            /// # }
            /// ```
            pub fn insert(self, parent: &P, row: impl IntoRelated<C>) -> Insert<C> {
                C::insert(child_row(row, &key(self.def(), parent)))
            }

            /// Begins an insert of rows that the relation leads to from `parent`, as
            /// [`insert`](Self::insert) does of one.
            pub fn insert_many<I>(
                self,
                parent: &P,
                rows: I,
            ) -> InsertMany<C, impl Iterator<Item = ChildRow<C>> + use<P, C, I>>
            where
                I: IntoIterator<Item: IntoRelated<C>>,
            {
                let key = key(self.def(), parent);
                C::insert_many(rows.into_iter().map(move |row| child_row(row, &key)))
            }
        }
    };
}

inserts_with_key!(HasMany);
inserts_with_key!(HasOne);

impl<P: Model, C: Model + Output> Relation<P, ManyToMany<C>> {
    /// Begins an insert of a row and of the pair that connects it with `parent`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Post {
    /// #     #[orm(primary_key)] id: i64,
    /// #     #[orm(many_to_many(table = "post_tags"))] tags: ManyToMany<Tag>,
    /// # }
    /// # #[derive(Model)]
    /// # struct Tag { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Post, Tag].create_all(&mut conn)?;
    /// # let post = Post::insert(Post::builder()).one(&mut conn)?;
    /// Post::tags.insert(&post, Tag::builder().name("rust")).execute(&mut conn)?;
    /// assert_eq!(Post::tags.query(&post).one(&mut conn)?.name, "rust");
    /// # Ok(())
    /// # }
    /// ```
    pub fn insert(self, parent: &P, row: impl IntoNewRow<C>) -> InsertLinked<C> {
        let pair = self.def().link().and_then(|link| Pair::of(link, parent));
        InsertLinked { row: row.into_new_row(), pair, model: PhantomData }
    }
}

/// An INSERT of a row and of the pair that a relation finds it by; made by the `insert` of a relation
/// by a table of pairs.
///
/// Both are inserted, or none: they run in a transaction, or in a savepoint if one is open.
#[must_use = "an insert does nothing before `one` or `execute`"]
pub struct InsertLinked<C> {
    row: NewRow,
    pair: Result<Pair>,
    model: PhantomData<fn() -> C>,
}

/// The pair of a row that is still to be inserted.
struct Pair {
    link: &'static Link,
    between: &'static Between,
    /// What the parent has in the columns of its side.
    near: Vec<Value<'static>>,
}

impl Pair {
    fn of<P: Model>(link: &'static Link, parent: &P) -> Result<Self> {
        let between = link
            .between
            .first()
            .ok_or_else(|| Error::invalid_query("the relation has no table of pairs"))?;
        let near = link.local.iter().map(|&column| parent.value(column)?.into_owned());
        Ok(Self { link, between, near: near.collect::<Result<_>>()? })
    }

    /// Returns the pair with a row that has these values in the columns of its side.
    fn with(self, far: Vec<Value<'static>>) -> NewRow {
        let mut row = NewRow::new(self.between.table.table.columns.len());
        let columns = self.between.near.iter().chain(&self.between.far);
        for (&column, value) in columns.zip(self.near.into_iter().chain(far)) {
            row.set(column, Ok(value));
        }
        row
    }
}

impl<C: Model + Output> InsertLinked<C> {
    /// Inserts the row and the pair, and returns the row as the database has it.
    ///
    /// # Errors
    ///
    /// As [`Insert::one`].
    pub fn one<E: Executor>(self, executor: &mut E) -> Result<C::Out<E::Hydrate>> {
        let (row, pair) = (self.row, self.pair?);
        let (table, far) = (C::table(), &pair.link.remote);
        atomically(executor, |executor| {
            let (mut inserted, mut values) = (None, Vec::new());
            insert_returning(executor, table, row, &mut |hydrate, row, _| {
                let read = |&column: &usize| {
                    table.columns[column].sql_type.read(row, column)?.into_owned()
                };
                values = far.iter().map(read).collect::<Result<_>>()?;
                inserted = Some(C::from_row(hydrate, row, 0)?);
                Ok(())
            })?;
            let pairs = pair.between.table.table;
            let mut pair = Some(pair.with(values));
            insert_rows(executor, pairs, &mut || pair.take())?;
            inserted.ok_or(Error::NotFound { model: C::DEF.name })
        })
    }

    /// Inserts the row and the pair.
    ///
    /// # Errors
    ///
    /// As [`Insert::one`].
    pub fn execute<E: Executor>(self, executor: &mut E) -> Result<()> {
        self.one(executor).map(drop)
    }
}

impl<C: Model> fmt::Debug for InsertLinked<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsertLinked").field("model", &C::DEF.name).finish_non_exhaustive()
    }
}

/// The columns of a new row that hold the key, with what they are set to; or why there is none.
type KeyValues = Result<Vec<(usize, Value<'static>)>, String>;

/// Returns what the parent's rows have in the columns of their key.
fn key<P: Model>(def: &'static RelationDef, parent: &P) -> KeyValues {
    let value = |(&column, &local): (&usize, &usize)| {
        parent.value(local).and_then(Value::into_owned).map(|value| (column, value))
    };
    let values = |link: &'static Link| link.remote.iter().zip(&link.local).map(value).collect();
    def.link().and_then(values).map_err(|error| error.to_string())
}

/// Returns the row with its key.
fn child_row<C: Model>(row: impl IntoRelated<C>, key: &KeyValues) -> ChildRow<C> {
    let mut row = match row.into_related() {
        RelatedRow::New(row) => row,
        RelatedRow::Entity(_) => {
            let mut row = NewRow::new(C::table().columns.len());
            row.set(
                0,
                Err(Error::invalid_query(
                    "an entity is a row of its session already: set its relation there",
                )),
            );
            row
        }
    };
    match key {
        Ok(values) => {
            for (column, value) in values {
                row.set(*column, Ok(value.clone()));
            }
        }
        Err(message) => row.set(0, Err(Error::invalid_query(message.as_str()))),
    }
    ChildRow::new(row)
}
