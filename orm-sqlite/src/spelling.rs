//! How SQLite writes functions that other databases write differently, and parts of JSON.

use std::fmt::Write;

use orm_core::ast::{DateKind, DateUnit, JsonForm, JsonStep, Spelled};
use orm_core::dialect::JsonPiece::{self, Document, Path, Sql};

use crate::list;

/// The pieces around the arguments of a function.
pub(crate) fn of(function: Spelled) -> Option<&'static [&'static str]> {
    Some(match function {
        // With six digits after the point or none, as all times are stored.
        Spelled::Now => &["replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')"],
        Spelled::Today => &["date('now')"],
        // 53 bits, as many as a float has.
        Spelled::Random => &["((random() & 9007199254740991) / 9007199254740992.0)"],
        Spelled::Position => &["instr(", ", ", ")"],
        Spelled::RoundFloat => &["float_round(", ", ", ")"],
        Spelled::RoundDecimal => &["decimal_round(", ", ", ")"],
        Spelled::Truncate(unit, DateKind::Date) => date_truncation(unit),
        Spelled::Truncate(unit, _) => time_truncation(unit),
        Spelled::Every => &["min(", ")"],
        Spelled::Any => &["max(", ")"],
        _ => return None,
    })
}

fn date_truncation(unit: DateUnit) -> &'static [&'static str] {
    match unit {
        DateUnit::Year => &["strftime('%Y-01-01', ", ")"],
        DateUnit::Month => &["strftime('%Y-%m-01', ", ")"],
        // Forward to a Monday, from six days before.
        DateUnit::Week => &["date(", ", '-6 days', 'weekday 1')"],
        DateUnit::Day | DateUnit::Hour | DateUnit::Minute => &["date(", ")"],
    }
}

fn time_truncation(unit: DateUnit) -> &'static [&'static str] {
    match unit {
        DateUnit::Year => &["strftime('%Y-01-01 00:00:00', ", ")"],
        DateUnit::Month => &["strftime('%Y-%m-01 00:00:00', ", ")"],
        DateUnit::Week => &["datetime(", ", 'start of day', '-6 days', 'weekday 1')"],
        DateUnit::Day => &["strftime('%Y-%m-%d 00:00:00', ", ")"],
        DateUnit::Hour => &["strftime('%Y-%m-%d %H:00:00', ", ")"],
        DateUnit::Minute => &["strftime('%Y-%m-%d %H:%M:00', ", ")"],
    }
}

/// The pieces of a part of a JSON document.
///
/// `->>` alone would make an integer of a truth value (json1.html, section 4.9).
pub(crate) fn json(form: JsonForm) -> &'static [JsonPiece] {
    match form {
        JsonForm::Text => &[
            Sql("CASE json_type("),
            Document,
            Sql(", "),
            Path,
            Sql(") WHEN 'text' THEN "),
            Document,
            Sql(" ->> "),
            Path,
            Sql(" WHEN 'null' THEN NULL ELSE "),
            Document,
            Sql(" -> "),
            Path,
            Sql(" END"),
        ],
        JsonForm::Integer => &[
            Sql("CASE json_type("),
            Document,
            Sql(", "),
            Path,
            Sql(") WHEN 'integer' THEN "),
            Document,
            Sql(" ->> "),
            Path,
            Sql(" WHEN 'real' THEN CAST(round("),
            Document,
            Sql(" ->> "),
            Path,
            Sql(") AS INTEGER) END"),
        ],
        JsonForm::Float => &[
            Sql("CASE WHEN json_type("),
            Document,
            Sql(", "),
            Path,
            Sql(") IN ('integer', 'real') THEN CAST("),
            Document,
            Sql(" ->> "),
            Path,
            Sql(" AS REAL) END"),
        ],
        JsonForm::Bool => &[
            Sql("CASE WHEN json_type("),
            Document,
            Sql(", "),
            Path,
            Sql(") IN ('true', 'false') THEN "),
            Document,
            Sql(" ->> "),
            Path,
            Sql(" END"),
        ],
        _ => &[Document, Sql(" -> "), Path],
    }
}

/// Returns the path with every key quoted: bare, `$` and `[` would have a meaning (json1.html,
/// section 3.3).
pub(crate) fn json_path(steps: &[JsonStep]) -> String {
    let mut path = String::from("$");
    for step in steps {
        match step {
            JsonStep::Key(key) => {
                path.push('.');
                list::write_quoted(&mut path, key);
            }
            JsonStep::Index(index) => {
                path.push_str(if *index < 0 { "[#" } else { "[" });
                let _ = write!(path, "{index}]");
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_quotes_its_keys_and_counts_from_either_end() {
        let steps = [
            JsonStep::Key("a.b".into()),
            JsonStep::Index(0),
            JsonStep::Index(-1),
            JsonStep::Key("$\"\\\n".into()),
        ];

        assert_eq!(json_path(&steps), r#"$."a.b"[0][#-1]."$\"\\\u000a""#);
        assert_eq!(json_path(&[]), "$");
    }
}
