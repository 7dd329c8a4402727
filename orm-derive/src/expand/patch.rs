//! The implementation of `Patchable`: how the fields are read from JSON.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::place_of;
use crate::model::{Field, Model, Patch};

/// Returns the implementation, if the model is to have one.
pub(super) fn implementation(model: &Model) -> Option<TokenStream> {
    let Patch { fields } = model.patch.as_ref()?;
    let ident = &model.ident;
    let fields = fields.iter().filter_map(|field| {
        let Field::Column(column) = model.fields.get(field.index)? else { return None };
        let (name, at, ty) = (&field.name, &column.at, &column.ty);
        let read = if field.is_open {
            quote_spanned! {place_of(ty)=>
                ::core::option::Option::Some(__orm::read_json::<#ty>)
            }
        } else {
            quote!(::core::option::Option::None)
        };
        Some(quote!(__orm::PatchField { name: #name, position: #at, read: #read }))
    });
    Some(quote! {
        #[automatically_derived]
        impl __orm::Patchable for #ident {
            const FIELDS: &'static [__orm::PatchField] = &[#(#fields),*];
        }
    })
}
