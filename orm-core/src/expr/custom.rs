//! Operators by their names.

use std::sync::Arc;

use crate::ast::{Call, Function, Node};
use crate::error::Error;
use crate::types::Field;

/// Returns `left symbol right`, whose value is read as a `T`.
pub(crate) fn operator<T: Field>(symbol: &'static str, left: Node, right: Node) -> Node {
    if !is_operator(symbol) {
        return Node::Invalid(Arc::new(Error::invalid_query(format!(
            "`{symbol}` is no operator: it is made of characters such as `~*` and `@>`, or of words such \
             as `SIMILAR TO`"
        ))));
    }
    let function = Function::Operator { symbol, nullable: T::NULLABLE };
    Node::Call(Box::new(Call::new(function, vec![left, right])))
}

/// Whether it is made of the characters of operators, and begins no comment, or of words.
fn is_operator(symbol: &str) -> bool {
    let is_sign = |character| "+-*/<>=~!@#%^&|`?".contains(character);
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
    };
    let is_signs = !symbol.is_empty() && symbol.chars().all(is_sign);
    (is_signs && !symbol.contains("--") && !symbol.contains("/*")) || symbol.split(' ').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_signs_or_words() {
        for symbol in ["~*", "@>", "->>", "SIMILAR TO", "GLOB", "?|"] {
            assert!(is_operator(symbol), "{symbol}");
        }
        for symbol in ["", " ", "--", "/*", "= 1 OR", ";", "a'b", "(", "GLOB ", "<->--"] {
            assert!(!is_operator(symbol), "{symbol}");
        }
    }
}
