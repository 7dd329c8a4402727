//! Views: structs of some of a model's columns, `#[derive(View)]` and `.view::<UserName>()`.
//!
//! Which columns they are is known to the compiler, so that nothing is matched by name.

use super::shape::pick;
use super::{Output, Select};
use crate::error::Result;
use crate::expr::Column;
use crate::model::Model;
use crate::types::Field;
use crate::value::Row;

/// A struct of some columns of a model.
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

    /// The positions of the columns, in the order of the fields.
    const COLUMNS: &'static [usize];

    /// Reads a value from the columns of a row that begin at `at`, in the order of the fields.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`](crate::error::Error::Decode) if a stored value does not fit its field.
    fn read(row: &dyn Row, at: usize) -> Result<Self>;
}

impl<M: Model + Output> Select<M> {
    /// Asks for the columns of a struct that derives [`View`] only.
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
    ///     name: String,
    ///     password_hash: String,
    /// }
    ///
    /// #[derive(View)]
    /// #[orm(model = User)]
    /// struct UserName {
    ///     id: i64,
    ///     name: String,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// let query = User::query().filter(User::id.gt(7)).view::<UserName>();
    /// assert_eq!(query.to_sql(&orm::Sqlite)?, r#"SELECT "id", "name" FROM "user" WHERE "id" > ?1"#);
    /// let users: Vec<UserName> = query.all(&mut conn)?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn view<V: View<Model = M>>(self) -> Select<V> {
        let mut statement = self.before_combining("view").into_statement();
        pick(&mut statement, V::COLUMNS);
        Select::from_statement(statement)
    }
}

/// A column that a view's field of type `F` can be: one of the same type.
#[diagnostic::on_unimplemented(
    message = "the field of a view has the type of its column, which `{F}` is not",
    label = "the column is a `{Self}`"
)]
pub trait ViewedAs<F> {}

impl<M: Model, T: Field> ViewedAs<T> for Column<M, T> {}

/// Compiles only if a view's field of type `F` can be read from the column; called by derived code.
pub const fn assert_viewed<F, C: ViewedAs<F> + Copy>(_column: C) {}

/// Implements [`Output`] for a struct that derives `View`.
#[doc(hidden)]
#[macro_export]
macro_rules! view_output {
    ($view:ty) => {
        impl $crate::query::Output for $view {
            type Out<H: $crate::executor::Hydrate> = $view;

            const WIDTH: usize = <$view as $crate::query::View>::COLUMNS.len();

            fn names() -> Option<Vec<&'static str>> {
                let table =
                    <<$view as $crate::query::View>::Model as $crate::model::Model>::table();
                let columns = <$view as $crate::query::View>::COLUMNS;
                Some(columns.iter().map(|&at| table.columns[at].name.as_str()).collect())
            }

            fn from_row<H: $crate::executor::Hydrate>(
                _: &mut H,
                row: &dyn $crate::value::Row,
                at: usize,
            ) -> $crate::error::Result<$view> {
                <$view as $crate::query::View>::read(row, at)
            }
        }
    };
}
