//! Arbitrary values and rows: few values, so that they often meet, and those at the edges.
//!
//! Those called small can be calculated with without an overflow.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

use super::sample::Sample;

pub(super) fn small_integers() -> impl Strategy<Value = i32> + Clone {
    -5..=5_i32
}

pub(super) fn small_big_integers() -> impl Strategy<Value = i64> + Clone {
    -5..=5_i64
}

pub(super) fn big_integers() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![
        4 => small_big_integers(),
        1 => select(vec![i64::MIN, i64::MAX, 1 << 53, (1 << 53) + 1, -(1 << 31)]),
    ]
}

/// Eighths are exact, tenths are not.
pub(super) fn small_floats() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![
        (-16..=16_i32).prop_map(|eighths| f64::from(eighths) / 8.0),
        (-20..=20_i32).prop_map(|tenths| f64::from(tenths) / 10.0),
    ]
}

pub(super) fn floats() -> impl Strategy<Value = f64> + Clone {
    let edges = [f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY, -0.0];
    prop_oneof![4 => small_floats(), 1 => select(edges.to_vec())]
}

/// Equal numbers with different scales among them.
pub(super) fn small_decimals() -> impl Strategy<Value = Decimal> + Clone {
    prop_oneof![
        (-25..=25_i64, 0..=2_u32).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale)),
        (-25..=25_i64, 0..=2_u32)
            .prop_map(|(mantissa, scale)| Decimal::new(mantissa * 10, scale + 1)),
    ]
}

pub(super) fn decimals() -> impl Strategy<Value = Decimal> + Clone {
    let edges = [Decimal::MAX, Decimal::MIN, Decimal::new(1, 28), Decimal::new(9, 0)];
    prop_oneof![6 => small_decimals(), 1 => select(edges.to_vec())]
}

/// Wildcards, escapes, quotes, and letters of one to four bytes.
pub(super) fn texts() -> impl Strategy<Value = String> + Clone {
    let characters =
        ['a', 'b', 'A', 'é', 'É', 'ß', '漢', '😀', '%', '_', '\\', '\'', '"', ' ', '1'];
    vec(select(characters.to_vec()), 0..4).prop_map(String::from_iter)
}

pub(super) fn patterns() -> impl Strategy<Value = String> + Clone {
    let pieces = ["%", "_", "\\%", "\\_", "\\\\", "a", "b", "A", "é", "😀", "\\a", "'", " "];
    vec(select(pieces.to_vec()), 0..5).prop_map(|pieces| pieces.concat())
}

pub(super) fn moments() -> impl Strategy<Value = DateTime<Utc>> + Clone {
    let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let edges = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.9Z"];
    prop_oneof![
        4 => (-4..=4_i64).prop_map(move |steps| start + TimeDelta::microseconds(steps * 500_000)),
        1 => select(edges.map(|edge| edge.parse().unwrap()).to_vec()),
    ]
}

/// A row; its key is not used.
pub(super) fn samples() -> impl Strategy<Value = Sample> {
    let numbers = (
        small_integers(),
        option::of(small_integers()),
        small_big_integers(),
        option::of(big_integers()),
    );
    let texts = (texts(), option::of(texts()));
    let truths = (any::<bool>(), option::of(any::<bool>()));
    let floats = (small_floats(), option::of(floats()));
    let decimals = (small_decimals(), option::of(decimals()));
    let moments = (moments(), option::of(moments()));
    let all = (numbers, texts, truths, floats, decimals, moments);
    all.prop_map(|((small, tiny, large, huge), texts, truths, floats, decimals, moments)| Sample {
        id: 0,
        small,
        tiny,
        large,
        huge,
        word: texts.0,
        note: texts.1,
        is_new: truths.0,
        is_open: truths.1,
        weight: floats.0,
        width: floats.1,
        cost: decimals.0,
        price: decimals.1,
        made: moments.0,
        seen: moments.1,
    })
}
