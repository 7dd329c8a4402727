//! The relation constants of a model, and its tables of pairs.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Expr, ExprPath, Ident};

use super::place_of;
use crate::attr::{Cascade, Lazy, RelationKind};
use crate::model::{Column, Link, Model, Relation};

/// Returns the constants.
pub(super) fn constants(model: &Model) -> TokenStream {
    if model.relations().next().is_none() {
        return TokenStream::new();
    }
    let owner = &model.ident;
    let constants = model.relations().map(|relation| constant(model, relation));
    quote! {
        #[automatically_derived]
        #[allow(non_upper_case_globals, dead_code, reason = "relations are named as their fields")]
        impl #owner {
            #(#constants)*
        }
    }
}

/// Returns the function that shows each relation to a visitor.
pub(super) fn visited(model: &Model) -> TokenStream {
    let owner = &model.ident;
    let relations =
        model.relations().map(|Relation { ident, .. }| quote!(<#owner>::#ident.to_read()));
    quote! {
        #[automatically_derived]
        impl __orm::Related for #owner {
            fn visit_relations<V: __orm::VisitRelations<Self>>(visitor: &mut V) {
                #(visitor.visit(#relations);)*
                let _ = visitor;
            }
        }
    }
}

/// Returns the functions that make the tables of pairs that come with the model.
pub(super) fn associations(model: &Model) -> TokenStream {
    let functions = model.relations().filter_map(|relation| association(model, relation));
    quote!(&[#(#functions),*])
}

/// Returns what is loaded by default, as the last argument of `model_output!`, if anything is.
pub(super) fn defaults(model: &Model) -> Option<TokenStream> {
    let owner = &model.ident;
    let mut lazy = model.relations().filter_map(|relation| {
        let lazy = match relation.lazy? {
            Lazy::SelectIn => quote!(SelectIn),
            Lazy::Subquery => quote!(Subquery),
            Lazy::Joined => quote!(Joined),
            Lazy::Nothing => quote!(Nothing),
            Lazy::Unloaded | Lazy::Raise => return None,
        };
        let ident = &relation.ident;
        Some(quote!(__orm::by_default(<#owner>::#ident, __orm::Lazy::#lazy, path, loaders);))
    });
    let first = lazy.next()?;
    Some(quote!(, |loaders, path| { #first #(#lazy)* }))
}

fn constant(model: &Model, relation: &Relation) -> TokenStream {
    let owner = &model.ident;
    let Relation { ident, vis, ty, .. } = relation;
    let doc = format!("The relation `{}`.", ident.unraw());
    let (model_name, name) = (owner.to_string(), ident.unraw().to_string());
    let target = relation.target();
    let kind = match relation.kind {
        RelationKind::HasMany => quote!(HasMany),
        RelationKind::HasOne => quote!(HasOne),
        RelationKind::BelongsTo => quote!(BelongsTo),
        RelationKind::ManyToMany => quote!(ManyToMany),
    };
    let link = link(model, relation, &target);
    let order_by = relation.order_by.as_ref().map(|order| {
        let (order, place) = (of_target(order, &target), place_of(order));
        quote_spanned!(place=> |terms| __orm::IntoOrder::append_to(#order, terms))
    });
    let filter = relation.filter.as_ref().map(|filter| {
        let (filter, place) = (of_target(filter, &target), place_of(filter));
        quote_spanned! {place=> || {
            #[allow(unused_imports, reason = "a condition may need no operator")]
            use __orm::Expression as _;
            __orm::Operand::<bool>::into_operand(#filter)
        }}
    });
    let inverse = relation.inverse.as_ref().map(|inverse| {
        quote_spanned!(place_of(inverse)=> || __orm::inverse::<#owner, #target, _>(<#target>::#inverse))
    });
    let (order_by, filter, inverse) = (option(order_by), option(filter), option(inverse));
    let assertions = assertions(model, relation, &target);
    let cascade = cascade(relation);
    let raises = relation.lazy == Some(Lazy::Raise);
    let way = matches!(relation.link, Link::Via { .. }).then(|| quote!(, __orm::Via));
    quote! {
        #[doc = #doc]
        #vis const #ident: __orm::Relation<#owner, #ty #way> = {
            #assertions
            static DEF: __orm::RelationDef = __orm::RelationDef {
                model: #model_name,
                name: #name,
                kind: __orm::RelationKind::#kind,
                source: <#owner as __orm::Model>::table,
                target: <#target as __orm::Model>::table,
                link: #link,
                order_by: #order_by,
                filter: #filter,
                inverse: #inverse,
                cascade: #cascade,
                raises: #raises,
                resolved: __orm::ResolvedLink::new(),
            };
            __orm::Relation::new(&DEF, |parent| &parent.#ident, |parent| &mut parent.#ident)
        };
    }
}

fn cascade(relation: &Relation) -> TokenStream {
    let Cascade { delete, delete_orphan, expunge, refresh } = relation.cascade;
    let passive_deletes = relation.passive_deletes;
    if !(delete || expunge || refresh || passive_deletes) {
        return quote!(__orm::Cascade::NONE);
    }
    quote! {
        __orm::Cascade {
            delete: #delete,
            delete_orphan: #delete_orphan,
            expunge: #expunge,
            refresh: #refresh,
            passive_deletes: #passive_deletes,
        }
    }
}

fn link(model: &Model, relation: &Relation, target: &TokenStream) -> TokenStream {
    let owner = &model.ident;
    let positions = |of: &TokenStream, names: &[Ident]| {
        let positions =
            names.iter().map(|name| quote_spanned!(place_of(name)=> <#of>::#name.position()));
        quote!(&[#(#positions),*])
    };
    match &relation.link {
        Link::Own { key, references } => {
            let key = positions(&quote!(#owner), key);
            let references = option(references.as_ref().map(|columns| {
                let columns = columns.iter().map(|column| {
                    let (column, place) = (of_target(column, target), place_of(column));
                    quote_spanned!(place=> __orm::position_in::<#target, _>(#column))
                });
                quote!(&[#(#columns),*] as &[usize])
            }));
            quote!(__orm::LinkDef::Own { key: #key, refers_to: #references })
        }
        Link::Target { key, references } => {
            let key = positions(target, key);
            let references = references.as_ref().map(|names| positions(&quote!(#owner), names));
            let references = option(references);
            quote!(__orm::LinkDef::Target { key: #key, refers_to: #references })
        }
        Link::Inverse => quote!(__orm::LinkDef::Inverse),
        Link::Via { hops } => {
            let hops = hops_of(model, hops).map(|(hop, place)| quote_spanned!(place=> .then(#hop)));
            let place = place_of(&relation.ty);
            let path = quote!(__orm::path::<#owner>() #(#hops)*);
            quote_spanned!(place=> __orm::LinkDef::Via(|| __orm::via::<#target, _>(#path)))
        }
        Link::Table { .. } => {
            let table = association(model, relation);
            let (side, target_side) = relation.sides(&model.ident).unwrap_or_default();
            quote! {
                __orm::LinkDef::Association { table: #table, side: #side, target_side: #target_side }
            }
        }
        Link::Through { model, key, target_key } => {
            let of = quote!(#model);
            let key = option(key.as_ref().map(|names| positions(&of, names)));
            let target_key = option(target_key.as_ref().map(|names| positions(&of, names)));
            quote! {
                __orm::LinkDef::Through {
                    table: <#model as __orm::Model>::table,
                    key: #key,
                    target_key: #target_key,
                }
            }
        }
    }
}

/// Returns the relations of a path, each with its place: the first name is a field of this model, and a
/// second one of the model to which that leads.
fn hops_of<'m>(
    model: &'m Model,
    hops: &'m [ExprPath],
) -> impl Iterator<Item = (TokenStream, Span)> + 'm {
    let owner = &model.ident;
    let first = hops.first().and_then(|hop| hop.path.get_ident());
    let first = model.relations().find(|relation| Some(&relation.ident) == first);
    hops.iter().enumerate().map(move |(position, hop)| {
        let place = place_of(hop);
        let tokens = match (hop.path.get_ident(), first) {
            (None, _) => quote!(#hop),
            (Some(name), Some(Relation { ty, .. })) if position > 0 => {
                quote_spanned!(place=> <<#ty as __orm::RelationField>::Target>::#name)
            }
            (Some(name), _) => quote_spanned!(place=> <#owner>::#name),
        };
        (tokens, place)
    })
}

fn association(model: &Model, relation: &Relation) -> Option<TokenStream> {
    let Link::Table { name, .. } = &relation.link else { return None };
    let owner = &model.ident;
    let target = relation.target();
    let (own_side, target_side) = relation.sides(owner)?;
    Some(quote! {
        || __orm::association::<#owner, #target>(#name, #own_side, #target_side)
    })
}

/// What the compiler can refuse: a key that may be NULL beside a relation that may not, and a foreign
/// key to another model.
fn assertions(model: &Model, relation: &Relation, target: &TokenStream) -> TokenStream {
    let ty = &relation.ty;
    if let Link::Via { hops } = &relation.link {
        let hops = hops_of(model, hops).map(|(hop, _)| quote!(__orm::hop(&#hop)));
        return quote_spanned! {place_of(ty)=>
            const _: () = __orm::assert_via::<#ty>(&[#(#hops),*]);
        };
    }
    let Link::Own { key, .. } = &relation.link else { return TokenStream::new() };
    let columns: Vec<&Column> = key
        .iter()
        .filter_map(|name| model.columns().find(|column| column.ident == *name))
        .collect();
    // One column that may be NULL is enough for the whole key.
    let nullable = columns.iter().find(|column| column.is_option()).or(columns.first());
    let nullable = nullable.map(|column| {
        let key = &column.ty;
        quote_spanned! {place_of(ty)=>
            const _: () = __orm::assert_key::<#key, _>(::core::marker::PhantomData::<#ty>);
        }
    });
    let referred = columns.iter().filter_map(|column| column.foreign_key.as_ref()).map(|key| {
        let path = &key.target;
        quote_spanned! {place_of(ty)=>
            const _: usize = __orm::position_in::<#target, _>(#path);
        }
    });
    quote!(#nullable #(#referred)*)
}

/// Returns the expression with bare names made into fields of the target: `id`, `id.desc()`.
fn of_target(expr: &Expr, target: &TokenStream) -> TokenStream {
    match expr {
        Expr::Path(path) if let Some(name) = path.path.get_ident() => {
            quote_spanned!(place_of(name)=> <#target>::#name)
        }
        Expr::MethodCall(call) => {
            let receiver = of_target(&call.receiver, target);
            let (method, turbofish, arguments) = (&call.method, &call.turbofish, &call.args);
            quote_spanned!(place_of(method)=> {
                #[allow(unused_imports, reason = "an inherent method needs no trait")]
                use __orm::Expression as _;
                #receiver.#method #turbofish (#arguments)
            })
        }
        Expr::Tuple(tuple) => {
            let parts = tuple.elems.iter().map(|part| of_target(part, target));
            quote!((#(#parts,)*))
        }
        Expr::Paren(paren) => of_target(&paren.expr, target),
        other => quote!(#other),
    }
}

fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}
