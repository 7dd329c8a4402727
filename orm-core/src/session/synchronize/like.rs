//! `LIKE`, with `\` as the escape character and upper and lower case told apart.

/// Whether a text matches a pattern; `None` for a pattern that ends in the escape character, which
/// databases take differently.
pub(super) fn is_like(text: &str, pattern: &str) -> Option<bool> {
    let mut tokens = Vec::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        tokens.push(match char {
            '%' => Token::Any,
            '_' => Token::One,
            '\\' => Token::Char(chars.next()?),
            char => Token::Char(char),
        });
    }
    let text: Vec<char> = text.chars().collect();
    Some(matches(&text, &tokens))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    /// Any characters, or none.
    Any,
    /// One character.
    One,
    /// This character.
    Char(char),
}

/// Goes on from the last `%` whenever the rest does not match, so that no text takes longer than its
/// length times that of the pattern.
fn matches(text: &[char], tokens: &[Token]) -> bool {
    let (mut at, mut token) = (0, 0);
    let mut again = None;
    while at < text.len() {
        match tokens.get(token) {
            Some(Token::Any) => {
                again = Some((at, token));
                token += 1;
                continue;
            }
            Some(Token::One) => {}
            Some(Token::Char(char)) if *char == text[at] => {}
            _ => {
                let Some((from, any)) = again else { return false };
                again = Some((from + 1, any));
                (at, token) = (from + 1, any + 1);
                continue;
            }
        }
        at += 1;
        token += 1;
    }
    tokens[token..].iter().all(|token| *token == Token::Any)
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn patterns_match_as_in_sql() {
        let cases = [
            ("alice", "alice", true),
            ("alice", "Alice", false),
            ("alice", "a%", true),
            ("alice", "%ce", true),
            ("alice", "%lic%", true),
            ("alice", "a_ice", true),
            ("alice", "a_ce", false),
            ("", "%", true),
            ("", "_", false),
            ("é", "_", true),
            ("50%", r"50\%", true),
            ("50x", r"50\%", false),
            ("aXbXc", "%b%c", true),
            ("mississippi", "%iss%ip%", true),
            ("mississippi", "%iss%ix%", false),
            ("ab", "a%b%", true),
        ];
        for (text, pattern, expected) in cases {
            assert_eq!(is_like(text, pattern), Some(expected), "{text} LIKE {pattern}");
        }
        assert_eq!(is_like("a", "a\\"), None);
    }
}
