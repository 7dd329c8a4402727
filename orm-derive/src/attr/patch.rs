//! `patch` on a model: which fields a patch of JSON may set.

use syn::Ident;

use super::setting::{Entry, Setting};
use crate::report::Report;

/// `patch` or `patch(field, …)`.
pub(crate) struct Patch {
    /// The fields; `None` is all that are not managed otherwise.
    pub(crate) fields: Option<Vec<Ident>>,
}

impl Patch {
    pub(crate) fn parse(setting: &Setting, report: &mut Report) -> syn::Result<Self> {
        if setting.is_bare() {
            return Ok(Self { fields: None });
        }
        let mut fields = Vec::new();
        for entry in setting.list(report)? {
            match entry {
                Entry::Setting(field) if field.is_bare() => fields.push(field.key),
                Entry::Setting(field) => report.error(&field.key, "expected the name of a field"),
                Entry::Bare(other) => report.error(other, "expected the name of a field"),
            }
        }
        Ok(Self { fields: Some(fields) })
    }
}
