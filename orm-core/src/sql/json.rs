//! Parts of JSON documents.

use super::expression::Precedence;
use super::writer::Writer;
use crate::ast::{JsonPart, JsonStep, Node};
use crate::dialect::JsonPiece;
use crate::error::Result;
use crate::value::Value;

impl<'a> Writer<'a> {
    /// Writes a part of a document, in the form that the dialect has for it.
    pub(super) fn json(&mut self, JsonPart { document, path, form }: &'a JsonPart) -> Result<()> {
        // Bound once, however often the dialect repeats them.
        let steps = self.bind_path(path);
        for piece in self.dialect.json(*form, path.is_empty()) {
            match piece {
                JsonPiece::Sql(text) => self.push(text),
                JsonPiece::Document => self.document(document)?,
                JsonPiece::Path => self.steps(&steps, "", ""),
                JsonPiece::Part => {
                    self.document(document)?;
                    self.steps(&steps, " -> ", " -> ");
                }
                JsonPiece::TextPart => {
                    self.document(document)?;
                    self.steps(&steps, " -> ", " ->> ");
                }
            }
        }
        Ok(())
    }

    fn document(&mut self, document: &'a Node) -> Result<()> {
        self.at_least(Precedence::Operand, document, None)
    }

    /// Keeps the path as the dialect wants it, and returns the values with their positions.
    fn bind_path(&mut self, path: &'a [JsonStep]) -> Vec<(usize, Value<'a>)> {
        let values: Vec<Value<'a>> = match self.dialect.json_path(path) {
            Some(path) => vec![Value::Text(path.into())],
            None => path.iter().map(step_value).collect(),
        };
        let bound = values.into_iter().map(|value| (self.next_bind(value.clone(), None), value));
        bound.collect()
    }

    /// Writes the placeholders, with `last` before the last one and `before` before the others.
    fn steps(&mut self, steps: &[(usize, Value<'_>)], before: &str, last: &str) {
        for (index, (position, value)) in steps.iter().enumerate() {
            self.push(if index + 1 == steps.len() { last } else { before });
            self.dialect.write_typed_placeholder(&mut self.text, *position, value);
        }
    }
}

fn step_value(step: &JsonStep) -> Value<'_> {
    match step {
        JsonStep::Key(key) => Value::from(&**key),
        JsonStep::Index(index) => Value::I32(*index),
    }
}
