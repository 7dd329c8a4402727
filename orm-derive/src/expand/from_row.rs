//! The implementation of `FromRow`: the names of the fields, and how they are read.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;

use super::place_of;
use crate::model::{Row, RowField};

pub(super) fn expand(row: &Row) -> TokenStream {
    let ident = &row.ident;
    let name = ident.unraw().to_string();
    let entries = row.fields.iter().map(entry);
    let names = row.fields.iter().map(|field| &field.ident);
    let reads = row.fields.iter().map(|RowField { ty, name, at, .. }| {
        let at = at.after_at();
        let reader = if name.is_some() { quote!(Field) } else { quote!(FromRow) };
        quote_spanned!(place_of(ty)=> <#ty as __orm::#reader>::read(row, #at)?)
    });
    quote! {
        const _: () = {
            use ::orm::__private as __orm;

            #[automatically_derived]
            impl __orm::FromRow for #ident {
                const DEF: &'static __orm::RowDef =
                    &__orm::RowDef { name: #name, entries: &[#(#entries),*] };

                fn read(row: &dyn __orm::Row, at: usize) -> __orm::Result<Self> {
                    ::core::result::Result::Ok(Self { #(#names: #reads,)* })
                }
            }

            __orm::row_output!(#ident);
        };
    }
}

fn entry(field: &RowField) -> TokenStream {
    let ty = &field.ty;
    let Some(name) = &field.name else {
        return quote_spanned! {place_of(ty)=>
            __orm::RowEntry::Flatten(<#ty as __orm::FromRow>::DEF)
        };
    };
    quote_spanned! {place_of(ty)=>
        __orm::RowEntry::Column(__orm::RowField {
            name: #name,
            sql_type: <#ty as __orm::Field>::SQL_TYPE,
            nullable: <#ty as __orm::Field>::NULLABLE,
        })
    }
}
