//! The description of a model as constants: `ModelDef` and everything in it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Expr, ExprPath, LitStr, Type};

use super::{place_of, relations};
use crate::attr::{Check, Effect, ForeignKey, SoftDelete};
use crate::model::{Column, Field, ForeignKeys, Index, Model, Unique};

/// Returns the `ModelDef` of a model.
pub(super) fn model(model: &Model) -> TokenStream {
    let name = model.ident.to_string();
    let table = &model.table;
    let schema = option(model.schema.as_ref());
    let comment = option(model.comment.as_ref());
    let fields = model.fields.iter().filter_map(|field| match field {
        Field::Column(column) => {
            let field = self::field(column);
            Some(quote!(__orm::FieldEntry::Column(#field)))
        }
        Field::Flatten(flatten) => {
            let (prefix, ty) = (&flatten.prefix, &flatten.ty);
            let name = flatten.ident.unraw().to_string();
            Some(quote! {
                __orm::FieldEntry::Flatten {
                    name: #name,
                    prefix: #prefix,
                    fields: <#ty as __orm::Embed>::FIELDS,
                }
            })
        }
        Field::Relation(_) | Field::Skip(_) => None,
    });
    let indexes = model.indexes.iter().map(index);
    let uniques = model.uniques.iter().map(unique);
    let checks = model.checks.iter().map(check);
    let foreign_keys = model.foreign_keys.iter().map(|key| composite_key(model, key));
    let associations = relations::associations(model);
    quote! {
        __orm::ModelDef {
            name: #name,
            table: #table,
            schema: #schema,
            comment: #comment,
            fields: &[#(#fields),*],
            indexes: &[#(#indexes),*],
            uniques: &[#(#uniques),*],
            checks: &[#(#checks),*],
            foreign_keys: &[#(#foreign_keys),*],
            associations: #associations,
        }
    }
}

/// Returns the `FieldDef` of a column.
pub(super) fn field(column: &Column) -> TokenStream {
    let Column { name, ty, unique, index, .. } = column;
    let generated = generated(column);
    let sql_type = sql_type(column);
    let nullable = quote_spanned!(place_of(ty)=> <#ty as __orm::Field>::NULLABLE);
    let primary_key = column.primary_key.is_some();
    let loading = match column.deferred {
        None => quote!(Always),
        Some(false) => quote!(ByDefault),
        Some(true) => quote!(OnRequest),
    };
    let version = column.version;
    let default = provider(column.default.as_ref(), ty);
    let on_update = provider(column.on_update.as_ref(), ty);
    let soft_delete = soft_delete(column);
    let server_default = option(column.server_default.as_ref());
    let check = option(column.check.as_ref());
    let comment = option(column.comment.as_ref());
    let foreign_key = option(column.foreign_key.as_ref().map(|key| foreign_key(key, ty)));
    let validator = option(column.validate.as_ref().map(|function| validator(column, function)));
    quote! {
        __orm::FieldDef {
            column: #name,
            sql_type: #sql_type,
            nullable: #nullable,
            primary_key: #primary_key,
            generated: #generated,
            loading: __orm::ColumnLoading::#loading,
            version: #version,
            unique: #unique,
            index: #index,
            default: #default,
            on_update: #on_update,
            soft_delete: #soft_delete,
            server_default: #server_default,
            check: #check,
            comment: #comment,
            foreign_key: #foreign_key,
            validator: #validator,
        }
    }
}

/// That the type of a key fits is checked here only where the user asked for `auto`.
fn generated(column: &Column) -> TokenStream {
    let (generated, ty) = (column.generated, &column.ty);
    let Some(auto) = column.auto.as_ref().filter(|_| generated) else {
        return quote!(#generated);
    };
    quote_spanned! {place_of(auto)=> {
        ::core::assert!(
            <#ty as __orm::Field>::SQL_TYPE.is_integer(),
            "`auto` is for integer keys"
        );
        true
    }}
}

/// The limits are checked by the functions that set them, where a panic is an error at the number.
fn sql_type(column: &Column) -> TokenStream {
    let ty = &column.ty;
    let declared = quote_spanned! {place_of(ty)=>
        <#ty as __orm::Field>::SQL_TYPE
    };
    if let Some((length, span)) = column.length {
        quote_spanned!(Span::call_site().located_at(span)=> __orm::SqlType::with_length(#declared, #length))
    } else if let Some((precision, scale, span)) = column.precision {
        quote_spanned! {Span::call_site().located_at(span)=>
            __orm::SqlType::with_precision(#declared, #precision, #scale)
        }
    } else {
        declared
    }
}

/// Returns an optional function that provides what `value` says.
fn provider(value: Option<&Expr>, ty: &Type) -> TokenStream {
    option(value.map(|value| {
        let place = place_of(value);
        let value = match value {
            Expr::Closure(closure) => quote!((#closure)()),
            Expr::Path(path) if is_function(path) => quote!(#path()),
            other => quote!(#other),
        };
        quote_spanned!(place=> || <_ as __orm::IntoField<#ty>>::into_field(#value))
    }))
}

fn validator(column: &Column, function: &Expr) -> TokenStream {
    let (field, ty) = (column.ident.unraw().to_string(), &column.ty);
    let validation = quote_spanned! {place_of(function)=>
        |value| __orm::validate::<#ty, _>(value, &#function)
    };
    quote!(__orm::ValidatorDef { field: #field, validation: #validation })
}

/// Returns the optional function that provides what marks a row as deleted.
fn soft_delete(column: &Column) -> TokenStream {
    let (mark, ty) = (column.soft_delete.as_ref(), &column.ty);
    match mark {
        Some(SoftDelete { now: None, .. }) => option(Some(quote_spanned! {place_of(ty)=>
            || <_ as __orm::IntoField<#ty>>::into_field(<#ty as __orm::DeletionTime>::now())
        })),
        mark => provider(mark.and_then(|mark| mark.now.as_ref()), ty),
    }
}

/// Whether the path is a function's: its last name begins with a small letter.
fn is_function(path: &ExprPath) -> bool {
    path.path
        .segments
        .last()
        .is_some_and(|segment| !segment.ident.unraw().to_string().starts_with(char::is_uppercase))
}

fn foreign_key(key: &ForeignKey, ty: &Type) -> TokenStream {
    let target = &key.target;
    let name = option(key.name.as_ref());
    let (on_delete, on_update) = (action(key.on_delete), action(key.on_update));
    let assertion =
        quote_spanned!(place_of(target)=> __orm::assert_references::<#ty, _, _>(#target));
    quote! {{
        #assertion;
        __orm::foreign_key(#target, #name, #on_delete, #on_update)
    }}
}

fn composite_key(model: &Model, foreign: &ForeignKeys) -> TokenStream {
    let ForeignKeys { columns, key } = foreign;
    let owner = &model.ident;
    let first = key.references.first();
    let pairs = key.columns.iter().zip(&key.references);
    let targets = pairs.map(|(field, target)| {
        quote_spanned! {place_of(target)=> {
            __orm::assert_refers(#owner::#field, #target);
            __orm::position_beside(#first, #target)
        }}
    });
    let name = option(key.name.as_ref());
    let (on_delete, on_update) = (action(key.on_delete), action(key.on_update));
    quote! {
        __orm::CompositeKeyDef {
            columns: &[#(#columns),*],
            target: __orm::model_of(#first),
            target_columns: &[#(#targets),*],
            name: #name,
            on_delete: #on_delete,
            on_update: #on_update,
        }
    }
}

fn action(effect: Effect) -> TokenStream {
    match effect {
        Effect::NoAction => quote!(__orm::ReferenceAction::NoAction),
        Effect::Restrict => quote!(__orm::ReferenceAction::Restrict),
        Effect::Cascade => quote!(__orm::ReferenceAction::Cascade),
        Effect::SetNull => quote!(__orm::ReferenceAction::SetNull),
        Effect::SetDefault => quote!(__orm::ReferenceAction::SetDefault),
    }
}

fn index(index: &Index) -> TokenStream {
    let Index { columns, unique, .. } = index;
    let name = option(index.name.as_ref());
    let condition = option(index.condition.as_ref());
    quote! {
        __orm::IndexDef {
            name: #name,
            columns: &[#(#columns),*],
            unique: #unique,
            condition: #condition,
        }
    }
}

fn unique(unique: &Unique) -> TokenStream {
    let columns = &unique.columns;
    let name = option(unique.name.as_ref());
    quote!(__orm::UniqueDef { name: #name, columns: &[#(#columns),*] })
}

fn check(check: &Check) -> TokenStream {
    let condition: &LitStr = &check.condition;
    let name = option(check.name.as_ref());
    quote!(__orm::CheckDef { name: #name, condition: #condition })
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}
