//! How PostgreSQL writes functions that other databases write differently, and parts of JSON.

use orm_core::ast::{DateKind, DateUnit, JsonForm, Spelled};
use orm_core::dialect::JsonPiece::{self, Document, Part, Sql, TextPart};

/// The pieces around the arguments of a function.
pub(crate) fn of(function: Spelled) -> Option<&'static [&'static str]> {
    Some(match function {
        // Not `now()`, which is the time when the transaction began.
        Spelled::Now => &["statement_timestamp()"],
        Spelled::Today => &["CAST(statement_timestamp() AT TIME ZONE 'UTC' AS date)"],
        Spelled::Random => &["random()"],
        Spelled::Position => &["strpos(", ", ", ")"],
        // As a `numeric`: `round` of a float takes no digits, and halves to the even number.
        Spelled::RoundFloat => &["CAST(round(CAST(", " AS numeric), ", ") AS double precision)"],
        Spelled::RoundDecimal => &["round(", ", ", ")"],
        Spelled::Truncate(unit, kind) => truncation(unit, kind),
        Spelled::Every => &["bool_and(", ")"],
        Spelled::Any => &["bool_or(", ")"],
        Spelled::ArrayLength => &["cardinality(", ")"],
        Spelled::ArrayItem => &["(", ")[", "]"],
        _ => return None,
    })
}

fn truncation(unit: DateUnit, kind: DateKind) -> &'static [&'static str] {
    macro_rules! of_unit {
        ($unit:literal) => {
            match kind {
                // A bare date would become an instant in the time zone of the session.
                DateKind::Date => {
                    &[concat!("CAST(date_trunc('", $unit, "', CAST("), " AS timestamp)) AS date)"]
                }
                DateKind::DateTime => &[concat!("date_trunc('", $unit, "', "), ")"],
                DateKind::Timestamp => &[concat!("date_trunc('", $unit, "', "), ", 'UTC')"],
            }
        };
    }
    match unit {
        DateUnit::Year => of_unit!("year"),
        DateUnit::Month => of_unit!("month"),
        DateUnit::Week => of_unit!("week"),
        DateUnit::Day => of_unit!("day"),
        DateUnit::Hour => of_unit!("hour"),
        DateUnit::Minute => of_unit!("minute"),
    }
}

/// The pieces of a part of a JSON document. A cast of JSON of another kind would be an error.
pub(crate) fn json(form: JsonForm, is_whole: bool) -> &'static [JsonPiece] {
    match form {
        JsonForm::Text if is_whole => &[Document, Sql(" #>> '{}'")],
        JsonForm::Text => &[TextPart],
        JsonForm::Integer => &[
            Sql("CASE jsonb_typeof("),
            Part,
            Sql(") WHEN 'number' THEN CAST("),
            Part,
            Sql(" AS bigint) END"),
        ],
        JsonForm::Float => &[
            Sql("CASE jsonb_typeof("),
            Part,
            Sql(") WHEN 'number' THEN CAST("),
            Part,
            Sql(" AS double precision) END"),
        ],
        JsonForm::Bool => &[
            Sql("CASE jsonb_typeof("),
            Part,
            Sql(") WHEN 'boolean' THEN CAST("),
            Part,
            Sql(" AS boolean) END"),
        ],
        _ => &[Part],
    }
}
