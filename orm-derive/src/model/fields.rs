//! The fields of a struct, and what their types look like from outside.

use syn::{
    Data, DeriveInput, Fields, GenericArgument, Generics, Ident, PathArguments, PathSegment, Type,
};

use crate::report::Report;

/// Returns the named fields of the struct that `derive` was put on.
pub(crate) fn named<'a>(
    input: &'a DeriveInput,
    derive: &str,
    report: &mut Report,
) -> Option<Vec<(&'a Ident, &'a syn::Field)>> {
    refuse_generics(&input.generics, derive, report)?;
    let wanted = format!("`derive({derive})` is for structs with named fields");
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => {
            let advice = "an enum that a column holds derives `DbEnum`";
            report.error(data.enum_token, format!("{wanted}; {advice}"));
            return None;
        }
        Data::Union(data) => {
            report.error(data.union_token, wanted);
            return None;
        }
    };
    match fields {
        Fields::Named(named) => Some(
            named.named.iter().filter_map(|field| Some((field.ident.as_ref()?, field))).collect(),
        ),
        Fields::Unnamed(unnamed) => {
            let advice = "a newtype that a column holds derives `ColumnType`";
            report.error(unnamed, format!("{wanted}; {advice}"));
            None
        }
        Fields::Unit => {
            report.error(&input.ident, wanted);
            None
        }
    }
}

/// Refuses generic parameters: `None` if there are some.
pub(crate) fn refuse_generics(
    generics: &Generics,
    derive: &str,
    report: &mut Report,
) -> Option<()> {
    if generics.params.is_empty() {
        return Some(());
    }
    report.error(&generics.params, format!("`derive({derive})` does not support generic types"));
    None
}

/// Whether the type is written as an `Option`.
pub(crate) fn is_option(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == "Option")
}

/// Returns what is deferred, if the type is written as a `Deferred` of something.
pub(crate) fn deferred_type(ty: &Type) -> Option<&Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == "Deferred")?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

/// Whether the type is written as an integer that a database can generate.
pub(crate) fn is_integer(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|segment| {
        ["i16", "i32", "i64", "u8", "u16", "u32"].iter().any(|name| segment.ident == name)
    })
}

/// Returns the last part of the type's path.
pub(super) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}
