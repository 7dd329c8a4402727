//! The implementation of `ColumnType` for a newtype.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::place_of;
use crate::model::Newtype;

pub(super) fn expand(newtype: &Newtype) -> TokenStream {
    let Newtype { ident, member, inner } = newtype;
    let inner = quote_spanned!(place_of(inner)=> <#inner as __orm::ColumnType>);
    quote! {
        const _: () = {
            use ::orm::__private as __orm;

            #[automatically_derived]
            impl __orm::ColumnType for #ident {
                const SQL_TYPE: __orm::SqlType = #inner::SQL_TYPE;

                fn read(row: &dyn __orm::Row, index: usize) -> __orm::Result<Self> {
                    ::core::result::Result::Ok(Self { #member: #inner::read(row, index)? })
                }

                fn to_value(&self) -> __orm::Result<__orm::Value<'_>> {
                    #inner::to_value(&self.#member)
                }

                fn into_value(self) -> __orm::Result<__orm::Value<'static>> {
                    #inner::into_value(self.#member)
                }
            }
        };
    }
}
