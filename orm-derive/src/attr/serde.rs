//! What serde is told of a model, as far as it says what its fields are called in JSON.

use syn::ext::IdentExt as _;
use syn::{Attribute, Ident, LitStr};

use super::case::Case;

/// What serde calls the fields of a struct.
#[derive(Default)]
pub(crate) struct SerdeNames {
    case: Option<Case>,
}

impl SerdeNames {
    /// Reads the attributes of a struct; what is wrong with them is for serde to say.
    pub(crate) fn of_struct(attrs: &[Attribute]) -> Self {
        let mut names = Self::default();
        each(attrs, &mut |key, value| {
            if key == "rename_all"
                && let Some(value) = value
            {
                names.case = Case::named(value).ok();
            }
        });
        names
    }

    /// Returns what a field is called; `None` if serde leaves it out.
    pub(crate) fn of_field(&self, ident: &Ident, attrs: &[Attribute]) -> Option<String> {
        let plain = ident.unraw().to_string();
        let mut name = Some(self.case.map_or_else(|| plain.clone(), |case| case.apply(&plain)));
        each(attrs, &mut |key, value| match (key, value) {
            ("rename", Some(value)) => name = name.as_ref().map(|_| value.value()),
            ("skip" | "skip_deserializing", _) => name = None,
            _ => {}
        });
        name
    }
}

/// Calls `each` with the settings of serde: `key`, `key = "text"` and what `key(deserialize = "text")`
/// says.
fn each(attrs: &[Attribute], each: &mut dyn FnMut(&str, Option<&LitStr>)) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        // A mistake ends the list, and is reported by serde's own derive.
        let _ = attr.parse_nested_meta(|meta| {
            let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            if meta.input.peek(syn::token::Paren) {
                return meta.parse_nested_meta(|inner| {
                    let value: LitStr = inner.value()?.parse()?;
                    if inner.path.is_ident("deserialize") {
                        each(&key, Some(&value));
                    }
                    Ok(())
                });
            }
            if meta.input.peek(syn::Token![=]) {
                let value: syn::Expr = meta.value()?.parse()?;
                if let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(value), .. }) = &value {
                    each(&key, Some(value));
                }
                return Ok(());
            }
            each(&key, None);
            Ok(())
        });
    }
}
