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
        let mut is_whole = true;
        for (position, (ident, field)) in fields.into_iter().enumerate() {
            let field_attrs = FieldAttrs::parse(&field.attrs, &EMBED_FIELD, report);
            let (case, at) = (attrs.rename_all, Position::nth(position));
            let column = Column::new(ident, field, field_attrs, case, at, report);
            if column.deferred.is_some() {
                let message =
                    "a `Deferred` field is for models: an embedded struct is always whole";
                report.error(&field.ty, message);
                is_whole = false;
            }
            columns.push(column);
        }
        refuse_equal_names(&columns.iter().collect::<Vec<_>>(), report);
        let embed = Self { ident: input.ident.clone(), vis: input.vis.clone(), columns };
        is_whole.then_some(embed)
    }
}
