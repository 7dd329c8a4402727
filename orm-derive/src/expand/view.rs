//! The implementation of `View`: which columns and relations of the model its fields are.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::place_of;
use crate::model::{View, ViewField};

pub(super) fn expand(view: &View) -> TokenStream {
    let View { ident, model, fields } = view;
    let parts: Vec<TokenStream> = fields.iter().map(part).collect();
    let names = fields.iter().map(|field| &field.ident);
    quote! {
        const _: () = {
            use ::orm::__private as __orm;

            #[automatically_derived]
            impl __orm::View for #ident {
                type Model = #model;

                const WIDTH: usize = 0 #(+ #parts.width)*;

                fn names() -> ::std::vec::Vec<&'static str> {
                    ::std::vec![#(#parts.name()),*]
                }

                fn select(query: &mut __orm::ViewQuery<'_, Self>) {
                    #(#parts.select(query);)*
                }

                fn read(row: &dyn __orm::Row, at: usize) -> __orm::Result<Self> {
                    let mut at = at;
                    ::core::result::Result::Ok(Self { #(#names: #parts.read(row, &mut at)?,)* })
                }
            }

            __orm::view_output!(#ident);
        };
    }
}

/// Returns the field with what it is in the model, which the compiler checks.
fn part(ViewField { ident, ty, column }: &ViewField) -> TokenStream {
    // At the field, so that a column the model does not have is reported there.
    let column = quote_spanned!(place_of(column)=> <<Self as __orm::View>::Model>::#column);
    let viewed = quote_spanned!(place_of(ty)=> __orm::viewed::<Self, #ty, _>);
    quote!(#viewed(#column, |view| &mut view.#ident))
}
