//! `sql!`: SQL with Rust expressions between braces, which are bound.
//!
//! Two stages: `parse` cuts the text, and `expand` writes a call of `Text`. What SQL is does not matter
//! here.

mod expand;
mod parse;

use proc_macro2::TokenStream;

use self::parse::Template;
use crate::report::Report;

/// Returns what `sql!` emits.
pub(crate) fn sql(input: TokenStream) -> TokenStream {
    let mut report = Report::default();
    match report.keep(syn::parse2::<Template>(input)) {
        Some(template) => expand::expand(&template),
        None => report.into_tokens(),
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn a_text_with_a_value_a_list_and_braces() {
        let output = sql(quote!("SELECT '{{}}' WHERE a > {least + 1} AND b IN {..ids.by_name()}"));

        let file: syn::File = syn::parse_quote!(const SQL: Text = #output;);
        insta::assert_snapshot!(prettyplease::unparse(&file), @r#"
        const SQL: Text = ::orm::__private::Text::around(
            &["SELECT '{}' WHERE a > ", " AND b IN ", ""],
            ::std::vec::Vec::from([
                ("{least + 1}", ::orm::__private::sql_argument(&(least + 1))),
                ("{..ids.by_name()}", ::orm::__private::sql_list((ids.by_name()).iter())),
            ]),
        );
        "#);
    }
}
