//! What the derives write: one file for each thing emitted, from a checked description.
//!
//! Names everything by `::orm::__private`, which generated blocks call `__orm`, and emits data and
//! tiny functions only: what they mean is `orm-core`'s matter.

mod builder;
mod column_type;
mod columns;
mod db_enum;
mod definition;
mod embed;
mod from_row;
mod hooks;
mod model;
mod patch;
mod relations;
#[cfg(test)]
mod tests;
mod view;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::DeriveInput;
use syn::spanned::Spanned;

use crate::model::{Embed, Model, Newtype, Row, StoredEnum, View};
use crate::report::Report;

/// Returns what `#[derive(Model)]` emits.
pub(crate) fn model(input: &DeriveInput) -> TokenStream {
    described(input, Model::from_input, model::expand)
}

/// Returns what `#[derive(Embed)]` emits.
pub(crate) fn embed(input: &DeriveInput) -> TokenStream {
    described(input, Embed::from_input, embed::expand)
}

/// Returns what `#[derive(DbEnum)]` emits.
pub(crate) fn db_enum(input: &DeriveInput) -> TokenStream {
    described(input, StoredEnum::from_input, db_enum::expand)
}

/// Returns what `#[derive(ColumnType)]` emits.
pub(crate) fn column_type(input: &DeriveInput) -> TokenStream {
    described(input, Newtype::from_input, column_type::expand)
}

/// Returns what `#[derive(FromRow)]` emits.
pub(crate) fn from_row(input: &DeriveInput) -> TokenStream {
    described(input, Row::from_input, from_row::expand)
}

/// Returns what `#[derive(View)]` emits.
pub(crate) fn view(input: &DeriveInput) -> TokenStream {
    described(input, View::from_input, view::expand)
}

/// Returns the place of `tokens`, for code whose errors shall show there.
///
/// Names are still looked up where the derive is: the tokens may come out of a macro of the user,
/// where `self` and `row` would mean nothing.
fn place_of(tokens: &impl Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}

fn described<D>(
    input: &DeriveInput,
    describe: fn(&DeriveInput, &mut Report) -> Option<D>,
    write: fn(&D) -> TokenStream,
) -> TokenStream {
    let mut report = Report::default();
    let written = describe(input, &mut report).as_ref().map(write);
    let errors = report.into_tokens();
    quote!(#errors #written)
}
