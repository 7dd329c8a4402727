//! The settings of a stored enum and of its variants.

use syn::{Attribute, LitStr};

use super::case::Case;
use super::setting::{Key, Level, settings};
use crate::report::Report;

/// The settings of an enum.
pub(crate) struct EnumAttrs {
    pub(crate) name: Option<LitStr>,
    pub(crate) rename_all: Case,
    pub(crate) native: bool,
}

/// The settings of a variant.
pub(crate) struct VariantAttrs {
    pub(crate) rename: Option<LitStr>,
}

static ENUM: Level = Level {
    owner: "a stored enum",
    keys: &[
        Key::once("name", "name = \"…\""),
        Key::once("rename_all", "rename_all = \"snake_case\""),
        Key::once("native", "native = false"),
    ],
};

static VARIANT: Level =
    Level { owner: "a variant", keys: &[Key::once("rename", "rename = \"…\"")] };

impl EnumAttrs {
    pub(crate) fn parse(attrs: &[Attribute], report: &mut Report) -> Self {
        let mut parsed = Self { name: None, rename_all: Case::Snake, native: true };
        for setting in settings(attrs, &ENUM, report) {
            match setting.name().as_str() {
                "name" => parsed.name = report.keep(setting.text()),
                "rename_all" => {
                    let case = setting.text().and_then(|text| Case::named(&text));
                    parsed.rename_all = report.keep(case).unwrap_or(Case::Snake);
                }
                "native" => {
                    parsed.native =
                        report.keep(setting.boolean()).is_none_or(|native| native.value);
                }
                _ => {}
            }
        }
        parsed
    }
}

impl VariantAttrs {
    pub(crate) fn parse(attrs: &[Attribute], report: &mut Report) -> Self {
        let settings = settings(attrs, &VARIANT, report);
        Self { rename: settings.iter().find_map(|setting| report.keep(setting.text())) }
    }
}
