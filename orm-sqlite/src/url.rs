//! Database URLs: which database one names, and with which options. Nothing is opened here.

use std::path::PathBuf;
use std::time::Duration;

use orm_core::error::{Error, Result};

/// What a URL says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) place: Place,
    pub(crate) mode: Mode,
    pub(crate) busy_timeout: Duration,
}

/// Where the database is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Memory,
    File(PathBuf),
}

/// What may be done to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    ReadOnly,
    ReadWrite,
    Create,
}

const DEFAULT_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Location {
    /// Reads `url`, whose scheme is `sqlite`.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let rest = url
            .strip_prefix("sqlite:")
            .ok_or_else(|| Error::configuration("a SQLite URL begins with `sqlite:`"))?;
        let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
        // SQLAlchemy's rule: the third slash ends an empty host, and what follows is the path.
        let path = match path.strip_prefix("//") {
            Some(path) => path.strip_prefix('/').unwrap_or(path),
            None => path,
        };
        let mut location = Self {
            place: place(&percent_decoded(path)?),
            mode: Mode::Create,
            busy_timeout: DEFAULT_BUSY_TIMEOUT,
        };
        for option in options.split('&').filter(|option| !option.is_empty()) {
            location.set(option)?;
        }
        Ok(location)
    }

    fn set(&mut self, option: &str) -> Result<()> {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        match name {
            "mode" if self.place == Place::Memory => Err(Error::configuration(
                "the option `mode` is for database files: a database in memory is always new",
            )),
            "mode" => {
                self.mode = match value {
                    "ro" => Mode::ReadOnly,
                    "rw" => Mode::ReadWrite,
                    "rwc" => Mode::Create,
                    _ => {
                        return Err(Error::configuration(
                            "the option `mode` of a SQLite URL must be `ro`, `rw` or `rwc`",
                        ));
                    }
                };
                Ok(())
            }
            "busy_timeout" => {
                // SQLite keeps it in a C int.
                let milliseconds =
                    value.parse::<u32>().ok().filter(|&ms| i32::try_from(ms).is_ok()).ok_or_else(
                        || {
                            Error::configuration(
                                "the option `busy_timeout` of a SQLite URL must be a number of \
                                 milliseconds, such as `busy_timeout=5000`",
                            )
                        },
                    )?;
                self.busy_timeout = Duration::from_millis(milliseconds.into());
                Ok(())
            }
            _ => Err(Error::configuration(format!(
                "unknown option `{name}` in a SQLite URL: allowed are `mode` (`ro`, `rw` or `rwc`) \
                 and `busy_timeout` (milliseconds)"
            ))),
        }
    }
}

fn place(path: &str) -> Place {
    match path {
        "" | ":memory:" => Place::Memory,
        path => Place::File(PathBuf::from(path)),
    }
}

fn percent_decoded(path: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut parts = path.split('%');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let byte = part.get(..2).filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let byte = byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()).ok_or_else(|| {
            Error::configuration(
                "a `%` in the path of a SQLite URL must be followed by two hexadecimal digits: \
                 write `%25` for the character itself",
            )
        })?;
        bytes.push(byte);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|path| !path.contains('\0'))
        .ok_or_else(|| Error::configuration("the path of a SQLite URL is not UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_of(url: &str) -> PathBuf {
        match Location::parse(url).unwrap().place {
            Place::File(path) => path,
            Place::Memory => panic!("{url} is a database in memory"),
        }
    }

    fn message_of(url: &str) -> String {
        Location::parse(url).unwrap_err().to_string()
    }

    #[test]
    fn three_slashes_and_the_short_forms_name_a_relative_file() {
        for url in ["sqlite:///data/app.db", "sqlite://data/app.db", "sqlite:data/app.db"] {
            assert_eq!(file_of(url), PathBuf::from("data/app.db"), "{url}");
        }
    }

    #[test]
    fn four_slashes_name_an_absolute_file() {
        assert_eq!(file_of("sqlite:////data/app.db"), PathBuf::from("/data/app.db"));
        assert_eq!(file_of("sqlite:/data/app.db"), PathBuf::from("/data/app.db"));
    }

    #[test]
    fn no_path_and_memory_name_a_database_in_memory() {
        for url in [
            "sqlite://",
            "sqlite:///",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:///:memory:",
            "sqlite://:memory:",
        ] {
            assert_eq!(Location::parse(url).unwrap().place, Place::Memory, "{url}");
        }
    }

    #[test]
    fn a_path_is_percent_decoded() {
        assert_eq!(file_of("sqlite:///a%20b%3Fc%25.db"), PathBuf::from("a b?c%.db"));
        assert_eq!(file_of("sqlite:///%C3%A9.db"), PathBuf::from("é.db"));
    }

    #[test]
    fn a_broken_percent_code_is_refused() {
        for url in
            ["sqlite:///a%2", "sqlite:///a%zz", "sqlite:///a%", "sqlite:///a%+1b", "sqlite:///%é"]
        {
            assert!(message_of(url).contains("two hexadecimal digits"), "{url}");
        }
        assert!(message_of("sqlite:///%FF").contains("not UTF-8"));
        assert!(message_of("sqlite:///a%00b").contains("not UTF-8"));
    }

    #[test]
    fn options_are_read() {
        let location = Location::parse("sqlite:///a.db?mode=ro&busy_timeout=250").unwrap();

        assert_eq!(location.mode, Mode::ReadOnly);
        assert_eq!(location.busy_timeout, Duration::from_millis(250));
    }

    #[test]
    fn a_wrong_option_is_refused_with_what_is_allowed() {
        assert_eq!(
            message_of("sqlite:///a.db?timeout=3"),
            "unknown option `timeout` in a SQLite URL: allowed are `mode` (`ro`, `rw` or `rwc`) and \
             `busy_timeout` (milliseconds)"
        );
        assert!(message_of("sqlite:///a.db?mode=write").contains("`ro`, `rw` or `rwc`"));
        assert!(message_of("sqlite:///a.db?busy_timeout=5s").contains("milliseconds"));
        assert!(message_of("sqlite:///a.db?busy_timeout=4000000000").contains("milliseconds"));
        assert!(message_of("sqlite://?mode=ro").contains("database files"));
    }
}
