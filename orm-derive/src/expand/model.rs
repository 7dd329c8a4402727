//! The implementation of `Model`, around which the rest of a model's output is put.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use super::builder::Builder;
use super::{columns, definition, hooks, patch, relations};
use crate::model::{Field, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let key = key(model);
    let definition = definition::model(model);
    let read = model.fields.iter().map(|field| read(ident, field));
    let columns = columns::constants(model);
    let relations = relations::constants(model);
    let visited = relations::visited(model);
    let accessors = columns::accessors(
        columns::values(&model.fields),
        columns::assignments(ident, &model.fields),
    );
    let deferred = columns::deferred(model);
    let events = hooks::declared(model);
    let defaults = relations::defaults(model);
    let soft_delete = soft_delete(model);
    let patch = patch::implementation(model);
    let builder = Builder::new(model);
    let (declaration, functions) = (builder.declaration(), builder.functions());
    let requirements = builder.requirements();
    let mapped = model.fields.iter().filter_map(|field| match field {
        Field::Column(column) => Some(&column.ident),
        Field::Flatten(flatten) => Some(&flatten.ident),
        Field::Relation(relation) => Some(&relation.ident),
        Field::Skip(_) => None,
    });
    quote! {
        #declaration

        const _: () = {
            use ::orm::__private as __orm;

            #[automatically_derived]
            impl __orm::Model for #ident {
                type Key = #key;

                const DEF: &'static __orm::ModelDef = &#definition;

                fn table() -> &'static __orm::Table {
                    static SLOT: __orm::TableSlot =
                        __orm::TableSlot::new(<#ident as __orm::Model>::DEF);
                    SLOT.get()
                }

                fn read(row: &dyn __orm::Row, at: usize) -> __orm::Result<Self> {
                    ::core::result::Result::Ok(Self { #(#read,)* })
                }

                #accessors

                #deferred

                #events
            }

            #soft_delete

            #patch

            #visited

            __orm::model_output!(#ident #defaults);

            // A column is used by being mapped, whether or not the program reads the field.
            #[allow(dead_code, unused_variables)]
            fn mapped(#ident { #(#mapped,)* .. }: &#ident) {}

            #columns

            #relations

            #functions
        };

        #requirements
    }
}

/// Returns what says that rows of the model are marked as deleted, if they are.
fn soft_delete(model: &Model) -> Option<TokenStream> {
    let ident = &model.ident;
    model.columns().any(|column| column.soft_delete.is_some()).then(|| {
        quote! {
            #[automatically_derived]
            impl __orm::SoftDelete for #ident {}
        }
    })
}

/// Returns the field with what is read for it.
fn read(model: &Ident, field: &Field) -> TokenStream {
    match field {
        Field::Column(column) => {
            let (ident, read) = (&column.ident, columns::read(model, column));
            quote!(#ident: #read)
        }
        Field::Flatten(flatten) => {
            let (ident, ty, at) = (&flatten.ident, &flatten.ty, flatten.at.after_at());
            quote!(#ident: <#ty as __orm::Embed>::read(row, #at)?)
        }
        Field::Relation(relation) => {
            let (ident, ty) = (&relation.ident, &relation.ty);
            quote! {
                #ident: <#ty as __orm::RelationField>::unloaded(<#model>::#ident.def())
            }
        }
        Field::Skip(ident) => quote!(#ident: ::core::default::Default::default()),
    }
}

/// Returns the type of the primary key; `i64` where there is none, which is an error already.
fn key(model: &Model) -> TokenStream {
    let types: Vec<_> = model
        .columns()
        .filter(|column| column.primary_key.is_some())
        .map(|column| &column.ty)
        .collect();
    match types.as_slice() {
        [] => quote!(i64),
        [one] => quote!(#one),
        several => quote!((#(#several),*)),
    }
}
