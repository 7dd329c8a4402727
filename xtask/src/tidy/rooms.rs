//! The rooms of `orm-core` know each other in one direction only.
//!
//! Checked by the paths they write: `crate::room` and `crate::{room, …}` in code. The crate root and
//! test modules may name every room.

use super::Finding;
use crate::source::{SourceFile, is_word_part};

/// The rooms of `orm-core` from the bottom up: each may name itself and those before it.
pub(super) const ROOMS: &[&str] = &[
    "error", "value", "types", "schema", "ast", "dialect", "driver", "sql", "model", "expr",
    "relation", "executor", "query", "func", "page", "load", "engine", "session",
];

const FOLDER: &str = "orm-core/src/";

/// The names in `file` of rooms that stand above its own.
pub(super) fn wrong_names(file: &SourceFile, rooms: &[&str]) -> Vec<Finding> {
    let Some(room) = room_of(&file.path) else { return Vec::new() };
    let height_of = |name: &str| rooms.iter().position(|other| *other == name);
    let Some(height) = height_of(room) else {
        let message = format!("`{room}` is not in the list of rooms: put it above those it names");
        return vec![Finding { line: 1, message }];
    };
    let complaint = |name: &str| match height_of(name) {
        Some(other) if other <= height => None,
        Some(_) => Some(format!("`{room}` may not name `{name}`, which stands above it")),
        None => Some(format!("`crate::{name}` hides its room: write `crate::room::{name}`")),
    };
    names_after_crate(without_tests(&file.code))
        .into_iter()
        .filter_map(|(offset, name)| {
            Some(Finding { line: file.line_at(offset), message: complaint(name)? })
        })
        .collect()
}

/// The room that a file belongs to, unless it is the crate root or holds tests.
fn room_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix(FOLDER)?;
    if inside == "lib.rs" || inside.ends_with("/tests.rs") {
        return None;
    }
    Some(inside.split_once('/').map_or(inside.trim_end_matches(".rs"), |(room, _)| room))
}

/// Test modules stand at the end.
fn without_tests(code: &str) -> &str {
    let is_module = |offset: &usize| {
        code[*offset..].trim_start_matches("#[cfg(test)]").trim_start().starts_with("mod ")
    };
    let start = code.match_indices("#[cfg(test)]").map(|(offset, _)| offset).find(is_module);
    start.map_or(code, |offset| &code[..offset])
}

/// Each name that directly follows `crate::`, also in braces, with its offset; macros aside.
fn names_after_crate(code: &str) -> Vec<(usize, &str)> {
    let mut names = Vec::new();
    for (offset, path) in code.match_indices("crate::") {
        if code[..offset].ends_with(is_word_part) {
            continue;
        }
        let start = offset + path.len();
        if code[start..].starts_with('{') {
            names.extend(names_in_braces(code, start));
        } else {
            names.extend(word_at(code, start));
        }
    }
    names.retain(|(offset, name)| !code[offset + name.len()..].starts_with('!'));
    names
}

/// The first names of the paths in `{a::b, c::{d, e}}`: `a` and `c`.
fn names_in_braces(code: &str, start: usize) -> Vec<(usize, &str)> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    for (offset, character) in code[start..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && matches!(character, '{' | ',') {
            names.extend(word_at(code, start + offset + 1));
        }
    }
    names
}

/// The word that begins at `offset` or after the space there.
fn word_at(code: &str, offset: usize) -> Option<(usize, &str)> {
    let rest = code[offset..].trim_start();
    let start = code.len() - rest.len();
    let length = rest.find(|character| !is_word_part(character)).unwrap_or(rest.len());
    (length > 0).then(|| (start, &rest[..length]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_ROOMS: &[&str] = &["low", "high"];

    fn messages(path: &str, text: &str) -> Vec<String> {
        wrong_names(&SourceFile::new(path, text), TWO_ROOMS)
            .into_iter()
            .map(|finding| format!("{}: {}", finding.line, finding.message))
            .collect()
    }

    #[test]
    fn a_room_may_name_what_stands_below_it() {
        let text = "use crate::{high::b, low::A};\nuse crate::low;\n";

        assert!(messages("orm-core/src/high.rs", text).is_empty());
    }

    #[test]
    fn a_room_may_not_name_what_stands_above_it() {
        let text = "use crate::{\n    low::{a, b},\n    high::C,\n};\n";

        assert_eq!(
            messages("orm-core/src/low/a.rs", text),
            ["3: `low` may not name `high`, which stands above it"]
        );
        assert_eq!(messages("orm-core/src/low.rs", "fn a() { crate::high::b() }").len(), 1);
    }

    #[test]
    fn a_path_through_the_crate_root_is_found() {
        let text = "use crate::Session;\ncrate::a_macro!();\n";

        assert_eq!(
            messages("orm-core/src/low.rs", text),
            ["1: `crate::Session` hides its room: write `crate::room::Session`"]
        );
    }

    #[test]
    fn a_new_room_has_to_be_placed() {
        assert!(messages("orm-core/src/attic.rs", "")[0].contains("`attic` is not in the list"));
    }

    #[test]
    fn documentation_and_tests_may_name_every_room() {
        let text = "/// See [`crate::high`].\n#[cfg(test)]\nmod tests {\n    use crate::high;\n}\n";

        assert!(messages("orm-core/src/low.rs", text).is_empty());
        assert!(messages("orm-core/src/lib.rs", "pub use crate::high::A;").is_empty());
        assert!(messages("orm-sqlite/src/low.rs", "use crate::high::A;").is_empty());
    }
}
