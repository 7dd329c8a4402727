//! The source files of the repository, and their code without comments and strings.
//!
//! No parser: rules about words and paths need to know only what is prose.

use std::{
    fs, iter,
    path::{Path, PathBuf},
};

use crate::Result;

/// One `.rs` file.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// From the root of the repository, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The text with comments and the insides of literals blanked; offsets and lines are the same.
    pub(crate) code: String,
}

impl SourceFile {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { path: path.into(), code: code_of(&text), text }
    }

    /// Whether the file is input or expected output of a test rather than a part of the program.
    pub(crate) fn is_fixture(&self) -> bool {
        self.path.split('/').any(|folder| folder == "ui" || folder == "fixtures")
    }

    /// The number of the line that an offset lies in.
    pub(crate) fn line_at(&self, offset: usize) -> usize {
        self.text[..offset].matches('\n').count() + 1
    }
}

/// All source files below `repository`, sorted by path.
pub(crate) fn files(repository: &Path) -> Result<Vec<SourceFile>> {
    let mut paths = Vec::new();
    collect(repository, &mut paths)?;
    paths.sort_unstable();
    paths
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(repository)?.to_string_lossy().replace('\\', "/");
            Ok(SourceFile::new(relative, fs::read_to_string(&path)?))
        })
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(&entry.path(), paths)?;
            }
        } else if name.ends_with(".rs") {
            paths.push(entry.path());
        }
    }
    Ok(())
}

/// Blanks comments and literals, keeping every line break and every offset.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let follows_word = code.ends_with(is_word_part);
        let prose = prose_length(rest, follows_word);
        if prose == 0 {
            code.push(next);
            rest = &rest[next.len_utf8()..];
        } else {
            let blank = |byte| if byte == b'\n' { '\n' } else { ' ' };
            code.extend(rest[..prose].bytes().map(blank));
            rest = &rest[prose..];
        }
    }
    code
}

/// The length of the comment or literal that `rest` begins with, or 0.
fn prose_length(rest: &str, follows_word: bool) -> usize {
    if rest.starts_with("//") {
        rest.find('\n').unwrap_or(rest.len())
    } else if rest.starts_with("/*") {
        block_comment_length(rest)
    } else if rest.starts_with('"') {
        quoted_length(rest, '"')
    } else if rest.starts_with('\'') {
        // A lifetime has no second quote where a character would have it.
        let is_character = rest.starts_with("'\\") || rest.chars().nth(2) == Some('\'');
        if is_character { quoted_length(rest, '\'') } else { 0 }
    } else if follows_word {
        0
    } else {
        raw_string_length(rest)
    }
}

/// Block comments nest.
fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut offset = 0;
    while let Some(found) = rest[offset..].find(['/', '*']) {
        offset += found;
        if rest[offset..].starts_with("/*") {
            depth += 1;
            offset += 2;
        } else if rest[offset..].starts_with("*/") {
            depth -= 1;
            offset += 2;
            if depth == 0 {
                return offset;
            }
        } else {
            offset += 1;
        }
    }
    rest.len()
}

fn quoted_length(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (offset, next) in rest.char_indices().skip(1) {
        match next {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if next == quote => return offset + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `r"…"`, `br#"…"#`, `cr##"…"##`.
fn raw_string_length(rest: &str) -> usize {
    let Some(prefix) = ["r", "br", "cr"].into_iter().find(|prefix| rest.starts_with(prefix)) else {
        return 0;
    };
    let hashes = rest[prefix.len()..].bytes().take_while(|byte| *byte == b'#').count();
    let start = prefix.len() + hashes + 1;
    if !rest[prefix.len() + hashes..].starts_with('"') {
        return 0;
    }
    let end: String = iter::once('"').chain(iter::repeat_n('#', hashes)).collect();
    rest[start..].find(&end).map_or(rest.len(), |found| start + found + end.len())
}

/// Whether a character can be part of an identifier.
pub(crate) fn is_word_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_code(text: &str, expected: &str) {
        let words: Vec<String> = code_of(text).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words.join(" "), expected);
        assert_eq!(code_of(text).len(), text.len());
    }

    #[test]
    fn comments_are_no_code() {
        assert_code("a // b\nc /* d /* e */ f */ g", "a c g");
    }

    #[test]
    fn strings_are_no_code() {
        assert_code(r#"a "b \" // c" d"#, "a d");
        assert_code("a r#\"b \" c\"# d br\"e\" f", "a d f");
    }

    #[test]
    fn characters_are_no_code_and_lifetimes_are() {
        assert_code(r"a '\'' b '/' &'c d", "a b &'c d");
        assert_code("'é' x", "x");
    }

    #[test]
    fn raw_identifiers_are_code() {
        assert_code("r#type for\"x\"", "r#type for");
    }
}
