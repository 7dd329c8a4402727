//! A model: the whole struct, checked.

use heck::ToSnakeCase as _;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{DeriveInput, Expr, Ident, LitStr, Member, Type, Visibility};

use super::column::Column;
use super::patch::Patch;
use super::position::Position;
use super::relation::Relation;
use super::{fields, key, soft_delete, version};
use crate::attr::{
    self, Case, Check, CompositeKey, FieldAttrs, Hook, MODEL_FIELD, RelationKind, comment,
};
use crate::report::{Report, listed, suggestion};

/// A struct that is mapped to a table.
pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) table: String,
    pub(crate) schema: Option<LitStr>,
    pub(crate) comment: Option<String>,
    pub(crate) fields: Vec<Field>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) uniques: Vec<Unique>,
    pub(crate) checks: Vec<Check>,
    pub(crate) foreign_keys: Vec<ForeignKeys>,
    pub(crate) hooks: Vec<Hook>,
    /// What a patch of JSON may set, if there can be one.
    pub(crate) patch: Option<Patch>,
    /// The count of columns.
    pub(crate) width: Position,
}

/// A field of a model.
pub(crate) enum Field {
    Column(Box<Column>),
    Flatten(Box<Flatten>),
    Relation(Box<Relation>),
    /// Not a column: filled with its default value.
    Skip(Ident),
}

/// A field that is a struct of columns.
pub(crate) struct Flatten {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) ty: Type,
    pub(crate) prefix: String,
    pub(crate) at: Position,
}

/// An index whose fields are known to exist.
pub(crate) struct Index {
    pub(crate) name: Option<LitStr>,
    /// The positions of the columns.
    pub(crate) columns: Vec<TokenStream>,
    pub(crate) unique: bool,
    pub(crate) condition: Option<LitStr>,
}

/// A foreign key of several fields, which are known to exist.
pub(crate) struct ForeignKeys {
    /// The positions of the columns.
    pub(crate) columns: Vec<TokenStream>,
    pub(crate) key: CompositeKey,
}

/// A unique constraint whose fields are known to exist.
pub(crate) struct Unique {
    pub(crate) name: Option<LitStr>,
    /// The positions of the columns.
    pub(crate) columns: Vec<TokenStream>,
}

/// Associated functions of models: a column's constant of the same name would hide them.
const RESERVED: [&str; 13] = [
    "builder",
    "query",
    "insert",
    "insert_many",
    "update",
    "delete",
    "table",
    "read",
    "alias",
    "entity",
    "get_or_create",
    "column_named",
    "on",
];

impl Model {
    pub(crate) fn from_input(input: &DeriveInput, report: &mut Report) -> Option<Self> {
        let named = fields::named(input, "Model", report)?;
        let attrs = attr::model(&input.attrs, report);
        let plain = input.ident.unraw().to_string();
        let mut model = Self {
            ident: input.ident.clone(),
            vis: input.vis.clone(),
            table: attrs.table.map_or_else(|| plain.to_snake_case(), |table| table.value()),
            schema: attrs.schema,
            comment: comment(&input.attrs),
            fields: Vec::new(),
            indexes: Vec::new(),
            uniques: Vec::new(),
            checks: attrs.checks,
            foreign_keys: Vec::new(),
            hooks: attrs.hooks,
            patch: None,
            width: Position::default(),
        };
        for (ident, field) in named {
            model.add_field(ident, field, attrs.rename_all, report);
        }
        key::check(&input.ident, &mut model.columns_mut(), report);
        soft_delete::check(&model.columns_mut(), report);
        version::check(&mut model.columns_mut(), report);
        model.relations().for_each(|relation| relation.refuse_equal_sides(&model.ident, report));
        model.patch = attrs.patch.map(|patch| Patch::new(&patch, input, &model, report));
        refuse_equal_names(&model.columns().collect::<Vec<_>>(), report);
        for index in attrs.indexes {
            let columns = model.positions(&index.columns, report);
            let attr::Index { name, unique, condition, .. } = index;
            model.indexes.push(Index { name, columns, unique, condition });
        }
        for unique in attrs.uniques {
            let columns = model.positions(&unique.columns, report);
            model.uniques.push(Unique { name: unique.name, columns });
        }
        for key in attrs.foreign_keys {
            let columns = model.positions(&key.columns, report);
            if columns.len() == key.columns.len() {
                model.foreign_keys.push(ForeignKeys { columns, key });
            }
        }
        model.refuse_reserved_names(report).then_some(model)
    }

    fn add_field(
        &mut self,
        ident: &Ident,
        field: &syn::Field,
        case: Option<Case>,
        report: &mut Report,
    ) {
        let attrs = FieldAttrs::parse(&field.attrs, &MODEL_FIELD, report);
        if attrs.skip.is_some() {
            for key in attrs.keys_besides(&["skip"]) {
                let message = format!("`skip` means that there is no column for `{key}`");
                report.error(key, message);
            }
            self.fields.push(Field::Skip(ident.clone()));
            return;
        }
        if let Some(relation) = attrs.relation {
            let kind = relation.written.clone();
            for key in attrs.keys.iter().filter(|key| **key != kind) {
                let message = format!("`{key}` is for columns, and a relation is none");
                report.error(key, message);
            }
            match Relation::new(ident, field, relation, report) {
                Some(relation) => self.fields.push(Field::Relation(Box::new(relation))),
                None => self.fields.push(Field::Skip(ident.clone())),
            }
            return;
        }
        if let Some(form) = relation_type(&field.ty) {
            let message = format!("say how the relation leads there: `#[orm({form})]`");
            report.error(&field.ty, message);
            self.fields.push(Field::Skip(ident.clone()));
            return;
        }
        let Some(flatten) = &attrs.flatten else {
            let at = self.width.advance();
            let column = Column::new(ident, field, attrs, case, at, report);
            self.fields.push(Field::Column(Box::new(column)));
            return;
        };
        for key in attrs.keys_besides(&["flatten"]) {
            let message = format!(
                "`{key}` cannot go with `flatten`: put it on a field of the embedded struct"
            );
            report.error(key, message);
        }
        let ty = &field.ty;
        self.fields.push(Field::Flatten(Box::new(Flatten {
            ident: ident.clone(),
            vis: field.vis.clone(),
            ty: ty.clone(),
            prefix: flatten.prefix.as_ref().map(LitStr::value).unwrap_or_default(),
            at: self.width.advance_over(quote!(<#ty as __orm::Embed>::FIELDS.len())),
        })));
    }

    /// Returns the fields that are columns, without those of embedded structs.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &Column> {
        self.fields.iter().filter_map(|field| match field {
            Field::Column(column) => Some(&**column),
            Field::Flatten(_) | Field::Relation(_) | Field::Skip(_) => None,
        })
    }

    /// Returns the fields that are relations.
    pub(crate) fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.fields.iter().filter_map(|field| match field {
            Field::Relation(relation) => Some(&**relation),
            Field::Column(_) | Field::Flatten(_) | Field::Skip(_) => None,
        })
    }

    fn columns_mut(&mut self) -> Vec<&mut Column> {
        let columns = self.fields.iter_mut().filter_map(|field| match field {
            Field::Column(column) => Some(&mut **column),
            Field::Flatten(_) | Field::Relation(_) | Field::Skip(_) => None,
        });
        columns.collect()
    }

    /// Returns the positions of the columns of `fields`: `name`, or `name.inner` of a flattened one.
    fn positions(&self, fields: &[Expr], report: &mut Report) -> Vec<TokenStream> {
        fields.iter().filter_map(|field| report.keep(self.position(field))).collect()
    }

    fn position(&self, field: &Expr) -> syn::Result<TokenStream> {
        match field {
            Expr::Path(path) => {
                let name = path.path.require_ident()?;
                if let Some(column) = self.columns().find(|column| column.ident == *name) {
                    let at = &column.at;
                    return Ok(quote!(#at));
                }
                Err(self.unknown_column(name))
            }
            Expr::Field(inner) => match (&*inner.base, &inner.member) {
                (Expr::Path(base), Member::Named(_)) => {
                    let name = base.path.require_ident()?;
                    if self.flattened().any(|flatten| flatten.ident == *name) {
                        let model = &self.ident;
                        return Ok(quote!(#model::#field.position()));
                    }
                    Err(self.unknown_column(name))
                }
                _ => Err(syn::Error::new_spanned(field, "expected the name of a field")),
            },
            other => Err(syn::Error::new_spanned(other, "expected the name of a field")),
        }
    }

    fn flattened(&self) -> impl Iterator<Item = &Flatten> {
        self.fields.iter().filter_map(|field| match field {
            Field::Flatten(flatten) => Some(&**flatten),
            Field::Column(_) | Field::Relation(_) | Field::Skip(_) => None,
        })
    }

    fn unknown_column(&self, found: &Ident) -> syn::Error {
        let names: Vec<String> = self
            .columns()
            .map(|column| column.ident.to_string())
            .chain(self.flattened().map(|flatten| format!("{}.…", flatten.ident)))
            .collect();
        let names = || names.iter().map(String::as_str);
        let guess = suggestion(&found.to_string(), names());
        let message = format!(
            "`{}` has no column field `{found}`{guess}\nfields: {}",
            self.ident,
            listed(names())
        );
        syn::Error::new(found.span(), message)
    }

    /// Refuses fields whose constants would hide functions; `false` if there are some.
    fn refuse_reserved_names(&self, report: &mut Report) -> bool {
        let columns = self.columns().map(|column| &column.ident);
        let flattened = self.flattened().map(|flatten| &flatten.ident);
        let relations = self.relations().map(|relation| &relation.ident);
        let mut allowed = true;
        for ident in columns.chain(flattened).chain(relations) {
            let name = ident.unraw().to_string();
            if RESERVED.contains(&name.as_str()) {
                let model = &self.ident;
                let message = format!(
                    "a field called `{name}` would hide `{model}::{name}()`; give the field \
                     another name and the column this one: `#[orm(rename = \"{name}\")]`"
                );
                report.error(ident, message);
                allowed = false;
            }
        }
        allowed
    }
}

/// Returns how a relation is declared that has this type, if it is the type of one.
fn relation_type(ty: &Type) -> Option<&'static str> {
    let name = &fields::last_segment(ty)?.ident;
    RelationKind::of_type(name).map(|(_, form)| form)
}

/// Refuses two columns of one name.
pub(super) fn refuse_equal_names(columns: &[&Column], report: &mut Report) {
    for (position, column) in columns.iter().enumerate() {
        let earlier = columns.iter().take(position).find(|earlier| earlier.name == column.name);
        if let Some(earlier) = earlier {
            let (one, other, name) = (&earlier.ident, &column.ident, &column.name);
            let message = format!("fields `{one}` and `{other}` are both the column `{name}`");
            report.push(syn::Error::new(column.name_span, message));
        }
    }
}
