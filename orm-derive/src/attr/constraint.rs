//! `index(…)`, `unique(…)` and `check(…)` of a whole table.

use syn::{Expr, ExprLit, Lit, LitStr};

use super::reference::Effect;
use super::setting::{Entry, Key, Level, Setting};
use crate::report::Report;

/// An index over named fields.
pub(crate) struct Index {
    pub(crate) name: Option<LitStr>,
    pub(crate) columns: Vec<Expr>,
    pub(crate) unique: bool,
    pub(crate) condition: Option<LitStr>,
}

/// A unique constraint over named fields.
pub(crate) struct Unique {
    pub(crate) name: Option<LitStr>,
    pub(crate) columns: Vec<Expr>,
}

/// A CHECK constraint.
pub(crate) struct Check {
    pub(crate) name: Option<LitStr>,
    pub(crate) condition: LitStr,
}

const NAME: Key = Key::once("name", "name = \"…\"");
const COLUMNS: Key = Key::once("columns", "columns(field, …)");

static INDEX: Level = Level {
    owner: "an index",
    keys: &[
        COLUMNS,
        NAME,
        Key::once("unique", "unique"),
        Key::once("condition", "condition = \"sql\""),
    ],
};

static UNIQUE: Level = Level { owner: "a unique constraint", keys: &[COLUMNS, NAME] };

static CHECK: Level = Level { owner: "a check", keys: &[NAME] };

/// A foreign key of several fields.
pub(crate) struct CompositeKey {
    pub(crate) columns: Vec<Expr>,
    /// The paths to the columns' constants.
    pub(crate) references: Vec<Expr>,
    pub(crate) name: Option<LitStr>,
    pub(crate) on_delete: Effect,
    pub(crate) on_update: Effect,
}

static COMPOSITE_KEY: Level = Level {
    owner: "a foreign key",
    keys: &[
        COLUMNS,
        Key::once("references", "references(Other::column, …)"),
        NAME,
        Key::once("on_delete", "on_delete = \"cascade\""),
        Key::once("on_update", "on_update = \"cascade\""),
    ],
};

impl CompositeKey {
    pub(super) fn parse(setting: &Setting, report: &mut Report) -> syn::Result<Self> {
        let mut key = Self {
            columns: Vec::new(),
            references: Vec::new(),
            name: None,
            on_delete: Effect::NoAction,
            on_update: Effect::NoAction,
        };
        for part in without_bare(setting, &COMPOSITE_KEY, report)? {
            match part.name().as_str() {
                "columns" => key.columns = columns(&part, report)?,
                "references" => key.references = columns(&part, report)?,
                "name" => key.name = report.keep(part.text()),
                "on_delete" => key.on_delete = Effect::parse(&part)?,
                "on_update" => key.on_update = Effect::parse(&part)?,
                _ => {}
            }
        }
        if key.columns.is_empty() || key.columns.len() != key.references.len() {
            return Err(setting.malformed());
        }
        Ok(key)
    }
}

impl Index {
    pub(super) fn parse(setting: &Setting, report: &mut Report) -> syn::Result<Self> {
        let mut index = Self { name: None, columns: Vec::new(), unique: false, condition: None };
        for part in without_bare(setting, &INDEX, report)? {
            match part.name().as_str() {
                "columns" => index.columns = columns(&part, report)?,
                "name" => index.name = report.keep(part.text()),
                "unique" => index.unique = report.keep(part.flag()).is_some(),
                "condition" => index.condition = report.keep(part.text()),
                _ => {}
            }
        }
        if index.columns.is_empty() { Err(setting.malformed()) } else { Ok(index) }
    }
}

impl Unique {
    pub(super) fn parse(setting: &Setting, report: &mut Report) -> syn::Result<Self> {
        let mut unique = Self { name: None, columns: Vec::new() };
        for part in without_bare(setting, &UNIQUE, report)? {
            match part.name().as_str() {
                "columns" => unique.columns = columns(&part, report)?,
                "name" => unique.name = report.keep(part.text()),
                _ => {}
            }
        }
        if unique.columns.is_empty() { Err(setting.malformed()) } else { Ok(unique) }
    }
}

impl Check {
    pub(super) fn parse(setting: &Setting, report: &mut Report) -> syn::Result<Self> {
        let parts = setting.parts(&CHECK, report)?;
        let name = parts.settings.iter().find_map(|part| report.keep(part.text()));
        match parts.bare {
            Some(Expr::Lit(ExprLit { lit: Lit::Str(condition), .. })) => {
                Ok(Self { name, condition })
            }
            Some(other) => Err(syn::Error::new_spanned(other, setting.malformed())),
            None => Err(setting.malformed()),
        }
    }
}

fn without_bare(
    setting: &Setting,
    level: &Level,
    report: &mut Report,
) -> syn::Result<Vec<Setting>> {
    let parts = setting.parts(level, report)?;
    if let Some(bare) = parts.bare {
        report.error(bare, setting.malformed());
    }
    Ok(parts.settings)
}

/// Returns the fields that `columns(…)` names; which of them exist is not known here.
fn columns(setting: &Setting, report: &mut Report) -> syn::Result<Vec<Expr>> {
    let mut columns = Vec::new();
    for entry in setting.list(report)? {
        match entry {
            Entry::Bare(field) => columns.push(field),
            Entry::Setting(field) if field.is_bare() => {
                let field = field.key;
                columns.push(syn::parse_quote!(#field));
            }
            Entry::Setting(field) => report.error(&field.key, setting.malformed()),
        }
    }
    if columns.is_empty() { Err(setting.malformed()) } else { Ok(columns) }
}
