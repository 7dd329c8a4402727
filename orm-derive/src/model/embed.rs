//! A struct of columns that models share.

use syn::{DeriveInput, Ident, Visibility};

use super::column::Column;
use super::fields;
use super::position::Position;
use super::table::refuse_equal_names;
use crate::attr::{self, EMBED_FIELD, FieldAttrs};
use crate::report::Report;

/// A struct of columns that models share.
pub(crate) struct Embed {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) columns: Vec<Column>,
}

impl Embed {
    pub(crate) fn from_input(input: &DeriveInput, report: &mut Report) -> Option<Self> {
        let fields = fields::named(input, "Embed", report)?;
        let attrs = attr::embed(&input.attrs, report);
        if fields.is_empty() {
            report.error(&input.ident, format!("`{}` has no columns to embed", input.ident));
        }
        let mut columns = Vec::new();
        for (position, (ident, field)) in fields.into_iter().enumerate() {
            let field_attrs = FieldAttrs::parse(&field.attrs, &EMBED_FIELD, report);
            let at = Position::nth(position);
            columns.push(Column::new(ident, field, field_attrs, attrs.rename_all, at, report));
        }
        refuse_equal_names(&columns.iter().collect::<Vec<_>>(), report);
        Some(Self { ident: input.ident.clone(), vis: input.vis.clone(), columns })
    }
}
