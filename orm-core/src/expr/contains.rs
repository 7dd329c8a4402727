//! What can contain what: a text another, a JSON document another.

use super::operators::like;
use crate::ast::Node;
use crate::types::ColumnType;
use crate::value::Value;

/// A column type whose values contain such as `V`.
#[diagnostic::on_unimplemented(
    message = "`contains` is for texts, JSON and arrays, not for a value of type `{Self}`",
    label = "nothing is contained in `{Self}`"
)]
pub trait Contains<V>: ColumnType {
    /// Returns the condition that `whole` contains `part`.
    fn contains(whole: Node, part: V) -> Node;
}

impl<S: AsRef<str>> Contains<S> for String {
    fn contains(whole: Node, part: S) -> Node {
        like(whole, pattern("%", part.as_ref(), "%"), false)
    }
}

/// Returns the pattern of what is made of these, in which no character of `text` has a special
/// meaning.
pub(super) fn pattern(before: &str, text: &str, after: &str) -> Node {
    let mut pattern = String::with_capacity(before.len() + text.len() + after.len());
    pattern.push_str(before);
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push_str(after);
    Node::Value(Value::Text(pattern.into()))
}
