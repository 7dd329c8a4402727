//! `foreign_key(Other::column, …)`.

use syn::{Expr, ExprPath, LitStr};

use super::setting::{Entry, Key, Level, Setting};
use crate::report::{Report, listed, suggestion};

/// A reference to a column of another model, or of the same one.
pub(crate) struct ForeignKey {
    /// The path to the column's constant.
    pub(crate) target: ExprPath,
    pub(crate) name: Option<LitStr>,
    pub(crate) on_delete: Effect,
    pub(crate) on_update: Effect,
}

/// What a foreign key does to the referring rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

const EFFECTS: [(&str, Effect); 5] = [
    ("cascade", Effect::Cascade),
    ("restrict", Effect::Restrict),
    ("set null", Effect::SetNull),
    ("set default", Effect::SetDefault),
    ("no action", Effect::NoAction),
];

static FOREIGN_KEY: Level = Level {
    owner: "a foreign key",
    keys: &[
        Key::once("on_delete", "on_delete = \"cascade\""),
        Key::once("on_update", "on_update = \"cascade\""),
        Key::once("name", "name = \"…\""),
    ],
};

impl ForeignKey {
    pub(super) fn parse(setting: &Setting, report: &mut Report) -> syn::Result<Self> {
        let not_a_column = "a foreign key names the column it refers to as `Model::column`";
        if let Some(Entry::Setting(first)) = setting.list(report)?.first()
            && first.is_bare()
        {
            return Err(syn::Error::new(first.key.span(), not_a_column));
        }
        let parts = setting.parts(&FOREIGN_KEY, report)?;
        let target = match parts.bare {
            Some(Expr::Path(path)) => path,
            Some(other) => return Err(syn::Error::new_spanned(other, not_a_column)),
            None => return Err(setting.malformed()),
        };
        let mut key =
            Self { target, name: None, on_delete: Effect::NoAction, on_update: Effect::NoAction };
        for part in parts.settings {
            match part.name().as_str() {
                "on_delete" => set(&mut key.on_delete, Effect::parse(&part), report),
                "on_update" => set(&mut key.on_update, Effect::parse(&part), report),
                "name" => key.name = report.keep(part.text()),
                _ => {}
            }
        }
        Ok(key)
    }
}

fn set(effect: &mut Effect, parsed: syn::Result<Effect>, report: &mut Report) {
    if let Some(parsed) = report.keep(parsed) {
        *effect = parsed;
    }
}

impl Effect {
    pub(super) fn parse(setting: &Setting) -> syn::Result<Self> {
        let text = setting.text()?;
        let found = text.value();
        let names = || EFFECTS.iter().map(|(name, _)| *name);
        EFFECTS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(&found))
            .map(|(_, effect)| *effect)
            .ok_or_else(|| {
                let guess = suggestion(&found, names());
                let allowed = listed(names());
                let message = format!("unknown action `{found}`{guess}\nallowed: {allowed}");
                syn::Error::new(text.span(), message)
            })
    }
}
