//! One column: a field's settings, checked against each other.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::{Attribute, Expr, Ident, LitBool, LitStr, Type, Visibility, parse_quote_spanned};

use super::fields::{deferred_type, is_option};
use super::position::Position;
use crate::attr::{Case, FieldAttrs, ForeignKey, SoftDelete, comment};
use crate::report::Report;

/// A field that is a column.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting that a user may write")]
pub(crate) struct Column {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// The type of the value, which a deferred field has around it.
    pub(crate) ty: Type,
    /// Whether the field is a `Deferred` of the type, and if it is, whether rows are read without it.
    pub(crate) deferred: Option<bool>,
    /// The name in the database.
    pub(crate) name: String,
    /// What to point at when the name is wrong.
    pub(crate) name_span: Span,
    pub(crate) comment: Option<String>,
    pub(crate) at: Position,
    pub(crate) primary_key: Option<Ident>,
    pub(crate) auto: Option<LitBool>,
    /// Whether the database generates the value; decided when the whole key is known.
    pub(crate) generated: bool,
    pub(crate) unique: bool,
    pub(crate) index: bool,
    pub(crate) length: Option<(u32, Span)>,
    /// Digits in all, digits after the point, and where the first was said.
    pub(crate) precision: Option<(u8, u8, Span)>,
    pub(crate) default: Option<Expr>,
    pub(crate) server_default: Option<LitStr>,
    pub(crate) on_update: Option<Expr>,
    /// Whether it counts the updates of its row.
    pub(crate) version: bool,
    /// Whether it marks rows as deleted, and with what.
    pub(crate) soft_delete: Option<SoftDelete>,
    pub(crate) check: Option<LitStr>,
    pub(crate) foreign_key: Option<ForeignKey>,
    pub(crate) validate: Option<Expr>,
    /// All attributes of the field, those of others among them.
    pub(crate) attrs: Vec<Attribute>,
}

impl Column {
    pub(super) fn new(
        ident: &Ident,
        field: &syn::Field,
        attrs: FieldAttrs,
        case: Option<Case>,
        at: Position,
        report: &mut Report,
    ) -> Self {
        let plain = ident.unraw().to_string();
        let (name, name_span) = match &attrs.rename {
            Some(rename) => (rename.value(), rename.span()),
            None => (case.map_or_else(|| plain.clone(), |case| case.apply(&plain)), ident.span()),
        };
        let precision = precision(&attrs, report);
        let deferred = deferred_type(&field.ty);
        match (deferred, &attrs.deferred) {
            (Some(_), _) => refuse_deferred_key(&attrs, report),
            (None, Some(setting)) => report.error(
                setting,
                "`deferred` says when a `Deferred<…>` field is read: any other is always read",
            ),
            (None, None) => {}
        }
        Self {
            ident: ident.clone(),
            vis: field.vis.clone(),
            ty: deferred.unwrap_or(&field.ty).clone(),
            deferred: deferred.map(|_| attrs.deferred.as_ref().is_none_or(LitBool::value)),
            name,
            name_span,
            comment: comment(&field.attrs),
            at,
            primary_key: attrs.primary_key,
            auto: attrs.auto,
            generated: false,
            unique: attrs.unique.is_some(),
            index: attrs.index.is_some(),
            length: attrs.length,
            precision,
            default: attrs.default.or_else(|| first_version(attrs.version.as_ref())),
            server_default: attrs.server_default,
            on_update: attrs.on_update,
            version: attrs.version.is_some(),
            soft_delete: attrs.soft_delete,
            check: attrs.check,
            foreign_key: attrs.foreign_key,
            validate: attrs.validate,
            attrs: field.attrs.clone(),
        }
    }

    /// Whether its type is an `Option`, as far as that is written.
    pub(crate) fn is_option(&self) -> bool {
        is_option(&self.ty)
    }

    /// Whether a new row must give a value.
    pub(crate) fn is_required(&self) -> bool {
        !self.generated
            && !self.is_option()
            && self.default.is_none()
            && self.server_default.is_none()
    }
}

/// Rows are found by their keys, so these are always read.
fn refuse_deferred_key(attrs: &FieldAttrs, report: &mut Report) {
    for key in attrs.keys.iter().filter(|key| *key == "primary_key" || *key == "foreign_key") {
        report.error(key, "a key is read with every row: its field cannot be `Deferred`");
    }
}

/// Versions are counted from 1.
fn first_version(version: Option<&Ident>) -> Option<Expr> {
    version.map(|version| parse_quote_spanned!(version.span()=> 1))
}

/// The two numbers mean something only together, and SQL has no more decimals than digits.
fn precision(attrs: &FieldAttrs, report: &mut Report) -> Option<(u8, u8, Span)> {
    match (attrs.precision, attrs.scale) {
        (Some((precision, _)), Some((scale, span))) if scale > precision => {
            let message = format!("`scale` {scale} is larger than `precision` {precision}");
            report.push(syn::Error::new(span, message));
            None
        }
        (Some((precision, span)), Some((scale, _))) => Some((precision, scale, span)),
        (Some((_, span)), None) if !attrs.has("scale") => {
            let message = "`precision` needs `scale` too, the digits after the decimal point";
            report.push(syn::Error::new(span, message));
            None
        }
        (None, Some((_, span))) if !attrs.has("precision") => {
            let message = "`scale` needs `precision` too, the digits in all";
            report.push(syn::Error::new(span, message));
            None
        }
        _ => None,
    }
}
