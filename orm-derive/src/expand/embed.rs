//! The implementation of `Embed`, and the struct of an embedded struct's typed columns.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt as _;

use super::{columns, definition, place_of};
use crate::model::{Column, Embed};

pub(super) fn expand(embed: &Embed) -> TokenStream {
    let columns = format_ident!("{}Columns", embed.ident.unraw(), span = embed.ident.span());
    let declaration = declaration(embed, &columns);
    let implementation = implementation(embed, &columns);
    let typed_columns = typed_columns(embed, &columns);
    quote! {
        #declaration

        const _: () = {
            use ::orm::__private as __orm;

            #implementation

            #typed_columns
        };
    }
}

fn declaration(embed: &Embed, columns: &Ident) -> TokenStream {
    let vis = &embed.vis;
    let doc = format!("The columns of [`{}`] in the model `M`.", embed.ident.unraw());
    let members = embed.columns.iter().map(|column| {
        let Column { ident, vis, ty, .. } = column;
        let doc = columns::doc(column);
        quote!(#doc #vis #ident: ::orm::__private::Column<M, #ty>)
    });
    quote! {
        #[doc = #doc]
        #[allow(dead_code, reason = "an embedded struct may only be read")]
        #vis struct #columns<M: ::orm::__private::Model> {
            #(#members,)*
        }
    }
}

fn implementation(embed: &Embed, columns: &Ident) -> TokenStream {
    let ident = &embed.ident;
    let names = embed.columns.iter().map(|column| &column.ident);
    let fields = embed.columns.iter().map(definition::field);
    let reads = embed.columns.iter().map(|column| columns::read(&embed.ident, column));
    let values = embed.columns.iter().map(columns::value);
    let assignments = embed.columns.iter().map(|column| columns::assignment(&embed.ident, column));
    let writes = embed.columns.iter().map(|column| {
        let Column { ident, ty, .. } = column;
        let at = column.at.after_at();
        quote_spanned! {place_of(ty)=>
            row.set(#at, <#ty as __orm::IntoField<#ty>>::into_field(self.#ident))
        }
    });
    let accessors = columns::accessors(values, assignments);
    let unset = if embed.columns.iter().any(Column::is_required) {
        quote!(__orm::Missing<C>)
    } else {
        quote!(__orm::Set)
    };
    quote! {
        #[automatically_derived]
        impl __orm::Embed for #ident {
            type Columns<M: __orm::Model> = #columns<M>;
            type Unset<C> = #unset;

            const FIELDS: &'static [__orm::FieldDef] = &[#(#fields),*];

            fn read(row: &dyn __orm::Row, at: usize) -> __orm::Result<Self> {
                ::core::result::Result::Ok(Self { #(#names: #reads,)* })
            }

            #accessors

            fn write(self, row: &mut __orm::NewRow, at: usize) {
                #(#writes;)*
            }
        }
    }
}

fn typed_columns(embed: &Embed, columns: &Ident) -> TokenStream {
    let Embed { ident, vis, .. } = embed;
    let names: Vec<_> = embed.columns.iter().map(|column| &column.ident).collect();
    let positions = embed.columns.iter().map(|column| column.at.after_at());
    let name = columns.to_string();
    quote! {
        #[automatically_derived]
        impl #ident {
            #[doc(hidden)]
            #vis const fn __orm_columns<M: __orm::Model>(at: usize) -> #columns<M> {
                #columns { #(#names: __orm::Column::new(#positions),)* }
            }
        }

        #[automatically_derived]
        impl<M: __orm::Model> ::core::clone::Clone for #columns<M> {
            fn clone(&self) -> Self {
                *self
            }
        }

        #[automatically_derived]
        impl<M: __orm::Model> ::core::marker::Copy for #columns<M> {}

        #[automatically_derived]
        impl<M: __orm::Model> ::core::fmt::Debug for #columns<M> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_tuple(#name)#(.field(&self.#names))*.finish()
            }
        }
    }
}
