//! Rows one after the other: results that are too large to be held, or of which the first rows may be
//! enough.

mod parts;

use std::fmt;
use std::iter::FusedIterator;
use std::ops::ControlFlow;

use self::parts::Parts;
use super::fetch::written;
use super::{Output, Select, in_projection};
use crate::ast::Projection;
use crate::error::Result;
use crate::executor::{Executor, Hydrate, Rows};

impl<O: Output> Select<O> {
    /// Returns the rows one after the other, as they are asked for; memory holds a few of them,
    /// however many there are.
    ///
    /// The query runs as long as the stream lives, which is as long as it borrows the connection.
    /// Dropping the stream ends it at once, whatever is left. PostgreSQL reads by a cursor, which lives
    /// in a transaction: the one that is open, or else one that the stream begins and ends.
    ///
    /// What is to be loaded beside the rows is loaded for as many of them at a time as are asked for at
    /// a time: [`selectin`](crate::load::selectin) sends its statement for each 1,000 rows, or as
    /// [`yield_per`](Stream::yield_per) says. A relation to many rows cannot be joined, nor loaded by
    /// [`subquery`](crate::load::subquery).
    ///
    /// To hold all rows, [`all`](Self::all) is faster: it sends one request, where a cursor takes
    /// several.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all). What goes wrong after the first row is an item of the stream, and its
    /// last one. PostgreSQL has no cursor for a query that writes, in a common table expression.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct Reading { #[orm(primary_key)] id: i64, celsius: f64 }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![Reading].create_all(&mut conn)?;
    /// # let rows = (0..100).map(|id| Reading::builder().celsius(f64::from(id)));
    /// # Reading::insert_many(rows).execute(&mut conn)?;
    /// let mut hot = None;
    /// for reading in Reading::query().order_by(Reading::id).stream(&mut conn)? {
    ///     let reading = reading?;
    ///     if reading.celsius > 50.0 {
    ///         hot = Some(reading.id);
    ///         break; // the rest is never read
    ///     }
    /// }
    /// assert_eq!(hot, Some(52));
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream<'e, E: Executor>(
        &self,
        executor: &'e mut E,
    ) -> Result<Stream<'e, O, E::Hydrate>> {
        let dialect = executor.dialect();
        if self.loaders().is_empty() {
            let rows = executor.open(&written(&self.statement(), None, dialect)?)?;
            let projection = self.built().projection.clone();
            return Ok(Stream { rows, projection, parts: None });
        }
        self.loads_in_parts("stream")?;
        let (parts, statement) = Parts::new(self, dialect)?;
        let rows = executor.open(&written(&statement, None, dialect)?)?;
        Ok(Stream { rows, projection: statement.projection, parts: Some(Box::new(parts)) })
    }

    /// Returns the rows in vectors of `size`, of which the last may be shorter; 0 is taken as 1.
    ///
    /// It is a [`stream`](Self::stream) whose rows are fetched `size` at a time, and with each vector what
    /// is loaded beside its rows.
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream). Rows that were read of a vector are lost when one of it fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, email: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// # let rows = ["a", "b", "c", "d", "e"].map(|email| User::builder().email(email));
    /// # User::insert_many(rows).execute(&mut conn)?;
    /// let mut letters = Vec::new();
    /// for emails in User::query().select(User::email).order_by(User::id).chunks(&mut conn, 2)? {
    ///     letters.push(emails?.join(" "));
    /// }
    /// assert_eq!(letters, ["a b", "c d", "e"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn chunks<'e, E: Executor>(
        &self,
        executor: &'e mut E,
        size: usize,
    ) -> Result<Chunks<'e, O, E::Hydrate>> {
        let size = size.max(1);
        Ok(Chunks { stream: self.stream(executor)?.yield_per(size), size })
    }

    /// Calls `each` with the rows as they arrive; memory holds a few of them, however many there are.
    ///
    /// An error that `each` returns ends it, but PostgreSQL then still sends the rest of the rows: a
    /// [`stream`](Self::stream) is for results that may not be read to their end.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all), and what `each` returns.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64, email: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// # let rows = ["a@example.com", "b@example.com"].map(|email| User::builder().email(email));
    /// # User::insert_many(rows).execute(&mut conn)?;
    /// let mut csv = String::from("id,email\n");
    /// User::query().order_by(User::id).for_each(&mut conn, |user| {
    ///     csv += &format!("{},{}\n", user.id, user.email);
    ///     Ok(())
    /// })?;
    /// assert_eq!(csv, "id,email\n1,a@example.com\n2,b@example.com\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn for_each<E: Executor>(
        &self,
        executor: &mut E,
        mut each: impl FnMut(O::Out<E::Hydrate>) -> Result<()>,
    ) -> Result<()> {
        if !self.loaders().is_empty() {
            self.loads_in_parts("for_each")?;
            return self.stream(executor)?.try_for_each(|row| each(row?));
        }
        let dialect = executor.dialect();
        let statement = self.statement();
        let sql = written(&statement, None, dialect)?;
        // Kept aside, so that it is not taken for an error of this statement.
        let mut ended = Ok(());
        let fetched = executor.fetch(&sql, &mut |hydrate, row| {
            ended = each(O::from_row(hydrate, row, 0)?);
            Ok(if ended.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        });
        ended?;
        fetched.map_err(|error| in_projection(error, &statement.projection))
    }
}

/// The rows of a query that runs, one after the other; made by [`Select::stream`].
///
/// An error is its last item.
#[must_use = "rows are read when they are asked for"]
pub struct Stream<'e, O: Output, H: Hydrate> {
    rows: Rows<'e, H>,
    projection: Projection,
    /// The rows that have arrived with what was loaded beside them, if anything is.
    parts: Option<Box<Parts<O, H>>>,
}

impl<O: Output, H: Hydrate> Stream<'_, O, H> {
    /// Sets how many rows PostgreSQL is asked for at a time, 1,000 if nothing is said; 0 is taken
    /// as 1.
    ///
    /// Fewer come sooner and with less work if the rest is not wanted, more take fewer round trips.
    /// SQLite hands rows out one by one, so nothing changes there, unless something is loaded beside the
    /// rows: that is done for so many at a time on any database.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # struct User { #[orm(primary_key)] id: i64 }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # metadata![User].create_all(&mut conn)?;
    /// let users = User::query().stream(&mut conn)?.yield_per(50);
    /// assert_eq!(users.count(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn yield_per(mut self, rows: usize) -> Self {
        self.rows.set_fetch_size(rows);
        if let Some(parts) = &mut self.parts {
            parts.set_size(rows);
        }
        self
    }
}

impl<O: Output, H: Hydrate> Iterator for Stream<'_, O, H> {
    type Item = Result<O::Out<H>>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match &mut self.parts {
            Some(parts) => parts.next(&mut self.rows),
            None => self.rows.next(|hydrate, row| O::from_row(hydrate, row, 0)),
        };
        next.map_err(|error| in_projection(error, &self.projection)).transpose()
    }
}

impl<O: Output, H: Hydrate> FusedIterator for Stream<'_, O, H> {}

impl<O: Output, H: Hydrate> fmt::Debug for Stream<'_, O, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// The rows of a query that runs, some at a time; made by [`Select::chunks`].
///
/// An error is its last item.
#[must_use = "rows are read when they are asked for"]
pub struct Chunks<'e, O: Output, H: Hydrate> {
    stream: Stream<'e, O, H>,
    size: usize,
}

impl<O: Output, H: Hydrate> Iterator for Chunks<'_, O, H> {
    type Item = Result<Vec<O::Out<H>>>;

    fn next(&mut self) -> Option<Self::Item> {
        let chunk: Result<Vec<_>> = self.stream.by_ref().take(self.size).collect();
        match chunk {
            Ok(rows) if rows.is_empty() => None,
            chunk => Some(chunk),
        }
    }
}

impl<O: Output, H: Hydrate> FusedIterator for Chunks<'_, O, H> {}

impl<O: Output, H: Hydrate> fmt::Debug for Chunks<'_, O, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("size", &self.size).finish_non_exhaustive()
    }
}
