//! The settings of structs that rows are read into: by name, or as a view of a model.

use syn::{Attribute, Expr, Ident, LitStr, Path};

use super::setting::{Key, Level, Setting, settings};
use crate::report::Report;

/// The settings of a field that is read by name.
#[derive(Default)]
pub(crate) struct RowFieldAttrs {
    pub(crate) rename: Option<LitStr>,
    pub(crate) flatten: Option<Ident>,
}

static ROW_FIELD: Level = Level {
    owner: "a field of a struct that rows are read into",
    keys: &[Key::once("rename", "rename = \"name\""), Key::once("flatten", "flatten")],
};

static VIEW: Level = Level { owner: "a view", keys: &[Key::once("model", "model = User")] };

static VIEW_FIELD: Level = Level {
    owner: "a field of a view",
    keys: &[Key::once("column", "column = field` or `column = embedded.field")],
};

impl RowFieldAttrs {
    pub(crate) fn parse(attrs: &[Attribute], report: &mut Report) -> Self {
        let mut field = Self::default();
        for setting in settings(attrs, &ROW_FIELD, report) {
            match setting.name().as_str() {
                "rename" => field.rename = report.keep(setting.text()),
                "flatten" => field.flatten = report.keep(setting.flag()),
                _ => {}
            }
        }
        field
    }
}

/// Reads the model of a view.
pub(crate) fn view_model(attrs: &[Attribute], report: &mut Report) -> Option<Result<Path, ()>> {
    let setting = settings(attrs, &VIEW, report).pop()?;
    Some(report.keep(path(&setting)).ok_or(()))
}

fn path(setting: &Setting) -> syn::Result<Path> {
    match setting.expression()? {
        Expr::Path(path) if path.qself.is_none() => Ok(path.path),
        _ => Err(setting.malformed()),
    }
}

/// Reads which column of the model a field of a view is, if the field says so.
pub(crate) fn view_column(attrs: &[Attribute], report: &mut Report) -> Option<Expr> {
    let setting = settings(attrs, &VIEW_FIELD, report).pop()?;
    let column = setting.expression().and_then(|column| match &column {
        Expr::Path(path) if path.path.get_ident().is_some() => Ok(column),
        Expr::Field(field) if matches!(&*field.base, Expr::Path(_)) => Ok(column),
        _ => Err(setting.malformed()),
    });
    report.keep(column)
}
