//! Views: structs of some of a model's columns and relations, `#[derive(View)]` and
//! `.view::<UserView>()`.
//!
//! Which columns they are is known to the compiler, so that nothing is matched by name. What a view
//! selects of a query is in `view/query`, the rows of its relations in `view/related`.

mod field;
mod query;
mod related;

pub use self::field::{ViewField, ViewedAs, viewed};
pub use self::query::ViewQuery;

use std::any::type_name;
use std::fmt;
use std::sync::Arc;

use self::query::select_view;
use self::related::{Related, RelatedRows};
use crate::ast::SelectStatement;
use crate::error::{Error, Result};
use crate::executor::{Executor, Plain};
use crate::model::Model;
use crate::query::{JoinedRows, Joins, Loader, Output, Select};
use crate::schema::Table;
use crate::value::Row;

/// A struct of some columns and relations of a model.
///
/// Implemented by `#[derive(View)]` only.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view of a model",
    label = "not a struct that derives `View`",
    note = "add `#[derive(View)]` and `#[orm(model = User)]` to the struct"
)]
pub trait View: Output + Sized + 'static {
    /// The model.
    type Model: Model;

    /// How many columns of a row it is read from.
    const WIDTH: usize;

    /// Returns what its fields are called in the model, in their order.
    fn names() -> Vec<&'static str>;

    /// Selects what its fields are read from.
    fn select(query: &mut ViewQuery<'_, Self>);

    /// Reads a value from the columns of a row that begin at `at`, in the order of the fields.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if a stored value does not fit its field.
    fn read(row: &dyn Row, at: usize) -> Result<Self>;
}

impl<M: Model + Output> Select<M> {
    /// Asks for the columns and the relations of a struct that derives [`View`] only.
    ///
    /// A row that this one belongs to is joined. Those of any other relation come by one further
    /// statement for each relation and level, whatever the number of rows.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::{BelongsTo, HasMany};
    ///
    /// #[derive(Model)]
    /// struct User {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    ///     password_hash: String,
    ///     #[orm(has_many(inverse = author))]
    ///     posts: HasMany<Post>,
    /// }
    ///
    /// #[derive(Model)]
    /// struct Post {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     title: String,
    ///     #[orm(foreign_key(User::id))]
    ///     author_id: i64,
    ///     #[orm(belongs_to(key = author_id, inverse = posts))]
    ///     author: BelongsTo<User>,
    /// }
    ///
    /// #[derive(View)]
    /// #[orm(model = User)]
    /// struct UserView {
    ///     name: String,
    ///     posts: Vec<PostView>,
    /// }
    ///
    /// #[derive(View)]
    /// #[orm(model = Post)]
    /// struct PostView {
    ///     title: String,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// metadata![User, Post].create_all(&mut conn)?;
    /// let user = User::insert(User::builder().name("alice").password_hash("x")).one(&mut conn)?;
    /// Post::insert(Post::builder().title("Hello").author_id(user.id)).execute(&mut conn)?;
    ///
    /// let query = User::query().filter(User::name.eq("alice")).view::<UserView>();
    /// let alice = query.one(&mut conn)?;
    /// assert_eq!(alice.posts[0].title, "Hello");
    ///
    /// // The key is selected too, by which the posts are found.
    /// let sql = r#"SELECT "name", "id" FROM "user" WHERE "name" = ?1"#;
    /// assert_eq!(query.to_sql(&orm::Sqlite)?, sql);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn view<V: View<Model = M>>(self) -> Select<V> {
        let mut statement = self.before_combining("view").into_statement();
        let relations = select_view::<V>(&mut statement, 0);
        let mut query = Select::from_statement(statement);
        if !relations.is_empty() {
            query.add_loaders(|loaders| loaders.add(Arc::new(Relations(relations))));
        }
        query
    }
}

/// The relations of a view.
struct Relations<V>(Vec<Arc<dyn Related<V>>>);

impl<V: View> Loader<V> for Relations<V> {
    /// All of them: there is no other loader beside it.
    fn relation(&self) -> &'static str {
        ""
    }

    fn parent(&self) -> &'static Table {
        V::Model::table()
    }

    fn joins(&self) -> Joins {
        Joins::Selected
    }

    fn selected(&self) -> Result<Box<dyn JoinedRows<V>>> {
        Ok(Box::new(Reader(self.0.iter().map(|relation| relation.rows()).collect())))
    }

    fn load(
        &self,
        _: &mut dyn Executor<Hydrate = Plain>,
        _: &mut [V],
        _: &SelectStatement,
    ) -> Result<()> {
        Err(Error::invalid_query(format!(
            "{self:?} is read with the rows of its query, which a page by key has not: page whole rows, \
             or use `.paginate(…)`"
        )))
    }
}

impl<V> fmt::Debug for Relations<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = type_name::<V>();
        write!(f, "`view::<{}>`", view.rsplit("::").next().unwrap_or(view))
    }
}

/// Reads the keys of rows, and finds what belongs to them.
struct Reader<V>(Vec<Box<dyn RelatedRows<V>>>);

impl<V> JoinedRows<V> for Reader<V> {
    fn read(&mut self, row: &dyn Row, parent: u32) -> Result<()> {
        self.0.iter_mut().try_for_each(|rows| rows.read(row, parent))
    }

    fn finish(
        self: Box<Self>,
        executor: &mut dyn Executor<Hydrate = Plain>,
        parents: &mut [V],
        origin: &SelectStatement,
    ) -> Result<()> {
        let mut parents: Vec<Option<&mut V>> = parents.iter_mut().map(Some).collect();
        self.0.into_iter().try_for_each(|rows| rows.finish(executor, &mut parents, origin))
    }
}

/// Implements [`Output`] for a struct that derives `View`.
#[doc(hidden)]
#[macro_export]
macro_rules! view_output {
    ($view:ty) => {
        impl $crate::query::Output for $view {
            type Out<H: $crate::executor::Hydrate> = $view;

            const WIDTH: usize = <$view as $crate::load::View>::WIDTH;

            fn names() -> Option<Vec<&'static str>> {
                Some(<$view as $crate::load::View>::names())
            }

            fn from_row<H: $crate::executor::Hydrate>(
                _: &mut H,
                row: &dyn $crate::value::Row,
                at: usize,
            ) -> $crate::error::Result<$view> {
                <$view as $crate::load::View>::read(row, at)
            }

            fn load<E: $crate::executor::Executor>(
                executor: &mut E,
                rows: &mut [$view],
                work: &mut $crate::executor::LoadRelated<'_, $view>,
            ) -> $crate::error::Result<()> {
                $crate::executor::Executor::apart(executor, &mut |_, plain| work(plain, rows))
            }
        }
    };
}
