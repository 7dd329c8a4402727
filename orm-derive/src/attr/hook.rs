//! `before_insert = …`, `on_load = …` and the like: functions that run at events of a model's rows.

use syn::Expr;

use super::setting::{Key, Setting};

/// A function that runs at an event.
pub(crate) struct Hook {
    pub(crate) event: Event,
    pub(crate) function: Expr,
}

/// An event of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    BeforeInsert,
    BeforeUpdate,
    BeforeDelete,
    AfterInsert,
    AfterUpdate,
    AfterDelete,
    Load,
}

pub(super) const BEFORE_INSERT: Key = Key::repeatable("before_insert", "before_insert = function");
pub(super) const BEFORE_UPDATE: Key = Key::repeatable("before_update", "before_update = function");
pub(super) const BEFORE_DELETE: Key = Key::repeatable("before_delete", "before_delete = function");
pub(super) const AFTER_INSERT: Key = Key::repeatable("after_insert", "after_insert = function");
pub(super) const AFTER_UPDATE: Key = Key::repeatable("after_update", "after_update = function");
pub(super) const AFTER_DELETE: Key = Key::repeatable("after_delete", "after_delete = function");
pub(super) const ON_LOAD: Key = Key::repeatable("on_load", "on_load = function");

impl Hook {
    /// Returns the hook that a setting is, if it is one.
    pub(super) fn parse(setting: &Setting) -> syn::Result<Option<Self>> {
        let event = match setting.name().as_str() {
            "before_insert" => Event::BeforeInsert,
            "before_update" => Event::BeforeUpdate,
            "before_delete" => Event::BeforeDelete,
            "after_insert" => Event::AfterInsert,
            "after_update" => Event::AfterUpdate,
            "after_delete" => Event::AfterDelete,
            "on_load" => Event::Load,
            _ => return Ok(None),
        };
        Ok(Some(Self { event, function: setting.expression()? }))
    }
}
