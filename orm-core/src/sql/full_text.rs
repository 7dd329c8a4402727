//! Full-text search, which each backend has its own syntax for.

use super::expression::column_of;
use super::writer::Writer;
use crate::ast::{FullText, Node};
use crate::error::{Error, Result};

impl<'a> Writer<'a> {
    pub(super) fn full_text(&mut self, search: FullText, arguments: &'a [Node]) -> Result<()> {
        match (search, arguments) {
            (FullText::Words { language, is_rank }, [text, query]) => {
                if !self.dialect.has_text_vectors() {
                    return Err(self.unsupported(
                        "full-text search of columns: search an FTS5 table with `func::fts5`",
                    ));
                }
                self.push(if is_rank { "ts_rank(to_tsvector(" } else { "to_tsvector(" });
                self.language(language)?;
                self.node(text)?;
                self.push(if is_rank {
                    "), websearch_to_tsquery("
                } else {
                    ") @@ websearch_to_tsquery("
                });
                self.language(language)?;
                self.node(query)?;
                self.push(if is_rank { "))" } else { ")" });
                Ok(())
            }
            (_, [table, query @ ..]) => {
                if !self.dialect.has_fts5() {
                    return Err(
                        self.unsupported("FTS5 tables: search columns with `func::full_text`")
                    );
                }
                self.fts5(search, table, query)
            }
            (_, []) => Ok(()),
        }
    }

    /// The configuration is a part of the text: an index is on an expression with a certain one.
    fn language(&mut self, language: Option<&str>) -> Result<()> {
        let Some(language) = language else { return Ok(()) };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if language.is_empty() || !language.bytes().all(is_name) {
            return Err(Error::invalid_query(format!(
                "`{language}` is no name of a text search configuration, such as `english`"
            )));
        }
        self.push("'");
        self.push(language);
        self.push("', ");
        Ok(())
    }

    /// Such a table has hidden columns: one of its own name, and `rank` (fts5.html, sections 3 and 5).
    fn fts5(&mut self, search: FullText, table: &'a Node, query: &'a [Node]) -> Result<()> {
        let Some(column) = column_of(table) else { return Ok(()) };
        self.scopes.is_optional(column)?;
        if self.scopes.is_qualified() {
            self.identifier(column.alias.unwrap_or(&column.table.name));
            self.push(".");
        }
        if search == FullText::TableRank {
            self.identifier("rank");
            return Ok(());
        }
        self.identifier(&column.table.name);
        self.push(" MATCH ");
        self.nodes(query)
    }
}
