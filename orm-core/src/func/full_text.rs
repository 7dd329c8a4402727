//! Full-text search.

use std::fmt;
use std::marker::PhantomData;

use super::node;
use crate::ast::{self, Call, Function, Node, TableRef};
use crate::expr::{Expr, Expression, Operand};
use crate::model::Model;
use crate::types::Field;

/// Begins a search of a text by its words, on PostgreSQL.
///
/// Queries are written as for a web search: `rust orm -diesel "unit of work"`. To search several
/// columns, put them together with [`concat`](Expression::concat).
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::full_text;
///
/// #[derive(Model)]
/// struct Post {
///     #[orm(primary_key)]
///     id: i64,
///     body: String,
/// }
///
/// let body = full_text(Post::body).language("english");
/// let found = Post::query()
///     .filter(body.clone().matches("fast orm"))
///     .order_by(body.rank("fast orm").desc())
///     .select(Post::id);
/// assert_eq!(
///     found.to_sql(&orm::Postgres)?,
///     "SELECT \"id\" FROM \"post\" \
///      WHERE to_tsvector('english', \"body\") @@ websearch_to_tsquery('english', $1::text) \
///      ORDER BY ts_rank(to_tsvector('english', \"body\"), websearch_to_tsquery('english', $2::text)) DESC"
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn full_text<E: Expression<Type: Field<Base = String>>>(text: E) -> FullText {
    FullText { text: node(text), language: None }
}

/// A text that is searched by its words; begun by [`full_text`].
#[derive(Debug, Clone)]
#[must_use]
pub struct FullText {
    text: Node,
    language: Option<&'static str>,
}

impl FullText {
    /// Says the text search configuration, such as `english`; it is that of the session if not said.
    ///
    /// An index on `to_tsvector('english', body)` serves only searches that say `english`.
    pub fn language(mut self, language: &'static str) -> Self {
        self.language = Some(language);
        self
    }

    /// The text matches `query`.
    pub fn matches(self, query: impl Operand<String>) -> Expr<bool> {
        self.search(false, query)
    }

    /// How well the text matches `query`: more is better.
    pub fn rank(self, query: impl Operand<String>) -> Expr<f32> {
        self.search(true, query)
    }

    fn search<T: Field>(self, is_rank: bool, query: impl Operand<String>) -> Expr<T> {
        let search = ast::FullText::Words { language: self.language, is_rank };
        full_text_node(search, vec![self.text, query.into_operand()])
    }
}

/// Begins a search of a model's table, which is one of FTS5, on SQLite.
///
/// `create_all` makes plain tables only, so such a table is created by a statement of its own:
/// `CREATE VIRTUAL TABLE … USING fts5(…)`.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::fts5;
/// use orm::text;
///
/// #[derive(Model)]
/// #[orm(table = "pages")]
/// struct Page {
///     #[orm(primary_key)]
///     rowid: i64,
///     title: String,
///     body: String,
/// }
/// # fn main() -> orm::Result<()> {
/// let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// text("CREATE VIRTUAL TABLE pages USING fts5(title, body)").execute(&mut conn)?;
/// Page::insert(Page::builder().title("Sessions").body("a unit of work")).execute(&mut conn)?;
/// Page::insert(Page::builder().title("Engines").body("a pool")).execute(&mut conn)?;
///
/// let pages = fts5::<Page>();
/// let found = Page::query()
///     .filter(pages.matches("unit AND wor*"))
///     .order_by(pages.rank())
///     .select(Page::title)
///     .all(&mut conn)?;
/// assert_eq!(found, ["Sessions"]);
/// # Ok(())
/// # }
/// ```
pub fn fts5<M: Model>() -> Fts5<M> {
    Fts5 { model: PhantomData }
}

/// The table of a model, searched by words; made by [`fts5`].
pub struct Fts5<M> {
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Fts5<M> {
    /// The row matches `query`, in the syntax of FTS5: `rust AND orm`, `"unit of work"`, `title: engine*`.
    ///
    /// A query that is not of that syntax is an error of the database; what a user types is for
    /// [`matches_words`](Self::matches_words).
    pub fn matches(self, query: impl Operand<String>) -> Expr<bool> {
        full_text_node(ast::FullText::Table, vec![Self::node(), query.into_operand()])
    }

    /// The row has all of these words, whatever characters are in them; no row has those of an empty text.
    ///
    /// # Examples
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # use orm::func::fts5;
    /// # use orm::text;
    /// # #[derive(Model)]
    /// # struct Page { #[orm(primary_key)] rowid: i64, body: String }
    /// # fn main() -> orm::Result<()> {
    /// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
    /// # text("CREATE VIRTUAL TABLE page USING fts5(body)").execute(&mut conn)?;
    /// Page::insert(Page::builder().body("not only a pool")).execute(&mut conn)?;
    ///
    /// let found = Page::query().filter(fts5::<Page>().matches_words("pool NOT \"only"));
    /// assert_eq!(found.count(&mut conn)?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn matches_words(self, words: &str) -> Expr<bool> {
        let quoted = |word: &str| format!("\"{}\"", word.replace('"', "\"\""));
        // A string of FTS5 stands in quotes, which are doubled inside; strings in a row are all meant
        // (fts5.html, section 3). An empty query is none, but an empty string matches nothing.
        let words: Vec<String> = words.split_whitespace().map(quoted).collect();
        self.matches(if words.is_empty() { quoted("") } else { words.join(" ") })
    }

    /// How well the row matches: less is better, so that the best comes first in ascending order. NULL in
    /// a query without [`matches`](Self::matches).
    pub fn rank(self) -> Expr<f64> {
        full_text_node(ast::FullText::TableRank, vec![Self::node()])
    }

    /// The first column, which stands for the table.
    fn node() -> Node {
        Node::Column(TableRef::from(M::table()).column(0))
    }
}

impl<M> Clone for Fts5<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Fts5<M> {}

impl<M: Model> fmt::Debug for Fts5<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fts5").field(&M::table().name).finish()
    }
}

fn full_text_node<T: Field>(search: ast::FullText, arguments: Vec<Node>) -> Expr<T> {
    Expr::new(Node::Call(Box::new(Call::new(Function::FullText(search), arguments))))
}
