//! What `format_type` says about a column, as a type that this library knows.

use orm_core::types::SqlType;

/// Returns the type that `format_type` calls `declared`; `None` for one that has no Rust value.
pub(crate) fn sql_type(declared: &str) -> Option<SqlType> {
    let (words, arguments) = match declared.split_once('(') {
        Some((words, rest)) => {
            let (arguments, after) = rest.split_once(')')?;
            (format!("{words}{after}"), arguments)
        }
        None => (declared.to_owned(), ""),
    };
    Some(match &*words {
        "boolean" => SqlType::Boolean,
        "smallint" => SqlType::SmallInt,
        "integer" => SqlType::Integer,
        "bigint" => SqlType::BigInt,
        "real" => SqlType::Real,
        "double precision" => SqlType::Double,
        "character varying" | "character" => SqlType::Text { length: arguments.parse().ok() },
        "text" | "name" | "citext" => SqlType::Text { length: None },
        "bytea" => SqlType::Bytes,
        "date" => SqlType::Date,
        "time without time zone" => SqlType::Time,
        "timestamp without time zone" => SqlType::DateTime,
        "timestamp with time zone" => SqlType::Timestamp,
        "uuid" => SqlType::Uuid,
        "numeric" => SqlType::Decimal { precision: precision(arguments) },
        "json" | "jsonb" => SqlType::Json,
        _ => return None,
    })
}

/// Reads `10,2`.
fn precision(arguments: &str) -> Option<(u8, u8)> {
    let (digits, scale) = arguments.split_once(',')?;
    Some((digits.parse().ok()?, scale.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_with_their_limits() {
        assert_eq!(sql_type("bigint"), Some(SqlType::BigInt));
        assert_eq!(sql_type("character varying(80)"), Some(SqlType::Text { length: Some(80) }));
        assert_eq!(sql_type("numeric(10,2)"), Some(SqlType::Decimal { precision: Some((10, 2)) }));
        assert_eq!(sql_type("numeric"), Some(SqlType::Decimal { precision: None }));
        assert_eq!(sql_type("timestamp(3) with time zone"), Some(SqlType::Timestamp));
    }

    #[test]
    fn types_without_a_rust_value_are_not() {
        for declared in ["integer[]", "inet", "interval", "point", "character varying(80"] {
            assert_eq!(sql_type(declared), None, "{declared}");
        }
    }
}
