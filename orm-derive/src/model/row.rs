//! A struct that rows are read into by name.

use quote::quote;
use syn::ext::IdentExt as _;
use syn::{DeriveInput, Ident, LitStr, Type};

use super::fields;
use super::position::Position;
use crate::attr::{self, RowFieldAttrs};
use crate::report::Report;

/// A struct that rows are read into by name.
pub(crate) struct Row {
    pub(crate) ident: Ident,
    pub(crate) fields: Vec<RowField>,
}

/// A field of such a struct.
pub(crate) struct RowField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// The name of its column; `None` if it is such a struct itself.
    pub(crate) name: Option<LitStr>,
    pub(crate) at: Position,
}

impl Row {
    pub(crate) fn from_input(input: &DeriveInput, report: &mut Report) -> Option<Self> {
        let named = fields::named(input, "FromRow", report)?;
        let case = attr::row(&input.attrs, report).rename_all;
        if named.is_empty() {
            report.error(&input.ident, format!("`{}` has no fields to read", input.ident));
        }
        let mut row = Self { ident: input.ident.clone(), fields: Vec::new() };
        let mut width = Position::default();
        for (ident, field) in named {
            let attrs = RowFieldAttrs::parse(&field.attrs, report);
            let ty = &field.ty;
            let (name, at) = if let Some(flatten) = attrs.flatten {
                if attrs.rename.is_some() {
                    let message =
                        "`flatten` reads the columns of the inner struct, by its own names";
                    report.error(flatten, message);
                }
                (None, width.advance_over(quote!(<#ty as __orm::FromRow>::DEF.width())))
            } else {
                let plain = ident.unraw().to_string();
                let name = case.map_or_else(|| plain.clone(), |case| case.apply(&plain));
                let name = attrs.rename.unwrap_or_else(|| LitStr::new(&name, ident.span()));
                (Some(name), width.advance())
            };
            row.add(RowField { ident: ident.clone(), ty: ty.clone(), name, at }, report);
        }
        Some(row)
    }

    /// Adds a field, whose name no other may have.
    fn add(&mut self, field: RowField, report: &mut Report) {
        let is_same = |other: &&RowField| other.column() == field.column();
        if let (Some(name), Some(earlier)) = (&field.name, self.fields.iter().find(is_same)) {
            let (one, other) = (&earlier.ident, &field.ident);
            let message =
                format!("fields `{one}` and `{other}` are both read from `{}`", name.value());
            report.push(syn::Error::new(name.span(), message));
        }
        self.fields.push(field);
    }
}

impl RowField {
    fn column(&self) -> Option<String> {
        self.name.as_ref().map(LitStr::value)
    }
}
