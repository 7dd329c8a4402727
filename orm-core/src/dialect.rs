//! What differs between backends when SQL is written: small questions, answered by each backend.
//!
//! The one writer of statements lives in `sql`, and asks; nobody else branches on a backend.

mod transaction;

pub use self::transaction::{Isolation, TransactionOptions};

use std::borrow::Cow;
use std::fmt;

use crate::ast::{ArithmeticOperator, DatePart, JsonForm, JsonStep, Spelled};
use crate::error::Error;
use crate::schema::ColumnDef;
use crate::types::SqlType;
use crate::value::Value;

/// How a backend spells SQL and what it can do.
///
/// Methods whose name begins with `write_` append to the text.
///
/// # Examples
///
/// ```
/// use orm::Dialect;
///
/// let mut sql = String::from("SELECT * FROM ");
/// orm::Postgres.write_identifier(&mut sql, r#"odd "name""#);
/// sql.push_str(" WHERE id");
/// orm::Postgres.write_in_list(&mut sql, false, &[], 1);
/// assert_eq!(sql, r#"SELECT * FROM "odd ""name""" WHERE id = ANY($1)"#);
/// ```
pub trait Dialect: fmt::Debug + Send + Sync + 'static {
    /// The backend's name in messages: `sqlite`, `postgresql`.
    fn name(&self) -> &'static str;

    /// The version of the database, where it is known. That of a server is known to the dialect of a
    /// connection, such as [`Executor::dialect`](crate::executor::Executor::dialect).
    fn version(&self) -> Option<&'static str> {
        None
    }

    /// Writes `name` as a quoted identifier, whatever characters it holds.
    fn write_identifier(&self, sql: &mut String, name: &str) {
        sql.push('"');
        if name.as_bytes().contains(&b'"') {
            sql.push_str(&name.replace('"', "\"\""));
        } else {
            sql.push_str(name);
        }
        sql.push('"');
    }

    /// Writes the placeholder of the bound value at `position`, counted from 1.
    fn write_placeholder(&self, sql: &mut String, position: usize);

    /// Writes the placeholder of `value` at `position`, counted from 1, where nothing beside it tells
    /// the database what type it has.
    fn write_typed_placeholder(&self, sql: &mut String, position: usize, _value: &Value<'_>) {
        self.write_placeholder(sql, position);
    }

    /// Writes the placeholder of the bound value of this type at `position`, counted from 1, where
    /// nothing beside it tells the database what type it has.
    fn write_placeholder_of(&self, sql: &mut String, position: usize, _sql_type: SqlType) {
        self.write_placeholder(sql, position);
    }

    /// Writes the type that a CAST converts to.
    fn write_cast_type(&self, sql: &mut String, sql_type: SqlType);

    /// Returns the type that the sum of values of this type is cast to, if it is not an `i64`, an
    /// `f64` or a decimal already.
    fn sum_cast(&self, _sql_type: SqlType) -> Option<SqlType> {
        None
    }

    /// Returns the type that the average of values of this type is cast to, if it is not an `f64` or a
    /// decimal already.
    fn average_cast(&self, _sql_type: SqlType) -> Option<SqlType> {
        None
    }

    /// Returns what stands before and after the expression of which a part is taken, as an integer.
    fn date_part(&self, part: DatePart, of_instant: bool) -> (&'static str, &'static str);

    /// How exact arithmetic with decimals is written.
    fn decimal_arithmetic(&self, _operator: ArithmeticOperator) -> DecimalArithmetic {
        DecimalArithmetic::Operator
    }

    /// The collation by which decimals are compared as numbers, where they are kept as text.
    fn decimal_collation(&self) -> Option<&'static str> {
        None
    }

    /// The collation of other texts, for those in which one for decimals would be found inside.
    fn text_collation(&self) -> &'static str {
        "BINARY"
    }

    /// The aggregate that adds decimals.
    fn decimal_sum(&self) -> &'static str {
        "sum"
    }

    /// The aggregate that averages decimals.
    fn decimal_average(&self) -> &'static str {
        "avg"
    }

    /// Whether queries lock rows; where not, a transaction that writes locks more than that anyway.
    fn has_row_locks(&self) -> bool;

    /// Whether a joined query can name the columns of the sources before it.
    fn has_lateral_joins(&self) -> bool;

    /// Whether common table expressions can update and delete.
    fn has_writing_ctes(&self) -> bool;

    /// Whether there are `ROLLUP`, `CUBE` and `GROUPING SETS`.
    fn has_grouping_sets(&self) -> bool;

    /// Whether INTERSECT and EXCEPT can count equal rows: `ALL`.
    fn has_intersect_all(&self) -> bool {
        true
    }

    /// How the plan of a statement is asked for; `analyzed` runs the statement and measures it. `None`
    /// where the backend cannot.
    fn explain(&self, analyzed: bool) -> Option<Explain>;

    /// Writes the declared type of `column`, with whatever makes the database generate its value.
    fn write_column_type(&self, sql: &mut String, column: &ColumnDef);

    /// Writes the type of an array of `column`'s values, for backends that insert by arrays.
    fn write_array_type(&self, sql: &mut String, column: &ColumnDef);

    /// Writes what follows an expression to test it against a list bound as one value at `position`,
    /// such as ` = ANY($1)`. `elements` are the values, whose kind may matter.
    fn write_in_list(
        &self,
        sql: &mut String,
        negated: bool,
        elements: &[Value<'_>],
        position: usize,
    );

    /// Whether the rows of a list are bound as one value a column; where not, they are bound as one
    /// [`Value::Rows`].
    fn binds_rows_by_column(&self) -> bool;

    /// Writes the query of a list of rows, in parentheses. `types` are those of the columns, `columns`
    /// the values, whose kind may matter, and `positions` those of what is bound.
    fn write_rows(
        &self,
        sql: &mut String,
        types: &[SqlType],
        columns: &[Vec<Value<'_>>],
        positions: &[usize],
    );

    /// Returns what stands before, between and after the arguments of a function, or `None` if the
    /// backend has none such.
    fn spelling(&self, function: Spelled) -> Option<&'static [&'static str]>;

    /// Returns the path into a JSON document as one text to bind, or `None` where each step is bound
    /// and follows a `->`.
    fn json_path(&self, _path: &[JsonStep]) -> Option<String> {
        None
    }

    /// Returns how a part of a JSON document is written, or the whole document.
    fn json(&self, form: JsonForm, is_whole: bool) -> &'static [JsonPiece];

    /// Whether an aggregate of several arguments can look at equal ones once.
    fn has_distinct_of_several(&self) -> bool {
        true
    }

    /// Whether texts are searched by their words with `to_tsvector`.
    fn has_text_vectors(&self) -> bool {
        false
    }

    /// Whether there are tables of FTS5, which are searched by `MATCH`.
    fn has_fts5(&self) -> bool {
        false
    }

    /// Whether there are arrays.
    fn has_arrays(&self) -> bool {
        false
    }

    /// Whether JSON documents and arrays are tested for what they contain, by `@>`.
    fn has_containment(&self) -> bool {
        false
    }

    /// What stands where a LIMIT must be and the query has none: before an OFFSET. Empty where
    /// OFFSET needs no LIMIT.
    fn no_limit(&self) -> &'static str {
        ""
    }

    /// Whether NULL is less than all values, where an order does not say where it goes; greater if not.
    fn null_is_least(&self) -> bool;

    /// Whether the backend has `ILIKE`; where not, both sides are put through `lower`.
    fn has_ilike(&self) -> bool;

    /// Whether enums are types of their own, created before the tables that use them.
    fn has_enum_types(&self) -> bool;

    /// Whether tables and columns carry comments.
    fn has_comments(&self) -> bool;

    /// Whether a foreign key may be declared before the table it refers to exists.
    fn allows_forward_references(&self) -> bool;

    /// The statement that puts off the checks of foreign keys to the end of the transaction, for
    /// dropping tables that refer to each other; `None` where their constraints can be dropped first.
    fn defer_foreign_keys(&self) -> Option<&'static str> {
        None
    }

    /// Whether ON CONFLICT can name a constraint instead of columns.
    fn has_conflict_constraints(&self) -> bool {
        false
    }

    /// The expression that says, where an upsert returns a row, whether the row is new; `None` where
    /// no other transaction can write between two statements of one that writes.
    fn is_new_row(&self) -> Option<&'static str> {
        None
    }

    /// Whether a DELETE can name other tables (`USING`).
    fn has_delete_using(&self) -> bool {
        false
    }

    /// Whether an UPDATE or a DELETE returns columns of the other tables that it names.
    fn returns_joined_tables(&self) -> bool {
        false
    }

    /// Returns the statement, or the statements, that begin a transaction.
    ///
    /// # Examples
    ///
    /// ```
    /// use orm::{Dialect, TransactionOptions};
    ///
    /// let options = TransactionOptions { immediate: true, ..TransactionOptions::default() };
    /// assert_eq!(orm::Sqlite.begin(options), "BEGIN IMMEDIATE");
    /// assert_eq!(orm::Postgres.begin(options), "BEGIN");
    /// ```
    fn begin(&self, options: TransactionOptions) -> Cow<'static, str> {
        transaction::begin(options)
    }

    /// How many rows are inserted at once.
    fn bulk_insert(&self) -> BulkInsert;

    /// Whether drivers know the keys that the database generates for new rows without a RETURNING, which
    /// then costs more than it saves.
    fn knows_generated_keys(&self) -> bool {
        false
    }

    /// The most values that one statement can bind.
    fn max_binds(&self) -> usize;

    /// The query for the tables that exist: rows of schema and name. A table of the default schema has
    /// a row whose schema is NULL, and may have another with the schema's name.
    fn tables_query(&self) -> &'static str;

    /// The query for the columns of the table or view whose name is bound, in their order: rows of name,
    /// declared type, whether it may be NULL, its place in the primary key (NULL if it has none), and
    /// whether the database generates its value.
    fn columns_query(&self) -> &'static str;

    /// Returns the type that a column holds whose type [`columns_query`](Self::columns_query) calls
    /// `declared`; `None` for one that no Rust type holds.
    fn declared_type(&self, declared: &str) -> Option<SqlType>;

    /// The query for the enum types that exist: one row each of schema (NULL for the default one)
    /// and name; `None` where [`has_enum_types`](Self::has_enum_types) is false.
    fn enum_types_query(&self) -> Option<&'static str>;

    /// As [`enum_types_query`](Self::enum_types_query), for the types that no column has.
    fn unused_enum_types_query(&self) -> Option<&'static str>;
}

impl dyn Dialect + '_ {
    /// Returns the refusal of what the backend does not have.
    #[cold]
    pub(crate) fn unsupported(&self, feature: impl Into<Box<str>>) -> Error {
        Error::Unsupported {
            backend: self.name(),
            version: self.version(),
            feature: feature.into(),
        }
    }
}

/// How a backend tells the plan of a statement: what is written before it, and what the rows are.
///
/// # Examples
///
/// ```
/// use orm::Dialect;
/// use orm_core::dialect::Explain;
///
/// assert_eq!(orm::Postgres.explain(true), Some(Explain::Lines("EXPLAIN ANALYZE ")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Explain {
    /// Each row is a line of text.
    Lines(&'static str),
    /// Each row is a step: its number, that of the step it is a part of, a column without meaning,
    /// and its text.
    Steps(&'static str),
}

/// How a backend does arithmetic with decimals so that no digit is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecimalArithmetic {
    /// By the operator itself.
    Operator,
    /// By a function of two arguments.
    Function(&'static str),
    /// Not at all.
    Unsupported,
}

/// How a backend inserts many rows fastest with a text that does not depend on their number.
///
/// # Examples
///
/// ```
/// use orm::Dialect;
/// use orm_core::dialect::BulkInsert;
///
/// assert_eq!(orm::Sqlite.bulk_insert(), BulkInsert::Values { rows: 64 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BulkInsert {
    /// `VALUES` with this many rows, a power of two; the remainder in smaller powers of two.
    Values {
        /// The most rows in one statement.
        rows: usize,
    },
    /// `SELECT … FROM unnest(…)`, with one array a column.
    Unnest {
        /// The most rows in one statement, to bound the memory of the arrays.
        rows: usize,
    },
}

/// Writes a number in decimal digits: by hand, since a statement may have a thousand placeholders, and
/// `fmt` takes far longer.
///
/// # Examples
///
/// ```
/// let mut sql = String::from("LIMIT $");
/// orm_core::dialect::write_number(&mut sql, 12);
/// assert_eq!(sql, "LIMIT $12");
/// ```
pub fn write_number(sql: &mut String, number: usize) {
    const DIGITS: &str = "0123456789";
    if number >= 10 {
        write_number(sql, number / 10);
    }
    let digit = number % 10;
    sql.push_str(&DIGITS[digit..=digit]);
}

/// A piece of how a part of a JSON document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonPiece {
    /// What is written as it is.
    Sql(&'static str),
    /// The whole document.
    Document,
    /// The placeholder of the path, where it is bound as one value.
    Path,
    /// The document with its steps, each after a `->`.
    Part,
    /// As [`Part`](Self::Part), with `->>` before the last step, which there is.
    TextPart,
}
