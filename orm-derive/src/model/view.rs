//! A struct of some columns of a model.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Ident, Path, Type};

use super::fields;
use crate::attr;
use crate::report::Report;

/// A struct of some columns of a model.
pub(crate) struct View {
    pub(crate) ident: Ident,
    pub(crate) model: Path,
    pub(crate) fields: Vec<ViewField>,
}

/// A field of a view.
pub(crate) struct ViewField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// The model's field: its name, or `embedded.name`.
    pub(crate) column: TokenStream,
}

impl View {
    pub(crate) fn from_input(input: &DeriveInput, report: &mut Report) -> Option<Self> {
        let named = fields::named(input, "View", report)?;
        let Some(model) = attr::view_model(&input.attrs, report) else {
            let message = "a view is of a model: add `#[orm(model = User)]`";
            report.error(&input.ident, message);
            return None;
        };
        if named.is_empty() {
            report.error(&input.ident, format!("`{}` has no fields to read", input.ident));
        }
        let fields = named.into_iter().map(|(ident, field)| {
            let column = attr::view_column(&field.attrs, report);
            let column = column.map_or_else(|| quote!(#ident), |column| quote!(#column));
            ViewField { ident: ident.clone(), ty: field.ty.clone(), column }
        });
        let fields = fields.collect();
        Some(Self { ident: input.ident.clone(), model: model.ok()?, fields })
    }
}
