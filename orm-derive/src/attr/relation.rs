//! `has_many(…)`, `has_one(…)`, `belongs_to(…)` and `many_to_many(…)`.

use syn::{Expr, ExprPath, Ident, LitStr};

use super::setting::{Key, Level, Setting};
use crate::report::{Report, listed, suggestion};

/// How a field leads to rows of another model.
pub(crate) struct Relation {
    /// The kind, as it was written.
    pub(crate) written: Ident,
    pub(crate) kind: Kind,
    pub(crate) inverse: Option<Ident>,
    /// The columns that refer: fields, or for a table of pairs the name of the side.
    pub(crate) key: Option<Expr>,
    pub(crate) target_key: Option<Expr>,
    /// What the key refers to, where it is no foreign key.
    pub(crate) references: Option<Expr>,
    pub(crate) table: Option<LitStr>,
    pub(crate) through: Option<ExprPath>,
    /// The relations that it leads over.
    pub(crate) via: Option<Expr>,
    pub(crate) order_by: Option<Expr>,
    pub(crate) filter: Option<Expr>,
    pub(crate) lazy: Option<Lazy>,
    pub(crate) cascade: Cascade,
    pub(crate) passive_deletes: bool,
}

/// What happens to the rows that it leads to when something happens to this one.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word that a user may write")]
pub(crate) struct Cascade {
    pub(crate) delete: bool,
    pub(crate) delete_orphan: bool,
    pub(crate) expunge: bool,
    pub(crate) refresh: bool,
}

/// How it is loaded when a query says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lazy {
    SelectIn,
    Subquery,
    Joined,
    /// Left empty.
    Nothing,
    /// Not loaded.
    Unloaded,
    /// Not loaded, by a session neither.
    Raise,
}

const STRATEGIES: [(&str, Lazy); 6] = [
    ("selectin", Lazy::SelectIn),
    ("joined", Lazy::Joined),
    ("subquery", Lazy::Subquery),
    ("noload", Lazy::Nothing),
    ("select", Lazy::Unloaded),
    ("raise", Lazy::Raise),
];

impl Lazy {
    fn parse(setting: &Setting) -> syn::Result<Self> {
        let text = setting.text()?;
        let found = text.value();
        let strategy = STRATEGIES.iter().find(|(name, _)| *name == found);
        strategy.map(|(_, lazy)| *lazy).ok_or_else(|| {
            let names = || STRATEGIES.iter().map(|(name, _)| *name);
            let guess = suggestion(&found, names());
            let allowed = listed(names());
            let message = format!("no strategy is called `{found}`{guess}\nallowed: {allowed}");
            syn::Error::new(text.span(), message)
        })
    }
}

impl Cascade {
    /// Reads `"all, delete-orphan"`, the words of SQLAlchemy.
    fn parse(setting: &Setting) -> syn::Result<Self> {
        let text = setting.text()?;
        let mut cascade = Self::default();
        for word in text.value().split(',').map(str::trim) {
            match word {
                "all" => {
                    cascade.delete = true;
                    cascade.expunge = true;
                    cascade.refresh = true;
                }
                "delete" => cascade.delete = true,
                "delete-orphan" => cascade.delete_orphan = true,
                "expunge" => cascade.expunge = true,
                "refresh-expire" => cascade.refresh = true,
                // What is related is always saved and merged with the row.
                "save-update" | "merge" => {}
                unknown => {
                    let guess = suggestion(unknown, CASCADES);
                    let allowed = listed(CASCADES);
                    let message =
                        format!("no cascade is called `{unknown}`{guess}\nallowed: {allowed}");
                    return Err(syn::Error::new(text.span(), message));
                }
            }
        }
        if cascade.delete_orphan && !cascade.delete {
            let message = "`delete-orphan` needs `delete` too: `cascade = \"all, delete-orphan\"`";
            return Err(syn::Error::new(text.span(), message));
        }
        Ok(cascade)
    }
}

const CASCADES: [&str; 7] =
    ["all", "delete", "delete-orphan", "save-update", "merge", "expunge", "refresh-expire"];

/// How many rows, and which side has the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    HasMany,
    HasOne,
    BelongsTo,
    ManyToMany,
}

impl Kind {
    /// Returns the name of the field's type.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::HasMany => "HasMany",
            Self::HasOne => "HasOne",
            Self::BelongsTo => "BelongsTo",
            Self::ManyToMany => "ManyToMany",
        }
    }

    /// Returns the kind whose fields have a type of this name.
    pub(crate) fn of_type(name: &Ident) -> Option<(Self, &'static str)> {
        let kinds = [
            (Self::HasMany, "has_many(inverse = …)"),
            (Self::HasOne, "has_one(inverse = …)"),
            (Self::BelongsTo, "belongs_to(key = …)"),
            (Self::ManyToMany, "many_to_many(table = \"…\")"),
        ];
        kinds.into_iter().find(|(kind, _)| name == kind.type_name())
    }
}

const INVERSE: Key = Key::once("inverse", "inverse = field");
const KEY: Key = Key::once("key", "key = field` or `key = (field, …)");
const REFERENCES: Key = Key::once("references", "references = field` or `references = (field, …)");
const ORDER_BY: Key = Key::once("order_by", "order_by = field` or `order_by = field.desc()");
const LAZY: Key = Key::once("lazy", "lazy = \"selectin\"");
const CASCADE: Key = Key::once("cascade", "cascade = \"all, delete-orphan\"");
const PASSIVE_DELETES: Key = Key::once("passive_deletes", "passive_deletes");
const VIA: Key = Key::once("via", "via = (field, Model::field)");
const FILTER: Key = Key::once("filter", "filter = field.eq(value)");

static TO_CHILDREN: Level = Level {
    owner: "a relation to rows that refer to this one",
    keys: &[INVERSE, KEY, REFERENCES, VIA, ORDER_BY, FILTER, LAZY, CASCADE, PASSIVE_DELETES],
};

static TO_PARENT: Level = Level {
    owner: "a relation to the row that this one refers to",
    keys: &[KEY, REFERENCES, INVERSE, VIA, LAZY],
};

static BY_PAIRS: Level = Level {
    owner: "a relation by a table of pairs",
    keys: &[
        Key::once("table", "table = \"name\""),
        Key::once("through", "through = Model"),
        INVERSE,
        KEY,
        Key::once("target_key", "target_key = field"),
        ORDER_BY,
        FILTER,
        LAZY,
    ],
};

impl Relation {
    pub(super) fn parse(kind: Kind, setting: &Setting, report: &mut Report) -> syn::Result<Self> {
        let level = match kind {
            Kind::HasMany | Kind::HasOne => &TO_CHILDREN,
            Kind::BelongsTo => &TO_PARENT,
            Kind::ManyToMany => &BY_PAIRS,
        };
        let parts = setting.parts(level, report)?;
        if let Some(bare) = parts.bare {
            report.error(bare, setting.malformed());
        }
        let mut relation = Self {
            written: setting.key.clone(),
            kind,
            inverse: None,
            key: None,
            target_key: None,
            references: None,
            table: None,
            through: None,
            via: None,
            order_by: None,
            filter: None,
            lazy: None,
            cascade: Cascade::default(),
            passive_deletes: false,
        };
        for part in parts.settings {
            match part.name().as_str() {
                "inverse" => relation.inverse = report.keep(part.identifier()),
                "key" => relation.key = report.keep(part.expression()),
                "target_key" => relation.target_key = report.keep(part.expression()),
                "references" => relation.references = report.keep(part.expression()),
                "table" => relation.table = report.keep(part.text()),
                "through" => relation.through = report.keep(part.path()),
                "via" => relation.via = report.keep(part.expression()),
                "order_by" => relation.order_by = report.keep(part.expression()),
                "lazy" => relation.lazy = report.keep(Lazy::parse(&part)),
                "cascade" => {
                    relation.cascade = report.keep(Cascade::parse(&part)).unwrap_or_default();
                }
                "passive_deletes" => relation.passive_deletes = report.keep(part.flag()).is_some(),
                "filter" => relation.filter = report.keep(part.expression()),
                _ => {}
            }
        }
        Ok(relation)
    }
}
