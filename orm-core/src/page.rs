//! Pages of a query's rows: by number, which is what Flask-SQLAlchemy calls pagination, and by the key
//! of a row beside them.

mod keyset;

pub use self::keyset::{KeysetPage, KeysetRequest};

use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::query::{Output, Select};

/// Which page is asked for: a number from 1, and how many rows a page has.
///
/// # Examples
///
/// ```
/// use orm::PageRequest;
///
/// let request = PageRequest::new(3, 500).max_per_page(100);
/// assert_eq!(request, PageRequest::new(3, 100).max_per_page(100));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    page: u64,
    per_page: u64,
    max_per_page: u64,
    must_exist: bool,
}

impl PageRequest {
    /// Asks for page `page`, counted from 1, of `per_page` rows each; 0 is taken as 1.
    pub const fn new(page: u64, per_page: u64) -> Self {
        let page = if page == 0 { 1 } else { page };
        let per_page = if per_page == 0 { 1 } else { per_page };
        Self { page, per_page, max_per_page: u64::MAX, must_exist: false }
    }

    /// Limits the rows of a page, whatever was asked for.
    #[must_use]
    pub const fn max_per_page(mut self, count: u64) -> Self {
        self.max_per_page = count;
        if self.per_page > count {
            self.per_page = if count == 0 { 1 } else { count };
        }
        self
    }

    /// Makes an empty page, other than the first, an [`Error::NotFound`].
    #[must_use]
    pub const fn or_not_found(mut self) -> Self {
        self.must_exist = true;
        self
    }
}

impl From<(u64, u64)> for PageRequest {
    fn from((page, per_page): (u64, u64)) -> Self {
        Self::new(page, per_page)
    }
}

/// One page of rows, and where it lies among the others.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// How many rows all pages have.
    pub total: u64,
    /// The number of this page, from 1.
    pub page: u64,
    /// How many rows a full page has.
    pub per_page: u64,
}

impl<T> Page<T> {
    /// Returns how many pages there are.
    pub const fn pages(&self) -> u64 {
        self.total.div_ceil(self.per_page)
    }

    /// Whether there is a page after this one.
    pub const fn has_next(&self) -> bool {
        self.page < self.pages()
    }

    /// Whether there is a page before this one.
    pub const fn has_prev(&self) -> bool {
        self.page > 1
    }

    /// Returns the number of the page after this one.
    pub fn next_num(&self) -> Option<u64> {
        self.has_next().then(|| self.page + 1)
    }

    /// Returns the number of the page before this one.
    pub fn prev_num(&self) -> Option<u64> {
        self.has_prev().then(|| self.page - 1)
    }

    /// Returns the numbers of the pages to link to, `None` for a gap: the first 2, the last 2, and
    /// from 2 before to 4 after this one, as Flask-SQLAlchemy's `iter_pages` does.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Item { #[orm(primary_key)] id: i64 }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Item].create_all(&mut conn)?;
    /// # Item::insert_many((1..=200).map(|id| Item::builder().id(id))).execute(&mut conn)?;
    /// let page = Item::query().order_by(Item::id).paginate(&mut conn, (10, 10))?;
    /// let links: Vec<String> =
    ///     page.iter_pages().map(|page| page.map_or("…".into(), |page| page.to_string())).collect();
    /// assert_eq!(links.join(" "), "1 2 … 8 9 10 11 12 13 14 … 19 20");
    /// # Ok(())
    /// # }
    /// ```
    pub fn iter_pages(&self) -> impl Iterator<Item = Option<u64>> {
        const EDGE: u64 = 2;
        const BEFORE: u64 = 2;
        const AFTER: u64 = 4;
        let (page, pages) = (self.page, self.pages());
        let is_shown = move |number: u64| {
            number <= EDGE
                || number + EDGE > pages
                || (number + BEFORE >= page && number <= page + AFTER)
        };
        let mut before = 0;
        (1..=pages).filter(move |number| is_shown(*number)).flat_map(move |number| {
            let is_gap = number > before + 1;
            before = number;
            is_gap.then_some(None).into_iter().chain([Some(number)])
        })
    }
}

impl<O: Output> Select<O> {
    /// Returns one page of the rows; give the query an order, so that pages do not overlap.
    ///
    /// Sends one statement for the rows and, unless they show it, one for their count.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a page without rows, if [`PageRequest::or_not_found`] asks for it;
    /// [`Error::InvalidQuery`] for a query that has a limit or an offset itself; otherwise as [`all`](Self::all).
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, name: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// # let rows = ["a", "b", "c"].map(|name| User::builder().name(name));
    /// # User::insert_many(rows).execute(&mut conn)?;
    /// let page = User::query().order_by(User::name).paginate(&mut conn, (1, 2))?;
    /// assert_eq!((page.items.len(), page.total, page.pages()), (2, 3, 2));
    /// assert_eq!(page.next_num(), Some(2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn paginate<E: Executor>(
        &self,
        executor: &mut E,
        request: impl Into<PageRequest>,
    ) -> Result<Page<O::Out<E::Hydrate>>> {
        let PageRequest { page, per_page, must_exist, .. } = request.into();
        if self.statement().limit.is_some() || self.statement().offset.is_some() {
            return Err(Error::invalid_query(
                "a page has a limit and an offset of its own: leave out those of the query, or ask \
                 for pages of `.subquery(\"name\").query()`",
            ));
        }
        let before = (page - 1).saturating_mul(per_page);
        let items = self.clone().limit(per_page).offset(before).all(executor)?;
        let count = items.len() as u64;
        // A page that is not full is the last one, unless it lies behind that.
        let total = if count < per_page && (count > 0 || page == 1) {
            before + count
        } else {
            self.count(executor)?
        };
        if must_exist && count == 0 && page > 1 {
            return Err(Error::NotFound { model: self.subject() });
        }
        Ok(Page { items, total, page, per_page })
    }
}
