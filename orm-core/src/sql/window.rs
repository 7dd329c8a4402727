//! Windows: OVER and the WINDOW clause.

use std::sync::Arc;

use super::writer::Writer;
use crate::ast::{Bound, Frame, FrameUnit, Over, Window};
use crate::error::{Error, Result};

/// The windows with names that a query uses.
#[derive(Debug, Default)]
pub(super) struct Windows<'a> {
    named: Vec<(&'static str, &'a Arc<Window>)>,
    /// Whether the WINDOW clause is written, so that no other can be added to it.
    is_written: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn over(&mut self, over: &'a Over) -> Result<()> {
        self.push(" OVER ");
        match over {
            Over::Named(name, window) if self.is_declared(name, window)? => self.identifier(name),
            over => {
                self.push("(");
                self.window(over.window())?;
                self.push(")");
            }
        }
        Ok(())
    }

    /// Writes the WINDOW clause, if the query has windows with names.
    pub(super) fn window_clause(&mut self) -> Result<()> {
        self.windows.is_written = true;
        for position in 0..self.windows.named.len() {
            let (name, window) = self.windows.named[position];
            self.push(if position == 0 { " WINDOW " } else { ", " });
            self.identifier(name);
            self.push(" AS (");
            self.window(window)?;
            self.push(")");
        }
        Ok(())
    }

    /// Whether the WINDOW clause has this window, or will: one that is used in the order only is
    /// written there, since the clause stands before it.
    fn is_declared(&mut self, name: &'static str, window: &'a Arc<Window>) -> Result<bool> {
        let known = self.windows.named.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        match known {
            Some((_, known)) if Arc::ptr_eq(known, window) => Ok(true),
            Some(_) => Err(Error::invalid_query(format!(
                "two windows of this query are called `{name}`: make it once and use it \
                 everywhere, or give one of them another name"
            ))),
            None if self.windows.is_written => Ok(false),
            None => {
                self.windows.named.push((name, window));
                Ok(true)
            }
        }
    }

    fn window(&mut self, window: &'a Window) -> Result<()> {
        if !window.partition_by.is_empty() {
            self.push("PARTITION BY ");
            self.nodes(&window.partition_by)?;
        }
        if !window.order_by.is_empty() {
            self.push(if window.partition_by.is_empty() { "ORDER BY " } else { " ORDER BY " });
            self.order_terms(&window.order_by)?;
        }
        if let Some(frame) = window.frame {
            self.push(if self.text.ends_with('(') { "" } else { " " });
            self.frame(frame);
        }
        Ok(())
    }

    fn frame(&mut self, Frame { unit, start, end }: Frame) {
        self.push(match unit {
            FrameUnit::Rows => "ROWS BETWEEN ",
            FrameUnit::Range => "RANGE BETWEEN ",
            FrameUnit::Groups => "GROUPS BETWEEN ",
        });
        self.bound(start);
        self.push(" AND ");
        self.bound(end);
    }

    fn bound(&mut self, bound: Bound) {
        match bound {
            Bound::UnboundedPreceding => self.push("UNBOUNDED PRECEDING"),
            Bound::Preceding(count) => self.push(&format!("{count} PRECEDING")),
            Bound::CurrentRow => self.push("CURRENT ROW"),
            Bound::Following(count) => self.push(&format!("{count} FOLLOWING")),
            Bound::UnboundedFollowing => self.push("UNBOUNDED FOLLOWING"),
        }
    }
}
