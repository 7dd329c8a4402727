//! A struct around one value, stored as that value.

use syn::{Data, DeriveInput, Ident, Member, Type};

use super::fields::refuse_generics;
use crate::attr::refuse_all;
use crate::report::Report;

/// A struct around one value.
pub(crate) struct Newtype {
    pub(crate) ident: Ident,
    /// The field: `0`, or its name.
    pub(crate) member: Member,
    pub(crate) inner: Type,
}

impl Newtype {
    pub(crate) fn from_input(input: &DeriveInput, report: &mut Report) -> Option<Self> {
        refuse_generics(&input.generics, "ColumnType", report)?;
        refuse_all(&input.attrs, "a newtype", report);
        let wanted = "`derive(ColumnType)` is for structs with one field";
        let Data::Struct(data) = &input.data else {
            let advice = "an enum without data derives `DbEnum`";
            report.error(&input.ident, format!("{wanted}; {advice}"));
            return None;
        };
        let mut fields = data.fields.iter();
        let (Some(field), None) = (fields.next(), fields.next()) else {
            let found = data.fields.len();
            report.error(
                &input.ident,
                format!("{wanted}, `{}` has {found}; implement `ColumnType` by hand", input.ident),
            );
            return None;
        };
        refuse_all(&field.attrs, "the field of a newtype", report);
        let member = field.ident.clone().map_or_else(|| Member::from(0), Member::from);
        Some(Self { ident: input.ident.clone(), member, inner: field.ty.clone() })
    }
}
