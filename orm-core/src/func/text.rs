//! Functions of texts.

use super::{named, node, spelled};
use crate::ast::{Node, Spelled};
use crate::error::Error;
use crate::expr::{Expr, Expression, Operand};
use crate::types::Field;
use crate::value::Value;

/// What may be NULL if either may.
type Beside<E, R> = <<E as Expression>::Type as Field>::With<<R as Operand<String>>::Field>;

/// Returns the text without spaces at its beginning.
pub fn trim_start<E: Expression<Type: Field<Base = String>>>(text: E) -> Expr<E::Type> {
    named("ltrim", vec![node(text)])
}

/// Returns the text without spaces at its end.
pub fn trim_end<E: Expression<Type: Field<Base = String>>>(text: E) -> Expr<E::Type> {
    named("rtrim", vec![node(text)])
}

/// Returns the text with `to` wherever it has `from`; upper and lower case differ.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::replace;
///
/// #[derive(Model)]
/// struct File {
///     #[orm(primary_key)]
///     id: i64,
///     name: String,
/// }
///
/// let query = File::query().select(replace(File::name, ".txt", ""));
/// assert_eq!(query.to_sql(&orm::Sqlite)?, r#"SELECT replace("name", ?1, ?2) FROM "file""#);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn replace<E: Expression<Type: Field<Base = String>>>(
    text: E,
    from: impl AsRef<str>,
    to: impl AsRef<str>,
) -> Expr<E::Type> {
    let [from, to] =
        [from.as_ref(), to.as_ref()].map(|part| Node::Value(Value::Text(part.to_owned().into())));
    named("replace", vec![node(text), from, to])
}

/// Returns the characters of the text from number `start`, counted from 1: `length` of them, or as
/// many as there are.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::substr;
///
/// #[derive(Model)]
/// struct Phone {
///     #[orm(primary_key)]
///     id: i64,
///     number: String,
/// }
///
/// let area = Phone::query().select(substr(Phone::number, 1, 3)).distinct();
/// assert_eq!(area.to_sql(&orm::Sqlite)?, r#"SELECT DISTINCT substr("number", ?1, ?2) FROM "phone""#);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn substr<E: Expression<Type: Field<Base = String>>>(
    text: E,
    start: u32,
    length: u32,
) -> Expr<E::Type> {
    let start = match i32::try_from(start) {
        // Databases disagree on what is before the first character.
        Ok(0) => Node::Invalid(
            Error::invalid_query("`substr` counts characters from 1, so none has the number 0")
                .into(),
        ),
        Ok(start) => Node::Value(Value::I32(start)),
        Err(_) => Node::Value(Value::I32(i32::MAX)),
    };
    let length = Node::Value(Value::I32(i32::try_from(length).unwrap_or(i32::MAX)));
    named("substr", vec![node(text), start, length])
}

/// Returns at which character of the text `part` begins first, counted from 1; 0 if it does not
/// contain it.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::position;
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     email: String,
/// }
///
/// let query = User::query().filter(position(User::email, "@").gt(1));
/// assert!(query.to_sql(&orm::Sqlite)?.ends_with(r#"WHERE instr("email", ?1) > ?2"#));
/// assert!(
///     query.to_sql(&orm::Postgres)?.ends_with(r#"WHERE strpos("email", $1::text) > $2::integer"#)
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub fn position<E, R>(text: E, part: R) -> Expr<<Beside<E, R> as Field>::Map<i32>>
where
    E: Expression<Type: Field<Base = String>>,
    R: Operand<String>,
{
    spelled(Spelled::Position, vec![node(text), part.into_operand()])
}
