//! The typed constants of a model, one for each field, and how a column is read.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt as _;

use super::place_of;
use crate::model::{Column, Field, Model};

/// Returns the constants of a model.
pub(super) fn constants(model: &Model) -> TokenStream {
    let owner = &model.ident;
    let constants = model.fields.iter().filter_map(|field| match field {
        Field::Column(column) => {
            let Column { ident, vis, ty, at, .. } = &**column;
            let doc = doc(column);
            Some(quote! {
                #doc
                #vis const #ident: __orm::Column<#owner, #ty> = __orm::Column::new(#at);
            })
        }
        Field::Flatten(flatten) => {
            let (ident, vis, ty, at) = (&flatten.ident, &flatten.vis, &flatten.ty, &flatten.at);
            let doc = format!("The columns of `{}`.", ident.unraw());
            Some(quote! {
                #[doc = #doc]
                #vis const #ident: <#ty as __orm::Embed>::Columns<#owner> =
                    <#ty>::__orm_columns::<#owner>(#at);
            })
        }
        Field::Relation(_) | Field::Skip(_) => None,
    });
    quote! {
        #[automatically_derived]
        #[allow(non_upper_case_globals, dead_code, reason = "columns are named as their fields")]
        impl #owner {
            #(#constants)*
        }
    }
}

/// Returns the expression that reads a column from `row`.
pub(super) fn read(owner: &Ident, column: &Column) -> TokenStream {
    read_at(owner, column, &column.at.after_at())
}

fn read_at(owner: &Ident, column: &Column, at: &TokenStream) -> TokenStream {
    let ty = &column.ty;
    if column.deferred.is_some() {
        let path = format!("{}::{}", owner.unraw(), column.ident.unraw());
        return quote_spanned! {place_of(ty)=>
            __orm::Deferred::<#ty>::read(row, #at, #path)?
        };
    }
    quote_spanned!(place_of(ty)=> <#ty as __orm::Field>::read(row, #at)?)
}

/// Returns the functions that return and set the value of the column at a position.
pub(super) fn accessors(
    values: impl Iterator<Item = TokenStream>,
    assignments: impl Iterator<Item = TokenStream>,
) -> TokenStream {
    quote! {
        fn value(&self, position: usize) -> __orm::Result<__orm::Value<'_>> {
            #(#values)*
            __orm::no_column(position)
        }

        fn assign(
            &mut self,
            position: usize,
            row: &dyn __orm::Row,
            at: usize,
        ) -> __orm::Result<()> {
            #(#assignments)*
            __orm::no_column(position)
        }
    }
}

/// Returns the statements that return the value of the column at `position`, for each field.
pub(super) fn values(fields: &[Field]) -> impl Iterator<Item = TokenStream> {
    fields.iter().filter_map(|field| match field {
        Field::Column(column) => Some(value(column)),
        Field::Flatten(flatten) => {
            let (ident, ty, at) = (&flatten.ident, &flatten.ty, &flatten.at);
            Some(quote! {
                if (#at..#at + <#ty as __orm::Embed>::FIELDS.len()).contains(&position) {
                    return <#ty as __orm::Embed>::value(&self.#ident, position - (#at));
                }
            })
        }
        Field::Relation(_) | Field::Skip(_) => None,
    })
}

/// Returns the statement that returns the value of a column if it is at `position`.
pub(super) fn value(column: &Column) -> TokenStream {
    let Column { ident, ty, at, .. } = column;
    let to_value = if column.deferred.is_some() {
        quote_spanned!(place_of(ty)=> __orm::Deferred::to_value(&self.#ident))
    } else {
        quote_spanned!(place_of(ty)=> <#ty as __orm::Field>::to_value(&self.#ident))
    };
    quote_spanned! {place_of(ty)=>
        if position == #at {
            return #to_value;
        }
    }
}

/// Returns the statements that set the column at `position`, for each field.
pub(super) fn assignments(owner: &Ident, fields: &[Field]) -> impl Iterator<Item = TokenStream> {
    fields.iter().filter_map(|field| match field {
        Field::Column(column) => Some(assignment(owner, column)),
        Field::Flatten(flatten) => {
            let (ident, ty, at) = (&flatten.ident, &flatten.ty, &flatten.at);
            Some(quote! {
                if (#at..#at + <#ty as __orm::Embed>::FIELDS.len()).contains(&position) {
                    return <#ty as __orm::Embed>::assign(&mut self.#ident, position - (#at), row, at);
                }
            })
        }
        Field::Relation(_) | Field::Skip(_) => None,
    })
}

/// Returns the statement that sets a column if it is at `position`.
pub(super) fn assignment(owner: &Ident, column: &Column) -> TokenStream {
    let Column { ident, ty, at, .. } = column;
    let read = read_at(owner, column, &quote!(at));
    quote_spanned! {place_of(ty)=>
        if position == #at {
            self.#ident = #read;
            return ::core::result::Result::Ok(());
        }
    }
}

/// Returns the function that returns the deferred field of a column, if there are some.
pub(super) fn deferred(model: &Model) -> Option<TokenStream> {
    let mut fields = model.columns().filter(|column| column.deferred.is_some()).peekable();
    fields.peek()?;
    let found = fields.map(|Column { ident, at, .. }| {
        quote! {
            if position == #at {
                return ::core::option::Option::Some(&mut self.#ident);
            }
        }
    });
    Some(quote! {
        fn deferred(
            &mut self,
            position: usize,
        ) -> ::core::option::Option<&mut dyn __orm::DeferredField> {
            #(#found)*
            ::core::option::Option::None
        }
    })
}

/// Returns the documentation of a column's constant.
pub(super) fn doc(column: &Column) -> TokenStream {
    let name = format!("The column `{}`.", column.name);
    let comment = column.comment.as_ref().map(|comment| quote!(#[doc = ""] #[doc = #comment]));
    quote!(#[doc = #name] #comment)
}
