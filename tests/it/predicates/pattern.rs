//! LIKE, written from its definition: `%` is any text, `_` any character, `\` takes the meaning from
//! either.

/// Whether `text` matches `pattern`, which does not end within an escape.
pub(crate) fn matches(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    matches_from(&text, &pattern)
}

fn matches_from(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skipped| matches_from(&text[skipped..], rest)),
        ['_', rest @ ..] => !text.is_empty() && matches_from(&text[1..], rest),
        ['\\', character, rest @ ..] | [character, rest @ ..] => {
            text.first() == Some(character) && matches_from(&text[1..], rest)
        }
    }
}

#[test]
fn wildcards_mean_what_they_are_said_to() {
    for (text, pattern) in
        [("", "%"), ("ab", "a%"), ("ab", "_b"), ("a%", r"a\%"), (r"a\", r"a\\"), ("aXbXc", "a%X_")]
    {
        assert!(matches(text, pattern), "{text} like {pattern}");
    }
    for (text, pattern) in [("", "_"), ("ab", "a"), ("ab", r"a\%"), ("ab", r"a\_"), ("Ab", "a%")] {
        assert!(!matches(text, pattern), "{text} like {pattern}");
    }
}
