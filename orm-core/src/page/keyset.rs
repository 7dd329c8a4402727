//! Pages by key: the rows after or before a row that somebody has seen.
//!
//! Whatever was inserted or deleted meanwhile, no row comes twice and none is left out; and the
//! thousandth page costs what the first one does.

mod cursor;
mod order;

use std::ops::ControlFlow;

use self::order::Term;
use crate::ast::{Item, Node, Projection, SelectStatement};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::executor::Executor;
use crate::query::{Output, Select, in_projection, selected_of, too_many};
use crate::sql;
use crate::value::Row;

/// Which page is asked for: how many rows, and after or before which cursor.
///
/// # Examples
///
/// ```
/// use orm::KeysetRequest;
///
/// /// What a request of the web asks for: `?after=…` or `?before=…`, or neither for the first page.
/// fn request(after: Option<String>, before: Option<String>) -> KeysetRequest {
///     KeysetRequest::new(20).after(after).before(before)
/// }
///
/// assert_eq!(request(None, None), KeysetRequest::from(20));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysetRequest {
    per_page: u64,
    after: Option<String>,
    before: Option<String>,
    from_end: bool,
}

impl KeysetRequest {
    /// Asks for the first `per_page` rows; 0 is taken as 1.
    pub const fn new(per_page: u64) -> Self {
        let per_page = if per_page == 0 { 1 } else { per_page };
        Self { per_page, after: None, before: None, from_end: false }
    }

    /// Limits the rows of a page, whatever was asked for.
    #[must_use]
    pub fn max_per_page(mut self, count: u64) -> Self {
        self.per_page = self.per_page.min(count).max(1);
        self
    }

    /// Asks for the rows after a cursor, if there is one: [`KeysetPage::next`] of the page before.
    #[must_use]
    pub fn after(mut self, cursor: impl Into<Option<String>>) -> Self {
        self.after = cursor.into();
        self
    }

    /// Asks for the rows before a cursor, if there is one: [`KeysetPage::previous`] of the page after.
    ///
    /// They are those next to it, unless there is an [`after`](Self::after) too: then they are the first
    /// ones between both.
    #[must_use]
    pub fn before(mut self, cursor: impl Into<Option<String>>) -> Self {
        self.before = cursor.into();
        self
    }

    /// Asks for the last rows instead of the first.
    #[must_use]
    pub const fn from_end(mut self) -> Self {
        self.from_end = true;
        self
    }

    /// Whether rows are read from the end to the start.
    const fn is_backward(&self) -> bool {
        self.from_end || (self.before.is_some() && self.after.is_none())
    }
}

impl From<u64> for KeysetRequest {
    fn from(per_page: u64) -> Self {
        Self::new(per_page)
    }
}

/// One page of rows, in the order of the query, and the cursors of those beside it.
///
/// Cursors are text for links: letters, digits, `-` and `_`. They hold the values by which the query is
/// ordered, readable for those who want to read them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeysetPage<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// What [`KeysetRequest::after`] is given for the next page; `None` on the last.
    pub next: Option<String>,
    /// What [`KeysetRequest::before`] is given for the page before; `None` on the first.
    pub previous: Option<String>,
}

impl<T> KeysetPage<T> {
    /// Whether there is a page after this one.
    pub const fn has_next(&self) -> bool {
        self.next.is_some()
    }

    /// Whether there is a page before this one.
    pub const fn has_previous(&self) -> bool {
        self.previous.is_some()
    }
}

impl<O: Output> Select<O> {
    /// Returns the page after or before a cursor, in the order of the query and, where that leaves rows
    /// equal, of the primary keys.
    ///
    /// Sends one statement, besides those for what is loaded beside the rows: it asks for one row more than
    /// the page has, to know if there are more. That
    /// there are rows where a cursor was taken from is not asked again. A page without rows has no
    /// cursors.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidCursor`](crate::error::Error::InvalidCursor) for a cursor that this query did not
    /// make; [`Error::InvalidQuery`](crate::error::Error::InvalidQuery) for a query whose rows have no
    /// key: one with a limit, groups or a union, of a subquery, or ordered by anything but columns;
    /// otherwise as [`all`](Self::all).
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Post { #[orm(primary_key)] id: i64, title: String, likes: i32 }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Post].create_all(&mut conn)?;
    /// # let rows = [("a", 7), ("b", 3), ("c", 7)].map(|(title, likes)| Post::builder().title(title).likes(likes));
    /// # Post::insert_many(rows).execute(&mut conn)?;
    /// use orm::KeysetRequest;
    ///
    /// let popular = Post::query().order_by(Post::likes.desc());
    ///
    /// let first = popular.paginate_by_key(&mut conn, 2)?;
    /// assert_eq!(first.items[0].title, "c"); // 7 likes, as "a", but a greater key
    /// assert!(!first.has_previous());
    ///
    /// let second = popular.paginate_by_key(&mut conn, KeysetRequest::new(2).after(first.next))?;
    /// assert_eq!(second.items[0].title, "b");
    /// assert!(second.has_previous() && !second.has_next());
    /// # Ok(())
    /// # }
    /// ```
    pub fn paginate_by_key<E: Executor>(
        &self,
        executor: &mut E,
        request: impl Into<KeysetRequest>,
    ) -> Result<KeysetPage<O::Out<E::Hydrate>>> {
        let request = request.into();
        let dialect = executor.dialect();
        let query = KeysetQuery::new(&self.statement(), &request, dialect)?;
        let sql = sql::select(dialect, &query.statement)?;
        let mut selected = self.selected_beside(&query.statement)?;
        let mut items = Vec::new();
        let (mut first, mut last, mut has_more) = (None, None, false);
        let fetched = executor.fetch(&sql, &mut |hydrate, row| {
            if items.len() as u64 == request.per_page {
                has_more = true;
                return Ok(ControlFlow::Break(()));
            }
            items.push(O::from_row(hydrate, row, 0)?);
            if let Some(selected) = &mut selected {
                let number = u32::try_from(items.len() - 1).map_err(|_| too_many())?;
                selected.read(row, number..number + 1)?;
            }
            if items.len() == 1 {
                first = Some(query.cursor(row)?);
            }
            if items.len() as u64 == request.per_page {
                last = Some(query.cursor(row)?);
            }
            Ok(ControlFlow::Continue(()))
        });
        fetched.map_err(|error| in_projection(error, &query.statement.projection))?;
        match selected {
            Some(selected) => {
                self.load_beside(executor, &mut items, selected, &query.statement)?;
            }
            None => self.load_apart(executor, &mut items, &query.statement)?,
        }
        let onward = last.filter(|_| has_more);
        if request.is_backward() {
            items.reverse();
            let next = first.filter(|_| request.before.is_some());
            return Ok(KeysetPage { items, next, previous: onward });
        }
        let previous = first.filter(|_| request.after.is_some());
        Ok(KeysetPage { items, next: onward, previous })
    }
}

/// The statement for a page, and where its rows have their key.
struct KeysetQuery {
    statement: SelectStatement,
    terms: Vec<Term>,
    /// Where a row has the value of each term.
    positions: Vec<usize>,
}

impl KeysetQuery {
    fn new(
        statement: &SelectStatement,
        request: &KeysetRequest,
        dialect: &dyn Dialect,
    ) -> Result<Self> {
        let mut statement = statement.clone();
        let terms = order::total(&statement, dialect)?;
        let reversed: Vec<_> = terms.iter().map(Term::reversed).collect();
        for (cursor, direction) in [(&request.after, &terms), (&request.before, &reversed)] {
            if let Some(cursor) = cursor {
                let values = cursor::decode(cursor, &terms)?;
                let condition = order::beyond(direction, &values);
                condition.ok_or_else(cursor::damaged)?.add_to(&mut statement.filter);
            }
        }
        let direction = if request.is_backward() { &reversed } else { &terms };
        statement.order_by = direction.iter().map(Term::to_order).collect();
        statement.limit = Some(request.per_page.saturating_add(1));
        let positions = select_keys(&mut statement, &terms);
        Ok(Self { statement, terms, positions })
    }

    /// Returns the cursor of a row.
    fn cursor(&self, row: &dyn Row) -> Result<String> {
        let values = self.terms.iter().zip(&self.positions);
        let values = values.map(|(term, &position)| term.sql_type.read(row, position));
        Ok(cursor::encode(&values.collect::<Result<Vec<_>>>()?, &self.terms))
    }
}

/// Returns where rows have the values of the terms; those that are not selected stand after the others.
fn select_keys(statement: &mut SelectStatement, terms: &[Term]) -> Vec<usize> {
    if let Projection::Table(table) = &statement.projection
        && terms.iter().all(|term| term.is_of(*table))
        && !table.table.has_deferred()
    {
        return terms.iter().map(|term| term.column.position).collect();
    }
    let mut items = selected_of(statement);
    let positions = terms.iter().map(|term| {
        let selected = items.iter().position(|item| term.is(&item.node) && !item.is_deferred);
        selected.unwrap_or_else(|| {
            items.push(Item::new(Node::Column(term.column), true));
            items.len() - 1
        })
    });
    let positions = positions.collect();
    statement.projection = Projection::Items(items);
    positions
}
