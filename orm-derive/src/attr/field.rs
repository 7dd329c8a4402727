//! The settings of a field that is a column, of a model or of an embedded struct.

use proc_macro2::Span;
use syn::{Attribute, Expr, Ident, LitBool, LitStr};

use super::reference::ForeignKey;
use super::relation::{Kind, Relation};
use super::setting::{Key, Level, Setting, settings};
use crate::report::Report;

/// The settings of one field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    /// The keys, as they were written.
    pub(crate) keys: Vec<Ident>,
    pub(crate) primary_key: Option<Ident>,
    pub(crate) auto: Option<LitBool>,
    pub(crate) rename: Option<LitStr>,
    pub(crate) unique: Option<Ident>,
    pub(crate) index: Option<Ident>,
    pub(crate) length: Option<(u32, Span)>,
    pub(crate) precision: Option<(u8, Span)>,
    pub(crate) scale: Option<(u8, Span)>,
    pub(crate) default: Option<Expr>,
    pub(crate) server_default: Option<LitStr>,
    pub(crate) on_update: Option<Expr>,
    pub(crate) version: Option<Ident>,
    pub(crate) deferred: Option<LitBool>,
    pub(crate) soft_delete: Option<SoftDelete>,
    pub(crate) check: Option<LitStr>,
    pub(crate) foreign_key: Option<ForeignKey>,
    pub(crate) validate: Option<Expr>,
    pub(crate) skip: Option<Ident>,
    pub(crate) flatten: Option<Flatten>,
    pub(crate) relation: Option<Relation>,
}

/// `soft_delete` or `soft_delete = path`.
pub(crate) struct SoftDelete {
    pub(crate) key: Ident,
    /// What a row is marked with when it is deleted, if that is said.
    pub(crate) now: Option<Expr>,
}

/// `flatten` or `flatten(prefix = "x_")`.
pub(crate) struct Flatten {
    pub(crate) prefix: Option<LitStr>,
}

const RENAME: Key = Key::once("rename", "rename = \"name\"");
const UNIQUE: Key = Key::once("unique", "unique");
const INDEX: Key = Key::once("index", "index");
const LENGTH: Key = Key::once("length", "length = 80");
const PRECISION: Key = Key::once("precision", "precision = 10");
const SCALE: Key = Key::once("scale", "scale = 2");
const DEFAULT: Key = Key::once("default", "default = value");
const SERVER_DEFAULT: Key = Key::once("server_default", "server_default = \"sql\"");
const ON_UPDATE: Key = Key::once("on_update", "on_update = value");
const CHECK: Key = Key::once("check", "check = \"sql\"");
const FOREIGN_KEY: Key =
    Key::once("foreign_key", "foreign_key(Other::column, on_delete = \"cascade\")");
const VALIDATE: Key = Key::once("validate", "validate = function");

/// A field of a model.
pub(crate) static MODEL_FIELD: Level = Level {
    owner: "a field of a model",
    keys: &[
        Key::once("primary_key", "primary_key"),
        Key::once("auto", "auto = false"),
        RENAME,
        UNIQUE,
        INDEX,
        LENGTH,
        PRECISION,
        SCALE,
        DEFAULT,
        SERVER_DEFAULT,
        ON_UPDATE,
        Key::once("version", "version"),
        Key::once("deferred", "deferred = false"),
        Key::once("soft_delete", "soft_delete` or `soft_delete = value"),
        CHECK,
        FOREIGN_KEY,
        VALIDATE,
        Key::once("skip", "skip"),
        Key::once("flatten", "flatten` or `flatten(prefix = \"x_\")"),
        Key::once("has_many", "has_many(inverse = field)"),
        Key::once("has_one", "has_one(inverse = field)"),
        Key::once("belongs_to", "belongs_to(key = field)"),
        Key::once("many_to_many", "many_to_many(table = \"name\")"),
    ],
};

/// A field of a struct that models embed.
pub(crate) static EMBED_FIELD: Level = Level {
    owner: "a field of an embedded struct",
    keys: &[
        RENAME,
        UNIQUE,
        INDEX,
        LENGTH,
        PRECISION,
        SCALE,
        DEFAULT,
        SERVER_DEFAULT,
        ON_UPDATE,
        CHECK,
        FOREIGN_KEY,
        VALIDATE,
    ],
};

static FLATTEN: Level =
    Level { owner: "`flatten`", keys: &[Key::once("prefix", "prefix = \"x_\"")] };

impl FieldAttrs {
    /// Reads the settings of a field at `level`.
    pub(crate) fn parse(attrs: &[Attribute], level: &Level, report: &mut Report) -> Self {
        let mut field = Self::default();
        for setting in settings(attrs, level, report) {
            field.keys.push(setting.key.clone());
            if let Err(error) = field.set(&setting, report) {
                report.push(error);
            }
        }
        field
    }

    fn set(&mut self, setting: &Setting, report: &mut Report) -> syn::Result<()> {
        match setting.name().as_str() {
            "primary_key" => {
                self.primary_key = Some(setting.key.clone());
                setting.flag()?;
            }
            "auto" => self.auto = Some(setting.boolean()?),
            "rename" => self.rename = Some(setting.text()?),
            "unique" => self.unique = Some(setting.flag()?),
            "index" => self.index = Some(setting.flag()?),
            "length" => self.length = Some(setting.number(1..=u32::MAX)?),
            "precision" => self.precision = Some(setting.number(1..=u8::MAX)?),
            "scale" => self.scale = Some(setting.number(0..=u8::MAX)?),
            "default" => self.default = Some(setting.expression()?),
            "server_default" => self.server_default = Some(setting.text()?),
            "on_update" => self.on_update = Some(setting.expression()?),
            "version" => self.version = Some(setting.flag()?),
            "deferred" => self.deferred = Some(setting.boolean()?),
            "soft_delete" => self.soft_delete = Some(SoftDelete::parse(setting)?),
            "check" => self.check = Some(setting.text()?),
            "foreign_key" => self.foreign_key = Some(ForeignKey::parse(setting, report)?),
            "validate" => self.validate = Some(setting.expression()?),
            "skip" => self.skip = Some(setting.flag()?),
            "flatten" => self.flatten = Some(Flatten::parse(setting, report)?),
            "has_many" => self.relate(Kind::HasMany, setting, report)?,
            "has_one" => self.relate(Kind::HasOne, setting, report)?,
            "belongs_to" => self.relate(Kind::BelongsTo, setting, report)?,
            "many_to_many" => self.relate(Kind::ManyToMany, setting, report)?,
            _ => {}
        }
        Ok(())
    }

    fn relate(&mut self, kind: Kind, setting: &Setting, report: &mut Report) -> syn::Result<()> {
        self.relation = Some(Relation::parse(kind, setting, report)?);
        Ok(())
    }

    /// Whether `key` is written, well or not.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|written| written == key)
    }

    /// Returns the keys other than `names`.
    pub(crate) fn keys_besides(&self, names: &[&str]) -> impl Iterator<Item = &Ident> {
        self.keys.iter().filter(move |key| names.iter().all(|name| *key != name))
    }
}

impl SoftDelete {
    fn parse(setting: &Setting) -> syn::Result<Self> {
        let now = if setting.is_bare() { None } else { Some(setting.expression()?) };
        Ok(Self { key: setting.key.clone(), now })
    }
}

impl Flatten {
    fn parse(setting: &Setting, report: &mut Report) -> syn::Result<Self> {
        if setting.is_bare() {
            return Ok(Self { prefix: None });
        }
        let parts = setting.parts(&FLATTEN, report)?;
        if let Some(bare) = parts.bare {
            report.error(bare, setting.malformed());
        }
        Ok(Self { prefix: parts.settings.iter().find_map(|part| report.keep(part.text())) })
    }
}
