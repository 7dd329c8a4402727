//! What a text written by hand can be given: values to bind, lists of them, and expressions.

use std::sync::Arc;

use super::{Aggregate, Column, Expr};
use crate::ast::{Argument, Node};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::types::{ColumnType, Field};
use crate::value::Value;

/// Something that SQL written by hand can have in it: a value (`T`, `&T`, `Option<T>`, `&str`,
/// `&[u8]`), which is bound, or a column or an expression, which is written.
///
/// `T` is the type of the value, without its `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be bound",
    label = "expected a value of a column type, a column or an expression",
    note = "a list is bound by `bind_list`, in `sql!` by `{{..values}}`"
)]
pub trait Bindable<T> {
    /// Returns the value, or the expression.
    fn to_argument(&self) -> Argument;

    /// Returns the value, moved out of `self`, or the expression.
    fn into_argument(self) -> Argument
    where
        Self: Sized,
    {
        self.to_argument()
    }
}

impl<T: ColumnType> Bindable<T> for T {
    fn to_argument(&self) -> Argument {
        value::<T>(self.to_value())
    }

    fn into_argument(self) -> Argument {
        value::<T>(self.into_value())
    }
}

impl<T: ColumnType> Bindable<T> for &T {
    fn to_argument(&self) -> Argument {
        value::<T>((*self).to_value())
    }
}

impl<T: ColumnType> Bindable<T> for Option<T> {
    fn to_argument(&self) -> Argument {
        value::<T>(Field::to_value(self))
    }
}

impl<T: ColumnType> Bindable<T> for &Option<T> {
    fn to_argument(&self) -> Argument {
        value::<T>(Field::to_value(*self))
    }
}

impl Bindable<String> for &str {
    fn to_argument(&self) -> Argument {
        value::<String>(Ok(Value::from(*self)))
    }
}

impl Bindable<String> for &&str {
    fn to_argument(&self) -> Argument {
        value::<String>(Ok(Value::from(**self)))
    }
}

impl Bindable<String> for Option<&str> {
    fn to_argument(&self) -> Argument {
        value::<String>(Ok(self.map_or(Value::Null, Value::from)))
    }
}

impl Bindable<Vec<u8>> for &[u8] {
    fn to_argument(&self) -> Argument {
        value::<Vec<u8>>(Ok(Value::Bytes((*self).into())))
    }
}

impl<M: Model, F: Field> Bindable<F::Base> for Column<M, F> {
    fn to_argument(&self) -> Argument {
        Argument::Node(self.node())
    }
}

impl<F: Field> Bindable<F::Base> for Expr<F> {
    fn to_argument(&self) -> Argument {
        Argument::Node(self.clone().into_node())
    }
}

impl<F: Field> Bindable<F::Base> for Aggregate<F> {
    fn to_argument(&self) -> Argument {
        Argument::Node(self.node())
    }
}

fn value<T: ColumnType>(value: Result<Value<'_>>) -> Argument {
    match value.and_then(Value::into_owned) {
        Ok(value) => Argument::Value(value, T::SQL_TYPE),
        Err(error) => refused(error),
    }
}

/// Keeps why there is no argument until the statement is written.
fn refused(error: Error) -> Argument {
    Argument::Node(Node::Invalid(Arc::new(error)))
}

/// Returns what `{value}` in `sql!` stands for.
#[doc(hidden)]
pub fn sql_argument<T>(value: &impl Bindable<T>) -> Argument {
    value.to_argument()
}

/// Returns what `{..values}` in `sql!` stands for.
#[doc(hidden)]
pub fn sql_list<'v, T, B: Bindable<T> + 'v>(values: impl IntoIterator<Item = &'v B>) -> Argument {
    list(values.into_iter().map(Bindable::to_argument))
}

/// Returns the values as a list that is bound as one.
pub(crate) fn list_of<T, B: Bindable<T>>(values: impl IntoIterator<Item = B>) -> Argument {
    list(values.into_iter().map(Bindable::into_argument))
}

fn list(elements: impl Iterator<Item = Argument>) -> Argument {
    let mut values = Vec::with_capacity(elements.size_hint().0);
    for element in elements {
        match element {
            Argument::Value(value, _) => values.push(value),
            invalid @ Argument::Node(Node::Invalid(_)) => return invalid,
            _ => {
                return refused(Error::invalid_query(
                    "a list is made of values, not of columns or expressions",
                ));
            }
        }
    }
    Argument::List(values)
}
