//! Tuples: several expressions that are compared as one.

use super::expression::column_of;
use super::writer::Writer;
use crate::ast::{InRows, Node};
use crate::error::Result;
use crate::value::Value;

impl<'a> Writer<'a> {
    /// Writes `(a, b)`.
    pub(super) fn tuple(&mut self, nodes: &'a [Node]) -> Result<()> {
        self.tuple_beside(nodes, &[])
    }

    /// Writes `(a, b) < (c, d)`.
    pub(super) fn tuples(
        &mut self,
        left: &'a [Node],
        symbol: &str,
        right: &'a [Node],
    ) -> Result<()> {
        self.tuple_beside(left, right)?;
        self.push(symbol);
        self.tuple_beside(right, left)
    }

    /// Writes `(a, b)`, each of which is compared with the one at its place in `others`.
    fn tuple_beside(&mut self, nodes: &'a [Node], others: &[Node]) -> Result<()> {
        self.push("(");
        for (position, node) in nodes.iter().enumerate() {
            if position > 0 {
                self.push(", ");
            }
            match others.get(position).and_then(column_of) {
                Some(column) => self.beside(node, Some(column))?,
                None => self.comparable(node)?,
            }
        }
        self.push(")");
        Ok(())
    }

    /// Writes `(a, b) IN` a list of rows.
    pub(super) fn in_rows(
        &mut self,
        InRows { operands, types, columns, negated }: &'a InRows,
    ) -> Result<()> {
        self.tuple(operands)?;
        self.push(if *negated { " NOT IN " } else { " IN " });
        let positions = if self.dialect.binds_rows_by_column() {
            let lists = operands.iter().zip(columns);
            let bound = lists.map(|(operand, values)| {
                self.next_bind(Value::List(values), column_of(operand).copied())
            });
            bound.collect()
        } else {
            vec![self.next_bind(Value::Rows(columns), None)]
        };
        self.dialect.write_rows(&mut self.text, types, columns, &positions);
        Ok(())
    }
}
