//! Functions of dates and times.

use super::{Dated, node, spelled};
pub use crate::ast::DateUnit;
use crate::ast::{DateKind, Spelled};
use crate::expr::{Expr, Expression};
use crate::types::{Field, SqlType};

/// Returns the time at which the database began this statement, by its clock: to the microsecond on
/// PostgreSQL, to the millisecond on SQLite.
///
/// # Examples
///
/// ```
/// use chrono::{DateTime, Utc};
/// use orm::prelude::*;
/// use orm::func::now;
///
/// #[derive(Model)]
/// struct Token {
///     #[orm(primary_key)]
///     id: i64,
///     expires_at: DateTime<Utc>,
/// }
///
/// let expired = Token::query().filter(Token::expires_at.lt(now()));
/// assert!(
///     expired.to_sql(&orm::Postgres)?.ends_with(r#"WHERE "expires_at" < statement_timestamp()"#)
/// );
/// # Ok::<(), orm::Error>(())
/// ```
#[cfg(feature = "chrono")]
pub fn now() -> Expr<chrono::DateTime<chrono::Utc>> {
    spelled(Spelled::Now, Vec::new())
}

/// Returns the date in UTC at which the database began this statement.
#[cfg(feature = "chrono")]
pub fn today() -> Expr<chrono::NaiveDate> {
    spelled(Spelled::Today, Vec::new())
}

/// Returns the beginning of the year, the month, … that the date is in; for an instant, that in UTC.
///
/// # Examples
///
/// ```
/// use chrono::NaiveDate;
/// use orm::prelude::*;
/// use orm::func::{DateUnit, count_all, date_trunc};
///
/// #[derive(Model)]
/// struct Visit {
///     #[orm(primary_key)]
///     id: i64,
///     day: NaiveDate,
/// }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![Visit].create_all(&mut conn)?;
/// let date = |month, day| NaiveDate::from_ymd_opt(2024, month, day).unwrap();
/// for day in [date(2, 29), date(3, 1), date(3, 31)] {
///     Visit::insert(Visit::builder().day(day)).execute(&mut conn)?;
/// }
///
/// let month = date_trunc(DateUnit::Month, Visit::day);
/// let visits = Visit::query()
///     .select((month.clone(), count_all()))
///     .group_by(month.clone())
///     .order_by(month)
///     .all(&mut conn)?;
/// assert_eq!(visits, [(date(2, 1), 1), (date(3, 1), 2)]);
/// # Ok(())
/// # }
/// ```
pub fn date_trunc<E>(unit: DateUnit, date: E) -> Expr<E::Type>
where
    E: Expression<Type: Field<Base: Dated>>,
{
    let kind = match <E::Type as Field>::SQL_TYPE {
        SqlType::Date => DateKind::Date,
        SqlType::Timestamp => DateKind::Timestamp,
        _ => DateKind::DateTime,
    };
    spelled(Spelled::Truncate(unit, kind), vec![node(date)])
}
