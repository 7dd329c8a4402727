//! How SQL is spelled for SQLite.

use std::borrow::Cow;
use std::fmt::Write;

use orm_core::ast::{ArithmeticOperator, DatePart, JsonForm, JsonStep, Spelled};
use orm_core::dialect::{
    BulkInsert, DecimalArithmetic, Dialect, Explain, JsonPiece, TransactionOptions, write_number,
};
use orm_core::schema::ColumnDef;
use orm_core::types::SqlType;
use orm_core::value::Value;

use crate::{Sqlite, declared, spelling};

impl Dialect for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    // Every transaction is serializable (https://www.sqlite.org/isolation.html).
    fn begin(&self, options: TransactionOptions) -> Cow<'static, str> {
        Cow::Borrowed(match options {
            TransactionOptions { read_only: true, .. } => "BEGIN; PRAGMA query_only = ON",
            TransactionOptions { immediate: true, .. } => "BEGIN IMMEDIATE",
            _ => "BEGIN",
        })
    }

    fn version(&self) -> Option<&'static str> {
        // It is compiled in.
        Some(rusqlite::version())
    }

    fn write_placeholder(&self, sql: &mut String, position: usize) {
        sql.push('?');
        write_number(sql, position);
    }

    fn write_cast_type(&self, sql: &mut String, sql_type: SqlType) {
        // What a CAST converts to is the affinity of the type (lang_expr.html, "CAST expressions").
        sql.push_str(match sql_type {
            SqlType::Boolean | SqlType::SmallInt | SqlType::Integer | SqlType::BigInt => "INTEGER",
            SqlType::Real | SqlType::Double => "REAL",
            SqlType::Bytes => "BLOB",
            _ => "TEXT",
        });
    }

    fn decimal_arithmetic(&self, operator: ArithmeticOperator) -> DecimalArithmetic {
        match operator {
            ArithmeticOperator::Add => DecimalArithmetic::Function("decimal_add"),
            ArithmeticOperator::Subtract => DecimalArithmetic::Function("decimal_sub"),
            ArithmeticOperator::Multiply => DecimalArithmetic::Function("decimal_mul"),
            ArithmeticOperator::Divide | ArithmeticOperator::Remainder => {
                DecimalArithmetic::Unsupported
            }
        }
    }

    fn decimal_collation(&self) -> Option<&'static str> {
        Some("decimal")
    }

    fn decimal_sum(&self) -> &'static str {
        "decimal_sum"
    }

    fn decimal_average(&self) -> &'static str {
        "decimal_avg"
    }

    fn date_part(&self, part: DatePart, _of_instant: bool) -> (&'static str, &'static str) {
        let before = match part {
            DatePart::Year => "CAST(strftime('%Y', ",
            DatePart::Month => "CAST(strftime('%m', ",
            DatePart::Day => "CAST(strftime('%d', ",
            DatePart::Hour => "CAST(strftime('%H', ",
            DatePart::Minute => "CAST(strftime('%M', ",
            DatePart::Second => "CAST(strftime('%S', ",
            DatePart::Weekday => "CAST(strftime('%w', ",
            DatePart::DayOfYear => "CAST(strftime('%j', ",
            DatePart::Week => "CAST(strftime('%V', ",
        };
        (before, ") AS INTEGER)")
    }

    fn has_row_locks(&self) -> bool {
        false
    }

    fn has_lateral_joins(&self) -> bool {
        false
    }

    fn has_writing_ctes(&self) -> bool {
        false
    }

    fn has_grouping_sets(&self) -> bool {
        false
    }

    fn has_intersect_all(&self) -> bool {
        false
    }

    fn explain(&self, analyzed: bool) -> Option<Explain> {
        (!analyzed).then_some(Explain::Steps("EXPLAIN QUERY PLAN "))
    }

    fn write_column_type(&self, sql: &mut String, column: &ColumnDef) {
        match column.sql_type {
            // Only the exact word INTEGER makes a key an alias of the rowid, which SQLite
            // generates; any other integer type must not (lang_createtable.html, section 5).
            integer if column.generated && integer.is_integer() => sql.push_str("INTEGER"),
            sql_type => write_type(sql, sql_type),
        }
    }

    fn write_array_type(&self, sql: &mut String, column: &ColumnDef) {
        self.write_column_type(sql, column);
    }

    fn write_in_list(
        &self,
        sql: &mut String,
        negated: bool,
        elements: &[Value<'_>],
        position: usize,
    ) {
        let value = if are_bytes(elements) { "unhex(value)" } else { "value" };
        sql.push_str(if negated { " NOT IN (SELECT " } else { " IN (SELECT " });
        sql.push_str(value);
        sql.push_str(" FROM json_each(");
        self.write_placeholder(sql, position);
        sql.push_str("))");
    }

    fn binds_rows_by_column(&self) -> bool {
        false
    }

    fn write_rows(
        &self,
        sql: &mut String,
        _: &[SqlType],
        columns: &[Vec<Value<'_>>],
        positions: &[usize],
    ) {
        for (index, values) in columns.iter().enumerate() {
            sql.push_str(if index == 0 { "(SELECT " } else { ", " });
            let is_hexadecimal = are_bytes(values);
            sql.push_str(if is_hexadecimal { "unhex(value ->> " } else { "value ->> " });
            write_number(sql, index);
            sql.push_str(if is_hexadecimal { ")" } else { "" });
        }
        sql.push_str(" FROM json_each(");
        for position in positions {
            self.write_placeholder(sql, *position);
        }
        sql.push_str("))");
    }

    fn spelling(&self, function: Spelled) -> Option<&'static [&'static str]> {
        spelling::of(function)
    }

    fn has_distinct_of_several(&self) -> bool {
        false
    }

    fn has_fts5(&self) -> bool {
        true
    }

    fn json_path(&self, path: &[JsonStep]) -> Option<String> {
        Some(spelling::json_path(path))
    }

    fn json(&self, form: JsonForm, _: bool) -> &'static [JsonPiece] {
        spelling::json(form)
    }

    fn no_limit(&self) -> &'static str {
        " LIMIT -1"
    }

    fn null_is_least(&self) -> bool {
        true
    }

    fn has_ilike(&self) -> bool {
        false
    }

    fn has_enum_types(&self) -> bool {
        false
    }

    fn has_comments(&self) -> bool {
        false
    }

    fn allows_forward_references(&self) -> bool {
        true
    }

    fn defer_foreign_keys(&self) -> Option<&'static str> {
        // Until the end of the transaction, when it is off again by itself.
        Some("PRAGMA defer_foreign_keys = ON")
    }

    fn bulk_insert(&self) -> BulkInsert {
        BulkInsert::Values { rows: 64 }
    }

    fn knows_generated_keys(&self) -> bool {
        true
    }

    fn max_binds(&self) -> usize {
        // SQLITE_MAX_VARIABLE_NUMBER, which the bundled SQLite leaves at its default.
        32_766
    }

    fn tables_query(&self) -> &'static str {
        r"SELECT NULL, name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name"
    }

    fn columns_query(&self) -> &'static str {
        // A rowid alias cannot be NULL, whatever is declared; other columns of a primary key can
        // (lang_createtable.html, section 3.5). `hidden = 1` are the arguments of virtual tables.
        r#"SELECT "name", "type",
            "notnull" = 0 AND NOT (pk > 0 AND upper("type") = 'INTEGER' AND max(pk) OVER () = 1),
            nullif(pk, 0),
            pk > 0 AND upper("type") = 'INTEGER' AND max(pk) OVER () = 1
            FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid"#
    }

    fn declared_type(&self, declared: &str) -> Option<SqlType> {
        declared::sql_type(declared)
    }

    fn enum_types_query(&self) -> Option<&'static str> {
        None
    }

    fn unused_enum_types_query(&self) -> Option<&'static str> {
        None
    }
}

/// JSON has no bytes: `list` writes them as hexadecimal digits.
fn are_bytes(elements: &[Value<'_>]) -> bool {
    elements.iter().any(|element| matches!(element, Value::Bytes(_)))
}

/// Writes the declared type, whose words decide the affinity (datatype3.html, section 3.1):
/// whatever is stored as text either contains TEXT or has an affinity that leaves ISO 8601 alone.
fn write_type(sql: &mut String, sql_type: SqlType) {
    match sql_type {
        SqlType::Boolean => sql.push_str("BOOLEAN"),
        SqlType::SmallInt => sql.push_str("SMALLINT"),
        SqlType::Integer => sql.push_str("INT"),
        SqlType::BigInt => sql.push_str("BIGINT"),
        SqlType::Real => sql.push_str("REAL"),
        SqlType::Double => sql.push_str("DOUBLE PRECISION"),
        SqlType::Text { length: Some(length) } => {
            let _ = write!(sql, "VARCHAR({length})");
        }
        SqlType::Bytes => sql.push_str("BLOB"),
        SqlType::Date => sql.push_str("DATE"),
        SqlType::Time => sql.push_str("TIME"),
        SqlType::DateTime => sql.push_str("DATETIME"),
        SqlType::Timestamp => sql.push_str("TIMESTAMP"),
        SqlType::Uuid => sql.push_str("UUID TEXT"),
        SqlType::Decimal { precision } => {
            sql.push_str("DECIMAL TEXT");
            if let Some((digits, scale)) = precision {
                let _ = write!(sql, "({digits}, {scale})");
            }
            sql.push_str(" COLLATE \"decimal\"");
        }
        SqlType::Json => sql.push_str("JSON TEXT"),
        // Enums have a CHECK beside this; a type that this version does not know is kept as text.
        _ => sql.push_str("TEXT"),
    }
}
