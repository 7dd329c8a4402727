//! The grammar inside `#[orm(…)]`: settings written `key`, `key = value` or `key(…)`.
//!
//! A level (a struct, a field, …) lists the keys it knows and how each is written; unknown and
//! repeated keys are refused here, so that the levels only read values.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Attribute, Expr, ExprPath, Ident, LitBool, LitInt, LitStr, Meta, Token, token};

use crate::report::{Report, listed, suggestion};

/// A place that settings are written at.
pub(crate) struct Level {
    /// What the settings belong to, for messages: "a field of a model".
    pub(crate) owner: &'static str,
    /// The settings it knows.
    pub(crate) keys: &'static [Key],
}

/// A setting that a level knows.
pub(crate) struct Key {
    name: &'static str,
    /// How it is written, for messages.
    form: &'static str,
    repeatable: bool,
}

impl Key {
    pub(crate) const fn once(name: &'static str, form: &'static str) -> Self {
        Self { name, form, repeatable: false }
    }

    pub(crate) const fn repeatable(name: &'static str, form: &'static str) -> Self {
        Self { name, form, repeatable: true }
    }
}

impl Level {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }

    fn unknown(&self, key: &Ident) -> syn::Error {
        let found = key.unraw().to_string();
        let guess = suggestion(&found, self.names());
        let owner = self.owner;
        let allowed = listed(self.names());
        syn::Error::new(
            key.span(),
            format!("{owner} has no setting `{found}`{guess}\nallowed: {allowed}"),
        )
    }
}

/// A setting as it was written.
pub(crate) struct Setting {
    pub(crate) key: Ident,
    given: Given,
    form: &'static str,
}

enum Given {
    Nothing,
    Value(Expr),
    List(TokenStream),
}

/// One entry of a list: a setting, or an expression of its own.
pub(crate) enum Entry {
    Setting(Setting),
    Bare(Expr),
}

/// What a list of settings with one bare expression consists of.
pub(crate) struct Parts {
    pub(crate) bare: Option<Expr>,
    pub(crate) settings: Vec<Setting>,
}

/// Returns the settings of every `#[orm(…)]` among `attrs` that `level` knows.
pub(crate) fn settings(attrs: &[Attribute], level: &Level, report: &mut Report) -> Vec<Setting> {
    let mut known: Vec<Setting> = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("orm")) {
        let Meta::List(list) = &attr.meta else {
            let allowed = listed(level.names());
            report.error(attr, format!("settings are written `#[orm(…)]`\nallowed: {allowed}"));
            continue;
        };
        for entry in entries(&list.tokens, report) {
            match entry {
                Entry::Setting(setting) => admit(setting, level, &mut known, report),
                Entry::Bare(expr) => {
                    let owner = level.owner;
                    let allowed = listed(level.names());
                    report
                        .error(expr, format!("expected a setting of {owner}\nallowed: {allowed}"));
                }
            }
        }
    }
    known
}

/// Refuses every `#[orm(…)]` among `attrs`, which belong to `owner`: a newtype has no settings.
pub(crate) fn refuse_all(attrs: &[Attribute], owner: &str, report: &mut Report) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("orm")) {
        report.error(attr, format!("{owner} has no settings: put them on the fields of models"));
    }
}

fn admit(mut setting: Setting, level: &Level, known: &mut Vec<Setting>, report: &mut Report) {
    let name = setting.name();
    let Some(key) = level.keys.iter().find(|key| key.name == name) else {
        report.push(level.unknown(&setting.key));
        return;
    };
    if !key.repeatable && known.iter().any(|earlier| earlier.key == setting.key) {
        report.error(&setting.key, format!("`{name}` is given twice"));
        return;
    }
    setting.form = key.form;
    known.push(setting);
}

/// Returns the entries of a list; one that is not well-formed is reported and left out.
fn entries(tokens: &TokenStream, report: &mut Report) -> Vec<Entry> {
    let parse = |input: ParseStream<'_>| {
        let mut entries = Vec::new();
        while !input.is_empty() {
            let entry = input.parse().and_then(|entry| {
                let ended = input.is_empty() || input.peek(Token![,]);
                if ended { Ok(entry) } else { Err(input.error("expected `,`")) }
            });
            match entry {
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    report.push(error);
                    while !input.is_empty() && !input.peek(Token![,]) {
                        input.parse::<TokenTree>()?;
                    }
                }
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(entries)
    };
    let parsed = parse.parse2(tokens.clone());
    parsed.unwrap_or_default()
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        if let Ok(key) = ahead.call(Ident::parse_any) {
            let assigned = ahead.peek(Token![=]) && !ahead.peek(Token![==]);
            if assigned || ahead.is_empty() || ahead.peek(Token![,]) || ahead.peek(token::Paren) {
                input.call(Ident::parse_any)?;
                return Ok(Self::Setting(Setting { key, given: input.parse()?, form: "" }));
            }
        }
        input.parse().map(Self::Bare)
    }
}

impl Parse for Given {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.parse::<Option<Token![=]>>()?.is_some() {
            if input.is_empty() || input.peek(Token![,]) {
                return Err(input.error("expected a value after `=`"));
            }
            return input.parse().map(Self::Value);
        }
        if input.peek(token::Paren)
            && let TokenTree::Group(group) = input.parse()?
            && group.delimiter() == Delimiter::Parenthesis
        {
            return Ok(Self::List(group.stream()));
        }
        Ok(Self::Nothing)
    }
}

impl Setting {
    /// Returns the key without `r#`.
    pub(crate) fn name(&self) -> String {
        self.key.unraw().to_string()
    }

    /// Returns the error that the setting is not written as it should be.
    pub(crate) fn malformed(&self) -> syn::Error {
        let message = format!("`{}` is written `{}`", self.name(), self.form);
        match &self.given {
            Given::Value(value) => syn::Error::new_spanned(value, message),
            Given::Nothing | Given::List(_) => syn::Error::new(self.key.span(), message),
        }
    }

    /// Whether nothing but the key is written.
    pub(crate) fn is_bare(&self) -> bool {
        matches!(self.given, Given::Nothing)
    }

    /// Returns the key, if nothing but the key is written.
    pub(crate) fn flag(&self) -> syn::Result<Ident> {
        if self.is_bare() { Ok(self.key.clone()) } else { Err(self.malformed()) }
    }

    /// Returns the value: an expression.
    pub(crate) fn expression(&self) -> syn::Result<Expr> {
        match &self.given {
            Given::Value(value) => Ok(value.clone()),
            Given::Nothing | Given::List(_) => Err(self.malformed()),
        }
    }

    /// Returns the value: one name.
    pub(crate) fn identifier(&self) -> syn::Result<Ident> {
        self.literal()
    }

    /// Returns the value: a path.
    pub(crate) fn path(&self) -> syn::Result<ExprPath> {
        self.literal()
    }

    fn literal<T: Parse>(&self) -> syn::Result<T> {
        let value = self.expression()?;
        syn::parse2(quote::quote!(#value)).map_err(|_| self.malformed())
    }

    /// Returns the value: `true` or `false`.
    pub(crate) fn boolean(&self) -> syn::Result<LitBool> {
        self.literal()
    }

    /// Returns the value: a text that is not empty.
    pub(crate) fn text(&self) -> syn::Result<LitStr> {
        let text: LitStr = self.literal()?;
        if text.value().trim().is_empty() {
            let message = format!("`{}` must not be empty", self.name());
            return Err(syn::Error::new(text.span(), message));
        }
        Ok(text)
    }

    /// Returns the value: a whole number in `range`.
    pub(crate) fn number<N>(&self, range: RangeInclusive<N>) -> syn::Result<(N, Span)>
    where
        N: FromStr<Err: Display> + PartialOrd + Display,
    {
        let number: LitInt = self.literal()?;
        match number.base10_parse() {
            Ok(value) if range.contains(&value) => Ok((value, number.span())),
            _ => {
                let (name, start, end) = (self.name(), range.start(), range.end());
                let message = format!("`{name}` is a whole number from {start} to {end}");
                Err(syn::Error::new(number.span(), message))
            }
        }
    }

    /// Returns the entries of the list.
    pub(crate) fn list(&self, report: &mut Report) -> syn::Result<Vec<Entry>> {
        match &self.given {
            Given::List(tokens) => Ok(entries(tokens, report)),
            Given::Nothing | Given::Value(_) => Err(self.malformed()),
        }
    }

    /// Returns what the list consists of: at most one bare expression, and settings of `level`.
    pub(crate) fn parts(&self, level: &Level, report: &mut Report) -> syn::Result<Parts> {
        let mut parts = Parts { bare: None, settings: Vec::new() };
        for entry in self.list(report)? {
            match entry {
                Entry::Setting(setting) => admit(setting, level, &mut parts.settings, report),
                Entry::Bare(expr) if parts.bare.is_none() => parts.bare = Some(expr),
                Entry::Bare(expr) => report.error(expr, self.malformed()),
            }
        }
        Ok(parts)
    }
}
