//! One relation: what leads to the rows, checked as far as the struct alone tells.

use heck::ToSnakeCase as _;
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::{Expr, ExprPath, GenericArgument, Ident, Lit, LitStr, PathArguments, Type, Visibility};

use super::fields::last_segment;
use crate::attr::{self, Cascade, Lazy, RelationKind};
use crate::report::Report;

/// A field that leads to rows of another model.
pub(crate) struct Relation {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) ty: Type,
    pub(crate) kind: RelationKind,
    pub(crate) link: Link,
    pub(crate) inverse: Option<Ident>,
    pub(crate) order_by: Option<Expr>,
    pub(crate) filter: Option<Expr>,
    pub(crate) lazy: Option<Lazy>,
    pub(crate) cascade: Cascade,
    pub(crate) passive_deletes: bool,
}

/// What says by which columns rows belong together.
pub(crate) enum Link {
    /// Fields of this model.
    Own { key: Vec<Ident>, references: Option<Vec<Expr>> },
    /// Fields of the target.
    Target { key: Vec<Ident>, references: Option<Vec<Ident>> },
    /// The inverse relation.
    Inverse,
    /// A table of pairs that comes with the relation, and what its sides are called.
    Table { name: LitStr, side: Option<LitStr>, target_side: Option<LitStr> },
    /// Other relations, one after the other.
    Via { hops: Vec<ExprPath> },
    /// A model.
    Through { model: ExprPath, key: Option<Vec<Ident>>, target_key: Option<Vec<Ident>> },
}

impl Relation {
    pub(super) fn new(
        ident: &Ident,
        field: &syn::Field,
        attrs: attr::Relation,
        report: &mut Report,
    ) -> Option<Self> {
        let wanted = attrs.kind.type_name();
        if last_segment(&field.ty).is_none_or(|segment| segment.ident != wanted) {
            let written = &attrs.written;
            let message = format!("`{written}` is for a field of type `{wanted}<…>`");
            report.error(&field.ty, message);
            return None;
        }
        let link = report.keep(link(&attrs))?;
        Some(Self {
            ident: ident.clone(),
            vis: field.vis.clone(),
            ty: field.ty.clone(),
            kind: attrs.kind,
            link,
            inverse: attrs.inverse,
            order_by: attrs.order_by,
            filter: attrs.filter,
            lazy: attrs.lazy,
            cascade: attrs.cascade,
            passive_deletes: attrs.passive_deletes,
        })
    }
}

impl Relation {
    /// Returns the type of the model it leads to.
    pub(crate) fn target(&self) -> TokenStream {
        let ty = &self.ty;
        quote!(<#ty as __orm::RelationField>::Target)
    }

    /// Whether it leads to any number of rows.
    pub(crate) fn leads_to_many(&self) -> bool {
        matches!(self.kind, RelationKind::HasMany | RelationKind::ManyToMany)
    }

    /// Returns the fields of this model by which it refers to another.
    pub(crate) fn own_key(&self) -> &[Ident] {
        match &self.link {
            Link::Own { key, .. } => key,
            _ => &[],
        }
    }

    /// Returns the name of the model it leads to, as the field's type says it.
    pub(crate) fn target_ident(&self) -> Option<&Ident> {
        let PathArguments::AngleBracketed(arguments) = &last_segment(&self.ty)?.arguments else {
            return None;
        };
        match arguments.args.first()? {
            GenericArgument::Type(ty) => last_segment(ty).map(|segment| &segment.ident),
            _ => None,
        }
    }
}

impl Relation {
    /// Returns what the two sides are called in the table of pairs that comes with the relation, if one does:
    /// as declared, or else as the models.
    pub(crate) fn sides(&self, owner: &Ident) -> Option<(String, String)> {
        let Link::Table { side, target_side, .. } = &self.link else { return None };
        let named = |side: &Option<LitStr>, model: Option<&Ident>| match (side, model) {
            (Some(side), _) => side.value(),
            (None, Some(model)) => model.unraw().to_string().to_snake_case(),
            (None, None) => "target".to_owned(),
        };
        Some((named(side, Some(owner)), named(target_side, self.target_ident())))
    }

    /// Refuses a table of pairs whose columns have the same names.
    pub(super) fn refuse_equal_sides(&self, owner: &Ident, report: &mut Report) {
        if let (Link::Table { name, .. }, Some((side, target_side))) =
            (&self.link, self.sides(owner))
            && side == target_side
        {
            let message = format!(
                "both columns of `{}` would be called by `{side}`: name the sides, `key = \"follower\", \
                 target_key = \"followed\"`",
                name.value()
            );
            report.error(name, message);
        }
    }
}

fn link(attrs: &attr::Relation) -> syn::Result<Link> {
    let written = &attrs.written;
    let refused = |message: String| Err(syn::Error::new(written.span(), message));
    if let Some(path) = &attrs.via {
        return via(path, attrs);
    }
    match attrs.kind {
        RelationKind::BelongsTo => match &attrs.key {
            Some(key) => {
                let references =
                    attrs.references.as_ref().map(|list| listed(list).cloned().collect());
                Ok(Link::Own { key: names(key)?, references })
            }
            None => refused("say which field is the key: `belongs_to(key = author_id)`".to_owned()),
        },
        RelationKind::HasMany | RelationKind::HasOne => match (&attrs.key, &attrs.inverse) {
            (Some(key), _) => {
                let references = attrs.references.as_ref().map(names).transpose()?;
                Ok(Link::Target { key: names(key)?, references })
            }
            (None, Some(_)) => Ok(Link::Inverse),
            (None, None) => refused(format!(
                "say which relation is the other side, `{written}(inverse = author)`, or which field \
                 of the other model is the key, `{written}(key = author_id)`"
            )),
        },
        RelationKind::ManyToMany => match (&attrs.table, &attrs.through, &attrs.inverse) {
            (Some(name), None, _) => Ok(Link::Table {
                name: name.clone(),
                side: attrs.key.as_ref().map(side).transpose()?,
                target_side: attrs.target_key.as_ref().map(side).transpose()?,
            }),
            (None, Some(model), _) => Ok(Link::Through {
                model: model.clone(),
                key: attrs.key.as_ref().map(names).transpose()?,
                target_key: attrs.target_key.as_ref().map(names).transpose()?,
            }),
            (None, None, Some(_)) => Ok(Link::Inverse),
            _ => refused(
                "say what holds the pairs: `table = \"post_tags\"`, a table that comes with the \
                 relation, or `through = PostTag`, a model"
                    .to_owned(),
            ),
        },
    }
}

/// Returns the relations of a path.
fn via(path: &Expr, attrs: &attr::Relation) -> syn::Result<Link> {
    let hops = listed(path).map(|hop| match hop {
        Expr::Path(path) => Ok(path.clone()),
        other => {
            Err(syn::Error::new_spanned(other, "expected a relation: `posts`, `Post::comments`"))
        }
    });
    let hops: Vec<ExprPath> = hops.collect::<syn::Result<_>>()?;
    if hops.len() < 2 {
        let message = "a path leads over two relations at least: `via = (posts, Post::comments)`";
        return Err(syn::Error::new_spanned(path, message));
    }
    // A macro knows the types of this model's fields, so it knows whose field a second name is.
    let unknown = hops.iter().enumerate().filter(|(_, hop)| hop.path.get_ident().is_some());
    if let Some((_, hop)) = unknown.into_iter().find(|&(position, _)| position > 1) {
        let message = format!("say whose relation it is: `Model::{}`", hop.path.to_token_stream());
        return Err(syn::Error::new_spanned(hop, message));
    }
    let others = [
        ("inverse", attrs.inverse.is_some()),
        ("key", attrs.key.is_some()),
        ("references", attrs.references.is_some()),
        ("cascade", attrs.cascade.delete || attrs.cascade.expunge || attrs.cascade.refresh),
        ("passive_deletes", attrs.passive_deletes),
    ];
    if let Some((name, _)) = others.into_iter().find(|(_, is_given)| *is_given) {
        let message = format!("a path has no `{name}`: its hops have");
        return Err(syn::Error::new_spanned(path, message));
    }
    Ok(Link::Via { hops })
}

/// Returns the expressions of `(a, b)`, or the one that it is.
fn listed(expr: &Expr) -> impl Iterator<Item = &Expr> {
    let (one, several) = match expr {
        Expr::Tuple(tuple) => (None, Some(tuple.elems.iter())),
        Expr::Paren(paren) => (Some(&*paren.expr), None),
        other => (Some(other), None),
    };
    one.into_iter().chain(several.into_iter().flatten())
}

fn names(expr: &Expr) -> syn::Result<Vec<Ident>> {
    let name = |expr: &Expr| match expr {
        Expr::Path(path) => path.path.require_ident().cloned(),
        other => Err(syn::Error::new_spanned(other, "expected the name of a field")),
    };
    listed(expr).map(name).collect()
}

fn side(expr: &Expr) -> syn::Result<LitStr> {
    match expr {
        Expr::Lit(literal) if let Lit::Str(text) = &literal.lit => Ok(text.clone()),
        other => Err(syn::Error::new_spanned(
            other,
            "with `table`, the sides have names: `key = \"follower\", target_key = \"followed\"`",
        )),
    }
}
