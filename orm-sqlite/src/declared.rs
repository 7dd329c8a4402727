//! What the declared type of a column says about its values.

use orm_core::types::SqlType;

/// Returns the type that a column declared as `declared` is meant to hold; `None` where that says
/// nothing, or nothing that its values keep to.
///
/// Types are known by the words that this crate declares them with, and by those that others use.
/// `NUMERIC` and `DECIMAL` without `TEXT` are none: such columns turn exact numbers into floats
/// (datatype3.html, section 3).
pub(crate) fn sql_type(declared: &str) -> Option<SqlType> {
    let (words, arguments) = match declared.split_once('(') {
        Some((words, rest)) => (words, rest.split(')').next().unwrap_or_default()),
        None => (declared, ""),
    };
    let is_it = |(known, _): &&(&str, SqlType)| known.eq_ignore_ascii_case(words.trim());
    let (_, sql_type) = TYPES.iter().find(is_it)?;
    Some(match sql_type {
        SqlType::Text { .. } => SqlType::Text { length: arguments.trim().parse().ok() },
        SqlType::Decimal { .. } => SqlType::Decimal { precision: precision(arguments) },
        other => *other,
    })
}

const TEXT: SqlType = SqlType::Text { length: None };

const TYPES: [(&str, SqlType); 32] = [
    ("BOOLEAN", SqlType::Boolean),
    ("BOOL", SqlType::Boolean),
    ("TINYINT", SqlType::SmallInt),
    ("SMALLINT", SqlType::SmallInt),
    ("INT2", SqlType::SmallInt),
    ("MEDIUMINT", SqlType::Integer),
    ("INT", SqlType::Integer),
    ("INT4", SqlType::Integer),
    // What a rowid is declared as, which has 64 bits.
    ("INTEGER", SqlType::BigInt),
    ("BIGINT", SqlType::BigInt),
    ("INT8", SqlType::BigInt),
    ("REAL", SqlType::Real),
    ("FLOAT", SqlType::Double),
    ("DOUBLE", SqlType::Double),
    ("DOUBLE PRECISION", SqlType::Double),
    ("TEXT", TEXT),
    ("CLOB", TEXT),
    ("CHAR", TEXT),
    ("VARCHAR", TEXT),
    ("CHARACTER", TEXT),
    ("CHARACTER VARYING", TEXT),
    ("NCHAR", TEXT),
    ("NVARCHAR", TEXT),
    ("BLOB", SqlType::Bytes),
    ("DATE", SqlType::Date),
    ("TIME", SqlType::Time),
    ("DATETIME", SqlType::DateTime),
    ("TIMESTAMP", SqlType::Timestamp),
    ("UUID TEXT", SqlType::Uuid),
    ("DECIMAL TEXT", SqlType::Decimal { precision: None }),
    ("JSON TEXT", SqlType::Json),
    ("JSON", SqlType::Json),
];

/// Reads `10, 2`.
fn precision(arguments: &str) -> Option<(u8, u8)> {
    let (digits, scale) = arguments.split_once(',')?;
    Some((digits.trim().parse().ok()?, scale.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_declarations_are_known() {
        assert_eq!(sql_type("BIGINT"), Some(SqlType::BigInt));
        assert_eq!(sql_type("VARCHAR(80)"), Some(SqlType::Text { length: Some(80) }));
        assert_eq!(
            sql_type("DECIMAL TEXT(10, 2)"),
            Some(SqlType::Decimal { precision: Some((10, 2)) })
        );
        assert_eq!(sql_type("DECIMAL TEXT"), Some(SqlType::Decimal { precision: None }));
        assert_eq!(sql_type("JSON TEXT"), Some(SqlType::Json));
        assert_eq!(sql_type("UUID TEXT"), Some(SqlType::Uuid));
    }

    #[test]
    fn those_of_others_are_known_in_any_case() {
        assert_eq!(sql_type("integer"), Some(SqlType::BigInt));
        assert_eq!(sql_type("nvarchar( 20 )"), Some(SqlType::Text { length: Some(20) }));
        assert_eq!(sql_type("Double Precision"), Some(SqlType::Double));
    }

    #[test]
    fn what_says_nothing_is_no_type() {
        for declared in
            ["", "NUMERIC", "DECIMAL(10,2)", "geometry", "(", "VARCHAR TEXT(", "\u{e9}("]
        {
            assert_eq!(sql_type(declared), None, "{declared}");
        }
    }
}
