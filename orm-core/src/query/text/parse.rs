//! The places of parameters in SQL that somebody wrote.
//!
//! As much of SQL as it takes to tell a `:name` from what looks like one: strings, quoted names,
//! comments, casts and slices, as both databases have them (PostgreSQL: chapter 4.1 of its manual;
//! SQLite: `lang_expr.html`). Nothing else is understood, and nothing is changed.

use std::borrow::Cow;
use std::ops::Range;

use crate::ast::{Piece, Place};
use crate::error::{Error, Result};

/// A text as it was given: one that the program has, or one that it made.
pub(super) enum Source {
    Static(&'static str),
    Owned(String),
}

impl Source {
    fn text(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Owned(text) => text,
        }
    }

    fn part(&self, range: Range<usize>) -> Cow<'static, str> {
        match self {
            Self::Static(text) => Cow::Borrowed(&text[range]),
            Self::Owned(text) => Cow::Owned(text[range].to_owned()),
        }
    }
}

/// Cuts a text at its `:name`s and returns the pieces and the names, each once.
///
/// # Errors
///
/// [`Error::InvalidQuery`] if something is opened and not closed, or has a placeholder of a database.
pub(super) fn named(source: &Source) -> Result<(Vec<Piece>, Vec<Cow<'static, str>>)> {
    let mut scanner = Scanner::new(source.text(), true);
    let mut pieces = Pieces::default();
    let mut names: Vec<Cow<'static, str>> = Vec::new();
    let mut start = 0;
    while let Some(mark) = scanner.next_mark()? {
        match mark {
            Mark::Escape(at) => {
                pieces.sql(source.part(start..at));
                start = at + 1;
            }
            Mark::Name(range) => {
                let name = source.part(range.clone());
                let index = names.iter().position(|known| *known == name);
                let index = index.unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                });
                pieces.sql(source.part(start..range.start));
                let (before, after) = (scanner.before(range.start), &scanner.sql[range.end..]);
                start = range.end + pieces.parameter(index, before, after);
            }
        }
    }
    pieces.sql(source.part(start..source.text().len()));
    if scanner.ends_in_comment {
        pieces.sql(Cow::Borrowed("\n"));
    }
    Ok((pieces.0, names))
}

/// Puts a parameter between each two of the parts, which are whole without them.
///
/// # Errors
///
/// [`Error::InvalidQuery`] if a parameter stands in quotes or in a comment, otherwise as [`named`].
pub(super) fn around(parts: &'static [&'static str]) -> Result<Vec<Piece>> {
    let mut pieces = Pieces::default();
    let mut start = 0;
    for (index, part) in parts.iter().enumerate() {
        let mut scanner = Scanner::new(part, false);
        let is_last = index + 1 == parts.len();
        match scanner.next_mark() {
            Err(Unreadable::Unclosed(_)) if !is_last => return Err(in_quotes()),
            Ok(_) if scanner.ends_in_comment && !is_last => return Err(in_quotes()),
            read => read?,
        };
        pieces.sql(Cow::Borrowed(&part[start..]));
        if let Some(after) = parts.get(index + 1) {
            start = pieces.parameter(index, scanner.before(part.len()), after);
        } else if scanner.ends_in_comment {
            pieces.sql(Cow::Borrowed("\n"));
        }
    }
    Ok(pieces.0)
}

#[cold]
fn in_quotes() -> Error {
    Error::invalid_query(
        "a value stands inside quotes or a comment, where it would be text: leave out the quotes, which \
         values do not need, or write `{{` and `}}` for braces",
    )
}

/// The pieces that are found, in order.
#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn sql(&mut self, text: Cow<'static, str>) {
        if !text.is_empty() {
            self.0.push(Piece::Sql(text));
        }
    }

    /// Adds a parameter, given the SQL around it, and returns how much of what follows belongs to it.
    fn parameter(&mut self, index: usize, before: &str, after: &str) -> usize {
        let (place, cut, length) = place(before, after);
        if cut > 0
            && let Some(Piece::Sql(text)) = self.0.last_mut()
        {
            let end = text.len().saturating_sub(cut);
            match text {
                Cow::Borrowed(text) => *text = &text[..end],
                Cow::Owned(text) => text.truncate(end),
            }
        }
        self.0.push(Piece::Parameter { index, place });
        length
    }
}

/// Returns where a parameter stands, and how many bytes before and after it say so.
fn place(before: &str, after: &str) -> (Place, usize, usize) {
    let without_space = before.trim_end();
    let closing = after.len() - after.trim_start().len();
    let is_closed = after[closing..].starts_with(')');
    let opened = without_space.strip_suffix('(').filter(|_| is_closed);
    let outside = opened.unwrap_or(without_space).trim_end();
    let has_cast = after[closing..].starts_with("::");
    if let Some(rest) = without_word(outside, "in").filter(|_| !has_cast) {
        let rest = rest.trim_end();
        let negated = without_word(rest, "not");
        let kept = negated.map_or(rest, str::trim_end);
        let place = Place::In { negated: negated.is_some(), enclosed: opened.is_some() };
        let length = if opened.is_some() { closing + 1 } else { 0 };
        return (place, before.len() - kept.len(), length);
    }
    let is_cast = without_space
        .strip_suffix('(')
        .is_some_and(|outside| without_word(outside.trim_end(), "cast").is_some());
    if has_cast || is_cast || is_null_test(after) {
        return (Place::Alone, 0, 0);
    }
    if opened.is_some() && outside.ends_with(is_name_part) {
        return (Place::Argument, 0, 0);
    }
    (Place::Anywhere, 0, 0)
}

/// Whether SQL begins with `IS NULL` or `IS NOT NULL`.
fn is_null_test(sql: &str) -> bool {
    let mut words = sql.split_whitespace();
    let is = |word: Option<&str>, wanted: &str| {
        word.and_then(|word| word.get(..wanted.len()))
            .is_some_and(|word| word.eq_ignore_ascii_case(wanted))
    };
    let (first, second) = (words.next(), words.next());
    let last = if is(second, "not") { words.next() } else { second };
    is(first, "is") && is(last, "null")
}

/// Returns what stands before `word`, in upper or lower case, if the text ends with it.
fn without_word<'s>(text: &'s str, word: &str) -> Option<&'s str> {
    let start = text.len().checked_sub(word.len())?;
    let found = text.get(start..)?.eq_ignore_ascii_case(word);
    text.get(..start).filter(|rest| found && !rest.ends_with(is_name_part))
}

fn is_name_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

fn is_name_start(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

/// What is found in a text.
#[derive(Debug)]
enum Mark {
    /// `:name`, with its colon.
    Name(Range<usize>),
    /// The backslash of `\:`.
    Escape(usize),
}

/// Walks through SQL, passing over what is quoted.
struct Scanner<'s> {
    sql: &'s str,
    at: usize,
    /// Whether a colon before a word begins a parameter.
    has_names: bool,
    /// Where the last string, quoted name or comment ended.
    plain_from: usize,
    ends_in_comment: bool,
}

impl<'s> Scanner<'s> {
    fn new(sql: &'s str, has_names: bool) -> Self {
        Self { sql, at: 0, has_names, plain_from: 0, ends_in_comment: false }
    }

    /// Returns the SQL before `end`, as far back as nothing is quoted.
    fn before(&self, end: usize) -> &'s str {
        &self.sql[self.plain_from.min(end)..end]
    }

    /// Goes to the next parameter or escape.
    fn next_mark(&mut self) -> Result<Option<Mark>, Unreadable> {
        while let Some(character) = self.rest().chars().next() {
            let start = self.at;
            self.at += character.len_utf8();
            match character {
                '\'' if self.has_escapes(start) => self.pass_escaped()?,
                '\'' => self.pass_quoted('\'', "a string")?,
                '"' | '`' => self.pass_quoted(character, "a quoted name")?,
                '-' if self.rest().starts_with('-') => self.pass_line(),
                '/' if self.rest().starts_with('*') => self.pass_comment()?,
                '$' | '?' => self.pass_dollar(start)?,
                '\\' if self.has_names && self.rest().starts_with(':') => {
                    self.at += 1;
                    return Ok(Some(Mark::Escape(start)));
                }
                ':' if self.has_names => {
                    if let Some(end) = self.pass_colon(start) {
                        return Ok(Some(Mark::Name(start..end)));
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn rest(&self) -> &'s str {
        &self.sql[self.at..]
    }

    /// Whether the string that begins at `start` is one of PostgreSQL's `E'…'`.
    fn has_escapes(&self, start: usize) -> bool {
        without_word(&self.sql[..start], "e").is_some()
    }

    /// Goes behind the next `end`, which written twice stands for itself.
    fn pass_quoted(&mut self, end: char, what: &'static str) -> Result<(), Unreadable> {
        loop {
            let length = self.rest().find(end).ok_or(Unreadable::Unclosed(what))?;
            self.at += length + 1;
            if !self.rest().starts_with(end) {
                self.plain_from = self.at;
                return Ok(());
            }
            self.at += 1;
        }
    }

    fn pass_escaped(&mut self) -> Result<(), Unreadable> {
        loop {
            let length = self.rest().find(['\'', '\\']).ok_or(Unreadable::Unclosed("a string"))?;
            self.at += length;
            let mut characters = self.rest().chars();
            let found = characters.next();
            let rest = characters.as_str();
            self.at += 1;
            match found {
                Some('\'') if !rest.starts_with('\'') => {
                    self.plain_from = self.at;
                    return Ok(());
                }
                _ => self.at += rest.chars().next().map_or(0, char::len_utf8),
            }
        }
    }

    fn pass_line(&mut self) {
        if let Some(length) = self.rest().find('\n') {
            self.at += length + 1;
        } else {
            self.at = self.sql.len();
            self.ends_in_comment = true;
        }
        self.plain_from = self.at;
    }

    /// Goes behind a comment, in which others may be, as on PostgreSQL.
    fn pass_comment(&mut self) -> Result<(), Unreadable> {
        let mut depth = 1;
        self.at += 1;
        while depth > 0 {
            let length = self.rest().find(['*', '/']).ok_or(Unreadable::Unclosed("a comment"))?;
            self.at += length;
            let step = match self.rest().get(..2) {
                Some("*/") => {
                    depth -= 1;
                    2
                }
                Some("/*") => {
                    depth += 1;
                    2
                }
                _ => 1,
            };
            self.at += step;
        }
        self.plain_from = self.at;
        Ok(())
    }

    /// Goes behind a string in dollar quotes, and refuses `$1` and `?1`.
    fn pass_dollar(&mut self, start: usize) -> Result<(), Unreadable> {
        if self.sql[..start].ends_with(is_name_part) {
            return Ok(());
        }
        if self.rest().starts_with(|character: char| character.is_ascii_digit()) {
            return Err(Unreadable::Numbered);
        }
        let rest = &self.sql[start..];
        let Some(tag) = rest.strip_prefix('$').and_then(|rest| rest.split_once('$')) else {
            return Ok(());
        };
        let is_tag =
            tag.0.is_empty() || tag.0.starts_with(is_name_start) && tag.0.chars().all(is_name_part);
        if !is_tag {
            return Ok(());
        }
        let quote = &rest[..tag.0.len() + 2];
        let length = tag.1.find(quote).ok_or(Unreadable::Unclosed("a string in dollar quotes"))?;
        self.at = start + length + 2 * quote.len();
        self.plain_from = self.at;
        Ok(())
    }

    /// Returns the end of the name that follows a colon, if it is one: not a cast, `:=` or a slice,
    /// as in `a[1:n]`, whose colon stands directly behind something.
    fn pass_colon(&mut self, start: usize) -> Option<usize> {
        if self.rest().starts_with(':') {
            self.at += 1;
            return None;
        }
        let before = &self.sql[..start];
        let is_slice = before.ends_with(is_name_part) || before.ends_with([')', ']', '"', '\'']);
        if is_slice || !self.rest().starts_with(is_name_start) {
            return None;
        }
        let rest = self.rest();
        let length = rest.find(|part: char| !part.is_alphanumeric() && part != '_');
        self.at += length.unwrap_or(rest.len());
        Some(self.at)
    }
}

/// Why a text cannot be read.
#[derive(Debug)]
enum Unreadable {
    /// It ends inside of this.
    Unclosed(&'static str),
    /// It has a placeholder such as `$1`.
    Numbered,
}

impl From<Unreadable> for Error {
    #[cold]
    fn from(reason: Unreadable) -> Self {
        match reason {
            Unreadable::Unclosed(what) => {
                Self::invalid_query(format!("the text ends inside {what}, which is not closed"))
            }
            Unreadable::Numbered => Self::invalid_query(
                "the text has a numbered placeholder, which would clash with those of its values: \
                 name the value, as in `:name`",
            ),
        }
    }
}
