//! The text of `sql!`, cut at its braces.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, LitStr, Token};

/// A text and the expressions in it.
pub(super) struct Template {
    /// The texts before, between and after the arguments: one more than those.
    pub(super) parts: Vec<String>,
    /// What stands between the parts.
    pub(super) arguments: Vec<Argument>,
}

/// An expression between braces.
pub(super) struct Argument {
    /// As it was written, with its braces.
    pub(super) source: String,
    /// Whether it is a list: `{..values}`.
    pub(super) is_list: bool,
    /// The expression.
    pub(super) value: Expr,
}

impl Parse for Template {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        const EXPECTED: &str = "expected a string literal: SQL that is put together when the program \
                                runs is `orm::text_unchecked`";
        let literal: LitStr =
            input.parse().map_err(|error| syn::Error::new(error.span(), EXPECTED))?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(
                input.error("expected nothing after the text: values stand in it, as `{value}`")
            );
        }
        Self::from_literal(&literal)
    }
}

impl Template {
    fn from_literal(literal: &LitStr) -> syn::Result<Self> {
        let text = literal.value();
        let mut template = Self { parts: Vec::new(), arguments: Vec::new() };
        let mut part = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            part.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            let after = &rest[at + 1..];
            if let Some(after) = after.strip_prefix(brace) {
                part.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                return Err(syn::Error::new(
                    literal.span(),
                    "a `}` closes nothing: for the character itself, write `}}`",
                ));
            }
            let end = end_of_expression(after).ok_or_else(|| {
                let message = "a `{` is not closed: for the character itself, write `{{`";
                syn::Error::new(literal.span(), message)
            })?;
            template.parts.push(std::mem::take(&mut part));
            template.arguments.push(Argument::parse(&after[..end], literal.span())?);
            rest = &after[end + 1..];
        }
        part.push_str(rest);
        template.parts.push(part);
        Ok(template)
    }
}

impl Argument {
    /// Parses what stands between braces. Its names are those of the place where the text is.
    fn parse(source: &str, span: Span) -> syn::Result<Self> {
        let (is_list, code) = match source.trim().strip_prefix("..") {
            Some(code) => (true, code),
            None => (false, source),
        };
        if code.trim().is_empty() {
            let message = format!(
                "`{{{source}}}` has no value: write one, as in `{{name}}`; for the braces \
                 themselves, write `{{{{` and `}}}}`"
            );
            return Err(syn::Error::new(span, message));
        }
        let value = LitStr::new(code, span).parse().map_err(|error| {
            syn::Error::new(span, format!("`{{{source}}}` is no expression: {error}"))
        })?;
        Ok(Self { source: format!("{{{source}}}"), is_list, value })
    }
}

/// Returns where the brace stands that closes an expression, past those inside of it.
fn end_of_expression(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut characters = code.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                while let Some((_, quoted)) = characters.next() {
                    match quoted {
                        '\\' => _ = characters.next(),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            // A character; a lifetime has no second quote there.
            '\'' if code[at..].starts_with("'{'") || code[at..].starts_with("'}'") => {
                characters.nth(1);
            }
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(Vec<String>, Vec<String>), String> {
        Template::from_literal(&LitStr::new(text, Span::call_site()))
            .map(|template| {
                let sources = template.arguments.into_iter().map(|argument| argument.source);
                (template.parts, sources.collect())
            })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_text_without_braces_is_one_part() {
        assert_eq!(
            parsed("SELECT a[1:2]::int").unwrap(),
            (vec!["SELECT a[1:2]::int".into()], vec![])
        );
    }

    #[test]
    fn braces_inside_of_an_expression_belong_to_it() {
        let texts =
            ["{if a { b } else { c }}", r#"{f("}", '}', '{', "\"}")}"#, "{..vec![x; { 3 }]}"];

        for text in texts {
            assert_eq!(parsed(text).unwrap(), (vec![String::new(); 2], vec![text.to_owned()]));
        }
    }

    #[test]
    fn two_braces_are_one_that_is_meant() {
        assert_eq!(parsed("'{{\"a\": {{}}}}' = {a}").unwrap().0, ["'{\"a\": {}}' = ", ""]);
    }

    #[test]
    fn mistakes_are_told_with_what_was_written() {
        let messages =
            ["{}", "{..}", "{a", "a}", "{user.}", "{a b}"].map(|text| parsed(text).unwrap_err());

        assert!(messages[0].starts_with("`{}` has no value: write one"), "{}", messages[0]);
        assert!(messages[1].starts_with("`{..}` has no value: write one"), "{}", messages[1]);
        assert!(messages[2].starts_with("a `{` is not closed"), "{}", messages[2]);
        assert!(messages[3].starts_with("a `}` closes nothing"), "{}", messages[3]);
        assert!(messages[4].starts_with("`{user.}` is no expression: "), "{}", messages[4]);
        assert!(messages[5].starts_with("`{a b}` is no expression: "), "{}", messages[5]);
    }
}
