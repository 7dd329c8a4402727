//! Functions of numbers.

use super::{node, spelled};
use crate::ast::{Node, Spelled};
use crate::expr::{Expr, Expression, Numeric};
use crate::types::Field;
use crate::value::Value;

/// A number that has digits after the point.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be rounded",
    label = "expected an `f64` or a decimal"
)]
pub trait Rounded: Numeric {
    /// How it is rounded.
    const ROUND: Spelled;
}

impl Rounded for f64 {
    const ROUND: Spelled = Spelled::RoundFloat;
}

#[cfg(feature = "decimal")]
impl Rounded for rust_decimal::Decimal {
    const ROUND: Spelled = Spelled::RoundDecimal;
}

/// Returns the number with this many digits after the point, halves rounded away from zero.
///
/// A float is rounded by the 15 digits that are certain: `2.675` to `2.68`, though the number that is
/// stored is a little less.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::{avg, round};
///
/// #[derive(Model)]
/// struct Review {
///     #[orm(primary_key)]
///     id: i64,
///     stars: i32,
/// }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![Review].create_all(&mut conn)?;
/// for stars in [5, 4, 4] {
///     Review::insert(Review::builder().stars(stars)).execute(&mut conn)?;
/// }
///
/// let average = Review::query().select(round(avg(Review::stars), 1)).one(&mut conn)?;
/// assert_eq!(average, Some(4.3));
/// # Ok(())
/// # }
/// ```
pub fn round<E: Expression<Type: Field<Base: Rounded>>>(number: E, digits: u8) -> Expr<E::Type> {
    let digits = Node::Value(Value::I32(digits.into()));
    spelled(<<E::Type as Field>::Base as Rounded>::ROUND, vec![node(number), digits])
}

/// Returns a random number from 0 up to, but not including, 1; another one in each row.
pub fn random() -> Expr<f64> {
    spelled(Spelled::Random, Vec::new())
}
