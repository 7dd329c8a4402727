//! The implementations of `DbEnum` and `ColumnType` for a stored enum.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::place_of;
use crate::model::StoredEnum;
use crate::report::listed;

pub(super) fn expand(stored: &StoredEnum) -> TokenStream {
    let StoredEnum { ident, name, native, variants } = stored;
    let (variants, texts): (Vec<_>, Vec<_>) = variants.iter().map(|(v, t)| (v, t)).unzip();
    let expected = format!("one of {}", listed(texts.iter().map(|text| text.as_str())));
    let implementation = quote_spanned!(place_of(ident)=> impl __orm::DbEnum for #ident);
    quote! {
        const _: () = {
            use ::orm::__private as __orm;

            #[automatically_derived]
            #implementation {
                const DEF: &'static __orm::EnumDef = &__orm::EnumDef {
                    name: #name,
                    variants: &[#(#texts),*],
                    native: #native,
                };

                fn as_str(&self) -> &'static str {
                    match self {
                        #(Self::#variants => #texts,)*
                    }
                }

                fn from_text(text: &str) -> ::core::option::Option<Self> {
                    match text {
                        #(#texts => ::core::option::Option::Some(Self::#variants),)*
                        _ => ::core::option::Option::None,
                    }
                }
            }

            #[automatically_derived]
            impl __orm::ColumnType for #ident {
                const SQL_TYPE: __orm::SqlType =
                    __orm::SqlType::Enum(<Self as __orm::DbEnum>::DEF);

                fn read(row: &dyn __orm::Row, index: usize) -> __orm::Result<Self> {
                    <Self as __orm::DbEnum>::from_text(row.text(index)?)
                        .ok_or_else(|| __orm::Error::decode(index, #expected, "another text"))
                }

                fn to_value(&self) -> __orm::Result<__orm::Value<'_>> {
                    ::core::result::Result::Ok(__orm::Value::from(__orm::DbEnum::as_str(self)))
                }
            }
        };
    }
}
