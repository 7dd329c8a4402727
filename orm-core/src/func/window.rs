//! Functions of the rows around a row; each needs a window, by [`over`](NeedsWindow::over).

use std::borrow::Cow;

use super::{node, value};
use crate::ast::{Function, Node};
use crate::expr::{Expression, NeedsWindow};
use crate::types::Field;

type OfRow<E> = NeedsWindow<Option<<<E as Expression>::Type as Field>::Base>>;

fn of_window<T: Field>(name: &'static str, arguments: Vec<Node>) -> NeedsWindow<T> {
    let function =
        Function::Named { name: Cow::Borrowed(name), aggregate: true, nullable: T::NULLABLE };
    NeedsWindow::new(function, arguments)
}

/// A number as databases expect it there, which is an `integer`.
fn count_of(rows: u16) -> Node {
    node(value(i32::from(rows)))
}

/// Numbers the rows of a window from 1; needs [`over`](NeedsWindow::over).
pub fn row_number() -> NeedsWindow<i64> {
    of_window("row_number", Vec::new())
}

/// Ranks the rows of a window, with gaps after equal ones; needs [`over`](NeedsWindow::over).
pub fn rank() -> NeedsWindow<i64> {
    of_window("rank", Vec::new())
}

/// Ranks the rows of a window, without gaps; needs [`over`](NeedsWindow::over).
pub fn dense_rank() -> NeedsWindow<i64> {
    of_window("dense_rank", Vec::new())
}

/// Ranks the rows of a window from 0 to 1; needs [`over`](NeedsWindow::over).
pub fn percent_rank() -> NeedsWindow<f64> {
    of_window("percent_rank", Vec::new())
}

/// Returns which part of the window's rows comes before a row, or is equal to it: up to 1; needs
/// [`over`](NeedsWindow::over).
pub fn cume_dist() -> NeedsWindow<f64> {
    of_window("cume_dist", Vec::new())
}

/// Divides the rows of a window into so many parts of about the same size, and returns which one a row
/// is in, from 1; needs [`over`](NeedsWindow::over).
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::{ntile, window};
///
/// #[derive(Model)]
/// struct Player {
///     #[orm(primary_key)]
///     id: i64,
///     points: i32,
/// }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![Player].create_all(&mut conn)?;
/// for points in [10, 40, 20, 30, 50] {
///     Player::insert(Player::builder().points(points)).execute(&mut conn)?;
/// }
///
/// let league = ntile(2).over(window().order_by(Player::points.desc()));
/// let players = Player::query().select((Player::points, league)).order_by(Player::points.desc());
/// assert_eq!(players.all(&mut conn)?, [(50, 1), (40, 1), (30, 1), (20, 2), (10, 2)]);
/// # Ok(())
/// # }
/// ```
pub fn ntile(parts: u16) -> NeedsWindow<i32> {
    of_window("ntile", vec![count_of(parts)])
}

/// Returns the value in the row before, NULL in the first; needs [`over`](NeedsWindow::over).
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use orm::func::{lag, window};
///
/// #[derive(Model)]
/// struct Reading {
///     #[orm(primary_key)]
///     id: i64,
///     value: i32,
/// }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![Reading].create_all(&mut conn)?;
/// for value in [10, 13, 11] {
///     Reading::insert(Reading::builder().value(value)).execute(&mut conn)?;
/// }
///
/// let before = lag(Reading::value).over(window().order_by(Reading::id));
/// let changes = Reading::query().select(Reading::value - before).order_by(Reading::id);
/// assert_eq!(changes.all(&mut conn)?, [None, Some(3), Some(-2)]);
/// # Ok(())
/// # }
/// ```
pub fn lag<E: Expression>(expression: E) -> OfRow<E> {
    of_window("lag", vec![node(expression)])
}

/// Returns the value so many rows before, NULL where there is none; needs [`over`](NeedsWindow::over).
pub fn lag_by<E: Expression>(expression: E, rows: u16) -> OfRow<E> {
    of_window("lag", vec![node(expression), count_of(rows)])
}

/// Returns the value in the row after, NULL in the last; needs [`over`](NeedsWindow::over).
pub fn lead<E: Expression>(expression: E) -> OfRow<E> {
    of_window("lead", vec![node(expression)])
}

/// Returns the value so many rows after, NULL where there is none; needs [`over`](NeedsWindow::over).
pub fn lead_by<E: Expression>(expression: E, rows: u16) -> OfRow<E> {
    of_window("lead", vec![node(expression), count_of(rows)])
}

/// Returns the value in the first row of the frame; needs [`over`](NeedsWindow::over).
pub fn first_value<E: Expression>(expression: E) -> OfRow<E> {
    of_window("first_value", vec![node(expression)])
}

/// Returns the value in the last row of the frame, which ends at the current row and those equal to it
/// unless [`rows`](crate::expr::Window::rows) says otherwise; needs [`over`](NeedsWindow::over).
pub fn last_value<E: Expression>(expression: E) -> OfRow<E> {
    of_window("last_value", vec![node(expression)])
}

/// Returns the value in the row of the frame with this number, from 1, NULL where there is none; needs
/// [`over`](NeedsWindow::over).
pub fn nth_value<E: Expression>(expression: E, number: u16) -> OfRow<E> {
    of_window("nth_value", vec![node(expression), count_of(number)])
}
