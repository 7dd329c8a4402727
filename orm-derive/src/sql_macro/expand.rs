//! The call that `sql!` becomes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::parse::{Argument, Template};

/// Names everything by its whole path: the expressions of the user stand in between.
pub(super) fn expand(template: &Template) -> TokenStream {
    let Template { parts, arguments } = template;
    let arguments = arguments.iter().map(argument);
    quote! {
        ::orm::__private::Text::around(
            &[#(#parts),*],
            ::std::vec::Vec::from([#(#arguments),*]),
        )
    }
}

fn argument(argument: &Argument) -> TokenStream {
    let Argument { source, is_list, value } = argument;
    // Borrowed, as by `format!`, so that what is bound can be used again.
    let argument = if *is_list {
        quote_spanned!(value.span()=> ::orm::__private::sql_list((#value).iter()))
    } else {
        quote_spanned!(value.span()=> ::orm::__private::sql_argument(&(#value)))
    };
    quote!((#source, #argument))
}
