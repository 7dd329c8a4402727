//! What tests of many areas say in the same way.

use std::env;
use std::str::FromStr;

use orm::Error;

/// Returns why a query was refused before it was sent.
pub(crate) fn refusal<T>(result: orm::Result<T>) -> String {
    match result.err() {
        Some(Error::InvalidQuery(message)) => message.to_string(),
        other => panic!("not refused as an invalid query: {other:?}"),
    }
}

/// Returns the text as a value of a row.
pub(crate) fn text(value: &str) -> String {
    value.to_owned()
}

/// Returns the number that a variable of the environment has, which says how many cases to check or which.
pub(crate) fn number_in_environment<N: FromStr>(variable: &str, otherwise: N) -> N {
    let given = env::var(variable).ok();
    given.map_or(otherwise, |text| text.parse().ok().expect("a number in the variable"))
}

/// Numbers by chance (splitmix64).
pub(crate) struct Chance(u64);

impl Chance {
    /// Returns the numbers that belong to `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number less than `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }
}
