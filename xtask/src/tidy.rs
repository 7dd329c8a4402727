//! `cargo xtask tidy`: rules about source files that no compiler checks.
//!
//! The rules are data, at the top; each is checked by one small function that returns what it found.
//! The order of rooms in `orm-core` has a file of its own.

mod rooms;

use std::path::Path;

use crate::{
    Result,
    source::{self, SourceFile, is_word_part},
    step,
};

const LONGEST_FILE: usize = 700;

/// A word that may not stand in a source file.
struct Forbidden {
    word: &'static str,
    within: Within,
    except_in: &'static [&'static str],
    instead: &'static str,
}

enum Within {
    /// Anywhere, also in comments.
    Text,
    /// Code only.
    Code,
}

const FORBIDDEN: &[Forbidden] = &[
    Forbidden {
        word: "unsafe",
        within: Within::Code,
        except_in: &["orm-sqlite/src/ffi.rs"],
        instead: "write it in safe Rust, or add the file to the rule with a reason",
    },
    Forbidden { word: "todo!", within: Within::Code, except_in: &[], instead: "finish it" },
    Forbidden {
        word: "unimplemented!",
        within: Within::Code,
        except_in: &[],
        instead: "finish it",
    },
    Forbidden {
        word: "#[ignore",
        within: Within::Code,
        except_in: &[],
        instead: "a test that does not run is none",
    },
    Forbidden {
        // Taken apart so that this file keeps the rule.
        word: concat!("TO", "DO"),
        within: Within::Text,
        except_in: &[],
        instead: "do it now",
    },
    Forbidden {
        word: concat!("FIX", "ME"),
        within: Within::Text,
        except_in: &[],
        instead: "fix it now",
    },
];

/// What is wrong, and in which line.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    line: usize,
    message: String,
}

/// Prints what is wrong; an error if anything is.
pub(crate) fn run(repository: &Path) -> Result<()> {
    let files = source::files(repository)?;
    let mut count = 0;
    for file in &files {
        for Finding { line, message } in findings(file) {
            eprintln!("{}:{line}: {message}", file.path);
            count += 1;
        }
    }
    println!("{} source files, {count} findings", files.len());
    step::succeeded(count == 0)
}

fn findings(file: &SourceFile) -> Vec<Finding> {
    if file.is_fixture() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    findings.extend(missing_head(file));
    findings.extend(too_long(file));
    findings.extend(FORBIDDEN.iter().flat_map(|rule| forbidden_words(rule, file)));
    findings.extend(rooms::wrong_names(file, rooms::ROOMS));
    findings
}

fn missing_head(file: &SourceFile) -> Option<Finding> {
    let message = "the file does not begin with `//!`: say what lives here and what does not";
    (!file.text.starts_with("//!")).then(|| Finding { line: 1, message: message.to_owned() })
}

fn too_long(file: &SourceFile) -> Option<Finding> {
    let line = file.text.lines().count();
    let message =
        format!("the file has more than {LONGEST_FILE} lines: find the second idea in it");
    (line > LONGEST_FILE).then_some(Finding { line, message })
}

fn forbidden_words(rule: &Forbidden, file: &SourceFile) -> Vec<Finding> {
    if rule.except_in.contains(&file.path.as_str()) {
        return Vec::new();
    }
    let text = match rule.within {
        Within::Text => &file.text,
        Within::Code => &file.code,
    };
    let message = format!("`{}` is not allowed here: {}", rule.word, rule.instead);
    text.match_indices(rule.word)
        .filter(|(offset, word)| is_whole_word(text, *offset, word))
        .map(|(offset, _)| Finding { line: file.line_at(offset), message: message.clone() })
        .collect()
}

fn is_whole_word(text: &str, offset: usize, word: &str) -> bool {
    let continues = text[offset + word.len()..].starts_with(is_word_part);
    !text[..offset].ends_with(is_word_part) && (!word.ends_with(is_word_part) || !continues)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        findings(&SourceFile::new(path, text))
            .into_iter()
            .map(|finding| format!("{}: {}", finding.line, finding.message))
            .collect()
    }

    #[test]
    fn a_good_file_has_no_findings() {
        assert!(messages("src/a.rs", "//! A.\n#![deny(unsafe_code)]\n// unsafe\n").is_empty());
    }

    #[test]
    fn a_file_needs_a_head() {
        assert!(messages("src/a.rs", "fn a() {}\n")[0].starts_with("1: the file does not begin"));
    }

    #[test]
    fn a_file_ends_somewhere() {
        let text = format!("//! A.\n{}", "\n".repeat(LONGEST_FILE));

        assert!(messages("src/a.rs", &text)[0].contains("more than 700 lines"));
    }

    #[test]
    fn unsafe_code_has_its_place() {
        let text = "//! A.\nunsafe fn a() {}\n";

        assert!(messages("src/a.rs", text)[0].starts_with("2: `unsafe` is not allowed"));
        assert!(messages("orm-sqlite/src/ffi.rs", text).is_empty());
    }

    #[test]
    fn nothing_is_left_for_later() {
        let text = concat!("//! A.\n// TO", "DO: b\nfn a() { todo!() }\n#[ignore = \"c\"]\n");

        assert_eq!(messages("src/a.rs", text).len(), 3);
    }

    #[test]
    fn a_fixture_may_be_anything() {
        assert!(messages("orm-derive/tests/ui/a.rs", "fn a() {}\n").is_empty());
    }
}
