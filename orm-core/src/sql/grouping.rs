//! GROUP BY, and which of its keys stand for several groups as NULL.

use super::check::is_same;
use super::writer::Writer;
use crate::ast::{GroupingKind, GroupingSets, Node, SelectStatement};
use crate::error::Result;

/// Returns the expressions by which rows are put together.
pub(super) fn keys(statement: &SelectStatement) -> impl Iterator<Item = &Node> {
    let sets = statement.grouping_sets.iter();
    statement.group_by.iter().chain(sets.flat_map(|sets| sets.sets.iter().flatten()))
}

/// Returns the keys that are NULL in the groups that are not put together by them.
pub(super) fn optional_keys(statement: &SelectStatement) -> Vec<&Node> {
    let sets = statement.grouping_sets.iter().flat_map(|sets| sets.sets.iter().flatten());
    sets.filter(|key| !is_certain(statement, key)).collect()
}

/// Whether every group is put together by `node`.
pub(super) fn is_certain(statement: &SelectStatement, node: &Node) -> bool {
    let is_in = |keys: &[Node]| keys.iter().any(|key| is_same(key, node));
    is_in(&statement.group_by)
        || statement.grouping_sets.iter().any(|GroupingSets { kind, sets }| {
            *kind == GroupingKind::Sets && sets.iter().all(|set| is_in(set))
        })
}

impl<'a> Writer<'a> {
    /// Writes ` GROUP BY …`, if the query groups.
    pub(super) fn group_by(&mut self, statement: &'a SelectStatement) -> Result<()> {
        let mut separator = " GROUP BY ";
        for node in &statement.group_by {
            self.push(separator);
            self.comparable(node)?;
            separator = ", ";
        }
        for sets in &statement.grouping_sets {
            self.push(separator);
            self.grouping_sets(sets)?;
            separator = ", ";
        }
        Ok(())
    }

    /// Writes the name of the function that tells by what a group is put together.
    pub(super) fn grouping_name(&self) -> Result<&'static str> {
        self.has_grouping_sets()?;
        Ok("grouping")
    }

    fn has_grouping_sets(&self) -> Result<()> {
        if self.dialect.has_grouping_sets() {
            return Ok(());
        }
        Err(self.unsupported("grouping sets"))
    }

    fn grouping_sets(&mut self, GroupingSets { kind, sets }: &'a GroupingSets) -> Result<()> {
        self.has_grouping_sets()?;
        self.push(match kind {
            GroupingKind::Rollup => "ROLLUP (",
            GroupingKind::Cube => "CUBE (",
            GroupingKind::Sets => "GROUPING SETS (",
        });
        for (position, set) in sets.iter().enumerate() {
            self.push(if position > 0 { ", " } else { "" });
            match &set[..] {
                [node] => self.comparable(node)?,
                several => {
                    self.push("(");
                    self.nodes(several)?;
                    self.push(")");
                }
            }
        }
        self.push(")");
        Ok(())
    }
}
