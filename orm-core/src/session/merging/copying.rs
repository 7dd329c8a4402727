//! The second half of a merge: the values of a forest are copied onto the rows that were found.

use std::collections::{HashMap, HashSet};

use super::super::Tracked;
use super::super::forest::{Forest, Node, is_unset};
use super::super::snapshot::is_same;
use super::super::store::Status;
use super::super::undo::RowId;
use super::Found;
use crate::error::Result;
use crate::model::NewRow;
use crate::relation::{Key, RelationDef, RelationKind};
use crate::value::Values;

impl Tracked {
    /// Copies all rows of a forest onto those that were found, or adds them.
    pub(super) fn merge(&mut self, forest: &Forest<'_>, found: Vec<Found>) -> Result<Vec<RowId>> {
        let mut added: HashMap<(u32, Key), RowId> = HashMap::new();
        let mut rows = Vec::with_capacity(found.len());
        let led = led_columns(forest)?;
        for ((node, found), led) in forest.nodes.iter().zip(found).zip(&led) {
            let key = found.key.map(|key| (node.model.store, key));
            let known = found.row.or_else(|| key.as_ref().and_then(|key| added.get(key).copied()));
            if let Some(row) = known {
                if matches!(self.status(row), Status::Deleting | Status::Deleted) {
                    self.bring_back(row)?;
                }
                self.copy(node, row, led)?;
                rows.push(row);
            } else {
                let row = (node.model.add)(self, new_row(node)?);
                key.map(|key| added.insert(key, row));
                rows.push(row);
            }
        }
        for (node, &row) in forest.nodes.iter().zip(&rows) {
            for (def, children) in &node.related {
                let mut targets = Vec::with_capacity(children.len());
                let mut known = HashSet::with_capacity(children.len());
                targets
                    .extend(children.iter().map(|&at| rows[at]).filter(|&row| known.insert(row)));
                self.lead(row, def, &targets)?;
            }
        }
        Ok(rows)
    }

    /// Copies the columns of a value that differ from those of its row.
    fn copy(&mut self, node: &Node<'_>, row: RowId, led: &[usize]) -> Result<()> {
        let mut differing = Vec::new();
        for (position, given) in node.values.iter().enumerate() {
            let Some(given) = given else { continue };
            if led.contains(&position) || node.model.table.columns[position].version {
                continue;
            }
            let known = self.store(row.store).values.value(row.row, position);
            if !known.is_ok_and(|known| is_same(given, &known)) {
                differing.push((position, given.clone().into_owned()?));
            }
        }
        if differing.is_empty() {
            return Ok(());
        }
        self.touch(row);
        let mut parents = Vec::new();
        for def in self.store(row.store).written_relations() {
            let key = &def.link()?.local;
            let differs = || differing.iter().any(|(position, _)| key.contains(position));
            if def.kind == RelationKind::BelongsTo && differs() {
                self.refer_elsewhere(row, def)?;
                parents.push(def);
            }
        }
        for (position, value) in differing {
            let value = std::slice::from_ref(&value);
            self.store_mut(row.store).values.assign(row.row, position, &Values(value), 0)?;
        }
        for def in parents {
            if self.find_parent(row, def)?
                && let Some(&[parent]) = self.related(row, def).as_deref()
            {
                self.join(row, def, parent)?;
            }
        }
        Ok(())
    }

    /// Makes a relation of a row lead to these rows, of which none is there twice, and no others.
    pub(in crate::session) fn lead(
        &mut self,
        row: RowId,
        def: &'static RelationDef,
        to: &[RowId],
    ) -> Result<()> {
        if def.kind == RelationKind::BelongsTo {
            let is_new = self.status(row) == Status::Pending;
            if !is_new && self.related(row, def).is_none() {
                self.find_parent(row, def)?;
            }
            return match *to {
                _ if self.related(row, def).is_some_and(|known| known == to) => Ok(()),
                [] => self.part(row, def, row),
                [parent, ..] => self.join(row, def, parent),
            };
        }
        let known = self.related(row, def).unwrap_or_default();
        if known == to {
            return Ok(());
        }
        let (before, after): (HashSet<_>, HashSet<_>) =
            (known.iter().copied().collect(), to.iter().copied().collect());
        for &gone in known.iter().filter(|row| !after.contains(row)) {
            self.part(row, def, gone)?;
        }
        for &new in to.iter().filter(|row| !before.contains(row)) {
            self.join(row, def, new)?;
        }
        self.set_related(row, def, to);
        Ok(())
    }
}

/// Returns the columns of each row of a forest whose values relations give.
fn led_columns(forest: &Forest<'_>) -> Result<Vec<Vec<usize>>> {
    let mut led: Vec<Vec<usize>> = vec![Vec::new(); forest.nodes.len()];
    for (index, node) in forest.nodes.iter().enumerate() {
        for (def, children) in &node.related {
            let link = def.link()?;
            match def.kind {
                RelationKind::BelongsTo => led[index].extend(&link.local),
                RelationKind::HasMany | RelationKind::HasOne => {
                    for &child in children {
                        led[child].extend(&link.remote);
                    }
                }
                RelationKind::ManyToMany => {}
            }
        }
    }
    Ok(led)
}

/// Returns a new row with the values that a row of a forest has.
fn new_row(node: &Node<'_>) -> Result<NewRow> {
    let columns = &node.model.table.columns;
    let mut row = NewRow::new(columns.len());
    for (position, (value, column)) in node.values.iter().zip(columns).enumerate() {
        let Some(value) = value else { continue };
        let is_left_out = column.version || is_unset(column, value);
        if !is_left_out {
            row.set(position, Ok(value.clone().into_owned()?));
        }
    }
    Ok(row)
}
