//! SQL written by hand: its values become placeholders, its expressions are written out.

use super::Sql;
use super::expression::{Precedence, refused};
use super::writer::Writer;
use crate::ast::{Argument, Fragment, Node, Parameter, Piece, Place};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::types::SqlType;
use crate::value::Value;

/// Writes a statement that is a text written by hand.
///
/// # Errors
///
/// [`Error::InvalidQuery`] if a parameter of the text was given nothing, or a list where none can
/// stand, and [`Error::Encode`] for a value that could not be made.
///
/// # Examples
///
/// ```
/// use orm_core::ast::{Fragment, Node, Piece};
/// use orm_core::sql;
///
/// let fragment = Fragment::new(vec![Piece::Sql("SELECT 1".into())], Vec::new());
/// let statement = Node::Fragment(Box::new(fragment));
/// assert_eq!(sql::text(&orm::Sqlite, &statement)?.text, "SELECT 1");
/// # Ok::<(), orm::Error>(())
/// ```
pub fn text<'a>(dialect: &'a dyn Dialect, statement: &'a Node) -> Result<Sql<'a>> {
    let mut writer = Writer::new(dialect, None);
    writer.scopes.enter_text();
    writer.node(statement)?;
    Ok(writer.finish())
}

/// Names the value in an error about one of those that are bound to a text written by hand.
#[cold]
pub fn in_text(error: Error, dialect: &dyn Dialect, statement: &Node) -> Error {
    let (Error::Encode(refused), Node::Fragment(fragment)) = (&error, statement) else {
        return error;
    };
    let bind = refused.bind.map(|bind| bind + 1);
    let mut writer = Writer::new(dialect, None);
    writer.scopes.enter_text();
    let mut positions = vec![None; fragment.parameters.len()];
    for piece in &fragment.pieces {
        let Piece::Parameter { index, place } = piece else { continue };
        let parameter = &fragment.parameters[*index];
        let position = &mut positions[*index];
        if writer.parameter(parameter, *place, position).is_ok()
            && position.is_some()
            && *position == bind
        {
            return error.in_parameter(&parameter.name);
        }
    }
    error
}

impl<'a> Writer<'a> {
    pub(super) fn fragment(&mut self, fragment: &'a Fragment) -> Result<()> {
        // A parameter that is in the text twice is bound once.
        let mut positions = vec![None; fragment.parameters.len()];
        for piece in &fragment.pieces {
            match piece {
                Piece::Sql(text) => self.push(text),
                Piece::Parameter { index, place } => {
                    self.parameter(&fragment.parameters[*index], *place, &mut positions[*index])?;
                }
            }
        }
        Ok(())
    }

    fn parameter(
        &mut self,
        parameter: &'a Parameter,
        place: Place,
        position: &mut Option<usize>,
    ) -> Result<()> {
        match (&parameter.argument, place) {
            (Argument::Missing, _) => Err(missing(&parameter.name)),
            (Argument::List(values), Place::In { negated, .. }) => {
                let position = self.once(Value::List(values), position);
                self.dialect.write_in_list(&mut self.text, negated, values, position);
                Ok(())
            }
            (Argument::List(values), Place::Argument | Place::Alone) => {
                let position = self.once(Value::List(values), position);
                self.dialect.write_placeholder(&mut self.text, position);
                Ok(())
            }
            (Argument::List(_), Place::Anywhere) => Err(misplaced_list(&parameter.name)),
            (Argument::Value(..), Place::In { enclosed: false, .. }) => {
                Err(not_a_list(&parameter.name))
            }
            (Argument::Value(value, sql_type), place) => {
                self.opening(place);
                let position = self.once(value.borrow(), position);
                if says_its_type(*sql_type, place) {
                    self.dialect.write_placeholder_of(&mut self.text, position, *sql_type);
                } else {
                    self.dialect.write_placeholder(&mut self.text, position);
                }
                self.closing(place);
                Ok(())
            }
            (Argument::Node(Node::Invalid(error)), _) => {
                Err(refused(error, None).in_parameter(&parameter.name))
            }
            (Argument::Node(node), place) => {
                self.opening(place);
                self.at_least(Precedence::Operand, node, None)?;
                self.closing(place);
                Ok(())
            }
        }
    }

    /// Writes what was taken from the text with the place.
    fn opening(&mut self, place: Place) {
        if let Place::In { negated, enclosed } = place {
            self.push(if negated { " NOT IN " } else { " IN " });
            self.push(if enclosed { "(" } else { "" });
        }
    }

    fn closing(&mut self, place: Place) {
        self.push(if matches!(place, Place::In { enclosed: true, .. }) { ")" } else { "" });
    }

    /// Keeps the value unless it is kept already, and returns the position of its placeholder.
    fn once(&mut self, value: Value<'a>, position: &mut Option<usize>) -> usize {
        *position.get_or_insert_with(|| self.next_bind(value, None))
    }
}

/// Whether a value says its type, so that `SELECT :n` works on PostgreSQL, which infers text there.
///
/// A text may be meant for an enum, and a time for a column with a zone or without one: where something
/// stands beside them, theirs is inferred from that.
fn says_its_type(sql_type: SqlType, place: Place) -> bool {
    match sql_type {
        SqlType::Text { .. }
        | SqlType::Enum(_)
        | SqlType::Date
        | SqlType::Time
        | SqlType::DateTime
        | SqlType::Timestamp
        | SqlType::Json => place == Place::Alone,
        _ => true,
    }
}

#[cold]
fn missing(name: &str) -> Error {
    let bare = name.trim_start_matches(':');
    Error::invalid_query(format!("`{name}` has no value: give it one by `.bind(\"{bare}\", …)`"))
}

#[cold]
fn misplaced_list(name: &str) -> Error {
    Error::invalid_query(format!(
        "`{name}` is a list, which stands after IN, as in `id IN {name}`, or alone in the \
         parentheses of a function"
    ))
}

#[cold]
fn not_a_list(name: &str) -> Error {
    Error::invalid_query(format!(
        "`{name}` stands after IN, but is one value: give it a list, by `bind_list` or in `sql!` by \
         `{{..values}}`, or compare by `=`"
    ))
}
