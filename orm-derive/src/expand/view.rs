//! The implementation of `View`: which columns of the model its fields are, and how they are read.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::place_of;
use crate::model::{Position, View, ViewField};

pub(super) fn expand(view: &View) -> TokenStream {
    let View { ident, model, fields } = view;
    let columns = fields.iter().map(|ViewField { ty, column, .. }| {
        // At the field, so that a column the model does not have is reported there.
        let column = quote_spanned!(place_of(column)=> <<Self as __orm::View>::Model>::#column);
        let checked = quote_spanned!(place_of(ty)=> __orm::assert_viewed::<#ty, _>);
        quote!({
            #checked(#column);
            #column.position()
        })
    });
    let names = fields.iter().map(|field| &field.ident);
    let reads = fields.iter().enumerate().map(|(position, ViewField { ty, .. })| {
        let at = Position::nth(position).after_at();
        quote_spanned!(place_of(ty)=> <#ty as __orm::Field>::read(row, #at)?)
    });
    quote! {
        const _: () = {
            use ::orm::__private as __orm;

            #[automatically_derived]
            impl __orm::View for #ident {
                type Model = #model;

                const COLUMNS: &'static [usize] = &[#(#columns),*];

                fn read(row: &dyn __orm::Row, at: usize) -> __orm::Result<Self> {
                    ::core::result::Result::Ok(Self { #(#names: #reads,)* })
                }
            }

            __orm::view_output!(#ident);
        };
    }
}
