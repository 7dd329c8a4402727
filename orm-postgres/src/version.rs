//! The versions of servers: which are new enough, and what is known of them.

use std::sync::{Mutex, PoisonError};

use orm_core::error::{Error, Result};

use crate::Postgres;

/// The first version that has everything the dialect writes: `AS MATERIALIZED`, and `date_trunc` in a time
/// zone (release-12.html).
const OLDEST: u32 = 12;

/// Returns the dialect of a server that calls its version so, such as `15.4 (Debian 15.4-1)`; one dialect
/// a version is kept as long as the program runs.
///
/// # Errors
///
/// [`Error::Unsupported`] for a server that is too old.
pub(crate) fn dialect(server_version: Option<&str>) -> Result<&'static Postgres> {
    static KNOWN: Mutex<Vec<&'static Postgres>> = Mutex::new(Vec::new());

    let Some(version) = server_version.and_then(|text| text.split_whitespace().next()) else {
        return Ok(&Postgres);
    };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let is_of_version = |dialect: &&&Postgres| dialect.version == Some(version);
    if let Some(dialect) = known.iter().find(is_of_version) {
        return check(dialect);
    }
    let version = Some(&*version.to_owned().leak());
    let dialect = Box::leak(Box::new(Postgres { version }));
    known.push(dialect);
    check(dialect)
}

fn check(dialect: &'static Postgres) -> Result<&'static Postgres> {
    let version = dialect.version.unwrap_or_default();
    let digits = version.find(|character: char| !character.is_ascii_digit());
    // Those of a development version follow its number: `19devel`.
    match version[..digits.unwrap_or(version.len())].parse::<u32>() {
        Ok(major) if major < OLDEST => Err(too_old(dialect)),
        _ => Ok(dialect),
    }
}

#[cold]
fn too_old(dialect: &Postgres) -> Error {
    let feature =
        format!("the SQL that is written for it: {OLDEST} is the first version that does");
    Error::Unsupported {
        backend: "postgresql",
        version: dialect.version,
        feature: feature.into_boxed_str(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails panics")]

    use super::*;

    #[test]
    fn the_version_of_a_server_is_its_first_word_and_kept_once() {
        let debian = dialect(Some("15.4 (Debian 15.4-1.pgdg120+1)")).unwrap();
        let other = dialect(Some("15.4")).unwrap();

        assert_eq!(debian.version, Some("15.4"));
        assert!(std::ptr::eq(debian, other));
    }

    #[test]
    fn a_version_that_says_no_number_is_not_refused() {
        for version in ["19devel", "16beta2", "unknown"] {
            assert_eq!(dialect(Some(version)).unwrap().version, Some(version));
        }
        assert_eq!(dialect(None).unwrap().version, None);
    }

    #[test]
    fn a_server_that_is_too_old_is_refused_with_its_version() {
        let error = dialect(Some("9.6.24")).unwrap_err();

        let message = "postgresql 9.6.24 does not support the SQL that is written for it: 12 is the \
                       first version that does";
        assert_eq!(error.to_string(), message);
        assert!(dialect(Some("11.22")).is_err());
        assert!(dialect(Some("12.0")).is_ok());
    }
}
