//! The settings of a struct: a model, one that models embed, or one that rows are read into.

use syn::{Attribute, LitStr};

use super::case::Case;
use super::constraint::{Check, CompositeKey, Index, Unique};
use super::hook::{self, Hook};
use super::patch::Patch;
use super::setting::{Key, Level, Setting, settings};
use crate::report::Report;

/// The settings of a struct; one that is not a model has only `rename_all`.
#[derive(Default)]
pub(crate) struct StructAttrs {
    pub(crate) table: Option<LitStr>,
    pub(crate) schema: Option<LitStr>,
    pub(crate) rename_all: Option<Case>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) uniques: Vec<Unique>,
    pub(crate) checks: Vec<Check>,
    pub(crate) foreign_keys: Vec<CompositeKey>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) patch: Option<Patch>,
}

const RENAME_ALL: Key = Key::once("rename_all", "rename_all = \"camelCase\"");

static MODEL: Level = Level {
    owner: "a model",
    keys: &[
        Key::once("table", "table = \"name\""),
        Key::once("schema", "schema = \"name\""),
        RENAME_ALL,
        Key::repeatable("index", "index(columns(field, …))"),
        Key::repeatable("unique", "unique(columns(field, …))"),
        Key::repeatable(
            "foreign_key",
            "foreign_key(columns(field, …), references(Other::column, …))",
        ),
        Key::repeatable("check", "check(\"sql\")` or `check(name = \"…\", \"sql\")"),
        hook::BEFORE_INSERT,
        hook::BEFORE_UPDATE,
        hook::BEFORE_DELETE,
        hook::AFTER_INSERT,
        hook::AFTER_UPDATE,
        hook::AFTER_DELETE,
        hook::ON_LOAD,
        Key::once("patch", "patch` or `patch(field, …)"),
    ],
};

static EMBED: Level = Level { owner: "an embedded struct", keys: &[RENAME_ALL] };

static ROW: Level = Level { owner: "a struct that rows are read into", keys: &[RENAME_ALL] };

/// Reads the settings of a model.
pub(crate) fn model(attrs: &[Attribute], report: &mut Report) -> StructAttrs {
    parse(attrs, &MODEL, report)
}

/// Reads the settings of an embedded struct.
pub(crate) fn embed(attrs: &[Attribute], report: &mut Report) -> StructAttrs {
    parse(attrs, &EMBED, report)
}

/// Reads the settings of a struct that rows are read into.
pub(crate) fn row(attrs: &[Attribute], report: &mut Report) -> StructAttrs {
    parse(attrs, &ROW, report)
}

fn parse(attrs: &[Attribute], level: &Level, report: &mut Report) -> StructAttrs {
    let mut parsed = StructAttrs::default();
    for setting in settings(attrs, level, report) {
        if let Err(error) = parsed.set(&setting, report) {
            report.push(error);
        }
    }
    parsed
}

impl StructAttrs {
    fn set(&mut self, setting: &Setting, report: &mut Report) -> syn::Result<()> {
        match setting.name().as_str() {
            "table" => self.table = Some(setting.text()?),
            "schema" => self.schema = Some(setting.text()?),
            "rename_all" => self.rename_all = Some(Case::named(&setting.text()?)?),
            "index" => self.indexes.push(Index::parse(setting, report)?),
            "unique" => self.uniques.push(Unique::parse(setting, report)?),
            "foreign_key" => self.foreign_keys.push(CompositeKey::parse(setting, report)?),
            "patch" => self.patch = Some(Patch::parse(setting, report)?),
            "check" => self.checks.push(Check::parse(setting, report)?),
            _ => self.hooks.extend(Hook::parse(setting)?),
        }
        Ok(())
    }
}
