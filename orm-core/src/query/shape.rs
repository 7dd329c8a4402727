//! Rows that are read into structs by name: `#[derive(FromRow)]` and `.into::<Report>()`.
//!
//! Names are matched once, when the query is built, and what is selected is put into the order of the
//! fields, so that rows are read by position. What does not match is refused when the query is
//! written, since building one cannot fail.

use super::returning::Returning;
use super::{Output, Select};
use crate::ast::{FieldName, Item, Projection, SelectStatement};
use crate::error::{Error, Result};
use crate::types::SqlType;
use crate::value::Row;

/// A struct that rows are read into by the names of its fields.
///
/// Implemented by `#[derive(FromRow)]` only.
#[diagnostic::on_unimplemented(
    message = "rows cannot be read into `{Self}`",
    label = "not a struct that derives `FromRow`",
    note = "add `#[derive(FromRow)]` to the struct"
)]
pub trait FromRow: Output + Sized + 'static {
    /// What the struct declares.
    const DEF: &'static RowDef;

    /// Reads a value from the columns of a row that begin at `at`, in the order of declaration.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if a value does not fit its field.
    fn read(row: &dyn Row, at: usize) -> Result<Self>;
}

/// A struct that rows are read into, as it is declared.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(FromRow)]
/// struct Report {
///     name: String,
///     total: Option<i64>,
/// }
///
/// assert_eq!((Report::DEF.name, Report::DEF.width()), ("Report", 2));
/// let names: Vec<&str> = Report::DEF.fields().iter().map(|field| field.name).collect();
/// assert_eq!(names, ["name", "total"]);
/// ```
#[derive(Debug)]
pub struct RowDef {
    /// The name of the struct.
    pub name: &'static str,
    /// The fields, in the order of declaration.
    pub entries: &'static [RowEntry],
}

/// One field of a struct that rows are read into.
#[derive(Debug)]
pub enum RowEntry {
    /// A field that is a column.
    Column(RowField),
    /// A field that is such a struct itself.
    Flatten(&'static RowDef),
}

/// A field that is read from a column.
#[derive(Debug)]
pub struct RowField {
    /// The name of the column.
    pub name: &'static str,
    /// The SQL type that its Rust type is declared with.
    pub sql_type: SqlType,
    /// Whether it can be NULL.
    pub nullable: bool,
}

impl RowDef {
    /// Returns how many columns are read.
    pub const fn width(&self) -> usize {
        let (mut width, mut at) = (0, 0);
        while at < self.entries.len() {
            width += match &self.entries[at] {
                RowEntry::Column(_) => 1,
                RowEntry::Flatten(inner) => inner.width(),
            };
            at += 1;
        }
        width
    }

    /// Returns the fields that are columns, those of flattened structs in their places.
    pub fn fields(&'static self) -> Vec<&'static RowField> {
        self.entries
            .iter()
            .flat_map(|entry| match entry {
                RowEntry::Column(field) => vec![field],
                RowEntry::Flatten(inner) => inner.fields(),
            })
            .collect()
    }
}

impl<O: Output> Select<O> {
    /// Reads the rows into structs that derive [`FromRow`], by the names
    /// of what is selected: of columns, or those that `.label(…)` gives.
    ///
    /// Every selected column needs a field, and every field a column; a field that is not an `Option`
    /// needs one that is never NULL. The columns are put into the order of the fields.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::prelude::*;
    /// use orm::func::sum;
    ///
    /// #[derive(Model)]
    /// struct User {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     name: String,
    /// }
    ///
    /// #[derive(Model)]
    /// #[orm(table = "orders")]
    /// struct Order {
    ///     #[orm(primary_key)]
    ///     id: i64,
    ///     #[orm(foreign_key(User::id))]
    ///     user_id: i64,
    ///     amount: i64,
    /// }
    ///
    /// #[derive(FromRow, Debug, PartialEq)]
    /// struct Report {
    ///     name: String,
    ///     total: i64,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User, Order].create_all(&mut conn)?;
    /// # let alice = User::insert(User::builder().name("alice")).one(&mut conn)?;
    /// # for amount in [3, 4] {
    /// #     Order::insert(Order::builder().user_id(alice.id).amount(amount)).one(&mut conn)?;
    /// # }
    /// let reports = Order::query()
    ///     .join(Order::user_id)
    ///     .group_by(User::name)
    ///     .select((sum(Order::amount).coalesce(0).label("total"), User::name))
    ///     .into::<Report>()
    ///     .all(&mut conn)?;
    /// assert_eq!(reports, [Report { name: "alice".to_owned(), total: 7 }]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn into<R: FromRow>(self) -> Select<R> {
        let mut statement = self.into_statement();
        let arranged = arrange(&mut statement, R::DEF);
        let query = Select::from_statement(statement);
        match arranged {
            Ok(()) => query,
            Err(error) => query.refused(error),
        }
    }
}

impl<O: Output> Returning<O> {
    /// Reads the rows into structs, as [`Select::into`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Job { #[orm(primary_key)] id: i64, #[orm(default = false)] done: bool }
    /// #[derive(FromRow)]
    /// struct Finished {
    ///     id: i64,
    /// }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Job].create_all(&mut conn)?;
    /// # Job::insert_many([Job::builder(), Job::builder()]).execute(&mut conn)?;
    /// let update = Job::update().set(Job::done, true).filter(!Job::done);
    /// let finished = update.returning(Job::id).into::<Finished>().all(&mut conn)?;
    /// assert_eq!(finished.iter().map(|job| job.id).collect::<Vec<_>>(), [1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn into<R: FromRow>(self) -> Returning<R> {
        self.map_projection(|projection| {
            let mut items = items_of(projection);
            let order = order_of(&items, R::DEF)?;
            items = picked(&items, &order);
            name_fields(&mut items, R::DEF);
            *projection = Projection::Items(items);
            Ok(())
        })
    }
}

/// Puts what is selected into the order of the fields of `def`.
fn arrange(statement: &mut SelectStatement, def: &'static RowDef) -> Result<()> {
    let order = order_of(&items_of(&statement.projection), def)?;
    pick(statement, &order);
    let parts = statement.combined.iter_mut().map(|(_, part)| &mut part.projection);
    for projection in parts.chain([&mut statement.projection]) {
        if let Projection::Items(items) = projection {
            name_fields(items, def);
        }
    }
    Ok(())
}

/// Selects only the items at these positions, in all parts of a union alike.
fn pick(statement: &mut SelectStatement, order: &[usize]) {
    statement.projection = Projection::Items(picked(&items_of(&statement.projection), order));
    for (_, part) in &mut statement.combined {
        pick(part, order);
    }
}

fn picked(items: &[Item], order: &[usize]) -> Vec<Item> {
    let items = order.iter().filter_map(|&position| items.get(position).cloned());
    // What is picked is asked for.
    items.map(|item| Item { is_deferred: false, ..item }).collect()
}

/// Returns what is selected, with a whole table spread into its columns, of which some are left out.
pub(crate) fn selected_of(statement: &SelectStatement) -> Vec<Item> {
    let mut items = items_of(&statement.projection);
    if let Projection::Table(table) = &statement.projection {
        for (position, item) in items.iter_mut().enumerate() {
            item.is_deferred = statement.deferral.leaves_out(table.table, position);
        }
    }
    items
}

/// Returns what is selected, with a whole table spread into its columns.
pub(crate) fn items_of(projection: &Projection) -> Vec<Item> {
    match projection {
        Projection::Items(items) => items.clone(),
        Projection::Table(table) => table.columns().map(Item::of_whole_row).collect(),
    }
}

/// Says of each item into which field it is read: what may be NULL is checked when it is written.
fn name_fields(items: &mut [Item], def: &'static RowDef) {
    for (item, field) in items.iter_mut().zip(def.fields()) {
        item.nullable = field.nullable;
        item.field = Some(FieldName { owner: def.name, name: field.name });
    }
}

/// Returns, for each field of `def`, the position of the item it is read from.
fn order_of(items: &[Item], def: &'static RowDef) -> Result<Vec<usize>> {
    let fields = def.fields();
    for (position, item) in items.iter().enumerate() {
        let Some(name) = item.name() else { return Err(unnamed(position, def)) };
        if items[..position].iter().any(|earlier| earlier.name() == Some(name)) {
            return Err(ambiguous(name, def));
        }
        if fields.iter().all(|field| field.name != name) {
            return Err(without_field(name, def));
        }
    }
    fields.into_iter().map(|field| position_of(field, items, def)).collect()
}

fn position_of(field: &'static RowField, items: &[Item], def: &'static RowDef) -> Result<usize> {
    let position = items.iter().position(|item| item.name() == Some(field.name));
    let position = position.ok_or_else(|| not_selected(field.name, items, def))?;
    let Item { nullable, sql_type, .. } = items[position];
    if nullable && !field.nullable {
        let refused = FieldName { owner: def.name, name: field.name };
        return Err(refused.is_no_option(field.name));
    }
    match sql_type {
        Some(sql_type) if !sql_type.is_read_as(field.sql_type) => {
            Err(of_another_type(field, sql_type, def))
        }
        _ => Ok(position),
    }
}

fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn fields_of(def: &'static RowDef) -> String {
    listed(def.fields().iter().map(|field| field.name))
}

#[cold]
fn unnamed(position: usize, def: &'static RowDef) -> Error {
    Error::invalid_query(format!(
        "rows are read into `{}` by name, but expression {} of those selected has none: name it by \
         `.label(\"…\")`\nfields: {}",
        def.name,
        position + 1,
        fields_of(def)
    ))
}

#[cold]
fn ambiguous(name: &str, def: &RowDef) -> Error {
    Error::invalid_query(format!(
        "rows are read into `{}` by name, but two of the selected columns are called `{name}`: name \
         one differently by `.label(\"…\")`",
        def.name
    ))
}

#[cold]
fn without_field(name: &str, def: &'static RowDef) -> Error {
    Error::invalid_query(format!(
        "`{}` has no field for the selected `{name}`: do not select it, or add the field\nfields: {}",
        def.name,
        fields_of(def)
    ))
}

#[cold]
fn not_selected(field: &str, items: &[Item], def: &RowDef) -> Error {
    Error::invalid_query(format!(
        "nothing is selected for the field `{field}` of `{}`: select a column of that name, or name \
         an expression by `.label(\"{field}\")`\nselected: {}",
        def.name,
        listed(items.iter().filter_map(Item::name))
    ))
}

#[cold]
fn of_another_type(field: &RowField, selected: SqlType, def: &RowDef) -> Error {
    Error::invalid_query(format!(
        "the selected `{name}` is {}, but the field `{name}` of `{}` is {}: change the type of the \
         field, or convert the column by `.cast::<…>()`",
        selected.description(),
        def.name,
        field.sql_type.description(),
        name = field.name,
    ))
}

/// Implements [`Output`] for a struct that derives `FromRow`.
#[doc(hidden)]
#[macro_export]
macro_rules! row_output {
    ($row:ty) => {
        impl $crate::query::Output for $row {
            type Out<H: $crate::executor::Hydrate> = $row;

            const WIDTH: usize = <$row as $crate::query::FromRow>::DEF.width();

            fn names() -> Option<Vec<&'static str>> {
                let fields = <$row as $crate::query::FromRow>::DEF.fields();
                Some(fields.iter().map(|field| field.name).collect())
            }

            fn from_row<H: $crate::executor::Hydrate>(
                _: &mut H,
                row: &dyn $crate::value::Row,
                at: usize,
            ) -> $crate::error::Result<$row> {
                <$row as $crate::query::FromRow>::read(row, at)
            }
        }
    };
}
