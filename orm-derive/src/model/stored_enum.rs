//! An enum stored by the names of its variants.

use heck::ToSnakeCase as _;
use syn::ext::IdentExt as _;
use syn::{Data, DeriveInput, Fields, Ident};

use super::fields::refuse_generics;
use crate::attr::{EnumAttrs, VariantAttrs};
use crate::report::Report;

/// An enum stored by the names of its variants.
pub(crate) struct StoredEnum {
    pub(crate) ident: Ident,
    pub(crate) name: String,
    pub(crate) native: bool,
    /// The variants and their texts.
    pub(crate) variants: Vec<(Ident, String)>,
}

impl StoredEnum {
    pub(crate) fn from_input(input: &DeriveInput, report: &mut Report) -> Option<Self> {
        refuse_generics(&input.generics, "DbEnum", report)?;
        let Data::Enum(data) = &input.data else {
            let message = "`derive(DbEnum)` is for enums; a newtype derives `ColumnType`";
            report.error(&input.ident, message);
            return None;
        };
        if data.variants.is_empty() {
            report.error(&input.ident, "a stored enum needs at least one variant");
            return None;
        }
        let attrs = EnumAttrs::parse(&input.attrs, report);
        let mut variants: Vec<(Ident, String)> = Vec::new();
        let mut has_data = false;
        for variant in &data.variants {
            if !matches!(variant.fields, Fields::Unit) {
                let message = "a variant of a stored enum has no data; \
                               to store data, use a JSON column or implement `ColumnType`";
                report.error(&variant.fields, message);
                has_data = true;
            }
            let rename = VariantAttrs::parse(&variant.attrs, report).rename;
            let plain = variant.ident.unraw().to_string();
            let text =
                rename.as_ref().map_or_else(|| attrs.rename_all.apply(&plain), syn::LitStr::value);
            if let Some((earlier, _)) = variants.iter().find(|(_, known)| *known == text) {
                let message = format!("`{earlier}` and `{plain}` are both stored as `{text}`");
                let span = rename.map_or_else(|| variant.ident.span(), |rename| rename.span());
                report.push(syn::Error::new(span, message));
            }
            variants.push((variant.ident.clone(), text));
        }
        let plain = input.ident.unraw().to_string();
        let name = attrs.name.map_or_else(|| plain.to_snake_case(), |name| name.value());
        let native = attrs.native;
        (!has_data).then(|| Self { ident: input.ident.clone(), name, native, variants })
    }
}
