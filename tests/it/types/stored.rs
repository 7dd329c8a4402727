//! Every path that a value takes into a column and out of it: alone and in an array, bound in a
//! filter, in a list and in an update. The models are declared by the macro `stored!`.

use std::fmt::Debug;

use orm::{ColumnType, Transaction};
use orm_testkit::{TestDb, TestResult};

/// A model with a generated `id`, a column `value`, and a column `maybe` that may be NULL.
pub(super) trait Stored: Sized + Debug {
    type Value: ColumnType + Clone + Debug + PartialEq;

    fn create_table(tx: &mut Transaction<'_>) -> orm::Result<()>;
    fn store(
        tx: &mut Transaction<'_>,
        value: Self::Value,
        maybe: Option<Self::Value>,
    ) -> orm::Result<Self>;
    fn store_all(
        tx: &mut Transaction<'_>,
        rows: Vec<(Self::Value, Option<Self::Value>)>,
    ) -> orm::Result<Vec<Self>>;
    fn replace(tx: &mut Transaction<'_>, id: i64, value: &Self::Value) -> orm::Result<u64>;
    fn clear(tx: &mut Transaction<'_>) -> orm::Result<u64>;
    fn stored(tx: &mut Transaction<'_>) -> orm::Result<Vec<Self>>;
    fn ids(tx: &mut Transaction<'_>, filter: Filter<'_, Self::Value>) -> orm::Result<Vec<i64>>;
    fn in_order(tx: &mut Transaction<'_>) -> orm::Result<Vec<Self::Value>>;
    fn id(&self) -> i64;
    fn value(&self) -> &Self::Value;
    fn maybe(&self) -> Option<&Self::Value>;
}

/// What `value`, or `maybe`, is compared with.
pub(super) enum Filter<'v, T> {
    Equal(&'v T),
    MaybeEqual(&'v T),
    In(&'v [T]),
    Between(&'v T, &'v T),
    Greater(&'v T),
}

/// Sends each of `values` along every path and asserts that nothing of it changes.
///
/// Values are the same if they print the same: that tells -0.0 from 0.0 and 1.5 from 1.50, and finds
/// a NaN the same as another.
pub(super) fn assert_round_trips<S: Stored>(db: &TestDb, values: &[S::Value]) -> TestResult {
    assert_round_trips_by::<S>(db, |left, right| shown(left) == shown(right), values)
}

/// As [`assert_round_trips`], for values that are the `same` by a comparison of the test's own.
pub(super) fn assert_round_trips_by<S: Stored>(
    db: &TestDb,
    same: Same<S::Value>,
    values: &[S::Value],
) -> TestResult {
    let mut conn = db.connect()?;
    // One transaction: a commit of every statement is what takes the time on a file.
    let mut tx = conn.begin()?;
    S::create_table(&mut tx)?;
    assert_stored_alone::<S>(&mut tx, same, values)?;
    assert_stored_together::<S>(&mut tx, same, values)?;
    assert_replaced::<S>(&mut tx, same, values)?;
    Ok(tx.commit()?)
}

/// Whether a value came back as it was given.
type Same<T> = fn(&T, &T) -> bool;

fn assert_stored_alone<S: Stored>(
    tx: &mut Transaction<'_>,
    same: Same<S::Value>,
    values: &[S::Value],
) -> TestResult {
    let mut returned = Vec::new();
    for value in values {
        returned.push(S::store(tx, value.clone(), Some(value.clone()))?);
        returned.push(S::store(tx, value.clone(), None)?);
    }

    let given: Vec<_> =
        values.iter().flat_map(|value| [(value, Some(value)), (value, None)]).collect();
    let read = S::stored(tx)?;
    assert_rows(&returned, same, &given);
    assert_rows(&read, same, &given);
    assert_found(tx, &read, same, values)
}

fn assert_stored_together<S: Stored>(
    tx: &mut Transaction<'_>,
    same: Same<S::Value>,
    values: &[S::Value],
) -> TestResult {
    let before = S::stored(tx)?.len();
    let with_values = values.iter().map(|value| (value, Some(value)));
    let given: Vec<_> = with_values.chain(values.iter().map(|value| (value, None))).collect();
    let rows = given.iter().map(|&(value, maybe)| (value.clone(), maybe.cloned())).collect();

    let returned = S::store_all(tx, rows)?;

    let read = S::stored(tx)?;
    assert_rows(&returned, same, &given);
    assert_rows(&read[before..], same, &given);
    assert_found(tx, &read, same, values)
}

fn assert_replaced<S: Stored>(
    tx: &mut Transaction<'_>,
    same: Same<S::Value>,
    values: &[S::Value],
) -> TestResult {
    for value in values {
        let row = S::store(tx, values[0].clone(), None)?;

        assert_eq!(S::replace(tx, row.id(), value)?, 1);

        let read = S::stored(tx)?;
        assert_rows(&read[read.len() - 1..], same, &[(value, Some(value))]);
    }
    Ok(())
}

#[track_caller]
fn assert_rows<S: Stored>(
    rows: &[S],
    same: Same<S::Value>,
    given: &[(&S::Value, Option<&S::Value>)],
) {
    assert_eq!(rows.len(), given.len());
    for (row, (value, maybe)) in rows.iter().zip(given) {
        assert!(same(row.value(), value), "{} became {}", shown(value), shown(row.value()));
        match (row.maybe(), maybe) {
            (Some(found), Some(maybe)) => {
                assert!(same(found, maybe), "{} became {}", shown(maybe), shown(found));
            }
            (found, maybe) => assert_eq!(found.is_none(), maybe.is_none(), "NULL or not"),
        }
    }
}

/// Asserts that conditions with each of `values` find exactly the `rows` that hold it.
fn assert_found<S: Stored>(
    tx: &mut Transaction<'_>,
    rows: &[S],
    same: Same<S::Value>,
    values: &[S::Value],
) -> TestResult {
    for value in values {
        let is_equal = |other: &S::Value| other == value || same(other, value);
        let ids_where = |holds: &dyn Fn(&&S) -> bool| -> Vec<i64> {
            rows.iter().filter(holds).map(S::id).collect()
        };
        let expected = ids_where(&|row| is_equal(row.value()));
        let maybe_expected = ids_where(&|row| row.maybe().is_some_and(is_equal));

        let alone = std::slice::from_ref(value);
        assert_eq!(S::ids(tx, Filter::Equal(value))?, expected, "= {}", shown(value));
        assert_eq!(S::ids(tx, Filter::MaybeEqual(value))?, maybe_expected, "= {}", shown(value));
        assert_eq!(S::ids(tx, Filter::In(alone))?, expected, "in [{}]", shown(value));
        let between = S::ids(tx, Filter::Between(value, value))?;
        assert_eq!(between, expected, "between {}", shown(value));
    }
    let everything: Vec<i64> = rows.iter().map(S::id).collect();
    assert_eq!(S::ids(tx, Filter::In(values))?, everything, "in all of the values");
    Ok(())
}

/// Asserts that ORDER BY and `>` order `values`, which are in ascending order, as Rust does.
pub(super) fn assert_ordered<S: Stored>(db: &TestDb, values: &[S::Value]) -> TestResult
where
    S::Value: PartialOrd,
{
    assert!(values.is_sorted(), "the test's own values are out of order");
    let mut conn = db.connect()?;
    let mut tx = conn.begin()?;
    S::create_table(&mut tx)?;
    let backwards = values.iter().rev().map(|value| (value.clone(), None)).collect();

    let rows = S::store_all(&mut tx, backwards)?;

    let ordered = S::in_order(&mut tx)?;
    assert!(ordered.is_sorted(), "{ordered:?}");
    assert_eq!(ordered, values);
    for value in values {
        let expected: Vec<i64> = rows.iter().filter(|row| row.value() > value).map(S::id).collect();
        assert_eq!(S::ids(&mut tx, Filter::Greater(value))?, expected, "> {value:?}");
    }
    Ok(())
}

fn shown<T: Debug>(value: &T) -> String {
    format!("{value:?}")
}
