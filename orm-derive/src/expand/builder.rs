//! The builder of new rows, in whose type the missing required columns are written.
//!
//! A required column is a type parameter: `Missing` at first, `Set` after its setter. A trait of the
//! column's own, which only `Set` implements, words the compiler's message when it is missing.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt as _;

use super::place_of;
use crate::model::{Field, Link, Model};

/// What is emitted for building new rows of a model.
pub(super) struct Builder<'a> {
    model: &'a Model,
    ident: Ident,
    states: Vec<State<'a>>,
}

/// Whether a field that a new row may need a value for has one, as a type.
struct State<'a> {
    field: &'a Ident,
    parameter: Ident,
    /// The type before the setter is called.
    initial: TokenStream,
}

impl<'a> Builder<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let initial = model.fields.iter().filter_map(|field| match field {
            Field::Column(column) if column.is_required() => {
                let ty = &column.ty;
                Some((&column.ident, quote!(__orm::Missing<#ty>)))
            }
            Field::Flatten(flatten) => {
                let ty = &flatten.ty;
                Some((&flatten.ident, quote!(<#ty as __orm::Embed>::Unset<#ty>)))
            }
            Field::Column(_) | Field::Relation(_) | Field::Skip(_) => None,
        });
        let states = initial.enumerate().map(|(number, (field, initial))| State {
            field,
            parameter: format_ident!("__S{number}"),
            initial,
        });
        let ident = format_ident!("{}Builder", model.ident.unraw(), span = model.ident.span());
        Self { model, ident, states: states.collect() }
    }

    fn parameters(&self) -> Vec<&Ident> {
        self.states.iter().map(|state| &state.parameter).collect()
    }

    /// Returns the struct.
    pub(super) fn declaration(&self) -> TokenStream {
        let (vis, builder, parameters) = (&self.model.vis, &self.ident, self.parameters());
        let doc = format!("A new row of [`{}`].", self.model.ident.unraw());
        quote! {
            #[doc = #doc]
            #[must_use = "a new row is nothing before it is inserted"]
            #[allow(dead_code, reason = "a model may only be read")]
            #vis struct #builder<#(#parameters),*> {
                row: ::orm::__private::NewRow,
                state: ::core::marker::PhantomData<fn() -> (#(#parameters,)*)>,
            }
        }
    }

    /// Returns `Model::builder` and the setters.
    pub(super) fn functions(&self) -> TokenStream {
        let Model { ident, vis, width, .. } = self.model;
        let (builder, parameters) = (&self.ident, self.parameters());
        let initial = self.states.iter().map(|state| &state.initial);
        let setters = self.model.fields.iter().filter_map(|field| self.setter(field));
        let name = builder.to_string();
        quote! {
            #[automatically_derived]
            #[allow(dead_code, reason = "a model may only be read")]
            impl #ident {
                /// Begins a new row; it can be inserted when its required columns are set.
                #vis fn builder() -> #builder<#(#initial),*> {
                    #builder {
                        row: __orm::NewRow::new(#width),
                        state: ::core::marker::PhantomData,
                    }
                }
            }

            #[automatically_derived]
            #[allow(dead_code, reason = "a model may only be read")]
            impl<#(#parameters),*> #builder<#(#parameters),*> {
                #(#setters)*
            }

            #[automatically_derived]
            impl<#(#parameters),*> ::core::fmt::Debug for #builder<#(#parameters),*> {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_tuple(#name).field(&self.row).finish()
                }
            }
        }
    }

    fn setter(&self, field: &Field) -> Option<TokenStream> {
        let (ident, vis, accepted, write) = match field {
            Field::Column(column) => {
                let (ty, at) = (&column.ty, &column.at);
                let accepted = quote_spanned!(place_of(ty)=> impl __orm::IntoField<#ty>);
                let value = quote!(<_ as __orm::IntoField<#ty>>::into_field(value));
                (&column.ident, &column.vis, accepted, quote!(self.row.set(#at, #value)))
            }
            Field::Flatten(flatten) => {
                let (ty, at) = (&flatten.ty, &flatten.at);
                let write = quote!(<#ty as __orm::Embed>::write(value, &mut self.row, #at));
                (&flatten.ident, &flatten.vis, quote!(#ty), write)
            }
            // A path is only read.
            Field::Relation(relation) if matches!(relation.link, Link::Via { .. }) => return None,
            Field::Relation(relation) => {
                let target = relation.target();
                let name = relation.ident.unraw().to_string();
                let accepted = quote!(impl __orm::IntoRelated<#target>);
                let write = quote!(self.row.relate(#name, __orm::IntoRelated::<#target>::into_related(value)));
                let (accepted, write) = if relation.leads_to_many() {
                    let rows = quote!(impl ::core::iter::IntoIterator<Item = #accepted>);
                    (rows, quote!(for value in value { #write }))
                } else {
                    (accepted, write)
                };
                (&relation.ident, &relation.vis, accepted, write)
            }
            Field::Skip(_) => return None,
        };
        let keys = match field {
            Field::Relation(relation) => relation.own_key(),
            _ => &[],
        };
        let builder = &self.ident;
        let doc = format!("Sets `{}`.", ident.unraw());
        let after = self.states.iter().map(|state| {
            let parameter = &state.parameter;
            if state.field == ident || keys.contains(state.field) {
                quote!(__orm::Set)
            } else {
                quote!(#parameter)
            }
        });
        Some(quote! {
            #[doc = #doc]
            #vis fn #ident(mut self, value: #accepted) -> #builder<#(#after),*> {
                #write;
                #builder { row: self.row, state: ::core::marker::PhantomData }
            }
        })
    }

    /// Returns the implementation of `IntoNewRow`, for builders whose required columns are set.
    ///
    /// It has a block of its own: its traits are named as fields are, and must not hide the paths
    /// that the types of other fields begin with, as in `uuid: uuid::Uuid`.
    pub(super) fn requirements(&self) -> TokenStream {
        let (ident, builder, parameters) = (&self.model.ident, &self.ident, self.parameters());
        let fields: Vec<&Ident> = self.states.iter().map(|state| state.field).collect();
        let unrelated = self.states.iter().map(|state| {
            let State { field, parameter, .. } = state;
            let is_key = self.model.relations().any(|relation| relation.own_key().contains(field));
            if is_key { quote!(#parameter) } else { quote!(#parameter: #field) }
        });
        let traits = fields.iter().map(|field| {
            let column = field.unraw();
            let message = format!("the required column `{column}` of `{ident}` has no value");
            let relation =
                self.model.relations().find(|relation| relation.own_key().contains(field));
            let or_relation = relation
                .map_or_else(String::new, |relation| format!(", or `.{}(…)`,", relation.ident));
            let label = format!("call `.{field}(…)`{or_relation} on the builder first");
            quote! {
                #[diagnostic::on_unimplemented(
                    message = #message,
                    label = #label,
                    note = "a column needs no value if it is an `Option`, or has a `default` or a \
                            `server_default`"
                )]
                pub trait #field {}

                #[diagnostic::do_not_recommend]
                impl #field for __orm::Set {}
            }
        });
        quote! {
            #[allow(non_camel_case_types, reason = "the names appear in the compiler's messages")]
            const _: () = {
                use ::orm::__private as __orm;

                #(#traits)*

                #[automatically_derived]
                impl<#(#parameters: #fields),*> __orm::IntoNewRow<#ident>
                    for #builder<#(#parameters),*>
                {
                    fn into_new_row(self) -> __orm::NewRow {
                        self.row
                    }
                }

                #[automatically_derived]
                impl<#(#unrelated),*> __orm::IntoRelated<#ident> for #builder<#(#parameters),*> {
                    fn into_related(self) -> __orm::RelatedRow {
                        __orm::RelatedRow::New(self.row)
                    }
                }
            };
        }
    }
}
