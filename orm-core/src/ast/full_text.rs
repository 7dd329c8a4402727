//! Searching texts by their words.

/// How texts are searched, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FullText {
    /// A text and a query, compared by their words, as PostgreSQL does.
    Words {
        /// The name of the text search configuration, if not that of the session.
        language: Option<&'static str>,
        /// Whether it is how well they match, instead of whether.
        is_rank: bool,
    },
    /// A query of a table of SQLite's FTS5, for which its first column stands.
    Table,
    /// How well a row of such a table matches.
    TableRank,
}
