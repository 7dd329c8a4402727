//! What a patch of JSON may set: the fields that are named, or those that nothing else manages.

use super::column::Column;
use super::table::{Field, Model};
use crate::attr::{self, SerdeNames};
use crate::report::{Report, listed, suggestion};

/// The fields of a model as a patch of JSON knows them.
pub(crate) struct Patch {
    pub(crate) fields: Vec<PatchField>,
}

/// A column's field.
pub(crate) struct PatchField {
    /// What it is called in JSON.
    pub(crate) name: String,
    /// Which of the model's fields it is.
    pub(crate) index: usize,
    /// Whether a patch may set it.
    pub(crate) is_open: bool,
}

impl Patch {
    pub(super) fn new(
        patch: &attr::Patch,
        input: &syn::DeriveInput,
        model: &Model,
        report: &mut Report,
    ) -> Self {
        if let Some(wanted) = &patch.fields {
            check(wanted, model, report);
        }
        let names = SerdeNames::of_struct(&input.attrs);
        let fields = model.fields.iter().enumerate().filter_map(|(index, field)| {
            let Field::Column(column) = field else { return None };
            let name = names.of_field(&column.ident, &column.attrs)?;
            let is_open = match &patch.fields {
                Some(wanted) => wanted.contains(&column.ident),
                None => !is_managed(column),
            };
            Some(PatchField { name, index, is_open })
        });
        Self { fields: fields.collect() }
    }
}

/// Whether something else gives the column its values.
fn is_managed(column: &Column) -> bool {
    column.primary_key.is_some()
        || column.generated
        || column.version
        || column.soft_delete.is_some()
        || column.on_update.is_some()
}

fn check(wanted: &[syn::Ident], model: &Model, report: &mut Report) {
    for name in wanted {
        match model.columns().find(|column| column.ident == *name) {
            Some(column) if column.primary_key.is_some() || column.version => {
                let what = if column.version { "version" } else { "primary key" };
                report.error(name, format!("the {what} of a row is not patched"));
            }
            Some(_) => {}
            None => {
                let fields: Vec<String> =
                    model.columns().map(|column| column.ident.to_string()).collect();
                let fields = || fields.iter().map(String::as_str);
                let guess = suggestion(&name.to_string(), fields());
                let message = format!(
                    "`{}` has no column field `{name}`{guess}\nfields: {}",
                    model.ident,
                    listed(fields())
                );
                report.error(name, message);
            }
        }
    }
}
